"""Who is told of urgent orders, and of orders that are pressed to be answered."""

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from django.urls import reverse

from accounts.messages import Reminder
from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract, Membership
from contracts.rules.problems import gettext_noop

from .models import Alarm, Case, Rung, UnitMember, Urging, UrgingKind, UrgingLevel
from .rules.values import mask_text

#: What the keys of these reminders begin with.
ALARM, URGE = "cases.alarm", "cases.urge"

#: Who stands on each rung of an alarm's climb.
ON_RUNG = {
    Rung.DESK: Role.AGENT,
    Rung.MANAGER: Role.MANAGER,
    Rung.PARTY_A: Role.SUPERVISOR,
    Rung.LEADER: Role.LEADER,
}
#: From here on it is the project manager's business as well.
MANAGERS = frozenset({UrgingLevel.OVERDUE, UrgingLevel.CRITICISM})

RINGING = gettext_noop("Urgent: order %(number)s waits to be acknowledged (%(cause)s).")
URGED = gettext_noop("Order %(number)s is to be answered: %(text)s")
SUPERVISED = gettext_noop("Order %(number)s is under supervision: %(text)s")


def about_alarm(alarm: Alarm) -> str:
    return f"{ALARM}:{alarm.pk}"


def about_urging(case: Case) -> str:
    """Return the key of all that an order's unit was pressed with."""
    return f"{URGE}:{case.pk}"


def of_alarms(contract: Contract, alarms: Collection[Alarm]) -> list[Reminder]:
    """Return who is to hear of alarms that nobody has acknowledged, by day and by night.

    Everybody up to the rung it has climbed to, once each. Select `case` with them.
    """
    if not alarms:
        return []
    people = _people(contract)
    return [
        Reminder(
            user=user,
            about=about_alarm(alarm),
            step=f"rung_{rung}",
            template=RINGING,
            params={"number": alarm.case.number, "cause": alarm.cause},
            url=reverse("cases:alarms", args=[contract.number]),
            contract_number=contract.number,
            due_at=alarm.case.due_at,
            urgent=True,
        )
        for alarm in alarms
        for rung in Rung
        if rung <= alarm.rung
        for user in people.get(ON_RUNG[rung], ())
    ]


def of_urgings(contract: Contract, urgings: Collection[Urging]) -> list[Reminder]:
    """Return who is to hear of orders that are pressed: the desk, and their units.

    Select `case` with them.
    """
    if not urgings:
        return []
    people = _people(contract)
    speakers = _speakers({one.unit_id for one in urgings if one.unit_id})
    return [
        Reminder(
            user=user,
            about=f"{about_urging(one.case)}:{one.attempt}",
            step=f"{one.level}_{one.pk}",
            template=SUPERVISED if one.kind == UrgingKind.SUPERVISION else URGED,
            params={"number": one.case.number, "text": mask_text(one.text)[:80]},
            url=one.get_absolute_url(),
            contract_number=contract.number,
            due_at=one.answer_by,
        )
        for one in urgings
        for user in _concerned(one, people, speakers)
    ]


def _concerned(
    urging: Urging, people: dict[Role, list[User]], speakers: dict[int, list[User]]
) -> Iterator[User]:
    yield from people.get(Role.AGENT, ())
    if urging.kind == UrgingKind.SUPERVISION or urging.level in MANAGERS:
        yield from people.get(Role.MANAGER, ())
    # A unit that does not have the order cannot open it either.
    if urging.unit_id is not None and urging.unit_id == urging.case.unit_id:
        yield from speakers.get(urging.unit_id, ())


def _people(contract: Contract) -> dict[Role, list[User]]:
    """Return who holds each role: those on duty, or all where nobody has signed on."""
    members = Membership.objects.of(contract).select_related("user").order_by("role")
    return {
        Role(role): _on_duty(list(holders))
        for role, holders in groupby(members, key=attrgetter("role"))
    }


def _on_duty(holders: list[Membership]) -> list[User]:
    there = [one.user for one in holders if one.on_duty_since]
    return there or [one.user for one in holders]


def _speakers(units: Iterable[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {}
    for member in UnitMember.objects.filter(unit__in=list(units)).select_related(
        "user"
    ):
        found.setdefault(member.unit_id, []).append(member.user)
    return found
