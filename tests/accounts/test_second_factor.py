import re
from base64 import b32decode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import AccountChangeKind, SignIn, SignInOutcome
from accounts.roles import NEEDS_SECOND_FACTOR, Duty, Role
from tests.factories import PASSWORD, make_contract, make_user

from .conftest import code_of, make_device

pytestmark = pytest.mark.django_db

CHECK = "/accounts/me/code/"
SET_UP = "/accounts/me/second-factor/"
MINE = "/accounts/me/sessions/"


def page_of_key(page: Any) -> tuple[str, bytes]:
    """Return what the page offers: its signed field, and the key in letters."""
    (offer,) = re.findall(r'name="offer" value="([^"]+)"', page.text)
    (letters,) = re.findall(r'setup-key">([A-Z2-7 ]+)<', page.text)
    return offer, b32decode(letters.replace(" ", ""))


@pytest.fixture
def leader():
    return make_user(make_contract(), Role.LEADER)


@pytest.fixture
def with_device(client, person):
    """Somebody who has a device, and has signed in by password."""
    device = make_device(person)
    client.force_login(person)
    return device


# --- Who has to ---------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_those_who_sign_for_money_set_it_up_first(client, role):
    client.force_login(make_user(make_contract(), role))

    response = client.get(MINE)

    if role in NEEDS_SECOND_FACTOR:
        assert response.url == f"{SET_UP}?next=%2Faccounts%2Fme%2Fsessions%2F"
    else:
        assert response.status_code == 200


@pytest.mark.parametrize("duty", Duty)
def test_those_who_administer_set_it_up_first(client, duty):
    client.force_login(make_user(duty=duty))

    assert client.get(MINE).url.startswith(SET_UP)


def test_a_role_on_any_contract_counts(client, leader):
    first = make_contract()
    first.memberships.create(user=leader, role=Role.AGENT)
    client.force_login(leader)

    assert client.get(MINE).url.startswith(SET_UP)


@pytest.mark.parametrize(("without", "status"), [(True, 200), (False, 302)])
def test_demo_accounts_are_let_in_without_where_the_setting_says_so(
    client, settings, without, status
):
    settings.DEMO_WITHOUT_SECOND_FACTOR = without
    client.force_login(make_user(duty=Duty.SYSTEM, demo=True))

    assert client.get(MINE).status_code == status


def test_the_setting_is_for_demo_accounts_alone(client, settings, leader):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client.force_login(leader)

    assert client.get(MINE).status_code == 302


def test_a_form_sent_before_that_does_nothing(client, leader):
    Client().force_login(leader)
    client.force_login(leader)

    client.post(MINE + "end-others/")

    assert leader.sessions.count() == 2


def test_the_way_out_is_open_all_the_time(client, leader):
    client.force_login(leader)

    assert client.post("/accounts/sign-out/").url == "/accounts/sign-in/"


# --- Setting it up ----------------------------------------------------------------------------


def test_the_code_of_the_offered_key_sets_it_up(client, leader):
    client.force_login(leader)
    before = client.session.session_key
    offer, key = page_of_key(client.get(SET_UP))

    response = client.post(
        f"{SET_UP}?next={MINE}", {"offer": offer, "code": code_of(key)}
    )

    assert response.url == MINE
    assert client.get(MINE).status_code == 200
    assert client.session.session_key != before
    assert leader.changes.get().kind == AccountChangeKind.SECOND_FACTOR_SET


def test_looking_at_the_page_stores_nothing(client, leader):
    client.force_login(leader)
    client.get(SET_UP)

    assert TOTPDevice.objects.count() == 0


def test_a_wrong_code_keeps_the_key(client, leader):
    client.force_login(leader)
    offer, key = page_of_key(client.get(SET_UP))

    response = client.post(SET_UP, {"offer": offer, "code": "000000"})

    assert response.status_code == 422
    assert page_of_key(response)[1] == key
    assert TOTPDevice.objects.count() == 0


@pytest.mark.parametrize("offer", ["", "x", "\x00", "x" * 10_000])
def test_a_key_that_we_did_not_offer_is_refused(client, leader, offer):
    client.force_login(leader)

    response = client.post(SET_UP, {"offer": offer, "code": "123456"})

    assert response.status_code == 422
    page_of_key(response)  # offers another one
    assert TOTPDevice.objects.count() == 0


def test_a_key_offered_to_somebody_else_is_refused(client, leader):
    other = Client()
    other.force_login(make_user(duty=Duty.AUDIT))
    offer, key = page_of_key(other.get(SET_UP))
    client.force_login(leader)

    response = client.post(SET_UP, {"offer": offer, "code": code_of(key)})

    assert response.status_code == 422


def test_another_device_takes_the_place_of_the_first_only_with_a_proof(
    client, with_device, person
):
    client.post(CHECK, {"code": code_of(with_device.bin_key)})
    offer, key = page_of_key(client.get(SET_UP))
    form = {"offer": offer, "code": code_of(key)}

    without = client.post(SET_UP, form)
    with_proof = client.post(SET_UP, form | {"proof": PASSWORD})

    assert (without.status_code, with_proof.status_code) == (422, 302)
    assert person.second_factor.bin_key == key


# --- Showing it -------------------------------------------------------------------------------


def test_who_has_a_device_is_asked_for_its_code(client, with_device):
    assert client.get(MINE).url == f"{CHECK}?next=%2Faccounts%2Fme%2Fsessions%2F"


@pytest.mark.parametrize("url", ["/accounts/me/password/", SET_UP, "/"])
def test_a_stolen_password_opens_nothing_before_the_code(client, with_device, url):
    assert client.get(url).url.startswith(CHECK)


def test_the_code_completes_the_sign_in_under_another_key(client, with_device, person):
    before = client.session.session_key

    response = client.post(
        f"{CHECK}?next={MINE}", {"code": code_of(with_device.bin_key)}
    )

    assert response.url == MINE
    assert client.get(MINE).status_code == 200
    assert client.session.session_key != before
    assert SignIn.objects.latest("pk").outcome == SignInOutcome.SECOND_FACTOR
    session = person.sessions.get()
    assert session.seen_at
    assert session.signed_in_at


def test_a_code_holds_once(client, with_device, person):
    code = code_of(with_device.bin_key)
    client.post(CHECK, {"code": code})
    again = Client()
    again.force_login(person)

    assert again.post(CHECK, {"code": code}).status_code == 422


def test_wrong_codes_make_one_wait(client, with_device):
    for _attempt in range(2):
        TOTPDevice.objects.update(
            throttling_failure_timestamp=now() - timedelta(hours=1)
        )
        client.post(CHECK, {"code": "000000"})

    response = client.post(CHECK, {"code": code_of(with_device.bin_key)})

    assert response.status_code == 422
    assert SignIn.objects.latest("pk").outcome == SignInOutcome.SECOND_FACTOR_REFUSED


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "\x00"]
)
def test_what_is_no_code_is_refused_in_words(client, with_device, code):
    response = client.post(CHECK, {"code": code})

    assert response.status_code == 422
    assert 'class="faults"' in response.text
    assert (
        SignIn.objects.filter(outcome=SignInOutcome.SECOND_FACTOR_REFUSED).count() == 0
    )
