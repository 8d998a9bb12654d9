"""Heads of several rows, merged cells, several sheets, and heads that a person has to name."""

from datetime import datetime

import pytest
import xlsxwriter

from cases.rules.cells import BEIJING
from cases.rules.headers import Field, Heading, columns
from cases.sheets import Fault, FileRefused, OrderRow, outline, read

from .sheet_files import HEAD, ORDER, as_book, as_old_book, as_page, as_text, refusal

EIGHT = datetime(2026, 5, 1, 8, tzinfo=BEIJING)

GROUPS = ["工单编号", "主要内容", "时间", None, "回访", None, "反映人", None, None]
UNDER = [None, None, "来电", "派单", "是否解决", "是否满意", "姓名", "电话", "地址"]
GROUPED = [
    ORDER[0], "楼道灯不亮", "2026-05-01 08:00", "2026-05-01 09:00", "是", "满意",
    "张三", "13800000001", "和顺里1号",
]  # fmt: skip
#: First row, last row, first column, last column, all from 0.
SPANS = [(0, 1, 0, 0), (0, 1, 1, 1), (0, 0, 2, 3), (0, 0, 4, 5), (0, 0, 6, 8)]


def merged_book(rows, spans, above=0):
    file = as_book([])
    file.seek(0)
    file.truncate()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for first, last, left, right in spans:
            text = rows[first][left]
            sheet.merge_range(first, left, last, right, text)
    file.seek(0)
    return file, "a.xlsx"


def merged_old_book(rows, spans):
    return as_old_book(rows, merged=[(a, b, c, d) for a, b, c, d in spans]), "a.xls"


def merged_page(rows, spans):
    by_place = {(span[0], span[2]): span for span in spans}
    html = []
    covered = set()
    for number, row in enumerate(rows):
        cells = []
        for column, text in enumerate(row):
            if (number, column) in covered:
                continue
            first, last, left, right = by_place.get(
                (number, column), (number, number, column, column)
            )
            covered |= {
                (down, across)
                for down in range(first, last + 1)
                for across in range(left, right + 1)
            }
            cells.append(
                f'<td rowspan="{last - first + 1}" colspan="{right - left + 1}">{text or ""}</td>'
            )
        html.append("<tr>" + "".join(cells) + "</tr>")
    file = as_page([])
    content = file.getvalue().decode().replace("<table>", "<table>" + "".join(html))
    file.seek(0)
    file.truncate()
    file.write(content.encode())
    return file, "a.xls"


def unmerged_text(rows, spans):
    return as_text([[text or "" for text in row] for row in rows]), "a.csv"


EVERY_KIND = pytest.mark.parametrize(
    "make", [merged_book, merged_old_book, merged_page, unmerged_text]
)


@EVERY_KIND
def test_a_head_of_two_rows_names_each_column_by_both(make):
    reading = read(*make([GROUPS, UNDER, GROUPED], SPANS))
    (order,) = reading

    assert reading.tables[0].columns.headings == (
        "工单编号", "主要内容", "时间/来电", "时间/派单", "回访/是否解决", "回访/是否满意",
        "反映人/姓名", "反映人/电话", "反映人/地址",
    )  # fmt: skip
    assert reading.tables[0].head_row == 2
    assert (order.called_at, order.dispatched_at) == (EIGHT, EIGHT.replace(hour=9))
    assert (order.solved, order.satisfaction) == (True, "satisfied")
    assert (order.caller_name, order.caller_phone) == ("张三", "13800000001")
    # By its lower row alone it would be the place of the trouble, which is kept unencrypted.
    assert (order.caller_address, order.spot) == ("和顺里1号", "")


@EVERY_KIND
def test_a_title_above_a_head_of_three_rows_is_no_part_of_it(make):
    top = ["办理", None, None, None, None]
    groups = ["工单编号", "主要内容", "时间", None, "备注"]
    under = [None, None, "来电", "派单", None]
    spans = [(0, 0, 0, 4), (1, 2, 0, 0), (1, 2, 1, 1), (1, 1, 2, 3), (1, 2, 4, 4)]

    (order,) = read(*make([top, groups, under, [*GROUPED[:4], "已报"]], spans))

    assert order.extra == {"备注": "已报"}
    assert order.called_at == EIGHT


@EVERY_KIND
def test_three_rows_can_be_a_head(make):
    rows = [
        ["工单编号", "主要内容", "全过程", None],
        [None, None, "时间", None],
        [None, None, "来电", "派单"],
        GROUPED[:4],
    ]
    spans = [(0, 2, 0, 0), (0, 2, 1, 1), (0, 0, 2, 3), (1, 1, 2, 3)]

    reading = read(*make(rows, spans))

    assert reading.tables[0].columns.headings[2:] == (
        "全过程/时间/来电",
        "全过程/时间/派单",
    )
    assert [order.called_at for order in reading] == [EIGHT]


@EVERY_KIND
def test_a_head_of_two_rows_that_comes_again_is_passed_over(make):
    second = ["20260501100001", *GROUPED[1:]]

    found = list(read(*make([GROUPS, UNDER, GROUPED, GROUPS, UNDER, second], SPANS)))

    assert [one.row for one in found] == [3, 6]
    assert all(isinstance(one, OrderRow) for one in found)


def test_merged_cells_tell_where_a_group_ends():
    groups = ["工单编号", "主要内容", "时间", None, None]
    under = [None, None, "来电", "派单", "备注"]
    spans = [(0, 1, 0, 0), (0, 1, 1, 1), (0, 0, 2, 3)]

    table = read(*merged_book([groups, under, GROUPED[:5]], spans)).tables[0]

    assert table.columns.headings[3:] == ("时间/派单", "备注")


def test_a_group_about_a_person_makes_its_unknown_columns_personal():
    found = columns(
        [
            Heading.of("反映人", "单位"),
            Heading.of("联系人", "地址"),
            Heading.of("来电人", "点位"),
        ]
    )

    assert dict(found.private) == {"反映人/单位": 0, "来电人/点位": 2}
    assert found.taken == (None, Field.CALLER_ADDRESS, None)


# Merged cells below the head


@pytest.mark.parametrize("make", [merged_book, merged_old_book, merged_page])
def test_a_number_that_is_merged_over_several_rows_is_a_fault_and_not_several_orders(
    make,
):
    rows = [HEAD, ORDER, [None, "另一件事", ORDER[2]], ["", "没有编号", ORDER[2]]]

    first, merged, missing = read(*make(rows, [(1, 2, 0, 0)]))

    assert first.number == ORDER[0]
    assert (merged.row, merged.column, merged.code, merged.given) == (
        3,
        "工单编号",
        "number_merged",
        {"row": "2"},
    )
    assert "2" in merged.message
    assert (missing.row, missing.code) == (4, "missing")


@pytest.mark.parametrize("make", [merged_book, merged_old_book, merged_page])
def test_a_merged_value_belongs_to_its_first_cell(make):
    head = [*HEAD, "备注", "月次"]
    rows = [
        head,
        [*ORDER, "两列", None],
        ["20260501100001", *ORDER[1:], "两行", "1"],
        ["20260501100002", *ORDER[1:], None, "2"],
    ]

    found = read(*make(rows, [(1, 1, 3, 4), (2, 3, 3, 3)]))

    assert [order.extra for order in found] == [
        {"备注": "两列"},
        {"备注": "两行", "月次": "1"},
        {"月次": "2"},
    ]


# Several sheets


@pytest.mark.parametrize(
    ("make", "name", "names"),
    [
        (as_book, "a.xlsx", ["Sheet1", "Sheet3"]),
        (as_old_book, "a.xls", ["Sheet1", "Sheet3"]),
        (as_page, "a.xls", ["1", "3"]),
    ],
)
def test_every_table_of_orders_is_read_and_the_others_are_named(make, name, names):
    other = [["科室", "人数"], ["城管办", "12"]]
    second = [["主办单位", *HEAD], ["城管办", "20260501100001", *ORDER[1:]]]

    reading = read(make([HEAD, ORDER], other, second), name)

    assert [table.sheet.name for table in reading.tables] == names
    assert len(reading.skipped) == 1
    assert [(one.sheet, one.number, one.unit) for one in reading] == [
        (names[0], ORDER[0], ""),
        (names[1], "20260501100001", "城管办"),
    ]


# Mappings


ODD_HEAD = ["流水", "事由", "到达", "市民", "备注"]
ODD = [*ORDER, "张三", "13800000001"]
MAPPING = {"流水": "number", "事由": "content", "到达": "dispatched_at"}


@pytest.mark.parametrize(
    ("make", "name"), [(as_text, "a.csv"), (as_book, "a.xlsx"), (as_page, "a.xls")]
)
def test_a_mapping_makes_an_unknown_layout_known(make, name):
    file = make([["导出"], ODD_HEAD, ODD])

    assert refusal(file, name) == "no_head"
    (order,) = read(file, name, MAPPING | {"市民": "caller_name"})

    assert (order.number, order.content) == (ORDER[0], ORDER[1])
    assert (order.dispatched_at, order.caller_name) == (EIGHT, "张三")
    assert order.extra == {"备注": "13800000001"}


def test_a_mapping_wins_over_what_is_known_of_headings():
    file = as_text([[*HEAD, "编号", "备注"], [*ORDER, "B-7", "灯"]])
    mapping = {"编号": "number", "主要内容": "", "备注": "content"}

    (order,) = read(file, "a.csv", mapping)

    assert (order.number, order.content) == ("B-7", "灯")
    assert order.extra == {"工单编号": ORDER[0], "主要内容": ORDER[1]}


def test_a_personal_column_that_is_mapped_to_nothing_is_kept_apart():
    file = as_text([[*HEAD, "来电人"], [*ORDER, "张三"]])

    (order,) = read(file, "a.csv", {"来电人": ""})

    assert (order.extra, order.private) == ({}, {"来电人": "张三"})


def test_a_mapping_may_name_a_column_under_a_group():
    rows = [["流水", "事由", "时刻", None], [None, None, "到", "止"], GROUPED[:4]]
    spans = [(0, 1, 0, 0), (0, 1, 1, 1), (0, 0, 2, 3)]
    mapping = {"流水": "number", "事由": "content", "时刻/到": "called_at"}

    (order,) = read(*merged_book(rows, spans), mapping)

    assert order.called_at == EIGHT
    assert list(order.extra) == ["时刻/止"]


def test_a_mapping_without_all_that_is_needed_says_what_is_missing():
    with pytest.raises(FileRefused) as refused:
        read(as_text([ODD_HEAD, ODD]), "a.csv", {"流水": "number"})

    assert refused.value.code == "missing_columns"
    assert refused.value.given["columns"] == "主要内容, 派单时间"


def test_a_mapping_to_a_field_that_there_is_not_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="colour"):
        read(as_text([HEAD, ORDER]), "a.csv", {"备注": "colour"})


# Outlines


def test_an_outline_shows_what_was_understood_and_masks_what_is_personal():
    head = [*HEAD, "来电人", "联系电话", "身份证号", "户主", "备注"]
    row = [
        *ORDER,
        "张三",
        "13800000001",
        "110101190001010017",
        "李四",
        "回电13800000002",
    ]

    (found,) = outline(as_text([["导出"], head, row]), "a.csv")

    assert (found.sheet, found.head_row, found.known) == ("", 2, True)
    assert found.headings == tuple(head)
    assert found.fields == (
        Field.NUMBER, Field.CONTENT, Field.DISPATCHED_AT, Field.CALLER_NAME,
        Field.CALLER_PHONE, None, None, None,
    )  # fmt: skip
    assert found.samples == (
        (ORDER[0],), (ORDER[1],), (ORDER[2],), ("张**",), ("138****0001",), ("1**",),
        ("李**",), ("回电138****0002",),
    )  # fmt: skip


def test_samples_are_the_first_three_that_are_not_blank():
    rows = [[f"2026050110000{number}", "停水", ORDER[2], note] for number, note in enumerate(["", "甲", " ", "乙", "丙", "丁"])]  # fmt: skip

    table = read(as_text([[*HEAD, "备注"], *rows]), "a.csv").tables[0]

    assert table.samples()[3] == ("甲", "乙", "丙")


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (as_text, "a.csv"),
        (as_book, "a.xlsx"),
        (as_old_book, "a.xls"),
        (as_page, "a.xls"),
    ],
)
def test_an_unknown_layout_is_outlined_with_its_likeliest_head_first(make, name):
    first, *_others = outline(make([["导出表"], ODD_HEAD, ODD]), name)

    assert (first.head_row, first.headings, first.known) == (2, tuple(ODD_HEAD), False)
    assert first.fields == (None,) * 5
    assert first.samples[0] == (ORDER[0],)
    assert first.samples[3:] == (("张**",), ("138****0001",))


def test_an_unknown_head_of_two_rows_is_outlined_too():
    rows = [["流水", "事由", "时刻", None], [None, None, "到", "止"], GROUPED[:4]]
    spans = [(0, 1, 0, 0), (0, 1, 1, 1), (0, 0, 2, 3)]

    found = outline(*merged_book(rows, spans))

    assert ("流水", "事由", "时刻/到", "时刻/止") in [one.headings for one in found]


def test_a_sheet_with_nothing_like_a_head_has_no_outline_and_a_bad_file_is_refused():
    assert outline(as_text([["1", "2"], ["3", "4"]]), "a.csv") == []
    with pytest.raises(FileRefused):
        outline(as_text([]), "a.csv")


def test_every_fault_of_a_merged_head_names_its_column_in_full():
    bad = [*GROUPED[:4], "也许", *GROUPED[5:]]

    (fault,) = read(*merged_book([GROUPS, UNDER, bad], SPANS))

    assert isinstance(fault, Fault)
    assert fault.column == "回访/是否解决"
