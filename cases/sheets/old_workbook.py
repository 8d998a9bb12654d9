"""Reads an old .xls workbook (1993 to 2003) row by row.

Not with python-calamine, as little as for .xlsx: it reads every sheet into memory as
soon as it opens the file (10 kB of far-apart cells take 5.6 GB), and shows a cell with
an error in it as a blank one.
"""

import struct
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import IO

from contracts.rules.cells import Cell, from_serial
from contracts.sheets.formats import BUILT_IN_DATES, DATE_1904, shows_a_date
from contracts.sheets.refusal import FileRefused
from contracts.sheets.table import MOST_COLUMNS, Broken, Merged, Row, Sheet, Span

from .compound import Compound
from .old_texts import COUNT, LONG, Segments, Texts

_MOST_SHEETS = 1_000
_STREAMS = ("Workbook", "Book")
_MACROS = "_VBA_PROJECT_CUR"
_SEALED = "EncryptedPackage"

# The kinds of record that say something here.
_BOF, _EOF, _CONTINUE = 0x0809, 0x000A, 0x003C
_FILEPASS, _CODEPAGE, _DATEMODE, _BOUNDSHEET = 0x002F, 0x0042, 0x0022, 0x0085
_FORMAT, _FORMAT_5, _XF, _SST = 0x041E, 0x001E, 0x00E0, 0x00FC
_LABELSST, _LABEL, _RSTRING, _NUMBER = 0x00FD, 0x0204, 0x00D6, 0x0203
_RK, _MULRK, _BOOLERR, _STRING, _MERGED = 0x027E, 0x00BD, 0x0205, 0x0207, 0x00E5
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})
_CELLS = _FORMULAS | {_LABELSST, _LABEL, _RSTRING, _NUMBER, _RK, _MULRK, _BOOLERR}

_BIFF_8, _BIFF_5 = 0x0600, 0x0500
_GLOBALS, _WORKSHEET = 0x0005, 0x0010
_OF_A_WORKSHEET = 0
_CALCULATE_ON_LOAD = 0x0002

_HEAD = struct.Struct("<HH")
_PLACE = struct.Struct("<HHH")
_DOUBLE = struct.Struct("<d")
_SPAN = struct.Struct("<4H")

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip
_CODEPAGES = {
    936: "gb18030",
    950: "big5",
    1200: "utf-16-le",
    1252: "cp1252",
    65001: "utf-8",
}
_EXACT = 10**15


class OldWorkbook:
    """The sheets of an .xls file. Raises FileRefused, or what unpacking raises."""

    def __init__(self, file: IO[bytes]) -> None:
        compound = Compound(file)
        if _SEALED in compound:
            raise FileRefused("encrypted")
        if _MACROS in compound:
            raise FileRefused("macros")
        name = next((name for name in _STREAMS if name in compound), None)
        if not name:
            raise FileRefused("other_office")
        self._data = compound.stream(name)
        self._book = _Book(self._data)
        self._ends = self._ends_of_sheets()
        self.sheets = [
            self._sheet(name, hidden, start)
            for name, hidden, kind, start in self._book.sheets
            if kind == _OF_A_WORKSHEET
        ]

    def _ends_of_sheets(self) -> dict[int, int]:
        """Return where each sheet has to have ended: at the next, of whatever kind."""
        starts = sorted(start for *_told, start in self._book.sheets)
        if len(set(starts)) < len(starts):
            raise FileRefused("damaged")  # one sheet a thousand times
        return dict(zip(starts, [*starts[1:], len(self._data)], strict=True))

    def _sheet(self, name: str, hidden: bool, start: int) -> Sheet:
        end = self._ends[start]
        merged: list[Merged] = []

        def rows() -> Iterator[Row]:
            return _Cells(self._data, self._book).rows(start, end)

        def merged_once() -> Merged:
            if not merged:
                merged.append(Merged(_spans(self._data, start, end)))
            return merged[0]

        days_late = DATE_1904 if self._book.from_1904 else 0
        return Sheet(name, hidden, rows, merged_once, days_late)


def _records(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and end of the records of one part, from its BOF to its EOF.

    A chart that is in the middle of it is a part of its own, and passed over.
    """
    depth = 0
    unpack = _HEAD.unpack_from
    while True:
        kind, length = unpack(data, start)
        place = start + 4
        start = place + length
        if start > end:
            raise FileRefused("damaged")
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
        if depth <= 1:
            yield kind, place, start
        if depth <= 0:
            return


def _spans(data: bytes, start: int, end: int) -> Iterator[Span]:
    for kind, place, stop in _records(data, start, end):
        if kind == _MERGED:
            for first, last, left, right in _SPAN.iter_unpack(
                data[place + 2 : stop][: (stop - place - 2) // 8 * 8]
            ):
                yield first + 1, last + 1, left, right


class _Book:
    """What is said once for all sheets: their list, the texts, the styles."""

    def __init__(self, data: bytes) -> None:
        self.sheets: list[tuple[str, bool, int, int]] = []
        self.from_1904 = False
        self.wide = True
        self.texts = Texts(data)
        self._encoding = "gb18030"
        self._date_formats = set(BUILT_IN_DATES)
        self._styles: list[int] = []
        self._read(data)
        self.dates = frozenset(
            number
            for number, shown_as in enumerate(self._styles)
            if shown_as in self._date_formats
        )

    def _read(self, data: bytes) -> None:
        records = _records(data, 0, len(data))
        kind, place, _end = next(records)
        version, part = _HEAD.unpack_from(data, place)
        if kind != _BOF or part != _GLOBALS or version not in {_BIFF_8, _BIFF_5}:
            raise FileRefused("damaged")
        self.wide = version == _BIFF_8
        goes_on = False
        for kind, place, end in records:
            if kind == _FILEPASS:
                raise FileRefused("encrypted")
            goes_on = kind == _SST or (goes_on and kind == _CONTINUE)
            if goes_on:
                self.texts.segments.append((place, end))
            else:
                self._take(kind, data[place:end])

    def _take(self, kind: int, record: bytes) -> None:
        if kind == _CODEPAGE:
            (page,) = struct.unpack_from("<H", record)
            self._encoding = _CODEPAGES.get(page, "gb18030")
        elif kind == _DATEMODE:
            self.from_1904 = bool(record[0])
        elif kind == _XF:
            self._styles.append(struct.unpack_from("<H", record, 2)[0])
        elif kind in {_FORMAT, _FORMAT_5}:
            (number,) = struct.unpack_from("<H", record)
            if shows_a_date(self.text(record, 2, 2 if self.wide else 1)):
                self._date_formats.add(number)
            else:
                self._date_formats.discard(number)
        elif kind == _BOUNDSHEET:
            start, visibility, sheet = struct.unpack_from("<IBB", record)
            name = self.text(record, 6, 1)
            self.sheets.append((name, bool(visibility & 3), sheet, start))
            if len(self.sheets) > _MOST_SHEETS:
                raise FileRefused("too_many_tables", most=_MOST_SHEETS)

    def text(self, record: bytes, place: int, counted_by: int) -> str:
        """Return a text that stands in a record whole, behind its length."""
        count = int.from_bytes(record[place : place + counted_by], "little")
        place += counted_by
        if not self.wide:
            return record[place : place + count].decode(self._encoding, "replace")
        return Segments(record, [(place, len(record))]).text(count)


class _Cells:
    """The rows of one sheet."""

    def __init__(self, data: bytes, book: _Book) -> None:
        self._data = data
        self._book = book
        self._dates = book.dates
        self._days_late = DATE_1904 if book.from_1904 else 0

    def rows(self, start: int, end: int) -> Iterator[Row]:
        data, texts = self._data, self._book.texts
        place_of = _PLACE.unpack_from
        number, cells = 0, list[Cell | Broken]()
        awaits_text = False
        kind, place, _end = next(records := _records(data, start, end))
        if kind != _BOF or _HEAD.unpack_from(data, place)[1] != _WORKSHEET:
            return
        for kind, place, stop in records:
            if kind == _STRING and awaits_text:
                cells[-1] = self._string(place, stop)
                awaits_text = False
            if kind not in _CELLS:
                continue
            row, column, style = place_of(data, place)
            if row + 1 != number:
                if row < number:
                    raise FileRefused("damaged")
                if number:
                    yield number, cells
                number, cells = row + 1, []
            if kind == _LABELSST:
                found: list[Cell | Broken] = [
                    texts[LONG.unpack_from(data, place + 6)[0]]
                ]
            elif kind == _MULRK:
                found = self._several(data[place + 4 : stop - 2])
            else:
                found = [self._cell(kind, style, data[place + 6 : stop])]
                awaits_text = kind in _FORMULAS and found == [""]
            _put(cells, number, column, found)
        if number:
            yield number, cells

    def _cell(self, kind: int, style: int, value: bytes) -> Cell | Broken:
        if kind == _NUMBER:
            return self._number(_DOUBLE.unpack_from(value)[0], style)
        if kind == _RK:
            return self._number(_unpacked(LONG.unpack_from(value)[0]), style)
        if kind in _FORMULAS:
            return self._result(value, style)
        if kind == _BOOLERR:
            return _said(value[0], is_error=bool(value[1]))
        return self._book.text(value, 0, 2)

    def _result(self, value: bytes, style: int) -> Cell | Broken:
        """Return what a formula came to when the file was saved."""
        (flags,) = struct.unpack_from("<H", value, 8)
        if value[6:8] == b"\xff\xff":
            if value[0] in {1, 2}:
                return _said(value[2], is_error=value[0] == 2)  # noqa: PLR2004
            return ""  # a text, which follows, or nothing
        if flags & _CALCULATE_ON_LOAD and not any(value[:8]):
            return Broken("formula")  # it has never been calculated
        return self._number(_DOUBLE.unpack_from(value)[0], style)

    def _string(self, place: int, stop: int) -> str:
        """Return the text that a formula came to, though it go on in other records."""
        if not self._book.wide:
            return self._book.text(self._data[place:stop], 0, 2)
        segments = [(place, stop)]
        while _HEAD.unpack_from(self._data, stop)[0] == _CONTINUE:
            length = _HEAD.unpack_from(self._data, stop)[1]
            segments.append((stop + 4, stop + 4 + length))
            stop += 4 + length
        reader = Segments(self._data, segments)
        return reader.text(reader.take(COUNT))

    def _several(self, packed: bytes) -> list[Cell | Broken]:
        return [
            self._number(_unpacked(value), style)
            for style, value in struct.iter_unpack("<HI", packed)
        ]

    def _number(self, value: float, style: int) -> Cell | Broken:
        if not isfinite(value):
            return Broken("cell_error", str(value))
        whole = value.is_integer() and abs(value) < _EXACT
        exact = Decimal(int(value)) if whole else Decimal(repr(value))
        if style not in self._dates:
            return exact
        try:
            return from_serial(exact + self._days_late)
        except (ArithmeticError, ValueError):
            return exact


def _put(
    cells: list[Cell | Broken], row: int, column: int, found: list[Cell | Broken]
) -> None:
    if column + len(found) > MOST_COLUMNS and any(found):
        raise FileRefused("too_many_columns", row=row, most=MOST_COLUMNS)
    if column < len(cells):
        raise FileRefused("damaged")
    cells.extend([""] * (column - len(cells)))
    cells += found


def _said(value: int, *, is_error: bool) -> Cell | Broken:
    if is_error:
        return Broken("cell_error", _ERRORS.get(value, "#"))
    return "TRUE" if value else "FALSE"


def _unpacked(packed: int) -> float:
    """Return a number that was put into four bytes."""
    if packed & 2:
        whole = packed >> 2
        value = float(whole - (1 << 30) if packed & 0x80000000 else whole)
    else:
        (value,) = _DOUBLE.unpack(struct.pack("<II", 0, packed & 0xFFFFFFFC))
    return value / 100 if packed & 1 else value
