"""Rosters and proofs of cover as workbooks, and a roster that comes back as one."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from contracts.rules.calendar import BEIJING
from contracts.sheets.archive import MEGABYTE
from contracts.sheets.refusal import FileRefused, in_words
from contracts.sheets.table import Broken
from contracts.sheets.workbook import Workbook

from .coverage import PostCover
from .models import Person, Stint
from .rules.months import days_of

MOST_BYTES = 2 * MEGABYTE
#: The head stands in one of the first rows; a roster has no more rows than this.
HEAD_WITHIN, MOST_ROWS = 10, 500
HEAD = {"bold": True, "bg_color": "#E8EDF5", "border": 1}
CELL = {"border": 1}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a roster that came as a file: whose, and the letters of its days."""

    row: int
    name: str
    letters: Mapping[date, str]


def read_roster(file: IO[bytes], month: date) -> list[Line]:
    """Return the rows of a month's roster: names first, then a column for each day.

    Days stand in the head as figures (1 to 31), or as dates. Raises FileRefused.
    """
    with in_words():
        if file.seek(0, io.SEEK_END) > MOST_BYTES:
            raise FileRefused("too_large", most=MOST_BYTES // MEGABYTE)
        file.seek(0)
        sheets = [one for one in Workbook(file).sheets if not one.hidden]
        for sheet in sheets:
            if lines := _lines(sheet.rows(), month):
                return lines
    raise FileRefused("no_head", rows=HEAD_WITHIN)


def _lines(rows: Iterable[tuple[int, list[Any]]], month: date) -> list[Line]:
    days: dict[int, date] = {}
    lines: list[Line] = []
    for number, cells in rows:
        if not days:
            days = _head(cells, month)
            if not days and number > HEAD_WITHIN:
                return []
            continue
        name = _text(cells[0]) if cells else ""
        if name and len(lines) < MOST_ROWS:
            letters = {
                day: _text(cells[index]) if index < len(cells) else ""
                for index, day in days.items()
            }
            lines.append(Line(number, name, letters))
    return lines


def _head(cells: Sequence[Any], month: date) -> dict[int, date]:
    """Return which column is which day; nothing for a row that is no head."""
    known = {str(day.day): day for day in days_of(month)}
    found: dict[int, date] = {}
    for index, cell in enumerate(cells[1:], start=1):
        if isinstance(cell, datetime):
            if cell.date() in known.values():
                found[index] = cell.date()
        elif day := known.get(_text(cell).removesuffix("日")):
            found[index] = day
    return found if len(found) > len(known) // 2 else {}


def _text(cell: Any) -> str:
    if isinstance(cell, Broken):
        return ""
    return "".join(str(cell).split())


# --- Written ---------------------------------------------------------------------------------


def write_roster(
    title: str,
    days: Sequence[date],
    people: Sequence[Person],
    letters: Mapping[tuple[int, date], str],
) -> bytes:
    """Return a roster as a workbook that can be filled in and taken back."""
    book = _Book()
    sheet = book.sheet(title)
    sheet.write(0, 0, _("Name"), book.head)
    for column, day in enumerate(days, start=1):
        sheet.write_number(0, column, day.day, book.head)
    for row, person in enumerate(people, start=1):
        sheet.write_string(row, 0, person.name, book.cell)
        for column, day in enumerate(days, start=1):
            letter = letters.get((person.pk, day), "")
            sheet.write_string(row, column, letter, book.cell)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, len(days), 4)
    sheet.freeze_panes(1, 1)
    return book.bytes()


def write_cover(
    facts: Mapping[str, str],
    plan: Sequence[PostCover],
    fact: Sequence[PostCover],
    stints: Iterable[Stint],
) -> bytes:
    """Return the proof of cover: each post and day, each gap, each time on post."""
    book = _Book()
    about = book.sheet(_("About this file"))
    for row, (name, value) in enumerate(facts.items()):
        about.write_string(row, 0, name, book.head)
        about.write_string(row, 1, value, book.cell)
    about.set_column(0, 1, 28)
    _write_days(book, plan, fact)
    _write_gaps(book, plan, fact)
    _write_stints(book, stints)
    return book.bytes()


def _write_days(
    book: "_Book", plan: Sequence[PostCover], fact: Sequence[PostCover]
) -> None:
    rows = (
        (
            planned.post.name,
            day.day,
            before.needed,
            before.covered,
            before.uncovered,
            day.needed,
            day.covered,
            day.uncovered,
        )
        for planned, real in zip(plan, fact, strict=True)
        for before, day in zip(planned.days, real.days, strict=True)
    )
    book.table(
        _("By day"),
        [
            _("Post"),
            _("Day"),
            _("Planned: minutes asked for"),
            _("Planned: covered"),
            _("Planned: gaps"),
            _("Fact: minutes asked for"),
            _("Fact: covered"),
            _("Fact: gaps"),
        ],
        rows,
    )


def _write_gaps(
    book: "_Book", plan: Sequence[PostCover], fact: Sequence[PostCover]
) -> None:
    rows = (
        (
            label,
            cover.post.name,
            day.day,
            localtime(gap.starts_at),
            localtime(gap.ends_at),
            gap.minutes,
            gap.missing,
        )
        for label, covers in ((_("Plan"), plan), (_("Fact"), fact))
        for cover in covers
        for day in cover.days
        for gap in day.gaps
    )
    book.table(
        _("Gaps"),
        [
            _("Plan or fact"),
            _("Post"),
            _("Day"),
            pgettext("time", "From"),
            pgettext("time", "To"),
            _("Minutes"),
            _("Missing"),
        ],
        rows,
    )


def _write_stints(book: "_Book", stints: Iterable[Stint]) -> None:
    rows = (
        (
            one.post.name,
            one.person.name,
            localtime(one.on_at),
            localtime(one.off_at) if one.off_at else "",
            localtime(one.on_told_at),
            localtime(one.off_told_at) if one.off_told_at else "",
            _("told afterwards, confirmed") if one.said_later else "",
            _("sign-off forgotten") if one.forgotten else "",
        )
        for one in stints
    )
    book.table(
        _("Times on post"),
        [
            _("Post"),
            _("Name"),
            _("Signed on at"),
            _("Signed off at"),
            _("Told at"),
            _("Sign-off told at"),
            _("Told afterwards"),
            _("Remark"),
        ],
        rows,
    )


class _Book:
    """A workbook in memory, with the looks that its sheets share."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._out, {"in_memory": True})
        self.head = self._book.add_format(HEAD)
        self.cell = self._book.add_format(CELL)
        self._day = self._book.add_format(CELL | {"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format(CELL | {"num_format": "yyyy-mm-dd hh:mm"})

    def sheet(self, name: str) -> Any:
        return self._book.add_worksheet(name[:31])

    def table(
        self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        sheet = self.sheet(name)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.head)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                self._put(sheet, last, column, value)
        sheet.set_column(0, len(heads) - 1, 18)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(last, 1), len(heads) - 1)

    def _put(self, sheet: Any, row: int, column: int, value: Any) -> None:
        match value:
            case datetime():
                naive = value.astimezone(BEIJING).replace(tzinfo=None)
                sheet.write_datetime(row, column, naive, self._moment)
            case date():
                sheet.write_datetime(row, column, value, self._day)
            case int():
                sheet.write_number(row, column, value, self.cell)
            case _:
                sheet.write_string(row, column, str(value), self.cell)

    def bytes(self) -> bytes:
        self._book.close()
        return self._out.getvalue()
