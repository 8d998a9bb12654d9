"""How long an order may take, and how far along it is. Clock hours, day and night."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from cases.rules.cells import Unit
from contracts.rules.calendar import BEIJING, CalendarMissing, WorkCalendar

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that does not count: a granted extension gives it, and nothing else does."""

    began_at: datetime
    length: timedelta

    @property
    def ends_at(self) -> datetime:
        return self.began_at + self.length


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit that began at one moment and ends at another; `stopped_at` once met.

    `due_at` is the end with the pauses in it: each has moved it by its own length.
    """

    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()

    @property
    def paused(self) -> timedelta:
        return sum((pause.length for pause in self.pauses), NONE)

    @property
    def length(self) -> timedelta:
        """The time there is, without the pauses."""
        return self.due_at - self.started_at - self.paused

    def extended(self, pause: Pause) -> "Clock":
        """Return the clock with one more pause, and so with a later end."""
        return replace(
            self, due_at=self.due_at + pause.length, pauses=(*self.pauses, pause)
        )

    def standing_still(self) -> list[Pause]:
        """Return the pauses as they follow on each other, none within another.

        One that is granted while another lasts begins when that one is over; one that
        is granted too late begins when time had run out. So each counts in full.

        >>> start = datetime(2026, 5, 6, 8)
        >>> clock = Clock(start, start + timedelta(days=7))
        >>> late = Pause(start + timedelta(days=9), timedelta(days=1))
        >>> clock.extended(late).standing_still()[0].began_at
        datetime.datetime(2026, 5, 13, 8, 0)
        """
        placed = []
        free_from, runs_out_at = self.started_at, self.due_at - self.paused
        for pause in sorted(self.pauses, key=attrgetter("began_at")):
            began_at = min(max(pause.began_at, free_from), max(runs_out_at, free_from))
            placed.append(Pause(began_at, pause.length))
            free_from = began_at + pause.length
            runs_out_at += pause.length
        return placed

    def used(self, at: datetime) -> timedelta:
        """Return how much of the time is used up at a moment. Pauses use none."""
        moment = self.stopped_at or at
        stood = sum(
            (
                min(moment, pause.ends_at) - pause.began_at
                for pause in self.standing_still()
                if moment > pause.began_at
            ),
            NONE,
        )
        return moment - self.started_at - stood

    def percent(self, at: datetime) -> int:
        """Return how much of the limit is used up at a moment, in whole percent.

        >>> start = datetime(2026, 5, 6, 8)
        >>> Clock(start, datetime(2026, 5, 7, 8)).percent(datetime(2026, 5, 6, 20))
        50
        """
        length, used = self.length, self.used(at)
        if length <= NONE:
            return 100 if used >= length else 0
        return max(0, 100 * used // length)

    def left(self, at: datetime) -> timedelta:
        """Return the time left at a moment, negative once it has run out."""
        return self.length - self.used(at)

    def reached_at(self, share: Decimal) -> datetime:
        """Return when a share of the time is used up, pauses left out.

        >>> start = datetime(2026, 5, 6, 8)
        >>> Clock(start, datetime(2026, 5, 7, 8)).reached_at(Decimal("0.75"))
        datetime.datetime(2026, 5, 7, 2, 0)
        """
        numerator, denominator = share.as_integer_ratio()
        moment = self.started_at + self.length * numerator / denominator
        for pause in self.standing_still():
            if pause.began_at < moment:
                moment += pause.length
        return moment

    def paused_at(self, at: datetime) -> bool:
        """Say whether it stands still at a moment."""
        return self.stopped_at is None and any(
            pause.began_at <= at < pause.ends_at for pause in self.standing_still()
        )

    def met(self) -> bool:
        """Say whether the limit was kept, by a clock that has stopped."""
        return self.stopped_at is not None and self.stopped_at <= self.due_at


@dataclass(frozen=True, slots=True)
class Extension:
    """What was granted: until when, and at which moment it was said."""

    granted_at: datetime
    until: datetime


def pauses_of(
    extensions: Iterable[Extension], *, due_before: datetime
) -> tuple[Pause, ...]:
    """Return how much time each extension has added, one after the other.

    Each moves the end from where the one before had put it; one that asks for no later
    end than there is adds nothing. From the 13th to the 15th, then to the 16th:

    >>> day = lambda number: datetime(2026, 5, number, 8)
    >>> granted = [Extension(day(10), day(15)), Extension(day(12), day(16))]
    >>> [pause.length.days for pause in pauses_of(granted, due_before=day(13))]
    [2, 1]
    """
    found = []
    due = due_before
    for one in sorted(extensions, key=attrgetter("granted_at")):
        if one.until > due:
            found.append(Pause(one.granted_at, one.until - due))
            due = one.until
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Workdays:
    """How many working days a clock has, and how many of them are left."""

    total: int
    left: int
    provisional: bool


def workdays_of(
    clock: Clock, calendar: WorkCalendar, *, at: datetime
) -> Workdays | None:
    """Return a clock in working days, beside its hours; None for an unknown year.

    The day it starts on is not counted, the day it ends on is. From Friday 8 May 2026,
    a day before a Saturday worked in lieu, to Tuesday there are three:

    >>> calendar = WorkCalendar(
    ...     worked_weekends={date(2026, 5, 9): ""}, official_years=frozenset({2026})
    ... )
    >>> day = lambda number: datetime(2026, 5, number, 9, tzinfo=BEIJING)
    >>> workdays_of(Clock(day(8), day(12)), calendar, at=day(10))
    Workdays(total=3, left=2, provisional=False)
    """
    start, due = _day(clock.started_at), _day(clock.due_at)
    now = max(start, _day(clock.stopped_at or at))
    try:
        return Workdays(
            total=calendar.workdays_between(start, due),
            left=calendar.workdays_between(now, due),
            provisional=calendar.is_provisional(due),
        )
    except CalendarMissing:
        return None


def _day(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def steps_passed(clock: Clock, shares: Sequence[Decimal], at: datetime) -> int:
    """Return how many of these shares of its time a clock has used up at a moment.

    >>> start = datetime(2026, 5, 6, 8)
    >>> clock = Clock(start, datetime(2026, 5, 7, 8))
    >>> steps_passed(clock, [Decimal("0.5"), Decimal("0.9")], datetime(2026, 5, 7, 7))
    2
    """
    return sum(clock.reached_at(share) <= at for share in shares)


def inner_deadline(
    due_at: datetime, *, from_moment: datetime, buffer: timedelta
) -> datetime:
    """Return when a unit should have answered, for the desk to meet the platform's time.

    The buffer before the platform's deadline; halfway there, when the whole limit is
    not twice the buffer.

    >>> day = timedelta(hours=24)
    >>> inner_deadline(
    ...     datetime(2026, 5, 13, 8), from_moment=datetime(2026, 5, 6, 8), buffer=day
    ... )
    datetime.datetime(2026, 5, 12, 8, 0)
    >>> inner_deadline(
    ...     datetime(2026, 5, 6, 10), from_moment=datetime(2026, 5, 6, 8), buffer=day
    ... )
    datetime.datetime(2026, 5, 6, 9, 0)
    """
    half = (due_at - from_moment) / 2
    return due_at - min(buffer, half)


def due_after(
    start: datetime, count: int, unit: Unit, calendar: WorkCalendar
) -> datetime:
    """Return when a time limit given as a length runs out.

    Hours and days run by the clock, day and night; working days by the calendar, at
    the same time of day. Raises CalendarMissing.

    >>> calendar = WorkCalendar(official_years=frozenset({2026}))
    >>> due_after(datetime(2026, 5, 8, 9, 30), 5, Unit.WORKDAY, calendar)
    datetime.datetime(2026, 5, 15, 9, 30)
    >>> due_after(datetime(2026, 5, 8, 9, 30), 24, Unit.HOUR, calendar)
    datetime.datetime(2026, 5, 9, 9, 30)
    """
    if unit is Unit.WORKDAY:
        day = calendar.add_workdays(start.date(), count)
        return datetime.combine(day, start.timetz())
    return start + (
        timedelta(hours=count) if unit is Unit.HOUR else timedelta(days=count)
    )
