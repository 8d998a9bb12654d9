from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.periods import (
    PeriodOption,
    Span,
    assessment_periods,
    cycle_holding,
    label_of,
    periods_of,
    quarters,
)

TERM = Span.through(date(2026, 5, 1), date(2027, 4, 30))

#: number, label, from, to, days, last day for making good, quarter
LITERALLY = [
    (1, "2026年5月", "2026-05-01", "2026-05-18", 18, "2026-06-18", 1),
    (2, "2026年6月", "2026-05-19", "2026-06-18", 31, "2026-07-18", 1),
    (3, "2026年7月", "2026-06-19", "2026-07-18", 30, "2026-08-18", 1),
    (4, "2026年8月", "2026-07-19", "2026-08-18", 31, "2026-09-18", 2),
    (5, "2026年9月", "2026-08-19", "2026-09-18", 31, "2026-10-18", 2),
    (6, "2026年10月", "2026-09-19", "2026-10-18", 30, "2026-11-18", 2),
    (7, "2026年11月", "2026-10-19", "2026-11-18", 31, "2026-12-18", 3),
    (8, "2026年12月", "2026-11-19", "2026-12-18", 30, "2027-01-18", 3),
    (9, "2027年1月", "2026-12-19", "2027-01-18", 31, "2027-02-18", 3),
    (10, "2027年2月", "2027-01-19", "2027-02-18", 31, "2027-03-18", 4),
    (11, "2027年3月", "2027-02-19", "2027-03-18", 28, "2027-04-18", 4),
    (12, "2027年4月", "2027-03-19", "2027-04-18", 31, "2027-04-30", 4),
    (13, "2027年5月", "2027-04-19", "2027-04-30", 12, None, 5),
]

#: The second period takes in the first, and all move up by one.
JOINED = [
    (1, "2026年6月", "2026-05-01", "2026-06-18", 49, "2026-07-18", 1),
    *(
        (number - 1, label, start, end, days, good_by, (number - 2) // 3 + 1)
        for number, label, start, end, days, good_by, _ in LITERALLY[2:]
    ),
]

TERMS = st.builds(
    lambda start, days: Span(start, date.fromordinal(start.toordinal() + days)),
    st.dates(date(2023, 1, 1), date(2030, 1, 1)),
    st.integers(1, 800),
)
FIRST_DAYS = st.integers(1, 31)


def table(option: PeriodOption) -> list[tuple[object, ...]]:
    return [
        (
            period.number,
            period.label,
            str(period.span.starts_on),
            str(period.span.last_on),
            period.span.days,
            str(period.improvement.last_on) if period.improvement else None,
            period.quarter,
        )
        for period in periods_of(TERM, first_day=19, option=option)
    ]


def test_read_literally_the_term_has_thirteen_periods():
    assert table(PeriodOption.LITERAL) == LITERALLY


def test_with_the_first_joined_it_has_twelve():
    assert table(PeriodOption.JOINED) == JOINED


@pytest.mark.parametrize(
    ("option", "partial"),
    [(PeriodOption.LITERAL, [1, 13]), (PeriodOption.JOINED, [12])],
)
def test_a_period_that_the_term_cuts_is_partial(option, partial):
    periods = periods_of(TERM, first_day=19, option=option)

    assert [period.number for period in periods if period.partial] == partial


@pytest.mark.parametrize(
    ("option", "ends", "remainders"),
    [
        (
            PeriodOption.LITERAL,
            ["2026-07-18", "2026-10-18", "2027-01-18", "2027-04-18", "2027-04-30"],
            [5],
        ),
        (
            PeriodOption.JOINED,
            ["2026-08-18", "2026-11-18", "2027-02-18", "2027-04-30"],
            [],
        ),
    ],
)
def test_three_periods_are_a_quarter_and_what_is_left_a_remainder(
    option, ends, remainders
):
    found = quarters(periods_of(TERM, first_day=19, option=option))

    assert [str(quarter.span.last_on) for quarter in found] == ends
    assert [quarter.number for quarter in found if quarter.remainder] == remainders


def test_the_improvement_period_ends_before_the_day_after_its_last():
    first, *_, last = periods_of(TERM, first_day=19)

    assert first.improvement_ends_before == date(2026, 6, 19)
    assert last.improvement_ends_before is None


def test_a_term_that_begins_with_a_period_has_nothing_to_join():
    term = Span.through(date(2026, 5, 19), date(2027, 5, 18))

    literally = periods_of(term, first_day=19)

    assert len(literally) == 12
    assert not any(period.partial for period in literally)
    assert periods_of(term, first_day=19, option=PeriodOption.JOINED) == literally


@pytest.mark.parametrize("option", PeriodOption)
def test_a_term_within_one_cycle_is_one_period(option):
    term = Span.through(date(2026, 5, 20), date(2026, 5, 29))

    (only,) = periods_of(term, first_day=19, option=option)

    assert (only.span, only.label, only.partial) == (term, "2026年6月", True)
    assert only.improvement is None


def test_a_joined_period_that_the_end_of_the_term_cuts_is_partial():
    term = Span.through(date(2026, 5, 1), date(2026, 6, 10))

    (only,) = periods_of(term, first_day=19, option=PeriodOption.JOINED)

    assert (only.span, only.partial) == (term, True)


@pytest.mark.parametrize(
    ("first_day", "starts"),
    [
        (1, ["2028-01-30", "2028-02-01", "2028-03-01"]),
        (29, ["2028-01-30", "2028-02-29", "2028-03-29"]),
        (30, ["2028-01-30", "2028-02-29", "2028-03-30"]),
        (31, ["2028-01-30", "2028-01-31", "2028-02-29", "2028-03-31"]),
    ],
)
def test_a_short_month_begins_its_cycle_on_its_last_day(first_day, starts):
    term = Span.through(date(2028, 1, 30), date(2028, 3, 31))

    spans = assessment_periods(term, first_day=first_day)

    assert [str(span.starts_on) for span in spans] == starts


@pytest.mark.parametrize(
    ("day", "first_day", "label"),
    [
        (date(2026, 10, 18), 19, "2026年10月"),
        (date(2026, 10, 19), 19, "2026年11月"),
        (date(2026, 12, 19), 19, "2027年1月"),
        (date(2026, 10, 31), 1, "2026年10月"),
        (date(2026, 11, 1), 1, "2026年11月"),
        (date(2027, 2, 28), 31, "2027年3月"),
        (date(2028, 2, 28), 31, "2028年2月"),
    ],
)
def test_a_cycle_is_called_by_the_month_it_ends_in(day, first_day, label):
    assert label_of(day, first_day=first_day) == label


@pytest.mark.parametrize("first_day", [0, 32])
def test_no_cycle_begins_on_a_day_that_no_month_has(first_day):
    with pytest.raises(ValueError, match=str(first_day)):
        cycle_holding(date(2026, 5, 1), first_day=first_day)


@pytest.mark.parametrize("last", [date(2026, 5, 1), date(2026, 4, 30)])
def test_a_span_holds_a_day_at_least(last):
    with pytest.raises(ValueError, match="2026-05-01"):
        Span(date(2026, 5, 1), last)


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 4, 30), False),
        (date(2026, 5, 1), True),
        (date(2027, 4, 30), True),
        (date(2027, 5, 1), False),
    ],
)
def test_a_span_holds_its_first_day_and_not_its_end(day, inside):
    assert (day in TERM) is inside


@given(term=TERMS, first_day=FIRST_DAYS, option=st.sampled_from(PeriodOption))
def test_periods_leave_no_gap_overlap_nowhere_and_lose_no_day(term, first_day, option):
    spans = [
        period.span for period in periods_of(term, first_day=first_day, option=option)
    ]

    assert (spans[0].starts_on, spans[-1].ends_before) == (
        term.starts_on,
        term.ends_before,
    )
    assert all(
        one.ends_before == next_one.starts_on for one, next_one in pairwise(spans)
    )
    assert sum(span.days for span in spans) == term.days


@given(term=TERMS, first_day=FIRST_DAYS)
def test_every_period_lies_in_the_cycle_that_names_it(term, first_day):
    for period in periods_of(term, first_day=first_day):
        cycle = cycle_holding(period.span.starts_on, first_day=first_day)

        assert cycle.starts_on <= period.span.starts_on
        assert period.span.ends_before <= cycle.ends_before
        assert period.partial == (period.span != cycle)


@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), first_day=FIRST_DAYS)
def test_every_day_lies_in_its_cycle_and_cycles_meet(day, first_day):
    cycle = cycle_holding(day, first_day=first_day)

    assert day in cycle
    assert cycle_holding(cycle.ends_before, first_day=first_day).starts_on == (
        cycle.ends_before
    )
