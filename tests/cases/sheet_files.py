"""Files for the tests of reading: good ones, and such as no spreadsheet program makes."""

import csv
import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import pytest
import xlsxwriter

from cases.sheets import FileRefused, read

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

HEAD = ["工单编号", "主要内容", "派单时间"]
ORDER = ["20260501100000", "楼道灯不亮", "2026-05-01 08:00:00"]


def as_text(
    rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def as_book(*sheets: Iterable[Sequence[Any]], **options: Any) -> io.BytesIO:
    """Return a workbook of `sheets`, each a list of rows; None is an empty cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as book:
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        book.default_date_format = dated
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    file.seek(0)
    return file


def as_zip(members: Mapping[str, str | bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def parts(sheet: str, *, strings: str = "", styles: str = "") -> dict[str, str | bytes]:
    """Return the parts of a workbook of one sheet, whose rows are the XML `sheet`."""
    return {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="a" Type="{OFFICE}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="b" Type="{OFFICE}/sharedStrings" Target="/xl/t.xml"/>'
        f'<Relationship Id="c" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/t.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData>'
        "<pageMargins/></worksheet>",
    }


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, texts: Sequence[str], more: str = "") -> str:
    """Return the XML of a row of texts, and of `more` cells after them."""
    cells = "".join(
        inline(f"{chr(ord('A') + column)}{number}", text)
        for column, text in enumerate(texts)
    )
    return f'<row r="{number}">{cells}{more}</row>'


HEAD_AND_ORDER = row(1, HEAD) + row(2, ORDER)


# Old workbooks: records in a stream, and the stream in a compound file

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_DATED = 1  # the style of a cell that shows a date
_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's own calendar
_LONGEST_RECORD = 8224
_SMALL = 4096


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def old_text(text: str, counted_by: str = "<H") -> bytes:
    """Return `text` as records hold it: one byte a character where that will do."""
    try:
        packed, wide = text.encode("latin-1"), 0
    except UnicodeEncodeError:
        packed, wide = text.encode("utf-16-le"), 1
    count = len(packed) >> wide
    return struct.pack(counted_by, count) + bytes([wide]) + packed


def old_cell(row: int, column: int, value: Any) -> bytes:
    """Return the record of a cell; `value` may be the bytes of the record itself."""
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return record(0x0204, place + old_text(value))
    if isinstance(value, datetime):
        days = (value - _ZERO).total_seconds() / 86_400
        return record(0x0203, struct.pack("<HHHd", row, column, _DATED, days))
    return record(0x0203, place + struct.pack("<d", value))


def old_stream(
    *sheets: Iterable[Sequence[Any]],
    hidden: Sequence[int] = (),
    merged: Sequence[tuple[int, int, int, int]] = (),
    more_globals: bytes = b"",
) -> bytes:
    """Return the records of a workbook of `sheets`, whose merged cells are in all of them."""
    begin = struct.pack("<HHHHII", 0x0600, 0, 0, 1997, 0, 0)
    bodies = []
    for rows in sheets:
        cells = b"".join(
            old_cell(row, column, value)
            for row, values in enumerate(rows)
            for column, value in enumerate(values)
            if value is not None
        )
        spans = b"".join(struct.pack("<4H", *span) for span in merged)
        bodies.append(
            record(0x0809, begin[:2] + b"\x10" + begin[3:])
            + cells
            + record(0x00E5, struct.pack("<H", len(merged)) + spans)
            + record(0x000A)
        )
    styles = record(0x00E0, bytes(20)) + record(0x00E0, struct.pack("<HH16x", 0, 22))
    start = record(0x0809, begin[:2] + b"\x05" + begin[3:]) + styles + more_globals
    lines = [
        (bool(number in hidden), old_text(f"Sheet{number + 1}", "<B"))
        for number in range(len(bodies))
    ]
    place = len(start) + sum(10 + len(name) for _hidden, name in lines) + 4
    for (is_hidden, name), body in zip(lines, bodies, strict=True):
        start += record(0x0085, struct.pack("<IBB", place, is_hidden, 0) + name)
        place += len(body)
    return start + record(0x000A) + b"".join(bodies)


def shared_texts(texts: Sequence[str], cut: int = _LONGEST_RECORD) -> bytes:
    """Return the records of the texts that cells share, a new one begun before each `cut`."""
    records, data = [], struct.pack("<II", len(texts), len(texts))
    for text in texts:
        packed = old_text(text)
        if len(data) + len(packed) > cut:
            records.append(data)
            data = b""
        data += packed
    records.append(data)
    kinds = [0x00FC, *[0x003C] * (len(records) - 1)]
    return b"".join(map(record, kinds, records))


def as_compound(streams: Mapping[str, bytes]) -> io.BytesIO:
    """Return a compound file of `streams`; small ones share sectors."""
    table: list[int] = []
    sectors: list[bytes] = []

    def put(content: bytes) -> int:
        start, count = len(table), -(-len(content) // _SECTOR)
        table.extend([*range(start + 1, start + count), _END] if count else [])
        sectors.append(content.ljust(count * _SECTOR, b"\0"))
        return start if count else _END

    entries, minis, mini_table = [], b"", list[int]()
    for number, (name, content) in enumerate(streams.items(), start=1):
        if len(content) < _SMALL:
            start, count = len(mini_table), -(-len(content) // 64)
            mini_table += [*range(start + 1, start + count), _END]
            minis += content.ljust(count * 64, b"\0")
        else:
            start = put(content)
        after = number + 1 if number < len(streams) else _FREE
        entries.append(_entry(name, 2, start, len(content), after=after))
    root = _entry("Root Entry", 5, put(minis), len(minis), child=1)
    first_mini = put(struct.pack(f"<{len(mini_table)}I", *mini_table))
    first = put(root + b"".join(entries))
    count = 1
    while count * (_SECTOR // 4) < len(table) + count:
        count += 1
    places = [*range(len(table), len(table) + count)]
    table += [_TABLE] * count
    table += [_FREE] * (count * _SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, count, first, 0, _SMALL, first_mini,
                          bool(mini_table), _END, 0)  # fmt: skip
    header += struct.pack("<109I", *places, *[_FREE] * (109 - count))
    packed = struct.pack(f"<{len(table)}I", *table)
    return io.BytesIO(header + b"".join(sectors) + packed)


def _entry(
    name: str,
    kind: int,
    start: int,
    size: int,
    *,
    child: int = _FREE,
    after: int = _FREE,
) -> bytes:
    packed = (name + "\0").encode("utf-16-le")
    return (
        packed.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(packed), kind, 1, _FREE, after, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def as_old_book(*sheets: Iterable[Sequence[Any]], **options: Any) -> io.BytesIO:
    """Return an .xls workbook of `sheets`, each a list of rows; None is an empty cell."""
    return as_compound({"Workbook": old_stream(*sheets, **options)})


# Pages


def as_page(
    *tables: Iterable[Sequence[str]], encoding: str = "utf-8", charset: str = ""
) -> io.BytesIO:
    """Return a page of `tables`, whose cells are HTML."""
    text = f'<html><head><meta charset="{charset or encoding}"></head><body>'
    for rows in tables:
        text += "<table>"
        for cells in rows:
            text += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
        text += "</table>"
    return io.BytesIO((text + "</body></html>").encode(encoding))


def refusal(file: IO[bytes], name: str) -> str:
    """Return the code that reading all of `file` is refused with."""
    with pytest.raises(FileRefused) as refused:
        list(read(file, name))
    assert refused.value.message
    return refused.value.code
