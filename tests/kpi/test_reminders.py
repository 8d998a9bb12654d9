"""Who is warned of months running not fulfilled."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from accounts.models import Message
from accounts.roles import Role
from kpi import reminders
from tests.factories import NOON, make_contract, make_period, make_user, make_verdict

pytestmark = pytest.mark.django_db

AT = NOON + timedelta(days=90)


def periods(contract):
    starts = [date(2026, 5, 1), date(2026, 5, 19), date(2026, 6, 19), date(2026, 7, 19)]
    return [
        make_period(contract, number=number, starts_on=start, ends_before=end)
        for number, (start, end) in enumerate(pairwise(starts), start=1)
    ]


@pytest.mark.parametrize(
    ("failed", "role", "told"),
    [
        (0, Role.SUPERVISOR, 0),
        (1, Role.SUPERVISOR, 1),
        (1, Role.MANAGER, 1),
        (1, Role.LEADER, 0),
        (2, Role.LEADER, 1),
        (3, Role.LEADER, 1),
        (3, Role.AGENT, 0),
    ],
)
def test_people_are_warned_as_the_run_grows(failed, role, told):
    contract = make_contract()
    person = make_user(contract, role)
    for period in periods(contract)[:failed]:
        make_verdict(period, fulfilled=False)

    for _time in range(2):
        reminders.warn(contract, at=AT)

    assert Message.objects.waiting(person).count() == told


def test_a_run_that_has_ended_is_withdrawn():
    contract = make_contract()
    supervisor = make_user(contract, Role.SUPERVISOR)
    first, second, _third = periods(contract)
    make_verdict(first, fulfilled=False)
    reminders.warn(contract, at=AT)

    make_verdict(second, fulfilled=True)
    reminders.warn(contract, at=AT + timedelta(minutes=5))

    assert not Message.objects.waiting(supervisor).exists()
