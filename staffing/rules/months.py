"""Calendar months, as a roster is made for."""

from datetime import date

from contracts.rules.calendar import ONE_DAY


def month_of(day: date) -> date:
    """Return a month's first day."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after.

    >>> month_after(date(2026, 12, 1))
    datetime.date(2027, 1, 1)
    """
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def month_before(month: date) -> date:
    """Return the first day of the month before.

    >>> month_before(date(2027, 1, 1))
    datetime.date(2026, 12, 1)
    """
    return month_of(month_of(month) - ONE_DAY)


def days_of(month: date) -> list[date]:
    """Return the days of a month.

    >>> len(days_of(date(2028, 2, 1)))
    29
    """
    days, end = [month_of(month)], month_after(month_of(month))
    while (day := days[-1] + ONE_DAY) < end:
        days.append(day)
    return days
