from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts.models import AccountChangeKind, SignIn, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/accounts/me/password/"
NEW = "Lugou-bridge-485"


@pytest.fixture
def at_work(client, person):
    client.force_login(person)
    return client


def form(**given: str) -> dict[str, str]:
    return {"new": NEW, "again": NEW, "proof": PASSWORD} | given


def test_the_new_password_holds_from_now_on(at_work, person):
    response = at_work.post(PAGE, form())

    assert response.url == "/"
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert person.changes.get().kind == AccountChangeKind.PASSWORD_CHANGED


def test_it_ends_all_other_sessions(at_work, person):
    other = Client()
    other.force_login(person)

    at_work.post(PAGE, form())

    assert person.sessions.count() == 1
    assert other.get(PAGE).status_code == 302
    assert at_work.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"proof": "Wrong-password-1"}, "proof"),
        ({"again": "Another-bridge-11"}, "again"),
        ({"new": "short", "again": "short"}, "new"),
        ({"new": PASSWORD, "again": PASSWORD}, "new"),
        ({"new": "\x00" * 12, "again": "\x00" * 12}, "new"),
        ({"new": "a" * 10_000}, "new"),
    ],
)
def test_anything_else_is_refused_at_its_field(at_work, person, given, field):
    response = at_work.post(PAGE, form(**given))

    assert response.status_code == 422
    assert field in response.context["form"].errors
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_who_guesses_at_an_open_session_loses_it(at_work, person):
    for _attempt in range(4):
        at_work.post(PAGE, form(proof="Wrong-password-1"))
    response = at_work.post(PAGE, form(proof="Wrong-password-1"))

    assert response.status_code == 429
    assert at_work.get(PAGE).status_code == 302


def test_a_password_that_is_old_has_to_be_changed_first(at_work, person):
    User.objects.update(password_changed_at=now() - timedelta(days=91))
    assert at_work.get("/").url == f"{PAGE}?next=%2F"

    at_work.post(PAGE, form())

    assert at_work.get("/").status_code == 200


def test_a_wrong_proof_is_not_asked_for_when_the_rest_is_wrong(at_work):
    at_work.post(PAGE, form(new="short", proof="Wrong-password-1"))

    assert not SignIn.objects.filter(outcome="refused").exists()
