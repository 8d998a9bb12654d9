"""The agreement: who decides on its wording, who has signed it, who is to sign again."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.roles import MAY, Role
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    AuditEntry,
    Contract,
    Document,
    DocumentKind,
    Membership,
    TransitionRefused,
)
from staffing.actions import agreements as actions
from staffing.models import Agreement, AgreementText, PersonStatus, TextStatus
from staffing.views.agreements import signers
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in
from tests.factories import NOON, make_contract, make_user
from tests.staffing.factories import make_agreement, make_person, make_text

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)


@pytest.fixture
def contract(settings) -> Contract:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_contract()


def submit(contract: Contract, **given) -> AgreementText:
    defaults: dict[str, Any] = {
        "document": scan(),
        "changed": "新增离职条款",
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.submit_text(contract, **defaults | given)


def approve(text: AgreementText, **given) -> None:
    defaults: dict[str, Any] = {
        "sign_by": TODAY,
        "note": "",
        "by": make_user(),
        "at": NOON,
    }
    actions.approve_text(text, **defaults | given)


def file(person, text, **given) -> Agreement:
    defaults: dict[str, Any] = {
        "signed_on": TODAY,
        "document": scan(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.file_agreement(person, text=text, **defaults | given)


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"staffing:{name}", args=[contract.number, *args])


# --- Wordings -------------------------------------------------------------------------------


def test_wordings_are_numbered_and_one_replaces_the_other(contract):
    first = submit(contract, changed="")
    approve(first)
    second = submit(contract)
    approve(second)

    newest = AgreementText.objects.of(contract).approved().first()

    assert (first.version, second.version, newest) == (1, 2, second)
    assert first.document.kind == DocumentKind.AGREEMENT


def test_a_wording_sent_twice_is_one(contract):
    given = {"token": uuid4(), "by": make_user()}

    assert submit(contract, **given) == submit(contract, **given)
    assert Document.objects.count() == 1


def test_one_wording_waits_at_a_time(contract):
    submit(contract)

    with pytest.raises(MatterRefused, match="V1 has not been decided"):
        submit(contract)


def test_a_later_wording_says_what_is_new(contract):
    make_text(contract)

    with pytest.raises(MatterRefused, match="what is new"):
        submit(contract, changed=" ")


def test_nobody_approves_their_own_wording(contract):
    by = make_user()
    text = submit(contract, by=by)

    with pytest.raises(MatterRefused, match="submitted themselves"):
        approve(text, by=by)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        AgreementText.objects.update(
            status=TextStatus.APPROVED, decided_at=NOON, decided_by=by
        )


@pytest.mark.parametrize(
    ("sign_by", "words"),
    [(date(2026, 5, 31), "over already"), (date(2027, 5, 1), "outside the contract")],
)
def test_a_wording_is_to_be_signed_on_a_day_that_can_be_met(contract, sign_by, words):
    with pytest.raises(MatterRefused, match=words):
        approve(submit(contract), sign_by=sign_by)


def test_a_refusal_says_why_and_is_final(contract):
    text = submit(contract)

    with pytest.raises(MatterRefused, match="what is wrong"):
        actions.refuse_text(text, note=" ", by=make_user(), at=NOON)
    actions.refuse_text(text, note="缺少期限", by=make_user(), at=NOON)
    with pytest.raises(TransitionRefused):
        approve(text)

    text.refresh_from_db()
    assert (text.status, text.decided_note) == (TextStatus.REFUSED, "缺少期限")
    assert not AgreementText.objects.of(contract).approved().exists()


# --- Signed copies ---------------------------------------------------------------------------


def test_a_signed_copy_opens_the_door(contract):
    user = make_user(contract, Role.AGENT)
    Membership.objects.filter(user=user).update(cleared_at=None)
    person, text = make_person(contract, user=user), make_text(contract)

    file(person, text)

    assert Membership.objects.get(user=user).cleared_at == NOON
    assert AuditEntry.objects.about(person).get().became == actions.FILED


def test_a_copy_sent_twice_is_one(contract):
    person, text, by = make_person(contract), make_text(contract), make_user()

    assert file(person, text, by=by) == file(person, text, by=by)
    assert Agreement.objects.count() == 1


def test_another_copy_of_the_same_wording_is_refused(contract):
    person, text = make_person(contract), make_text(contract)
    file(person, text)

    with pytest.raises(MatterRefused, match="on file already"):
        file(person, text)


@pytest.mark.parametrize(
    ("signed_on", "words"),
    [
        (TODAY + timedelta(days=1), "has not come yet"),
        (TODAY - timedelta(days=1), "approved on 2026-06-01 only"),
    ],
)
def test_a_copy_is_signed_between_approval_and_today(contract, signed_on, words):
    with pytest.raises(MatterRefused, match=words):
        file(make_person(contract), make_text(contract), signed_on=signed_on)


@pytest.mark.parametrize("status", [TextStatus.SUBMITTED, TextStatus.REFUSED])
def test_only_an_approved_wording_is_signed(contract, status):
    with pytest.raises(MatterRefused, match="not approved"):
        file(make_person(contract), make_text(contract, status=status))


def test_a_wording_of_another_contract_is_refused(contract):
    with pytest.raises(MatterRefused, match="another contract"):
        file(make_person(contract), make_text(make_contract()))


def test_who_has_left_files_nothing_any_more(contract):
    gone = make_person(contract, status=PersonStatus.LEFT, leaves_on=TODAY)

    with pytest.raises(MatterRefused, match="have left"):
        file(gone, make_text(contract))


# --- Who is to sign --------------------------------------------------------------------------


def test_who_has_signed_nothing_comes_first_then_who_signed_an_older_wording(contract):
    old, new = make_text(contract), make_text(contract, 2, sign_by=TODAY)
    done, older, none, gone = (make_person(contract) for _ in range(4))
    make_agreement(done, old)
    make_agreement(done, new)
    make_agreement(older, old)
    gone.move(PersonStatus.LEFT, by=None, at=NOON, leaves_on=TODAY)

    in_time = signers(contract, at=NOON)
    late = signers(contract, at=NOON + DAY)

    assert [one.person for one in in_time] == [none, older, done]
    assert [(one.owes, one.late) for one in in_time] == [
        (True, False),
        (True, False),
        (False, False),
    ]
    assert [one.late for one in late] == [True, True, False]


# --- Pages -----------------------------------------------------------------------------------


def test_a_wording_goes_from_party_b_to_party_a_and_is_signed():
    today = localdate()
    contract = make_contract(ends_before=today + 300 * DAY)
    manager, supervisor = (
        signed_in(contract, role) for role in (Role.MANAGER, Role.SUPERVISOR)
    )
    person = make_person(contract)
    new, listing = url("agreement-new", contract), url("agreements", contract)
    before = manager.get(listing).text

    form = {"document": scan(), "changed": "", "token": uuid4()}
    sent = [post(manager, new, form).status_code for _ in range(2)]
    text = AgreementText.objects.get()
    decided = post(
        supervisor,
        url("agreement-approve", contract, text.pk),
        {"sign_by": today + DAY, "note": ""},
    )
    copy = {"text": text.pk, "signed_on": today, "document": scan(), "token": uuid4()}
    place = url("agreement-file", contract, person.pk)
    filed = [post(manager, place, copy).status_code for _ in range(2)]

    assert (sent, decided.status_code, filed) == ([302, 302], 302, [302, 302])
    assert "None on file" in before
    assert "Nobody is to sign" in manager.get(listing).text
    assert person.name in manager.get(f"{listing}?show=all").text


def test_the_page_says_why_it_refused(contract):
    supervisor = signed_in(contract, Role.SUPERVISOR)
    text = make_text(contract, status=TextStatus.SUBMITTED)

    answer = post(
        supervisor,
        url("agreement-approve", contract, text.pk),
        {"sign_by": date(2026, 4, 1), "note": ""},
    )

    assert answer.status_code == 422
    assert "This day is over already." in answer.text


def test_a_decision_on_what_was_decided_is_refused_in_words(contract):
    supervisor, text = signed_in(contract, Role.SUPERVISOR), make_text(contract)

    answer = post(
        supervisor, url("agreement-refuse", contract, text.pk), {"note": "否"}
    )

    assert answer.status_code == 422
    assert "This step is not open from here." in answer.text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.LEADER, Role.MANAGER])
def test_the_buttons_are_for_the_roles_that_may(contract, role):
    waiting = make_text(contract, status=TextStatus.SUBMITTED)

    page = signed_in(contract, role).get(url("agreements", contract)).text

    there = url("agreement-approve", contract, waiting.pk) in page
    assert there == (role in MAY["staffing.approve"])


def test_the_page_costs_the_same_for_three_people_as_for_one(contract):
    manager = signed_in(contract, Role.MANAGER)
    text = make_text(contract)
    make_agreement(make_person(contract), text)
    page = f"{url('agreements', contract)}?show=all"
    one = queries(manager, page)

    for number in (2, 3):
        newer = make_text(contract, number)
        make_agreement(make_person(contract), newer)

    assert queries(manager, page) == one


def test_the_newest_wording_stands_first_and_the_one_before_is_replaced(contract):
    make_text(contract)
    make_text(contract, 2)

    page = signed_in(contract, Role.MANAGER).get(url("agreements", contract))

    assert [text.version for text, _tone in page.context["texts"]] == [2, 1]
    assert page.context["newest"].version == 2


def test_people_of_another_contract_are_not_found(contract):
    stranger = make_person(make_contract())

    answer = signed_in(contract, Role.MANAGER).get(
        url("agreement-file", contract, stranger.pk)
    )

    assert answer.status_code == 404
