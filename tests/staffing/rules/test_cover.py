"""Coverage to the minute: what is covered and what is not is all that was asked for."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.calendar import BEIJING, ONE_DAY
from staffing.rules.cover import (
    MINUTES_A_DAY,
    Need,
    Presence,
    Rule,
    day_covers,
    gaps,
    midnight,
    moment_of,
    presence,
)

DAY = date(2026, 6, 1)
START = midnight(DAY)
ALWAYS = Rule(time(), time(), 1)


def covers(present, rules=(ALWAYS,), days=(DAY,), **given):
    asked = [(day, rules, day.weekday() < 5) for day in (days[0] - ONE_DAY, *days)]
    return day_covers(list(days), present, asked, **given)


def at(hour, minute=0, second=0, day=DAY):
    return datetime.combine(day, time(hour, minute, second), tzinfo=BEIJING)


def on(person, starts, ends):
    return presence(person, starts, ends, until=at(23))


def test_a_day_that_is_handed_on_three_times_is_covered():
    shifts = [
        on(1, at(0), at(8)),
        on(2, at(8), at(16)),
        on(3, at(16), at(0, day=DAY + ONE_DAY)),
    ]

    (day,) = covers(shifts)

    assert (day.needed, day.covered, day.gaps) == (1440, 1440, ())


@pytest.mark.parametrize(
    ("off", "back", "missing"),
    [
        (at(8), at(8), 0),
        (at(8), at(8, 1), 1),  # from 08:00 to 08:01 nobody was there
        (at(8, 0, 20), at(8, 0, 40), 0),  # clocks a few seconds apart
        (at(8, 0, 1), at(8, 1, 59), 0),  # somebody was there in either minute
        (at(7, 59, 59), at(8, 1), 1),
        (at(8), at(9, 30), 90),
    ],
)
def test_a_gap_is_found_to_the_minute(off, back, missing):
    (day,) = covers([on(1, at(0), off), on(2, back, at(0, day=DAY + ONE_DAY))])

    assert day.uncovered == missing
    assert [gap.minutes for gap in day.gaps] == ([missing] if missing else [])


def test_a_gap_over_midnight_is_cut_into_two_days():
    tomorrow = DAY + ONE_DAY
    shifts = [
        on(1, at(0), at(23)),
        on(2, at(1, day=tomorrow), at(0, day=tomorrow + ONE_DAY)),
    ]

    one, two = covers(shifts, days=(DAY, tomorrow))

    assert (one.uncovered, two.uncovered) == (60, 60)
    assert one.gaps[0].ends_at == two.gaps[0].starts_at


def test_one_person_who_signs_twice_is_one():
    twice = [on(1, at(0), at(12)), on(1, at(6), at(0, day=DAY + ONE_DAY))]

    (day,) = covers(twice, rules=(Rule(time(), time(), 2),))

    assert {gap.missing for gap in day.gaps} == {1}
    assert day.uncovered == 1440


def test_where_two_minimums_overlap_the_greater_holds():
    office = Rule(time(9), time(18), 2, workdays_only=True)
    alone = [on(1, at(0), at(0, day=DAY + ONE_DAY))]

    (monday,) = covers(alone, rules=(ALWAYS, office))
    (sunday,) = covers(alone, rules=(ALWAYS, office), days=(DAY - ONE_DAY,))

    assert (monday.needed, monday.uncovered) == (1440, 540)
    assert sunday.needed == 1440


def test_what_runs_over_midnight_is_asked_of_both_days():
    night = Rule(time(22), time(6), 1)

    one, two = covers([], rules=(night,), days=(DAY, DAY + ONE_DAY))

    assert (one.needed, two.needed) == (480, 480)  # six hours before, two after


def test_minutes_that_have_not_come_are_neither_asked_for_nor_missed():
    (day,) = covers([], until=START + 61)

    assert (day.needed, day.uncovered) == (61, 61)


spans = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(-2000, 2000),
        st.integers(1, 900),
    ),
    max_size=12,
)
rules = st.lists(
    st.builds(
        Rule,
        starts_at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        ends_at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
        heads=st.integers(1, 3),
    ),
    max_size=3,
)


@given(spans, rules)
def test_coverage_and_gaps_are_all_that_was_asked_for(drawn, more):
    present = [
        Presence(who, START + begins, START + begins + length)
        for who, begins, length in drawn
    ]
    days = (DAY - ONE_DAY, DAY, DAY + ONE_DAY)

    found = covers(present, rules=(ALWAYS, *more), days=days)

    for day in found:
        assert day.needed == MINUTES_A_DAY
        assert day.covered + sum(gap.minutes for gap in day.gaps) == MINUTES_A_DAY
        assert 0 <= day.covered <= MINUTES_A_DAY


@given(spans)
def test_what_is_found_is_what_counting_minute_by_minute_finds(drawn):
    present = [
        Presence(who, START + begins, START + begins + length)
        for who, begins, length in drawn
    ]
    needs = [Need(START, START + MINUTES_A_DAY, 2)]

    found = gaps(present, needs)

    by_hand = {
        minute: 2
        - len({one.person for one in present if one.starts <= minute < one.ends})
        for minute in range(START, START + MINUTES_A_DAY)
    }
    assert {
        minute: gap.missing for gap in found for minute in range(gap.starts, gap.ends)
    } == {minute: missing for minute, missing in by_hand.items() if missing > 0}


@given(st.integers(60, 86_000), st.integers(-60, 60))
def test_clocks_that_are_off_by_a_minute_make_a_gap_of_a_minute_at_most(begins, off):
    moment = at(0) + timedelta(seconds=begins)
    there = [
        on(1, at(0), moment + timedelta(seconds=off)),
        on(2, moment, at(0, day=DAY + ONE_DAY)),
    ]

    (day,) = covers(there)

    assert day.covered + day.uncovered == MINUTES_A_DAY
    assert day.uncovered <= 1


def test_a_minute_is_a_moment_again():
    assert moment_of(START) == at(0)
