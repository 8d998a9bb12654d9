"""Everything that writes terminations. Nothing here ends a contract by itself."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from contracts.actions import clocks
from contracts.models import (
    CalendarDay,
    Contract,
    Due,
    Mode,
    Notice,
    NoticeKind,
    NoticeStatus,
    Side,
    Termination,
    TerminationStatus,
)
from contracts.models.termination import DECIDED
from contracts.rules.calendar import BEIJING, CalendarMissing
from contracts.rules.obligations import Event, Since
from kpi.overview import overview
from kpi.rules import Level

from .rules import (
    NEED_EVIDENCE,
    Facts,
    Fault,
    Reckoning,
    Route,
    earliest_end,
    faults,
    reckon,
)

#: What a fault is called before people.
FAULTS: dict[Fault, Promise] = {
    Fault.OTHER_GROUND: gettext_lazy(
        "The contract does not name this clause for this route."
    ),
    Fault.OUT_OF_TERM: gettext_lazy(
        "This day lies outside the term of service (第三条)."
    ),
    Fault.NOT_AT_EXPIRY: gettext_lazy(
        "By expiry the contract ends on the last day of its term (第十二条（二）1)."
    ),
    Fault.ABOVE_PRICE: gettext_lazy("This is more than the contract's price (第四条)."),
    Fault.NO_AGREED_SUM: gettext_lazy(
        "An agreement states what is still to be paid, 0 if nothing is (第十二条（二）2)."
    ),
    Fault.SUM_NOT_AGREED: gettext_lazy(
        "Only an agreement has an agreed sum (第十二条（二）2)."
    ),
}


#: Route → what the service of its notice sets off.
SERVED: dict[Route, Event] = {
    Route.IMMEDIATE: Event.TERMINATION_SERVED,
    Route.THREE_MONTHS: Event.TERMINATION_SERVED,
    Route.POLICY: Event.POLICY_NOTICE,
}


class TerminationRefused(Exception):
    """A step that cannot be taken so, in words for the person at the screen."""


def facts_of(termination: Termination) -> Facts:
    """Return what a termination is reckoned from. Its contract must be at hand."""
    return _facts(
        termination.contract,
        ends_on=termination.ends_on,
        paid=termination.paid,
        deducted=termination.deducted,
        damage=termination.damage,
        agreed=termination.agreed,
    )


def reckoning_of(termination: Termination) -> Reckoning:
    """Return the figures: as they were approved, and before that as they are now."""
    return frozen(termination) or reckon(
        Route(termination.route), facts_of(termination)
    )


def frozen(termination: Termination) -> Reckoning | None:
    """Return the figures as they were approved; None before that."""
    if termination.figures is None:
        return None
    return Reckoning.from_plain(termination.figures)


@transaction.atomic(durable=True)
def draft(
    contract: Contract, *, token: UUID, by: User, at: datetime, **terms: Any
) -> Termination:
    """Put down how the contract might be ended, and the facts it is reckoned from.

    `terms` are the fields of `Termination` that people fill in. The same `token` again
    is the same form sent twice: what it made comes back. Raises TerminationRefused.
    """
    _check(contract, terms)
    made, _created = Termination.objects.get_or_create(
        token=token,
        defaults={**terms, "contract": contract, "drafted_by": by, "drafted_at": at},
    )
    if made.contract_id != contract.pk:
        raise TerminationRefused(
            _("This form was used for another contract. Open it again.")
        )
    return made


@transaction.atomic(durable=True)
def revise(termination: Termination, **terms: Any) -> None:
    """Put other terms down, while it is still a draft. Raises TerminationRefused."""
    locked = _locked(termination)
    if locked.status != TerminationStatus.DRAFT:
        raise TerminationRefused(
            _("What has been proposed is not changed. Send it back first.")
        )
    _check(locked.contract, terms)
    for name, value in terms.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(terms))


@transaction.atomic(durable=True)
def propose(termination: Termination, *, note: str, by: User, at: datetime) -> None:
    """Put a draft before the leader.

    Refused without its paper, and for months running before Party A's verdicts on
    that many months stand (第八条2).
    """
    locked = _locked(termination)
    route = Route(locked.route)
    if route in NEED_EVIDENCE and locked.evidence_id is None:
        raise TerminationRefused(
            _("This route needs a paper that shows it. Name it as evidence first.")
        )
    if route is Route.THREE_MONTHS:
        watch = overview(locked.contract, at=at).watch
        if watch.level is not Level.REACHED:
            raise TerminationRefused(
                _(
                    "Party A's verdicts show %(found)d months running not fulfilled, and "
                    "the contract asks for %(wanted)d (第八条2)."
                )
                % {"found": watch.longest.unbroken, "wanted": watch.wanted}
            )
    locked.move(
        TerminationStatus.PROPOSED,
        by=by,
        at=at,
        note=note,
        proposed_by=by,
        proposed_at=at,
    )


@transaction.atomic(durable=True)
def send_back(termination: Termination, *, note: str, by: User, at: datetime) -> None:
    """Return a proposal to whoever made it, with the reason."""
    _locked(termination).move(
        TerminationStatus.DRAFT,
        by=by,
        at=at,
        note=note,
        proposed_by=None,
        proposed_at=None,
    )


@transaction.atomic(durable=True)
def approve(
    termination: Termination, *, seen: str, note: str, by: User, at: datetime
) -> None:
    """Approve a proposal, and freeze its figures as they are on this day.

    `seen` is when the proposal was made that the person has before them. Refused to
    whoever drafted or proposed it, and while another one of the contract is decided.
    """
    # One at a time on a contract, or two could both be the one that is decided.
    Contract.objects.select_for_update(no_key=True).get(pk=termination.contract_id)
    locked = _locked(termination)
    if by.pk in (locked.drafted_by_id, locked.proposed_by_id):
        raise TerminationRefused(_("Whoever proposes a termination cannot approve it."))
    if locked.proposed_at and locked.proposed_at.isoformat() != seen:
        raise TerminationRefused(
            _("It has been proposed anew since you opened this page. Read it again.")
        )
    others = Termination.objects.filter(contract=locked.contract, status__in=DECIDED)
    if others.exclude(pk=locked.pk).exists():
        raise TerminationRefused(
            _(
                "Another termination of this contract is decided. Withdraw that one first."
            )
        )
    figures = reckon(Route(locked.route), facts_of(locked)).to_plain()
    locked.move(
        TerminationStatus.APPROVED,
        by=by,
        at=at,
        note=note,
        approved_by=by,
        approved_at=at,
        figures={**figures, "on": localdate(at).isoformat()},
    )


@transaction.atomic(durable=True)
def notify(termination: Termination, *, notice: Notice, by: User, at: datetime) -> None:
    """Link the notice by which Party B was told; the clocks run from its service (第十三条).

    Refused for a notice that is not Party A's notice of termination, is not served, or
    was served before the approval; for policy, if it came less than thirty working
    days before the end (第十二条（二）4).
    """
    locked = _locked(termination)
    if (
        notice.contract_id != locked.contract_id
        or notice.side != Side.A
        or notice.kind != NoticeKind.TERMINATION
    ):
        raise TerminationRefused(
            _("This is not Party A's notice of termination of this contract.")
        )
    if notice.status != NoticeStatus.SERVED or notice.served_on is None:
        raise TerminationRefused(_("This notice is not served yet (第十三条)."))
    if locked.approved_at and notice.served_on < localdate(locked.approved_at):
        raise TerminationRefused(_("This notice was served before the approval."))
    if locked.route == Route.POLICY:
        _refuse_short_notice(locked, notice)
    locked.move(
        TerminationStatus.NOTIFIED, by=by, at=at, note=str(notice), notice=notice
    )
    if event := SERVED.get(Route(locked.route)):
        served_at = notice.served_at or _midnight(notice.served_on)
        for due in _start_clocks(locked, event, served_at):
            # What Party A owes is to give notice, and it has.
            if due.obligation.side == Side.A:
                due.deliver(by=by, at=at, delivered_at=served_at, note=str(notice))
                due.evidence.add(*filter(None, (notice.scan, notice.proof)))


@transaction.atomic(durable=True)
def carry_out(termination: Termination, *, note: str, by: User, at: datetime) -> None:
    """Record that the contract has ended as decided. Refused before its last day."""
    locked = _locked(termination)
    if localdate(at) < locked.ends_on:
        raise TerminationRefused(
            _("The last day of service, %(day)s, has not come yet.")
            % {"day": locked.ends_on}
        )
    locked.move(TerminationStatus.CARRIED_OUT, by=by, at=at, note=note)
    _start_clocks(locked, Event.CONTRACT_ENDED, _midnight(locked.ends_on))
    if locked.route != Route.EXPIRY:
        _start_clocks(locked, Event.ENDED_EARLY, _midnight(locked.ends_on))
        _drop_what_lies_beyond(locked, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(termination: Termination, *, note: str, by: User, at: datetime) -> None:
    """Give a termination up, at any time before it is carried out, with the reason."""
    locked = _locked(termination)
    locked.move(TerminationStatus.WITHDRAWN, by=by, at=at, note=note)
    clocks.drop(locked.dues.all(), at=at, by=by, note=note)


def _locked(termination: Termination) -> Termination:
    """Return the row as it is now; it stays so until this is done."""
    rows = Termination.objects.select_related("contract")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=termination.pk)


def _start_clocks(termination: Termination, event: Event, since: datetime) -> list[Due]:
    """Let the obligations that wait for this event fall due, and return the dues."""
    return clocks.start(
        termination.contract, event, happened_at=since, cause=termination
    )


def _drop_what_lies_beyond(termination: Termination, *, by: User, at: datetime) -> None:
    """Drop what would have been owed after the early end, or at the end agreed first.

    What covers time before it stays owed, though it falls due later.
    """
    beyond = Q(explained__start_on__gt=str(termination.ends_on))
    dues = Due.objects.of(termination.contract).filter(
        Q(obligation__mode=Mode.RECURRING) & beyond
        | Q(obligation__due_rule__since=Since.END)
    )
    clocks.drop(dues, at=at, by=by, note=str(_("The contract has ended early.")))


def _midnight(day: date) -> datetime:
    """Return the beginning of a day: working days are counted from the one after it."""
    return datetime.combine(day, time(), tzinfo=BEIJING)


def _check(contract: Contract, terms: dict[str, Any]) -> None:
    facts = _facts(
        contract,
        **{
            name: terms[name]
            for name in ("ends_on", "paid", "deducted", "damage", "agreed")
        },
    )
    for _name, fault in faults(Route(terms["route"]), terms["clause"].ref, facts):
        raise TerminationRefused(str(FAULTS[fault]))
    if terms["clause"].contract_id != contract.pk:
        raise TerminationRefused(_("This clause is of another contract."))


def _facts(contract: Contract, **given: Any) -> Facts:
    return Facts(price=contract.price_now, term=contract.term, **given)


def _refuse_short_notice(termination: Termination, notice: Notice) -> None:
    served_on = notice.served_on
    if served_on is None:
        return
    try:
        earliest = earliest_end(served_on, CalendarDay.objects.all().calendar())
    except CalendarMissing as missing:
        raise TerminationRefused(
            _("There is no work calendar for %(year)d yet.") % {"year": missing.year}
        ) from None
    if termination.ends_on < earliest.due_on:
        raise TerminationRefused(
            _(
                "Served on %(served)s, thirty working days are over on %(earliest)s; the "
                "contract cannot end on %(end)s (第十二条（二）4). Withdraw this one and "
                "propose a later end."
            )
            % {
                "served": served_on,
                "earliest": earliest.due_on,
                "end": termination.ends_on,
            }
        )
