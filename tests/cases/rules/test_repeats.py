from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.repeats import (
    GROUP_OF,
    GROUP_WITHIN,
    Call,
    groups,
    month_and_year,
)
from contracts.rules.calendar import BEIJING

START = datetime(2026, 6, 1, 9, tzinfo=BEIJING)
HOUR = timedelta(hours=1)


def calls(*told):
    """Make calls of pairs: after how many hours, by whom."""
    return [
        Call(START + hours * HOUR, key, caller)
        for key, (hours, caller) in enumerate(told)
    ]


def keys(found):
    return [tuple(call.key for call in group.calls) for group in found]


@pytest.mark.parametrize(
    ("at", "month", "year"),
    [
        ("2026-06-01T00:00+08:00", "2026-06-01", "2026-01-01"),
        ("2026-05-31T23:59+08:00", "2026-05-01", "2026-01-01"),
        ("2026-12-31T16:00+00:00", "2027-01-01", "2027-01-01"),  # midnight in Beijing
        ("2026-12-31T15:59+00:00", "2026-12-01", "2026-01-01"),
    ],
)
def test_months_and_years_begin_in_beijing(at, month, year):
    began = month_and_year(datetime.fromisoformat(at))

    assert [f"{one:%Y-%m-%dT%H:%M%z}" for one in began] == [
        f"{month}T00:00+0800",
        f"{year}T00:00+0800",
    ]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([(0, b"a"), (1, b"b"), (2, b"c")], [(0, 1, 2)]),
        ([(0, b"a"), (1, b"b"), (2, b"a")], []),  # two callers alone
        ([(0, b"a"), (1, b"b"), (2, None)], []),  # who is not known may be either
        ([(0, b"a"), (1, None), (2, b"b"), (3, b"c")], [(0, 1, 2, 3)]),
        ([(0, b"a"), (1, b"b"), (167, b"c")], [(0, 1, 2)]),
        ([(0, b"a"), (1, b"b"), (168, b"c")], []),  # a week later to the minute
        # Overlapping stretches are one; one that is apart is another.
        (
            [(0, b"a"), (100, b"b"), (160, b"c"), (260, b"d"), (320, b"a")],
            [(0, 1, 2, 3, 4)],
        ),
        (
            [
                (n * 400 + hours, who)
                for n in range(2)
                for hours, who in enumerate("abc")
            ],
            [(0, 1, 2), (3, 4, 5)],
        ),
        ([], []),
    ],
)
def test_three_different_callers_within_seven_days_are_a_group(told, found):
    assert keys(groups(calls(*told))) == found


@given(
    st.lists(
        st.tuples(
            st.integers(0, 600), st.one_of(st.none(), st.sampled_from([*b"abcd"]))
        ),
        max_size=25,
    ),
    st.randoms(),
)
def test_groups_hold_whoever_is_in_a_full_week_and_nobody_else(told, random):
    given_ = calls(*told)
    random.shuffle(given_)

    found = groups(given_)

    in_a_full_week = {
        call.key
        for first in given_
        for week in [
            [one for one in given_ if first.at <= one.at < first.at + GROUP_WITHIN]
        ]
        if len({one.caller for one in week} - {None}) >= GROUP_OF
        for call in week
    }
    grouped = [call.key for group in found for call in group.calls]
    assert sorted(grouped) == sorted(in_a_full_week)
    assert all(group.callers >= GROUP_OF for group in found)
