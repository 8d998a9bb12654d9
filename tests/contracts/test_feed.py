"""Deadlines in other people's calendars: behind a secret, without names, as the standard says."""

import logging
from datetime import UTC, date, datetime, timedelta
from unicodedata import category
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from contracts.actions import feeds as actions
from contracts.actions.feeds import MOST_FEEDS, FeedRefused
from contracts.feed import Event, events_of, to_text
from contracts.models import AuditEntry, FeedToken, Side
from tests.factories import (
    NOON,
    make_contract,
    make_due,
    make_obligation,
    make_user,
)

DAY = timedelta(days=1)


def parsed(text):
    """Read a calendar strictly; return its properties, and those of each event.

    Every line ends in CRLF, has at most 75 octets, and what is begun is ended.
    """
    assert text.endswith("\r\n")
    lines = text.split("\r\n")[:-1]
    assert not any("\n" in line or "\r" in line for line in lines)
    assert max(len(line.encode()) for line in lines) <= 75
    unfolded = []
    for line in lines:
        if line.startswith(" "):
            unfolded[-1] += line[1:]
        else:
            unfolded.append(line)
    assert (unfolded[0], unfolded[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    calendar, events = {}, []
    here = calendar
    for line in unfolded[1:-1]:
        name, _colon, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            assert here is calendar
            here = {}
        elif line == "END:VEVENT":
            assert {"UID", "DTSTAMP", "SUMMARY"} <= here.keys()
            events.append(here)
            here = calendar
        else:
            assert name not in here
            here[name] = unescaped(value)
    assert here is calendar
    assert len({event["UID"] for event in events}) == len(events)
    return calendar, events


def unescaped(value):
    found, characters = "", iter(value)
    for character in characters:
        if character == "\\":
            escaped = next(characters)
            assert escaped in "\\;,nN"
            found += "\n" if escaped in "nN" else escaped
        else:
            assert category(character) != "Cc"
            found += character
    return found


# --- The text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "短",
        "永定路" * 40,
        "a" * 200,
        "分号；;逗号，,反斜杠\\换行\n制表",
        "\\n is no newline; 👩‍💻" * 9,
    ],
)
def test_any_words_come_back_as_they_were(words):
    event = Event("due-1@x", date(2026, 6, 1), words, words)

    calendar, (found,) = parsed(to_text(words, [event], at=NOON))

    assert calendar["NAME"] == words
    assert (found["SUMMARY"], found["DESCRIPTION"]) == (words, words)


def test_control_characters_do_not_get_through():
    event = Event("due-1@x", date(2026, 6, 1), "a\x00b\x07c\r\nBEGIN:VALARM\td")

    _calendar, (found,) = parsed(to_text("x", [event], at=NOON))

    assert found["SUMMARY"] == "abc\nBEGIN:VALARMd"


def test_a_day_is_a_day_and_a_moment_is_in_utc():
    events = [
        Event("1@x", date(2026, 6, 1), "day"),
        Event("2@x", datetime(2026, 6, 1, 2, 30, tzinfo=UTC), "moment"),
    ]

    _calendar, found = parsed(to_text("x", events, at=NOON))

    assert found[0]["DTSTART;VALUE=DATE"] == "20260601"
    assert found[1]["DTSTART"] == "20260601T023000Z"
    assert {event["DTSTAMP"] for event in found} == {"20260601T040000Z"}


# --- What is in it ------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def of(contract, side="", at=NOON):
    return list(events_of(contract, side=side, site="https://example.cn", at=at))


def test_an_event_names_what_is_owed_and_keeps_its_name():
    contract = make_contract()
    due = make_due(
        make_obligation(contract, title="月报"), date(2026, 6, 2), label="6月"
    )

    first = of(contract)[0]
    due.deliver(by=None, at=NOON)
    then = of(contract)[0]

    assert (first.uid, first.on, first.summary) == (
        f"due-{due.pk}@{contract.number}",
        date(2026, 6, 2),
        "月报 6月",
    )
    assert first.url == f"https://example.cn{due.get_absolute_url()}"
    assert (then.uid, then.summary) == (first.uid, "[Done] 月报 6月")


def test_late_is_said_and_what_is_dropped_is_cancelled():
    contract = make_contract()
    make_due(make_obligation(contract, title="整改"), date(2026, 5, 2), label="")
    gone = make_due(make_obligation(contract), date(2026, 5, 3), status="dropped")

    late, dropped = of(contract)[:2]

    assert late.summary == "[Late] 整改"
    assert dropped.uid.startswith(f"due-{gone.pk}@")
    assert dropped.cancelled


def test_titles_that_people_typed_stay_behind_the_door():
    contract = make_contract()
    obligation = make_obligation(
        contract, mode="on_event", due_rule={"event": "demand", "days": 3}, title="整改"
    )
    make_due(obligation, date(2026, 6, 2), label="更换张三的要求")

    text = to_text("x", of(contract), at=NOON)

    assert "张三" not in text
    assert "整改" in text


def test_what_comes_round_daily_is_one_event_a_day_for_a_fortnight():
    contract = make_contract()
    for _number in range(2):
        daily = make_obligation(contract, due_rule={"every": "day", "days": 1})
        for day in range(60):
            make_due(daily, date(2026, 5, 31) + day * DAY)
        make_due(daily, date(2026, 5, 2))

    days = [event.on for event in of(contract) if event.uid.startswith("daily-")]

    assert days == [date(2026, 5, 31) + day * DAY for day in range(16)]


def test_one_sides_calendar_leaves_the_others_out():
    contract = make_contract()
    make_due(make_obligation(contract, title="报告"), date(2026, 6, 2), label="")
    ours = make_obligation(contract, side=Side.A, accepted_by_a=False, title="付款")
    make_due(ours, date(2026, 6, 2), label="")

    found = {side: {one.summary for one in of(contract, side)} for side in Side}

    assert "报告" in found[Side.B] - found[Side.A]
    assert "付款" in found[Side.A] - found[Side.B]
    assert "Service ends" in found[Side.A] & found[Side.B]


# --- The door without a sign-in -------------------------------------------------------------


@pytest.fixture
def contract():
    contract = make_contract()
    make_due(make_obligation(contract, title="月报"), date(2999, 6, 2), label="")
    return contract


@pytest.fixture
def user(contract):
    return make_user(contract, Role.MANAGER)


def make(contract, user, **given):
    return actions.make(
        contract, **{"side": "", "token": uuid4(), "at": NOON} | given, by=user
    )


def address(contract, secret):
    return reverse("contracts:feed", args=[contract.number, secret])


@pytest.fixture
def feed(contract, user):
    _token, secret = make(contract, user)
    return address(contract, secret)


def test_a_calendar_program_reads_it_without_signing_in(feed, contract):
    answer = Client().get(feed)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    calendar, events = parsed(answer.content.decode())
    assert calendar["NAME"] == contract.short_title
    assert events


def test_a_wrong_secret_opens_nothing(feed, contract):
    for secret in ("x", "%00", "0" * 5000, "..", "永定"):
        assert Client().get(address(contract, secret)).status_code == 404


def test_a_secret_opens_its_own_contract_alone(feed, contract, user):
    _token, secret = make(contract, user)

    assert Client().get(address(make_contract(), secret)).status_code == 404


def test_a_revoked_feed_does_not_exist(feed, contract, user):
    token = FeedToken.objects.get()

    for _time in range(2):
        actions.revoke(token, by=user, at=NOON + DAY)

    assert Client().get(feed).status_code == 404
    entries = AuditEntry.objects.about(token).order_by("pk")
    assert [entry.became for entry in entries] == ["made", "revoked"]


def test_who_lost_their_role_reads_nothing_any_more(feed, user):
    user.memberships.all().delete()

    assert Client().get(feed).status_code == 404


def test_who_has_a_role_without_the_contract_reads_nothing(feed, user):
    user.memberships.update(role=Role.UNIT)

    assert Client().get(feed).status_code == 404


def test_who_is_suspended_reads_nothing(feed, user):
    user.close(by=None, at=NOON)

    assert Client().get(feed).status_code == 404


def test_the_feed_is_only_read(feed):
    assert Client().post(feed).status_code == 405


def test_when_it_was_used_is_noted(feed):
    Client().get(feed)

    assert FeedToken.objects.get().last_used_at is not None


def test_the_secret_is_kept_nowhere_and_not_logged(feed, caplog):
    caplog.set_level(logging.DEBUG)
    secret = feed.rpartition("/")[2].removesuffix(".ics")

    Client().get(feed)

    assert "answered" in caplog.text
    assert secret not in caplog.text
    assert secret not in str(FeedToken.objects.values())


def test_the_same_form_makes_one_feed_and_tells_its_secret_once(contract, user):
    token = uuid4()

    first, secret = make(contract, user, token=token)
    again, nothing = make(contract, user, token=token)

    assert first == again
    assert len(secret) > 40
    assert nothing == ""


def test_nobody_has_more_of_them_than_one_needs(contract, user):
    for _number in range(MOST_FEEDS):
        make(contract, user)

    with pytest.raises(FeedRefused, match="Take one back first"):
        make(contract, user)


# --- The page -----------------------------------------------------------------------------


def test_the_address_is_shown_once_and_works(client, contract, user):
    client.force_login(user)
    page = reverse("contracts:deadlines", args=[contract.number])
    made = client.post(f"{page}feed/", {"side": "b", "token": str(uuid4())})
    url = urlsplit(made.context["made"])

    answer = Client().get(url.path)

    assert made.status_code == 200
    assert url.path in made.text
    assert answer.status_code == 200
    assert url.path not in client.get(page).text
    assert FeedToken.objects.get().side == "b"


def test_the_form_sent_twice_shows_no_second_secret(client, contract, user):
    client.force_login(user)
    page = reverse("contracts:feed-make", args=[contract.number])
    sent = {"side": "", "token": str(uuid4())}

    client.post(page, sent)
    again = client.post(page, sent)

    assert (again.status_code, again.context["made"]) == (200, "")
    assert "not shown a second time" in again.text
    assert FeedToken.objects.count() == 1


def test_a_bad_form_is_refused(client, contract, user):
    client.force_login(user)
    page = reverse("contracts:feed-make", args=[contract.number])

    answer = client.post(page, {"side": "c", "token": str(uuid4())})

    assert answer.status_code == 422
    assert not FeedToken.objects.exists()


def test_a_feed_is_taken_back_on_the_page_by_its_owner_alone(
    client, feed, contract, user
):
    token = FeedToken.objects.get()
    page = reverse("contracts:feed-revoke", args=[contract.number, token.pk])

    client.force_login(make_user(contract, Role.MANAGER))
    others = client.post(page)
    client.force_login(user)
    own = client.post(page)

    assert (others.status_code, own.status_code) == (404, 302)
    assert Client().get(feed).status_code == 404
