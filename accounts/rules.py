"""How long a door stays shut, and when a reminder may knock. Nothing is stored."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
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


# --- Reminders ------------------------------------------------------------------------------

ONE_DAY = timedelta(days=1)
#: What the names of steps that come again every working day begin with.
AFTER = "after_"
#: How long to wait after the first try that failed, the second, and so on.
WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
#: After so many tries the mail is given up; the reminder itself still waits.
MOST_TRIES = 10


def quiet(at: datetime, *, starts: time, ends: time) -> bool:
    """Tell whether the moment, by the clock on the wall, lies in the quiet hours.

    They begin with `starts` and are over at `ends`, mostly on the next morning:

    >>> night = {"starts": time(21), "ends": time(7)}
    >>> quiet(datetime(2026, 5, 8, 21), **night), quiet(datetime(2026, 5, 9, 7), **night)
    (True, False)

    The same moment for both means that there are none.
    """
    if starts <= ends:
        return starts <= at.time() < ends
    return at.time() >= starts or at.time() < ends


def next_digest(made: datetime, *, digest_at: time) -> datetime:
    """Return with which daily mail a reminder made at this moment goes out.

    >>> next_digest(datetime(2026, 5, 8, 0, 1), digest_at=time(8, 30))
    datetime.datetime(2026, 5, 8, 8, 30)
    >>> next_digest(datetime(2026, 5, 8, 9), digest_at=time(8, 30))
    datetime.datetime(2026, 5, 9, 8, 30)
    """
    today = datetime.combine(made.date(), digest_at, made.tzinfo)
    return today if made <= today else today + ONE_DAY


def wait_after(tries: int) -> timedelta:
    """Return how long a mail that was tried so often rests until the next try.

    >>> wait_after(1), wait_after(99)
    (datetime.timedelta(seconds=300), datetime.timedelta(seconds=14400))
    """
    return WAITS[min(tries, len(WAITS)) - 1]


def repeats(step: str) -> bool:
    """Tell whether a step says again what an earlier one has said.

    Whoever has acknowledged that something is late is not told so again every day;
    that it falls due is told once before, and once more when it does.

    >>> repeats("after_2"), repeats("after_1"), repeats("at")
    (True, False, False)
    """
    return step.startswith(AFTER) and step != f"{AFTER}1"
