"""Units are pressed to answer: urged（催办）, supervised（督办）, criticised in writing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.messages import owe, withdraw
from accounts.models import User
from accounts.roles import Role
from accounts.templatetags.frame import moment
from cases import reminders
from cases.models import (
    Case,
    EntryKind,
    Unit,
    UnitMember,
    Urging,
    UrgingKind,
    UrgingLevel,
)
from contracts.actions.numbers import hold, next_serial
from contracts.models import Contract, Membership, TransitionRefused

from .lines import write, written

#: Levels of supervision → who may put an order under it, or write it down for a leader.
MAY_SUPERVISE = {
    UrgingLevel.DESK: frozenset({Role.MANAGER, Role.SUPERVISOR}),
    UrgingLevel.STREET: frozenset({Role.SUPERVISOR, Role.LEADER}),
    UrgingLevel.LEADER: frozenset({Role.SUPERVISOR, Role.LEADER}),
    UrgingLevel.CRITICISM: frozenset({Role.SUPERVISOR, Role.LEADER}),
}


@transaction.atomic(durable=True)
def urge(
    case: Case,
    *,
    text: str,
    channel: str = "",
    unit: Unit | None = None,
    answer_by: datetime | None = None,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Press whoever has the order to answer (第二条 2). Changes no status.

    The unit that has it, if no other one is named. The same `token` again is the same
    reminder sent twice: nothing more is written. Raises TransitionRefused once the
    order is finished.
    """
    locked = _held(case)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("A finished order is not urged."))
    Case.objects.filter(pk=case.pk).update(urged=F("urged") + 1)
    write(case, EntryKind.URGED, token=token, by=by, at=at, text=text)
    _press(
        locked,
        UrgingKind.URGING,
        UrgingLevel.BY_HAND,
        unit=unit or sent_to(locked),
        text=text,
        channel=channel,
        answer_by=answer_by,
        token=token,
        sent_by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def supervise(
    case: Case,
    *,
    level: UrgingLevel,
    text: str,
    answer_by: datetime,
    leader: str = "",
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Put an order under supervision until a day; after that, criticise in writing.

    The same `token` again is the same form sent twice. Raises TransitionRefused for
    who may not on this level, for a finished order, and for a criticism without a
    supervision that has run out unanswered.
    """
    locked = _held(case)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("A finished order is not supervised."))
    role = Membership.objects.of(locked.contract).get(user=by).role
    if role not in MAY_SUPERVISE[level]:
        raise TransitionRefused(_("This level of supervision is not yours to set."))
    if level == UrgingLevel.CRITICISM and not _run_out(locked, at):
        raise TransitionRefused(
            _("There is no supervision of this order that ran out without an answer.")
        )
    Case.objects.filter(pk=case.pk).update(supervised=level)
    write(
        case,
        EntryKind.SUPERVISED,
        token=token,
        by=by,
        at=at,
        text=text,
        changes={"supervised": [locked.supervised, level]},
    )
    _press(
        locked,
        UrgingKind.SUPERVISION,
        level,
        unit=sent_to(locked),
        text=text,
        leader=leader,
        answer_by=answer_by,
        token=token,
        sent_by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def receive(urging: Urging, *, by: User, at: datetime) -> None:
    """Note that an urging was read: by who speaks for its unit, or by the desk for it.

    Once. Raises TransitionRefused where it was noted before, and says by whom; and to
    a unit that it was not sent to.
    """
    role = Membership.objects.of(urging.contract).get(user=by).role
    if role == Role.UNIT and not _speaks_for(by, urging):
        raise TransitionRefused(_("This was not sent to your unit."))
    unread = Urging.objects.filter(pk=urging.pk).unread()
    if not unread.update(read_at=at, read_by=by):
        urging.refresh_from_db()
        raise TransitionRefused(
            _("%(who)s noted this as received at %(at)s.")
            % {"who": urging.read_by, "at": moment(urging.read_at)}
        )


def answer_urgings(case: Case, *, at: datetime) -> None:
    """Note that all an order was pressed with is answered, in the caller's transaction."""
    Urging.objects.filter(case=case).unanswered().update(answered_at=at)
    withdraw(reminders.about_urging(case), at=at)


def sent_to(case: Case) -> Unit | None:
    """Return the unit that has an order; none while it is still on the desk.

    The one that the platform names is not told before the desk has sent it the order.
    """
    return case.unit if case.transferred_at else None


def number(contract: Contract, urgings: Iterable[Urging], *, at: datetime) -> None:
    """Give urgings their numbers, by kind and year; to be called under `hold`."""
    year = localdate(at).year
    after: dict[str, int] = {}
    for one in urgings:
        if one.kind not in after:
            after[one.kind] = next_serial(Urging, contract, kind=one.kind, year=year)
        one.year, one.serial = year, after[one.kind]
        after[one.kind] += 1


def _press(
    case: Case, kind: UrgingKind, level: UrgingLevel, *, at: datetime, **given: Any
) -> None:
    made = Urging(
        contract=case.contract,
        case=case,
        kind=kind,
        level=level,
        attempt=case.attempts,
        sent_at=at,
        **given,
    )
    hold(case.contract)
    number(case.contract, [made], at=at)
    made.save()
    owe(reminders.of_urgings(case.contract, [made]), at=at)


def _held(case: Case) -> Case:
    """Return the order, locked. The contract, for the number, only after it."""
    return (
        Case.objects.select_for_update(no_key=True, of=("self",))
        .select_related("contract", "unit")
        .get(pk=case.pk)
    )


def _run_out(case: Case, at: datetime) -> bool:
    supervisions = Urging.objects.filter(
        case=case, kind=UrgingKind.SUPERVISION, answer_by__lte=at
    )
    return supervisions.unanswered().exists()


def _speaks_for(user: User, urging: Urging) -> bool:
    return UnitMember.objects.filter(user=user, unit=urging.unit_id).exists()
