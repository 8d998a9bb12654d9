import re
from datetime import timedelta

import pytest
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from accounts.lockout import LedgerHandler
from accounts.models import SignIn, SignInOutcome, User
from tests.factories import PASSWORD, make_user

from .conftest import ADDRESS

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/sign-in/"


def outcomes() -> list[str]:
    return list(SignIn.objects.order_by("pk").values_list("outcome", flat=True))


def test_who_knows_the_password_is_let_in(client, person, sign_in):
    response = sign_in()

    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(person.pk)


def test_a_sign_in_is_written_to_the_ledger(person, sign_in):
    sign_in()

    entry = SignIn.objects.get()
    assert (entry.user, entry.username, entry.address, entry.outcome) == (
        person,
        "zhangsan",
        ADDRESS,
        SignInOutcome.IN,
    )


def test_a_sign_in_begins_a_session_of_its_own(client, person, sign_in):
    client.get(SIGN_IN)
    before = client.session.session_key

    sign_in()

    assert client.session.session_key != before
    session = person.sessions.get()
    assert session.address == ADDRESS
    assert session.signed_in_at is not None
    assert session.seen_at is not None


class CountingHasher(MD5PasswordHasher):
    """Counts how often somebody pays for a hash."""

    paid = 0

    def encode(self, password, salt):
        CountingHasher.paid += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("username", ["zhangsan", "nobody", "gone"])
def test_who_has_no_account_is_told_the_same_at_the_same_price(
    settings, client, person, sign_in, username
):
    make_user(username="gone", is_active=False)
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.paid = 0

    response = sign_in(username, "Wrong-password-1")

    assert CountingHasher.paid == 1
    assert response.status_code == 422
    page = re.sub(r'value="[^"]*"', "", response.text)
    assert page == re.sub(
        r'value="[^"]*"', "", sign_in("lisi", "Wrong-password-1").text
    )


def test_the_fifth_wrong_password_locks(person, sign_in):
    answers = [sign_in(password="Wrong-password-1").status_code for _ in range(5)]

    assert answers == [422, 422, 422, 422, 429]
    assert outcomes() == [SignInOutcome.REFUSED] * 5


@pytest.mark.parametrize("username", ["zhangsan", "nobody"])
def test_a_lock_says_until_when_and_asks_no_password(person, sign_in, username):
    for _attempt in range(5):
        sign_in(username, "Wrong-password-1")

    response = sign_in(username)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 300
    assert outcomes()[-1] == SignInOutcome.LOCKED


def test_trying_while_locked_does_not_make_it_longer(person, sign_in):
    for _attempt in range(5):
        sign_in(password="Wrong-password-1")
    first = int(sign_in()["Retry-After"])
    for _attempt in range(5):
        sign_in(password="Wrong-password-1")

    assert int(sign_in()["Retry-After"]) <= first


def test_the_next_five_lock_for_longer(person, sign_in):
    _refused(10, ago=timedelta(minutes=20))
    for _attempt in range(4):
        assert sign_in(password="Wrong-password-1").status_code == 422

    response = sign_in(password="Wrong-password-1")

    assert int(response["Retry-After"]) > 55 * 60


def test_a_lock_is_for_one_account_at_one_address(person, sign_in, client):
    make_user(username="lisi")
    for _attempt in range(5):
        sign_in(password="Wrong-password-1")

    elsewhere = Client(REMOTE_ADDR="192.0.2.7").post(
        SIGN_IN, {"username": "zhangsan", "password": PASSWORD}
    )

    assert sign_in("lisi").status_code == 302
    assert elsewhere.status_code == 302


def test_the_right_password_begins_the_count_anew(person, client, sign_in):
    for _attempt in range(4):
        sign_in(password="Wrong-password-1")
    sign_in()
    client.post(reverse("accounts:sign-out"))

    answers = [sign_in(password="Wrong-password-1").status_code for _ in range(4)]

    assert answers == [422] * 4


def _refused(count: int, *, ago: timedelta) -> None:
    for _attempt in range(count):
        SignIn.objects.create(
            at=now() - ago,
            username="zhangsan",
            address=ADDRESS,
            outcome=SignInOutcome.REFUSED,
        )


# --- Who sends something else -------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        {"username": "zhang\x00san", "password": PASSWORD},
        {"username": "zhangsan", "password": "\x00"},
        {"username": "z" * 10_000, "password": PASSWORD},
        {"username": "zhangsan", "password": "p" * 10_000},
        {"username": "", "password": ""},
        {},
        {"username": ["a", "b"], "password": ["c", "d"]},
    ],
)
def test_anything_else_is_refused_in_words(client, form):
    response = client.post(SIGN_IN, form)

    assert response.status_code == 422
    assert 'class="faults"' in response.text or 'role="alert"' in response.text


@pytest.mark.parametrize("query", ["next=%00", "next=" + "a" * 10_000, "next=1&next=2"])
def test_the_page_stands_any_query(client, query):
    assert client.get(f"{SIGN_IN}?{query}").status_code == 200


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http:///evil.example/",
        "\x00/contracts/",
        "a" * 10_000,
    ],
)
def test_next_never_leads_away(person, sign_in, goal):
    assert sign_in(next=goal).url == "/"


def test_next_leads_to_where_one_was_going(person, sign_in):
    assert sign_in(next="/accounts/me/sessions/").url == "/accounts/me/sessions/"


def test_who_is_in_is_not_asked_again(client, person):
    client.force_login(person)

    assert client.get(f"{SIGN_IN}?next=/accounts/me/sessions/").status_code == 302


def test_the_form_needs_its_token(person):
    strict = Client(enforce_csrf_checks=True)

    response = strict.post(SIGN_IN, {"username": "zhangsan", "password": PASSWORD})

    assert response.status_code == 403


# --- Signing out ------------------------------------------------------------------------------


def test_signing_out_ends_the_session(client, person):
    client.force_login(person)

    client.post(reverse("accounts:sign-out"))

    assert person.sessions.count() == 0
    assert outcomes()[-1] == SignInOutcome.OUT


def test_a_link_signs_nobody_out(client, person):
    client.force_login(person)

    assert client.get(reverse("accounts:sign-out")).status_code == 405
    assert person.sessions.count() == 1


# --- Start passwords ----------------------------------------------------------------------------


def test_a_start_password_not_used_in_time_lets_nobody_in(person, sign_in):
    User.objects.update(
        must_change_password=True, password_changed_at=now() - timedelta(days=4)
    )

    assert sign_in().status_code == 422


def test_a_start_password_leads_to_a_new_one_first(client, person, sign_in):
    User.objects.update(must_change_password=True, password_changed_at=now())
    sign_in()

    response = client.get("/")

    assert response.url == "/accounts/me/password/?next=%2F"


# --- Behind a proxy -------------------------------------------------------------------------------


@pytest.mark.parametrize(("behind", "address"), [(True, "192.0.2.7"), (False, ADDRESS)])
def test_only_our_own_proxy_says_where_somebody_is(
    settings, client, person, behind, address
):
    settings.BEHIND_TLS_PROXY = behind
    client.post(
        SIGN_IN,
        {"username": "zhangsan", "password": PASSWORD},
        headers={"X-Forwarded-For": "10.9.9.9, 192.0.2.7"},
    )

    assert SignIn.objects.get().address == address


def test_the_ledger_is_what_axes_asks():
    handler = AxesProxyHandler.get_implementation()

    assert isinstance(handler, LedgerHandler)
