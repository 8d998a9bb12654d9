"""The columns of a list as a workbook of our own: a cover, and the rows."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.timezone import get_default_timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.ledger import Column, Value

from .cover import Fact

#: A sheet cannot have more; what comes after goes on in another one.
MOST_ROWS = 1_048_000
MOST_IN_A_CELL = 32_767
MOST_IN_A_HEADER = 200
LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a workbook knows no zones
A_DAY = 86_400
A4 = 9
LOOKS = {"valign": "top"}
HEAD = {"bold": True, "border": 1, "bg_color": "#EEEEEE", "align": "center"}


def write(
    path: Path,
    columns: Sequence[Column],
    lines: Iterable[Sequence[Value]],
    *,
    mark: str,
    facts: Callable[[], Iterable[Fact]],
) -> None:
    """Write the rows as they come; `facts` is asked for once the last has come."""
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        cover = book.add_worksheet(_("About this file"))
        _Ledger(book, columns, mark).write(lines)
        _set_up(cover, mark)
        _write_cover(book, cover, facts())


class _Ledger:
    """The sheets that hold the rows."""

    def __init__(self, book: Any, columns: Sequence[Column], mark: str) -> None:
        self._book, self._columns, self._mark = book, columns, mark
        self._head = book.add_format(HEAD)
        self._text = book.add_format(LOOKS)
        self._quoted = book.add_format(LOOKS | {"quote_prefix": True})
        self._moment = book.add_format(LOOKS | {"num_format": moment_format()})

    def write(self, lines: Iterable[Sequence[Value]]) -> None:
        sheet, row = self._sheet(1), 0
        for line in lines:
            row += 1
            if row > MOST_ROWS:
                self._finish(sheet, row - 1)
                sheet, row = self._sheet(len(self._book.worksheets())), 1
            for index, value in enumerate(line):
                self._put(sheet, row, index, value)
        self._finish(sheet, row)

    def _sheet(self, number: int) -> Any:
        name = _("Ledger")
        sheet = self._book.add_worksheet(name if number == 1 else f"{name} {number}")
        _set_up(sheet, self._mark)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 1)
        for index, column in enumerate(self._columns):
            sheet.set_column(index, index, column.width)
            sheet.write_string(0, index, str(column.label), self._head)
        return sheet

    def _finish(self, sheet: Any, last: int) -> None:
        sheet.autofilter(0, 0, last, len(self._columns) - 1)

    def _put(self, sheet: Any, row: int, index: int, value: Value) -> None:
        """Write a value as what it is: a moment, a number, or words also if like a formula."""
        match value:
            case None | "":
                pass
            case str():
                looks = self._quoted if value.startswith(LIKE_A_FORMULA) else self._text
                sheet.write_string(row, index, fitting(value), looks)
            case bool():
                sheet.write_string(
                    row, index, _("Yes") if value else _("No"), self._text
                )
            case datetime():
                sheet.write_number(row, index, serial(value), self._moment)
            case _:
                sheet.write_number(row, index, value, self._text)


def _set_up(sheet: Any, mark: str) -> None:
    """Set a sheet up for A4, with what cannot be cut off without it showing."""
    printed = mark.replace("&", "&&")[:MOST_IN_A_HEADER]
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{printed}")
    sheet.set_footer(f"&L{printed}&R&P / &N")


def _write_cover(book: Any, sheet: Any, facts: Iterable[Fact]) -> None:
    bold = book.add_format(LOOKS | {"bold": True})
    wrapped = book.add_format(LOOKS | {"text_wrap": True})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 80)
    for row, fact in enumerate(facts):
        sheet.write_string(row, 0, fact.label, bold)
        sheet.write_string(row, 1, fitting(fact.said), wrapped)


def moment_format() -> str:
    """Return how a moment is shown, as on the screen, in the active language."""
    place = "[$-804]" if (get_language() or "").startswith("zh") else "[$-409]"
    return f"{place}yyyy\\-mm\\-dd\\ ddd\\ hh:mm"


def serial(value: datetime) -> float:
    """Return a moment as a workbook counts it: days since its epoch, by Beijing's clock."""
    here = value.astimezone(get_default_timezone()).replace(tzinfo=None) - EPOCH
    return here.days + (here.seconds + here.microseconds / 1_000_000) / A_DAY


def fitting(text: str) -> str:
    """Return a text as long as a cell can hold."""
    return text if len(text) <= MOST_IN_A_CELL else f"{text[: MOST_IN_A_CELL - 1]}…"
