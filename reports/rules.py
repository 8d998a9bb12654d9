"""When reports are owed, and which hours they cover. Clock times of one time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

ONE_DAY = timedelta(days=1)
NOON = time(12)
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of time, half-open: `starts_at` is in it, `ends_at` is not."""

    starts_at: datetime
    ends_at: datetime

    def before(self) -> "Hours":
        """Return the stretch of the same length that ends where this begins."""
        return Hours(self.starts_at - (self.ends_at - self.starts_at), self.starts_at)


def daily_hours(day: date, *, cut: time, zone: tzinfo) -> Hours:
    """Return the 24 hours that the daily report of a day covers (第二条 4).

    Cut at noon, it is the time from noon the day before; at midnight, the day itself.

    >>> from zoneinfo import ZoneInfo
    >>> china = ZoneInfo("Asia/Shanghai")
    >>> hours = daily_hours(date(2026, 5, 6), cut=NOON, zone=china)
    >>> f"{hours.starts_at:%d %H:%M} to {hours.ends_at:%d %H:%M}"
    '05 12:00 to 06 12:00'
    >>> hours = daily_hours(date(2026, 5, 6), cut=MIDNIGHT, zone=china)
    >>> f"{hours.starts_at:%d %H:%M} to {hours.ends_at:%d %H:%M}"
    '06 00:00 to 07 00:00'
    """
    ends_on = day if cut > MIDNIGHT else day + ONE_DAY
    ends_at = datetime.combine(ends_on, cut, zone)
    return Hours(datetime.combine(ends_on - ONE_DAY, cut, zone), ends_at)


def first_after(moment: datetime, clock: time) -> datetime:
    """Return the first moment, this one or later, at which the clock shows `clock`.

    >>> first_after(datetime(2026, 5, 6, 12), time(8, 30))
    datetime.datetime(2026, 5, 7, 8, 30)
    >>> first_after(datetime(2026, 5, 6, 12), time(12))
    datetime.datetime(2026, 5, 6, 12, 0)
    """
    same_day = datetime.combine(moment.date(), clock, moment.tzinfo)
    return same_day if same_day >= moment else same_day + ONE_DAY
