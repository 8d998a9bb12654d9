"""What the pages of the work calendar show: its years, their days, what would change."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy as pgettext

from .actions.calendar_proposals import counted_with
from .actions.reminders import ANNOUNCED_AHEAD
from .models import CalendarDay, CalendarYear, Contract
from .rules.calendar import CalendarMissing, DayOff, SpecialDay, WorkCalendar
from .rules.calendar_file import CalendarFile
from .rules.periods import ONE_DAY

MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year that the contract reaches into, and whether its calendar is known."""

    year: int
    known: CalendarYear | None
    days: int
    today: date

    @property
    def status(self) -> Promise:
        if self.known is None:
            return pgettext("calendar", "Missing")
        if self.known.provisional:
            return pgettext("calendar", "Provisional")
        return pgettext("calendar", "Official")

    @property
    def tone(self) -> str:
        if self.known is None:
            return "bad"
        return "warn" if self.known.provisional else "good"

    @property
    def begins_in(self) -> int:
        """How many days it is until the year begins; 0 once it has."""
        return max((date(self.year, 1, 1) - self.today).days, 0)

    @property
    def wanted(self) -> bool:
        """Whether its official calendar should be here: it begins soon, or has begun."""
        official = self.known is not None and not self.known.provisional
        return not official and self.begins_in <= ANNOUNCED_AHEAD.days


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of the work calendar."""

    first: date
    workdays: int
    off: Sequence[DayOff]  # but for plain weekends
    worked: Sequence[SpecialDay]  # weekend days worked in lieu


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that another calendar counts otherwise, or calls otherwise.

    `was` is None where there was no calendar to say so.
    """

    day: date
    was: bool | None
    was_name: str
    becomes: bool
    name: str


def years(contract: Contract, *, today: date) -> list[YearLine]:
    """Return the years from the contract's first to the last that anything is due in."""
    known = {one.year: one for one in CalendarYear.objects.prefetch_related("days")}
    last = contract.dues.aggregate(on=Max("due_on"), missing=Max("missing_year"))
    latest = max(
        contract.term.last_on.year,
        last["on"].year if last["on"] else 0,
        last["missing"] or 0,
    )
    return [
        YearLine(year, known.get(year), len(_days(known.get(year))), today)
        for year in range(contract.signed_on.year, latest + 1)
    ]


def months(calendar: WorkCalendar, year: int) -> list[MonthLine]:
    """Return the months of a year; none of one that the calendar does not know."""
    try:
        return [_month(calendar, date(year, month, 1)) for month in MONTHS]
    except CalendarMissing:
        return []


def changes(file: CalendarFile) -> list[ChangedDay]:
    """Return the days that are not what they were once a file is taken over.

    Of a year that there was no calendar for, the days that its weekdays do not tell.
    """
    was, becomes = CalendarDay.objects.all().calendar(), counted_with(file)
    named = {one.day for one in file.days}
    named |= {one for one in was.holidays if one.year == file.year}
    named |= {one for one in was.worked_weekends if one.year == file.year}
    return [
        changed
        for day in sorted(named)
        if (changed := _changed(day, was, becomes)) is not None
    ]


def _changed(day: date, was: WorkCalendar, becomes: WorkCalendar) -> ChangedDay | None:
    try:
        before = was.is_workday(day)
    except CalendarMissing:
        before = None
    changed = ChangedDay(
        day, before, _name(day, was), becomes.is_workday(day), _name(day, becomes)
    )
    same = before == changed.becomes and changed.was_name == changed.name
    return None if same else changed


def _name(day: date, calendar: WorkCalendar) -> str:
    return calendar.holidays.get(day) or calendar.worked_weekends.get(day, "")


def _days(year: CalendarYear | None) -> Sequence[CalendarDay]:
    return list(year.days.all()) if year else []


def _month(calendar: WorkCalendar, first: date) -> MonthLine:
    days = list(_days_of_month(first))
    worked = [day for day in days if calendar.is_workday(day)]
    return MonthLine(
        first,
        len(worked),
        [
            calendar.day_off(day)
            for day in days
            if day in calendar.holidays and day not in worked
        ],
        [
            SpecialDay(day, is_workday=True, name=calendar.worked_weekends[day])
            for day in worked
            if day in calendar.worked_weekends
        ],
    )


def _days_of_month(first: date) -> Iterator[date]:
    _weekday, length = monthrange(first.year, first.month)
    return (first + ONE_DAY * n for n in range(length))
