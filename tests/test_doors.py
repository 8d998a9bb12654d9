"""Every page of a contract, and every role at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import MAY, MAY_ADMINISTER, Role
from tests.factories import make_case, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    """Whether a code was asked for is tested elsewhere: here the table alone speaks."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


OF_A_CONTRACT = "contracts/<slug:number>/"


def patterns(
    found: list[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in found:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, route)
        else:
            yield route, pattern


def doors() -> list[tuple[str, Any]]:
    """Return every page under a contract: its route and its view."""
    return [
        (route, pattern.callback)
        for route, pattern in patterns(get_resolver().url_patterns)
        if route.startswith(OF_A_CONTRACT)
    ]


def each_door() -> list[Any]:
    """The same, to walk through. Proving the ledgers is no part of a transaction."""
    alone = pytest.mark.django_db(transaction=True)
    return [
        pytest.param(route, view, id=route, marks=alone if "verify" in route else ())
        for route, view in doors()
    ]


def address(route: str, number: str) -> str:
    """Fill a route with things that do not exist, but for the contract."""
    filled = route.replace("<slug:number>", number)
    for part in ("<int:pk>", "<int:entry>"):
        filled = filled.replace(part, "999999")
    return f"/{filled}"


def test_every_contract_page_names_the_action_it_needs():
    unguarded = [route for route, view in doors() if not hasattr(view, "action")]

    assert unguarded == []


def test_every_action_in_the_table_is_asked_for_by_a_page():
    assert {view.action for _route, view in doors()} == set(MAY)


def test_every_administrative_action_is_asked_for_by_a_page():
    asked_for = {
        pattern.callback.action
        for route, pattern in patterns(get_resolver().url_patterns)
        if not route.startswith(OF_A_CONTRACT) and hasattr(pattern.callback, "action")
    }

    assert asked_for == set(MAY_ADMINISTER)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("route", "view"), each_door())
def test_each_role_passes_the_doors_of_the_table_and_no_others(
    client, route, view, role
):
    contract = make_contract()
    client.force_login(make_user(contract, role, demo=True))

    statuses = {
        client.get(address(route, contract.number)).status_code,
        client.post(address(route, contract.number)).status_code,
    }

    may = role in MAY[view.action]
    assert (403 in statuses) == (not may)
    assert max(statuses) < 500


@pytest.mark.parametrize(("route", "view"), each_door())
def test_to_outsiders_the_contract_does_not_exist(client, route, view):
    contract = make_contract()
    client.force_login(make_user(make_contract(), Role.MANAGER, demo=True))

    statuses = {
        client.get(address(route, contract.number)).status_code,
        client.post(address(route, contract.number)).status_code,
    }

    assert statuses <= {404, 405}


@pytest.mark.parametrize(("route", "view"), each_door())
def test_strangers_are_sent_to_sign_in(client, route, view):
    contract = make_contract()

    found = [
        client.get(address(route, contract.number)),
        client.post(address(route, contract.number)),
    ]

    assert {answer.status_code for answer in found} <= {302, 405}
    assert all("/accounts/" in one.url for one in found if one.status_code == 302)


def test_another_contracts_order_is_not_found_under_ones_own(client):
    ours, theirs = make_contract(), make_case()
    client.force_login(make_user(ours, Role.MANAGER))

    answer = client.get(f"/contracts/{ours.number}/cases/{theirs.pk}/")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "x" * 10_000,
        "status=received&status=nonsense",
        "since=yesterday&until=2026-99-99T00:00",
        "after=~&before=2026~9",
        "after=2026-06-01T12:00:00%2B08:00~99999999999999999999",
        "unit=1&unit=2&category=99999999999999999999999",
        "sort=password&q=%27%20%26%20%28",
        "q=%F0%9F%92%A7%ED%A0%80",
        "q=%3A%2A%7C%21%28%29",
    ],
)
def test_no_query_string_brings_the_list_down(client, query):
    case = make_case()
    client.force_login(make_user(case.contract, Role.MANAGER))

    for path in ("cases/", f"cases/{case.pk}/", "reports/preview/"):
        answer = client.get(f"/contracts/{case.contract.number}/{path}?{query}")

        assert answer.status_code < 500
