"""What an upstream file says: .xlsx or text → orders and faults. Touches nothing.

`inspect` looks at the outside of a file and is quick; `read` gives its rows. Both
raise FileRefused, in words, and nothing else on account of the file.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from pathlib import PurePath
from typing import IO

from cases.rules.cells import Cell
from cases.rules.headers import Columns, columns, likeness

from .archive import MEGABYTE, Archive
from .orders import Fault, OrderRow
from .refusal import FileRefused, in_words
from .rows import RowReader
from .table import Broken, Row, Sheet
from .text import TextTable
from .workbook import Workbook

__all__ = [
    "Fault",
    "FileRefused",
    "Kind",
    "OrderRow",
    "SheetReading",
    "Table",
    "inspect",
    "read",
]

MOST_BYTES = 30 * MEGABYTE
MOST_ROWS = 200_000
MOST_BLANK_ROWS = 1_000
HEAD_ROWS = 20
_FEWEST_FIELDS = 4

_NAMES = frozenset({".xlsx", ".xls", ".csv", ".tsv", ".txt"})
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an archive of nothing
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SEALED = "EncryptedPackage".encode("utf-16-le")
_BOM = b"\xef\xbb\xbf"


class Kind(StrEnum):
    """What a file is, by its content."""

    WORKBOOK = "workbook"
    TEXT = "text"


def inspect(file: IO[bytes], name: str) -> Kind:
    """Return what `file` is, having looked at everything but the rows.

    Raises FileRefused.
    """
    with in_words():
        suffix = PurePath(name).suffix.lower()
        if suffix not in _NAMES:
            raise FileRefused("wrong_name", suffix=suffix)
        size = file.seek(0, io.SEEK_END)
        if size == 0:
            raise FileRefused("empty")
        if size > MOST_BYTES:
            raise FileRefused("too_large", most=MOST_BYTES // MEGABYTE)
        file.seek(0)
        start = file.read(512)
        if start.startswith(_OLD_OFFICE):
            sealed = _SEALED in start + file.read()
            raise FileRefused("encrypted" if sealed else "old_excel")
        if start.removeprefix(_BOM).lstrip().startswith(b"<"):
            raise FileRefused("web_page")
        if not start.startswith(_ZIP):
            return Kind.TEXT
        if "_rels/.rels" not in Archive(file):
            raise FileRefused("other_archive")
        return Kind.WORKBOOK


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with a head, and what its columns are."""

    sheet: Sheet
    head_row: int
    columns: Columns


class SheetReading:
    """The orders of a file. Iterating reads it from the start, row by row.

    A row gives its faults, or its warnings and then its order. `skipped` names the
    sheets that were left out: hidden ones, and those that are about something else.
    """

    def __init__(self, kind: Kind, sheets: list[Sheet]) -> None:
        self.kind = kind
        found = [_table(sheet) for sheet in sheets if not sheet.hidden]
        tables = [table for table in found if table]
        self.tables = [table for table in tables if not any(table.columns.missing())]
        for table in tables:
            if table not in self.tables and (_is_of_orders(table) or not self.tables):
                missing = ", ".join(table.columns.missing())
                name = table.sheet.name or "CSV"
                raise FileRefused("missing_columns", sheet=name, columns=missing)
        if not self.tables:
            raise FileRefused("no_head", rows=HEAD_ROWS)
        taken = [table.sheet for table in self.tables]
        self.skipped = [sheet.name for sheet in sheets if sheet not in taken]

    def __iter__(self) -> Iterator[OrderRow | Fault]:
        seen: dict[str, tuple[str, int]] = {}
        count = 0
        for table in self.tables:
            reader = RowReader(table.sheet.name, table.columns, seen)
            for number, cells in _body(table):
                count += 1
                if count > MOST_ROWS:
                    raise FileRefused("too_many_rows", most=MOST_ROWS)
                yield from reader.read(number, cells)


def read(file: IO[bytes], name: str) -> SheetReading:
    """Find the tables in `file`. The rows are read when what comes back is iterated.

    Raises FileRefused, and so may iterating: nothing is to be kept of a file before
    its last row has come. `file` has to stay open until then.
    """
    kind = inspect(file, name)
    with in_words():
        if kind is Kind.WORKBOOK:
            return SheetReading(kind, Workbook(file).sheets)
        return SheetReading(kind, TextTable(file, HEAD_ROWS).sheets)


def _table(sheet: Sheet) -> Table | None:
    """Return `sheet` as a table, None if none of its first rows is a head.

    Titles above the head are passed over.
    """
    best, table = 0, None
    for number, cells in takewhile(lambda row: row[0] <= HEAD_ROWS, sheet.rows()):
        headings = ["" if isinstance(cell, Broken) else str(cell) for cell in cells]
        if (fit := likeness(headings)) > best:
            best, table = fit, Table(sheet, number, columns(headings))
    return table


def _is_of_orders(table: Table) -> bool:
    """Tell whether a table is meant to be one of orders, not a list of codes."""
    return len(table.columns.fields) >= _FEWEST_FIELDS


def _body(table: Table) -> Iterator[Row]:
    """Yield the rows below the head that have anything in them."""
    last = table.head_row
    with in_words():
        for number, cells in table.sheet.rows():
            if number <= table.head_row or not any(map(_says_something, cells)):
                continue
            if number - last > MOST_BLANK_ROWS:
                raise FileRefused("blank_run", row=number, most=MOST_BLANK_ROWS)
            last = number
            yield number, cells


def _says_something(cell: Cell | Broken) -> bool:
    return not isinstance(cell, str) or not (cell == "" or cell.isspace())
