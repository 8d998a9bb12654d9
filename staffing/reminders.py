"""Who is told that somebody has not come, and what of the team falls due."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.timezone import localdate, localtime

from accounts.messages import Reminder
from accounts.roles import Role
from contracts.models import Contract, Membership
from contracts.rules.problems import gettext_noop

from .models import AskedStatus, Demand, Departure, DepartureStatus, Leave, Shift, Swap

#: What the keys of these reminders begin with.
SHIFT, OWED = "staffing.shift", "staffing.owed"
#: So many days before its day something is said for the first time.
BEFORE = timedelta(days=2)

MISSING = gettext_noop(
    "%(name)s has not come: %(post)s from %(begins)s is not signed on to."
)
REFILL = gettext_noop("The post of %(name)s is to be refilled by %(day)s.")
REPLACE = gettext_noop("%(name)s is to be replaced by %(day)s.")
LEAVE = gettext_noop("%(name)s asks for leave from %(day)s.")
SWAP = gettext_noop("%(name)s asks to give away the shift of %(day)s.")
#: Who can do something about it at any hour.
TOLD = (Role.MANAGER, Role.AGENT, Role.SUPERVISOR)


def about_shift(shift: Shift) -> str:
    return f"{SHIFT}:{shift.pk}"


def of_no_shows(contract: Contract, shifts: Iterable[Shift]) -> list[Reminder]:
    """Return who is to hear at once of shifts that began without their person.

    The manager, Party A's supervisor, the desk that is on duty, and who is missed.
    Select `person` and `post` with the shifts.
    """
    shifts = list(shifts)
    if not shifts:
        return []
    members = Membership.objects.of(contract).select_related("user")
    told = [
        one.user
        for one in members.filter(role__in=TOLD)
        if one.role != Role.AGENT or one.on_duty_since
    ]
    url = reverse("staffing:desk", args=[contract.number])
    reminders = []
    for shift in shifts:
        who = {user.pk: user for user in told}
        if shift.person.user:
            who[shift.person.user.pk] = shift.person.user
        reminders += [
            Reminder(
                user=user,
                about=about_shift(shift),
                step="missed",
                template=MISSING,
                params={
                    "name": shift.person.name,
                    "post": shift.post.name,
                    "begins": f"{localtime(shift.starts_at):%H:%M}",
                },
                url=url,
                contract_number=contract.number,
                due_at=shift.starts_at,
                urgent=True,
            )
            for user in who.values()
        ]
    return reminders


def of_what_is_owed(contract: Contract, today: date) -> list[Reminder]:
    """Return who is to hear of posts to be filled, and of leave and swaps that wait.

    The manager and Party A's supervisor; of a clock two days before it runs out, on its
    day, and once it is over（第六条（一）3、（二）11）.
    """
    members = Membership.objects.of(contract).select_related("user")
    told = [
        one.user for one in members.filter(role__in=(Role.MANAGER, Role.SUPERVISOR))
    ]
    return [
        Reminder(
            user=user,
            about=f"{OWED}:{about}",
            step=step,
            template=template,
            params={"name": name, "day": f"{day}"},
            url=url,
            contract_number=contract.number,
        )
        for about, step, template, name, day, url in (
            *_clocks(contract, today),
            *_asked(contract),
        )
        for user in told
    ]


_Said = tuple[str, str, str, str, date, str]


def _clocks(contract: Contract, today: date) -> Iterator[_Said]:
    soon = today + BEFORE
    left = Departure.objects.of(contract).filter(
        status=DepartureStatus.LEFT, refill_by__lte=soon
    )
    for one in left.select_related("person", "contract"):
        day = one.refill_by or today  # of those found it is set
        yield (
            f"departure:{one.pk}",
            _step(day, today),
            REFILL,
            one.person.name,
            day,
            one.get_absolute_url(),
        )
    demands = Demand.objects.of(contract).running().filter(replace_by__lte=soon)
    for demand in demands.select_related("person", "contract"):
        day = demand.replace_by or today
        yield (
            f"demand:{demand.pk}",
            _step(day, today),
            REPLACE,
            demand.person.name,
            day,
            demand.get_absolute_url(),
        )


def _step(day: date, today: date) -> str:
    if today > day:
        return "after"
    return "at" if today == day else "before"


def _asked(contract: Contract) -> Iterator[_Said]:
    leaves = Leave.objects.of(contract).waiting().select_related("person", "contract")
    for leave in leaves:
        yield (
            f"leave:{leave.pk}",
            "asked",
            LEAVE,
            leave.person.name,
            localdate(leave.starts_at),
            leave.get_absolute_url(),
        )
    swaps = Swap.objects.of(contract).filter(status=AskedStatus.AGREED)
    for swap in swaps.select_related("shift__person", "contract"):
        yield (
            f"swap:{swap.pk}",
            "agreed",
            SWAP,
            swap.shift.person.name,
            localdate(swap.shift.starts_at),
            swap.get_absolute_url(),
        )
