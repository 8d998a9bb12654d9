"""Who is reminded of what: dues ahead and overdue, proposals, calendars that are missing."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.messages import Reminder, keep_only, owe
from accounts.roles import Role
from contracts.models import (
    CalendarDay,
    CalendarProposal,
    CalendarYear,
    Change,
    Contract,
    Damage,
    DamageStatus,
    Due,
    Extra,
    ForceMajeure,
    ForceMajeureStatus,
    Membership,
    Obligation,
    ReadingProposal,
    RequestStatus,
    Side,
    Termination,
    TerminationStatus,
)
from contracts.rules.calendar import ONE_DAY, CalendarMissing, WorkCalendar
from contracts.rules.cycles import Cycle
from contracts.rules.obligations import DueRule
from contracts.rules.problems import gettext_noop
from contracts.rules.reminders import HORIZON, reached

#: A year without an official calendar is announced so long before it begins.
ANNOUNCED_AHEAD = timedelta(days=60)
#: From so many working days overdue on, the leader hears of it as well.
LEADER_FROM = 3

#: Whose business it is when a party owes something.
CONCERNED = {
    Side.A: frozenset({Role.SUPERVISOR}),
    Side.B: frozenset({Role.MANAGER, Role.CLERK}),
}

#: What the keys of these reminders begin with.
KINDS = tuple(
    f"contracts.{kind}" for kind in ("due", "accept", "sign", "decide", "year")
)

TO_DO = gettext_noop("%(what)s is due on %(day)s.")
OVERDUE = gettext_noop("%(what)s was due on %(day)s and is not done.")
TO_ACCEPT = gettext_noop("%(what)s was delivered and waits to be accepted.")
TO_DECIDE = gettext_noop("%(what)s waits for a decision.")
TO_SIGN = gettext_noop("A proposal waits for the second signature: %(what)s.")
NO_CALENDAR = gettext_noop(
    "There is no official work calendar for %(year)s yet; dates in it are provisional."
)


def remind(contract: Contract, *, at: datetime) -> int:
    """Write down the reminders that a contract owes people by now; return how many are new.

    What is settled is withdrawn. Run it as often as you like: nobody hears a step twice.
    """
    today = localdate(at)
    people = list(Membership.objects.of(contract).select_related("user"))
    calendar = CalendarDay.objects.all().calendar()
    reminders = [
        *_of_dues(contract, people, calendar, at=at),
        *_to_accept(contract, people),
        *_of_proposals(contract, people),
        *_of_decisions(contract, people),
        *_of_calendars(contract, people, today),
    ]
    return _write(contract, reminders, at=at)


@transaction.atomic(durable=True)
def _write(contract: Contract, reminders: list[Reminder], *, at: datetime) -> int:
    abouts = {one.about for one in reminders}
    for kind in KINDS:
        keep_only(kind, abouts, contract_number=contract.number, at=at)
    return owe(reminders, at=at)


def _of_dues(
    contract: Contract,
    people: list[Membership],
    calendar: WorkCalendar,
    *,
    at: datetime,
) -> Iterator[Reminder]:
    today = localdate(at)
    for due in _open(contract, today):
        if due.due_on is None:
            continue
        day = due.again_on or due.due_on + due.held_days * ONE_DAY
        step = _step(due.obligation, day, today, calendar)
        if step is None:
            continue
        concerned = CONCERNED[Side(due.obligation.side)]
        late = step.startswith("after_")
        if late and int(step.removeprefix("after_")) >= LEADER_FROM:
            concerned |= {Role.LEADER}
        for one in people:
            if one.role in concerned:
                yield Reminder(
                    user=one.user,
                    about=f"contracts.due:{due.pk}:{day}",
                    step=step,
                    template=OVERDUE if late else TO_DO,
                    params={"what": _what(due), "day": str(day)},
                    url=reverse("contracts:due", args=[contract.number, due.pk]),
                    contract_number=contract.number,
                    due_at=due.ends_at,
                    urgent=DueRule.from_plain(due.obligation.due_rule).hours
                    is not None,
                )


def _to_accept(contract: Contract, people: list[Membership]) -> Iterator[Reminder]:
    dues = Due.objects.of(contract).waiting_for_acceptance()
    for due in dues.select_related("obligation"):
        for one in people:
            if one.role == Role.SUPERVISOR:
                yield Reminder(
                    user=one.user,
                    about=f"contracts.accept:{due.pk}:{due.returns}",
                    step="at",
                    template=TO_ACCEPT,
                    params={"what": _what(due)},
                    url=reverse("contracts:due", args=[contract.number, due.pk]),
                    contract_number=contract.number,
                )


def _of_proposals(contract: Contract, people: list[Membership]) -> Iterator[Reminder]:
    waiting = [
        *(
            (one, "contracts:readings")
            for one in ReadingProposal.objects.filter(contract=contract).waiting()
        ),
        *(
            (one, "contracts:calendar")
            for one in CalendarProposal.objects.filter(contract=contract).waiting()
        ),
    ]
    for proposal, page in waiting:
        for one in people:
            if one.role == Role.LEADER:
                yield Reminder(
                    user=one.user,
                    about=f"contracts.sign:{proposal._meta.model_name}:{proposal.pk}",
                    step="at",
                    template=TO_SIGN,
                    params={"what": str(proposal)},
                    url=reverse(page, args=[contract.number]),
                    contract_number=contract.number,
                )


def _of_decisions(contract: Contract, people: list[Membership]) -> Iterator[Reminder]:
    """Yield what has been asked for, reported or proposed and nobody has decided yet."""
    deciding = frozenset({Role.SUPERVISOR, Role.LEADER})
    asked = RequestStatus.REQUESTED
    waiting = (
        (Change.objects.of(contract).filter(status=asked), deciding),
        (Extra.objects.of(contract).filter(status=asked), frozenset({Role.LEADER})),
        (
            ForceMajeure.objects.of(contract).filter(
                status=ForceMajeureStatus.REPORTED, proof__isnull=False
            ),
            deciding,
        ),
        (
            Damage.objects.of(contract).filter(status=DamageStatus.REPORTED),
            deciding,
        ),
        (
            Termination.objects.of(contract).filter(status=TerminationStatus.PROPOSED),
            frozenset({Role.LEADER}),
        ),
    )
    for rows, roles in waiting:
        for row in rows.select_related("contract"):
            for one in people:
                if one.role in roles:
                    yield Reminder(
                        user=one.user,
                        about=f"contracts.decide:{row._meta.model_name}:{row.pk}",
                        step="at",
                        template=TO_DECIDE,
                        params={"what": str(row)},
                        url=row.get_absolute_url(),
                        contract_number=contract.number,
                    )


def _of_calendars(
    contract: Contract, people: list[Membership], today: date
) -> Iterator[Reminder]:
    """Yield what is to be said of the next year, if the contract reaches into it."""
    year = today.year + 1
    soon = date(year, 1, 1) - today <= ANNOUNCED_AHEAD
    if not soon or contract.ends_before <= date(year, 1, 1):
        return
    if CalendarYear.objects.filter(year=year, provisional=False).exists():
        return
    for one in people:
        if one.role == Role.SUPERVISOR:
            yield Reminder(
                user=one.user,
                about=f"contracts.year:{contract.pk}:{year}",
                step="at",
                template=NO_CALENDAR,
                params={"year": year},
                url=reverse("contracts:calendar", args=[contract.number]),
                contract_number=contract.number,
            )


def _open(contract: Contract, today: date) -> QuerySet[Due]:
    return (
        Due.objects.of(contract)
        .owed()
        .filter(due_on__lte=today + HORIZON, waits_for_funds=False)
        .select_related("obligation")
    )


def _step(
    obligation: Obligation, day: date, today: date, calendar: WorkCalendar
) -> str | None:
    """Return the latest step that has come; for what comes round daily, none ahead."""
    try:
        steps = reached(day, today, calendar)
    except CalendarMissing:
        return None
    step = steps[-1] if steps else None
    if DueRule.from_plain(obligation.due_rule).every is not Cycle.DAY:
        return step
    return step if step and step.startswith("after_") else None


def _what(due: Due) -> str:
    return f"{due.obligation.title} {due.label}".strip()
