from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.calendar import (
    BEIJING,
    CalendarMissing,
    DayOff,
    Unit,
    WorkCalendar,
    days_after,
    hours_after,
    workdays_after,
    workdays_before,
)
from contracts.rules.calendar_file import parse_calendar

DATA = Path(__file__).parents[3] / "contracts" / "data"
YEARS = [
    parse_calendar((DATA / f"calendar-{year}.csv").read_text(encoding="utf-8"))
    for year in (2026, 2027)
]
CALENDAR = WorkCalendar.of(
    [day for year in YEARS for day in year.days],
    official_years=[year.year for year in YEARS if not year.provisional],
    provisional_years=[year.year for year in YEARS if year.provisional],
)
ONLY_2026 = WorkCalendar.of(YEARS[0].days, official_years=[2026])
EXPIRY = date(2027, 4, 30)

#: Far enough from both ends of the calendar for the longest count below.
DAYS = st.dates(date(2026, 3, 1), date(2027, 10, 31))
COUNTS = st.integers(0, 30)


def days_between(after: date, up_to: date) -> list[date]:
    return [after + timedelta(n) for n in range(1, (up_to - after).days + 1)]


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        (date(2026, 4, 21), 10, date(2026, 5, 8)),  # over the May holiday
        (date(2026, 4, 20), 10, date(2026, 5, 7)),  # were the start day counted
        (date(2026, 4, 21), 7, date(2026, 4, 30)),  # when the service starts
        (date(2026, 5, 6), 5, date(2026, 5, 12)),  # over a Saturday worked in lieu
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # ending on one
        (date(2026, 8, 20), 30, date(2026, 10, 8)),
        (date(2026, 7, 20), 7, date(2026, 7, 29)),
        (date(2026, 7, 18), 1, date(2026, 7, 20)),  # from a Saturday
        (date(2026, 7, 20), 0, date(2026, 7, 20)),  # at once
        (EXPIRY, 3, date(2027, 5, 7)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start, count, due):
    assert workdays_after(start, count, CALENDAR).due_on == due
    assert CALENDAR.add_workdays(start, count) == due


def test_a_deadline_shows_the_days_counted_and_the_days_left_out():
    due = workdays_after(date(2026, 9, 30), 3, CALENDAR)

    assert due.counted == tuple(date(2026, 10, day) for day in (8, 9, 10))
    assert due.left_out == tuple(
        DayOff(date(2026, 10, day), "国庆节") for day in range(1, 8)
    )
    assert (due.start_on, due.count, due.unit) == (date(2026, 9, 30), 3, Unit.WORKDAYS)


def test_a_weekend_is_left_out_without_a_holiday_s_name():
    due = workdays_after(date(2026, 7, 17), 1, CALENDAR)

    assert due.left_out == (DayOff(date(2026, 7, 18)), DayOff(date(2026, 7, 19)))


@pytest.mark.parametrize(
    ("start", "count", "provisional"),
    [
        (EXPIRY, 3, True),
        (date(2026, 12, 30), 1, False),  # ends on the last official day
        (date(2026, 12, 31), 1, True),
        (EXPIRY, 0, False),  # no day was asked
    ],
)
def test_a_deadline_is_provisional_once_it_rests_on_such_a_day(
    start, count, provisional
):
    assert workdays_after(start, count, CALENDAR).provisional is provisional


def test_a_year_without_a_calendar_is_refused_and_named():
    with pytest.raises(CalendarMissing, match="2027") as refusal:
        workdays_after(date(2026, 12, 31), 1, ONLY_2026)

    assert refusal.value.year == 2027


@pytest.mark.parametrize(
    "ask",
    [
        lambda calendar, day: calendar.is_workday(day),
        lambda calendar, day: calendar.is_provisional(day),
        lambda calendar, day: workdays_before(day, 1, calendar),
        lambda calendar, day: days_after(day, 1, calendar),
        lambda calendar, day: calendar.workdays_between(day, day + timedelta(1)),
    ],
)
def test_nothing_takes_a_day_of_an_unknown_year_for_a_working_day(ask):
    with pytest.raises(CalendarMissing):
        ask(ONLY_2026, date(2028, 6, 1))


def test_a_year_is_not_official_and_provisional_at_once():
    with pytest.raises(ValueError, match="2026"):
        WorkCalendar.of([], official_years=[2026], provisional_years=[2026])


@pytest.mark.parametrize(
    ("start", "count", "nominal", "due"),
    [
        (date(2026, 6, 1), 20, date(2026, 6, 21), date(2026, 6, 22)),
        (date(2026, 6, 1), 17, date(2026, 6, 18), date(2026, 6, 18)),
        (date(2026, 9, 11), 20, date(2026, 10, 1), date(2026, 10, 8)),
        (date(2026, 4, 29), 10, date(2026, 5, 9), date(2026, 5, 9)),  # worked in lieu
        (date(2026, 7, 18), 0, date(2026, 7, 18), date(2026, 7, 18)),
    ],
)
def test_natural_days_that_end_on_a_day_off_roll_on(start, count, nominal, due):
    deadline = days_after(start, count, CALENDAR)

    assert deadline.due_on == due
    assert deadline.nominal_on == (nominal if nominal != due else None)


def test_rolling_leaves_out_the_days_off_at_the_end_alone():
    due = days_after(date(2026, 6, 1), 20, CALENDAR)

    assert len(due.counted) == 20
    assert due.left_out == (DayOff(date(2026, 6, 21), "端午节"),)


def test_natural_days_stay_where_they_end_if_that_is_the_reading():
    due = days_after(date(2026, 6, 1), 20, CALENDAR, roll=False)

    assert (due.due_on, due.nominal_on) == (date(2026, 6, 21), None)


def test_natural_days_that_do_not_roll_need_no_calendar():
    due = days_after(date(2030, 1, 1), 20, WorkCalendar(), roll=False)

    assert (due.due_on, due.provisional) == (date(2030, 1, 21), False)


@pytest.mark.parametrize(
    ("start", "provisional"),
    [(date(2026, 12, 1), False), (date(2026, 12, 20), True)],
)
def test_natural_days_are_provisional_by_the_day_they_end_on(start, provisional):
    assert days_after(start, 20, CALENDAR).provisional is provisional


def test_hours_run_by_the_clock_through_the_night_and_the_holiday():
    began = datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING)

    due = hours_after(began, 72)

    assert due.due_at == began + timedelta(days=3)
    assert (due.due_on, due.unit) == (date(2026, 10, 3), Unit.HOURS)


def test_the_days_of_an_hour_deadline_are_days_in_beijing():
    due = hours_after(datetime(2026, 9, 30, 16, 30, tzinfo=UTC), 24)

    assert (due.start_on, due.due_on) == (date(2026, 10, 1), date(2026, 10, 2))


def test_hours_are_not_counted_from_a_moment_without_a_zone():
    with pytest.raises(ValueError, match="time zone"):
        hours_after(datetime(2026, 9, 30, 22, 30), 24)  # noqa: DTZ001  # the point


def test_a_last_day_ends_at_midnight_in_beijing():
    due = workdays_after(date(2026, 4, 21), 10, CALENDAR)

    assert due.ends_at == datetime(2026, 5, 9, tzinfo=BEIJING)


def test_an_hour_deadline_ends_at_its_moment():
    due = hours_after(datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING), 24)

    assert due.ends_at == datetime(2026, 10, 1, 22, 30, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("day", "count", "due", "nominal"),
    [
        (date(2026, 10, 15), 15, date(2026, 9, 18), date(2026, 9, 19)),
        (date(2026, 6, 30), 15, date(2026, 6, 8), None),
        (date(2026, 6, 28), 1, date(2026, 6, 25), None),  # leaving on a Sunday
        (date(2026, 7, 18), 0, date(2026, 7, 18), None),
        (date(2027, 1, 4), 1, date(2026, 12, 31), date(2027, 1, 3)),
    ],
)
def test_working_days_ahead_are_counted_up_to_and_with_the_day(
    day, count, due, nominal
):
    deadline = workdays_before(day, count, CALENDAR)

    assert (deadline.due_on, deadline.nominal_on) == (due, nominal)


@pytest.mark.parametrize(
    ("applied_on", "workdays"),
    [
        (date(2026, 9, 18), 15),
        (date(2026, 9, 19), 15),  # a Saturday: still in time, if anybody took it
        (date(2026, 9, 20), 14),  # a Sunday worked in lieu: too late
        (date(2026, 10, 15), 0),
        (date(2026, 10, 16), 0),
    ],
)
def test_notice_of_leaving_on_15_october(applied_on, workdays):
    assert CALENDAR.workdays_between(applied_on, date(2026, 10, 15)) == workdays


@pytest.mark.parametrize("count_back", [1, 15])
def test_a_day_counted_back_over_new_year_is_provisional(count_back):
    due = workdays_before(date(2027, 1, 4), count_back, CALENDAR)

    assert due.provisional


def test_only_the_days_that_were_asked_make_a_deadline_provisional():
    calendar = WorkCalendar(
        official_years=frozenset({2027}), provisional_years=frozenset({2026})
    )

    # On from New Year's Eve only 2027 is asked; back to it, 2026 as well.
    assert not workdays_after(date(2026, 12, 31), 1, calendar).provisional
    assert workdays_before(date(2027, 1, 1), 1, calendar).provisional


def test_a_day_counted_back_within_an_official_year_is_not():
    assert not workdays_before(date(2026, 10, 15), 15, CALENDAR).provisional


@pytest.mark.parametrize(
    "ask",
    [
        lambda: workdays_after(EXPIRY, -1, CALENDAR),
        lambda: workdays_before(EXPIRY, -1, CALENDAR),
        lambda: days_after(EXPIRY, -1, CALENDAR),
        lambda: hours_after(datetime(2026, 5, 1, tzinfo=BEIJING), -1),
    ],
)
def test_no_deadline_lies_before_its_start(ask):
    with pytest.raises(ValueError, match="-1"):
        ask()


@given(start=DAYS, count=COUNTS)
def test_a_later_count_is_never_due_earlier(start, count):
    for due in (workdays_after, days_after):
        now, next_one = due(start, count, CALENDAR), due(start, count + 1, CALENDAR)

        assert now.due_on <= next_one.due_on


@given(start=DAYS, count=st.integers(1, 30))
def test_no_deadline_lands_on_a_day_off(start, count):
    assert CALENDAR.is_workday(workdays_after(start, count, CALENDAR).due_on)
    assert CALENDAR.is_workday(days_after(start, count, CALENDAR).due_on)
    assert CALENDAR.is_workday(workdays_before(start, count, CALENDAR).due_on)


@given(start=DAYS, count=COUNTS)
def test_counted_and_left_out_are_exactly_the_days_between(start, count):
    deadlines = [
        workdays_after(start, count, CALENDAR),
        workdays_before(start, count, CALENDAR),
        days_after(start, count, CALENDAR),
        days_after(start, count, CALENDAR, roll=False),
    ]

    for due in deadlines:
        first, last = sorted([due.start_on, due.due_on])
        shown = sorted([*due.counted, *(off.day for off in due.left_out)])
        assert shown == days_between(first, last)
        assert len(due.counted) == count


@given(day=DAYS, count=COUNTS)
def test_counting_back_and_on_again_arrives_in_time(day, count):
    ahead = workdays_before(day, count, CALENDAR).due_on

    assert CALENDAR.workdays_between(ahead, day) == count
    assert workdays_after(ahead, count, CALENDAR).due_on <= day
