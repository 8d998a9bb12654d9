"""How long an order may take, and how far along it is. Clock hours, day and night."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.rules.cells import Unit
from contracts.rules.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit that began at one moment and ends at another; `stopped_at` once met."""

    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None

    def percent(self, at: datetime) -> int:
        """Return how much of the limit is used up at a moment, in whole percent.

        >>> start = datetime(2026, 5, 6, 8)
        >>> Clock(start, datetime(2026, 5, 7, 8)).percent(datetime(2026, 5, 6, 20))
        50
        """
        length = self.due_at - self.started_at
        used = (self.stopped_at or at) - self.started_at
        if length <= timedelta(0):
            return 100 if used >= length else 0
        return max(0, int(100 * used / length))

    def left(self, at: datetime) -> timedelta:
        """Return the time left at a moment, negative once it has run out."""
        return self.due_at - (self.stopped_at or at)

    def met(self) -> bool:
        """Say whether the limit was kept, by a clock that has stopped."""
        return self.stopped_at is not None and self.stopped_at <= self.due_at


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
