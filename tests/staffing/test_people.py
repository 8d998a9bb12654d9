"""Files of people: proposed, approved by somebody else, bound, begun; and their doors."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.models import Session
from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import AuditEntry, Membership, TransitionRefused
from staffing.actions import people as actions
from staffing.actions.clearance import settle
from staffing.actions.watch import watch
from staffing.models import Identity, Person, PersonStatus
from tests.factories import NOON, make_contract, make_user

from .factories import make_agreement, make_person, make_post, make_text

pytestmark = pytest.mark.django_db

NUMBER = "999999199003070012"
DAY = timedelta(days=1)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def manager(contract):
    return make_user(contract, Role.MANAGER)


@pytest.fixture
def supervisor(contract):
    return make_user(contract, Role.SUPERVISOR)


def propose(contract, by, **given):
    values = {
        "name": "张三",
        "post": make_post(contract),
        "number": NUMBER,
        "qualification": "",
        "paper": None,
        "token": uuid4(),
    }
    return actions.propose(contract, **values | given, by=by, at=NOON)


def uncleared(contract, role=Role.AGENT):
    """Make an account with a role that no door opens to yet."""
    user = make_user(contract, role)
    Membership.objects.filter(user=user).update(cleared_at=None)
    return user


def test_a_person_is_proposed_once_and_the_number_is_encrypted(contract, manager):
    token = uuid4()

    one = propose(contract, manager, token=token)
    again = propose(contract, manager, token=token)

    assert one == again
    assert one.identity.number == NUMBER
    assert one.identity.masked == "999***********0012"
    raw = Identity.objects.filter(pk=one.pk).extra(select={"raw": "number"})
    assert NUMBER.encode() not in bytes(raw.values_list("raw", flat=True)[0])


@pytest.mark.parametrize(
    "number", ["", "999999199003070013", "9999991990030700", "x" * 18]
)
def test_a_number_that_is_none_is_refused_at_its_field(contract, manager, number):
    with pytest.raises(MatterRefused) as refused:
        propose(contract, manager, number=number)

    assert refused.value.field == "number"
    assert not Person.objects.exists()


def test_the_same_number_is_the_same_person(contract, manager, supervisor):
    first = propose(contract, manager)

    with pytest.raises(MatterRefused, match="张三"):
        propose(contract, manager, name="李四", number=" 999999 19900307 0012")
    actions.refuse(first, note="资格不符", by=supervisor, at=NOON)
    propose(contract, manager, name="李四")


def test_nobody_approves_whom_they_proposed(contract, supervisor):
    person = propose(contract, supervisor)

    with pytest.raises(MatterRefused):
        actions.approve(person, note="", by=supervisor, at=NOON)
    with pytest.raises(IntegrityError):
        Person.objects.filter(pk=person.pk).update(
            status=PersonStatus.APPROVED, decided_at=NOON, decided_by=supervisor
        )


def test_who_was_refused_is_proposed_again_and_decided_once(
    contract, manager, supervisor
):
    person = propose(contract, manager)
    actions.refuse(person, note="资格不符", by=supervisor, at=NOON)
    actions.propose_again(person, qualification="有证", paper=None, by=manager, at=NOON)
    actions.approve(person, note="", by=supervisor, at=NOON)

    with pytest.raises(TransitionRefused):
        actions.approve(person, note="", by=supervisor, at=NOON)


def test_a_door_opens_once_all_is_there_and_not_before(
    contract, manager, supervisor, settings
):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    user, client = uncleared(contract), Client()
    client.force_login(user)
    desk = reverse("staffing:desk", args=[contract.number])
    person = propose(contract, manager)

    def status():
        return client.get(desk).status_code

    assert status() == 403
    actions.approve(person, note="", by=supervisor, at=NOON)
    actions.begin(
        person, begins_on=localdate(NOON) + DAY, user=user, by=manager, at=NOON
    )
    make_agreement(person, make_text(contract))
    settle(contract, at=NOON)
    assert status() == 403  # the day has not come

    watch(contract, at=NOON + DAY)
    assert status() == 200


def test_who_leaves_is_shut_out_and_signed_out_within_a_minute(
    contract, manager, settings
):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    user = uncleared(contract)
    person = make_person(contract, user=user)
    make_agreement(person, make_text(contract))
    settle(contract, at=NOON)
    client = Client()
    client.force_login(user)
    desk = reverse("staffing:desk", args=[contract.number])
    assert client.get(desk).status_code == 200

    person.leaves_on = localdate(NOON)
    person.save()
    watch(contract, at=NOON + DAY)

    assert client.get(desk).status_code == 302  # to the door: the session is gone
    assert not Session.objects.filter(user=user).exists()
    client.force_login(user)
    assert client.get(desk).status_code == 403
    assert AuditEntry.objects.filter(became="shut out").count() == 1


def test_who_has_no_file_keeps_what_they_have(contract):
    user = make_user(contract, Role.AGENT)

    settle(contract, at=NOON)

    assert Membership.objects.get(user=user).is_cleared


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.CLOSER])
def test_an_account_is_of_the_vendor_and_of_the_post(
    contract, manager, supervisor, role
):
    person = propose(contract, manager)
    actions.approve(person, note="", by=supervisor, at=NOON)

    with pytest.raises(MatterRefused) as refused:
        actions.begin(
            person,
            begins_on=localdate(NOON),
            user=make_user(contract, role),
            by=manager,
            at=NOON,
        )

    assert refused.value.field == "user"


def test_an_identity_is_shown_for_a_reason_and_written_down(
    contract, manager, supervisor
):
    person = propose(contract, manager)

    assert (
        actions.reveal_identity(person, reason="核对劳动合同", by=supervisor, at=NOON)
        == NUMBER
    )
    for _time in range(actions.REVEALS_AN_HOUR - 1):
        actions.reveal_identity(person, reason="核对劳动合同", by=supervisor, at=NOON)
    with pytest.raises(MatterRefused):
        actions.reveal_identity(person, reason="核对劳动合同", by=supervisor, at=NOON)

    assert AuditEntry.objects.filter(became=actions.REVEALED).count() == 10
