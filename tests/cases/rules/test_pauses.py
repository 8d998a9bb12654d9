"""What a pause does to a clock, and what it never does."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.clocks import Clock, Extension, Pause, pauses_of, steps_passed
from contracts.rules.calendar import BEIJING

START = datetime(2026, 5, 6, 8, tzinfo=BEIJING)
DAY = timedelta(days=1)
NONE = timedelta(0)

lengths = st.timedeltas(timedelta(minutes=1), 30 * DAY)
moments = st.timedeltas(-35 * DAY, 120 * DAY).map(lambda after: START + after)
pauses = st.lists(st.builds(Pause, moments, lengths), max_size=4)
shares = st.decimals(Decimal("0.01"), Decimal("0.99"), places=2)


@st.composite
def clocks(draw):
    """A clock with up to four pauses, however they lie to each other and to its end."""
    clock = Clock(START, START + draw(lengths))
    for pause in draw(pauses):
        clock = clock.extended(pause)
    return clock


@given(clocks(), st.builds(Pause, moments, lengths))
def test_a_pause_moves_the_end_by_its_length_and_leaves_the_time_there_is(clock, pause):
    longer = clock.extended(pause)

    assert longer.due_at - clock.due_at == pause.length
    assert longer.length == clock.length


@given(clocks())
def test_at_its_end_all_the_time_is_used_and_none_is_left(clock):
    assert clock.used(clock.due_at) == clock.length
    assert clock.left(clock.due_at) == NONE
    assert clock.percent(clock.due_at) == 100


@given(clocks(), moments)
def test_what_is_used_and_what_is_left_are_the_whole(clock, at):
    assert clock.used(at) + clock.left(at) == clock.length


@given(clocks())
def test_within_a_pause_no_time_is_used(clock):
    for pause in clock.standing_still():
        middle = pause.began_at + pause.length / 2
        used = clock.used(pause.began_at)

        assert clock.used(middle) == clock.used(pause.ends_at) == used


@given(clocks())
def test_pauses_stand_one_after_the_other_and_each_in_full(clock):
    placed = clock.standing_still()

    assert all(a.ends_at <= b.began_at for a, b in pairwise(placed))
    assert sum((pause.length for pause in placed), NONE) == clock.paused


@given(clocks(), moments, moments)
def test_as_time_goes_by_no_percent_comes_back(clock, one, other):
    earlier, later = sorted([one, other])

    assert clock.percent(earlier) <= clock.percent(later)


@given(clocks(), moments, lengths)
def test_an_extension_in_time_takes_nothing_back(clock, at, length):
    if START <= at <= clock.due_at:
        longer = clock.extended(Pause(at, length))

        assert longer.percent(at) == clock.percent(at)


@given(clocks(), moments)
def test_the_order_in_which_pauses_are_told_does_not_matter(clock, at):
    found = {
        Clock(START, clock.due_at, pauses=order).used(at)
        for order in permutations(clock.pauses)
    }

    assert len(found) == 1


@given(lengths, moments)
def test_without_a_pause_a_clock_is_its_two_ends(length, at):
    clock = Clock(START, START + length)

    assert clock.left(at) == clock.due_at - at
    assert clock.percent(at) == max(0, 100 * (at - START) // length)


@given(clocks(), shares)
def test_a_step_is_reached_when_its_share_is_used(clock, share):
    moment = clock.reached_at(share)

    assert abs(clock.used(moment) - clock.length * float(share)) <= timedelta(seconds=1)
    assert steps_passed(clock, [share], moment) == 1
    assert steps_passed(clock, [share], moment - timedelta(seconds=2)) == 0


def test_an_extension_that_comes_too_late_gives_the_time_back():
    clock = Clock(START, START + 7 * DAY).extended(Pause(START + 8 * DAY, 3 * DAY))

    assert clock.percent(START + 9 * DAY) == 100
    assert clock.left(START + 12 * DAY) == -2 * DAY


@pytest.mark.parametrize(
    ("granted", "lengths"),
    [
        ([], []),
        ([(1, 9)], [2]),
        ([(1, 9), (2, 12)], [2, 3]),
        ([(2, 12), (1, 9)], [2, 3]),
        ([(1, 9), (2, 8)], [2]),  # to no later end than there is
        ([(1, 7)], []),
    ],
)
def test_each_extension_counts_from_where_the_one_before_had_put_the_end(
    granted, lengths
):
    extensions = [Extension(START + at * DAY, START + to * DAY) for at, to in granted]

    found = pauses_of(extensions, due_before=START + 7 * DAY)

    assert [pause.length // DAY for pause in found] == lengths
