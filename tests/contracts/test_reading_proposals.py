"""An open point is read otherwise once two people of Party A have signed, and then counts."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.roles import Role
from contracts.actions import proposals as steps
from contracts.actions import readings as actions
from contracts.actions.clocks import dated
from contracts.actions.load import load
from contracts.actions.proposals import ProposalRefused
from contracts.actions.recompute import Kind, Move, RecomputeRefused, fingerprint
from contracts.models import (
    Contract,
    Due,
    DueMove,
    DueStatus,
    ProposalStatus,
    Reading,
    ReadingProposal,
    TransitionRefused,
)
from contracts.register import preview_of, register
from contracts.rules.calendar import WorkCalendar
from contracts.rules.calendar_file import parse_calendar
from contracts.rules.contract_file import parse
from contracts.rules.obligations import DueRule, due_after
from contracts.rules.readings import BY_KEY, MonthsRunning, MonthUnit
from kpi.overview import overview
from kpi.rules import Level
from tests.contracts.counting import queries
from tests.factories import (
    CHINA,
    NOON,
    PASSWORD,
    make_contract,
    make_obligation,
    make_user,
    make_verdict,
)

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")
FROM = date(2026, 6, 1)
LATER = NOON + timedelta(days=1)
REPLACED = {"event": "replacement_asked", "days": 20}


@pytest.fixture
def contract() -> Contract:
    calendars = {
        year: parse_calendar(
            (DATA / f"calendar-{year}.csv").read_text(encoding="utf-8")
        )
        for year in (2026, 2027)
    }
    return load(parse(TEXT), calendars=calendars, at=NOON).contract


@pytest.fixture
def asked(contract) -> Due:
    """A replacement asked for on 1 June 2026, due 20 days later: on the 22nd."""
    calendar = WorkCalendar(
        {date(2026, 6, day): "端午节" for day in (19, 20, 21)},
        official_years=frozenset({2026}),
    )
    on = datetime(2026, 6, 1, tzinfo=CHINA)
    return Due.objects.create(
        contract=contract,
        obligation=make_obligation(
            contract,
            clause=contract.clauses.first(),
            mode="on_event",
            due_rule=REPLACED,
        ),
        label="张三",
        **dated(due_after(DueRule.from_plain(REPLACED), on, calendar)),
    )


def propose(
    contract: Contract, key: str, value: object, **given: Any
) -> ReadingProposal:
    defaults: dict[str, Any] = {
        "holds_from": FROM,
        "reason": "双方商定",
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.propose(contract, point=BY_KEY[key], value=value, **defaults | given)


def adopt(proposal: ReadingProposal, **given: Any) -> list[Move]:
    defaults: dict[str, Any] = {
        "seen": fingerprint(actions.preview(proposal)),
        "note": "",
        "by": make_user(),
        "at": LATER,
    }
    return actions.adopt(proposal, **defaults | given)


# --- Switching a reading changes the result -------------------------------------------------


def test_without_rolling_a_replacement_is_due_on_the_21st(contract, asked):
    assert asked.due_on == date(2026, 6, 22)

    adopt(propose(contract, "day_off_rule", "keep"))

    asked.refresh_from_db()
    assert asked.due_on == date(2026, 6, 21)
    assert DueMove.objects.get(due=asked).was_on == date(2026, 6, 22)


def test_joined_the_term_has_twelve_periods_and_four_quarters(contract):
    assert contract.periods.count() == 13

    adopt(propose(contract, "period_option", "b"))

    assert [one.quarter for one in contract.periods.all()] == [1] * 3 + [2] * 3 + [
        3
    ] * 3 + [4] * 3


def test_counted_by_two_the_watch_is_reached(contract):
    adopt(
        propose(contract, "months_running", {"unit": "assessment_period", "count": 2})
    )

    for period in contract.periods.filter(number__in=(1, 2)):
        make_verdict(period, fulfilled=False, clause=contract.clauses.first())

    assert overview(contract, at=NOON).watch.level is Level.REACHED


def test_before_its_day_the_former_reading_holds(contract):
    proposal = propose(
        contract, "months_running", {"unit": "natural_month", "count": 3}
    )
    adopt(proposal)

    readings = Reading.objects.of(contract)

    assert readings.in_force(date(2026, 5, 31)).months_running == MonthsRunning()
    assert readings.in_force(FROM).months_running == MonthsRunning(
        unit=MonthUnit.NATURAL_MONTH
    )


# --- The preview is what happens -----------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"), [("day_off_rule", "keep"), ("period_option", "b")]
)
def test_what_is_shown_is_what_becomes_of_the_dues(contract, asked, key, value):
    proposal = propose(contract, key, value)
    shown = {
        (one.kind, one.due.obligation_id, one.due.label, one.became_on)
        for one in preview_of(proposal).moves
    }

    done = adopt(proposal)

    assert shown
    assert {
        (one.kind, one.due.obligation_id, one.due.label, one.became_on) for one in done
    } == shown


def test_what_goes_with_a_period_comes_back_with_it(contract):
    first = contract.periods.get(number=1).label
    gone = Due.objects.of(contract).filter(label=f"{first}考核期")
    owed = gone.owed().count()
    assert owed

    adopt(propose(contract, "period_option", "b"))
    dropped = gone.filter(status=DueStatus.DROPPED).count()
    back = propose(contract, "period_option", "a", holds_from=date(2026, 6, 2))
    done = adopt(back)

    assert dropped == owed
    assert gone.owed().count() == owed
    assert Kind.REOPENED in {one.kind for one in done}
    assert contract.periods.count() == 13


def test_what_party_a_dropped_stays_dropped_when_a_period_comes_back(contract):
    first = contract.periods.get(number=1).label
    due = Due.objects.of(contract).filter(label=f"{first}考核期").first()
    due.move(DueStatus.DROPPED, by=make_user(), at=NOON, note="不再要求")

    adopt(propose(contract, "period_option", "b"))
    adopt(propose(contract, "period_option", "a", holds_from=date(2026, 6, 2)))

    due.refresh_from_db()
    assert due.status == DueStatus.DROPPED


def test_what_is_delivered_for_a_period_stays(contract):
    first = contract.periods.get(number=1).label
    due = Due.objects.of(contract).filter(label=f"{first}考核期").first()
    due.deliver(by=make_user(), at=NOON)

    adopt(propose(contract, "period_option", "b"))

    due.refresh_from_db()
    assert due.status == DueStatus.DELIVERED


def test_it_is_not_signed_where_something_else_would_happen(contract, asked):
    proposal = propose(contract, "day_off_rule", "keep")
    seen = fingerprint(actions.preview(proposal))
    asked.deliver(by=make_user(), at=NOON)

    with pytest.raises(RecomputeRefused):
        adopt(proposal, seen=seen)

    proposal.refresh_from_db()
    assert proposal.status == ProposalStatus.PROPOSED
    assert not Reading.objects.filter(adopted_on=FROM).exists()


def test_another_contract_is_left_alone(contract):
    other = load(
        parse(TEXT.replace('"yongdinglu-2026"', '"another-2026"', 1)), at=NOON
    ).contract
    before = set(other.dues.values_list("pk", "due_on", "status"))

    adopt(propose(contract, "period_option", "b"))

    assert set(other.dues.values_list("pk", "due_on", "status")) == before
    assert other.periods.count() == 13
    assert other.readings.count() == 15


# --- Two people ---------------------------------------------------------------------------


def test_a_reading_names_who_signed_it_and_the_proposal(contract):
    leader = make_user()
    proposal = propose(contract, "carry", "claim")

    adopt(proposal, by=leader, note="同意")

    reading = Reading.objects.get(key="carry", adopted_on=FROM)
    proposal.refresh_from_db()
    assert (reading.adopted_by, reading.value) == (leader, "claim")
    assert proposal.reading == reading
    assert (proposal.status, proposal.decided_note) == (ProposalStatus.ADOPTED, "同意")


@pytest.mark.parametrize("step", [adopt, steps.refuse])
def test_nobody_decides_on_their_own_proposal(contract, step):
    by = make_user()
    proposal = propose(contract, "carry", "claim", by=by)

    with pytest.raises(ProposalRefused):
        step(proposal, note="", by=by, at=LATER)

    assert contract.readings.count() == 15


def test_the_database_sees_to_the_second_pair_of_eyes(contract):
    proposal = propose(contract, "carry", "claim")

    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        ReadingProposal.objects.filter(pk=proposal.pk).update(
            status=ProposalStatus.ADOPTED,
            decided_by=proposal.proposed_by,
            decided_at=NOON,
        )


def test_whoever_proposed_it_can_take_it_back(contract):
    by = make_user()
    proposal = propose(contract, "carry", "claim", by=by)

    steps.withdraw(proposal, note="", by=by, at=LATER)

    with pytest.raises(ProposalRefused):
        adopt(proposal)
    with pytest.raises(TransitionRefused):
        steps.refuse(proposal, note="", by=make_user(), at=LATER)


def test_a_refused_proposal_changes_nothing(contract):
    proposal = propose(contract, "period_option", "b")

    steps.refuse(proposal, note="不改", by=make_user(), at=LATER)

    assert contract.periods.count() == 13
    assert contract.readings.count() == 15


# --- What is not proposed ---------------------------------------------------------------------


def refusal(contract: Contract, key: str, value: object, **given) -> ProposalRefused:
    with pytest.raises(ProposalRefused) as caught:
        propose(contract, key, value, **given)
    assert BY_KEY[key].clause in str(caught.value)
    return caught.value


def test_a_point_with_one_way_to_read_it_is_not_proposed(contract):
    refusal(contract, "unpublished_year", "provisional")


def test_what_is_read_so_already_is_not_proposed(contract):
    score = {
        "contacted": "0.1",
        "solved": "0.5",
        "satisfied": "0.4",
        "partly_satisfied": "0.90",
    }
    refusal(contract, "score", score)


@pytest.mark.parametrize(
    "holds_from", [date(2026, 4, 20), date(2026, 4, 21), date(2027, 5, 1)]
)
def test_its_day_lies_in_the_contract_and_after_the_reading_that_stands(
    contract, holds_from
):
    assert refusal(contract, "carry", "claim", holds_from=holds_from).field == (
        "holds_from"
    )


def test_what_is_closed_is_not_read_otherwise(contract):
    contract.periods.filter(number=1).update(closed_at=NOON)

    refused = refusal(contract, "carry", "claim", holds_from=date(2026, 5, 18))

    assert refused.field == "holds_from"
    assert propose(contract, "carry", "claim", holds_from=date(2026, 5, 19))


def test_once_a_period_is_closed_the_term_is_not_cut_again(contract):
    contract.periods.filter(number=1).update(closed_at=NOON)

    refusal(contract, "period_option", "b")


def test_the_term_is_not_cut_again_under_a_verdict(contract):
    proposal = propose(contract, "period_option", "b")
    make_verdict(
        contract.periods.get(number=1), fulfilled=False, clause=contract.clauses.first()
    )

    with pytest.raises(ProposalRefused):
        adopt(proposal)

    assert contract.periods.count() == 13
    assert contract.readings.count() == 15


def test_of_a_point_one_proposal_waits_at_a_time(contract):
    propose(contract, "carry", "claim")

    refusal(contract, "carry", "claim")


def test_the_same_form_sent_twice_is_one_proposal(contract):
    token, by = uuid4(), make_user()

    made = {
        propose(contract, "carry", "claim", token=token, by=by).pk for _ in range(2)
    }

    assert len(made) == 1


# --- The pages ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


def url(contract: Contract, name: str, *args: object) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


@pytest.mark.parametrize(
    ("number", "form", "value"),
    [
        (4, {"value": "keep"}, "keep"),
        (
            10,
            {"part_unit": "natural_month", "part_count": "2"},
            {"unit": "natural_month", "count": 2},
        ),
        (
            2,
            {
                "part_contacted": "0.2",
                "part_solved": "0.4",
                "part_satisfied": "0.4",
                "part_partly_satisfied": "0.8",
            },
            {
                "contacted": "0.2",
                "solved": "0.4",
                "satisfied": "0.4",
                "partly_satisfied": "0.8",
            },
        ),
        (
            11,
            {
                "part_sign_minutes": "20",
                "part_urgent_sign_minutes": "10",
                "part_contact_minutes": "120",
                "part_urgent_contact_minutes": "30",
                "part_buffer_hours": "12",
                "part_warn_at": "0.5，0.9",
                "part_urge_at": "0.5，0.75，0.9",
                "part_acknowledge_minutes": "10",
                "part_climb_minutes": "10，20，30",
                "part_returns_by_party_a": "on",
            },
            {
                "sign_minutes": 20,
                "urgent_sign_minutes": 10,
                "contact_minutes": 120,
                "urgent_contact_minutes": 30,
                "buffer_hours": 12,
                "warn_at": ["0.5", "0.9"],
                "urge_at": ["0.5", "0.75", "0.9"],
                "acknowledge_minutes": 10,
                "climb_minutes": ["10", "20", "30"],
                "returns_by_party_a": True,
            },
        ),
    ],
)
def test_a_supervisor_proposes_on_the_page_of_the_point(
    client, contract, number, form, value
):
    client.force_login(make_user(contract, Role.SUPERVISOR))
    given = {"holds_from": "2026-06-01", "reason": "双方商定", "token": str(uuid4())}

    for _ in range(2):
        answer = client.post(url(contract, "reading-propose", number), given | form)

    proposal = ReadingProposal.objects.get()
    assert answer.url == url(contract, "reading-proposal", proposal.pk)
    assert proposal.value == value


@pytest.mark.parametrize(
    ("number", "form", "faulty"),
    [
        (4, {"value": "nonsense"}, "value"),
        (4, {"value": "next_workday"}, "__all__"),
        (10, {"part_unit": "natural_month", "part_count": "13"}, "part_count"),
        (
            2,
            {
                "part_contacted": "0.2",
                "part_solved": "0.5",
                "part_satisfied": "0.4",
                "part_partly_satisfied": "0.9",
            },
            "__all__",
        ),
    ],
)
def test_a_value_that_is_none_of_the_points_is_refused_at_its_field(
    client, contract, number, form, faulty
):
    client.force_login(make_user(contract, Role.SUPERVISOR))
    given = {"holds_from": "2026-06-01", "reason": "双方商定", "token": str(uuid4())}

    answer = client.post(url(contract, "reading-propose", number), given | form)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [faulty]
    assert not ReadingProposal.objects.exists()


def test_a_day_that_is_too_early_is_refused_at_its_field(client, contract):
    client.force_login(make_user(contract, Role.SUPERVISOR))
    given = {"holds_from": "2026-04-01", "reason": "x", "token": str(uuid4())}

    answer = client.post(url(contract, "reading-propose", 4), given | {"value": "keep"})

    assert list(answer.context["form"].errors) == ["holds_from"]


def test_a_point_with_one_way_to_read_it_has_no_page(client, contract):
    client.force_login(make_user(contract, Role.SUPERVISOR))

    assert client.get(url(contract, "reading-propose", 12)).status_code == 404


def test_the_leader_looks_at_it_and_signs(client, contract, asked):
    proposal = propose(contract, "day_off_rule", "keep")
    client.force_login(make_user(contract, Role.LEADER, demo=True))
    page = client.get(url(contract, "reading-proposal", proposal.pk))
    adopting = page.context["steps"][0].form
    form = {"seen": adopting["seen"].value(), "note": "", "proof": PASSWORD}

    answer = client.post(url(contract, "reading-adopt", proposal.pk), form)

    asked.refresh_from_db()
    assert answer.status_code == 302
    assert asked.due_on == date(2026, 6, 21)
    after = client.get(answer.url)
    assert asked.pk in {one.due_id for one in after.context["moved"]}
    assert "2026-06-21" in after.text


def test_signing_what_was_not_seen_is_refused_in_words(client, contract, asked):
    proposal = propose(contract, "day_off_rule", "keep")
    client.force_login(make_user(contract, Role.LEADER, demo=True))

    answer = client.post(
        url(contract, "reading-adopt", proposal.pk), {"seen": "x", "proof": PASSWORD}
    )

    assert answer.status_code == 422
    assert "has changed since you opened this page" in answer.text


def test_the_preview_of_a_cut_shows_both(client, contract):
    proposal = propose(contract, "period_option", "b")
    client.force_login(make_user(contract, Role.SUPERVISOR))

    page = client.get(url(contract, "reading-proposal", proposal.pk))

    assert [cut.periods for cut in page.context["preview"].cuts] == [13, 12]


@pytest.mark.parametrize(
    ("role", "seen"), [(Role.SUPERVISOR, 200), (Role.MANAGER, 404)]
)
def test_what_party_a_thinks_about_is_not_shown_to_party_b(
    client, contract, role, seen
):
    proposal = propose(contract, "carry", "claim")
    client.force_login(make_user(contract, role))

    answer = client.get(url(contract, "reading-proposal", proposal.pk))

    assert answer.status_code == seen
    listed = client.get(url(contract, "readings"))
    waiting = [one for one in listed.context["sheets"] if one.waiting]
    assert len(waiting) == (seen == 200)


def test_another_contracts_proposal_is_not_found_under_ones_own(client, contract):
    proposal = propose(contract, "carry", "claim")
    other = make_contract()
    client.force_login(make_user(other, Role.LEADER, demo=True))

    assert client.get(url(other, "reading-proposal", proposal.pk)).status_code == 404
    assert client.post(url(other, "reading-adopt", proposal.pk)).status_code == 404


def test_the_register_tells_now_before_and_after(contract):
    adopt(propose(contract, "carry", "claim"))
    adopt(propose(contract, "carry", "next_stage", holds_from=date(2026, 8, 1)))

    (sheet,) = [
        one
        for one in register(contract, Role.MANAGER, at=LATER)
        if one.point.key == "carry"
    ]

    assert sheet.now.reading.adopted_on == FROM
    assert [one.reading.adopted_on for one in sheet.coming] == [date(2026, 8, 1)]
    assert [one.reading.adopted_on for one in sheet.former] == [date(2026, 4, 21)]
    assert not sheet.by_default


def test_the_register_costs_no_more_for_three_proposals_than_for_one(client, contract):
    client.force_login(make_user(contract, Role.SUPERVISOR))
    propose(contract, "carry", "claim")
    client.get(url(contract, "readings"))

    one = queries(client, url(contract, "readings"))
    propose(contract, "no_breach", "strict")
    propose(contract, "daily_cut", "midnight")

    assert queries(client, url(contract, "readings")) == one
