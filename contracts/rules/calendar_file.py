"""Reads one year's work calendar from CSV: day, is_workday (0/1), name, kind."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import StringIO
from typing import Annotated

from .calendar import SATURDAY, SpecialDay
from .problems import Fault, Problem, Refused
from .tables import read, text

LONGEST_NAME = 40


class Standing(StrEnum):
    """Whether a year's calendar is the published one."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class Worked(StrEnum):
    NO = "0"
    YES = "1"


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A year's calendar: the days in it that are not what their weekday says."""

    year: int
    provisional: bool
    days: tuple[SpecialDay, ...]


class CalendarFileError(Refused):
    """A calendar file that was not taken."""


@dataclass(frozen=True, slots=True)
class _Row:
    day: Annotated[str, text(10, pattern=r"\d{4}-\d\d-\d\d")]
    is_workday: Worked
    name: Annotated[str, text(LONGEST_NAME)]
    kind: Standing

    @property
    def special_day(self) -> SpecialDay:
        worked = self.is_workday is Worked.YES
        return SpecialDay(date.fromisoformat(self.day), worked, self.name)

    def faults(self) -> Iterator[Problem]:
        try:
            special = self.special_day
        except ValueError:
            yield Problem(Fault.NOT_A_DATE, "day")
        else:
            if special.is_workday and special.day.weekday() < SATURDAY:
                yield Problem(Fault.NO_WEEKEND, "day", {"found": self.day})


def parse_calendar(content: str) -> CalendarFile:
    """Return the calendar that a file holds; its first line names the columns.

    All its days lie in one year and are of one kind, official or provisional. A
    holiday may be listed with the weekend days in it, for their name. Raises
    CalendarFileError, with all that is wrong.
    """
    lines = csv.DictReader(StringIO(content.removeprefix("\ufeff")))
    problems: list[Problem] = []
    rows = {}
    for line in lines:
        path = f"line[{lines.line_num}]"
        given = {key: value for key, value in line.items() if value is not None}
        if row := read(_Row, given, path, problems):
            rows[path] = row
    problems.extend(_faults_of_all(rows))
    if problems:
        raise CalendarFileError(problems)

    first, *_ = rows.values()
    return CalendarFile(
        year=first.special_day.day.year,
        provisional=first.kind is Standing.PROVISIONAL,
        days=tuple(row.special_day for row in rows.values()),
    )


def _faults_of_all(rows: dict[str, _Row]) -> Iterator[Problem]:
    """Name the rows that do not go with the first, and the days that are there twice."""
    if not rows:
        yield Problem(Fault.MISSING, "day")
        return
    first, *_ = rows.values()
    year = first.day[:4]
    seen: set[str] = set()
    for path, row in rows.items():
        if row.day[:4] != year:
            params = {"found": row.day, "other": year}
            yield Problem(Fault.OTHER_YEAR, f"{path}.day", params)
        if row.kind is not first.kind:
            params = {"choices": first.kind.value, "found": row.kind.value}
            yield Problem(Fault.NOT_A_CHOICE, f"{path}.kind", params)
        if row.day in seen:
            yield Problem(Fault.TWICE, f"{path}.day")
        seen.add(row.day)
