"""Labour contracts and insured months: recorded as facts, put right where mistaken."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import AuditEntry, Contract, Document
from staffing.actions.labour import record_labour
from staffing.models import InsuranceMonth, Person
from tests.contracts.papers import post, scan, signed_in
from tests.factories import NOON, make_contract, make_user
from tests.staffing.factories import make_person

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 5, 1), date(2027, 4, 30)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture
def contract() -> Contract:
    return make_contract()


def record(person: Person, **given) -> None:
    defaults: dict[str, Any] = {
        "labour_from": FIRST,
        "labour_to": LAST,
        "labour_paper": None,
        "insured": [],
        "mistaken": [],
        "proof": None,
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    record_labour(person, **defaults | given)
    person.refresh_from_db()


def test_contract_and_months_are_recorded_with_their_proofs(contract):
    person = make_person(contract)

    record(person, labour_paper=scan(), insured=[JUNE, MAY], proof=scan())

    months = person.insurance.order_by("month")
    assert (person.labour_from, person.labour_to) == (FIRST, LAST)
    assert [one.month for one in months] == [MAY, JUNE]
    assert months[0].paper == months[1].paper != person.labour_paper
    assert (
        AuditEntry.objects.about(person).get().note
        == "2026-05-01 – 2027-04-30; + 2026-05, 2026-06"
    )


def test_the_same_form_again_changes_nothing(contract):
    person = make_person(contract)
    given = {
        "labour_paper": scan(),
        "insured": [MAY],
        "proof": scan(),
        "token": uuid4(),
    }

    record(person, **given)
    record(person, **given)

    assert Document.objects.count() == 2
    assert AuditEntry.objects.about(person).count() == 1


def test_a_copy_stays_when_none_is_given(contract):
    person = make_person(contract)
    record(person, labour_paper=scan())
    paper = person.labour_paper

    record(person, labour_to=None)

    assert (person.labour_paper, person.labour_to) == (paper, None)


def test_a_month_recorded_by_mistake_is_taken_out(contract):
    person = make_person(contract)
    record(person, insured=[MAY, JUNE])

    record(person, mistaken=[JUNE])

    assert [one.month for one in person.insurance.all()] == [MAY]
    assert AuditEntry.objects.about(person).last().note == "− 2026-06"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"labour_from": LAST, "labour_to": FIRST}, "ends before it begins"),
        ({"labour_from": None}, "since when"),
        ({"insured": [date(2026, 4, 1)]}, "2026-04 are no months on post"),
        ({"insured": [date(2026, 7, 1)]}, "2026-07 are no months on post"),
    ],
)
def test_what_cannot_be_is_refused(contract, given, words):
    person = make_person(contract)

    with pytest.raises(MatterRefused, match=words):
        record(person, **given)

    assert not InsuranceMonth.objects.exists()


def test_the_database_keeps_months_to_their_first_day(contract):
    with (
        pytest.raises(IntegrityError, match="is_its_first_day"),
        transaction.atomic(),
    ):
        InsuranceMonth.objects.create(
            person=make_person(contract),
            month=date(2026, 5, 2),
            recorded_at=NOON,
            recorded_by=make_user(),
        )


def test_the_page_takes_several_months_and_the_same_form_twice(contract):
    person = make_person(contract)
    manager = signed_in(contract, Role.MANAGER)
    page = reverse("staffing:labour", args=[contract.number, person.pk])
    form = {
        "labour_from": FIRST,
        "labour_to": LAST,
        "insured": [MAY, JUNE],
        "proof": scan(),
        "token": uuid4(),
    }

    sent = [post(manager, page, form).status_code for _ in range(2)]
    sent.append(
        post(
            manager,
            page,
            {"labour_from": FIRST, "mistaken": [JUNE], "token": uuid4()},
        ).status_code
    )

    assert sent == [302, 302, 302]
    assert [one.month for one in person.insurance.all()] == [MAY]
    assert "2026-05" in manager.get(page).text


def test_the_page_says_what_is_wrong(contract):
    person = make_person(contract, begins_on=None)
    page = reverse("staffing:labour", args=[contract.number, person.pk])

    answer = post(
        signed_in(contract, Role.SUPERVISOR),
        page,
        {"labour_from": LAST, "labour_to": FIRST, "token": uuid4()},
    )

    assert answer.status_code == 422
    assert "It ends before it begins." in answer.text
