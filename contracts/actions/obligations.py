"""What the parties owe each other: delivered, accepted, returned, or owed no longer."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    CalendarDay,
    Document,
    DocumentKind,
    Due,
    DueStatus,
    Obligation,
    Side,
)
from contracts.rules.obligations import DueRule, Event

from . import clocks, trail
from .documents import put
from .numbers import hold


class ObligationRefused(Exception):
    """A step on a due that is not taken, in words for whoever wanted to take it."""


#: Events of which there is no record of its own to start their clocks: a person tells.
TOLD = frozenset(
    {
        Event.URGENT_CASE,
        Event.REPORT_RETURNED,
        Event.TRAINING_HELD,
        Event.JOINING,
        Event.LEAVE_WANTED,
        Event.LEFT,
        Event.REPLACEMENT_PROPOSED,
        Event.ORAL_OPINION,
        Event.RECTIFIED,
        Event.LEAK,
        Event.ENDING_AGREED,
    }
)


def is_told(obligation: Obligation) -> bool:
    """Tell whether a person has to say that what an obligation waits for has happened."""
    return DueRule.from_plain(obligation.due_rule).event in TOLD


@transaction.atomic(durable=True)
def begin(
    obligation: Obligation,
    *,
    what: str,
    happened_at: datetime,
    due_on: date | None,
    by: User,
    at: datetime,
) -> Due:
    """Record that what the obligation waits for has happened, and start its clock.

    `what` names the occasion; the same one again gives its due back. `due_on` is the
    day Party A has chosen, where it does. Raises ObligationRefused.
    """
    contract = hold(obligation.contract)
    if known := obligation.dues.filter(label=what).first():
        return known
    rule = DueRule.from_plain(obligation.due_rule)
    named = {"clause": obligation.clause.ref}
    if rule.event not in TOLD:
        raise ObligationRefused(
            _("%(clause)s: the record of the event itself starts this.") % named
        )
    if happened_at > at and not rule.before:
        raise ObligationRefused(_("%(clause)s: this has not happened yet.") % named)
    if rule.chosen_by_a and due_on is None:
        raise ObligationRefused(
            _("%(clause)s: Party A says by when; choose the day.") % named
        )
    if due_on and due_on < localdate(happened_at):
        raise ObligationRefused(
            _("%(clause)s: the day lies before what happened.") % named
        )
    due = Due.objects.create(
        contract=contract,
        obligation=obligation,
        label=what,
        **clocks.dated_after(
            rule,
            happened_at,
            CalendarDay.objects.all().calendar(),
            clocks.rolls(contract, localdate(happened_at)),
            due_on,
        ),
    )
    trail.record(due, DueStatus.OPEN, by=by, at=at, note=what)
    return due


@transaction.atomic(durable=True)
def deliver(
    due: Due,
    *,
    side: Side,
    delivered_at: datetime,
    note: str,
    evidence: Sequence["File[Any]"],
    returns: int,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record that what is owed was done, with the files that prove it.

    `side` is that of whoever says so: the party that owes it. `returns` is how often it
    had been returned as they saw it. The same form again changes nothing. Raises
    ObligationRefused, TransitionRefused and DocumentRefused.
    """
    held = _hold(due)
    if side != held.obligation.side:
        raise ObligationRefused(
            _("%(clause)s: this is owed by %(side)s, which alone can deliver it.")
            % _named(held)
        )
    if delivered_at > at:
        raise ObligationRefused(
            _(
                "%(clause)s: what is to be delivered yet cannot be recorded as delivered."
            )
            % _named(held)
        )
    if localdate(delivered_at) < held.contract.signed_on:
        raise ObligationRefused(
            _("%(clause)s: nothing was owed before the contract was signed, %(day)s.")
            % _named(held)
        )
    if _is_done(
        held,
        DueStatus.DELIVERED,
        delivered_by=by,
        delivered_at=delivered_at,
        delivered_note=note,
    ):
        return
    if returns != held.returns:
        raise ObligationRefused(
            _(
                "%(clause)s: this was returned meanwhile. Look at why, then deliver again."
            )
            % _named(held)
        )
    held.deliver(by=by, at=at, delivered_at=delivered_at, note=note)
    held.evidence.add(*_put_evidence(held, evidence, token=token, by=by, at=at))


@transaction.atomic(durable=True)
def accept(due: Due, *, note: str, by: User, at: datetime) -> None:
    """Accept what Party B has delivered. Nobody accepts what they delivered themselves.

    Raises ObligationRefused and TransitionRefused.
    """
    held = _hold(due)
    if not held.obligation.accepted_by_a:
        raise ObligationRefused(
            _("%(clause)s: this is done once delivered; nobody has to accept it.")
            % _named(held)
        )
    _decide(held, DueStatus.ACCEPTED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def return_(due: Due, *, reason: str, again_on: date, by: User, at: datetime) -> None:
    """Send what Party B has delivered back, to be done again by a day.

    Raises ObligationRefused and TransitionRefused.
    """
    held = _hold(due)
    if held.obligation.side == Side.A:
        raise ObligationRefused(
            _("%(clause)s: Party A does not return what it owes itself.") % _named(held)
        )
    if again_on < localdate(at):
        raise ObligationRefused(
            _("%(clause)s: the day to do it again by is over already.") % _named(held)
        )
    _decide(
        held,
        DueStatus.RETURNED,
        note=reason,
        by=by,
        at=at,
        again_on=again_on,
        returns=F("returns") + 1,
    )


@transaction.atomic(durable=True)
def drop(due: Due, *, reason: str, by: User, at: datetime) -> None:
    """Record Party A's word that this is no longer owed, as after a change.

    Raises ObligationRefused and TransitionRefused.
    """
    _decide(_hold(due), DueStatus.DROPPED, note=reason, by=by, at=at)


def _hold(due: Due) -> Due:
    """Return the due as it is now; nobody else moves it until this transaction ends."""
    dues = Due.objects.select_related("contract", "obligation__clause")
    return dues.select_for_update(of=("self",), no_key=True).get(pk=due.pk)


def _decide(
    due: Due, to: DueStatus, *, note: str, by: User, at: datetime, **also: Any
) -> None:
    if _is_done(due, to, decided_by=by, decided_note=note):
        return
    if by == due.delivered_by:
        raise ObligationRefused(
            _("%(clause)s: nobody judges what they have delivered themselves.")
            % _named(due)
        )
    due.move(
        to,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
        **also,
    )


def _is_done(due: Due, status: DueStatus, **said: Any) -> bool:
    """Say whether the same person has just done the same: a form that came twice."""
    return due.status == status and all(
        getattr(due, name) == value for name, value in said.items()
    )


def _put_evidence(
    due: Due, files: Sequence["File[Any]"], *, token: UUID, by: User, at: datetime
) -> list[Document]:
    return [
        put(
            due.contract,
            file=file,
            kind=DocumentKind.EVIDENCE,
            title=f"{due.obligation.title} {due.label}".strip()[:120],
            clause=due.obligation.clause,
            token=uuid5(token, f"{due.pk} {number}"),
            by=by,
            at=at,
        )
        for number, file in enumerate(files)
    ]


def _named(due: Due) -> dict[str, Any]:
    """Return what refusals name: the clause, the party that owes, the day of signing."""
    return {
        "clause": due.obligation.clause.ref,
        "side": due.obligation.get_side_display(),
        "day": due.contract.signed_on,
    }
