"""Files that are not what they say they are: each is refused in words, none does harm."""

import io
import resource
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import sheets
from cases.sheets import FileRefused, inspect, read
from contracts.sheets import archive as archives
from contracts.sheets import workbook

from .sheet_files import (
    HEAD,
    HEAD_AND_ORDER,
    ORDER,
    as_book,
    as_text,
    as_zip,
    inline,
    parts,
    refusal,
    row,
)

SHEET = "xl/worksheets/s.xml"


def book_with(**changes):
    """Return a workbook that is good but for the members in `changes`."""
    return as_zip(parts(HEAD_AND_ORDER) | changes)


def book_of(sheet, **given):
    return as_zip(parts(sheet, **given))


# What it is


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "empty"),
        (b"a", "a.exe", "wrong_name"),
        (b"a", "a.xlsx.zip", "wrong_name"),
        (b"a", "a", "wrong_name"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "damaged"),
        (b"\x09\x02\x06\x00" + bytes(600), "a.xls", "very_old_excel"),
        (b"<html><p>1</p></html>", "a.xls", "no_table"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "no_head"),
        (b"\xef\xbb\xbf \r\n<?xml version='1.0'?><Workbook />", "a.xls", "xml_table"),
        (b"<?xml version='1.0'?><ss:Workbook xmlns='x'>", "a.xml.xls", "xml_table"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a.xls", "single_file_page"),
        (b"PK\x05\x06" + bytes(18), "a.xlsx", "other_archive"),
        (b"PK\x03\x04" + bytes(600), "a.xlsx", "damaged"),
        (b"%PDF-1.7\n\x00\x01", "a.csv", "not_text"),
        ("工单编号,标题".encode("utf-16"), "a.csv", "missing_columns"),
        ("工单编号,标\0题".encode("utf-16"), "a.csv", "not_text"),
        (b"\xff\xfe\xfa", "a.csv", "encoding"),
        (b"\xff\xfe\x00\xd8a\x00", "a.csv", "encoding"),
        (b"a,\x00b", "a.csv", "not_text"),
        (b"\xff" * 30, "a.csv", "encoding"),
        ("姓名,电话\n".encode(), "a.csv", "no_head"),
        ("工单编号,标题\n1,2".encode(), "a.csv", "missing_columns"),
        ("工单编号,标题,派单时间\n1,\"停水,2026-05-01\n".encode(), "a.csv", "quotes"),
        ("工单编号,标题,派单时间\n1,\"停\"水,2026-05-01\n".encode(), "a.csv", "quotes"),
        (("工单编号,标题,派单时间\n1," + "长" * 140_000).encode(), "a.csv", "quotes"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_refused(content, name, code):
    assert refusal(io.BytesIO(content), name) == code


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at():
    file = io.BytesIO(b"PK\x03\x04".ljust(sheets.MOST_BYTES + 1, b"a"))

    assert refusal(file, "a.xlsx") == "too_large"


def test_what_a_file_is_does_not_hang_on_its_name():
    assert inspect(as_text([HEAD]), "a.xlsx") is sheets.Kind.TEXT
    assert inspect(as_book([HEAD]), "a.csv") is sheets.Kind.WORKBOOK


# What an archive may be


def changed_archive(change, members=None):
    """Return a workbook whose list of members has been through `change`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members or parts(HEAD_AND_ORDER)).items():
            archive.writestr(name, content)
        change(archive.filelist)
    file.seek(0)
    return file


def _share_bytes(members):
    members[1].header_offset = members[0].header_offset


def _encrypt(members):
    members[0].flag_bits |= 1


def _claim_much(members):
    members[0].file_size = archives.MOST_INFLATED


def _claim_little(members):
    members[-1].file_size = 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_share_bytes, "overlap"),
        (_encrypt, "encrypted"),
        (_claim_much, "inflated"),
        (_claim_little, "damaged"),
    ],
)
def test_an_archive_that_lies_is_refused(change, code):
    assert refusal(changed_archive(change), "a.xlsx") == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.xml", "odd_members"),
        ("/evil.xml", "odd_members"),
        ("xl\\evil.xml", "odd_members"),
        ("c:evil.xml", "odd_members"),
        ("evil\x01.xml", "odd_members"),
        ("XL/Workbook.xml", "odd_members"),
        ("xl/vbaProject.bin", "macros"),
    ],
)
def test_an_archive_with_forbidden_members_is_refused(name, code):
    assert refusal(book_with(**{name: "x"}), "a.xlsx") == code


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_packed_in_an_unusual_way_is_refused(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in parts(HEAD_AND_ORDER).items():
            archive.writestr(name, content)

    assert refusal(file, "a.xlsx") == "damaged"


def test_an_archive_of_very_many_members_is_refused():
    many = {f"xl/{number}.xml": "" for number in range(archives.MOST_MEMBERS)}

    assert refusal(book_with(**many), "a.xlsx") == "too_many_members"


@pytest.mark.parametrize(
    "members",
    [
        {"hello.txt": "hello"},
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": "<a/>",
        },
        parts("") | {"xl/workbook.xml": "<document/>"},
    ],
)
def test_an_archive_that_is_no_workbook_is_refused(members):
    assert refusal(as_zip(members), "a.xlsx") == "other_archive"


def test_a_bomb_is_refused_by_what_it_says_it_holds(monkeypatch):
    monkeypatch.setattr(archives, "MOST_INFLATED", 1_000_000)
    bomb = book_with(**{"xl/media/a.bin": bytes(1_000_000)})

    assert refusal(bomb, "a.xlsx") == "inflated"


def test_an_archive_inside_is_left_alone():
    inner = as_zip({"a": bytes(10_000_000)}).getvalue()

    assert list(read(book_with(**{"xl/media/inner.zip": inner}), "a.xlsx"))


@pytest.mark.parametrize(
    "missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/t.xml", SHEET]
)
def test_a_workbook_that_lacks_a_part_is_refused(missing):
    members = parts(HEAD_AND_ORDER)
    del members[missing]

    assert refusal(as_zip(members), "a.xlsx") == "damaged"


# What its XML may be

DOCTYPE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>'


@pytest.mark.parametrize("part", [*parts("")])
def test_a_document_type_is_refused_wherever_it_stands(part):
    assert refusal(book_with(**{part: DOCTYPE + "<a>&b;</a>"}), "a.xlsx") == "doctype"


@pytest.mark.parametrize(
    "sheet",
    [
        "<a>" * 100 + "</a>" * 100,
        f'<row r="1"><c r="A1" x="{"y" * 2_000_000}"/></row>',
        "".join(f"<n{number}/>" for number in range(20_000)),
        "<row>" + "<c/>" * 400_000 + "</row>",
        '<row r="0"/>',
        '<row r="99999999"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="AAAA1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1"><v>eins</v></c></row>',
        "<row><c></row></c>",
        "&nbsp;",
        "\x01",
    ],
)  # fmt: skip
def test_xml_that_no_spreadsheet_program_writes_is_refused(sheet):
    assert refusal(book_of(sheet + HEAD_AND_ORDER), "a.xlsx") in {"damaged", "no_head"}


@pytest.mark.parametrize("declared", ["gbk", "latin-1", "utf-7", "none"])
def test_the_encoding_of_xml_is_not_for_the_file_to_choose(declared):
    sheet = f'<?xml version="1.0" encoding="{declared}"?>{parts(HEAD_AND_ORDER)[SHEET]}'

    (order,) = read(book_with(**{SHEET: sheet}), "a.xlsx")

    assert order.content == ORDER[1]


def test_a_sheet_that_names_no_part_is_refused():
    members = parts(HEAD_AND_ORDER)
    book = str(members["xl/workbook.xml"])
    members["xl/workbook.xml"] = book.replace(' r:id="a"', "")

    assert refusal(as_zip(members), "a.xlsx") == "damaged"


def test_one_sheet_cannot_be_named_many_times():
    members = parts(HEAD_AND_ORDER)
    book = str(members["xl/workbook.xml"])
    sheet = '<sheet name="S" sheetId="1" r:id="a"/>'
    members["xl/workbook.xml"] = book.replace(sheet, sheet * 3)

    assert refusal(as_zip(members), "a.xlsx") == "damaged"


# How much it may be


def test_two_cells_far_apart_take_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    far = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'

    code = refusal(book_of(HEAD_AND_ORDER + far), "a.xlsx")

    assert code == "blank_run"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_a_list_of_styles_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "_LONGEST_LIST", 1_000)

    assert list(read(book_of(HEAD_AND_ORDER), "a.xlsx"))
    assert refusal(book_of(HEAD_AND_ORDER, styles="<xf/>" * 200), "a.xlsx") == "damaged"


def test_one_long_text_in_very_many_cells_is_refused(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_INFLATED", 10_000_000)
    strings = f"<si><t>{'水' * 30_000}</t></si>"
    cell = '<c t="s"><v>0</v></c>'
    rows = "".join(
        row(number, [f"2026050110{number}", *ORDER[1:]], cell * 100)
        for number in range(2, 6)
    )

    assert (
        refusal(book_of(row(1, HEAD) + rows, strings=strings), "a.xlsx") == "inflated"
    )


def test_a_cell_beyond_the_last_column_is_refused():
    far = f'<row r="3">{inline("GS3", "x")}</row>'

    assert refusal(book_of(HEAD_AND_ORDER + far), "a.xlsx") == "too_many_columns"
    assert refusal(as_text([HEAD, [*ORDER, *"x" * 200]]), "a.csv") == "too_many_columns"


def test_empty_cells_beyond_the_last_column_are_nothing():
    far = '<row r="3"><c r="XFD3" s="0"/></row>'

    assert len(list(read(book_of(HEAD_AND_ORDER + far), "a.xlsx"))) == 1


def test_rows_beyond_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    rows = [[f"2026050110000{number}", *ORDER[1:]] for number in range(3)]

    assert len(list(read(as_text([HEAD, *rows[:2]]), "a.csv"))) == 2
    assert refusal(as_text([HEAD, *rows]), "a.csv") == "too_many_rows"


@pytest.mark.parametrize(("blank", "refused"), [(999, False), (1_000, True)])
def test_a_long_run_of_blank_rows_is_refused_and_not_taken_for_the_end(blank, refused):
    rows = [HEAD, *[[]] * blank, ORDER]

    if refused:
        assert refusal(as_text(rows), "a.csv") == "blank_run"
    else:
        assert len(list(read(as_text(rows), "a.csv"))) == 1


# And whatever else: reading gives orders and faults, or refuses


def read_or_refuse(content, name):
    with suppress(FileRefused):
        list(read(io.BytesIO(content), name))


GOOD = as_book([["标题"], HEAD, ORDER, [20260501100001, "停水", 46143.5]]).getvalue()


@settings(deadline=None)
@given(st.integers(0, len(GOOD)))
def test_a_workbook_cut_short_is_refused(length):
    read_or_refuse(GOOD[:length], "a.xlsx")


WRONG = st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255))


@settings(deadline=None)
@given(st.lists(WRONG, min_size=1, max_size=20))
def test_a_workbook_with_wrong_bytes_is_read_or_refused(wrong):
    content = bytearray(GOOD)
    for place, byte in wrong:
        content[place] = byte

    read_or_refuse(bytes(content), "a.xlsx")


@settings(deadline=None)
@given(st.data())
def test_a_workbook_with_wrong_xml_is_read_or_refused(data):
    members = parts(HEAD_AND_ORDER, strings="<si><t>a</t></si>")
    part = data.draw(st.sampled_from([*members]))
    xml = str(members[part])
    start = data.draw(st.integers(0, len(xml)))
    end = data.draw(st.integers(start, min(len(xml), start + 30)))
    new = data.draw(
        st.sampled_from(
            [
                "",
                "<v>",
                "</v>",
                "<c/>",
                "<row>",
                '"',
                "&#0;",
                "-1",
                "9" * 30,
                "\x00",
                "é",
                't="s"',
            ]
        )
    )

    read_or_refuse(
        as_zip(members | {part: xml[:start] + new + xml[end:]}).getvalue(), "a.xlsx"
    )


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    head = ",".join(HEAD).encode() + b"\n"

    for name in ("a.csv", "a.xlsx"):
        read_or_refuse(content, name)
        read_or_refuse(head + content, name)


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6))
def test_any_text_below_a_head_is_orders_and_faults(rows):
    head = [*HEAD, "来电人", "办理时限", "备注"]
    file = io.StringIO()
    for line in [head, *rows]:
        file.write(
            "\t".join(cell.replace("\t", " ").replace('"', "'") for cell in line) + "\n"
        )

    read_or_refuse(file.getvalue().encode("utf-8", "replace"), "a.csv")
