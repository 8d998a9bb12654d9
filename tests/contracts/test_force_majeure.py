"""Force majeure: told in 24 hours, proved in seven working days, decided (九)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import Role
from contracts.actions import force_majeure
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    OWN_CAUSES,
    AuditEntry,
    Cause,
    Contract,
    Due,
    DueStatus,
    ForceMajeure,
    Side,
    TransitionRefused,
)
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, HOUR, minute, post, scan, signed_in, tried
from tests.factories import (
    make_clause,
    make_contract,
    make_document,
    make_force_majeure,
    make_notice,
    make_obligation,
    make_user,
    make_year,
)
from tests.test_twice import at_once
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

BEGAN = datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING)
AT = datetime(2026, 10, 20, 9, tzinfo=BEIJING)
NATIONAL_DAY: dict[str, Any] = {f"m10_0{day}": "国庆节" for day in range(1, 8)}


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


def owe(contract: Contract) -> None:
    """Have both parties owe telling and proving, as the contract does."""
    for side in Side:
        for rule in ({"hours": 24}, {"workdays": 7}):
            make_obligation(
                contract,
                side=side,
                mode="on_event",
                due_rule={"event": "force_majeure", **rule},
                accepted_by_a=False,
            )


@pytest.fixture
def contract() -> Contract:
    make_year(2026, **NATIONAL_DAY)
    contract = make_contract()
    owe(contract)
    return contract


def report(contract: Contract, **given: Any) -> ForceMajeure:
    reported: dict[str, Any] = {
        "side": Side.B,
        "clause": make_clause(contract),
        "cause": Cause.DISASTER,
        "title": "暴雨",
        "affects": "话务中断",
        "began_at": BEGAN,
        "told_at": BEGAN + 3 * HOUR,
        "notice": None,
        "token": uuid4(),
        "by": make_user(contract, Role.MANAGER),
        "at": AT,
    }
    return force_majeure.report(contract, **reported | given)


def prove(event: ForceMajeure, **given: Any) -> None:
    said: dict[str, Any] = {
        "side": event.side,
        "proof": scan(),
        "proved_at": datetime(2026, 10, 12, 9, tzinfo=BEIJING),
        "by": event.recorded_by,
        "at": AT,
    }
    force_majeure.prove(event, **said | given)


def accept(event: ForceMajeure, **given: Any) -> None:
    said: dict[str, Any] = {
        "note": "",
        "by": make_user(event.contract, Role.LEADER),
        "at": AT,
    }
    force_majeure.accept(event, **said | given)


def clocks(event: ForceMajeure) -> tuple[Due, Due]:
    """Return the due of telling and that of proving."""
    dues = event.dues.select_related("obligation")
    telling = dues.get(obligation__due_rule__has_key="hours")
    return telling, dues.get(obligation__due_rule__has_key="workdays")


def test_both_clocks_run_from_when_it_began_for_the_party_it_happened_to(contract):
    event = report(contract)

    telling, proving = clocks(event)
    assert telling.due_at == datetime(2026, 10, 1, 22, 30, tzinfo=BEIJING)
    assert proving.due_on == date(2026, 10, 16)
    assert {due.obligation.side for due in (telling, proving)} == {Side.B}


def test_what_is_told_already_is_delivered_as_of_then(contract):
    telling, proving = clocks(report(contract))

    assert (telling.status, telling.delivered_at) == (
        DueStatus.DELIVERED,
        BEGAN + 3 * HOUR,
    )
    assert telling.late_by is None
    assert proving.status == DueStatus.OPEN


@pytest.mark.parametrize(("told_after", "late"), [(24 * HOUR, None), (25 * HOUR, HOUR)])
def test_telling_is_late_after_24_hours(contract, told_after, late):
    telling, _proving = clocks(report(contract, told_at=BEGAN + told_after))

    assert telling.late_by == late


@pytest.mark.parametrize(
    ("proved_at", "late"),
    [
        (datetime(2026, 10, 16, 23, 59, tzinfo=BEIJING), None),
        (datetime(2026, 10, 17, 1, tzinfo=BEIJING), HOUR),
    ],
)
def test_a_proof_is_in_time_until_the_seventh_working_day_is_over(
    contract, proved_at, late
):
    event = report(contract)

    prove(event, proved_at=proved_at)

    assert clocks(event)[1].late_by == late
    assert event.proof.kind == "evidence"
    assert force_majeure.PROVED in {
        entry.became for entry in AuditEntry.objects.about(event)
    }


def test_party_a_accepts_on_proof(contract):
    event = report(contract)
    prove(event)

    accept(event, note="顺延三日")

    assert (event.status, event.decided_note) == ("accepted", "顺延三日")


def test_without_a_proof_nothing_is_accepted(contract):
    with pytest.raises(MatterRefused, match="no proof"):
        accept(report(contract))


@pytest.mark.parametrize("cause", sorted(OWN_CAUSES))
def test_party_bs_own_causes_are_recorded_and_never_accepted(contract, cause):
    event = report(contract, cause=cause)
    prove(event)

    with pytest.raises(MatterRefused, match=f"{Cause(cause).label}.*第九条"):
        accept(event)

    force_majeure.refuse(event, note="自身原因", by=make_user(contract), at=AT)
    assert event.status == "refused"


@pytest.mark.parametrize("cause", sorted(OWN_CAUSES))
def test_nor_does_the_database_accept_them(contract, cause):
    event = report(contract, cause=cause)
    prove(event)

    with (
        pytest.raises(IntegrityError, match="accepted_on_proof_of_no_own_cause"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE contracts_forcemajeure SET status = 'accepted' WHERE id = %s",
            [event.pk],
        )


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"status": "accepted"}, "accepted_on_proof_of_no_own_cause"),
        ({"status": "maybe"}, "force_majeure_status_is_known"),
        ({"cause": "bad_luck"}, "force_majeure_cause_is_known"),
        ({"told_at": BEGAN, "began_at": BEGAN + HOUR}, "force_majeure_is_told_after"),
    ],
)
def test_the_database_refuses_as_well(contract, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_force_majeure(contract, **given)


def test_nobody_decides_on_what_they_reported(contract):
    event = report(contract)
    prove(event)

    with pytest.raises(MatterRefused, match="cannot decide"):
        accept(event, by=event.recorded_by)
    by = event.recorded_by
    with pytest.raises(IntegrityError, match="force_majeure_has_four_eyes"):
        make_force_majeure(contract, by=by, status="refused", decided_by=by)


def test_a_refusal_says_why_and_ends_what_was_still_to_be_proved(contract):
    event = report(contract)

    with pytest.raises(MatterRefused, match="says why"):
        force_majeure.refuse(event, note=" ", by=make_user(contract), at=AT)
    force_majeure.refuse(event, note="不成立", by=make_user(contract), at=AT)

    assert clocks(event)[1].status == DueStatus.DROPPED


def test_what_is_decided_stays_decided(contract):
    event = report(contract)
    prove(event)
    accept(event)

    with pytest.raises(TransitionRefused):
        force_majeure.refuse(event, note="否", by=make_user(contract), at=AT)
    with pytest.raises(TransitionRefused):
        prove(event)


def test_a_proof_is_filed_once_and_by_whoever_reported(contract):
    event = report(contract)
    with pytest.raises(MatterRefused, match="Whoever reports"):
        prove(event, side=Side.A)
    prove(event)

    with pytest.raises(TransitionRefused):
        prove(event)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("told_at", {"told_at": BEGAN - timedelta(minutes=1)}),
        ("told_at", {"told_at": AT + HOUR}),
        ("began_at", {"began_at": AT + HOUR, "told_at": AT + HOUR}),
        ("began_at", {"began_at": datetime(2026, 4, 20, 12, tzinfo=BEIJING)}),
        ("cause", {"side": Side.A, "cause": Cause.STAFF}),
    ],
)
def test_a_report_out_of_order_is_refused(contract, field, given):
    with pytest.raises(MatterRefused) as refused:
        report(contract, **given)

    assert refused.value.field == field
    assert not ForceMajeure.objects.exists()
    assert not Due.objects.exists()


@pytest.mark.parametrize("proved_at", [BEGAN - HOUR, AT + HOUR])
def test_a_proof_comes_after_the_event_and_not_from_the_future(contract, proved_at):
    event = report(contract)

    with pytest.raises(MatterRefused) as refused:
        prove(event, proved_at=proved_at)

    assert refused.value.field == "proved_at"


def test_a_notice_is_one_of_the_party_that_reports(contract):
    with pytest.raises(MatterRefused, match="notice"):
        report(contract, notice=make_notice(contract, kind="force_majeure"))


def test_where_a_calendar_is_missing_the_date_waits_and_the_report_stands():
    make_year(2026)
    contract = make_contract()
    owe(contract)
    began = datetime(2026, 12, 30, 9, tzinfo=BEIJING)

    event = report(contract, began_at=began, told_at=began, at=began)

    assert clocks(event)[1].missing_year == 2027


def test_the_same_form_twice_is_one_report(contract):
    token = uuid4()

    assert report(contract, token=token) == report(contract, token=token)
    assert Due.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_holds():
    contract = make_contract()
    people = [make_user(contract, Role.LEADER) for _ in range(2)]
    for _round in range(5):
        proof = make_document(contract)
        event = make_force_majeure(contract, proof=proof, proved_at=AT)
        one, other = (ForceMajeure.objects.get(pk=event.pk) for _ in range(2))

        answers = at_once(
            tried(lambda one=one: accept(one, by=people[0])),
            tried(
                lambda one=other: force_majeure.refuse(
                    one, note="否", by=people[1], at=AT
                )
            ),
        )

        told = [type(one) for one in answers if one is not None]
        assert told == [TransitionRefused]


# --- Pages -----------------------------------------------------------------------------


@pytest.fixture
def running(db) -> Contract:
    contract = make_running_contract(now())
    owe(contract)
    return contract


def url(contract: Contract, name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def test_it_is_reported_proved_and_accepted_in_the_pages(running):
    manager, leader = (signed_in(running, role) for role in (Role.MANAGER, Role.LEADER))
    at = now()
    form = {
        "clause": running.clauses.all()[0].pk,
        "cause": "disaster",
        "title": "暴雨",
        "affects": "话务中断",
        "began_at": minute(at - 2 * DAY),
        "told_at": minute(at - HOUR),
        "token": f"{uuid4()}",
    }

    sent = [post(manager, url(running, "force-majeure-new"), form) for _ in range(2)]
    event = ForceMajeure.objects.get()
    page = leader.get(event.get_absolute_url()).text
    early = post(leader, url(running, "force-majeure-accept", event.pk), {})
    proved = post(
        manager,
        url(running, "force-majeure-prove", event.pk),
        {"proof": scan(), "proved_at": minute(at)},
    )
    accepted = post(leader, url(running, "force-majeure-accept", event.pk), {})

    event.refresh_from_db()
    assert {one.status_code for one in (*sent, proved, accepted)} == {302}
    assert (early.status_code, event.status) == (422, "accepted")
    assert "1 day late" in " ".join(page.split()) or "23 h late" in page
    assert "Why this day?" in page


def test_an_own_cause_is_refused_in_words_on_the_page(running):
    event = make_force_majeure(
        running, cause="staff", proof=make_document(running), proved_at=now()
    )
    leader = signed_in(running, Role.LEADER)

    answer = post(leader, url(running, "force-majeure-accept", event.pk), {})

    assert answer.status_code == 422
    assert "Loss of staff is Party B&#x27;s own cause" in answer.text


def test_party_a_is_offered_no_cause_of_party_bs(running):
    offered = {
        role: {
            value
            for value, _label in signed_in(running, role)
            .get(url(running, "force-majeure-new"))
            .context["form"]
            .fields["cause"]
            .choices
        }
        for role in (Role.SUPERVISOR, Role.MANAGER)
    }

    assert not offered[Role.SUPERVISOR] & OWN_CAUSES
    assert offered[Role.MANAGER] == set(Cause)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.UNIT}))
def test_each_role_sees_the_steps_it_may_take(running, role):
    event = make_force_majeure(running)

    page = signed_in(running, role).get(event.get_absolute_url()).text

    shown = {
        name
        for name in ("prove", "accept", "refuse")
        if url(running, f"force-majeure-{name}", event.pk) in page
    }
    assert shown == {
        Role.MANAGER: {"prove"},
        Role.SUPERVISOR: {"accept", "refuse"},
        Role.LEADER: {"accept", "refuse"},
    }.get(role, set())


def test_the_list_takes_no_more_queries_for_three_rows_than_for_one(running):
    client, page = signed_in(running, Role.SUPERVISOR), url(running, "force-majeures")
    notice = make_notice(running)
    make_force_majeure(running, notice=notice)
    one = queries(client, page)
    make_force_majeure(running, notice=notice)
    make_force_majeure(running, notice=notice)

    assert queries(client, page) == one
