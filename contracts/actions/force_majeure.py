"""Everything that writes force majeure: told, proved, decided (九)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    OWN_CAUSES,
    Cause,
    Clause,
    Contract,
    DocumentKind,
    Due,
    ForceMajeure,
    ForceMajeureStatus,
    Mode,
    Notice,
    Side,
    TransitionRefused,
)
from contracts.rules.obligations import DueRule, Event

from . import clocks, trail
from .documents import put
from .numbers import hold, next_serial
from .refusals import MatterRefused, check_clause, check_moment_come, check_within

#: What the paper trail calls a proof that was filed.
PROVED = "proved"


@transaction.atomic(durable=True)
def report(
    contract: Contract,
    *,
    side: Side,
    clause: Clause,
    cause: Cause,
    title: str,
    affects: str,
    began_at: datetime,
    told_at: datetime,
    notice: Notice | None,
    token: UUID,
    by: User,
    at: datetime,
) -> ForceMajeure:
    """Record what one party says has kept it from performing, and start its clocks (九).

    Both are counted from when it began: 24 hours to tell, seven working days to prove.
    The first is delivered at once, as of when the other side was told. The same `token`
    again gives the same record back. Raises MatterRefused.
    """
    hold(contract)
    if known := ForceMajeure.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    _check_moments(contract, began_at, told_at, at=at)
    if side == Side.A and cause in OWN_CAUSES:
        raise MatterRefused(
            _("This cause lies with Party B, and is not Party A's to report (第九条)."),
            "cause",
        )
    if notice and (notice.contract_id != contract.pk or notice.side != side):
        raise MatterRefused(
            _("This notice is not one of the party that reports (第九条)."), "notice"
        )
    event = ForceMajeure.objects.create(
        contract=contract,
        serial=next_serial(ForceMajeure, contract),
        side=side,
        clause=clause,
        cause=cause,
        title=title,
        affects=affects,
        began_at=began_at,
        told_at=told_at,
        notice=notice,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    trail.record(event, ForceMajeureStatus.REPORTED, by=by, at=at)
    for due in _start_clocks(event):
        if _is_for_telling(due):
            due.deliver(by=by, at=at, delivered_at=told_at)
    return event


@transaction.atomic(durable=True)
def prove(
    event: ForceMajeure,
    *,
    side: Side,
    proof: "File[Any]",
    proved_at: datetime,
    by: User,
    at: datetime,
) -> None:
    """File the proof of whoever has reported it. Late or not, it is what it is.

    Raises MatterRefused, and TransitionRefused if it is decided or proved already.
    """
    if event.side != side:
        raise MatterRefused(
            _("Whoever reports force majeure proves it (第九条)."), "proof"
        )
    check_moment_come(proved_at, "proved_at", at=at)
    if proved_at < event.began_at:
        raise MatterRefused(
            _("The proof is older than what it proves (第九条)."), "proved_at"
        )
    paper = put(
        event.contract,
        file=proof,
        kind=DocumentKind.EVIDENCE,
        title=event.title,
        clause=event.clause,
        by=by,
        at=at,
    )
    # The UPDATE names what we believe the row to be: of two proofs one is filed.
    unproved = ForceMajeure.objects.filter(
        pk=event.pk, status=ForceMajeureStatus.REPORTED, proof=None
    )
    if not unproved.update(proof=paper, proved_at=proved_at):
        raise TransitionRefused(_("Somebody else got here first."))
    event.proof, event.proved_at = paper, proved_at
    trail.record(event, PROVED, by=by, at=at, was=event.status)
    for due in event.dues.owed():
        due.deliver(by=by, at=at, delivered_at=proved_at)


@transaction.atomic(durable=True)
def accept(event: ForceMajeure, *, note: str, by: User, at: datetime) -> None:
    """Accept for Party A that this was force majeure, on its proof (九).

    Refused for causes that are Party B's own, without a proof, and to whoever has
    reported it.
    """
    if event.cause in OWN_CAUSES:
        raise MatterRefused(
            _(
                "%(cause)s is Party B's own cause, which the contract leaves out of "
                "force majeure (第九条)."
            )
            % {"cause": Cause(event.cause).label}
        )
    if event.proof_id is None:
        raise MatterRefused(_("There is no proof yet (第九条)."))
    _decide(event, ForceMajeureStatus.ACCEPTED, note, by, at)


@transaction.atomic(durable=True)
def refuse(event: ForceMajeure, *, note: str, by: User, at: datetime) -> None:
    """Refuse for Party A, with reasons. What was still to be proved is owed no more."""
    if not note.strip():
        raise MatterRefused(_("A refusal says why (第九条)."), "note")
    _decide(event, ForceMajeureStatus.REFUSED, note, by, at)
    clocks.drop(event.dues.all(), at=at, by=by, note=note)


def _decide(
    event: ForceMajeure, status: ForceMajeureStatus, note: str, by: User, at: datetime
) -> None:
    if by.pk == event.recorded_by_id:
        raise MatterRefused(_("Whoever reported it cannot decide on it."))
    event.move(
        status, by=by, at=at, note=note, decided_at=at, decided_by=by, decided_note=note
    )


def _check_moments(
    contract: Contract, began_at: datetime, told_at: datetime, *, at: datetime
) -> None:
    check_moment_come(began_at, "began_at", at=at)
    check_moment_come(told_at, "told_at", at=at)
    check_within(contract, localdate(began_at), "began_at")
    if told_at < began_at:
        raise MatterRefused(
            _("The other party was told before it began (第九条)."), "told_at"
        )


def _start_clocks(event: ForceMajeure) -> list[Due]:
    """Start the clocks of the party that it has happened to: both owe the same."""
    waiting = event.contract.obligations.filter(
        mode=Mode.ON_EVENT,
        side=event.side,
        due_rule__event=Event.FORCE_MAJEURE.value,
    )
    return [
        due
        for obligation in waiting
        for due in clocks.start(
            event.contract,
            Event.FORCE_MAJEURE,
            happened_at=event.began_at,
            cause=event,
            obligation=obligation,
        )
    ]


def _is_for_telling(due: Due) -> bool:
    """Tell whether it is counted in hours, as telling is, and proving is not."""
    return DueRule.from_plain(due.obligation.due_rule).hours is not None
