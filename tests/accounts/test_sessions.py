from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils.timezone import now

from accounts import actions
from accounts.models import Session, SignIn, SignInOutcome
from accounts.sessions import SIGNED_IN_AT, SessionStore
from tests.factories import make_user

pytestmark = pytest.mark.django_db

MINE = "/accounts/me/sessions/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def at_work(client, person):
    client.force_login(person)
    client.get(MINE)
    return client


def went_away(session: Session, *, for_: timedelta) -> None:
    Session.objects.filter(pk=session.pk).update(seen_at=now() - for_)


def signed_in(session: Session, *, ago: timedelta) -> None:
    store = SessionStore(session.pk)
    store[SIGNED_IN_AT] = int((now() - ago).timestamp())
    store.save()


def words(response: Any) -> list[str]:
    return [message.level_tag for message in get_messages(response.wsgi_request)]


def test_who_goes_away_for_long_is_signed_out_and_told(at_work, person):
    went_away(person.sessions.get(), for_=timedelta(minutes=16))

    response = at_work.get(MINE)

    assert response.url == f"/accounts/sign-in/?next={MINE}"
    assert words(response) == ["info"]
    assert person.sessions.count() == 0
    assert SignIn.objects.latest("pk").outcome == SignInOutcome.ENDED


def test_who_comes_back_soon_goes_on(at_work, person):
    went_away(person.sessions.get(), for_=timedelta(minutes=14))

    assert at_work.get(MINE).status_code == 200


def test_no_session_lasts_longer_than_a_shift(at_work, person):
    signed_in(person.sessions.get(), ago=timedelta(hours=12, minutes=1))

    assert at_work.get(MINE).status_code == 302


def test_work_keeps_a_session_alive_at_one_write_a_minute(
    at_work, person, django_assert_num_queries
):
    went_away(person.sessions.get(), for_=timedelta(minutes=10))
    at_work.get(MINE)
    assert now() - person.sessions.get().seen_at < timedelta(seconds=5)

    # Session, person, sessions, contracts, messages.
    with django_assert_num_queries(5) as asked:
        at_work.get(MINE)

    assert not [query for query in asked if query["sql"].startswith("UPDATE")]


def test_what_a_page_asks_for_by_itself_does_not_keep_it_alive(at_work, person):
    went_away(person.sessions.get(), for_=timedelta(minutes=10))

    at_work.get(MINE, headers={"X-Poll": "1"})

    assert now() - person.sessions.get().seen_at > timedelta(minutes=9)


def test_a_page_that_polls_is_told_once_and_stops(at_work, person):
    went_away(person.sessions.get(), for_=timedelta(minutes=16))

    response = at_work.get(MINE, headers=HTMX | {"X-Poll": "1"})

    assert (response.status_code, response["HX-Retarget"]) == (286, "#main")
    assert "<html" not in response.text


def test_what_was_typed_into_a_part_stays_on_the_screen(at_work, person):
    person.sessions.all().delete()

    response = at_work.post(MINE + "end/", {"session": "x"}, headers=HTMX)

    assert (response.status_code, response["HX-Reswap"]) == (422, "afterbegin")
    assert "HX-Redirect" not in response


def test_a_part_that_only_reads_leads_to_the_door(at_work, person):
    person.sessions.all().delete()

    response = at_work.get(
        MINE,
        headers=HTMX
        | {"HX-Current-URL": "http://testserver/accounts/me/sessions/?a=1"},
    )

    assert response["HX-Redirect"] == (
        "/accounts/sign-in/?next=/accounts/me/sessions/%3Fa%3D1"
    )


def test_a_form_that_came_too_late_leads_back_to_its_page(at_work, person):
    person.sessions.all().delete()

    response = at_work.post(
        MINE + "end/",
        {"session": "x"},
        headers={"Referer": "http://testserver/accounts/me/sessions/"},
    )

    assert response.url == "/accounts/sign-in/?next=/accounts/me/sessions/"
    assert words(response) == ["warning"]


def test_a_page_of_others_is_not_come_back_to(at_work, person):
    person.sessions.all().delete()

    response = at_work.post(
        MINE + "end/", headers={"Referer": "https://evil.example/accounts/"}
    )

    assert response.url == "/accounts/sign-in/?next=/"


def test_who_was_never_in_is_not_told_that_it_is_over(client):
    assert words(client.get(MINE)) == []


# --- The page ---------------------------------------------------------------------------------


def test_the_page_shows_where_one_is_signed_in(at_work, person):
    Client(headers={"User-Agent": "Another browser"}).force_login(person)

    page = at_work.get(MINE)

    assert len(page.context["sessions"]) == 2


def test_the_page_does_not_show_what_would_let_others_in(at_work, person):
    assert person.sessions.get().pk not in at_work.get(MINE).text


def test_one_session_can_be_ended(at_work, person):
    other = Client()
    other.force_login(person)
    session = Session.objects.get(pk=other.session.session_key)

    at_work.post(MINE + "end/", {"session": session.handle})

    assert other.get(MINE).status_code == 302


def test_all_others_can_be_ended(at_work, person):
    others = [Client(), Client()]
    for other in others:
        other.force_login(person)

    at_work.post(MINE + "end-others/")

    assert [other.get(MINE).status_code for other in others] == [302, 302]
    assert at_work.get(MINE).status_code == 200


@pytest.mark.parametrize("handle", ["", "x", "\x00", "a" * 10_000])
def test_there_is_no_such_session(at_work, handle):
    assert at_work.post(MINE + "end/", {"session": handle}).status_code == 404


def test_nobody_ends_the_session_of_somebody_else(at_work):
    other = make_user()
    Client().force_login(other)
    theirs = Client()
    theirs.force_login(other)

    at_work.post(MINE + "end/", {"session": other.sessions.all()[0].handle})

    assert other.sessions.count() == 2


def test_what_nobody_came_back_to_is_ended_by_the_clock(at_work, person):
    went_away(person.sessions.get(), for_=timedelta(minutes=16))
    Client().force_login(make_user())

    ended = actions.end_sessions_that_are_over(at=now())

    assert ended == 1
    assert person.sessions.count() == 0
    assert Session.objects.count() == 1


# --- What goes with every answer ----------------------------------------------------------------


def test_pages_behind_the_door_are_kept_by_nobody(at_work):
    assert at_work.get(MINE)["Cache-Control"] == "no-store, private"


def test_every_answer_bears_a_number(client):
    first, second = (client.get("/healthz")["X-Request-Number"] for _ in range(2))

    assert len(first) == 12
    assert first != second


def test_the_log_says_who_and_what_and_nothing_personal(at_work, person, caplog):
    caplog.set_level("INFO")

    response = at_work.get(MINE + "?q=13800000000")

    line = [
        record.msg for record in caplog.records if record.name == "accounts.middleware"
    ][-1]
    assert line["path"] == MINE
    assert (line["status"], line["user"]) == (200, person.pk)
    assert line["request"] == response["X-Request-Number"]
    assert "13800000000" not in str(line)
