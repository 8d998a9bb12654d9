"""Deadlines counted anew: under another calendar, or with an open point read otherwise."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Self

from .calendar import BEIJING, Deadline, WorkCalendar
from .cycles import Cycle
from .obligations import DueRule, due_after
from .readings import BY_KEY, DayOffRule, Readings
from .tables import Plain

#: What comes round with the assessment periods, and so with how the term is cut.
CUT_BY_PERIODS = frozenset({Cycle.PERIOD, Cycle.IMPROVEMENT, Cycle.QUARTER})


@dataclass(frozen=True, slots=True)
class Adopted:
    """How a point is read from a day on; `value` as JSON can hold it."""

    key: str
    since: date
    value: Plain


@dataclass(frozen=True, slots=True)
class History:
    """Every reading that was adopted, so that each day has its own.

    What was counted before another reading was adopted stays as it was counted.
    """

    adopted: tuple[Adopted, ...] = ()

    @classmethod
    def of(cls, adopted: Iterable[Adopted]) -> Self:
        return cls(tuple(sorted(adopted, key=lambda one: one.since)))

    def of_point(self, key: str) -> list[Adopted]:
        """Return the readings of one point, the oldest first."""
        return [one for one in self.adopted if one.key == key]

    def on(self, day: date) -> Readings:
        """Return the readings that hold on a day; by default where none was adopted."""
        return Readings.from_values(
            {one.key: one.value for one in self.adopted if one.since <= day}
        )

    def newest(self) -> Readings:
        """Return the readings adopted last, whatever day they hold from."""
        return Readings.from_values({one.key: one.value for one in self.adopted})

    def rolls(self) -> "Rolls":
        point = BY_KEY["day_off_rule"]
        of_point = self.of_point(point.key)
        return Rolls(
            tuple(one.since for one in of_point),
            tuple(point.from_value(one.value) is DayOffRule.ROLL for one in of_point),
        )


@dataclass(frozen=True, slots=True)
class Rolls:
    """Whether natural days that end on a day off run on, by the day they start from.

    >>> kept = Adopted("day_off_rule", date(2026, 6, 1), "keep")
    >>> rolls = History.of([kept]).rolls()
    >>> rolls.on(date(2026, 5, 31)), rolls.on(date(2026, 6, 1))
    (True, False)
    """

    since: tuple[date, ...]
    rolling: tuple[bool, ...]

    @property
    def both(self) -> frozenset[bool]:
        return frozenset(self.rolling) or frozenset({True})

    def on(self, day: date) -> bool:
        place = bisect_right(self.since, day)
        return self.rolling[place - 1] if place else True


def recount(
    rule: DueRule, started_on: date, calendar: WorkCalendar, *, roll: bool
) -> Deadline | None:
    """Return a deadline that an event set off, as it is counted now.

    None where counting has no part in it: the hours run by the clock, or Party A has
    chosen the day. Asked on 1 June 2026 to replace somebody within 20 days, Party B has
    until the 22nd, since the 21st is in a holiday; read without rolling, until the 21st:

    >>> from .obligations import Event
    >>> boats = {date(2026, 6, day): "端午节" for day in (19, 20, 21)}
    >>> calendar = WorkCalendar(boats, official_years=frozenset({2026}))
    >>> replace = DueRule(event=Event.REPLACEMENT_ASKED, days=20)
    >>> asked_on = date(2026, 6, 1)
    >>> [
    ...     recount(replace, asked_on, calendar, roll=roll).due_on.isoformat()
    ...     for roll in (True, False)
    ... ]
    ['2026-06-22', '2026-06-21']

    Raises CalendarMissing.
    """
    if rule.hours is not None or rule.chosen_by_a:
        return None
    started = datetime.combine(started_on, time(), tzinfo=BEIJING)
    return due_after(rule, started, calendar, roll=roll)


def with_year(calendar: WorkCalendar, year: int, other: WorkCalendar) -> WorkCalendar:
    """Return a calendar in which one year is as another calendar has it.

    >>> known = WorkCalendar(provisional_years=frozenset({2027}))
    >>> notice = WorkCalendar(official_years=frozenset({2027}))
    >>> with_year(known, 2027, notice).is_provisional(date(2027, 5, 7))
    False
    """

    def days(ours: Mapping[date, str], theirs: Mapping[date, str]) -> dict[date, str]:
        kept = {day: name for day, name in ours.items() if day.year != year}
        return kept | {day: name for day, name in theirs.items() if day.year == year}

    return WorkCalendar(
        holidays=days(calendar.holidays, other.holidays),
        worked_weekends=days(calendar.worked_weekends, other.worked_weekends),
        official_years=(calendar.official_years - {year})
        | (other.official_years & {year}),
        provisional_years=(calendar.provisional_years - {year})
        | (other.provisional_years & {year}),
    )
