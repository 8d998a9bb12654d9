"""Who is told what of the team falls due, from two days before it to after it is over."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Message
from accounts.roles import Role
from staffing.actions.watch import remind
from staffing.models import AskedStatus, Demand, DemandStatus, Leave
from tests.factories import CHINA, make_contract, make_user

from .factories import make_person

pytestmark = pytest.mark.django_db

BY = date(2026, 6, 22)
DAY = timedelta(days=1)


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def manager(contract):
    return make_user(contract, Role.MANAGER)


def waiting(user):
    return list(
        Message.objects.waiting(user).order_by("pk").values_list("step", flat=True)
    )


def test_a_replacement_is_said_before_its_day_on_it_and_after(contract, manager):
    demand = Demand.objects.create(
        contract=contract,
        person=make_person(contract, name="冯某"),
        reason="不能胜任",
        demanded_on=date(2026, 6, 1),
        replace_by=BY,
        demanded_at=noon(date(2026, 6, 1)),
        demanded_by=make_user(),
    )
    said = []
    for day in (BY - 3 * DAY, BY - 2 * DAY, BY - DAY, BY, BY + DAY):
        remind(contract, at=noon(day))
        said.append(waiting(manager))
    Demand.objects.filter(pk=demand.pk).update(status=DemandStatus.WITHDRAWN)
    remind(contract, at=noon(BY + DAY))

    assert said == [[], ["before"], ["before"], ["at"], ["after"]]
    assert waiting(manager) == []


def test_leave_that_waits_is_said_until_somebody_decides(contract, manager):
    leave = Leave.objects.create(
        contract=contract,
        person=make_person(contract, name="冯某"),
        kind="annual",
        starts_at=noon(BY),
        ends_at=noon(BY + DAY),
        reason="年假",
        asked_at=noon(BY - 9 * DAY),
        asked_by=make_user(),
    )

    remind(contract, at=noon(BY - 9 * DAY))
    remind(contract, at=noon(BY - 9 * DAY))
    assert waiting(manager) == ["asked"]
    Leave.objects.filter(pk=leave.pk).update(status=AskedStatus.REFUSED)
    remind(contract, at=noon(BY - 8 * DAY))

    assert waiting(manager) == []
