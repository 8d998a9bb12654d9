"""Old .xls workbooks: they say what the same .xlsx says, and harm as little."""

import io
import resource
import struct
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rules.cells import BEIJING
from cases.sheets import FileRefused, Kind, inspect, old_texts, read
from cases.sheets.old_workbook import OldWorkbook
from contracts.sheets.table import Broken

from .sheet_files import (
    HEAD,
    ORDER,
    as_book,
    as_compound,
    as_old_book,
    old_cell,
    old_stream,
    old_text,
    record,
    refusal,
    shared_texts,
)

EIGHT = datetime(2026, 5, 1, 8)  # noqa: DTZ001 - as a workbook has it


def cells_of(*records, **options):
    """Return the cells of the one row that a sheet of `records` has."""
    file = as_old_book([records], **options)
    ((_number, cells),) = OldWorkbook(file).sheets[0].rows()
    return cells


def place(row, column, style=0):
    return struct.pack("<HHH", row, column, style)


def formula(result, flags=0, column=0):
    return record(0x0006, place(0, column) + result + struct.pack("<HI", flags, 0))


# What it says


VALUES = st.none() | st.text("灯水&<é ab\n", max_size=8) | st.integers(-(10**9), 10**9)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(VALUES, max_size=6), max_size=6))
def test_it_says_what_the_same_workbook_of_today_says(more):
    rows = [[*HEAD, *"甲乙丙丁戊己"]] + [
        [f"2026050110000{number}", "停水", EIGHT, *cells]
        for number, cells in enumerate(more)
    ]

    assert list(read(as_old_book(rows), "a.xls")) == list(read(as_book(rows), "a.xlsx"))


def test_a_large_one_is_read_as_well():
    rows = [HEAD] + [
        [f"2026050110{number}", "水" * 3_000, EIGHT] for number in range(300)
    ]

    assert list(read(as_old_book(rows), "a.xls")) == list(read(as_book(rows), "a.xlsx"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (record(0x0203, place(0, 0) + struct.pack("<d", 20260501100000)), Decimal(20260501100000)),
        (record(0x0203, place(0, 0) + struct.pack("<d", 0.1)), Decimal("0.1")),
        (record(0x0203, place(0, 0, 1) + struct.pack("<d", 46143.3333333)), EIGHT),
        (record(0x0203, place(0, 0, 1) + struct.pack("<d", -1e300)), Decimal("-1e300")),
        (record(0x0203, place(0, 0) + struct.pack("<d", float("nan"))), Broken("cell_error", "nan")),
        (record(0x027E, place(0, 0) + struct.pack("<I", 5 << 2 | 2)), Decimal(5)),
        (record(0x027E, place(0, 0) + struct.pack("<i", -5 << 2 | 2)), Decimal(-5)),
        (record(0x027E, place(0, 0) + struct.pack("<I", 250 << 2 | 3)), Decimal("2.5")),
        (record(0x027E, place(0, 0) + struct.pack("<I", 0x40040000)), Decimal("2.5")),
        (record(0x0205, place(0, 0) + b"\x01\x00"), "TRUE"),
        (record(0x0205, place(0, 0) + b"\x2a\x01"), Broken("cell_error", "#N/A")),
        (formula(struct.pack("<d", 7)), Decimal(7)),
        (formula(struct.pack("<d", 0)), Decimal(0)),
        (formula(struct.pack("<d", 0), flags=2), Broken("formula")),
        (formula(b"\x02\0\x07\0\0\0\xff\xff"), Broken("cell_error", "#DIV/0!")),
        (formula(b"\x01\0\x00\0\0\0\xff\xff"), "FALSE"),
        (formula(b"\x03\0\0\0\0\0\xff\xff"), ""),
        (formula(b"\0\0\0\0\0\0\xff\xff") + record(0x0207, old_text("甲")), "甲"),
        (
            formula(b"\0\0\0\0\0\0\xff\xff") + record(0x04BC, bytes(9))
            + record(0x0207, struct.pack("<HB", 3, 0) + b"ab") + record(0x003C, b"\x01\x34\x6c"),
            "ab水",
        ),
        (record(0x00D6, place(0, 0) + struct.pack("<HBH", 1, 9, 1) + "水".encode("utf-16-le") + bytes(4)), "水"),
    ],
)  # fmt: skip
def test_a_cell_is_what_the_spreadsheet_shows(cell, value):
    assert cells_of(cell) == [value]


def test_numbers_that_stand_together_are_as_many_cells():
    packed = struct.pack("<HIHI", 0, 2, 0, 7 << 2 | 2)

    cells = cells_of(record(0x00BD, struct.pack("<HH", 0, 1) + packed + b"\2\0"))

    assert cells == ["", Decimal(0), Decimal(7)]


@pytest.mark.parametrize("cut", [40, 60, 8224])
def test_texts_may_be_shared_and_their_list_may_be_cut(cut):
    texts = ["abc", "楼道灯不亮", "水" * 20]
    found = cells_of(
        *(record(0x00FD, place(0, column) + struct.pack("<I", number))
          for column, number in enumerate([1, 0, 1, 2])),
        more_globals=shared_texts(texts, cut),
    )  # fmt: skip

    assert found == ["楼道灯不亮", "abc", "楼道灯不亮", "水" * 20]


def test_a_shared_text_may_be_cut_in_the_middle_and_change_its_width():
    first = struct.pack("<IIHBHI", 1, 1, 4, 0x0C, 1, 3) + b"ab"
    rest = b"\x01" + "水电".encode("utf-16-le") + bytes(4 + 3)
    texts = record(0x00FC, first) + record(0x003C, rest)

    cell = record(0x00FD, place(0, 0) + bytes(4))

    assert cells_of(cell, more_globals=texts) == ["ab水电"]


def test_a_cut_may_go_through_a_character_of_two_halves():
    sign = "🀄".encode("utf-16-le")
    texts = record(0x00FC, struct.pack("<IIHB", 1, 1, 2, 1) + sign[:2])
    texts += record(0x003C, b"\x01" + sign[2:])

    cell = record(0x00FD, place(0, 0) + bytes(4))

    assert cells_of(cell, more_globals=texts) == ["🀄"]


def test_half_a_character_is_a_fault_of_its_cell():
    half = struct.pack("<HB", 1, 1) + b"\x00\xd8"
    cell = record(0x0204, place(1, 3) + half)

    (fault,) = read(as_old_book([[*HEAD, "备注"], [*ORDER, cell]]), "a.xls")

    assert (fault.column, fault.code) == ("备注", "control")


def test_a_format_of_its_own_may_show_a_date():
    style = record(0x041E, struct.pack("<H", 170) + old_text('yyyy"年"m"月"'))
    style += record(0x00E0, struct.pack("<HH16x", 0, 170))

    cell = record(0x0203, place(0, 0, 2) + struct.pack("<d", 46143.3333333))

    assert cells_of(cell, more_globals=style) == [EIGHT]


def test_days_may_be_counted_from_1904():
    rows = [HEAD, [*ORDER[:2], datetime(2022, 4, 30, 8)]]  # noqa: DTZ001
    bare = [HEAD, [*ORDER[:2], 46143 - 1462]]
    from_1904 = record(0x0022, b"\1\0")

    for sheet, hour in (rows, 8), (bare, 0):
        (order,) = read(as_old_book(sheet, more_globals=from_1904), "a.xls")
        assert order.dispatched_at == datetime(2026, 5, 1, hour, tzinfo=BEIJING)


def test_a_workbook_of_1995_is_in_its_own_encoding():
    begin = struct.pack("<HHHH", 0x0500, 5, 0, 1995)
    cells = b"".join(
        record(0x0204, place(row, column) + struct.pack("<H", len(text)) + text)
        for row, texts in enumerate([HEAD, ORDER])
        for column, text in enumerate(text.encode("gbk") for text in texts)
    )
    name = "工单".encode("gbk")
    start = record(0x0809, begin) + record(0x0042, struct.pack("<H", 936))
    at = len(start) + 4 + 7 + len(name) + 4
    start += record(0x0085, struct.pack("<IBBB", at, 0, 0, len(name)) + name)
    sheet = record(0x0809, struct.pack("<HHHH", 0x0500, 16, 0, 0)) + cells
    stream = start + record(0x000A) + sheet + record(0x000A)

    (order,) = read(as_compound({"Book": stream}), "a.xls")

    assert (order.sheet, order.content) == ("工单", ORDER[1])


def test_hidden_sheets_are_left_out_and_charts_passed_over():
    chart = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x20, 0, 0, 0, 0))
    chart += old_cell(9, 0, "图") + record(0x000A)

    reading = read(
        as_old_book([HEAD, [*ORDER, chart]], [HEAD, ORDER], hidden=[1]), "a.xls"
    )

    assert [order.number for order in reading] == [ORDER[0]]
    assert reading.skipped == ["Sheet2"]


def test_it_is_known_by_what_is_in_it():
    assert inspect(as_old_book([HEAD]), "a.csv") is Kind.OLD_WORKBOOK


# What it must withstand


SEALED = record(0x002F, bytes(6))


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (as_compound({"EncryptedPackage": b"x" * 9, "EncryptionInfo": b"x"}), "encrypted"),
        (as_old_book([HEAD, ORDER], more_globals=SEALED), "encrypted"),
        (as_compound({"Workbook": b"x", "_VBA_PROJECT_CUR": b"x"}), "macros"),
        (as_compound({"WordDocument": b"x" * 5000}), "other_office"),
        (as_compound({"Workbook": b""}), "damaged"),
        (as_compound({"Workbook": b"x" * 5000}), "damaged"),
        (as_compound({"Workbook": old_stream([HEAD, ORDER])[:-4]}), "damaged"),
        (as_old_book([HEAD, [ORDER[0], record(0x00FD, place(1, 1) + bytes(4))]]), "damaged"),
        (as_old_book([HEAD, [old_cell(1, 2, "a"), old_cell(1, 1, "b")]]), "damaged"),
        (as_old_book([HEAD, [old_cell(5, 0, "a"), old_cell(3, 1, "b")]]), "damaged"),
        (as_old_book([HEAD, [*ORDER, old_cell(1, 200, "far")]]), "too_many_columns"),
        (as_old_book([HEAD, ORDER, [old_cell(60_000, 0, "far")]]), "blank_run"),
    ],
)  # fmt: skip
def test_a_workbook_that_is_not_as_it_should_be_is_refused(file, code):
    assert refusal(file, "a.xls") == code


def test_one_sheet_cannot_be_named_many_times():
    stream = old_stream([HEAD, ORDER], [HEAD, ORDER])
    first, second = (stream.index(name.encode()) - 8 for name in ("Sheet1", "Sheet2"))
    same = stream[:second] + stream[first : first + 4] + stream[second + 4 :]

    assert refusal(as_compound({"Workbook": same}), "a.xls") == "damaged"


def test_a_chain_that_bites_its_tail_ends():
    content = as_old_book([HEAD, [ORDER[0], "水" * 9_000, ORDER[2]]]).getvalue()
    table = content.index(struct.pack("<3I", 1, 2, 3))
    looped = content[: table + 4] + bytes(4) + content[table + 8 :]

    assert refusal(io.BytesIO(looped), "a.xls") == "damaged"


def test_two_cells_far_apart_take_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sheet = [HEAD, ORDER, [old_cell(65_535, 199, "x")]]

    assert refusal(as_old_book(*[sheet] * 50), "a.xls") == "blank_run"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_one_long_text_in_very_many_cells_is_refused(monkeypatch):
    monkeypatch.setattr(old_texts, "MOST_INFLATED", 1_000_000)
    cells = [record(0x00FD, place(1, column) + bytes(4)) for column in range(3, 103)]
    texts = shared_texts(["水" * 16_000], 10**6)
    few, many = (
        as_old_book([HEAD, [*ORDER, *cells[:count]]], more_globals=texts)
        for count in (9, 100)
    )

    assert len(list(read(few, "a.xls"))) == 1
    assert refusal(many, "a.xls") == "inflated"


def read_or_refuse(content):
    with suppress(FileRefused):
        list(read(io.BytesIO(content), "a.xls"))


SHARED = [
    record(0x00FD, place(2, column) + struct.pack("<I", column)) for column in range(3)
]
STREAM = old_stream(
    [["标题"], HEAD, SHARED, [20260501100001, "停水", EIGHT]],
    [HEAD, ORDER],
    merged=[(0, 0, 0, 2)],
    more_globals=shared_texts(ORDER, 40),
)
GOOD = as_compound({"Workbook": STREAM, "Other": b"x" * 5_000}).getvalue()
LARGE = as_old_book([HEAD, [ORDER[0], "水" * 3_000, ORDER[2]]]).getvalue()


def test_what_is_broken_below_is_whole_above():
    first, second, warning = read(io.BytesIO(GOOD), "a.xls")

    assert (first.number, second.number) == (ORDER[0], "20260501100001")
    assert warning.code == "repeated"


@settings(deadline=None)
@given(st.sampled_from([GOOD, LARGE]), st.data())
def test_a_workbook_cut_short_is_read_or_refused(content, data):
    read_or_refuse(content[: data.draw(st.integers(0, len(content)))])


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([GOOD, LARGE]), st.data())
def test_a_workbook_with_wrong_bytes_is_read_or_refused(content, data):
    wrong = bytearray(content)
    for where, byte in data.draw(
        st.lists(
            st.tuples(st.integers(8, len(content) - 1), st.integers(0, 255)),
            min_size=1,
            max_size=20,
        )
    ):
        wrong[where] = byte

    read_or_refuse(bytes(wrong))


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(STREAM)), st.integers(0, 12), st.binary(max_size=12))
def test_a_workbook_with_wrong_records_is_read_or_refused(start, length, new):
    changed = STREAM[:start] + new + STREAM[start + length :]

    read_or_refuse(as_compound({"Workbook": changed}).getvalue())


NUMBERS = st.sampled_from(
    [0, 1, 2, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0x7FFFFFFF, 100]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(2, 127), NUMBERS), min_size=1, max_size=4))
def test_a_container_with_a_wrong_header_is_read_or_refused(wrong):
    changed = bytearray(LARGE)
    for number, value in wrong:
        struct.pack_into("<I", changed, number * 4, value)

    read_or_refuse(bytes(changed))
