"""Party A's own workbooks: what is one, what is not, and what they look like filled."""

from io import BytesIO
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.roles import Role
from cases.actions import exports, ledger_templates
from cases.exports.layout import LayoutRefused
from cases.exports.writing import moved
from cases.models import Export, ExportStatus, LedgerTemplate
from contracts.models import Membership
from tests.factories import NOON, make_case, make_contract, make_user

pytestmark = pytest.mark.django_db

ASKED = [
    "{{序号}}",
    "{{工单编号}}",
    "{{来电时间}}",
    "{{ 工单标题 }}",
    "{{来电人电话/账号}}",
    None,
]


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def clerk():
    return make_user(make_contract(), Role.CLERK, demo=True)


def contract_of(user):
    return Membership.objects.get(user=user).contract


def workbook(asked=ASKED):
    """Make a format such as a street uses: a title, a head of two rows, notes, widths."""
    book = Workbook()
    sheet = book.active
    sheet.title = "台账 一"
    sheet["A1"] = "某街道接诉即办台账（{{期间}}）"
    sheet["A1"].font = Font(bold=True, size=18, color="FF0000")
    sheet.merge_cells("A1:F1")
    sheet["A2"] = "合同：{{合同}}  编号：{{导出编号}}"
    for column, words in enumerate(
        ["序号", "工单", None, "标题", "电话", "备注"], start=1
    ):
        sheet.cell(3, column, words)
    sheet.merge_cells("B3:C3")
    sheet["B4"], sheet["C4"] = "编号", "来电时间"
    thin = Side(style="thin")
    for column, words in enumerate(asked, start=1):
        cell = sheet.cell(5, column, words)
        cell.border = Border(thin, thin, thin, thin)
        cell.alignment = Alignment(wrap_text=True)
        cell.fill = PatternFill("solid", "FFFF99")
    sheet["F5"] = "同上"
    sheet.row_dimensions[5].height = 33
    sheet["A6"] = "注：本表由接诉即办专班制作。"
    sheet.merge_cells("A6:F6")
    sheet["A7"] = "制表人：{{制表人}}"
    sheet["D7"] = "{{制表时间}}"
    sheet.column_dimensions["D"].width = 41
    sheet.print_title_rows = "3:4"
    sheet.print_area = "A1:F7"
    sheet.oddHeader.center.text = "某街道办事处"
    rule = CellIsRule(operator="equal", formula=['"x"'], font=Font(bold=True))
    sheet.conditional_formatting.add("D5:D5", rule)
    choice = DataValidation(type="list", formula1='"是,否"')
    choice.add("F5")
    sheet.add_data_validation(choice)
    book.create_sheet("说明")["A1"] = "第二张表"
    return book


def saved(book, name="台账.xlsx"):
    file = BytesIO()
    book.save(file)
    return ContentFile(file.getvalue(), name)


def put(by, file=None, **given):
    more = {"name": "月台账", "token": uuid4(), "at": NOON} | given
    return ledger_templates.put(
        contract_of(by), file=file or saved(workbook()), by=by, **more
    )


def filled(by, template, **given):
    export = exports.ask(
        contract_of(by),
        query="",
        columns=[],
        template=template,
        permit=None,
        token=uuid4(),
        by=by,
        at=NOON,
    )
    exports.make(export, at=NOON)
    export.refresh_from_db()
    assert export.status == ExportStatus.MADE, export.failure
    with export.file.open() as file:
        return load_workbook(BytesIO(file.read()))


def url(name, user, *args):
    return reverse(f"cases:{name}", args=[contract_of(user).number, *args])


# --- Filled -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_rows_go_in_and_the_rest_moves_down(clerk, count):
    cases = [
        make_case(contract_of(clerk), called_at=NOON, title=f"=题 {number}")
        for number in range(count)
    ]
    cases.reverse()  # the latest first

    sheet = filled(clerk, put(clerk))["台账 一"]

    rows = list(sheet.iter_rows(min_row=5, max_row=4 + max(count, 1), values_only=True))
    local = NOON.replace(tzinfo=None)
    expected = [
        (at, case.number, local, case.title, "138****0000", "同上")
        for at, case in enumerate(cases, start=1)
    ]
    assert rows == (expected or [(None,) * 5 + ("同上",)])
    below = 5 + max(count, 1)
    assert sheet.cell(below, 1).value == "注：本表由接诉即办专班制作。"
    assert sheet.cell(below + 1, 1).value == f"制表人：{clerk}"
    assert sheet.cell(below + 1, 4).value == "2026-06-01 Mon 12:00"
    assert sheet.max_row == below + 1


def test_the_looks_stay(clerk):
    for number in range(3):
        make_case(contract_of(clerk), called_at=NOON, title=f"题 {number}")

    book = filled(clerk, put(clerk))

    sheet = book["台账 一"]
    assert sheet["A1"].value == "某街道接诉即办台账（all）"
    assert (sheet["A1"].font.size, sheet["A1"].font.color.rgb) == (18, "00FF0000")
    merged = {str(cells) for cells in sheet.merged_cells.ranges}
    assert merged == {"A1:F1", "B3:C3", "A8:F8"}
    assert sheet.column_dimensions["D"].width == 41
    assert [sheet.row_dimensions[row].height for row in (5, 7)] == [33, 33]
    for row in (5, 6, 7):
        for cell in sheet[row]:
            assert cell.border.left.style == "thin"
            assert cell.fill.fgColor.rgb == "00FFFF99"
    assert sheet.print_title_rows == "$3:$4"
    assert sheet.print_area == "'台账 一'!$A$1:$F$9"
    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["D5:D7"]
    assert sheet.oddHeader.center.text == "某街道办事处"
    assert book["说明"]["A1"].value == "第二张表"


def test_moments_are_dates_in_a_cell_that_was_not_made_for_them(clerk):
    make_case(contract_of(clerk), called_at=NOON)

    cell = filled(clerk, put(clerk))["台账 一"]["C5"]

    assert cell.is_date
    assert "yyyy" in cell.number_format
    assert cell.alignment.wrap_text


def test_a_date_format_of_the_cell_s_own_stays(clerk):
    make_case(contract_of(clerk), called_at=NOON)
    book = workbook()
    book.active["C5"].number_format = 'yyyy"年"m"月"d"日"'

    cell = filled(clerk, put(clerk, saved(book)))["台账 一"]["C5"]

    assert cell.number_format == 'yyyy"年"m"月"d"日"'


def test_the_file_says_on_every_page_whose_it_is(clerk):
    book = filled(clerk, put(clerk))

    export = Export.objects.get()
    cover = dict(book["About this file"].iter_rows(values_only=True))
    assert cover["Ledger format"] == "月台账 v1"
    assert cover["Rows"] == "0"
    for name in ("台账 一", "About this file"):
        assert f"TZ-20260601-{export.pk}" in book[name].oddFooter.left.text


def test_words_that_look_like_markup_or_formulas_are_words(clerk):
    words = "=1<b>&amp;\"'😀"
    make_case(contract_of(clerk), title=words)

    cell = filled(clerk, put(clerk))["台账 一"]["D5"]

    assert (cell.value, cell.data_type) == (words, "s")


# --- Versions --------------------------------------------------------------------------------


def test_versions_count_up_and_earlier_ones_stay_usable(clerk):
    first, second, other = put(clerk), put(clerk), put(clerk, name="周台账")

    assert [str(one) for one in (first, second, other)] == [
        "月台账 v1",
        "月台账 v2",
        "周台账 v1",
    ]
    assert filled(clerk, first).sheetnames[0] == "台账 一"
    assert str(Export.objects.get().template) == "月台账 v1"


def test_a_form_sent_twice_makes_one_version(clerk):
    token = uuid4()

    assert put(clerk, token=token) == put(clerk, token=token)
    assert LedgerTemplate.objects.count() == 1


def test_a_retired_format_is_not_offered(client, clerk):
    kept, retired = put(clerk), put(clerk)
    client.force_login(clerk)

    answer = client.post(url("ledger-template-retire", clerk, retired.pk))
    again = client.post(url("ledger-template-retire", clerk, retired.pk))

    form = client.get(url("export-new", clerk)).context["form"]
    assert (answer.status_code, again.status_code) == (302, 422)
    assert list(form.fields["template"].queryset) == [kept]


def test_a_format_that_was_exchanged_on_disk_is_not_filled(clerk, settings):
    template = put(clerk)
    (settings.MEDIA_ROOT / template.file.name).write_bytes(saved(Workbook()).read())

    export = exports.ask(
        contract_of(clerk),
        query="",
        columns=[],
        template=template,
        permit=None,
        token=uuid4(),
        by=clerk,
        at=NOON,
    )
    exports.make(export, at=NOON)

    assert Export.objects.get().status == ExportStatus.FAILED


# --- What is no format --------------------------------------------------------------------


def changed(change):
    book = workbook()
    change(book.active)
    return saved(book)


def formula(sheet):
    sheet["F2"] = "=SUM(A1:A2)"


def unknown(sheet):
    sheet["E5"] = "{{天气}}"
    sheet["A2"] = "{{领导}}"


def two_rows(sheet):
    sheet["B7"] = "{{工单编号}}"


def mixed(sheet):
    sheet["B5"] = "编号 {{工单编号}}"


def merged(sheet):
    sheet.merge_cells("D5:E5")


def elsewhere(sheet):
    sheet.parent["说明"]["A1"] = "{{制表人}}"


def link(sheet):
    sheet["A2"].hyperlink = "https://example.org/"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (formula, "has formulas"),
        (unknown, "{{领导}}、{{天气}}"),
        (two_rows, "5、7"),
        (mixed, "Cell B5"),
        (merged, "D5:E5"),
        (elsewhere, "{{制表人}}"),
        (link, "something outside"),
    ],
)
def test_what_a_format_may_not_be_is_said(clerk, change, words):
    with pytest.raises(LayoutRefused, match=words.replace("{", r"\{")):
        put(clerk, changed(change))


def with_member(name, data=b"x"):
    file = BytesIO(saved(workbook()).read())
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return ContentFile(file.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    "file",
    [
        with_member("xl/vbaProject.bin"),
        with_member("xl/externalLinks/externalLink1.xml"),
        with_member("xl/embeddings/oleObject1.bin"),
        with_member("../../evil"),
        with_member("xl/bomb", b"\0" * (201 << 20)),
        ContentFile(b"PK\x03\x04 nonsense", "a.xlsx"),
        ContentFile("工单编号\n1".encode(), "a.csv"),
        ContentFile(b"", "a.xlsx"),
        ContentFile(saved(workbook()).read()[:3000], "a.xlsx"),
        saved(Workbook()),
        saved(workbook(), "a.xlsm"),
    ],
    ids=str,
)
def test_a_bad_file_is_refused_in_words(client, clerk, file):
    client.force_login(clerk)
    file.seek(0)

    answer = client.post(
        url("ledger-templates", clerk),
        {"name": "x", "file": file, "token": str(uuid4())},
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not LedgerTemplate.objects.exists()


def test_a_document_type_is_refused(clerk):
    file, out = BytesIO(saved(workbook()).read()), BytesIO()
    with ZipFile(file) as archive, ZipFile(out, "w") as copy:
        for name in archive.namelist():
            data = archive.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data
            copy.writestr(name, data)

    with pytest.raises(LayoutRefused):
        put(clerk, ContentFile(out.getvalue(), "a.xlsx"))


def test_a_comment_or_a_picture_does_no_harm(clerk):
    book = workbook()
    book.active["A1"].comment = Comment("请核对", "x")

    assert filled(clerk, put(clerk, saved(book)))["台账 一"]["A1"].comment


# --- The pages -----------------------------------------------------------------------------


def test_the_page_of_a_format_shows_five_orders_and_no_caller(client, clerk):
    for number in range(7):
        make_case(contract_of(clerk), title=f"题 {number} 13800000001")
    client.force_login(clerk)

    answer = client.get(put(clerk).get_absolute_url())

    assert len(answer.context["rows"]) == 5
    assert "138****0000" in answer.text
    assert "13800000001" not in answer.text


def test_a_format_is_saved_and_not_shown(client, clerk):
    template = put(clerk)
    client.force_login(clerk)

    answer = client.get(url("ledger-template-file", clerk, template.pk))
    answer.getvalue()

    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_format_of_another_contract_is_not_used(client, clerk):
    other = put(make_user(make_contract(), Role.CLERK))
    client.force_login(clerk)

    answer = client.post(
        url("export-new", clerk), {"template": other.pk, "token": str(uuid4())}
    )

    assert answer.status_code == 422
    assert client.get(url("ledger-template", clerk, other.pk)).status_code == 404


@pytest.mark.parametrize(
    ("reference", "became"),
    [
        ("A5", "A5:A15"),
        ("A6", "A16"),
        ("A1:C4", "A1:C4"),
        ("A1:C5", "A1:C15"),
        ("$A$1:$F$7", "$A$1:$F$17"),
        ("A5:A5 B9", "A5:A15 B19"),
    ],
)
def test_ranges_move_with_what_they_speak_of(reference, became):
    assert moved(reference, 5, 10) == became
