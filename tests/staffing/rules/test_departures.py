from datetime import date

import pytest

from contracts.rules.calendar import CalendarMissing, WorkCalendar
from staffing.rules.departures import (
    Course,
    apply_by,
    faults_of,
    half_a_year,
    refill_by,
    replace_by,
)

OFF = {
    **{date(2026, 5, day): "劳动节" for day in range(1, 6)},
    **{date(2026, 6, day): "端午节" for day in (19, 20, 21)},
    **{date(2026, 9, day): "中秋节" for day in (25, 26, 27)},
    **{date(2026, 10, day): "国庆节" for day in range(1, 8)},
}
WORKED = dict.fromkeys(
    [date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)], "调休"
)
YEAR_2026 = WorkCalendar(OFF, WORKED, frozenset({2026}))
EXPIRY = date(2027, 4, 30)

LEAVES = date(2026, 10, 15)
IN_TIME = Course(
    left_on=LEAVES,
    applied_on=date(2026, 9, 18),
    consented_for=LEAVES,
    refill_by=date(2026, 10, 22),
    refilled_on=date(2026, 10, 22),
)


def test_leave_on_15_october_is_applied_for_by_18_september():
    assert apply_by(LEAVES, YEAR_2026).due_on == date(2026, 9, 18)


def test_a_post_is_refilled_over_a_saturday_that_is_worked():
    due = refill_by(date(2026, 5, 6), YEAR_2026)

    assert due.due_on == date(2026, 5, 12)
    assert date(2026, 5, 9) in due.counted


@pytest.mark.parametrize(
    ("roll", "due_on", "nominal_on"),
    [
        (True, date(2026, 6, 22), date(2026, 6, 21)),
        (False, date(2026, 6, 21), None),
    ],
)
def test_20_days_roll_over_a_day_off_as_it_is_read(roll, due_on, nominal_on):
    due = replace_by(date(2026, 6, 1), YEAR_2026, roll=roll)

    assert (due.due_on, due.nominal_on) == (due_on, nominal_on)


@pytest.mark.parametrize(
    ("begins_on", "full_on"),
    [
        (date(2026, 5, 1), date(2026, 11, 1)),
        (date(2026, 8, 31), date(2027, 2, 28)),  # no such day: the month's last
        (date(2026, 10, 29), date(2027, 4, 29)),
        (date(2026, 10, 30), EXPIRY),
        (date(2026, 10, 31), EXPIRY),  # cannot be reached: full when it expires
        (date(2027, 4, 1), EXPIRY),
    ],
)
def test_half_a_year_is_full_on_the_corresponding_day_or_at_expiry(begins_on, full_on):
    assert half_a_year(begins_on, last_on=EXPIRY) == full_on


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({}, 0),
        ({"applied_on": date(2026, 9, 19)}, 0),  # a Saturday, yet 15 days ahead
        ({"applied_on": date(2026, 9, 20)}, 1),
        ({"applied_on": None}, 1),
        ({"consented_for": None}, 1),
        ({"consented_for": date(2026, 10, 16)}, 1),  # gone a day before the day agreed
        ({"refilled_on": date(2026, 10, 23)}, 1),
        ({"refill_by": None, "refilled_on": None}, 0),  # the service ends before
        ({"applied_on": None, "consented_for": None, "refilled_on": None}, 3),
    ],
)
def test_each_fault_of_a_departure_is_said(given, faults):
    parts = {name: getattr(IN_TIME, name) for name in Course.__slots__}

    found = faults_of(Course(**parts | given), YEAR_2026, today=date(2026, 10, 23))

    assert len(found) == faults


@pytest.mark.parametrize(("today", "faults"), [(22, 0), (23, 1)])
def test_a_post_is_not_refilled_too_late_until_the_day_is_over(today, faults):
    parts = {name: getattr(IN_TIME, name) for name in Course.__slots__}
    course = Course(**parts | {"refilled_on": None})

    found = faults_of(course, YEAR_2026, today=date(2026, 10, today))

    assert len(found) == faults


def test_what_no_calendar_knows_is_not_judged():
    with pytest.raises(CalendarMissing):
        faults_of(IN_TIME, WorkCalendar(), today=LEAVES)
