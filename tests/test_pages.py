"""Every page there is, with something on it."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import Duty, Role
from tests.world import World, make_world, places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def world(db) -> World:
    return make_world()


#: What answers a GET without being a page: files, and an answer to a machine.
NO_PAGES = {"cases:faults", "reports:paper", "reports:workbook", "healthz"}


def names(found: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            inside = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, space + inside)
        else:
            yield f"{space}{pattern.name}"


def test_try(world):
    clients = {who: world.client(who) for who in (*Role, *Duty)}
    clients[""] = Client()
    for lang in ("zh-hans", "en"):
        for p in places(world):
            clients[p.who].cookies["django_language"] = lang
            r = clients[p.who].get(p.url)
            print(r.status_code, p)
    print(set(names(get_resolver().url_patterns)) - {p.name for p in places(world)})
