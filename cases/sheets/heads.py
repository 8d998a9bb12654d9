"""Finds the head of a table: which rows it is, and what stands over each column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice, takewhile

from cases.rules.headers import (
    NO_MAPPING,
    Columns,
    Heading,
    columns,
    known,
    likeness,
)
from contracts.sheets.refusal import FileRefused, in_words
from contracts.sheets.table import Merged, Row, Sheet

from .rows import sample

HEAD_ROWS = 20
MOST_BLANK_ROWS = 1_000
_DEEPEST = 3
_SAMPLES, _SAMPLED_ROWS = 3, 50
_MOST_CANDIDATES = 3
_FEWEST_HEADINGS = 2
_FEWEST_FIELDS = 4

#: The texts of the first rows of a sheet, by their numbers.
_Top = Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with a head, and what its columns are.

    The head ends with `head_row`. `heads` is what each of its rows says: a printed
    table says it again on every page.
    """

    sheet: Sheet
    head_row: int
    columns: Columns
    heads: tuple[tuple[str, ...], ...]

    @property
    def is_of_orders(self) -> bool:
        """Whether this is meant to be a table of orders, not a list of codes."""
        return len(self.columns.fields) >= _FEWEST_FIELDS

    def body(self) -> Iterator[Row]:
        """Yield the rows below the head that have anything in them.

        Raises FileRefused.
        """
        last = self.head_row
        with in_words():
            for number, cells in self.sheet.rows():
                if number <= self.head_row or not any(map(_says_something, cells)):
                    continue
                if number - last > MOST_BLANK_ROWS:
                    raise FileRefused("blank_run", row=number, most=MOST_BLANK_ROWS)
                last = number
                yield number, cells

    def samples(self) -> tuple[tuple[str, ...], ...]:
        """Return the first values of each column, with what is personal masked.

        Raises FileRefused.
        """
        found: list[list[str]] = [[] for _heading in self.columns.headings]
        taken = self.columns.taken
        for _number, cells in islice(self.body(), _SAMPLED_ROWS):
            for values, cell, field, heading in zip(
                found, cells, taken, self.columns.headings, strict=False
            ):
                if len(values) < _SAMPLES and _says_something(cell):
                    values.append(sample(cell, field, heading))
        return tuple(map(tuple, found))


def find_table(sheet: Sheet, mapping: Mapping[str, str] = NO_MAPPING) -> Table | None:
    """Return `sheet` as a table, None if none of its first rows is a head.

    Titles above the head are passed over. A head of several rows is taken for one
    only where that makes more of it than its best row alone.
    """
    top = _top(sheet)
    best, found = 0, (0, 0)
    for depth in range(1, _DEEPEST + 1):
        for last in top:
            headings = _headings(top, last, depth, Merged())
            if (fit := likeness(headings, mapping)) > best:
                best, found = fit, (last, depth)
    return _table(sheet, top, *found, mapping) if best else None


def candidates(sheet: Sheet, mapping: Mapping[str, str] = NO_MAPPING) -> list[Table]:
    """Return what may be the head of `sheet`, where nothing says that it is one.

    That is a row of texts, all different. The likeliest comes first.
    """
    top = _top(sheet)
    ranked = sorted(
        (_likeliness(top, last, depth, mapping), -depth, -last)
        for depth in range(1, _DEEPEST)
        for last in top
    )
    plausible = [one for one in reversed(ranked) if one[0] >= (0, _FEWEST_HEADINGS)]
    return [
        _table(sheet, top, -last, -depth, mapping)
        for _rank, depth, last in plausible[:_MOST_CANDIDATES]
    ]


def _likeliness(
    top: _Top, last: int, depth: int, mapping: Mapping[str, str]
) -> tuple[int, int]:
    """Return how many fields these rows name, and of how many columns they may be the head."""
    headings = _headings(top, last, depth, Merged())
    names = [heading.name for heading in headings if heading.parts]
    if not headings or any(map(_is_a_value, top[last])) or len(set(names)) < len(names):
        return 0, 0
    return len(known(headings, mapping)), len(names)


def _is_a_value(text: str) -> bool:
    return text.strip()[:1].isdecimal()


def _table(
    sheet: Sheet, top: _Top, last: int, depth: int, mapping: Mapping[str, str]
) -> Table:
    merged = sheet.merged() if depth > 1 else Merged()
    rows = [number for number in top if number <= last][-depth:]
    found = columns(_headings(top, last, depth, merged), mapping)
    heads = tuple(tuple(top[number]) for number in rows)
    return Table(sheet, last, found, heads)


def _top(sheet: Sheet) -> _Top:
    """Return the first rows that say anything, as texts."""
    first = takewhile(lambda row: row[0] <= HEAD_ROWS, sheet.rows())
    return {
        number: [_text(cell) for cell in cells]
        for number, cells in first
        if any(map(_says_something, cells))
    }


def _headings(top: _Top, last: int, depth: int, merged: Merged) -> list[Heading]:
    """Return the headings that the `depth` rows down to `last` make together."""
    rows = [number for number in top if number <= last][-depth:]
    if len(rows) < depth:
        return []
    width = max(len(top[number]) for number in rows)
    texts = [[*top[number], *[""] * (width - len(top[number]))] for number in rows]
    for place in reversed(range(len(rows) - 1)):  # a group may be of groups
        told = merged if merged.touches(rows[place], rows[place]) else None
        _spread(rows[place], texts[place], texts[place + 1], told)
    return [Heading.of(*column) for column in zip(*texts, strict=True)]


def _spread(
    number: int, here: list[str], below: Sequence[str], merged: Merged | None
) -> None:
    """Write a group's heading over each of its columns, not only over the first.

    Where no cells are merged, a group goes on over blank cells as long as there is
    something under them.
    """
    for column in range(1, len(here)):
        if here[column].strip():
            continue
        if merged is None:
            goes_on = bool(below[column].strip() and below[column - 1].strip())
        else:
            goes_on = merged.origin(number, column)[1] < column
        if goes_on:
            here[column] = here[column - 1]


def _text(cell: object) -> str:
    """Return what a heading could be of; a number or a date is none."""
    if isinstance(cell, Decimal | datetime):
        return str(cell)
    return cell if isinstance(cell, str) else ""


def _says_something(cell: object) -> bool:
    return not isinstance(cell, str) or not (cell == "" or cell.isspace())
