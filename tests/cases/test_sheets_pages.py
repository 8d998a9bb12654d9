"""Pages that are called .xls: their tables say what a workbook would, or they are refused."""

import io
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rules.cells import BEIJING
from cases.sheets import FileRefused, Kind, OrderRow, inspect, page, read
from cases.sheets.page import Page

from .sheet_files import HEAD, ORDER, as_book, as_page, refusal

EIGHT = datetime(2026, 5, 1, 8, tzinfo=BEIJING)
THE_ORDER = OrderRow("", 2, "20260501100000", content="楼道灯不亮", dispatched_at=EIGHT)
HEAD_ROW = "<tr>" + "".join(f"<th>{heading}</th>" for heading in HEAD) + "</tr>"
ORDER_ROW = "<tr>" + "".join(f"<td>{text}</td>" for text in ORDER) + "</tr>"


def a_page(text, encoding="utf-8"):
    return io.BytesIO(text.encode(encoding))


def rows_of(table):
    sheet = Page(a_page(f"<table>{table}</table>")).sheets[0]
    return list(sheet.rows())


def orders_of(text):
    return list(read(a_page(text), "a.xls"))


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "GBK"),
        ("gb18030", "utf-8"), ("utf-8", "gb2312"), ("utf-16", "utf-16"), ("gb18030", "ks"),
    ],
)  # fmt: skip
def test_a_page_is_read_in_the_encoding_it_is_in(encoding, charset):
    file = as_page([HEAD, ORDER], encoding=encoding, charset=charset)

    if charset == "ks":
        assert refusal(file, "a.xls") == "encoding"
    else:
        assert inspect(file, "a.xls") is Kind.PAGE
        assert list(read(file, "a.xls")) == [THE_ORDER]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("灯  不\n亮", "灯 不 亮"),
        ("&lt;灯&gt; &amp; &#27700;&nbsp;", "<灯> & 水"),
        ("灯<br>水<br/>电", "灯\n水\n电"),
        ("<p>灯</p><p>水</p>", "灯\n水"),
        ("<font color='red'>灯</font><b>不</b>亮", "灯不亮"),
        ("灯<!-- <td>x</td> -->亮", "灯亮"),
        ("灯<script>'</td>'<tr></script>亮", "灯亮"),
        ("3 < 4 <= 5", "3 < 4 <= 5"),
        ("灯<table><tr><td>里面</td></tr></table>亮", "灯亮"),
        ("<a title='</td>' href=\"x>y\">灯</a>", "灯"),
        ("&#xZZ;&bogus;", "&#xZZ;&bogus;"),
    ],
)
def test_a_cell_is_what_the_page_shows(cell, text):
    assert rows_of(f"<tr><td>{cell}</td><td>末</td></tr>") == [(1, [text, "末"])]


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr>",
        "<tr><td>甲<td>乙<tr><td>丙<td>丁",
        "<thead><TR><TH>甲</TH><th>乙</th></tr></thead><tbody><tr class='a b' x:str><td>丙</td>\n<td style=\"a:b\">丁</td></tr></tbody>",
        "<caption>题</caption><col><tr><td>甲</td>间<td>乙</td></tr><tr ><td >丙</td><td nowrap>丁</td></tr >",
    ],
)
def test_a_table_is_read_however_it_is_written(table):
    assert rows_of(table) == [(1, ["甲", "乙"]), (2, ["丙", "丁"])]


def test_what_a_cell_covers_is_blank():
    rows = rows_of(
        '<tr><td rowspan=2>甲<td colspan="2">乙<td>丙</tr>'
        "<tr><td>丁<td>戊<td rowspan=2 colspan=2>己</tr><tr><td>庚</tr>"
    )

    assert rows == [
        (1, ["甲", "乙", "", "丙"]),
        (2, ["", "丁", "戊", "己", ""]),
        (3, ["庚"]),
    ]


def test_layout_tables_are_left_out_and_several_tables_are_read():
    text = (
        f"<table><tr><td><table>{HEAD_ROW}{ORDER_ROW}</table></td></tr></table>"
        f"<table>{HEAD_ROW}{ORDER_ROW.replace('00000<', '00001<')}</table>"
    )

    reading = read(a_page(text), "a.xls")

    assert [(order.sheet, order.number) for order in reading] == [
        ("2", "20260501100000"),
        ("3", "20260501100001"),
    ]
    assert reading.skipped == ["1"]


def test_tables_in_comments_are_none():
    text = f"<!--[if mso]><table><![endif]--><table>{HEAD_ROW}{ORDER_ROW}</table>"

    assert orders_of(text) == [THE_ORDER]


TEXTS = st.lists(
    st.text(alphabet="灯水&<>\"' ab", max_size=6).map(str.strip), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=50)
@given(st.lists(TEXTS, max_size=5))
def test_a_page_says_what_the_same_workbook_says(more):
    rows = [[*HEAD, *"甲乙丙丁戊"]] + [
        [
            f"2026050110000{number}",
            *ORDER[1:],
            *(" ".join(text.split()) for text in cells),
        ]
        for number, cells in enumerate(more)
    ]
    escaped = [
        [text.replace("&", "&amp;").replace("<", "&lt;") for text in row]
        for row in rows
    ]

    from_page = list(read(as_page(escaped), "a.xls"))

    assert from_page == [
        replace(order, sheet="") for order in read(as_book(rows), "a.xlsx")
    ]


# What it must withstand


WHOLE = f"<html><table>{HEAD_ROW}{ORDER_ROW}</table></html>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html><frameset><frame src='sheet001.htm'></frameset></html>", "no_table"),
        (f"<table>{HEAD_ROW}{ORDER_ROW}", "damaged"),
        (f"<table>{HEAD_ROW}{ORDER_ROW}</table><!-- ", "damaged"),
        (f"<table>{HEAD_ROW}{ORDER_ROW}</table><script>", "damaged"),
        (f"<table>{HEAD_ROW}{ORDER_ROW}</table><a title='", "damaged"),
        ("<table>" * 30 + "</table>" * 30, "damaged"),
        ("<table></table>" * 101, "too_many_tables"),
        ("<table>" + HEAD_ROW + "<tr>" + "<td>x</td>" * 201 + "</tr></table>", "too_many_columns"),
        (f"<table>{HEAD_ROW}{'<tr></tr>' * 1_100}{ORDER_ROW}</table>", "blank_run"),
        ("<table><tr><td>1</td></tr></table>", "no_head"),
    ],
)  # fmt: skip
def test_a_page_that_is_not_as_it_should_be_is_refused(text, code):
    assert refusal(a_page(text), "a.xls") == code


def test_empty_cells_beyond_the_last_column_are_nothing():
    wide = ORDER_ROW.replace("</tr>", "<td colspan=500></td><td></td></tr>")

    assert orders_of(f"<table>{HEAD_ROW}{wide}</table>") == [THE_ORDER]


def test_a_page_cannot_be_made_huge_by_its_spans():
    huge = "<tr><td rowspan=65534 colspan=200></td></tr>"

    assert rows_of(huge + "<tr></tr>") == [(1, [""] * 200), (2, [])]


def test_merged_cells_without_end_are_refused(monkeypatch):
    monkeypatch.setattr("contracts.sheets.table._MOST_MERGED", 10)
    text = f"<table>{HEAD_ROW}{'<tr><td colspan=2>x</td></tr>' * 11}</table>"

    assert refusal(a_page(text), "a.xls") == "damaged"


@pytest.mark.parametrize(
    "piece",
    ["<", "<!", "<!--", "<a ", "<a b='", '<a b="', "</", "<tr>", "<tr <", "<td ", "<tr><td>", "&", "<script>",
     "<table", "<td rowspan=9>", "<tr x='", "<br", "=", "<tr><td><br", "</table>", "<![CDATA["],
)  # fmt: skip
def test_no_page_takes_more_than_its_length_to_read(piece):
    text = f"<table>{HEAD_ROW}{ORDER_ROW}" + piece * 100_000
    started = time.process_time()

    read_or_refuse(text.encode())
    read_or_refuse((text + "</table>").encode())

    assert time.process_time() - started < 5


def read_or_refuse(content):
    with suppress(FileRefused):
        list(read(io.BytesIO(content), "a.xls"))


@settings(deadline=None, max_examples=300)
@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 30),
    st.sampled_from(
        ["", "<", ">", "</td>", "<td rowspan=0>", "<td colspan=99999999>", "<table>", "</table>",
         "<tr>", "<!--", "-->", "<script>", "'", '"', "&#1114112;", "&#0;", "\x00", "\ud7ff", "<td\n>", "=", "</"]
    ),
)  # fmt: skip
def test_a_page_with_wrong_marks_is_read_or_refused(start, length, new):
    read_or_refuse((WHOLE[:start] + new + WHOLE[start + length :]).encode())


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_in_a_page_are_read_or_refused(content):
    read_or_refuse(b"<table>" + content)
    read_or_refuse(f"<table>{HEAD_ROW}".encode() + content + b"</table>")


def test_a_very_long_text_is_a_fault():
    long = ORDER_ROW.replace("楼道灯不亮", "长" * 100_000)

    (fault,) = orders_of(f"<table>{HEAD_ROW}{long}</table>")

    assert fault.code == "too_long"
    assert page.MOST_CHARACTERS < 100_000
