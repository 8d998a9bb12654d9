"""Orders in an emergency: sent, acknowledged, done or refused, and never paid (八 3)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import Role
from contracts.actions import callouts
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    AuditEntry,
    Callout,
    Contract,
    DueStatus,
    TransitionRefused,
)
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, HOUR, minute, post, scan, signed_in, tried
from tests.factories import (
    make_callout,
    make_clause,
    make_contract,
    make_obligation,
    make_user,
    make_year,
)
from tests.test_twice import at_once
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 20, 20, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    make_year(2026)
    contract = make_contract()
    rules = (
        {"event": "callout", "hours": 1},
        {"event": "callout", "chosen_by_a": True},
    )
    for rule in rules:
        make_obligation(contract, mode="on_event", due_rule=rule, accepted_by_a=False)
    return contract


def order(contract: Contract, **given: Any) -> Callout:
    ordered: dict[str, Any] = {
        "clause": make_clause(contract),
        "title": "防汛",
        "task": "夜间值守",
        "place": "街道大厅",
        "starts_at": AT + 2 * HOUR,
        "ends_at": AT + 12 * HOUR,
        "heads": 3,
        "acknowledge_by": AT + HOUR,
        "order": scan(),
        "token": uuid4(),
        "by": make_user(contract),
        "at": AT,
    }
    return callouts.call_out(contract, **ordered | given)


def due_for(callout: Callout, *, doing: bool) -> Any:
    key = "chosen_by_a" if doing else "hours"
    return callout.dues.get(obligation__due_rule__has_key=key)


def finish(callout: Callout, **given: Any) -> None:
    said: dict[str, Any] = {
        "ended_at": AT + 11 * HOUR,
        "extra_hours": Decimal("27.0"),
        "outcome": "平稳",
        "by": make_user(callout.contract, Role.MANAGER),
        "at": AT + 12 * HOUR,
    }
    callouts.finish(callout, **said | given)


def acknowledge(callout: Callout, at: datetime = AT + HOUR / 2) -> None:
    by = make_user(callout.contract, Role.AGENT)
    callouts.acknowledge(callout, by=by, at=at)


def test_an_order_starts_both_clocks(contract):
    callout = order(contract)

    assert (callout.serial, callout.status) == (1, "ordered")
    assert due_for(callout, doing=False).due_at == AT + HOUR
    assert due_for(callout, doing=True).due_on == (AT + 12 * HOUR).date()
    assert AuditEntry.objects.about(callout).get().became == "ordered"


def test_acknowledged_and_done_both_are_delivered_and_no_fee_is_asked(contract):
    callout = order(contract)

    acknowledge(callout)
    finish(callout)

    assert (callout.status, callout.extra_hours) == ("done", Decimal("27.0"))
    assert not callout.acknowledged_late
    assert {due.status for due in callout.dues.all()} == {DueStatus.DELIVERED}
    assert not [field for field in Callout._meta.get_fields() if "fee" in field.name]


@pytest.mark.parametrize(("late", "seconds"), [(False, 0), (True, 1)])
def test_an_acknowledgement_after_its_moment_is_late(contract, late, seconds):
    callout = order(contract)

    acknowledge(callout, AT + HOUR + timedelta(seconds=seconds))

    assert callout.acknowledged_late == late
    assert bool(due_for(callout, doing=False).late_by) == late


def test_a_refusal_is_an_answer_and_leaves_the_work_owed(contract):
    callout = order(contract)

    callouts.refuse(
        callout, outcome="无人可派", by=make_user(contract, Role.MANAGER), at=AT
    )

    assert (callout.status, callout.outcome) == ("refused", "无人可派")
    assert due_for(callout, doing=False).status == DueStatus.DELIVERED
    assert due_for(callout, doing=True).status == DueStatus.OPEN


def test_a_refusal_without_a_reason_is_none(contract):
    with pytest.raises(MatterRefused, match="says why"):
        callouts.refuse(order(contract), outcome=" ", by=make_user(), at=AT)


def test_what_is_called_off_is_owed_no_more(contract):
    callout = order(contract)
    acknowledge(callout)

    callouts.cancel(callout, outcome="雨停了", by=make_user(contract), at=AT + HOUR)

    assert due_for(callout, doing=True).status == DueStatus.DROPPED
    with pytest.raises(TransitionRefused):
        finish(callout)


def test_nothing_is_done_before_it_is_acknowledged(contract):
    with pytest.raises(TransitionRefused):
        finish(order(contract))


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("ends_at", {"ends_at": AT + 2 * HOUR}),
        ("ends_at", {"ends_at": datetime(2027, 5, 1, tzinfo=BEIJING)}),
        ("starts_at", {"starts_at": datetime(2026, 4, 20, tzinfo=BEIJING)}),
        ("acknowledge_by", {"acknowledge_by": AT}),
        ("heads", {"heads": 0}),
    ],
)
def test_an_order_out_of_order_is_refused(contract, field, given):
    with pytest.raises(MatterRefused) as refused:
        order(contract, **given)

    assert refused.value.field == field
    assert not Callout.objects.exists()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("ended_at", {"ended_at": AT + HOUR}),
        ("ended_at", {"ended_at": AT + 13 * HOUR}),
        ("extra_hours", {"extra_hours": Decimal(-1)}),
    ],
)
def test_what_was_done_is_done_in_its_time(contract, field, given):
    callout = order(contract)
    acknowledge(callout)

    with pytest.raises(MatterRefused) as refused:
        finish(callout, **given)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"status": "lost"}, "callout_status_is_known"),
        ({"heads": 0}, "callout_needs_people"),
        ({"ends_at": AT - 50 * DAY * 2}, "callout_has_a_length"),
        ({"status": "done"}, "callout_acknowledgement_names_who_and_when"),
        ({"status": "refused"}, "callout_refusal_is_reasoned"),
    ],
)
def test_the_database_refuses_as_well(contract, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_callout(contract, **given)


def test_the_same_order_twice_is_one(contract):
    token = uuid4()

    assert order(contract, token=token) == order(contract, token=token)


@pytest.mark.django_db(transaction=True)
def test_of_an_answer_and_a_refusal_at_once_one_holds():
    contract = make_contract()
    by = make_user(contract, Role.MANAGER)
    for _round in range(5):
        callout = make_callout(contract)
        one, other = (Callout.objects.get(pk=callout.pk) for _ in range(2))

        answers = at_once(
            tried(lambda one=one: callouts.acknowledge(one, by=by, at=AT)),
            tried(lambda one=other: callouts.refuse(one, outcome="否", by=by, at=AT)),
        )

        told = [type(one) for one in answers if one is not None]
        assert told == [TransitionRefused] or not told
        if not told:  # refused after it was acknowledged is a way of its own
            callout.refresh_from_db()
            assert callout.status == "refused"


# --- Pages -----------------------------------------------------------------------------


@pytest.fixture
def running(db) -> Contract:
    return make_running_contract(now())


def url(contract: Contract, name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def test_an_order_is_sent_acknowledged_and_done_in_the_pages(running):
    leader, agent = (signed_in(running, role) for role in (Role.LEADER, Role.AGENT))
    at = now()
    form = {
        "clause": running.clauses.all()[0].pk,
        "title": "防汛",
        "task": "值守",
        "place": "大厅",
        "starts_at": minute(at - HOUR),
        "ends_at": minute(at + 5 * HOUR),
        "heads": "2",
        "acknowledge_by": minute(at + HOUR),
        "token": f"{uuid4()}",
    }

    sent = [post(leader, url(running, "callout-new"), form) for _ in range(2)]
    callout = Callout.objects.get()
    answers = [
        post(agent, url(running, "callout-acknowledge", callout.pk), {}),
        post(
            agent,
            url(running, "callout-finish", callout.pk),
            {"ended_at": minute(at), "extra_hours": "3.5"},
        ),
    ]

    callout.refresh_from_db()
    assert {one.status_code for one in (*sent, *answers)} == {302}
    assert (callout.status, callout.extra_hours) == ("done", Decimal("3.5"))


def test_a_refused_order_leads_to_the_termination_desk(running):
    callout = make_callout(running, status="refused", outcome="无人")

    page = signed_in(running, Role.SUPERVISOR).get(callout.get_absolute_url()).text

    assert reverse("billing:terminations", args=[running.number]) in page
    assert "第八条3" in page


def test_an_agent_is_shown_no_desk_they_may_not_open(running):
    callout = make_callout(running, status="refused", outcome="无人")

    page = signed_in(running, Role.AGENT).get(callout.get_absolute_url()).text

    assert reverse("billing:terminations", args=[running.number]) not in page


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.UNIT}))
def test_each_role_sees_the_steps_it_may_take(running, role):
    callout = make_callout(running)

    page = signed_in(running, role).get(callout.get_absolute_url()).text

    shown = {
        name
        for name in ("acknowledge", "refuse", "cancel", "finish")
        if url(running, f"callout-{name}", callout.pk) in page
    }
    if role in (Role.MANAGER, Role.AGENT):
        assert shown == {"acknowledge", "refuse"}
    else:
        assert shown == (
            {"cancel"} if role in (Role.SUPERVISOR, Role.LEADER) else set()
        )


def test_the_list_says_what_came_late_and_what_nobody_has_answered(running):
    at = now()
    person = make_user(running)
    make_callout(running, acknowledge_by=at - HOUR)
    make_callout(
        running,
        status="acknowledged",
        acknowledge_by=at - HOUR,
        acknowledged_at=at,
        acknowledged_by=person,
    )

    page = signed_in(running, Role.AGENT).get(url(running, "callouts")).text

    assert "Not acknowledged in time" in page
    assert "Acknowledged late" in page


def test_the_list_takes_no_more_queries_for_three_rows_than_for_one(running):
    client, page = signed_in(running, Role.SUPERVISOR), url(running, "callouts")
    make_callout(running)
    one = queries(client, page)
    make_callout(running)
    make_callout(running)

    assert queries(client, page) == one


def test_the_list_is_narrowed_by_words_and_status(running):
    rain = make_callout(running, title="防汛")
    snow = make_callout(running, title="扫雪", status="refused", outcome="无人")
    client = signed_in(running, Role.AGENT)

    assert snow.title not in client.get(url(running, "callouts") + "?q=防汛").text
    found = client.get(url(running, "callouts") + "?status=refused").text
    assert f'title="{rain.title}"' not in found
