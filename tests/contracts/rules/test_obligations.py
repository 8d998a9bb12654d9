import json
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.calendar import BEIJING, Deadline, WorkCalendar
from contracts.rules.calendar_file import parse_calendar
from contracts.rules.contract_file import parse
from contracts.rules.cycles import Cycle, cycles
from contracts.rules.obligations import (
    DueRule,
    Event,
    Mode,
    Occasion,
    Owner,
    Since,
    due_after,
    from_plain,
    occasions,
    to_plain,
)
from contracts.rules.periods import PeriodOption, Span, periods_of
from contracts.rules.problems import Problem, Refused
from contracts.rules.tables import read

DATA = Path(__file__).parents[3] / "contracts" / "data"
FILE = parse((DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8"))
YEARS = [
    parse_calendar((DATA / f"calendar-{year}.csv").read_text(encoding="utf-8"))
    for year in (2026, 2027)
]
CALENDAR = WorkCalendar.of(
    [day for year in YEARS for day in year.days],
    official_years=[2026],
    provisional_years=[2027],
)
ONLY_2026 = WorkCalendar.of(YEARS[0].days, official_years=[2026])
PERIODS = periods_of(FILE.term, first_day=19)
BY_KEY = {one.key: one for one in FILE.obligations}

DAYS = st.dates(date(2026, 5, 1), date(2027, 8, 31))
MOMENTS = st.builds(
    datetime.combine, DAYS, st.times(timezones=st.sampled_from([UTC, BEIJING]))
)
COUNTS = st.integers(0, 30)
AHEAD = st.booleans()


def occasions_of(rule: DueRule, **also: Any) -> list[Occasion]:
    """Return when this contract has the rule fall due."""
    facts: dict[str, Any] = {
        "signed_on": FILE.signed_on,
        "effective_on": FILE.effective_on,
        "term": FILE.term,
        "periods": PERIODS,
        "calendar": CALENDAR,
    }
    return occasions(rule, **facts | also)


def due_days(rule: DueRule) -> list[date | None]:
    deadlines = [occasion.deadline for occasion in occasions_of(rule)]
    return [deadline.due_on if deadline else None for deadline in deadlines]


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=BEIJING)


def days_apart(deadline: Deadline) -> list[date]:
    """Return the days after the earlier of start and due, up to and with the later."""
    first, last = sorted([deadline.start_on, deadline.due_on])
    return [first + timedelta(n) for n in range(1, (last - first).days + 1)]


def explained(deadline: Deadline) -> list[date]:
    return sorted([*deadline.counted, *(left.day for left in deadline.left_out)])


def faults(table: dict[str, Any]) -> list[tuple[str, str]]:
    problems: list[Problem] = []
    read(DueRule, table, "due", problems)
    return [(problem.code, problem.path) for problem in problems]


# --- The contract's own dates -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "due"),
    [
        ("team-ready", date(2026, 5, 8)),
        ("team-on-post", date(2026, 4, 30)),
        ("training-before-start", date(2026, 4, 30)),
        ("secrecy-signed", date(2026, 4, 30)),
        ("payment-2", date(2026, 9, 30)),
        ("payment-3", date(2027, 5, 31)),
        ("secret-papers-back", date(2027, 5, 7)),
    ],
)
def test_what_is_owed_once_is_due_on_its_day(key, due):
    assert due_days(BY_KEY[key].due) == [due]


def test_the_team_is_on_post_on_the_seventh_of_its_ten_working_days():
    seventh = DueRule(since=Since.EFFECTIVE, workdays=7)

    assert due_days(seventh) == due_days(BY_KEY["team-on-post"].due)


def test_what_falls_into_the_year_without_a_notice_is_provisional():
    provisional = {
        key: occasions_of(BY_KEY[key].due)[0].deadline.provisional
        for key in ("team-ready", "secret-papers-back")
    }

    assert provisional == {"team-ready": False, "secret-papers-back": True}


@pytest.mark.parametrize(
    ("key", "event_on", "due"),
    [
        ("unfit-replaced", date(2026, 6, 1), date(2026, 6, 22)),
        ("leave-asked", date(2026, 10, 15), date(2026, 9, 18)),
        ("refund-and-penalty", date(2026, 9, 30), date(2026, 10, 10)),
        ("post-refilled", date(2026, 5, 6), date(2026, 5, 12)),
        ("policy-notice", date(2026, 8, 20), date(2026, 10, 8)),
        ("secret-papers-back-early", date(2026, 7, 17), date(2026, 7, 22)),
        ("newcomer-papers", date(2026, 6, 22), date(2026, 6, 18)),  # over the boats
    ],
)
def test_what_an_event_sets_off_is_due_on_its_day(key, event_on, due):
    deadline = due_after(BY_KEY[key].due, noon(event_on), CALENDAR)

    assert deadline.due_on == due


@pytest.mark.parametrize(
    ("key", "hours"), [("contact-told-b", 72), ("force-majeure-told-b", 24)]
)
def test_hours_run_by_the_clock_over_days_off(key, hours):
    began = datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING)

    deadline = due_after(BY_KEY[key].due, began, CALENDAR)

    assert deadline.ends_at == began + timedelta(hours=hours)


def test_the_other_reading_keeps_the_last_day_where_it_falls():
    asked = noon(date(2026, 6, 1))

    kept = due_after(BY_KEY["unfit-replaced"].due, asked, CALENDAR, roll=False)

    assert (kept.due_on, kept.nominal_on) == (date(2026, 6, 21), None)


def test_an_event_at_night_is_of_the_day_that_it_is_in_beijing():
    late = datetime(2026, 5, 5, 17, 0, tzinfo=UTC)  # one in the morning of the 6th

    deadline = due_after(BY_KEY["post-refilled"].due, late, CALENDAR)

    assert (deadline.start_on, deadline.due_on) == (
        date(2026, 5, 6),
        date(2026, 5, 12),
    )


@pytest.mark.parametrize("key", ["rectified", "team-ready", "secrecy"])
def test_no_event_says_when_the_rest_is_due(key):
    with pytest.raises(ValueError, match="No event"):
        due_after(BY_KEY[key].due, noon(FILE.starts_on), CALENDAR)


@pytest.mark.parametrize("unit", ["hours", "workdays"])
def test_a_moment_has_a_time_zone(unit):
    rule = DueRule(event=Event.LEFT, **{unit: 1})

    with pytest.raises(ValueError, match="time zone"):
        due_after(rule, noon(FILE.starts_on).replace(tzinfo=None), CALENDAR)


# --- Again and again --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "number", "first", "last"),
    [
        ("daily-report", 365, "2026-05-01", "2027-04-30"),
        ("weekly-report", 53, "2026年第18周", "2027年第17周"),
        ("training-monthly", 12, "2026年5月", "2027年4月"),
        ("monthly-report", 13, "2026年5月考核期", "2027年5月考核期"),
        ("improved", 12, "2026年5月考核期", "2027年4月考核期"),
        ("quarter-settled", 5, "第1季", "第5季（余期）"),
        ("annual-report", 1, "第1年", "第1年"),
    ],
)
def test_the_term_has_so_many_of_each(key, number, first, last):
    found = occasions_of(BY_KEY[key].due)

    assert (len(found), found[0].label, found[-1].label) == (number, first, last)


def test_joined_the_term_has_four_whole_quarters():
    joined = periods_of(FILE.term, first_day=19, option=PeriodOption.JOINED)

    found = occasions_of(BY_KEY["quarter-settled"].due, periods=joined)

    assert [one.label for one in found] == ["第1季", "第2季", "第3季", "第4季"]


def test_faults_are_made_good_by_the_end_of_the_next_period():
    due = due_days(BY_KEY["improved"].due)

    assert [due[0], due[-2], due[-1]] == [
        date(2026, 6, 18),
        date(2027, 4, 18),
        date(2027, 4, 30),
    ]


def test_a_report_of_the_day_is_due_at_ten_the_next_morning_on_days_off_too():
    daily = occasions_of(BY_KEY["daily-report"].due)

    assert daily[0].deadline.ends_at == datetime(2026, 5, 2, 10, tzinfo=BEIJING)
    assert all(
        later.deadline.ends_at - earlier.deadline.ends_at == timedelta(days=1)
        for earlier, later in pairwise(daily)
    )


def test_a_report_of_the_week_waits_for_the_next_working_day():
    first = occasions_of(BY_KEY["weekly-report"].due)[0]

    assert first.covers == Span(date(2026, 5, 1), date(2026, 5, 4))
    assert first.deadline.ends_at == datetime(2026, 5, 6, 17, tzinfo=BEIJING)


def test_a_month_ends_on_its_own_last_day():
    due = due_days(BY_KEY["training-monthly"].due)

    assert [day.day for day in due] == [31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31, 30]


def test_a_contract_s_year_ends_before_its_own_day_even_a_leap_day():
    years = cycles(Cycle.YEAR, Span(date(2024, 2, 29), date(2026, 9, 1)), [])

    assert [span.ends_before for _, span in years] == [
        date(2025, 3, 1),
        date(2026, 3, 1),
        date(2026, 9, 1),
    ]


def test_a_roster_comes_three_working_days_before_its_month():
    assert due_days(BY_KEY["roster"].due)[:2] == [date(2026, 4, 27), date(2026, 5, 27)]


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        (DueRule(since=Since.SIGNED, workdays=0), date(2026, 4, 21)),
        (DueRule(since=Since.START, days=0, before=True), date(2026, 5, 1)),
        (DueRule(since=Since.START, workdays=0), date(2026, 5, 1)),
        (DueRule(since=Since.END, days=60, before=True), date(2027, 3, 1)),
        (DueRule(since=Since.START, days=5, before=True), date(2026, 4, 24)),  # Sunday
        (DueRule(since=Since.EFFECTIVE, days=4), date(2026, 4, 27)),  # a Saturday
    ],
)
def test_days_are_counted_from_the_contract_s_own(rule, due):
    assert due_days(rule) == [due]


def test_counting_back_shows_where_bare_counting_stops():
    rule = BY_KEY["newcomer-papers"].due

    deadline = due_after(rule, noon(date(2026, 6, 22)), CALENDAR)

    assert deadline.nominal_on == date(2026, 6, 21)
    assert [left.day.day for left in deadline.left_out] == [19, 20, 21]
    assert {left.holiday for left in deadline.left_out} == {"端午节"}


@pytest.mark.parametrize(
    ("start", "provisional"), [(date(2026, 12, 31), False), (date(2027, 1, 4), True)]
)
def test_counting_back_to_a_day_that_may_move_is_provisional(start, provisional):
    rule = DueRule(event=Event.JOINING, days=1, before=True)

    assert due_after(rule, noon(start), CALENDAR).provisional is provisional


def test_what_waits_for_an_event_or_is_always_owed_has_no_dates():
    waiting = [
        one
        for one in FILE.obligations
        if one.mode in {Mode.ON_EVENT, Mode.STANDING} and occasions_of(one.due)
    ]

    assert waiting == []


def test_a_missing_calendar_costs_no_more_than_its_own_dates():
    found = occasions_of(BY_KEY["monthly-report"].due, calendar=ONLY_2026)

    missing = [occasion.missing for occasion in found]
    assert missing == [None] * 8 + [2027] * 5
    assert [one.deadline is None for one in found] == [bool(year) for year in missing]
    assert [one.label for one in found] == [
        one.label for one in occasions_of(BY_KEY["monthly-report"].due)
    ]


def test_natural_days_that_do_not_roll_need_no_calendar():
    rule = DueRule(every=Cycle.MONTH, days=3)

    found = occasions_of(rule, calendar=WorkCalendar(), roll=False)

    assert {occasion.missing for occasion in found} == {None}


@pytest.mark.parametrize("one", FILE.obligations, ids=lambda one: one.key)
def test_every_occasion_has_its_own_name(one):
    labels = [occasion.label for occasion in occasions_of(one.due)]

    assert len(set(labels)) == len(labels)


@given(
    every=st.sampled_from([Cycle.DAY, Cycle.WEEK, Cycle.MONTH, Cycle.YEAR]),
    starts_on=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    days=st.integers(1, 900),
)
def test_cycles_cover_the_term_and_have_their_own_names(every, starts_on, days):
    term = Span(starts_on, starts_on + timedelta(days))

    found = list(cycles(every, term, []))

    spans = [span for _, span in found]
    assert (spans[0].starts_on, spans[-1].ends_before) == (
        term.starts_on,
        term.ends_before,
    )
    assert all(a.ends_before == b.starts_on for a, b in pairwise(spans))
    assert len({label for label, _ in found}) == len(found)


# --- Every clock ------------------------------------------------------------------------------


@given(day=DAYS, count=st.integers(1, 30), before=AHEAD)
def test_a_clock_of_working_days_never_ends_on_a_day_off(day, count, before):
    rule = DueRule(event=Event.LEFT, workdays=count, before=before)

    assert CALENDAR.is_workday(due_after(rule, noon(day), CALENDAR).due_on)


@given(day=DAYS, count=st.integers(1, 30), before=AHEAD)
def test_nor_does_one_of_natural_days_that_rolls(day, count, before):
    rule = DueRule(event=Event.LEFT, days=count, before=before)

    assert CALENDAR.is_workday(due_after(rule, noon(day), CALENDAR).due_on)


@given(
    day=DAYS,
    counts=st.tuples(COUNTS, COUNTS),
    unit=st.sampled_from(["workdays", "days"]),
    before=AHEAD,
    roll=st.booleans(),
)
def test_more_days_never_end_nearer(day, counts, unit, before, roll):
    fewer, more = (
        due_after(
            DueRule(event=Event.LEFT, **{unit: count}, before=before),
            noon(day),
            CALENDAR,
            roll=roll,
        )
        for count in sorted(counts)
    )

    assert len(days_apart(fewer)) <= len(days_apart(more))


@given(
    day=DAYS,
    count=COUNTS,
    unit=st.sampled_from(["workdays", "days"]),
    before=AHEAD,
    roll=st.booleans(),
)
def test_the_days_that_are_explained_add_up(day, count, unit, before, roll):
    rule = DueRule(event=Event.LEFT, **{unit: count}, before=before)

    deadline = due_after(rule, noon(day), CALENDAR, roll=roll)

    assert explained(deadline) == days_apart(deadline)


@given(
    moment=MOMENTS,
    count=st.integers(1, 30),
    unit=st.sampled_from(["workdays", "days", "hours"]),
)
def test_a_deadline_comes_back_from_json_as_it_went(moment, count, unit):
    rule = DueRule(event=Event.LEFT, **{unit: count})
    deadline = due_after(rule, moment, CALENDAR)

    assert from_plain(json.loads(json.dumps(to_plain(deadline)))) == deadline


@pytest.mark.parametrize("one", FILE.obligations, ids=lambda one: one.key)
def test_every_occasion_of_the_contract_comes_back_from_json(one):
    for occasion in occasions_of(one.due):
        plain = json.loads(json.dumps(to_plain(occasion.deadline)))
        assert from_plain(plain) == occasion.deadline


# --- The rule as a table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "mode"),
    [
        ({}, Mode.STANDING),
        ({"since": "end", "workdays": 3}, Mode.ONCE),
        ({"since": "start", "days": 0}, Mode.ONCE),
        ({"on": date(2026, 9, 30)}, Mode.ONCE),
        ({"every": "week", "workdays": 1, "at": "17:00"}, Mode.RECURRING),
        ({"every": "month", "workdays": 3, "before": True}, Mode.RECURRING),
        ({"event": "left", "workdays": 5}, Mode.ON_EVENT),
        ({"event": "demand", "chosen_by_a": True}, Mode.ON_EVENT),
        ({"event": "callout", "hours": 1}, Mode.ON_EVENT),
    ],
)
def test_a_rule_says_itself_how_often(table, mode):
    assert faults(table) == []
    assert read(DueRule, table, "due", []).mode is mode


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"workdays": 3}, [("not_one_of", "due")]),
        ({"at": "10:00"}, [("not_one_of", "due"), ("not_one_of", "due")]),
        ({"since": "end"}, [("not_one_of", "due")]),
        ({"since": "end", "workdays": 3, "days": 3}, [("not_one_of", "due")]),
        ({"since": "end", "every": "week", "days": 3}, [("not_one_of", "due")]),
        ({"since": "end", "hours": 3}, [("clash", "due.hours")]),
        ({"every": "day", "hours": 3}, [("clash", "due.hours")]),
        ({"every": "day", "chosen_by_a": True}, [("clash", "due.chosen_by_a")]),
        ({"on": date(2026, 9, 30), "days": 3}, [("clash", "due.days")]),
        ({"on": date(2026, 9, 30), "before": True}, [("clash", "due.before")]),
        ({"event": "left", "hours": 3, "before": True}, [("clash", "due.hours")]),
        ({"event": "left", "hours": 3, "at": "10:00"}, [("clash", "due.hours")]),
        ({"event": "left", "days": -1}, [("out_of_range", "due.days")]),
        ({"event": "left", "days": True}, [("not_whole", "due.days")]),
        ({"event": "left", "days": 1, "before": 1}, [("not_a_truth", "due.before")]),
        ({"event": "left", "days": 1, "at": "24:00"}, [("bad_pattern", "due.at")]),
        ({"event": "lost", "days": 1}, [("not_a_choice", "due.event")]),
        ({"on": "2026-09-30"}, [("not_a_date", "due.on")]),
        ({"event": "left", "weeks": 1}, [("unknown", "due.weeks")]),
    ],
)
def test_a_rule_that_says_no_day_or_two_is_refused(table, found):
    assert faults(table) == found


@pytest.mark.parametrize("one", FILE.obligations, ids=lambda one: one.key)
def test_a_rule_comes_back_from_json_as_it_went(one):
    plain = json.loads(json.dumps(one.due.to_plain()))

    assert DueRule.from_plain(plain) == one.due


def test_nothing_stored_is_always_owed():
    assert DueRule.from_plain(None).mode is Mode.STANDING


def test_what_json_holds_is_checked_as_well():
    with pytest.raises(Refused, match="fortnight"):
        DueRule.from_plain({"every": "fortnight", "days": 1})


# --- The register of this contract ------------------------------------------------------------


def test_every_rule_of_the_contract_is_carried_out_by_an_obligation():
    carried_out = {rule for one in FILE.obligations for rule in one.rules}

    missing = {f"R{number:02}" for number in range(1, 65)} - carried_out

    assert missing == set()


def test_both_parties_owe_in_every_mode():
    found = {(one.owner, one.mode) for one in FILE.obligations}

    assert found == {(owner, mode) for owner in Owner for mode in Mode}


def test_every_event_sets_something_off():
    assert {one.due.event for one in FILE.obligations} - {None} == set(Event)


def test_what_both_parties_owe_on_an_event_is_owed_alike():
    alike = defaultdict(list)
    for one in FILE.obligations:
        if one.due.event:
            alike[one.due.event, one.title].append(one)

    pairs = [group for group in alike.values() if len(group) > 1]

    assert len(pairs) == 3
    assert all({one.owner for one in pair} == set(Owner) for pair in pairs)
    assert all(one.due == other.due for one, other in pairs)
