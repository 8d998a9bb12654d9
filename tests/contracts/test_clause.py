"""The page of a clause: what is owed by it, the proof, what happened, what it costs."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role, what_may
from contracts.dossier import dossier, standings
from contracts.models import Damage, Due
from contracts.models.property import Asset
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_acceptance,
    make_callout,
    make_change,
    make_clause,
    make_contract,
    make_document,
    make_due,
    make_extra,
    make_force_majeure,
    make_notice,
    make_obligation,
    make_stage,
    make_termination,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def clause(contract):
    return make_clause(contract, ref="第二条4")


def seen_by(role, clause, at=NOON):
    return dossier(clause.contract, clause, role=role, may=what_may(role), at=at)


def make_damage(contract, clause, **given):
    supervisor = make_user(contract)
    asset = Asset.objects.create(
        contract=contract,
        clause=clause,
        number=str(uuid4()),
        name="电脑",
        owner="a",
        price=5000,
        condition="完好",
        issued_on=date(2026, 5, 1),
        recorded_at=NOON,
        recorded_by=supervisor,
    )
    return Damage.objects.create(
        contract=contract,
        clause=clause,
        asset=asset,
        found_on=date(2026, 6, 1),
        what="屏幕损坏",
        recorded_at=NOON,
        recorded_by=supervisor,
        **given,
    )


def make_everything(contract, clause):
    """Make one of everything that names a clause."""
    due = make_due(make_obligation(contract, clause=clause), date(2026, 5, 20))
    due.evidence.add(make_document(contract))
    make_document(contract, clause=clause)
    for make in (
        make_notice,
        make_change,
        make_extra,
        make_callout,
        make_force_majeure,
        make_acceptance,
        make_termination,
    ):
        make(contract, clause=clause)
    make_damage(contract, clause)
    make_stage(contract, 1000, clause=clause)
    make_clause(contract, parent=clause, depth=1)


def test_everything_that_names_the_clause_is_there(contract, clause):
    make_everything(contract, clause)

    found = seen_by(Role.SUPERVISOR, clause)

    assert {str(record.kind) for record in found.records} == {
        "notice",
        "change",
        "extra",
        "callout",
        "force majeure",
        "acceptance",
        "termination",
        "damage",
    }
    assert (len(found.obligations), len(found.evidence), len(found.parts)) == (1, 2, 1)
    assert all(record.href for record in found.records)


def test_nothing_of_another_clause_is_there(contract, clause):
    make_everything(contract, make_clause(contract))

    found = seen_by(Role.SUPERVISOR, clause)

    assert not any(
        (found.obligations, found.lines, found.evidence, found.records, found.sums)
    )


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
def test_party_b_sees_no_draft_and_nothing_kept_to_party_a(contract, clause, role):
    make_everything(contract, clause)
    make_document(contract, clause=clause, only_party_a=True)

    found = seen_by(role, clause)

    assert not {"notice", "termination"} & {str(one.kind) for one in found.records}
    assert len(found.evidence) == 2


def test_money_is_what_the_clause_pays_adds_and_takes(contract, clause):
    make_everything(contract, clause)
    decided = {"decided_at": NOON, "decided_by": make_user()}
    make_damage(contract, clause, status="charged", amount=Decimal(300), **decided)

    sums = [(str(one.what), one.amount) for one in seen_by(Role.LEADER, clause).sums]

    assert sums == [("Payment stage", 1000), ("damage", 300)]


def test_what_is_late_or_waits_for_acceptance_is_on_top(contract, clause):
    obligation = make_obligation(contract, clause=clause)
    late = make_due(obligation, date(2026, 5, 20))
    waits = make_due(
        obligation, date(2026, 6, 9), status="delivered", delivered_at=NOON
    )
    make_due(obligation, date(2026, 7, 1))
    daily = make_obligation(contract, clause=clause, due_rule={"every": "day"})
    make_due(daily, date(2026, 5, 20))

    found = seen_by(Role.SUPERVISOR, clause)

    assert [line.due for line in found.lines] == [late, waits]
    assert (found.late, found.open, found.waiting, found.done) == (2, 1, 1, 0)


def test_a_clause_stands_as_the_worst_of_its_dues(contract, clause):
    words = {}
    obligation = make_obligation(contract, clause=clause)
    for status, given in (
        ("done", {"status": "delivered", "delivered_at": NOON}),
        ("open", {}),
        ("late", {"due_at": NOON - DAY}),
    ):
        make_due(obligation, date(2026, 6, 9), **given)
        words[status] = str(standings(contract, NOON)[clause.pk].word)

    assert words == {"done": "done", "open": "open 1", "late": "late 1"}


def test_a_clause_by_which_nothing_fell_due_has_no_standing(contract, clause):
    make_obligation(contract, clause=clause, mode="standing", due_rule=None)

    assert standings(contract, NOON) == {clause.pk: None}


def test_the_tree_of_the_contract_leads_to_each_clause(client, contract, clause):
    make_due(make_obligation(contract, clause=clause), localdate() - DAY)
    client.force_login(make_user(contract, Role.MANAGER))

    tree = client.get(contract.get_absolute_url()).text
    page = reverse("contracts:clause", args=[contract.number, clause.pk])

    assert page in tree
    assert "late 1" in tree
    assert client.get(page).status_code == 200


def test_the_page_costs_the_same_however_much_there_is(client, contract, clause):
    make_everything(contract, clause)
    client.force_login(make_user(contract, Role.SUPERVISOR))
    page = reverse("contracts:clause", args=[contract.number, clause.pk])
    one = queries(client, page)

    for _time in range(2):
        make_everything(contract, clause)
    waits = {"status": "delivered", "delivered_at": now()}
    make_due(make_obligation(contract, clause=clause), localdate(), **waits)

    assert queries(client, page) == one < 32
    assert Due.objects.count() == 4
