"""Who hears of what falls due, when, and when no longer."""

from datetime import date, datetime, timedelta

import pytest

from accounts.models import Message
from accounts.roles import Role
from contracts.actions import reminders
from contracts.models import Due, DueStatus
from tests.factories import (
    CHINA,
    make_contract,
    make_due,
    make_obligation,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
FRIDAY = date(2026, 5, 8)


def at(day: int, month: int = 5, year: int = 2026) -> datetime:
    return datetime(year, month, day, 9, tzinfo=CHINA)


@pytest.fixture
def contract():
    make_year(2026, **{f"m05_0{day}": "劳动节" for day in range(1, 6)})
    return make_contract()


@pytest.fixture
def manager(contract):
    return make_user(contract, Role.MANAGER)


@pytest.fixture
def due(contract) -> Due:
    return make_due(make_obligation(contract, title="队伍到位"), FRIDAY)


def steps(user) -> list[str]:
    return list(
        Message.objects.waiting(user).order_by("pk").values_list("step", flat=True)
    )


def test_party_b_is_reminded_ahead_on_the_day_and_after(contract, manager, due):
    said = []
    for day in (29, 30):
        reminders.remind(contract, at=at(day, 4))
        said.append(steps(manager))
    for day in (6, 7, 8, 9, 11, 12):
        reminders.remind(contract, at=at(day))
        said.append(steps(manager))

    assert said == [
        [],
        ["before_3"],
        ["before_3"],
        ["before_1"],
        ["at"],
        ["at"],
        ["after_1"],
        ["after_2"],
    ]


def test_running_twice_says_nothing_twice(contract, manager, due):
    first = reminders.remind(contract, at=at(8))
    again = reminders.remind(contract, at=at(8) + timedelta(minutes=5))

    assert (first, again) == (1, 0)


def test_what_is_delivered_is_withdrawn_and_party_a_is_asked_to_accept(
    contract, manager, due
):
    supervisor = make_user(contract, Role.SUPERVISOR)
    reminders.remind(contract, at=at(7))

    due.deliver(by=manager, at=at(7), note="done")
    reminders.remind(contract, at=at(7) + timedelta(minutes=5))

    assert steps(manager) == []
    (message,) = Message.objects.waiting(supervisor)
    assert "队伍到位" in message.text
    assert message.url == due.get_absolute_url()


def test_the_leader_hears_of_what_stays_undone(contract, manager, due):
    leader = make_user(contract, Role.LEADER)

    reminders.remind(contract, at=at(12))
    early = steps(leader)
    reminders.remind(contract, at=at(13))

    assert (early, steps(leader)) == ([], ["after_3"])


def test_what_comes_round_daily_is_brought_up_only_when_late(contract, manager):
    daily = make_obligation(contract, due_rule={"every": "day", "days": 1})
    make_due(daily, FRIDAY)

    reminders.remind(contract, at=at(8))
    on_the_day = steps(manager)
    reminders.remind(contract, at=at(11))

    assert (on_the_day, steps(manager)) == ([], ["after_1"])


def test_another_day_is_another_reminder(contract, manager, due):
    reminders.remind(contract, at=at(7))
    Due.objects.filter(pk=due.pk).update(
        status=DueStatus.RETURNED,
        again_on=date(2026, 5, 15),
        decided_at=at(7),
        decided_by=make_user(contract),
    )

    reminders.remind(contract, at=at(7) + timedelta(minutes=5))
    at_once = steps(manager)
    reminders.remind(contract, at=at(12))

    assert (at_once, steps(manager)) == ([], ["before_3"])


def test_people_of_another_contract_hear_nothing(contract, due):
    stranger = make_user(make_contract(), Role.MANAGER)

    reminders.remind(contract, at=at(8))

    assert steps(stranger) == []


@pytest.mark.parametrize(("day", "said"), [(1, []), (2, ["at"])])
def test_a_year_without_official_calendar_is_announced_60_days_ahead(
    contract, day, said
):
    supervisor = make_user(contract, Role.SUPERVISOR)
    make_year(2027, provisional=True)

    reminders.remind(contract, at=at(day, 11))

    assert steps(supervisor) == said


def test_a_known_year_is_not_announced(contract):
    supervisor = make_user(contract, Role.SUPERVISOR)
    make_year(2027)

    reminders.remind(contract, at=at(20, 12))

    assert steps(supervisor) == []
