"""Everything that writes callouts: Party A's orders in an emergency, at no fee (八 3)."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    Callout,
    CalloutStatus,
    Clause,
    Contract,
    DocumentKind,
    Due,
)
from contracts.rules.obligations import DueRule, Event

from . import clocks, trail
from .documents import put
from .numbers import hold, next_serial
from .refusals import MatterRefused, check_clause, check_moment_come, check_within


@transaction.atomic(durable=True)
def call_out(
    contract: Contract,
    *,
    clause: Clause,
    title: str,
    task: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    heads: int,
    acknowledge_by: datetime,
    order: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Callout:
    """Order Party B to other times, places or work (八 3); its clocks run from now.

    The same `token` again gives the same callout back. Raises MatterRefused.
    """
    hold(contract)
    if known := Callout.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    for moment, field in ((starts_at, "starts_at"), (ends_at, "ends_at")):
        check_within(contract, localdate(moment), field)
    if starts_at >= ends_at:
        raise MatterRefused(_("It ends before it begins (第八条3)."), "ends_at")
    if acknowledge_by <= at:
        raise MatterRefused(
            _("By this moment nobody can acknowledge it any more (第八条3)."),
            "acknowledge_by",
        )
    if heads < 1:
        raise MatterRefused(_("An order asks for at least one person."), "heads")
    scan = order and put(
        contract,
        file=order,
        kind=DocumentKind.NOTICE,
        title=title,
        clause=clause,
        by=by,
        at=at,
    )
    callout = Callout.objects.create(
        contract=contract,
        serial=next_serial(Callout, contract),
        clause=clause,
        title=title,
        task=task,
        place=place,
        starts_at=starts_at,
        ends_at=ends_at,
        heads=heads,
        acknowledge_by=acknowledge_by,
        order=scan or None,
        token=token,
        ordered_at=at,
        ordered_by=by,
    )
    trail.record(callout, CalloutStatus.ORDERED, by=by, at=at)
    clocks.start(
        contract,
        Event.CALLOUT,
        happened_at=at,
        cause=callout,
        due_on=localdate(ends_at),
    )
    return callout


@transaction.atomic(durable=True)
def acknowledge(callout: Callout, *, by: User, at: datetime) -> None:
    """Record that Party B has the order. Late or not, it is what it is."""
    callout.move(
        CalloutStatus.ACKNOWLEDGED,
        by=by,
        at=at,
        acknowledged_at=at,
        acknowledged_by=by,
    )
    _deliver(callout, by, at, done=False)


@transaction.atomic(durable=True)
def finish(
    callout: Callout,
    *,
    ended_at: datetime,
    extra_hours: Decimal,
    outcome: str,
    by: User,
    at: datetime,
) -> None:
    """Record that it was done, and the hours beyond the roster: they cost nothing (八 3)."""
    check_moment_come(ended_at, "ended_at", at=at)
    if ended_at < callout.starts_at:
        raise MatterRefused(
            _("It was not done before it was to begin (第八条3)."), "ended_at"
        )
    if extra_hours < 0:
        raise MatterRefused(_("Hours are not less than none."), "extra_hours")
    callout.move(
        CalloutStatus.DONE,
        by=by,
        at=at,
        note=outcome,
        ended_at=ended_at,
        ended_by=by,
        extra_hours=extra_hours,
        outcome=outcome,
    )
    _deliver(callout, by, at, done=True, delivered_at=ended_at)


@transaction.atomic(durable=True)
def refuse(callout: Callout, *, outcome: str, by: User, at: datetime) -> None:
    """Record that Party B does not follow, and why. What it owes stays owed (八 3)."""
    if not outcome.strip():
        raise MatterRefused(
            _("A refusal says why: it may end the contract (第八条3)."), "outcome"
        )
    callout.move(
        CalloutStatus.REFUSED,
        by=by,
        at=at,
        note=outcome,
        ended_at=at,
        ended_by=by,
        outcome=outcome,
    )
    # Whoever refuses an order has received it.
    _deliver(callout, by, at, done=False)


@transaction.atomic(durable=True)
def cancel(callout: Callout, *, outcome: str, by: User, at: datetime) -> None:
    """Call an order off, for Party A. Nothing of it is owed any more."""
    callout.move(
        CalloutStatus.CANCELLED,
        by=by,
        at=at,
        note=outcome,
        ended_at=at,
        ended_by=by,
        outcome=outcome,
    )
    clocks.drop(callout.dues.all(), at=at, by=by, note=outcome)


def _deliver(
    callout: Callout,
    by: User,
    at: datetime,
    *,
    done: bool,
    delivered_at: datetime | None = None,
) -> None:
    """Deliver what is owed for doing it, or what is owed for having received it."""
    for due in callout.dues.owed().select_related("obligation"):
        if _is_for_doing(due) == done:
            due.deliver(by=by, at=at, delivered_at=delivered_at)


def _is_for_doing(due: Due) -> bool:
    """Tell whether it is due when the order says, and not a while after it came."""
    return DueRule.from_plain(due.obligation.due_rule).chosen_by_a
