from datetime import UTC, datetime, timedelta

import pytest

from accounts.rules import locked_until

NOON = datetime(2026, 5, 8, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def failures(count: int, *, last: datetime = NOON) -> list[datetime]:
    """Wrong passwords a second apart, newest first."""
    return [last - SECOND * back for back in range(count)]


@pytest.mark.parametrize(
    ("count", "shut_for"),
    [
        (0, None),
        (4, None),
        (5, 5 * MINUTE),
        (10, 15 * MINUTE),
        (15, HOUR),
        (20, 4 * HOUR),
        (25, 4 * HOUR),
    ],
)
def test_every_fifth_failure_locks_for_longer(count, shut_for):
    opens = NOON + shut_for if shut_for else None

    assert locked_until(failures(count), at=NOON) == opens


def test_a_lock_is_over_when_its_time_has_come():
    assert locked_until(failures(5), at=NOON + 5 * MINUTE) is None


def test_the_sixth_failure_after_a_lock_does_not_lock():
    row = [NOON + 6 * MINUTE, *failures(5)]

    assert locked_until(row, at=NOON + 6 * MINUTE) is None


def test_failures_sent_at_the_same_moment_do_not_slip_past_the_lock():
    assert locked_until(failures(7), at=NOON) == NOON - 2 * SECOND + 5 * MINUTE


def test_a_day_without_a_failure_is_a_new_beginning():
    row = [NOON, *failures(9, last=NOON - 25 * HOUR)]

    assert locked_until(row, at=NOON) is None
