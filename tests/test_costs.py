"""A page asks the database no more often for three things than for one."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts import actions as accounts
from accounts.models import SignIn, SignInOutcome
from accounts.roles import Duty, Role
from cases import actions as cases
from cases.models import BatchFault
from contracts.actions.membership import change_role
from contracts.models import Membership
from contracts.tasks import seal
from tests.factories import (
    make_batch,
    make_clause,
    make_contract,
    make_message,
    make_stage,
    make_unit,
    make_user,
)
from tests.stage import World
from tests.world import DAY, make_issue, make_open_case, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_world()


class Growing(NamedTuple):
    """A page, who opens it, and what makes one more of what it shows."""

    who: str
    url: Callable[[World], str]
    add: Callable[[World], Any]


def add_order(world: World) -> None:
    make_open_case(world.contract, now(), unit=make_unit(world.contract))


def add_line(world: World) -> None:
    by = make_user()
    cases.urge(world.received, text="请尽快", token=uuid4(), by=by, at=now())


def add_fault(world: World) -> None:
    BatchFault.objects.create(
        batch=world.batches["checked"], sheet="1", row=1, code="missing"
    )


def add_issue(world: World) -> None:
    """Issue the report of the same day once more, asked for by somebody else."""
    issued = world.issues["issued"]
    make_issue(
        world.contract,
        issued.day,
        by=make_user(),
        at=now(),
        version=2 + next(_versions),
    )


_versions = iter(range(1, 1000))


def add_clause(world: World) -> None:
    make_stage(world.contract, 1, clause=make_clause(world.contract))


def add_seal(world: World) -> None:
    add_line(world)
    seal()


def add_contract(world: World) -> None:
    Membership.objects.create(
        contract=make_contract(), user=world.people[Role.AGENT], role=Role.LEADER
    )


def add_message(world: World) -> None:
    make_message(world.people[Role.AGENT], contract_number=world.contract.number)


def add_session(world: World) -> None:
    world.client(Role.AGENT).get(reverse("accounts:sessions"))


def add_change(world: World) -> None:
    by = world.people[Duty.SYSTEM]
    accounts.reset_password(world.somebody, note="lost", by=by, at=now())


def add_sign_in(world: World) -> None:
    SignIn.objects.create(at=now(), user=make_user(), outcome=SignInOutcome.IN)


def add_change_of_role(world: World) -> None:
    given = world.somebody.memberships.get()
    role = Role.AGENT if given.role == Role.CLERK else Role.CLERK
    by = world.people[Duty.SECURITY]
    change_role(given, role, note="again", by=by, at=now())


def of_contract(name: str) -> Callable[[World], str]:
    return lambda world: world.url(name)


def of_nobody(name: str) -> Callable[[World], str]:
    return lambda world: reverse(name)


GROWING = {
    "orders": Growing(Role.MANAGER, of_contract("cases:list"), add_order),
    "orders on the first page": Growing(
        Role.MANAGER, of_contract("reports:home"), add_order
    ),
    "orders in a report": Growing(
        Role.MANAGER,
        lambda world: f"{world.url('reports:preview')}?day={localdate() - DAY}",
        add_order,
    ),
    "lines of an order": Growing(
        Role.MANAGER,
        lambda world: world.url("cases:case", world.received.pk),
        add_line,
    ),
    "files": Growing(
        Role.CLERK,
        of_contract("cases:import"),
        lambda world: make_batch(world.contract),
    ),
    "faults of a file": Growing(
        Role.CLERK,
        lambda world: world.url("cases:batch", world.batches["checked"].pk),
        add_fault,
    ),
    "reports": Growing(Role.SUPERVISOR, of_contract("reports:issues"), add_issue),
    "versions of a report": Growing(
        Role.SUPERVISOR,
        lambda world: world.url("reports:issue", world.issues["issued"].pk),
        add_issue,
    ),
    "clauses and stages": Growing(
        Role.SUPERVISOR, of_contract("contracts:contract"), add_clause
    ),
    "seals": Growing(Role.SUPERVISOR, of_contract("contracts:ledger"), add_seal),
    "contracts of a person": Growing(Role.AGENT, of_nobody("home"), add_contract),
    "messages": Growing(
        Role.AGENT,
        lambda world: f"{reverse('accounts:messages')}?show=all",
        add_message,
    ),
    "sessions": Growing(Role.AGENT, of_nobody("accounts:sessions"), add_session),
    "people": Growing(
        Duty.SYSTEM, of_nobody("accounts:people"), lambda world: make_user()
    ),
    "changes of a person": Growing(
        Duty.SYSTEM, lambda world: world.somebody.get_absolute_url(), add_change
    ),
    "changes of accounts": Growing(
        Duty.AUDIT, of_nobody("accounts:account-changes"), add_change
    ),
    "sign-ins": Growing(Duty.AUDIT, of_nobody("accounts:log"), add_sign_in),
    "roles on contracts": Growing(
        Duty.SECURITY,
        of_nobody("memberships:list"),
        lambda world: make_user(world.contract, Role.AGENT),
    ),
    "changes of a role": Growing(
        Duty.SECURITY,
        lambda world: reverse(
            "memberships:membership", args=[world.somebody.memberships.get().pk]
        ),
        add_change_of_role,
    ),
}


@pytest.mark.parametrize("growing", GROWING.values(), ids=GROWING)
def test_three_cost_no_more_than_one(world, growing):
    client = world.client(growing.who)
    url = growing.url(world)
    growing.add(world)
    client.get(url)  # begins the session

    one = queries(client, url)
    growing.add(world)
    growing.add(world)

    assert queries(client, url) == one


def queries(client: Client, url: str) -> list[str]:
    """Return what a page asks the database, its values left out."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return [
        re.sub(r"'[^']*'|_django_curs_\w+|\b\d+\b|IN \(.*?\)", "?", one["sql"])
        for one in asked
    ]
