"""Working days, and deadlines that show how they were counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

#: The contract's days are days in Beijing, wherever the program runs.
BEIJING = ZoneInfo("Asia/Shanghai")

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class CalendarMissing(Exception):
    """No work calendar is known for `year`, so none of its days can be counted."""

    def __init__(self, year: int) -> None:
        super().__init__(f"There is no work calendar for {year}.")
        self.year = year


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day with a name in the calendar: a holiday, or a weekend day worked in lieu."""

    day: date
    is_workday: bool
    name: str


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day that was not counted, and the holiday it belongs to; "" on a weekend."""

    day: date
    holiday: str = ""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Monday to Friday, less public holidays, plus weekend days worked in lieu.

    It answers for the years it knows and for no others: a year without a calendar
    has holidays too, and counting through it would give a wrong date in silence.
    A provisional year is one whose official notice is still to come.
    """

    holidays: Mapping[date, str] = field(default_factory=dict)
    worked_weekends: Mapping[date, str] = field(default_factory=dict)
    official_years: frozenset[int] = frozenset()
    provisional_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if both := self.official_years & self.provisional_years:
            raise ValueError(f"{min(both)} is either official or provisional.")

    @classmethod
    def of(
        cls,
        days: Iterable[SpecialDay],
        *,
        official_years: Iterable[int] = (),
        provisional_years: Iterable[int] = (),
    ) -> Self:
        """Return the calendar of these years, with these days in it."""
        named: dict[bool, dict[date, str]] = {True: {}, False: {}}
        for special in days:
            named[special.is_workday][special.day] = special.name
        return cls(
            holidays=named[False],
            worked_weekends=named[True],
            official_years=frozenset(official_years),
            provisional_years=frozenset(provisional_years),
        )

    def is_provisional(self, day: date) -> bool:
        """Tell whether the day may yet change. Raises CalendarMissing."""
        if day.year in self.official_years:
            return False
        if day.year in self.provisional_years:
            return True
        raise CalendarMissing(day.year)

    def is_workday(self, day: date) -> bool:
        """Tell whether the day is worked. Raises CalendarMissing."""
        if day.year not in self.official_years | self.provisional_years:
            raise CalendarMissing(day.year)
        if day in self.worked_weekends:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def add_workdays(self, start: date, count: int) -> date:
        """Return the `count`-th working day after `start`; see `workdays_after`."""
        return workdays_after(start, count, self).due_on

    def workdays_between(self, after: date, up_to: date) -> int:
        """Count the working days later than `after`, up to and with `up_to`.

        Whether somebody who leaves on 15 October 2026 applied in time is whether this
        gives 15 or more from the day of applying (六（二）11).
        """
        days = (after + ONE_DAY * n for n in range(1, (up_to - after).days + 1))
        return sum(self.is_workday(day) for day in days)

    def day_off(self, day: date) -> DayOff:
        """Return why a day is not worked."""
        return DayOff(day, self.holidays.get(day, ""))


class Unit(StrEnum):
    """What a rule counts in."""

    WORKDAYS = "workdays"
    DAYS = "days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for something, and everything that led to it.

    `counted` and `left_out` together are the days after the start, up to and with the
    day that is due; counted back, those after the due day, up to and with the start.
    `provisional`: a day that was asked may yet change. `nominal_on` is the day bare
    counting gives, where that is a day off and another is due instead. `due_at` is
    there when hours are counted, by the clock.
    """

    due_on: date
    start_on: date
    count: int
    unit: Unit
    counted: tuple[date, ...] = ()
    left_out: tuple[DayOff, ...] = ()
    provisional: bool = False
    nominal_on: date | None = None
    start_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """The moment from which it is too late. A last day ends at midnight."""
        if self.due_at is not None:
            return self.due_at
        return datetime.combine(self.due_on + ONE_DAY, time(), tzinfo=BEIJING)


def workdays_after(start: date, count: int, calendar: WorkCalendar) -> Deadline:
    """Return the `count`-th working day after `start` (五（一）1、六（二）11).

    The day itself is not counted; a count of 0 is that day. The contract took effect
    on 21 April 2026; ten working days on, past the May holiday, is Friday 8 May:

    >>> may_day = {date(2026, 5, day): "劳动节" for day in range(1, 6)}
    >>> calendar = WorkCalendar(may_day, official_years=frozenset({2026}))
    >>> due = workdays_after(date(2026, 4, 21), 10, calendar)
    >>> due.due_on, len(due.counted), due.left_out[-1]
    (datetime.date(2026, 5, 8), 10,
     DayOff(day=datetime.date(2026, 5, 5), holiday='劳动节'))

    Raises CalendarMissing.
    """
    _refuse_negative(count)
    counted: list[date] = []
    left_out: list[DayOff] = []
    day = start
    while len(counted) < count:
        day += ONE_DAY
        if calendar.is_workday(day):
            counted.append(day)
        else:
            left_out.append(calendar.day_off(day))
    return Deadline(
        due_on=day,
        start_on=start,
        count=count,
        unit=Unit.WORKDAYS,
        counted=tuple(counted),
        left_out=tuple(left_out),
        provisional=count > 0 and _any_provisional(start + ONE_DAY, day, calendar),
    )


def days_after(
    start: date, count: int, calendar: WorkCalendar, *, roll: bool = True
) -> Deadline:
    """Return the `count`-th natural day after `start` (六（一）3).

    With `roll`, a last day that is a day off gives way to the next working day, and
    `nominal_on` says which it was. Asked on 1 June 2026 to replace somebody within 20
    days, Party B has until Monday 22 June, since the 21st is in a holiday:

    >>> boats = {date(2026, 6, day): "端午节" for day in (19, 20, 21)}
    >>> calendar = WorkCalendar(boats, official_years=frozenset({2026}))
    >>> due = days_after(date(2026, 6, 1), 20, calendar)
    >>> due.nominal_on, due.due_on
    (datetime.date(2026, 6, 21), datetime.date(2026, 6, 22))

    A count of 0 is the day itself. Raises CalendarMissing, though never without
    `roll`: natural days need no calendar.
    """
    _refuse_negative(count)
    days = [start + ONE_DAY * n for n in range(1, count + 1)]
    if not days or not roll:
        return Deadline(
            due_on=days[-1] if days else start,
            start_on=start,
            count=count,
            unit=Unit.DAYS,
            counted=tuple(days),
        )
    nominal = due = days.pop()
    left_out = []
    while not calendar.is_workday(due):
        left_out.append(calendar.day_off(due))
        due += ONE_DAY
    return Deadline(
        due_on=due,
        start_on=start,
        count=count,
        unit=Unit.DAYS,
        counted=(*days, due),
        left_out=tuple(left_out),
        provisional=_any_provisional(nominal, due, calendar),
        nominal_on=nominal if due != nominal else None,
    )


def hours_after(moment: datetime, hours: int) -> Deadline:
    """Return the moment `hours` later, by the clock, nights and holidays included (九、十三).

    A force majeure that begins at 22:30 on 30 September must be told by 22:30 on
    1 October:

    >>> began = datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING)
    >>> hours_after(began, 24).due_at.isoformat()
    '2026-10-01T22:30:00+08:00'
    """
    _refuse_negative(hours)
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone is not a moment.")
    started = moment.astimezone(BEIJING)
    due = (moment.astimezone(UTC) + timedelta(hours=hours)).astimezone(BEIJING)
    return Deadline(
        due_on=due.date(),
        start_on=started.date(),
        count=hours,
        unit=Unit.HOURS,
        start_at=started,
        due_at=due,
    )


def workdays_before(day: date, count: int, calendar: WorkCalendar) -> Deadline:
    """Return the last working day that lies `count` working days before `day` (六（二）11).

    The working days after it, up to and with `day`, number `count` at least. Leave on
    15 October 2026 is applied for 15 working days ahead, on Friday 18 September:

    >>> autumn = dict.fromkeys([date(2026, 9, d) for d in (25, 26, 27)], "中秋节")
    >>> nation = dict.fromkeys([date(2026, 10, d) for d in range(1, 8)], "国庆节")
    >>> in_lieu = dict.fromkeys([date(2026, 9, 20), date(2026, 10, 10)], "国庆节")
    >>> calendar = WorkCalendar(autumn | nation, in_lieu, frozenset({2026}))
    >>> due = workdays_before(date(2026, 10, 15), 15, calendar)
    >>> due.due_on, due.nominal_on
    (datetime.date(2026, 9, 18), datetime.date(2026, 9, 19))

    Bare counting stops at Saturday the 19th. An application made on that day would be
    in time as well (`WorkCalendar.workdays_between`), but nobody need be there to
    take it. A count of 0 is the day itself. Raises CalendarMissing.
    """
    _refuse_negative(count)
    counted: list[date] = []
    left_out: list[DayOff] = []
    due = day
    while len(counted) < count:
        if calendar.is_workday(due):
            counted.append(due)
        else:
            left_out.append(calendar.day_off(due))
        due -= ONE_DAY
    nominal = due
    while count and not calendar.is_workday(due):
        left_out.append(calendar.day_off(due))
        due -= ONE_DAY
    return Deadline(
        due_on=due,
        start_on=day,
        count=count,
        unit=Unit.WORKDAYS,
        counted=tuple(reversed(counted)),
        left_out=tuple(reversed(left_out)),
        provisional=count > 0 and _any_provisional(due, day, calendar),
        nominal_on=nominal if due != nominal else None,
    )


def _refuse_negative(count: int) -> None:
    if count < 0:
        raise ValueError(f"A deadline cannot lie {count} ahead.")


def _any_provisional(first: date, last: date, calendar: WorkCalendar) -> bool:
    years = range(first.year, last.year + 1)
    return not calendar.provisional_years.isdisjoint(years)
