from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from django.utils.translation import override
from openpyxl import load_workbook

from reports import xlsx
from reports.document import (
    Chart,
    ChartKind,
    Column,
    Document,
    Fact,
    Figure,
    Kind,
    Paragraph,
    Section,
    Series,
    Table,
)

NOON = datetime(2026, 5, 8, 4, tzinfo=UTC)  # in Beijing
COLUMNS = tuple(Column(kind.value, kind) for kind in Kind)
ROW = (
    "第一社区",
    Figure(1234, (("unit", "1"),)),
    Decimal("0.8765"),
    Decimal("-0.125"),
    Decimal("0.25"),
    Decimal("85.2"),
    Decimal("2327640.00"),
    date(2026, 5, 8),
    NOON,
)
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']


def make_chart(*values, **given):
    defaults: dict[str, Any] = {
        "kind": ChartKind.BAR,
        "title": "走势",
        "unit": "件",
        "categories": tuple(f"05-0{number}" for number in range(1, len(values) + 1)),
        "series": (Series("受理量", values),),
        "across": "日期",
    }
    return Chart(**defaults | given)


def make_document(*blocks, **given):
    defaults: dict[str, Any] = {
        "title": "接诉即办日报",
        "issued_at": NOON,
        "sections": (Section("总体情况", blocks),),
    }
    return Document(**defaults | given)


def written(*blocks, **given):
    with override("en"):
        return xlsx.write(make_document(*blocks, **given))


def book(*blocks, **given):
    return load_workbook(BytesIO(written(*blocks, **given)))


def chart_xml(file):
    with ZipFile(BytesIO(file)) as parts:
        return ElementTree.fromstring(parts.read("xl/charts/chart1.xml"))  # noqa: S314


def references(root):
    return [element.text for element in root.iter() if element.tag.endswith("}f")]


def row_of(sheet, first):
    """Return the cells of the row that begins with a value."""
    return next(row for row in sheet.iter_rows() if row[0].value == first)


def test_the_sheets_are_the_report_its_data_the_charts_and_the_notes():
    table = Table("各社区", COLUMNS, (ROW,))

    names = book(table, make_chart(1), Table("无", COLUMNS, ())).sheetnames

    assert names == ["Report", "1 各社区", "Chart data", "Notes"]


@pytest.mark.parametrize("name", ["Report", "1 各社区"])
def test_numbers_are_numbers_and_days_are_days(name):
    sheet = book(Table("各社区", COLUMNS, (ROW,)))[name]

    cells = row_of(sheet, "第一社区")

    assert [cell.value for cell in cells] == [
        "第一社区", 1234, 0.8765, -0.125, 0.25, 85.2, 2327640,
        datetime(2026, 5, 8), datetime(2026, 5, 8, 12),  # noqa: DTZ001 # as Excel has them
    ]  # fmt: skip
    assert [cell.number_format for cell in cells] == [
        "General", "#,##0", "0.00%", "+0.00%;-0.00%;0.00%", "+0.00;-0.00;0.00", "0.0",
        "#,##0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm",
    ]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_words_are_words_wherever_they_stand(text):
    workbook = book(
        Paragraph(text),
        Table(
            text, (Column(text), Column("n", Kind.COUNT)), ((text, text),), note=text
        ),
        make_chart(1, title=text, unit=text, across=text, categories=(text,)),
        title=text,
        number=text,
        facts=(Fact(text, text),),
        notes=(text,),
        signatures=(Fact(text, text),),
    )

    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    assert all(cell.quotePrefix for cell in cells if str(cell.value) == text)


def test_the_words_of_a_chart_are_references_and_never_formulas():
    root = chart_xml(written(make_chart(1, title="=1+1", unit="=2", across="=3")))

    assert set(references(root)) == {
        "'Chart data'!$A$2",  # its title
        "'Chart data'!$B$2",  # the unit
        "'Chart data'!$A$3",  # what the categories are
        "'Chart data'!$B$3",  # the series
        "'Chart data'!$A$4",  # its name
        "'Chart data'!$B$4",  # its number
    }


def test_a_chart_is_bound_to_its_numbers():
    file = written(make_chart(3), make_chart(5, None, 7, kind=ChartKind.LINE))

    sheet = load_workbook(BytesIO(file))["Chart data"]
    assert [[cell.value for cell in row[:2]] for row in sheet["A5:B10"]] == [
        [None, None],
        ["走势", "件"],
        ["日期", "受理量"],
        ["05-01", 5],
        ["05-02", None],
        ["05-03", 7],
    ]
    with ZipFile(BytesIO(file)) as parts:
        assert sum(name.startswith("xl/charts/") for name in parts.namelist()) == 2


@pytest.mark.parametrize(
    ("given", "tag", "grouping"),
    [
        ({}, "barChart", "clustered"),
        ({"kind": ChartKind.STACKED}, "barChart", "stacked"),
        ({"kind": ChartKind.LINE}, "lineChart", "standard"),
    ],
)
def test_a_chart_is_of_its_kind(given, tag, grouping):
    root = chart_xml(written(make_chart(1, 2, **given)))

    (plot,) = (element for element in root.iter() if element.tag.endswith("}" + tag))
    assert plot.find("{*}grouping").get("val") == grouping


def test_where_nothing_is_known_there_is_a_line_instead_of_a_chart():
    file = written(make_chart(None, None))

    assert row_of(
        load_workbook(BytesIO(file))["Report"], "走势: No data for this chart."
    )
    with ZipFile(BytesIO(file)) as parts:
        assert not any(name.startswith("xl/charts/") for name in parts.namelist())


def test_the_report_shows_dashes_and_the_data_stay_empty():
    workbook = book(
        Table("各社区", (Column("a"), Column("b", Kind.RATE)), (("x", None),))
    )

    assert row_of(workbook["Report"], "x")[1].value == "—"
    assert row_of(workbook["1 各社区"], "x")[1].value is None


def test_totals_are_in_the_report_and_not_among_the_data():
    columns = (Column("社区"), Column("受理量", Kind.COUNT))

    workbook = book(Table("各社区", columns, (("x", 2),), total=("合计", 2)))

    assert row_of(workbook["Report"], "合计")[1].value == 2
    assert [cell.value for cell in workbook["1 各社区"]["A"]] == ["社区", "x"]


def test_an_empty_table_says_so():
    sheet = book(Table("企业诉求", (Column("企业"), Column("诉求")), ()))["Report"]

    assert row_of(sheet, "—")


def test_every_sheet_prints_on_a4_with_its_first_row_repeated():
    workbook = book(Table("宽", COLUMNS, (ROW,)), make_chart(1))

    for sheet in workbook:
        assert sheet.page_setup.paperSize == 9
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.freeze_panes == "A2"
        assert sheet.page_setup.fitToHeight == 0
    assert workbook["1 宽"].page_setup.orientation == "landscape"


def test_the_notes_say_what_the_figures_rest_on_and_what_proves_them():
    given = {
        "number": "第128期",
        "version": 2,
        "facts": (Fact("口径", "全口径"),),
        "notes": ("响应率＝联系数÷有效回访数",),
        "seal": "5e" * 32,
    }

    notes = [[cell.value for cell in row] for row in book(**given)["Notes"].iter_rows()]

    assert notes == [
        ["Report", "接诉即办日报"],
        ["Number", "第128期"],
        ["Version", "2"],
        ["Drawn up at", "2026-05-08 12:00"],
        ["口径", "全口径"],
        ["How it is counted", "响应率＝联系数÷有效回访数"],
        ["Digest of this report", make_document(**given).digest()],
        ["Newest seal of the ledgers", "5e" * 32],
    ]


def test_names_that_excel_refuses_are_changed():
    tables = [
        Table(title, (Column("a"),), (("x",),))
        for title in ("a/b:[c]*?'", "同" * 40, "")
    ]

    assert book(*tables, *tables).sheetnames[1:4] == ["1 a b  c", f"2 {'同' * 29}", "3"]


def test_what_no_cell_can_hold_is_cut_and_what_xml_cannot_is_written():
    columns = (Column("a"), Column("b"))

    sheet = book(Table("长", columns, (("x" * 40_000, "a\x00b\x1f"),)))["1 长"]

    assert sheet["A2"].value == "x" * 32_766 + "…"
    assert sheet["B2"].value


def test_the_same_document_gives_the_same_bytes():
    blocks = (Table("各社区", COLUMNS, (ROW,)), make_chart(1, 2))

    assert written(*blocks) == written(*blocks)
