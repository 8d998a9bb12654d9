"""What is still valid of a paper, and what is missing, counted without the records."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

#: What runs out within so long is brought up.
SOON = timedelta(days=30)
MONTHS_A_YEAR = 12


class Standing(StrEnum):
    """How a paper that holds for a while stands on a day."""

    MISSING = "missing"
    AHEAD = "ahead"
    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


def standing(starts_on: date | None, ends_on: date | None, on: date) -> Standing:
    """Return how a paper stands on a day; both its days belong to it.

    Without a beginning there is no paper, without an end it holds until further notice.

    >>> standing(date(2026, 5, 1), date(2027, 4, 30), date(2027, 3, 31)).value
    'expiring'
    >>> standing(date(2026, 5, 1), date(2027, 4, 30), date(2027, 3, 30)).value
    'valid'
    """
    if starts_on is None:
        return Standing.MISSING
    if ends_on and ends_on < on:
        return Standing.EXPIRED
    if on < starts_on:
        return Standing.AHEAD
    if ends_on and ends_on - on <= SOON:
        return Standing.EXPIRING
    return Standing.VALID


def months(first: date, last: date) -> list[date]:
    """Return the first day of each month from that of `first` to that of `last`.

    >>> [f"{month:%Y-%m}" for month in months(date(2026, 11, 20), date(2027, 1, 3))]
    ['2026-11', '2026-12', '2027-01']
    """
    beginning = first.year * MONTHS_A_YEAR + first.month - 1
    end = last.year * MONTHS_A_YEAR + last.month - 1
    return [
        date(month // MONTHS_A_YEAR, month % MONTHS_A_YEAR + 1, 1)
        for month in range(beginning, end + 1)
    ]


def months_missing(
    begins_on: date | None,
    leaves_on: date | None,
    insured: Collection[date],
    on: date,
) -> list[date]:
    """Return the months on post, up to the last full one, that nobody was insured for.

    第六条（二）7. Before somebody has begun, none is missing.

    >>> july = date(2026, 7, 1)
    >>> months_missing(date(2026, 5, 18), None, [july], date(2026, 8, 2))
    [datetime.date(2026, 5, 1), datetime.date(2026, 6, 1)]
    """
    if begins_on is None:
        return []
    last = on.replace(day=1) - timedelta(days=1)
    if leaves_on:
        last = min(last, leaves_on)
    return [month for month in months(begins_on, last) if month not in insured]


def pass_rate(passed: int, present: int) -> Decimal | None:
    """Return the share of those present who have passed; of nobody there is none.

    >>> pass_rate(3, 4), pass_rate(0, 0)
    (Decimal('0.75'), None)
    """
    return Decimal(passed) / present if present else None
