"""Every page there is, with something on it."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver, resolve

from tests.stage import Place, World
from tests.test_doors import address, patterns
from tests.world import make_whole_world, places

pytestmark = pytest.mark.django_db

#: A link that is the same for several people is followed as so many of them.
ROLES_A_LINK = 3

#: What answers a GET and is no page: files, an answer to a machine, a switch; and what
#: is there with DEBUG alone.
NO_PAGES = {
    "cases:export-file",
    "cases:faults",
    "cases:ledger-template-file",
    "cases:presence",
    "cases:source",
    "contracts:document-file",
    "contracts:feed",
    "reports:letter",
    "reports:package-file",
    "reports:paper",
    "reports:urging-letter",
    "reports:workbook",
    "staffing:coverage-sheet",
    "staffing:roster-export",
    "healthz",
    "set_language",
    "style",
}


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_whole_world()


def answers(world: World, **cookies: str) -> Iterator[tuple[Place, Any]]:
    """Yield every page there is, with what it answers to somebody who may open it."""
    clients: dict[str, Client] = {}
    for place in places(world):
        client = clients.get(place.who)
        if client is None:
            client = clients[place.who] = world.client(place.who)
            client.cookies.load(cookies)
        yield place, client.get(place.url)


class Answered(NamedTuple):
    """A page as somebody got it."""

    place: Place
    answer: Any
    page: "Page"


#: The pages in English, got once for all that is asked of them: they take long.
_in_english: list[Answered] = []


@pytest.fixture
def answered(request: pytest.FixtureRequest) -> list[Answered]:
    if not _in_english:
        found = answers(request.getfixturevalue("world"), django_language="en")
        _in_english.extend(
            Answered(place, answer, Page(answer.text)) for place, answer in found
        )
    return _in_english


# --- All of them -------------------------------------------------------------------------


def test_every_page_is_looked_at(world):
    routes = [route for route, _pattern in patterns(get_resolver().url_patterns)]
    urls = [
        address(route, world.contract.number).replace("<slug:name>", "suspend")
        for route in routes
    ]

    pages = {
        resolve(url).view_name for url in urls if Client().get(url).status_code != 405
    }

    assert pages - NO_PAGES == {place.name for place in places(world)}


def test_every_page_is_there_in_english(answered):
    found = {
        str(one.place): (one.answer.status_code, one.answer.get("Content-Language"))
        for one in answered
    }

    assert set(found.values()) == {(200, "en")}, found


def test_every_page_is_there_in_chinese(world):
    found = {
        str(place): (answer.status_code, answer.get("Content-Language"))
        for place, answer in answers(world, django_language="zh-hans")
    }

    assert set(found.values()) == {(200, "zh-hans")}, found


def test_every_answer_says_what_a_browser_may_do_with_it(answered):
    wanted = {
        "Cache-Control": r"no-store",
        "Content-Security-Policy": r"^(?!.*unsafe-).*default-src 'self'",
        "X-Content-Type-Options": r"^nosniff$",
        "X-Frame-Options": r"^DENY$",
        "Referrer-Policy": r"^same-origin$",
    }

    missing = [
        (str(one.place), name, one.answer.get(name))
        for one in answered
        for name, pattern in wanted.items()
        if not re.search(pattern, one.answer.get(name, ""))
    ]

    assert missing == []


@pytest.mark.parametrize("name", ["cases:faults", "reports:paper", "reports:workbook"])
def test_a_file_is_to_be_saved_and_not_shown(world, name):
    of = world.batches["checked"] if name == "cases:faults" else world.issues["issued"]

    answer = world.client().get(world.url(name, of.pk))

    assert answer.getvalue()
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


# --- What is in them ----------------------------------------------------------------------


class Page(HTMLParser):
    """What tests ask of a page: its ids, labels, links, forms, and what runs in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.links: set[str] = set()
        self.inline: list[str] = []
        self.posts: list[bool] = []  # whether each has a token
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "label" and "for" in given:
            self.labelled.add(given["for"])
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [
            f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"
        ]
        if tag == "form" and given.get("method") == "post":
            self.posts.append(False)
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            self.posts[-1] = True


def test_no_two_things_on_a_page_have_one_id_and_labels_name_one(answered):
    found = {}

    for place, _answer, page in answered:
        twice = {one for one, times in page.ids.items() if times > 1}
        if wrong := twice | (page.labelled - page.ids.keys()):
            found[str(place)] = wrong

    assert found == {}


def test_nothing_on_a_page_needs_an_exception_from_its_policy(answered):
    found = {str(one.place): one.page.inline for one in answered}

    assert {place: inline for place, inline in found.items() if inline} == {}


def test_every_form_that_changes_something_carries_a_token(answered):
    found = {str(one.place): one.page.posts for one in answered}

    assert [place for place, posts in found.items() if not all(posts)] == []
    assert sum(map(len, found.values())) > 100


def test_no_link_leads_nowhere(world):
    # Of links that differ in who follows them or in which record, some are followed.
    leads: dict[tuple[str, str], str] = {}
    known: Counter[str] = Counter()
    for place, answer in answers(world):
        for link in Page(answer.text).links:
            url = urlsplit(urljoin(place.url, link))
            shape = f"{resolve(url.path).view_name}?{sorted(parse_qs(url.query))}"
            if (place.who, shape) not in leads and known[shape] < ROLES_A_LINK:
                known[shape] += 1
                leads[place.who, shape] = url._replace(fragment="").geturl()
    clients = {who: world.client(who) for who in {who for who, _shape in leads}}

    found = {url: status_of(clients[who], url) for (who, _), url in leads.items()}

    assert {url for url, status in found.items() if status not in (200, 302)} == set()
    assert len(found) > 50


def status_of(client: Client, url: str) -> int:
    answer: Any = client.get(url)
    answer.getvalue()  # to its end, so that a file is closed
    return int(answer.status_code)
