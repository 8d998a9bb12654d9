"""Whatever is sent, the program answers, and shows it as text if at all."""

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.roles import Duty, Role
from cases.models import Case, CaseStatus, Permit, PermitStatus, Recheck
from tests.stage import Place, World
from tests.world import make_whole_world, places

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_whole_world()


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
#: So many of them are sent to a page that narrows nothing down, or to one form of many.
FEW = 2

#: What is no query string at all.
QUERIES = ("%FF%FE", "%ED%A0%80", "%", "[]=1&[a]=2", "=&&=;", "a" * 500 + "=1")

#: Every parameter that some page reads, and one that none does.
PARAMETERS = [
    *("q", "status", "open", "due", "unit", "community", "category", "urgency"),
    *("source", "since", "until", "closed_since", "closed_until", "basis", "valid"),
    *("contacted", "solved", "satisfaction", "company", "sort", "day", "clauses"),
    *("page", "state", "duty", "username", "outcome", "address", "at_after"),
    *("at_before", "kind", "contract", "role", "next", "nothing"),
    *("contact_cause", "solution_cause", "satisfaction_cause", "unhappy", "columns"),
    *("rows", "pending", "reason", "members", "read", "answered", "level", "period"),
    *("again", "view", "head", "into", "query"),
    *("month", "week", "show", "gone", "corrects"),
]
#: Every field that some form has.
FIELDS = [
    *("token", "unit", "inner_due_at", "note", "happened_at", "text", "result"),
    *("reply", "contacted", "solved", "passed", "reason", "file", "day"),
    *("issue_time", "due_time", "active", "username", "password", "code", "next"),
    *("proof", "new", "again", "name", "user", "contract", "role", "session"),
    *("theme", "language", "offer"),
    # of an order's steps
    *("seen", "cause", "said", "told", "level", "leader", "answer_by", "channel"),
    *("way", "reached", "flags", "checks", "due_at", "valid", "contact_cause"),
    *("solution_cause", "satisfaction", "satisfaction_cause", "into"),
    # of applications and permits, and what is said to them
    *("kind", "until", "agreed", "granted", "granted_until", "answer", "purpose"),
    "valid_until",
    # of lists, and of files that go out and come in
    *("query", "shared", "columns", "rows", "template", "permit", "selected", "back"),
    *("asked", "mode", "column-0", "column-1", "lost-0"),
    # of a call, a list of the desk, a sample and what was found in it
    *("phone", "address", "confidential", "content", "category", "community", "spot"),
    *("urgent", "limit", "look", "term", "to", "since", "size", "quota", "seed"),
    *("verdict", "error"),
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


#: Of the other steps of an order, one for each kind of form there is.
STEPS = (
    *("contact", "decline", "call-back", "urge", "supervise", "alarm", "follow-up"),
    *("flag", "return", "extend", "exclude", "reopen", "merge"),
)


def forms_of_the_desk(world: World) -> list[tuple[str, str]]:
    """Return what the other forms about orders are sent to: their fields are alike."""
    case, returning = world.cases[CaseStatus.HANDLING], world.cases["returning"]
    answered = returning.pk, returning.applications.get().pk
    waiting = Permit.objects.exclude(status=PermitStatus.GRANTED).earliest("pk").pk
    looked_at = Recheck.objects.of(world.contract).latest("pk").pk
    desk = ("term-add", "term-rename", "term-move", "term-stop", "term-offer")
    unknown, drifted = (world.batches[name].pk for name in ("unknown", "drift"))
    return [
        *((Role.MANAGER, world.url(f"cases:{step}", case.pk)) for step in STEPS),
        *((Role.MANAGER, world.url(f"cases:{act}", "return_reason")) for act in desk),
        *(
            (Role.CLERK, world.url("cases:mapping", batch))
            for batch in (unknown, drifted)
        ),
        (Role.CLERK, world.url("cases:confirm", world.batches["checked"].pk)),
        (Role.AGENT, world.url("cases:register")),
        (Role.AGENT, world.url("cases:register-calls")),
        (Role.MANAGER, world.url("cases:application-endorse", *answered)),
        (Role.MANAGER, world.url("cases:bulk-transfer")),
        (Role.MANAGER, world.url("cases:views")),
        (Role.MANAGER, world.url("cases:export-new")),
        (Role.CLERK, world.url("cases:ledger-templates")),
        (Role.CLERK, world.url("cases:permit-new")),
        (Role.LEADER, world.url("cases:permit-decide", waiting)),
        (Role.MANAGER, world.url("cases:draw-new")),
        (Role.MANAGER, world.url("cases:judge", looked_at)),
        (Role.MANAGER, world.url("cases:member-add", returning.unit_id)),
    ]


def correcting(world: World, case: Case) -> str:
    """Return where the newest line of an order is corrected."""
    return world.url("cases:correct", case.pk, case.entries.latest("pk").pk)


def test_a_field_may_hold_anything(world):
    for who, url in forms(world):
        client = world.client(who)
        for value in VALUES:
            check(client.post(url, dict.fromkeys(FIELDS, value)), f"{url} {value}")


def test_a_field_of_the_desk_may_hold_anything(world):
    """Each form is sent some values, by turns; its token is right, so that it is read."""
    turns = cycle(VALUES)
    for who, url in forms_of_the_desk(world):
        client = world.client(who)
        for value in islice(turns, FEW):
            sent = dict.fromkeys(FIELDS, value) | {"token": f"{uuid4()}"}
            check(client.post(url, sent), f"{url} {value}")


class Forms(HTMLParser):
    """The forms of a page that change something: where to, and the names of their fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._open = said.get("method") == "post"
            if self._open:
                self.found.append((said.get("action") or "", set()))
        elif self._open and (name := said.get("name")):
            self.found[-1][1].add(name)

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def test_a_field_of_the_roster_may_hold_anything(world):
    """Every form on its pages is sent some values, by turns, in all of its own fields."""
    turns, sent = cycle(VALUES), set[str]()
    for place in places(world):
        if not place.name.startswith("staffing:"):
            continue
        client = world.client(place.who)
        for action, names in Forms(client.get(place.url).text).found:
            url = action or place.url
            if "/staffing/" not in url or url in sent:
                continue
            sent.add(url)
            for value in islice(turns, FEW):
                form = dict.fromkeys(names, value)
                if "token" in names:
                    form["token"] = f"{uuid4()}"
                check(client.post(url, form), f"{url} {value}")
    assert sent


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
