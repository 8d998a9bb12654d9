"""What an upstream file says: a workbook, a page or text → orders and faults. Touches nothing.

`inspect` looks at the outside of a file and is quick; `read` gives its rows; `outline`
what a person needs to say which column is which. All raise FileRefused, in words, and
nothing else on account of the file.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import IO

from cases.rules.headers import NO_MAPPING, Field
from contracts.sheets.archive import MEGABYTE, Archive
from contracts.sheets.refusal import FileRefused, in_words
from contracts.sheets.table import Sheet
from contracts.sheets.workbook import Workbook

from .heads import HEAD_ROWS, Table, candidates, find_table
from .old_workbook import OldWorkbook
from .orders import Fault, OrderRow
from .page import Page, looks_like_markup
from .rows import RowReader
from .text import TextTable

__all__ = [
    "Fault",
    "FileRefused",
    "Kind",
    "OrderRow",
    "Outline",
    "SheetReading",
    "Table",
    "inspect",
    "outline",
    "read",
]

MOST_BYTES = 30 * MEGABYTE
MOST_ROWS = 200_000

_NAMES = frozenset({".xlsx", ".xls", ".csv", ".tsv", ".txt", ".htm", ".html"})
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second is an archive of nothing
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: How a workbook begins that is older than the container they later came in.
_VERY_OLD = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")


class Kind(StrEnum):
    """What a file is, by its content."""

    WORKBOOK = "workbook"
    OLD_WORKBOOK = "old_workbook"
    PAGE = "page"
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
        start = file.read(4096)
        if start.startswith(_OLD_OFFICE):
            OldWorkbook(file)
            return Kind.OLD_WORKBOOK
        if start.startswith(_VERY_OLD):
            raise FileRefused("very_old_excel")
        if looks_like_markup(start):
            return Kind.PAGE
        if not start.startswith(_ZIP):
            return Kind.TEXT
        if "_rels/.rels" not in Archive(file):
            raise FileRefused("other_archive")
        return Kind.WORKBOOK


class SheetReading:
    """The orders of a file. Iterating reads it from the start, row by row.

    A row gives its faults, or its warnings and then its order. `skipped` names the
    sheets that were left out: hidden ones, and those that are about something else.
    """

    def __init__(
        self, kind: Kind, sheets: list[Sheet], mapping: Mapping[str, str] = NO_MAPPING
    ) -> None:
        self.kind = kind
        found = [find_table(sheet, mapping) for sheet in sheets if not sheet.hidden]
        tables = [table for table in found if table]
        self.tables = [table for table in tables if not any(table.columns.missing())]
        for table in tables:
            if table not in self.tables and (table.is_of_orders or not self.tables):
                missing = ", ".join(table.columns.missing())
                name = table.sheet.name or "CSV"
                raise FileRefused("missing_columns", sheet=name, columns=missing)
        if not self.tables:
            raise FileRefused("no_head", rows=HEAD_ROWS)
        taken = [table.sheet for table in self.tables]
        self.skipped = [sheet.name for sheet in sheets if sheet not in taken]

    def __iter__(self) -> Iterator[OrderRow | Fault]:
        taken: dict[str, tuple[str, int]] = {}
        count = 0
        for table in self.tables:
            reader = RowReader(table.sheet, table.columns, table.heads, taken)
            for number, cells in table.body():
                count += 1
                if count > MOST_ROWS:
                    raise FileRefused("too_many_rows", most=MOST_ROWS)
                yield from reader.read(number, cells)


def read(
    file: IO[bytes], name: str, mapping: Mapping[str, str] | None = None
) -> SheetReading:
    """Find the tables in `file`. The rows are read when what comes back is iterated.

    What `mapping` says of a heading wins over what the product knows of headings: tidy
    heading → the value of a Field, or "" to keep the column as it is.

    Raises FileRefused, and so may iterating: nothing is to be kept of a file before
    its last row has come. `file` has to stay open until then.
    """
    mapping = _checked(mapping)
    kind = inspect(file, name)
    with in_words():
        return SheetReading(kind, _sheets(file, kind, mapping), mapping)


@dataclass(frozen=True, slots=True)
class Outline:
    """What may be the head of a sheet, for a person to say which column is which.

    `fields` is what each heading was taken as, None where it is kept as it is;
    `samples` are the first values under it, with what is personal masked. `known` says
    that the rows can be read as they are.
    """

    sheet: str
    head_row: int
    headings: tuple[str, ...]
    fields: tuple[Field | None, ...]
    samples: tuple[tuple[str, ...], ...]
    known: bool


def outline(
    file: IO[bytes], name: str, mapping: Mapping[str, str] | None = None
) -> list[Outline]:
    """Return the heads in `file`: of a sheet that has none, what may be one, the likeliest first.

    Raises FileRefused only where the file cannot be read at all.
    """
    mapping = _checked(mapping)
    kind = inspect(file, name)
    with in_words():
        outlines = []
        for sheet in _sheets(file, kind, mapping):
            if sheet.hidden:
                continue
            table = find_table(sheet, mapping)
            tables = [table] if table else candidates(sheet, mapping)
            outlines += [_outlined(one) for one in tables]
        return outlines


def _outlined(table: Table) -> Outline:
    found = table.columns
    return Outline(
        sheet=table.sheet.name,
        head_row=table.head_row,
        headings=found.headings,
        fields=found.taken,
        samples=table.samples(),
        known=not any(found.missing()),
    )


def _checked(mapping: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return `mapping`. Raises ValueError if it speaks of a field that there is not."""
    for field in filter(None, (mapping or {}).values()):
        Field(field)
    return mapping or NO_MAPPING


def _sheets(file: IO[bytes], kind: Kind, mapping: Mapping[str, str]) -> list[Sheet]:
    if kind is Kind.WORKBOOK:
        return Workbook(file).sheets
    if kind is Kind.OLD_WORKBOOK:
        return OldWorkbook(file).sheets
    if kind is Kind.PAGE:
        return Page(file).sheets
    return TextTable(file, HEAD_ROWS, mapping).sheets
