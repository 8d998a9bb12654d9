"""A termination from draft to end: its steps, its refusals, and what happens twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from billing import actions
from billing.actions import TerminationRefused
from billing.rules import GROUNDS, Route
from contracts.models import (
    AuditEntry,
    Contract,
    DueStatus,
    Mode,
    NoticeKind,
    NoticeStatus,
    Obligation,
    Side,
    Termination,
    TerminationStatus,
    TransitionRefused,
)
from tests.billing.makers import (
    DAY,
    THIRTY_ON,
    approve,
    ground,
    make_notice,
    make_proposed,
    make_terminable,
    terms,
)
from tests.factories import (
    CHINA,
    NOON,
    make_clause,
    make_contract,
    make_document,
    make_extra,
    make_period,
    make_termination,
    make_user,
    make_verdict,
)

pytestmark = pytest.mark.django_db

LAST_DAY = datetime(2026, 7, 31, 9, tzinfo=CHINA)


@pytest.fixture
def contract() -> Contract:
    return make_terminable()


def test_a_termination_goes_from_draft_to_its_end_and_the_contract_stays(contract):
    termination = make_proposed(contract)
    before = Contract.objects.filter(pk=contract.pk).values().get()

    approve(termination)
    notice = make_notice(contract)
    actions.notify(termination, notice=notice, by=make_user(), at=NOON)
    actions.carry_out(termination, note="已结清", by=make_user(), at=LAST_DAY)

    termination.refresh_from_db()
    assert termination.status == TerminationStatus.CARRIED_OUT
    assert termination.notice == notice
    assert Contract.objects.filter(pk=contract.pk).values().get() == before
    steps = AuditEntry.objects.about(termination).order_by("pk")
    assert [step.became for step in steps] == [
        "proposed",
        "approved",
        "notified",
        "carried_out",
    ]


def test_the_figures_are_frozen_as_approved(contract):
    termination = make_proposed(contract)

    approve(termination)

    assert termination.figures["on"] == "2026-06-01"
    assert termination.figures["balance"] == "577127.18"
    assert [line["formula"] for line in termination.figures["lines"]] == [
        "2,327,640.00 × 92 ÷ 365",
        "1,163,820.00",
    ]
    Termination.objects.update(paid=0)
    termination.refresh_from_db()
    assert actions.reckoning_of(termination).balance == Decimal("577127.18")


def test_before_the_approval_the_figures_are_computed_anew(contract):
    termination = make_proposed(contract)
    termination.paid = Decimal(0)

    assert actions.reckoning_of(termination).balance == Decimal("586692.82")


@pytest.mark.parametrize("before", ["drafted_by", "proposed_by"])
def test_nobody_approves_what_they_drafted_or_proposed(contract, before):
    termination = make_proposed(contract)

    with pytest.raises(TerminationRefused, match="cannot approve it"):
        approve(termination, by=getattr(termination, before))

    termination.refresh_from_db()
    assert termination.status == TerminationStatus.PROPOSED


@pytest.mark.parametrize("before", ["drafted_by", "proposed_by"])
def test_the_database_has_four_eyes_too(contract, before):
    termination = make_proposed(contract)
    approve(termination)

    with (
        pytest.raises(IntegrityError, match="termination_has_four_eyes"),
        transaction.atomic(),
    ):
        Termination.objects.filter(pk=termination.pk).update(approved_by=F(before))


def test_the_database_keeps_an_approval_with_its_figures(contract):
    termination = make_proposed(contract)
    approve(termination)

    with (
        pytest.raises(IntegrityError, match="approved_with_its_figures"),
        transaction.atomic(),
    ):
        Termination.objects.filter(pk=termination.pk).update(approved_by=None)


def test_what_was_proposed_anew_is_not_approved_unread(contract):
    termination = make_proposed(contract)
    seen = termination.proposed_at.isoformat()
    actions.send_back(termination, note="金额不对", by=make_user(), at=NOON)
    termination.refresh_from_db()
    actions.propose(termination, note="", by=make_user(), at=NOON + DAY)

    with pytest.raises(TerminationRefused, match="proposed anew"):
        approve(termination, seen=seen)


def test_one_termination_of_a_contract_is_decided_at_a_time(contract):
    first, second = make_proposed(contract), make_proposed(contract)
    approve(first)

    with pytest.raises(TerminationRefused, match="Another termination"):
        approve(second)

    actions.withdraw(first, note="改期", by=make_user(), at=NOON)
    approve(second)
    assert second.status == TerminationStatus.APPROVED


def test_a_draft_that_is_sent_back_can_be_changed_and_a_proposal_cannot(contract):
    termination = make_proposed(contract)
    given = terms(contract, ends_on=date(2026, 8, 31))
    for name in ("token", "by", "at"):
        del given[name]

    with pytest.raises(TerminationRefused, match="Send it back first"):
        actions.revise(termination, **given)
    actions.send_back(termination, note="日期再议", by=make_user(), at=NOON)
    actions.revise(termination, **given)

    termination.refresh_from_db()
    assert (termination.ends_on, termination.proposed_by) == (date(2026, 8, 31), None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ends_on": date(2026, 4, 30)}, "outside the term"),
        ({"paid": 2_327_641}, "more than the contract's price"),
        ({"agreed": 1}, "Only an agreement"),
    ],
)
def test_terms_that_cannot_be_are_refused_with_the_clause(contract, given, words):
    with pytest.raises(TerminationRefused, match=words):
        actions.draft(contract, **terms(contract, **given))

    assert not Termination.objects.exists()


def test_a_ground_of_another_route_is_refused(contract):
    other = ground(contract, Route.THREE_MONTHS)

    with pytest.raises(TerminationRefused, match="for this route"):
        actions.draft(contract, **terms(contract, clause=other))


def test_a_ground_of_another_contract_is_refused(contract):
    theirs = make_contract()
    clause = make_termination(theirs).clause

    with pytest.raises(TerminationRefused, match="another contract"):
        actions.draft(contract, **terms(contract, clause=clause))


@pytest.mark.parametrize(
    "route", [Route.AGREEMENT, Route.IMMEDIATE, Route.CALLOUT_REFUSED]
)
def test_what_needs_a_paper_is_not_proposed_without_it(contract, route):
    made = actions.draft(contract, **terms(contract, route, evidence=None))

    with pytest.raises(TerminationRefused, match="needs a paper"):
        actions.propose(made, note="", by=make_user(), at=NOON)


@pytest.mark.parametrize(("failed", "proposed"), [(0, False), (2, False), (3, True)])
def test_months_running_are_proposed_once_the_verdicts_show_them(
    contract, failed, proposed
):
    made = actions.draft(contract, **terms(contract, Route.THREE_MONTHS))
    for number in range(failed):
        starts_on = date(2026, 5, 1) + number * 30 * DAY
        period = make_period(
            contract,
            number=number + 1,
            starts_on=starts_on,
            ends_before=starts_on + 30 * DAY,
        )
        make_verdict(period, fulfilled=False)

    if proposed:
        actions.propose(made, note="", by=make_user(), at=NOON)
    else:
        with pytest.raises(TerminationRefused, match=f"show {failed} months"):
            actions.propose(made, note="", by=make_user(), at=NOON)

    made.refresh_from_db()
    assert (made.status == TerminationStatus.PROPOSED) == proposed


@pytest.fixture
def approved(contract) -> Termination:
    termination = make_proposed(contract)
    approve(termination)
    return termination


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"side": Side.B}, "not Party A's notice"),
        ({"kind": NoticeKind.GENERAL}, "not Party A's notice"),
        ({"status": NoticeStatus.ISSUED, "served_on": None}, "not served yet"),
        ({"served_on": date(2026, 5, 31)}, "before the approval"),
    ],
)
def test_only_a_served_notice_of_termination_tells_party_b(
    contract, approved, given, words
):
    notice = make_notice(contract, **given)

    with pytest.raises(TerminationRefused, match=words):
        actions.notify(approved, notice=notice, by=make_user(), at=NOON)


def test_a_notice_of_another_contract_tells_nobody(approved):
    other = make_notice(make_termination(make_contract()).contract)

    with pytest.raises(TerminationRefused, match="not Party A's notice"):
        actions.notify(approved, notice=other, by=make_user(), at=NOON)


@pytest.mark.parametrize(
    ("ends_on", "in_time"), [(THIRTY_ON, True), (THIRTY_ON - DAY, False)]
)
def test_policy_ends_no_earlier_than_thirty_working_days_after_the_notice(
    contract, ends_on, in_time
):
    termination = make_proposed(contract, ends_on=ends_on)
    approve(termination)
    notice = make_notice(contract)

    if in_time:
        actions.notify(termination, notice=notice, by=make_user(), at=NOON)
    else:
        with pytest.raises(TerminationRefused, match="2026-07-14"):
            actions.notify(termination, notice=notice, by=make_user(), at=NOON)


def test_a_breach_may_end_before_its_notice_is_thirty_days_old(contract):
    termination = make_proposed(contract, Route.IMMEDIATE, ends_on=date(2026, 6, 2))
    approve(termination)

    actions.notify(termination, notice=make_notice(contract), by=make_user(), at=NOON)

    termination.refresh_from_db()
    assert termination.status == TerminationStatus.NOTIFIED


def test_nothing_is_carried_out_before_the_last_day(contract, approved):
    actions.notify(approved, notice=make_notice(contract), by=make_user(), at=NOON)

    with pytest.raises(TerminationRefused, match="has not come yet"):
        actions.carry_out(
            approved, note="", by=make_user(), at=LAST_DAY - timedelta(hours=10)
        )


def test_nothing_is_carried_out_that_party_b_was_not_told_of(approved):
    with pytest.raises(TransitionRefused):
        actions.carry_out(approved, note="", by=make_user(), at=LAST_DAY)


@pytest.mark.parametrize("steps", range(4))
def test_it_can_be_withdrawn_at_any_time_before(contract, steps):
    termination = actions.draft(contract, **terms(contract))
    if steps > 0:
        actions.propose(termination, note="", by=make_user(), at=NOON)
    if steps > 1:
        approve(termination)
    if steps > 2:
        notice = make_notice(contract)
        actions.notify(termination, notice=notice, by=make_user(), at=NOON)

    actions.withdraw(termination, note="形势变化", by=make_user(), at=NOON)

    termination.refresh_from_db()
    assert termination.status == TerminationStatus.WITHDRAWN


def test_what_is_carried_out_is_not_withdrawn(contract, approved):
    actions.notify(approved, notice=make_notice(contract), by=make_user(), at=NOON)
    actions.carry_out(approved, note="", by=make_user(), at=LAST_DAY)

    with pytest.raises(TransitionRefused):
        actions.withdraw(approved, note="迟了", by=make_user(), at=LAST_DAY)


def test_the_same_form_sent_twice_is_one_draft(contract):
    given = terms(contract)

    made = actions.draft(contract, **given)

    assert actions.draft(contract, **given) == made
    assert Termination.objects.count() == 1


def test_a_form_of_another_contract_makes_and_gives_back_nothing(contract):
    theirs = actions.draft(contract, **terms(contract))
    ours = make_contract()
    make_clause(ours, ref=GROUNDS[Route.POLICY][0])

    with pytest.raises(TerminationRefused, match="used for another contract"):
        actions.draft(ours, **terms(ours, token=theirs.token))

    assert Termination.objects.get() == theirs


def test_extras_are_part_of_what_is_reckoned(contract):
    make_extra(contract, 20_000, consent=make_document(contract))
    make_extra(contract, 7_000)
    expiry = {"ends_on": date(2027, 4, 30), "paid": Decimal(2_347_640)}

    made = actions.draft(contract, **terms(contract, Route.EXPIRY, **expiry))

    assert actions.reckoning_of(made).lines[0].amount == Decimal("2347640.00")
    assert actions.reckoning_of(made).balance == 0


def owe(
    contract: Contract, event: str, side: Side = Side.B, **count: int
) -> Obligation:
    """Make an obligation of a party that waits for an event."""
    number = Obligation.objects.count() + 1
    return Obligation.objects.create(
        contract=contract,
        key=event.replace("_", "-"),
        clause=ground(contract, Route.IMMEDIATE),
        side=side,
        mode=Mode.ON_EVENT,
        title=event,
        due_rule={"event": event, **count},
        order=number,
    )


def test_the_notice_and_the_end_let_what_waits_for_them_fall_due(contract):
    refund = owe(contract, "termination_served", workdays=3)
    secrets = owe(contract, "contract_ended", workdays=3)
    termination = make_proposed(contract, Route.IMMEDIATE)
    approve(termination)

    actions.notify(termination, notice=make_notice(contract), by=make_user(), at=NOON)
    actions.carry_out(termination, note="已结清", by=make_user(), at=LAST_DAY)

    dues = {due.obligation: due.due_on for due in termination.dues.all()}
    assert dues == {refund: date(2026, 6, 4), secrets: date(2026, 8, 5)}


def test_the_notice_that_policy_asks_for_has_been_given_once_it_is_served(contract):
    owe(contract, "policy_notice", Side.A, workdays=30)
    termination = make_proposed(contract)
    approve(termination)
    notice = make_notice(contract)

    actions.notify(termination, notice=notice, by=make_user(), at=NOON)

    due = termination.dues.get()
    assert (due.status, due.due_on) == (DueStatus.DELIVERED, THIRTY_ON)
    assert set(due.evidence.all()) == {notice.scan, notice.proof}
    assert due.late_by is None


def test_a_withdrawal_drops_what_the_notice_had_set_off(contract):
    owe(contract, "termination_served", workdays=3)
    termination = make_proposed(contract, Route.IMMEDIATE)
    approve(termination)
    actions.notify(termination, notice=make_notice(contract), by=make_user(), at=NOON)

    actions.withdraw(termination, note="和解", by=make_user(), at=NOON)

    assert termination.dues.get().status == DueStatus.DROPPED


# --- At once -------------------------------------------------------------------------


def at_once(*acts: Any) -> list[Any]:
    """Do several things in the same moment; return what came of each."""
    start = Barrier(len(acts))

    def run(act: Any) -> Any:
        try:
            start.wait()
            return act() or "done"
        except (TerminationRefused, TransitionRefused) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_terminations_approved_at_once_one_is_decided():
    contract = make_terminable()
    for _round in range(10):
        pair = [make_proposed(contract) for _one in range(2)]

        came = at_once(*(lambda one=one: approve(one) for one in pair))

        assert came.count("done") == 1
        decided = Termination.objects.of(contract).get(status="approved")
        actions.withdraw(decided, note="", by=make_user(), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_an_approval_that_arrives_twice_at_once_is_one():
    contract = make_terminable()
    for _round in range(10):
        termination = make_proposed(contract)

        came = at_once(*[lambda one=termination: approve(one)] * 2)

        assert came.count("done") == 1
        assert (
            AuditEntry.objects.about(termination).filter(became="approved").count() == 1
        )
        termination.refresh_from_db()
        actions.withdraw(termination, note="", by=make_user(), at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_arrives_twice_at_once_is_one():
    contract = make_terminable()
    for number in range(1, 11):
        given = terms(contract)

        came = at_once(*[lambda one=given: actions.draft(contract, **one)] * 2)

        assert came[0] == came[1]
        assert Termination.objects.count() == number
