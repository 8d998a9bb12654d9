"""What a file of orders says: which columns, which orders, what is wrong with which row."""

import zipfile
from dataclasses import replace
from datetime import datetime

import pytest
from django.core.files.base import ContentFile
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import sheets
from cases.rules.cells import BEIJING, Limit, Satisfaction, Unit
from cases.rules.headers import Field
from cases.sheets import Fault, FileRefused, OrderRow, read
from contracts.sheets.refusal import REFUSALS

from .sheet_files import (
    HEAD,
    HEAD_AND_ORDER,
    ORDER,
    as_book,
    as_old_book,
    as_page,
    as_text,
    as_zip,
    parts,
    refusal,
    row,
)

EIGHT = datetime(2026, 5, 1, 8, tzinfo=BEIJING)
THE_ORDER = OrderRow("", 2, "20260501100000", content="楼道灯不亮", dispatched_at=EIGHT)


def text_orders(head, *rows):
    return list(read(as_text([head, *rows]), "orders.csv"))


def book_orders(*rows, **options):
    return list(read(as_book(*rows, **options), "orders.xlsx"))


def faults_of(head, *rows):
    found = text_orders(head, *rows)
    return [(one.row, one.column, one.code) for one in found if isinstance(one, Fault)]


# What a row says


def test_a_row_of_the_platform_says_all_this():
    told = {
        "工单编号": "20260501100000",
        "区级工单编号": "QJ-1",
        "工单来源": "市级",
        "工单类型": "投诉",
        "问题分类": "城市管理->市政设施->道路破损",
        "标签": "营商环境紧急",
        "标题": "路面坑洼",
        "主要内容": "门前路面坑洼\n雨后积水",
        "工单状态": "已办结",
        "来电人": "张三",
        "来电人电话/账号": "13800000001",
        "来电人地址": "槐荫小区1号楼",
        "被反映区": "示范区",
        "被反映街乡镇": "和顺街道",
        "村/社区": "槐荫社区",
        "小区点位": "槐荫小区",
        "主办单位": "城市管理办公室",
        "来电时间": "2026-05-01 08:00:00",
        "派单时间": "2026年5月1日 上午8:10",
        "区派单时间": "2026/5/1 8:05",
        "截止时间": "20260504",
        "办理时限": "3天",
        "办结时间": "2026-05-02 09:00:00",
        "办理结果": "已修补",
        "回复内容": "已现场修补",
        "处理受理方式": "现场",
        "企业名称": "某便民超市",
        "工单性质": "主办",
        "是否有效回访": "是",
        "是否联系": "是",
        "是否解决": "否",
        "是否满意": "基本满意",
        "月次": "2",
        "身份证号": "110101190001010017",
    }

    (order,) = text_orders(list(told), list(told.values()))

    assert order == OrderRow(
        sheet="",
        row=2,
        number="20260501100000",
        district_number="QJ-1",
        source="市级",
        kind="投诉",
        category=("城市管理", "市政设施", "道路破损"),
        tags=("营商环境", "紧急"),
        title="路面坑洼",
        content="门前路面坑洼\n雨后积水",
        platform_status="已办结",
        caller_name="张三",
        caller_phone="13800000001",
        caller_address="槐荫小区1号楼",
        district="示范区",
        street="和顺街道",
        community="槐荫社区",
        spot="槐荫小区",
        unit="城市管理办公室",
        called_at=EIGHT,
        dispatched_at=EIGHT.replace(minute=10),
        district_dispatched_at=EIGHT.replace(minute=5),
        due_at=datetime(2026, 5, 4, tzinfo=BEIJING),
        limit=Limit(3, Unit.DAY),
        closed_at=datetime(2026, 5, 2, 9, tzinfo=BEIJING),
        result="已修补",
        reply="已现场修补",
        channel="现场",
        company="某便民超市",
        nature="主办",
        valid_callback=True,
        contacted=True,
        solved=False,
        satisfaction=Satisfaction.PARTLY,
        urgent=True,
        extra={"月次": "2"},
        private={"身份证号": "110101190001010017"},
    )


def test_a_row_that_says_little_is_an_order_too():
    assert text_orders(HEAD, ORDER) == [THE_ORDER]


def test_a_caller_who_wants_to_stay_unknown_has_no_name_and_no_number():
    (order,) = text_orders([*HEAD, "来电人", "联系电话"], [*ORDER, "保密", "（保密）"])

    assert (order.confidential, order.caller_name, order.caller_phone) == (True, "", "")


def test_a_second_telephone_is_kept_with_the_first_and_not_beside_the_case():
    (order,) = text_orders(
        [*HEAD, "联系方式", "来电号码"], [*ORDER, "13800000002", "13800000001"]
    )

    assert order.caller_phone == "13800000001、13800000002"
    assert order.extra == {}


@pytest.mark.parametrize("unknown", ["不详", "", "-", "无"])
def test_a_place_that_is_not_known_is_none(unknown):
    (order,) = text_orders([*HEAD, "村/社区", "小区点位"], [*ORDER, unknown, unknown])

    assert (order.community, order.spot) == ("", "")


def test_a_deadline_is_a_moment_in_one_layout_and_a_length_in_another():
    first, second = text_orders(
        [*HEAD, "办理时限"],
        [*ORDER, "2026-05-04 08:00:00"],
        ["20260501100001", *ORDER[1:], "5个工作日"],
    )

    assert (first.due_at, first.limit) == (EIGHT.replace(day=4), None)
    assert (second.due_at, second.limit) == (None, Limit(5, Unit.WORKDAY))


def test_three_columns_of_a_category_are_one():
    (order,) = text_orders(
        [*HEAD, "一级分类", "二级分类", "三级分类"], [*ORDER, "供暖", "收费", ""]
    )

    assert order.category == ("供暖", "收费")


@pytest.mark.parametrize(
    ("heading", "said", "urgent"),
    [("紧急程度", "特急", True), ("紧急程度", "一般", False), ("标签", "七有五性紧急", True), ("标签", "非紧急", False)],
)  # fmt: skip
def test_an_urgent_order_says_so_by_its_level_or_its_tag(heading, said, urgent):
    (order,) = text_orders([*HEAD, heading], [*ORDER, said])

    assert order.urgent is urgent


# What is wrong with a row


@pytest.mark.parametrize(
    ("heading", "text", "code"),
    [
        ("工单编号", "", "missing"),
        ("工单编号", "合计", "number_malformed"),
        ("工单编号", "2.02605E+13", "number_rounded"),
        ("主要内容", "", "missing"),
        ("主要内容", "停水\x07", "control"),
        ("主要内容", "长" * 32_768, "too_long"),
        ("派单时间", "", "missing"),
        ("派单时间", "2026-02-30", "date_impossible"),
        ("派单时间", "昨天", "date_unreadable"),
        ("派单时间", "0226-05-01", "date_far"),
    ],
)
def test_a_row_without_what_it_needs_is_left_out(heading, text, code):
    bad = ["20260501100001", *ORDER[1:]]
    bad[HEAD.index(heading)] = text

    assert faults_of(HEAD, ORDER, bad) == [(3, heading, code)]
    assert text_orders(HEAD, ORDER, bad)[0] == THE_ORDER


@pytest.mark.parametrize(
    ("heading", "text", "code"),
    [
        ("办结时间", "2026-13-01", "date_impossible"),
        ("办理时限", "尽快", "date_unreadable"),
        ("是否解决", "可能", "yes_no"),
        ("是否满意", "一般般", "satisfaction"),
        ("工单类型", "长" * 21, "too_long"),
        ("标签", "长" * 31, "too_long"),
        ("联系电话", "1.38E+10", "number_rounded"),
        ("备注", "停水\x00"[:2] + "\x01", "control"),
    ],
)
def test_a_cell_that_says_nothing_clear_is_a_fault(heading, text, code):
    assert faults_of([*HEAD, heading], [*ORDER, text]) == [(2, heading, code)]


def test_a_row_names_everything_that_is_wrong_with_it():
    faults = faults_of(HEAD, ["", "", "昨天"])

    assert faults == [
        (2, "派单时间", "date_unreadable"),
        (2, "工单编号", "missing"),
        (2, "主要内容", "missing"),
    ]


def test_the_same_number_twice_is_a_fault_that_names_the_first_row():
    first, fault = text_orders(HEAD, ORDER, ORDER)

    assert first == THE_ORDER
    assert (fault.row, fault.code, fault.given) == (3, "duplicate", {"row": "2"})
    assert "2" in fault.message


def test_the_same_number_on_another_sheet_is_one_order_and_a_warning():
    again = [*ORDER[:2], "不是日期"]  # what is wrong with it does not matter any more

    order, warning = book_orders([HEAD, ORDER], [HEAD, again])

    assert order == replace(THE_ORDER, sheet="Sheet1")
    assert (warning.sheet, warning.code, warning.warning, warning.given) == (
        "Sheet2",
        "repeated",
        True,
        {"row": "Sheet1 2"},
    )


def test_a_row_that_was_left_out_does_not_stand_for_its_order_on_another_sheet():
    bad = [*ORDER[:2], "不是日期"]

    fault, order = book_orders([HEAD, bad], [HEAD, ORDER])

    assert fault.code == "date_unreadable"
    assert order == replace(THE_ORDER, sheet="Sheet2")


@pytest.mark.parametrize(
    ("heading", "at", "code"),
    [
        ("办结时间", "2026-05-01 07:59:59", "closed_early"),
        ("截止时间", "2026-04-30", "due_early"),
    ],
)
def test_what_time_does_not_allow_is_a_warning_and_the_row_is_taken(heading, at, code):
    warning, order = text_orders([*HEAD, heading], [*ORDER, at])

    assert (warning.code, warning.warning, warning.column) == (code, True, heading)
    assert order.number == "20260501100000"


@pytest.mark.parametrize(
    ("heading", "text", "shown"),
    [
        ("来电人", "张三" * 60, "张**"),
        ("联系电话", "13800000001" * 12, "138****0001"),
        ("联系电话", "13800000001\x07", "138****0001"),
        ("身份证号", "110101190001010017\x07", "1**"),
        ("办结时间", "请回电13800000001", "请回电138****0001"),
        ("办结时间", "长" * 100, "长" * 40),
    ],
)
def test_a_fault_shows_no_citizens_data(heading, text, shown):
    (fault,) = text_orders([*HEAD, heading], [*ORDER, text])

    assert fault.value == shown


def test_every_fault_and_refusal_has_its_words():
    for code in sheets.orders.FAULTS:
        assert Fault("", 1, "", code, given={"row": 1, "most": 1}).message
    for code in REFUSALS:
        given = dict.fromkeys(("most", "rows", "row", "sheet", "columns", "suffix"), 1)
        assert str(FileRefused(code, **given))


# Where the table is


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("name", ["orders.csv", "orders.xls"])
def test_text_is_read_in_its_encoding_and_by_its_delimiter(encoding, delimiter, name):
    rows = [HEAD, [ORDER[0], "灯不亮,已报修;\t三天\n没人来", ORDER[2]]]

    (order,) = read(as_text(rows, encoding=encoding, delimiter=delimiter), name)

    assert order == replace(THE_ORDER, content="灯不亮,已报修;\t三天\n没人来")


@pytest.mark.parametrize("above", [0, 1, 19])
def test_the_head_may_stand_in_any_of_the_first_rows(above):
    rows = [["和顺街道诉求工单导出"]] * above + [HEAD, ORDER]

    (from_text,) = read(as_text(rows), "orders.csv")
    (from_page,) = read(as_page(rows), "orders.xls")
    (from_book,) = book_orders(rows)
    (from_old_book,) = read(as_old_book(rows), "orders.xls")

    assert from_text == from_page == replace(THE_ORDER, row=above + 2)
    assert (
        from_book == from_old_book == replace(THE_ORDER, sheet="Sheet1", row=above + 2)
    )


def test_a_head_further_down_is_not_looked_for():
    assert refusal(as_text([["标题"]] * 20 + [HEAD, ORDER]), "orders.csv") == "no_head"


def test_blank_rows_and_repeated_heads_are_passed_over():
    later = ["20260501100001", *ORDER[1:]]

    found = text_orders(HEAD, ORDER, ["", " ", ""], [], HEAD, later)

    assert [order.row for order in found] == [2, 6]


def test_a_table_that_begins_further_right_keeps_its_columns():
    (order,) = read(
        as_book([[None] * 3], [[None, *HEAD], [None, *ORDER]]), "orders.xlsx"
    )

    assert order == replace(THE_ORDER, sheet="Sheet2")


def test_sheets_that_are_hidden_or_about_something_else_are_left_out_and_named():
    reading = read(
        as_book([["编号", "名称"], ["1", "供暖"]], [HEAD, ORDER]), "orders.xlsx"
    )

    assert [table.sheet.name for table in reading.tables] == ["Sheet2"]
    assert reading.skipped == ["Sheet1"]
    assert reading.tables[0].columns.fields[Field.CONTENT] == (1,)


def test_a_hidden_sheet_is_left_out():
    members = parts(HEAD_AND_ORDER)
    members["xl/workbook.xml"] = str(members["xl/workbook.xml"]).replace(
        'name="S"', 'name="S" state="veryHidden"'
    )

    assert refusal(as_zip(members), "orders.xlsx") == "no_head"


def test_a_sheet_of_orders_without_a_needed_column_refuses_the_file():
    without = ["工单编号", "标题", "主办单位", "村/社区"]

    with pytest.raises(FileRefused) as refused:
        read(as_book([HEAD, ORDER], [without, ["1"]]), "orders.xlsx")

    assert refused.value.code == "missing_columns"
    assert refused.value.given == {"sheet": "Sheet2", "columns": "派单时间"}


def test_a_reading_may_be_gone_through_twice():
    reading = read(as_text([HEAD, ORDER]), "orders.csv")

    assert list(reading) == list(reading) == [THE_ORDER]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (as_text, "orders.csv"),
        (as_book, "orders.xlsx"),
        (as_old_book, "orders.xls"),
        (as_page, "orders.xls"),
    ],
)
def test_an_uploaded_file_can_be_read(make, name):
    file = ContentFile(make([HEAD, ORDER]).getvalue(), name)

    assert [order.number for order in read(file, name)] == ["20260501100000"]
    assert not file.closed


def test_rows_come_before_the_file_has_been_read_to_its_end():
    many = row(1, HEAD) + "".join(
        row(number, [f"2026050110{number}", *ORDER[1:]]) for number in range(2, 2000)
    )
    members = parts(many)
    sheet = str(members["xl/worksheets/s.xml"])
    members["xl/worksheets/s.xml"] = sheet.removesuffix("</worksheet>")
    orders = iter(read(as_zip(members), "orders.xlsx"))

    assert next(orders).row == 2
    with pytest.raises(FileRefused):
        list(orders)


# What a workbook's cells are


def cell_of(more, *, strings="", styles="", heading="备注"):
    """Return what a workbook says in the column `heading` of its order."""
    sheet = row(1, [*HEAD, heading]) + row(2, ORDER, more)
    (found,) = read(as_zip(parts(sheet, strings=strings, styles=styles)), "orders.xlsx")
    return found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="D2"><v>2.5</v></c>', "2.5"),
        ('<c r="D2"><v>1.38E10</v></c>', "13800000000"),
        ('<c r="D2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="D2" t="str"><f>A2</f><v>甲</v></c>', "甲"),
        ('<c r="D2" t="s"><v>0</v></c>', "共享"),
        ('<c r="D2" t="s"><v>1</v></c>', "粗细"),
        ('<c r="D2" t="s"><v>2</v></c>', "注音"),
        (
            '<c r="D2" t="inlineStr"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>',
            "甲乙",
        ),
        (
            '<c r="D2" t="inlineStr"><is><t>A&amp;B_x000D__x000A_C_x005F_x</t></is></c>',
            "A&B\nC_x",
        ),
        (
            '<c r="D2" t="inlineStr"><is><t>注音</t><rPh><t>zhuyin</t></rPh></is></c>',
            "注音",
        ),
        ('<c r="D2" s="1"><v>46143.5</v></c>', "2026-05-01 12:00:00"),
        ('<c r="D2" s="2"><v>46143</v></c>', "2026-05-01 00:00:00"),
        ('<c r="D2" s="3"><v>46143</v></c>', "46143"),
        ('<c t="inlineStr"><is><t>无坐标</t></is></c>', "无坐标"),
    ],
)
def test_a_cell_shows_what_the_spreadsheet_shows(cell, text):
    strings = (
        "<si><t>共享</t></si><si><r><t>粗</t></r><r><rPr/><t>细</t></r></si>"
        "<si><t>注音</t><rPh><t>zhuyin</t></rPh></si>"
    )
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m"/>'
        '<numFmt numFmtId="171" formatCode="[Red]0.0&quot;day&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="22"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>'
    )

    assert cell_of(cell, strings=strings, styles=styles).extra == {"备注": text}


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<c r="D2"><f>1+1</f></c>', "formula"),
        ('<c r="D2"><f>1+1</f><v></v></c>', "formula"),
        ('<c r="D2" t="e"><v>#N/A</v></c>', "cell_error"),
        ('<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "cell_error"),
        ('<c r="D2"><v>NaN</v></c>', "cell_error"),
        ('<c r="D2"><v>1E+9999</v></c>', "cell_error"),
        ('<c r="D2" t="inlineStr"><is><t>_x0000_</t></is></c>', "control"),
    ],
)
def test_a_cell_without_a_value_of_its_own_is_a_fault(cell, code):
    fault = cell_of(cell)

    assert (fault.column, fault.code) == ("备注", code)


def test_a_formula_that_comes_to_nothing_is_blank():
    assert cell_of('<c r="D2" t="str"><f>""</f><v></v></c>').extra == {}


def test_numbers_and_dates_that_the_spreadsheet_made_of_them_are_read_back():
    rows = [
        [*HEAD, "联系电话"],
        [20260501100000, "楼道灯不亮", datetime(2026, 5, 1, 8), 13800000001],  # noqa: DTZ001
        [202605011000001234, "楼道灯不亮", 46143, ""],
    ]

    order, fault = book_orders(rows)

    assert order == replace(THE_ORDER, sheet="Sheet1", caller_phone="13800000001")
    assert (fault.column, fault.code) == ("工单编号", "number_rounded")


def test_a_workbook_may_count_its_days_from_1904():
    rows = [HEAD, [*ORDER[:2], datetime(2026, 5, 1, 8)]]  # noqa: DTZ001

    (order,) = book_orders(rows, date_1904=True)

    assert order.dispatched_at == EIGHT


@pytest.mark.parametrize("said", ["20260501", 20260501, 46143 - 1462])
def test_a_bare_day_count_is_from_1904_as_well_and_a_day_is_not(said):
    (order,) = book_orders([HEAD, [*ORDER[:2], said]], date_1904=True)

    assert order.dispatched_at == EIGHT.replace(hour=0)


CELLS = st.lists(
    st.none() | st.text(alphabet="灯&<>\"' _x1é\n", max_size=6) | st.integers(0, 99),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=5))
def test_a_sheet_written_in_an_unusual_way_says_the_same(extra_rows):
    head = [*HEAD, *"甲乙丙丁戊己"]
    rows = [head] + [
        [f"2026050110000{number}", *ORDER[1:], *cells]
        for number, cells in enumerate(extra_rows)
    ]
    usual = as_book(rows)
    unusual = _rewritten(usual)

    assert list(read(unusual, "a.xlsx")) == list(read(usual, "a.xlsx"))


@pytest.mark.parametrize("bytes_before", range(3))  # so that a character is cut in two
def test_a_large_sheet_written_in_an_unusual_way_says_the_same(bytes_before):
    rows = [[f"2026050110{number}", "灯" * 3_000, ORDER[2]] for number in range(300)]
    usual = as_book(
        [["a" * bytes_before], HEAD, *rows], in_memory=False, constant_memory=True
    )

    assert list(read(_rewritten(usual), "a.xlsx")) == list(read(usual, "a.xlsx"))


def _rewritten(file):
    """Return a workbook with a prefix before its tags, and their ends further apart."""
    members = {}
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            content = archive.read(name).decode()
            if name.startswith(("xl/worksheets/s", "xl/sharedStrings")):
                content = content.replace("<", "<x:").replace("<x:/", "</x:")
                content = content.replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
                content = content.replace("</x:row>", "</x:row >")
            members[name] = content
    return as_zip(members)
