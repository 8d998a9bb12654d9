"""Declarations: what is on record, what has run out, and whose labour papers are missing."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import Contract
from staffing.actions.declarations import declare
from staffing.models import Declaration, DeclarationKind, InsuranceMonth
from staffing.rules.papers import Standing
from staffing.views.declarations import labour_of
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in
from tests.factories import NOON, make_contract, make_user
from tests.staffing.factories import make_person

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 5, 1), date(2026, 12, 31)


@pytest.fixture
def contract() -> Contract:
    return make_contract()


def running() -> Contract:
    """Make a contract that runs today, as pages read the clock."""
    today = localdate()
    return make_contract(
        signed_on=today - 400 * DAY,
        effective_on=today - 400 * DAY,
        starts_on=today - 400 * DAY,
        ends_before=today + 400 * DAY,
    )


def record(contract: Contract, **given) -> Declaration:
    defaults: dict[str, Any] = {
        "kind": DeclarationKind.LABOUR,
        "covers_from": FIRST,
        "expires_on": LAST,
        "text": "",
        "document": scan(),
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return declare(contract, **defaults | given)


def page_of(contract: Contract) -> str:
    return reverse("staffing:declarations", args=[contract.number])


def test_a_declaration_sent_twice_is_one(contract):
    token = uuid4()

    assert record(contract, token=token) == record(contract, token=token)
    assert Declaration.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"expires_on": FIRST - timedelta(days=1)}, "ends before it begins"),
        ({"covers_from": date(2026, 4, 20)}, "outside the contract"),
        ({"expires_on": date(2027, 5, 1)}, "outside the contract"),
    ],
)
def test_a_declaration_covers_days_of_the_contract(contract, given, words):
    with pytest.raises(MatterRefused, match=words):
        record(contract, **given)


def test_the_database_refuses_one_that_covers_nothing(contract):
    made = record(contract)

    with pytest.raises(IntegrityError, match="covers_some_days"), transaction.atomic():
        Declaration.objects.create(
            contract=contract,
            kind=made.kind,
            covers_from=LAST,
            expires_on=FIRST,
            document=made.document,
            recorded_at=NOON,
            recorded_by=make_user(),
        )


def test_labour_papers_are_listed_with_what_is_missing_first(contract):
    fine = make_person(contract, begins_on=date(2026, 5, 20), labour_from=FIRST)
    ending = make_person(
        contract,
        begins_on=date(2026, 6, 1),
        labour_from=FIRST,
        labour_to=date(2026, 7, 1),
    )
    none = make_person(contract, begins_on=date(2026, 5, 20))
    for person in (fine,):
        InsuranceMonth.objects.create(
            person=person,
            month=date(2026, 5, 1),
            recorded_at=NOON,
            recorded_by=make_user(),
        )

    found = [
        (one.person, one.standing, one.missing) for one in labour_of(contract, at=NOON)
    ]

    assert found == [
        (none, Standing.MISSING, [date(2026, 5, 1)]),
        (ending, Standing.EXPIRING, []),
        (fine, Standing.VALID, []),
    ]


def test_a_declaration_is_filed_and_shown():
    contract, today = running(), localdate()
    manager = signed_in(contract, Role.MANAGER)
    new = reverse("staffing:declaration-new", args=[contract.number])
    form = {
        "kind": DeclarationKind.NO_SUBCONTRACT,
        "covers_from": today,
        "expires_on": today + 30 * DAY,
        "text": "季度声明",
        "document": scan(),
        "token": uuid4(),
    }

    sent = [post(manager, new, form).status_code for _ in range(2)]
    page = manager.get(page_of(contract)).text

    assert (sent, Declaration.objects.count()) == ([302, 302], 1)
    assert "Expires within 30 days" in page
    assert "季度声明" in page
    assert "Missing" in page  # the other kind


def test_a_declaration_needs_its_paper():
    contract, today = running(), localdate()
    new = reverse("staffing:declaration-new", args=[contract.number])

    answer = post(
        signed_in(contract, Role.MANAGER),
        new,
        {"kind": "labour", "covers_from": today, "expires_on": today, "token": uuid4()},
    )

    assert answer.status_code == 422
    assert not Declaration.objects.exists()


def test_what_was_renewed_troubles_nobody():
    contract, today = running(), localdate()
    old = {"covers_from": today - 90 * DAY, "expires_on": today - DAY}
    record(contract, **old)
    record(contract, covers_from=today, expires_on=today + 90 * DAY)

    lines = signed_in(contract, Role.MANAGER).get(page_of(contract)).context["lines"]

    assert [(line.standing, line.tone) for line in lines] == [
        (Standing.VALID, "good"),
        (Standing.EXPIRED, "neutral"),
    ]


@pytest.mark.parametrize("query", ["", "?show=owing", "?show=labour"])
def test_the_page_costs_the_same_for_three_as_for_one(contract, query):
    manager = signed_in(contract, Role.MANAGER)
    page = page_of(contract) + query
    make_person(contract)
    record(contract)
    one = queries(manager, page)

    for _ in range(2):
        make_person(contract)
        record(contract)

    assert queries(manager, page) == one
