"""How long a door stays shut or open. Moments and lengths of time; nothing is stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

#: So many wrong passwords lock the account at that address.
FAILURES_TO_LOCK = 5
#: How long the first lock holds, the second, and so on; the last one holds for all after.
LOCKS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: After a day without a failure the count begins anew.
FORGOTTEN_AFTER = timedelta(days=1)


def locked_until(failures: Sequence[datetime], *, at: datetime) -> datetime | None:
    """Return when the door opens again; None if it is open at the moment `at`.

    `failures` are the wrong passwords since the last right one, newest first. Every
    fifth begins a lock, each longer than the last one; those that slip in beside it,
    sent at the same time, count towards the next.

    >>> noon = datetime(2026, 5, 8, 12)
    >>> first_five = [noon - timedelta(seconds=second) for second in range(5)]
    >>> locked_until(first_five, at=noon)
    datetime.datetime(2026, 5, 8, 12, 5)
    >>> locked_until(first_five[1:], at=noon) is None
    True
    """
    remembered = _without_long_pauses([at, *failures])
    locks = len(remembered) // FAILURES_TO_LOCK
    if not locks:
        return None
    began = remembered[len(remembered) - locks * FAILURES_TO_LOCK]
    opens = began + LOCKS[min(locks, len(LOCKS)) - 1]
    return opens if opens > at else None


def _without_long_pauses(moments: Sequence[datetime]) -> list[datetime]:
    """Return all but the first of moments that go back in time, up to a long pause."""
    kept = []
    for later, earlier in pairwise(moments):
        if later - earlier > FORGOTTEN_AFTER:
            break
        kept.append(earlier)
    return kept
