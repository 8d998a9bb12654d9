"""Whatever is sent, the program answers, and shows it as text if at all."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.roles import Duty, Role
from cases.models import Case, CaseStatus
from tests.world import Place, World, make_world, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_world()


#: What may stand where something else was expected.
VALUES = (
    "\x00",
    "x" * 10_000,
    "9" * 400,
    "-1",
    "１２",  # figures, but not ours
    "'; DROP TABLE cases_case; --",
    "' & !'ab':* | (",
    "<script>alert(1)</script>",
    "{{ 7 }}{% url %}",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-06-01T00:00:00+23:59",
    "9999-12-31",
    "\u202e\ufeff\U0001f4a7",
    "//evil.example",
)
#: So many of them are sent to a page that narrows nothing down.
FEW = 1

#: What is no query string at all.
QUERIES = ("%FF%FE", "%ED%A0%80", "%", "[]=1&[a]=2", "=&&=;", "a" * 500 + "=1")

#: Every parameter that some page reads, and one that none does.
PARAMETERS = [
    *("q", "status", "open", "due", "unit", "community", "category", "urgency"),
    *("source", "since", "until", "closed_since", "closed_until", "basis", "valid"),
    *("contacted", "solved", "satisfaction", "company", "sort", "day", "clauses"),
    *("page", "state", "duty", "username", "outcome", "address", "at_after"),
    *("at_before", "kind", "contract", "role", "next", "nothing"),
]
#: Every field that some form has.
FIELDS = [
    *("token", "unit", "inner_due_at", "note", "happened_at", "text", "result"),
    *("reply", "contacted", "solved", "passed", "reason", "file", "day"),
    *("issue_time", "due_time", "active", "username", "password", "code", "next"),
    *("proof", "new", "again", "name", "user", "contract", "role", "session"),
    *("theme", "language", "offer"),
]


def check(answer: Any, sent: str) -> None:
    """Look at an answer to something hostile; name that if it is not harmless."""
    assert answer.status_code < 500, sent
    assert "<script>alert" not in answer.text, sent
    assert not answer.get("Location", "").startswith("//"), sent


def one_of_each(world: World) -> Iterator[Place]:
    yield from {place.name: place for place in places(world)}.values()


def test_a_parameter_may_hold_anything(world):
    """Lists are sent every value; of other pages each is sent some, by turns."""
    turns = 0
    for place in one_of_each(world):
        client, path = world.client(place.who), place.url.partition("?")[0]
        narrows = 'class="filters' in client.get(path).text
        for number in range(len(VALUES) if narrows else FEW):
            value = VALUES[(turns := turns + 1) % len(VALUES)]
            said = "&".join(f"{name}={quote(value)}" for name in PARAMETERS)
            edge = "after" if number % 2 else "before"  # one at a time is looked at
            url = f"{path}?{said}&{edge}={quote(f'{value}~{value}')}"
            check(client.get(url), url)


def test_a_query_need_not_be_one(world):
    client = world.client(Role.MANAGER)

    for path in (world.url("cases:list"), world.received.get_absolute_url()):
        for query in QUERIES:
            check(client.get(f"{path}?{query}&q={query}&sort={query}"), query)


def forms(world: World) -> list[tuple[str, str]]:
    """Return what forms are sent to, each with somebody who may send it."""
    case, person = world.cases[CaseStatus.HANDLING], world.somebody
    steps = ("transfer", "reply", "review", "reveal")
    member = person.memberships.get().pk
    return [
        *((Role.MANAGER, world.url(f"cases:{step}", case.pk)) for step in steps),
        (Role.MANAGER, correcting(world, case)),
        (Role.MANAGER, world.url("cases:import")),
        (Role.MANAGER, world.url("reports:ask")),
        (Role.SUPERVISOR, world.url("reports:schedule")),
        (Duty.SYSTEM, reverse("accounts:new-person")),
        (Duty.SYSTEM, reverse("accounts:act", args=[person.pk, "suspend"])),
        (Duty.SECURITY, reverse("memberships:grant")),
        (Duty.SECURITY, reverse("memberships:change", args=[member])),
        (Duty.SECURITY, reverse("memberships:revoke", args=[member])),
        (Role.AGENT, reverse("accounts:password")),
        (Role.AGENT, reverse("accounts:second-factor")),
        (Role.AGENT, reverse("accounts:end-session")),
        (Role.AGENT, reverse("accounts:theme")),
        (Role.AGENT, reverse("set_language")),
        ("", reverse("accounts:sign-in")),
    ]


def correcting(world: World, case: Case) -> str:
    """Return where the newest line of an order is corrected."""
    return world.url("cases:correct", case.pk, case.entries.latest("pk").pk)


def test_a_field_may_hold_anything(world):
    for who, url in forms(world):
        client = world.client(who)
        for value in VALUES:
            check(client.post(url, dict.fromkeys(FIELDS, value)), f"{url} {value}")


def test_text_that_is_taken_is_shown_as_text(world):
    """All else is right, so that what a form lets pass comes to ledger and page."""
    client, case = world.client(Role.MANAGER), world.cases[CaseStatus.HANDLING]
    for value in VALUES:
        for url, form in (
            (world.url("cases:urge", case.pk), {"text": value}),
            (correcting(world, case), {"text": value}),
            (world.url("cases:reveal", case.pk), {"reason": value}),
            (
                world.url("cases:transfer", case.pk),
                {"unit": case.unit_id, "note": value},
            ),
        ):
            check(client.post(url, form | {"token": f"{uuid4()}"}), f"{url} {value}")

    page = client.get(case.get_absolute_url())

    check(page, "")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "{{ 7 }}" in page.text
