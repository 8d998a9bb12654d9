"""Dues are counted anew only when somebody does it, and only those that are owed."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from accounts.roles import Role
from contracts.actions.calendar import replace_year
from contracts.actions.clocks import dated
from contracts.actions.load import load
from contracts.actions.recompute import (
    Kind,
    RecomputeRefused,
    fingerprint,
    moves,
    recompute,
)
from contracts.models import AuditEntry, Contract, Due, DueMove, DueStatus, Reading
from contracts.rules.calendar import WorkCalendar
from contracts.rules.calendar_file import CalendarFile, parse_calendar
from contracts.rules.contract_file import parse
from contracts.rules.obligations import DueRule, due_after
from tests.factories import (
    CHINA,
    NOON,
    make_contract,
    make_obligation,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
HEAD = "day,is_workday,name,kind\n"
#: As the notice might have it: the May holiday to the 5th, and the 8th worked in lieu.
OFFICIAL_2027 = HEAD + "".join(
    f"2027-05-0{day},{worked},劳动节,official\n"
    for day, worked in ((1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (8, 1))
)
LATER = NOON + timedelta(days=1)
BY_TWENTY_DAYS = {"event": "replacement_asked", "days": 20}


def years() -> dict[int, CalendarFile]:
    return {
        year: parse_calendar(
            (DATA / f"calendar-{year}.csv").read_text(encoding="utf-8")
        )
        for year in (2026, 2027)
    }


def bring_official_2027() -> None:
    replace_year(parse_calendar(OFFICIAL_2027), source="notice", at=LATER)


@pytest.fixture
def contract() -> Contract:
    """The contract of the demo file, with its calendars and all that falls due."""
    return load(parse(TEXT), calendars=years(), at=NOON).contract


def keep_days_off(contract: Contract, since: date) -> Reading:
    return Reading(
        contract=contract, key="day_off_rule", value="keep", adopted_on=since
    )


def asked_on(contract: Contract, day: date) -> Due:
    """Make the due of a replacement that was asked for on a day."""
    rule = DueRule.from_plain(BY_TWENTY_DAYS)
    at = datetime.combine(day, datetime.min.time(), tzinfo=CHINA)
    calendar = WorkCalendar(
        {date(2026, 6, day): "端午节" for day in (19, 20, 21)},
        official_years=frozenset({2026}),
    )
    obligation = make_obligation(
        contract,
        clause=contract.clauses.first(),
        mode="on_event",
        due_rule=BY_TWENTY_DAYS,
    )
    return Due.objects.create(
        contract=contract,
        obligation=obligation,
        label=str(day),
        **dated(due_after(rule, at, calendar)),
    )


def days_of(contract: Contract) -> dict[int, date | None]:
    return dict(Due.objects.of(contract).values_list("pk", "due_on"))


def delivered(due: Due) -> Due:
    due.deliver(by=make_user(), at=NOON)
    return due


# --- By the calendar ----------------------------------------------------------------------


def test_nothing_would_move_as_long_as_nothing_has_changed(contract):
    assert contract.dues.count() > 600
    assert moves(contract) == []


def test_the_official_year_moves_what_is_handed_over_at_the_end(contract):
    confidential = Due.objects.get(
        contract=contract, obligation__key="secret-papers-back"
    )
    assert confidential.due_on == date(2027, 5, 7)
    bring_official_2027()
    confidential.refresh_from_db()
    assert confidential.due_on == date(2027, 5, 7)  # nothing moves by itself

    recompute(contract, by=make_user(), at=LATER, reason="2027")

    confidential.refresh_from_db()
    assert (confidential.due_on, confidential.provisional) == (date(2027, 5, 8), False)
    assert confidential.deadline.counted[-1] == date(2027, 5, 8)


def test_the_preview_is_what_happens_then(contract):
    by, before = make_user(), days_of(contract)
    bring_official_2027()
    preview = {
        one.due.pk: one.became_on for one in moves(contract) if one.kind is Kind.MOVED
    }

    recompute(contract, by=by, at=LATER, reason="2027")

    after = days_of(contract)
    assert {pk: day for pk, day in after.items() if day != before[pk]} == preview
    assert preview


def test_once_more_it_moves_nothing(contract):
    bring_official_2027()
    recompute(contract, by=make_user(), at=LATER, reason="2027")
    recorded = DueMove.objects.count(), AuditEntry.objects.count()

    assert recompute(contract, by=make_user(), at=LATER, reason="again") == []

    assert (DueMove.objects.count(), AuditEntry.objects.count()) == recorded


def test_each_move_is_on_record_and_the_recompute_once(contract):
    by = make_user()
    bring_official_2027()

    done = recompute(contract, by=by, at=LATER, reason="2027 notice")

    moved = [one for one in done if one.kind is Kind.MOVED]
    rows = DueMove.objects.values_list("due", "was_on", "became_on", "reason", "by")
    assert set(rows) == {
        (one.due.pk, one.was_on, one.became_on, "2027 notice", by.pk) for one in moved
    }
    (entry,) = AuditEntry.objects.about(contract).filter(became="recomputed")
    assert f"moved={len(moved)}" in entry.note
    assert entry.note.endswith("2027 notice")


def test_a_day_that_stays_is_provisional_no_more(contract):
    due = Due.objects.of(contract).filter(provisional=True, due_on__year=2027).first()
    assert due is not None
    replace_year(
        CalendarFile(2027, provisional=False, days=years()[2027].days),
        source="as foreseen",
        at=LATER,
    )

    done = recompute(contract, by=make_user(), at=LATER, reason="2027")

    due.refresh_from_db()
    assert not due.provisional
    assert {one.kind for one in done} == {Kind.RESTATED}
    assert not DueMove.objects.exists()


def test_what_is_delivered_stays(contract):
    due = Due.objects.get(contract=contract, obligation__key="secret-papers-back")
    delivered(due)
    bring_official_2027()

    recompute(contract, by=make_user(), at=LATER, reason="2027")

    due.refresh_from_db()
    assert due.due_on == date(2027, 5, 7)


def test_what_was_returned_moves_as_it_is_owed_again(contract):
    due = Due.objects.get(contract=contract, obligation__key="secret-papers-back")
    delivered(due).move(
        DueStatus.RETURNED,
        by=make_user(),
        at=NOON,
        decided_at=NOON,
        decided_by=make_user(),
    )
    bring_official_2027()

    recompute(contract, by=make_user(), at=LATER, reason="2027")

    due.refresh_from_db()
    assert due.due_on == date(2027, 5, 8)


def test_another_contract_is_left_alone(contract):
    text = TEXT.replace('"yongdinglu-2026"', '"another-2026"', 1)
    other = load(parse(text), at=NOON).contract
    before = days_of(other)
    bring_official_2027()

    recompute(contract, by=make_user(), at=LATER, reason="2027")

    assert days_of(other) == before
    assert moves(other)


def test_what_had_no_calendar_gets_its_day():
    contract = make_contract()
    make_year(2026)
    due = Due.objects.create(
        contract=contract,
        obligation=make_obligation(
            contract, mode="once", due_rule={"since": "end", "workdays": 3}
        ),
        label="",
        **dated(None, 2027),
    )
    assert moves(contract) == []
    make_year(2027)

    recompute(contract, by=make_user(), at=NOON, reason="2027")

    due.refresh_from_db()
    assert (due.due_on, due.missing_year) == (date(2027, 5, 5), None)


# --- By the reading -----------------------------------------------------------------------


def test_read_without_rolling_a_replacement_is_due_a_day_earlier(contract):
    due = asked_on(contract, date(2026, 6, 1))
    assert due.due_on == date(2026, 6, 22)
    readings = [
        *contract.readings.all(),
        keep_days_off(contract, date(2026, 6, 1)),
    ]

    found = {one.due.pk: one for one in moves(contract, readings=readings)}

    assert found[due.pk].became_on == date(2026, 6, 21)


def test_what_was_asked_before_the_day_stays_as_it_was_read(contract):
    due = asked_on(contract, date(2026, 6, 1))
    readings = [
        *contract.readings.all(),
        keep_days_off(contract, date(2026, 6, 2)),
    ]

    found = {one.due.pk for one in moves(contract, readings=readings)}

    assert due.pk not in found


def test_what_runs_by_the_clock_or_was_chosen_never_moves(contract):
    for rule in (
        {"event": "callout", "hours": 24},
        {"event": "task_given", "chosen_by_a": True},
    ):
        due = asked_on(contract, date(2026, 6, 1))
        due.obligation.due_rule = rule
        due.obligation.save()
    readings = [
        *contract.readings.all(),
        keep_days_off(contract, date(2026, 6, 1)),
    ]

    found = moves(contract, readings=readings)

    assert [one for one in found if one.due.obligation.mode == "on_event"] == []


# --- What was looked at -------------------------------------------------------------------


def test_it_is_not_done_where_something_else_would_happen_than_was_seen(contract):
    seen = fingerprint(moves(contract))
    bring_official_2027()

    with pytest.raises(RecomputeRefused):
        recompute(contract, by=make_user(), at=LATER, reason="2027", seen=seen)

    assert not DueMove.objects.exists()


# --- The page -----------------------------------------------------------------------------


@pytest.fixture
def leader(client, contract, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    user = make_user(contract, Role.LEADER, demo=True)
    client.force_login(user)
    return user


def test_the_page_shows_what_would_move_and_does_it(client, leader, contract):
    bring_official_2027()
    url = f"/contracts/{contract.number}/calendar/recompute/"
    page = client.get(url)
    seen = page.context["form"]["seen"].value()

    answer = client.post(
        url, {"seen": seen, "reason": "2027", "proof": "A-fine-password-7"}
    )

    assert len(page.context["moves"]) > 0
    assert answer.status_code == 302
    assert client.get(url).context["moves"] == []


def test_the_page_refuses_what_was_not_seen(client, leader, contract):
    bring_official_2027()
    url = f"/contracts/{contract.number}/calendar/recompute/"

    answer = client.post(
        url, {"seen": "another", "reason": "2027", "proof": "A-fine-password-7"}
    )

    assert answer.status_code == 422
    assert "has changed since you opened this page" in answer.text
    assert not DueMove.objects.exists()
