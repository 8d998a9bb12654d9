"""重复诉求: when a caller calls again, a place is complained of again, or by many.

Stretches of time run by the clock: seven days are 168 hours, and end before the same
minute a week later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from contracts.rules.calendar import BEIJING

#: The same place and category again within this is a repeat.
AGAIN_WITHIN = timedelta(days=30)

#: So many different callers about the same place and category are a group.
GROUP_OF = 3
GROUP_WITHIN = timedelta(days=7)


def month_and_year(at: datetime) -> tuple[datetime, datetime]:
    """Return when the calendar month and the year of a moment began, in Beijing（月次、年次）.

    >>> month, year = month_and_year(datetime(2026, 5, 31, 23, 30, tzinfo=BEIJING))
    >>> f"{month:%Y-%m-%d} {year:%Y-%m-%d}"
    '2026-05-01 2026-01-01'
    """
    month = at.astimezone(BEIJING).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return month, month.replace(month=1)


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """One order of a place and category. A caller of whom nothing is known is None."""

    at: datetime
    key: int
    caller: bytes | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group complaint（群体诉求）, its calls in the order they came."""

    calls: tuple[Call, ...]

    @property
    def callers(self) -> int:
        return _callers(self.calls)


def groups(calls: Iterable[Call]) -> list[Group]:
    """Return the group complaints among the calls about one place and category.

    Wherever seven days hold three different callers there is one; stretches that
    overlap are the same one. Who is not known may be anybody, and makes no number up.

    >>> day = lambda day: datetime(2026, 5, day, 9, tzinfo=BEIJING)
    >>> calls = [Call(day(1), 1, b"a"), Call(day(5), 2, b"b"), Call(day(7), 3, b"c")]
    >>> [group.callers for group in groups(calls)]
    [3]
    >>> groups([*calls[:2], Call(day(8), 3, b"c")])
    []
    """
    ordered = sorted(calls, key=lambda call: (call.at, call.key))
    # Of each call, the number of the group it is in; 0 of those that are in none.
    group_of = [0] * len(ordered)
    number = end = stop = 0
    for start, first in enumerate(ordered):
        while stop < len(ordered) and ordered[stop].at < first.at + GROUP_WITHIN:
            stop += 1
        if _callers(ordered[start:stop]) < GROUP_OF:
            continue
        if start >= end:
            number += 1
        group_of[start:stop] = [number] * (stop - start)
        end = stop
    together = groupby(zip(group_of, ordered, strict=True), key=lambda pair: pair[0])
    return [
        Group(tuple(call for _number, call in pairs))
        for number, pairs in together
        if number
    ]


def _callers(calls: Iterable[Call]) -> int:
    return len({call.caller for call in calls if call.caller is not None})
