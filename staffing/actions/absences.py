"""Everything that writes leave and swaps: changes to a plan that holds already."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_within
from contracts.models import Contract, TransitionRefused
from contracts.rules.calendar import BEIJING
from staffing.models import (
    AskedStatus,
    Leave,
    LeaveKind,
    Person,
    PersonStatus,
    Shift,
    ShiftState,
    Swap,
)

A_MOMENT = timedelta(microseconds=1)

#: The remark on a shift that changed hands. Stored, and so never translated.
SWAPPED = "换班，原为{name}"


# --- Leave --------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def ask_leave(
    contract: Contract,
    *,
    person: Person,
    kind: LeaveKind,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Leave:
    """Ask for time in which somebody is not planned for. The plan holds until it is granted.

    The same `token` again gives the same leave back. Raises MatterRefused.
    """
    hold(contract)
    if known := Leave.objects.of(contract).filter(token=token).first():
        return known
    _check_present(contract, person, "person")
    if starts_at >= ends_at:
        raise MatterRefused(_("It ends before it begins."), "ends_at")
    if ends_at <= at:
        raise MatterRefused(_("This time is over."), "ends_at")
    check_within(contract, localdate(starts_at), "starts_at")
    check_within(contract, localdate(ends_at), "ends_at")
    others = Leave.objects.of(contract).filter(
        person=person,
        status__in=(AskedStatus.ASKED, AskedStatus.GRANTED),
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )
    if other := others.first():
        raise MatterRefused(
            _("%(name)s has leave asked for or granted from %(begins)s to %(ends)s.")
            % {
                "name": person.name,
                "begins": _minute(other.starts_at),
                "ends": _minute(other.ends_at),
            },
            "starts_at",
        )
    leave = Leave.objects.create(
        contract=contract,
        person=person,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        asked_at=at,
        asked_by=by,
        token=token,
    )
    trail.record(leave, AskedStatus.ASKED, by=by, at=at)
    return leave


@transaction.atomic(durable=True)
def grant_leave(leave: Leave, *, note: str, by: User, at: datetime) -> int:
    """Grant leave, and take the shifts in it out of the plan; return how many.

    Never by whoever asked, nor whose leave it is. Raises MatterRefused and
    TransitionRefused.
    """
    if by.pk in (leave.asked_by_id, leave.person.user_id):
        raise MatterRefused(_("Nobody grants what they asked for themselves."))
    if leave.ends_at <= at:
        raise MatterRefused(_("This time is over."))
    leave.move(
        AskedStatus.GRANTED,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
    )
    return falling_out(leave, at=at).update(state=ShiftState.REPLACED)


def falling_out(leave: Leave, *, at: datetime) -> "QuerySet[Shift]":
    """Return the planned shifts that a leave takes out, whole, if it is granted now.

    Those that have begun stay: who was there and who was not is a fact.
    """
    shifts = Shift.objects.of(leave.contract).holding()
    begun = shifts.between(leave.starts_at, leave.ends_at)
    return begun.filter(person=leave.person, starts_at__gt=at)


# --- Swaps --------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def ask_swap(
    contract: Contract,
    *,
    shift: Shift,
    taker: Person,
    in_return: Shift | None,
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Swap:
    """Ask somebody else to work a shift, maybe for one of theirs. The other agrees first.

    The same `token` again gives the same swap back. Raises MatterRefused.
    """
    hold(contract)
    if known := Swap.objects.of(contract).filter(token=token).first():
        return known
    swap = Swap(
        contract=contract,
        shift=shift,
        taker=taker,
        in_return=in_return,
        reason=reason,
        asked_at=at,
        asked_by=by,
        token=token,
    )
    _check_swap(swap, at=at)
    if taker.user_id is None:
        raise MatterRefused(
            _("%(name)s has no account to agree with.") % {"name": taker.name},
            "taker",
        )
    if Swap.objects.of(contract).waiting().filter(shift=shift).exists():
        raise MatterRefused(_("A swap of this shift is asked for already."), "shift")
    swap.save()
    trail.record(swap, AskedStatus.ASKED, by=by, at=at)
    return swap


@transaction.atomic(durable=True)
def agree(swap: Swap, *, by: User, at: datetime) -> None:
    """Agree to take a shift over; only whoever is to take it."""
    if by.pk != swap.taker.user_id:
        raise MatterRefused(
            _("Only %(name)s agrees to take it over.") % {"name": swap.taker.name}
        )
    _check_swap(swap, at=at)
    swap.move(AskedStatus.AGREED, by=by, at=at, agreed_at=at, agreed_by=by)


@transaction.atomic(durable=True)
def grant_swap(swap: Swap, *, note: str, by: User, at: datetime) -> None:
    """Grant a swap, by a third: the shifts change hands in the same roster, at once.

    Nobody comes to be in two places, nor without rest: the plan itself refuses that.
    Raises MatterRefused and TransitionRefused.
    """
    giver = swap.shift.person
    if by.pk in (swap.asked_by_id, swap.agreed_by_id, giver.user_id):
        raise MatterRefused(_("A third person grants a swap."))
    hold(swap.contract)
    _check_swap(swap, at=at)
    swap.move(
        AskedStatus.GRANTED,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
    )
    moves = [(swap.shift, swap.taker)]
    if swap.in_return:
        moves.append((swap.in_return, giver))
    taken = [shift.pk for shift, _to in moves]
    held = Shift.objects.holding().filter(pk__in=taken)
    if held.update(state=ShiftState.REPLACED) != len(taken):
        raise TransitionRefused(_("Somebody else got here first."))
    for shift, to in moves:
        _hand_over(shift, to)


def _hand_over(shift: Shift, to: Person) -> None:
    """Plan somebody else for the same time; a refusal names the person and the shift."""
    try:
        with transaction.atomic():
            Shift.objects.create(
                contract_id=shift.contract_id,
                roster_id=shift.roster_id,
                person=to,
                post_id=shift.post_id,
                pattern_id=shift.pattern_id,
                starts_at=shift.starts_at,
                ends_at=shift.ends_at,
                rested_at=shift.rested_at,
                callout_id=shift.callout_id,
                state=ShiftState.HOLDS,
                note=SWAPPED.format(name=shift.person.name),
            )
    except IntegrityError as error:
        raise MatterRefused(
            _(
                "%(name)s cannot take the shift from %(begins)s to %(ends)s: another "
                "shift of theirs is at the same time, or without rest in between."
            )
            % {
                "name": to.name,
                "begins": _minute(shift.starts_at),
                "ends": _minute(shift.ends_at),
            }
        ) from error


# --- Both ---------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def refuse(asked: Leave | Swap, *, note: str, by: User, at: datetime) -> None:
    """Do not grant what was asked for, and say why. The plan stays."""
    if not note.strip():
        raise MatterRefused(_("A refusal says why."), "note")
    if by.pk == asked.asked_by_id:
        raise MatterRefused(_("Whoever asked for it cannot decide on it."))
    _decide(asked, AskedStatus.REFUSED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def decline(swap: Swap, *, note: str, by: User, at: datetime) -> None:
    """Do not take a shift over; only whoever was to take it."""
    if by.pk != swap.taker.user_id:
        raise MatterRefused(
            _("Only %(name)s agrees to take it over.") % {"name": swap.taker.name}
        )
    _decide(swap, AskedStatus.REFUSED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(asked: Leave | Swap, *, note: str, by: User, at: datetime) -> None:
    """Take back what one has asked for, or what was asked for in one's name."""
    whose = asked.person if isinstance(asked, Leave) else asked.shift.person
    if by.pk not in (asked.asked_by_id, whose.user_id):
        raise MatterRefused(_("Only whoever asked for it can withdraw it."))
    _decide(asked, AskedStatus.WITHDRAWN, note=note, by=by, at=at)


def _decide(
    asked: Leave | Swap, to: AskedStatus, *, note: str, by: User, at: datetime
) -> None:
    asked.move(
        to, by=by, at=at, note=note, decided_at=at, decided_by=by, decided_note=note
    )


def _check_present(contract: Contract, person: Person, field: str) -> None:
    if person.contract_id != contract.pk:
        raise MatterRefused(_("This person is of another contract."), field)
    if person.status != PersonStatus.APPROVED:
        raise MatterRefused(
            _("%(name)s is not on post.") % {"name": person.name}, field
        )


def _check_swap(swap: Swap, *, at: datetime) -> None:
    """Refuse shifts that have begun or are planned no more, and people not cleared."""
    giver = swap.shift.person
    _check_shift(swap, swap.shift, "shift", at=at)
    _check_taker(swap.shift, swap.taker, "taker")
    if swap.taker.pk == giver.pk:
        raise MatterRefused(_("The shift is theirs already."), "taker")
    if swap.in_return is None:
        return
    _check_shift(swap, swap.in_return, "in_return", at=at)
    if swap.in_return.person_id != swap.taker.pk:
        raise MatterRefused(
            _("This shift is not one of %(name)s.") % {"name": swap.taker.name},
            "in_return",
        )
    _check_taker(swap.in_return, giver, "in_return")


def _check_shift(swap: Swap, shift: Shift, field: str, *, at: datetime) -> None:
    if shift.contract_id != swap.contract_id:
        raise MatterRefused(_("This shift is of another contract."), field)
    if shift.starts_at <= at:
        raise MatterRefused(
            _("The shift from %(begins)s has begun.")
            % {"begins": _minute(shift.starts_at)},
            field,
        )
    if shift.state != ShiftState.HOLDS:
        raise MatterRefused(
            _("The shift from %(begins)s is not planned any more.")
            % {"begins": _minute(shift.starts_at)},
            field,
        )


def _check_taker(shift: Shift, taker: Person, field: str) -> None:
    """Refuse somebody who may not be on duty then, or on whose post it is not."""
    if taker.contract_id != shift.contract_id:
        raise MatterRefused(_("This person is of another contract."), field)
    if taker.post_id != shift.post_id:
        raise MatterRefused(
            _("%(name)s is on another post.") % {"name": taker.name}, field
        )
    # A shift until midnight is over on the day before.
    for moment in (shift.starts_at, shift.ends_at - A_MOMENT):
        day = localdate(moment)
        if not taker.cleared_on(day):
            raise MatterRefused(
                _("%(name)s may not be on duty on %(day)s.")
                % {"name": taker.name, "day": day},
                field,
            )


def _minute(moment: datetime) -> str:
    return f"{localtime(moment, BEIJING):%Y-%m-%d %H:%M}"
