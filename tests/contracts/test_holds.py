"""Public funds that have not come: waiting is no lateness (六（一）5)."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.actions import holds
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    AuditEntry,
    Contract,
    Due,
    Hold,
    Mode,
    Side,
    TransitionRefused,
)
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in, tried
from tests.factories import (
    make_clause,
    make_contract,
    make_due,
    make_hold,
    make_obligation,
    make_stage,
    make_user,
    make_year,
)
from tests.test_twice import at_once
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

AT = datetime(2026, 9, 20, 9, tzinfo=BEIJING)
SINCE = date(2026, 9, 10)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


def hold(contract: Contract, **given: Any) -> Hold:
    said: dict[str, Any] = {
        "clause": make_clause(contract),
        "stage": given.get("stage") or make_stage(contract, 698_292),
        "reason": "区级拨款未到",
        "since_on": SINCE,
        "paper": scan(),
        "token": uuid4(),
        "by": make_user(contract, Role.HANDLER),
        "at": AT,
    }
    return holds.hold(contract, **said | given)


def lift(one: Hold, until_on: date = date(2026, 9, 18), **given: Any) -> None:
    said: dict[str, Any] = {
        "note": "",
        "by": make_user(one.contract, Role.HANDLER),
        "at": AT,
    }
    holds.lift(one, until_on=until_on, **said | given)


def test_a_hold_runs_until_it_is_lifted():
    one = hold(make_contract())
    assert (one.status, list(Hold.objects.running())) == ("running", [one])

    lift(one)

    one.refresh_from_db()
    assert (one.status, one.until_on) == ("lifted", date(2026, 9, 18))
    entries = AuditEntry.objects.about(one).order_by("pk")
    assert [entry.became for entry in entries] == ["running", "lifted"]


@pytest.mark.parametrize(
    ("day", "held"),
    [
        (date(2026, 9, 9), False),
        (SINCE, True),
        (date(2026, 9, 18), True),
        (date(2026, 9, 19), False),
    ],
)
def test_both_ends_of_a_hold_are_held(day, held):
    one = hold(make_contract())
    lift(one)

    assert Hold.objects.of(one.contract).on(day).exists() == held


def test_a_running_hold_holds_every_day_to_come():
    one = hold(make_contract())

    assert Hold.objects.of(one.contract).on(date(2027, 4, 30)).exists()


def test_a_stage_is_on_hold_once_at_a_time():
    one = hold(make_contract())

    with pytest.raises(MatterRefused, match="on hold already") as refused:
        hold(one.contract, stage=one.stage)
    assert refused.value.field == "stage"
    with pytest.raises(IntegrityError, match="hold_one_at_a_time_of_a_stage"):
        make_hold(one.contract, stage=one.stage)


def test_what_was_lifted_may_be_held_again():
    one = hold(make_contract())
    lift(one)

    assert hold(one.contract, stage=one.stage, since_on=date(2026, 9, 19)).pk


@pytest.mark.parametrize("since_on", [date(2026, 9, 21), date(2026, 4, 20)])
def test_funds_are_missing_within_the_contract_and_not_from_the_future(since_on):
    with pytest.raises(MatterRefused) as refused:
        hold(make_contract(), since_on=since_on)

    assert refused.value.field == "since_on"


def test_a_stage_of_another_contract_is_refused():
    with pytest.raises(MatterRefused, match="another contract"):
        hold(make_contract(), stage=make_stage(make_contract(), 1))


@pytest.mark.parametrize("until_on", [date(2026, 9, 9), date(2026, 9, 21)])
def test_funds_do_not_come_before_they_are_missing_or_tomorrow(until_on):
    one = hold(make_contract())

    with pytest.raises(MatterRefused) as refused:
        lift(one, until_on)

    assert refused.value.field == "until_on"


def test_a_payment_that_waits_for_funds_is_not_late_and_gets_the_days_back():
    contract = make_contract()
    stage = make_stage(contract, 698_292)
    pays = make_obligation(contract, clause=stage.clause, side=Side.A)
    invoice = make_obligation(contract, clause=stage.clause, side=Side.B)
    due, bill = (make_due(one, date(2026, 9, 13)) for one in (pays, invoice))
    found = []

    def look() -> None:
        late = Due.objects.of(contract).overdue(AT)
        due.refresh_from_db()
        found.append((due in late, due.is_overdue(AT), bill in late))

    look()
    one = hold(contract, stage=stage)
    look()
    lift(one)
    look()

    assert found == [(True, True, True), (False, False, True), (False, False, True)]
    assert due.held_days == 8
    assert due.is_overdue(datetime(2026, 9, 22, tzinfo=BEIJING)) is True


def test_what_was_paid_before_the_funds_were_recorded_is_not_late():
    contract = make_contract()
    stage = make_stage(contract, 698_292)
    pays = make_obligation(contract, clause=stage.clause, side=Side.A)
    due = make_due(pays, date(2026, 9, 13))
    one = hold(contract, stage=stage)

    paid_at = datetime(2026, 9, 18, 12, tzinfo=BEIJING)
    due.refresh_from_db()
    due.deliver(by=make_user(), at=AT, delivered_at=paid_at)
    lift(one)

    due.refresh_from_db()
    assert (due.held_days, due.late_by) == (8, None)
    assert not Due.objects.of(contract).delivered_late().exists()


def test_days_that_one_hold_has_given_are_not_given_by_another():
    one = hold(make_contract())
    lift(one)

    with pytest.raises(MatterRefused, match="on hold already") as refused:
        hold(one.contract, stage=one.stage, since_on=date(2026, 9, 17))

    assert refused.value.field == "stage"


def test_party_b_is_told_that_the_funds_are_late():
    contract = make_contract()
    make_year(2026)
    told = make_obligation(
        contract,
        side=Side.A,
        mode=Mode.ON_EVENT,
        due_rule={"event": "funds_late", "workdays": 2},
    )

    one = hold(contract)

    (due,) = one.dues.all()
    assert (due.obligation, due.due_on) == (told, date(2026, 9, 14))


def test_the_database_keeps_the_order_of_days():
    one = hold(make_contract())

    with (
        pytest.raises(IntegrityError, match="hold_ends_after_it_began"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE contracts_hold SET until_on = '2026-09-09' WHERE id = %s", [one.pk]
        )


def test_what_is_lifted_is_not_lifted_again():
    one = hold(make_contract())
    lift(one)

    with pytest.raises(TransitionRefused):
        lift(one)


def test_the_same_form_twice_is_one_hold():
    contract, token = make_contract(), uuid4()

    assert hold(contract, token=token) == hold(contract, token=token)


@pytest.mark.django_db(transaction=True)
def test_of_two_holds_of_a_stage_at_once_one_is_kept():
    contract = make_contract()
    stage, by, clause = (
        make_stage(contract, 100),
        make_user(contract),
        make_clause(contract),
    )

    answers = at_once(
        *[tried(lambda: hold(contract, stage=stage, by=by, clause=clause))] * 3
    )

    assert sum(isinstance(one, MatterRefused) for one in answers) == 2
    assert Hold.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_lift_at_once_one_does():
    contract = make_contract()
    by = make_user(contract)
    for _round in range(5):
        one = make_hold(contract)
        seen = [Hold.objects.get(pk=one.pk) for _ in range(2)]

        answers = at_once(*(tried(lambda one=one: lift(one, by=by)) for one in seen))

        told = [type(answer) for answer in answers if answer is not None]
        assert told == [TransitionRefused]


# --- Pages -----------------------------------------------------------------------------


@pytest.fixture
def running(db) -> Contract:
    return make_running_contract(now())


def url(contract: Contract, name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def test_a_hold_is_recorded_and_lifted_in_the_pages(running):
    handler, today = signed_in(running, Role.HANDLER), localdate()
    form = {
        "clause": running.clauses.all()[0].pk,
        "stage": running.stages.all()[0].pk,
        "reason": "拨款未到",
        "since_on": f"{today - DAY}",
        "token": f"{uuid4()}",
    }

    sent = [post(handler, url(running, "hold-new"), form) for _ in range(2)]
    one = Hold.objects.get()
    page = handler.get(one.get_absolute_url()).text
    lifted = post(handler, url(running, "hold-lift", one.pk), {"until_on": f"{today}"})
    again = post(handler, url(running, "hold-lift", one.pk), {"until_on": f"{today}"})

    one.refresh_from_db()
    assert {answer.status_code for answer in (*sent, lifted)} == {302}
    assert (again.status_code, one.status) == (422, "lifted")
    assert "this payment is not late" in page


def test_the_days_at_law_are_shown_as_a_hint(running):
    stage = make_stage(running, 1000, opens_on=date(2026, 9, 1))
    one = make_hold(running, stage=stage)

    page = signed_in(running, Role.MANAGER).get(one.get_absolute_url()).text

    assert "2026-10-01" in page
    assert "2026-10-31" in page
    assert "A hint alone" in page


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.UNIT}))
def test_only_those_who_may_hold_see_the_buttons(running, role):
    one = make_hold(running)
    client = signed_in(running, role)

    buttons = {
        url(running, "hold-new") in client.get(url(running, "holds")).text,
        url(running, "hold-lift", one.pk) in client.get(one.get_absolute_url()).text,
    }

    assert buttons == {role in (Role.SUPERVISOR, Role.HANDLER)}


def test_the_list_takes_no_more_queries_for_three_rows_than_for_one(running):
    client, page = signed_in(running, Role.SUPERVISOR), url(running, "holds")
    make_hold(running)
    one = queries(client, page)
    make_hold(running)
    make_hold(running)

    assert queries(client, page) == one


def test_the_list_is_narrowed_to_what_runs(running):
    over = make_hold(running, reason="已到账", until_on=date(2026, 6, 5))
    client = signed_in(running, Role.SUPERVISOR)

    found = client.get(url(running, "holds") + "?status=running").text
    gone = client.get(url(running, "holds") + "?status=lifted").text

    assert over.reason not in found
    assert over.reason in gone
