from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.rules.calendar import BEIJING
from contracts.rules.service import (
    TAKES,
    Delivery,
    Fact,
    NotServed,
    Proof,
    Route,
    Service,
    served,
)

AT = datetime(2026, 9, 30, 16, 40, tzinfo=BEIJING)
COMPLETE: dict[Route, dict[str, Any]] = {
    Route.BY_HAND: {"signed_at": AT, "signed_by": "张三"},
    Route.COURIER: {"waybill": "T0001", "logged_on": date(2026, 9, 30)},
    Route.NAMED_SYSTEM: {"sent_at": AT, "sent_to": "oa", "arrived": True},
}


@pytest.mark.parametrize(
    ("route", "service"),
    [
        (Route.BY_HAND, Service(date(2026, 9, 30), AT, Proof.RECEIPT)),
        (Route.COURIER, Service(date(2026, 9, 30), None, Proof.COURIER_LOG)),
        (Route.NAMED_SYSTEM, Service(date(2026, 9, 30), AT, Proof.SENDING_RECORD)),
    ],
)
def test_each_route_serves_by_its_own_proof(route, service):
    assert served(Delivery(route=route, **COMPLETE[route])) == service


@pytest.mark.parametrize(
    ("route", "fact"), [(route, fact) for route in Route for fact in TAKES[route][1]]
)
def test_a_notice_with_a_fact_missing_is_not_served(route, fact):
    known = {key: value for key, value in COMPLETE[route].items() if key != fact}

    with pytest.raises(NotServed) as refusal:
        served(Delivery(route=route, **known))

    assert refusal.value.missing == (fact,)


def test_all_that_is_missing_is_named_at_once():
    with pytest.raises(NotServed) as refusal:
        served(Delivery(route=Route.NAMED_SYSTEM))

    assert refusal.value.missing == (Fact.SENT_AT, Fact.SENT_TO, Fact.ARRIVED)


def test_the_facts_of_another_route_prove_nothing():
    with pytest.raises(NotServed):
        served(Delivery(route=Route.COURIER, **COMPLETE[Route.BY_HAND]))


def test_the_day_of_service_is_a_day_in_beijing():
    late = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)

    service = served(Delivery(route=Route.BY_HAND, signed_at=late, signed_by="李四"))

    assert service.on == date(2026, 10, 1)


def test_a_moment_without_a_zone_is_refused():
    naive = AT.replace(tzinfo=None)

    with pytest.raises(ValueError, match="time zone"):
        served(Delivery(route=Route.BY_HAND, signed_at=naive, signed_by="张三"))
