from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.calendar import CalendarMissing, WorkCalendar
from contracts.rules.reminders import HORIZON, reached

DAY = timedelta(days=1)
NATIONAL_DAY = [date(2026, 10, day) for day in range(1, 8)]
CALENDAR = WorkCalendar(
    dict.fromkeys(NATIONAL_DAY, "国庆节"),
    {date(2026, 9, 20): "国庆节", date(2026, 10, 10): "国庆节"},
    official_years=frozenset({2026}),
)
days = st.dates(date(2026, 3, 1), date(2026, 11, 30))


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2026, 9, 24), None),
        (date(2026, 9, 25), "before_3"),  # Friday; the 1st to the 7th are off
        (date(2026, 9, 28), "before_3"),
        (date(2026, 9, 29), "before_1"),
        (date(2026, 9, 30), "at"),
        (date(2026, 10, 7), "at"),
        (date(2026, 10, 8), "after_1"),
        (date(2026, 10, 10), "after_3"),  # a Saturday worked in lieu
        (date(2026, 10, 11), "after_3"),
        (date(2026, 10, 12), "after_4"),
    ],
)
def test_what_is_due_in_a_holiday_is_brought_up_before_it(today, last):
    steps = reached(date(2026, 10, 3), today, CALENDAR)

    assert (steps[-1] if steps else None) == last


@given(days, days)
def test_a_step_once_reached_stays_reached(due, today):
    now, tomorrow = (reached(due, day, CALENDAR) for day in (today, today + DAY))

    assert tomorrow[: len(now)] == now


@given(days, days)
def test_nothing_new_comes_on_a_day_off(due, today):
    if not CALENDAR.is_workday(today):
        yesterday = reached(due, today - DAY, CALENDAR)

        assert reached(due, today, CALENDAR) == yesterday


@given(days, days)
def test_something_new_comes_on_every_working_day_that_it_is_late(due, today):
    if today > due and CALENDAR.is_workday(today):
        yesterday = reached(due, today - DAY, CALENDAR)

        assert len(reached(due, today, CALENDAR)) == len(yesterday) + 1


@given(days)
def test_on_the_day_it_is_due_everybody_has_been_told(due):
    assert reached(due, due, CALENDAR) == ["before_3", "before_1", "at"]


@given(days)
def test_nothing_comes_so_early_that_the_horizon_would_hide_it(due):
    assert reached(due, due - HORIZON, CALENDAR) == []


def test_what_lies_far_ahead_needs_no_calendar_yet():
    assert reached(date(2030, 1, 8), date(2026, 6, 1), CALENDAR) == []


def test_what_is_near_is_never_guessed():
    with pytest.raises(CalendarMissing):
        reached(date(2027, 1, 5), date(2026, 12, 31), CALENDAR)
