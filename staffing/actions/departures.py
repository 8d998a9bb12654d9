"""Everything that writes departures: asked for, consented to, gone, refilled."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_come, check_within
from contracts.models import CalendarDay, Contract, DocumentKind
from contracts.rules.calendar import (
    CalendarMissing,
    Deadline,
    WorkCalendar,
)
from contracts.rules.obligations import to_plain
from staffing.models import (
    BreachKind,
    Departure,
    DepartureStatus,
    Person,
    PersonStatus,
)
from staffing.rules.departures import (
    DEPARTURE_TARIFF,
    Course,
    apply_by,
    faults_of,
    refill_by,
)

from .clearance import settle
from .lapses import Lapse, clause_of, reconcile
from .leaving import check_left, check_newcomer, depart, joined_on

CLAUSE = "第六条（二）11"


@transaction.atomic(durable=True)
def apply(
    contract: Contract,
    *,
    person: Person,
    applied_on: date,
    leaves_on: date,
    reason: str,
    paper: "File[Any]",
    token: UUID,
    by: User,
    at: datetime,
) -> Departure:
    """Record that somebody has asked in writing to leave（第六条（二）11）.

    Too late or too early, it is recorded as it is. The same `token` again gives the
    same departure back. Raises MatterRefused.
    """
    hold(contract)
    if known := Departure.objects.of(contract).filter(token=token).first():
        return known
    _check_there(contract, person)
    check_come(applied_on, "applied_on", at=at)
    check_within(contract, leaves_on, "leaves_on")
    _check_after_joining(person, leaves_on, "leaves_on")
    if leaves_on < applied_on:
        raise MatterRefused(
            _("They would leave on %(leaves)s, before they asked on %(asked)s.")
            % {"leaves": leaves_on, "asked": applied_on},
            "leaves_on",
        )
    deadline = _counted(lambda calendar: apply_by(leaves_on, calendar))
    departure = Departure.objects.create(
        contract=contract,
        person=person,
        applied_on=applied_on,
        leaves_on=leaves_on,
        reason=reason,
        paper=put(
            contract,
            file=paper,
            kind=DocumentKind.REQUEST,
            title=f"{person.name} 离岗申请",
            clause=clause_of(contract, CLAUSE),
            by=by,
            at=at,
        ),
        apply_by=deadline.due_on if deadline else None,
        apply_by_explained=to_plain(deadline) if deadline else None,
        applied_at=at,
        applied_by=by,
        token=token,
    )
    trail.record(departure, DepartureStatus.APPLIED, by=by, at=at)
    return departure


@transaction.atomic(durable=True)
def consent(departure: Departure, *, note: str, by: User, at: datetime) -> None:
    """Consent to a departure, for Party A. The door shuts by itself after the last day.

    Raises MatterRefused once that day is over, and TransitionRefused.
    """
    _check_second_person(departure, by)
    if departure.leaves_on < localdate(at):
        raise MatterRefused(
            _(
                "%(day)s is over: a consent comes before. Record that they left "
                "without it, or withdraw the application."
            )
            % {"day": departure.leaves_on}
        )
    _decide(departure, DepartureStatus.CONSENTED, note=note, by=by, at=at)
    # Whoever is replaced before that goes before that.
    if not _goes_before(departure):
        _set_last_day(departure.person, departure.leaves_on)
    settle(departure.contract, at=at)


@transaction.atomic(durable=True)
def refuse(departure: Departure, *, note: str, by: User, at: datetime) -> None:
    """Do not consent to a departure, for Party A, and say why."""
    if not note.strip():
        raise MatterRefused(_("A refusal says why."), "note")
    _check_second_person(departure, by)
    _decide(departure, DepartureStatus.REFUSED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(departure: Departure, *, note: str, by: User, at: datetime) -> None:
    """Take an application back: the person stays. Not once the last day is over."""
    consented = departure.status == DepartureStatus.CONSENTED
    if consented and departure.leaves_on < localdate(at):
        raise MatterRefused(
            _("%(day)s is over: they have left.") % {"day": departure.leaves_on}
        )
    departure.move(DepartureStatus.WITHDRAWN, by=by, at=at, note=note)
    if consented and not _goes_before(departure):
        _set_last_day(departure.person, None)
        settle(departure.contract, at=at)


@transaction.atomic(durable=True)
def record_left(departure: Departure, *, left_on: date, by: User, at: datetime) -> None:
    """Record on which day somebody was last on post, consent or not.

    From the day after, Party B has 5 working days to refill the post. Raises
    MatterRefused and TransitionRefused.
    """
    hold(departure.contract)
    check_left(departure.person, left_on, at=at)
    _leave(departure, left_on, by=by, at=at)
    settle(departure.contract, at=at)


@transaction.atomic(durable=True)
def record_gone(
    contract: Contract,
    *,
    person: Person,
    left_on: date,
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Departure:
    """Record that somebody is gone who never asked to leave（第六条（二）11）.

    The same `token` again gives the same departure back. Raises MatterRefused.
    """
    hold(contract)
    if known := Departure.objects.of(contract).filter(token=token).first():
        return known
    _check_there(contract, person)
    check_left(person, left_on, at=at)
    departure = Departure.objects.create(
        contract=contract,
        person=person,
        leaves_on=left_on,
        reason=reason,
        applied_at=at,
        applied_by=by,
        token=token,
    )
    _leave(departure, left_on, by=by, at=at)
    settle(contract, at=at)
    return departure


@transaction.atomic(durable=True)
def refill(departure: Departure, *, newcomer: Person, by: User, at: datetime) -> None:
    """Record who has taken the post over, from the day of their joining.

    Somebody Party A has approved, who has joined since and stands in for nobody else.
    Raises MatterRefused and TransitionRefused.
    """
    hold(departure.contract)
    since = departure.applied_on or departure.left_on or departure.leaves_on
    begins_on = check_newcomer(departure.person, newcomer, since=since)
    check_come(begins_on, "newcomer", at=at)
    departure.move(
        DepartureStatus.REFILLED,
        by=by,
        at=at,
        note=newcomer.name,
        newcomer=newcomer,
        refilled_on=begins_on,
    )


# --- By the clock ---------------------------------------------------------------------


@transaction.atomic(durable=True)
def settle_departures(contract: Contract, *, at: datetime) -> int:
    """Record that people have left whose last day is over; return how many.

    Those who were consented to, and those who were replaced. Run it again, or twice at
    once, and nothing more happens.
    """
    hold(contract)
    today = localdate(at)
    over = Departure.objects.of(contract).filter(
        status=DepartureStatus.CONSENTED, leaves_on__lt=today
    )
    consented = list(over.select_related("person", "contract"))
    for departure in consented:
        _leave(departure, departure.leaves_on, by=None, at=at)
    replaced = list(
        Person.objects.of(contract).filter(
            status=PersonStatus.APPROVED, leaves_on__lt=today
        )
    )
    for person in replaced:
        depart(person, person.leaves_on or today, by=None, at=at)
    settle(contract, at=at)
    return len(consented) + len(replaced)


@transaction.atomic(durable=True)
def find_departure_breaches(contract: Contract, *, at: datetime) -> None:
    """Make breaches agree with how people left: one a departure（第六条（二）11）.

    Run it again, or twice at once, and nothing more happens. A departure that no known
    calendar can judge keeps what stands.
    """
    hold(contract)
    today, calendar = localdate(at), CalendarDay.objects.all().calendar()
    lapses, unknown = [], []
    gone = Departure.objects.of(contract).filter(left_on__lte=today)
    for departure in gone.select_related("contract", "person", "newcomer"):
        left_on = departure.left_on or today
        try:
            faults = _faults(departure, left_on, calendar, today=today)
        except CalendarMissing:
            unknown.append(departure.pk)
            continue
        if faults:
            lapses.append(
                Lapse(
                    cause=departure,
                    person=departure.person,
                    happened_on=left_on,
                    explained=faults,
                )
            )
    reconcile(
        contract,
        BreachKind.DEPARTURE,
        "departure",
        lapses,
        clause=CLAUSE,
        tariff=DEPARTURE_TARIFF,
        at=at,
        unknown=unknown,
    )


def _faults(
    departure: Departure, left_on: date, calendar: WorkCalendar, *, today: date
) -> list[str]:
    """Return what was wrong; a day that could not be counted before is counted now."""
    if departure.refill_by is None:
        counted = _refill_fields(departure.contract, left_on, calendar)
        if counted["refill_by"]:
            Departure.objects.filter(pk=departure.pk).update(**counted)
            departure.refill_by = counted["refill_by"]
    course = Course(
        left_on=left_on,
        applied_on=departure.applied_on,
        consented_for=departure.leaves_on if departure.consented_on else None,
        refill_by=departure.refill_by,
        refilled_on=joined_on(departure.newcomer) or departure.refilled_on,
    )
    return faults_of(course, calendar, today=today)


# --- What they share ------------------------------------------------------------------


def _check_there(contract: Contract, person: Person) -> None:
    if person.contract_id != contract.pk:
        raise MatterRefused(_("This person is of another contract."), "person")
    if person.status != PersonStatus.APPROVED or person.begins_on is None:
        raise MatterRefused(
            _("%(name)s is not on post.") % {"name": person.name}, "person"
        )
    known = Departure.objects.of(contract).filter(person=person)
    if known.exclude(status=DepartureStatus.WITHDRAWN).exists():
        raise MatterRefused(
            _(
                "There is a departure of %(name)s on record: go on there, or withdraw "
                "it first."
            )
            % {"name": person.name},
            "person",
        )


def _check_after_joining(person: Person, leaves_on: date, field: str) -> None:
    if person.begins_on is None or leaves_on <= person.begins_on:
        raise MatterRefused(
            _("%(name)s joined on %(joined)s: nobody leaves before that.")
            % {"name": person.name, "joined": person.begins_on},
            field,
        )


def _check_second_person(departure: Departure, by: User) -> None:
    if by.pk == departure.applied_by_id:
        raise MatterRefused(_("Whoever recorded it cannot decide on it."))


def _decide(
    departure: Departure, to: DepartureStatus, *, note: str, by: User, at: datetime
) -> None:
    consented = to == DepartureStatus.CONSENTED
    departure.move(
        to,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
        consented_on=localdate(at) if consented else None,
    )


def _goes_before(departure: Departure) -> bool:
    """Tell whether somebody's last day is set already, and is an earlier one."""
    set_on = departure.person.leaves_on
    return set_on is not None and set_on < departure.leaves_on


def _set_last_day(person: Person, day: date | None) -> None:
    Person.objects.filter(pk=person.pk).update(leaves_on=day)
    person.leaves_on = day


def _leave(
    departure: Departure, left_on: date, *, by: User | None, at: datetime
) -> None:
    calendar = CalendarDay.objects.all().calendar()
    departure.move(
        DepartureStatus.LEFT,
        by=by,
        at=at,
        left_on=left_on,
        **_refill_fields(departure.contract, left_on, calendar),
    )
    # Who was replaced meanwhile is gone already.
    if departure.person.status == PersonStatus.APPROVED:
        depart(departure.person, left_on, by=by, at=at)


def _refill_fields(
    contract: Contract, left_on: date, calendar: WorkCalendar
) -> dict[str, Any]:
    """Return by when the post is refilled; nothing once the service is over by then."""
    deadline = _counted(lambda known: refill_by(left_on, known), calendar)
    if deadline is None or deadline.due_on > contract.term.last_on:
        return {"refill_by": None, "refill_by_explained": None}
    return {"refill_by": deadline.due_on, "refill_by_explained": to_plain(deadline)}


def _counted(
    count: Callable[[WorkCalendar], Deadline], calendar: WorkCalendar | None = None
) -> Deadline | None:
    """Return the deadline, or None where a year has no calendar yet."""
    try:
        return count(calendar or CalendarDay.objects.all().calendar())
    except CalendarMissing:
        return None
