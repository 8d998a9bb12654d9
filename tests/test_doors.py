"""Every page of a contract, and every role at it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.roles import MAY, MAY_ADMINISTER, Role
from contracts.models import Contract
from tests.factories import make_case, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    """Whether a code was asked for is tested elsewhere: here the table alone speaks."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


OF_A_CONTRACT = "contracts/<slug:number>/"
#: A door without a sign-in: a secret in its address opens it (tests/contracts/test_feed.py).
BY_SECRET = f"{OF_A_CONTRACT}deadlines/feed/<str:secret>.ics"

#: What reads all ledgers in one snapshot, which no test's transaction can hold.
PROVES = f"{OF_A_CONTRACT}ledger/verify/"


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
        if route.startswith(OF_A_CONTRACT) and route != BY_SECRET
    ]


def within_a_transaction() -> list[tuple[str, Any]]:
    """The same, but for the one that proves the ledgers in a snapshot of its own."""
    return [(route, view) for route, view in doors() if route != PROVES]


def address(route: str, number: str) -> str:
    """Fill a route with things that do not exist, but for the contract."""
    filled = route.replace("<slug:number>", number)
    for part in ("<int:pk>", "<int:entry>", "<int:application>"):
        filled = filled.replace(part, "999999")
    return f"/{filled}".replace("<slug:kind>", "urgent_word")


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
def test_the_door_without_a_sign_in_is_shut_without_its_secret(client, role):
    contract = make_contract()
    client.force_login(make_user(contract, role, demo=True))

    answer = client.get(address(BY_SECRET, contract.number))

    assert answer.status_code == 404


def both_ways(client: Client, route: str, contract: Contract) -> list[Any]:
    """Knock at a door with GET and with POST."""
    where = address(route, contract.number)
    return [client.get(where), client.post(where)]


def passes(client: Client, route: str, contract: Contract) -> bool | None:
    """Tell whether a door lets somebody in; None where it fails."""
    statuses = {answer.status_code for answer in both_ways(client, route, contract)}
    return None if max(statuses) >= 500 else 403 not in statuses


@pytest.mark.parametrize("role", Role)
def test_each_role_passes_the_doors_of_the_table_and_no_others(client, role):
    contract = make_contract()
    client.force_login(make_user(contract, role, demo=True))

    found = {
        route: passes(client, route, contract)
        for route, _view in within_a_transaction()
    }

    assert found == {
        route: role in MAY[view.action] for route, view in within_a_transaction()
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", Role)
def test_only_those_of_the_table_prove_the_ledgers(client, role):
    contract = make_contract()
    client.force_login(make_user(contract, role, demo=True))

    assert passes(client, PROVES, contract) == (role in MAY["contracts.verify"])


def test_to_outsiders_the_contract_does_not_exist(client):
    contract = make_contract()
    client.force_login(make_user(make_contract(), Role.MANAGER, demo=True))

    seen = {
        route: {one.status_code for one in both_ways(client, route, contract)}
        for route, _view in doors()
    }

    assert {
        route for route, statuses in seen.items() if not statuses <= {404, 405}
    } == set()


def test_strangers_are_sent_to_sign_in(client):
    contract = make_contract()

    let_in = {
        route
        for route, _view in doors()
        for answer in both_ways(client, route, contract)
        if answer.status_code != 405
        and not (answer.status_code == 302 and "/accounts/" in answer.url)
    }

    assert let_in == set()


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
