"""Limits and deadlines of orders."""

from datetime import date, datetime, timedelta

import pytest

from cases.rules.cells import Unit
from cases.rules.clocks import Clock, due_after, inner_deadline
from contracts.rules.calendar import BEIJING, CalendarMissing, SpecialDay, WorkCalendar

START = datetime(2026, 5, 6, 8, tzinfo=BEIJING)
DAY = timedelta(days=1)
YEAR = WorkCalendar.of(
    [SpecialDay(date(2026, 5, 9), True, "worked in lieu")],
    official_years=[2026],
)


@pytest.mark.parametrize(
    ("at", "percent"),
    [
        (START - DAY, 0),
        (START, 0),
        (START + timedelta(hours=11, minutes=59), 49),
        (START + timedelta(hours=12), 50),
        (START + DAY, 100),
        (START + 3 * DAY, 300),
    ],
)
def test_a_clock_counts_in_whole_percent_of_its_limit(at, percent):
    assert Clock(START, START + DAY).percent(at) == percent


@pytest.mark.parametrize(("hours", "percent"), [(-1, 0), (0, 100), (1, 100)])
def test_a_limit_without_length_is_used_up_at_once(hours, percent):
    assert Clock(START, START).percent(START + timedelta(hours=hours)) == percent


def test_a_clock_that_has_stopped_goes_no_further():
    stopped = Clock(START, START + DAY, START + timedelta(hours=6))

    assert stopped.percent(START + 9 * DAY) == 25
    assert stopped.left(START + 9 * DAY) == timedelta(hours=18)


@pytest.mark.parametrize(
    ("stopped_at", "met"),
    [(None, False), (START + DAY, True), (START + DAY + timedelta(seconds=1), False)],
)
def test_a_limit_is_kept_up_to_its_last_second(stopped_at, met):
    assert Clock(START, START + DAY, stopped_at).met() == met


@pytest.mark.parametrize(
    ("due", "inner"),
    [
        (START + 7 * DAY, START + 6 * DAY),
        (START + 2 * DAY, START + DAY),
        (START + timedelta(hours=2), START + timedelta(hours=1)),
    ],
)
def test_the_inner_deadline_lies_before_the_platforms(due, inner):
    assert inner_deadline(due, from_moment=START, buffer=DAY) == inner


@pytest.mark.parametrize(
    ("count", "unit", "due"),
    [
        (2, Unit.HOUR, START + timedelta(hours=2)),
        (7, Unit.DAY, START + 7 * DAY),
        (
            5,
            Unit.WORKDAY,
            datetime(2026, 5, 12, 8, tzinfo=BEIJING),
        ),  # over a Saturday worked in lieu
    ],
)
def test_a_limit_runs_by_the_clock_or_by_the_calendar(count, unit, due):
    assert due_after(START, count, unit, YEAR) == due


def test_working_days_of_an_unknown_year_are_not_guessed():
    with pytest.raises(CalendarMissing):
        due_after(datetime(2027, 5, 6, 8, tzinfo=BEIJING), 1, Unit.WORKDAY, YEAR)
