"""Everything that writes holds: public funds that have not come yet (六（一）5)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    Clause,
    Contract,
    DocumentKind,
    Due,
    Hold,
    HoldStatus,
    PaymentStage,
    Side,
    TransitionRefused,
)
from contracts.models.obligation import OWED, DueQuerySet
from contracts.rules.obligations import Event

from . import clocks, trail
from .documents import put
from .numbers import hold as held
from .refusals import MatterRefused, check_clause, check_come, check_within


@transaction.atomic(durable=True)
def hold(
    contract: Contract,
    *,
    clause: Clause,
    stage: PaymentStage,
    reason: str,
    since_on: date,
    paper: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Hold:
    """Record that the funds for a stage have not come: until lifted nothing is late.

    The same `token` again gives the same hold back. Raises MatterRefused, too where one
    is running already.
    """
    held(contract)
    if known := Hold.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    check_come(since_on, "since_on", at=at)
    check_within(contract, since_on, "since_on")
    if stage.contract_id != contract.pk:
        raise MatterRefused(_("This payment stage is of another contract."), "stage")
    # A day that an earlier hold has given is not given twice.
    others = Hold.objects.filter(stage=stage)
    if others.filter(Q(until_on=None) | Q(until_on__gt=since_on)).exists():
        raise MatterRefused(
            _("The funds of this stage are on hold already (第六条（一）5)."), "stage"
        )
    scan = paper and put(
        contract,
        file=paper,
        kind=DocumentKind.EVIDENCE,
        title=reason[:120],
        clause=clause,
        by=by,
        at=at,
    )
    made = Hold.objects.create(
        contract=contract,
        clause=clause,
        stage=stage,
        reason=reason,
        since_on=since_on,
        paper=scan or None,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    trail.record(made, HoldStatus.RUNNING, by=by, at=at, note=reason)
    _payments(made).filter(status__in=OWED).update(waits_for_funds=True)
    clocks.start(
        contract,
        Event.FUNDS_LATE,
        happened_at=trail.moment_of(since_on, at=at),
        cause=made,
    )
    return made


@transaction.atomic(durable=True)
def lift(hold: Hold, *, until_on: date, note: str, by: User, at: datetime) -> None:
    """Record that the funds have come. Raises MatterRefused and TransitionRefused."""
    check_come(until_on, "until_on", at=at)
    if until_on < hold.since_on:
        raise MatterRefused(
            _("The funds came on %(until)s, before they were missing (第六条（一）5).")
            % {"until": until_on},
            "until_on",
        )
    running = Hold.objects.running().filter(pk=hold.pk)
    if not running.update(until_on=until_on, lifted_at=at, lifted_by=by):
        raise TransitionRefused(_("Somebody else got here first."))
    hold.until_on, hold.lifted_at, hold.lifted_by = until_on, at, by
    # What was paid before anybody recorded the funds has waited as long.
    _payments(hold).filter(waits_for_funds=True).update(
        waits_for_funds=False,
        held_days=F("held_days") + (until_on - hold.since_on).days,
    )
    trail.record(
        hold, HoldStatus.LIFTED, by=by, at=at, was=HoldStatus.RUNNING, note=note
    )


def _payments(hold: Hold) -> DueQuerySet:
    """Return what Party A owes by the stage's clause: to pay it."""
    return Due.objects.of(hold.contract).filter(
        obligation__clause=hold.stage.clause_id,
        obligation__side=Side.A,
    )
