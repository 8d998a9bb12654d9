"""The open points of a contract, read otherwise: proposed, signed, and carried through."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import Contract, ProposalStatus, Reading, ReadingProposal
from contracts.rules.readings import BY_KEY, Point, Readings
from contracts.rules.tables import Plain

from .numbers import hold
from .periods import put_periods
from .proposals import ProposalRefused, sign, still_waits
from .recompute import Move, as_it_was_seen, moves, put_moves

#: The point that says how the term is cut. It is cut as a whole.
CUTS_THE_TERM = "period_option"


@transaction.atomic(durable=True)
def propose(
    contract: Contract,
    *,
    point: Point,
    value: Plain,
    holds_from: date,
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> ReadingProposal:
    """Propose that a point be read otherwise from a day on.

    The same `token` again gives the same proposal back. Raises ProposalRefused.
    """
    hold(contract)
    proposals = contract.reading_proposals.all()
    if known := proposals.filter(token=token).first():
        return known
    check(contract, point=point, value=value, holds_from=holds_from)
    if proposals.filter(key=point.key, status=ProposalStatus.PROPOSED).exists():
        raise ProposalRefused(
            _("%(clause)s: a proposal for this point waits for the leader already.")
            % {"clause": point.clause}
        )
    return ReadingProposal.objects.create(
        contract=contract,
        key=point.key,
        value=value,
        holds_from=holds_from,
        reason=reason,
        token=token,
        proposed_at=at,
        proposed_by=by,
    )


def check(contract: Contract, *, point: Point, value: Plain, holds_from: date) -> None:
    """Raise ProposalRefused if the point cannot be read so, or not from that day on."""
    if len(point.choices) == 1:
        raise ProposalRefused(
            _("%(clause)s: this point can be read in one way only.")
            % {"clause": point.clause}
        )
    of_point = contract.readings.filter(key=point.key)
    newest = of_point.order_by("adopted_on").last()
    standing = point.from_value(newest.value) if newest else point.default
    if point.from_value(value) == standing:
        raise ProposalRefused(
            _("%(clause)s: it is read like this already.") % {"clause": point.clause}
        )
    _check_day(contract, point, holds_from, newest)
    if point.key == CUTS_THE_TERM:
        _check_periods_open(contract, point)


def _check_day(
    contract: Contract, point: Point, holds_from: date, newest: Reading | None
) -> None:
    closed = contract.periods.filter(closed_at__isnull=False)
    closed_before = closed.aggregate(last=Max("ends_before"))["last"]
    day: date | None = None
    if not contract.signed_on <= holds_from <= contract.term.last_on:
        day = contract.term.last_on
        words = _(
            "%(clause)s: the day must lie between the signing, %(signed)s, and the last "
            "day of the term, %(day)s."
        )
    elif newest and holds_from <= newest.adopted_on:
        day = newest.adopted_on
        words = _("%(clause)s: the reading of %(day)s stays; choose a later day.")
    elif closed_before and holds_from < closed_before:
        day = closed_before
        words = _("%(clause)s: all before %(day)s lies in periods that are closed.")
    if day:
        params = {"clause": point.clause, "day": day, "signed": contract.signed_on}
        raise ProposalRefused(words % params, "holds_from")


def _check_periods_open(contract: Contract, point: Point) -> None:
    if contract.periods.filter(closed_at__isnull=False).exists():
        raise ProposalRefused(
            _(
                "%(clause)s: a period is closed, so the term is not cut otherwise any more."
            )
            % {"clause": point.clause}
        )


def proposed(proposal: ReadingProposal) -> list[Reading]:
    """Return the contract's readings with the one that is proposed."""
    return [*proposal.contract.readings.all(), _reading(proposal)]


def preview(proposal: ReadingProposal) -> list[Move]:
    """Return what would become of the dues if the proposal were adopted."""
    return moves(proposal.contract, readings=proposed(proposal))


@transaction.atomic(durable=True)
def adopt(
    proposal: ReadingProposal, *, seen: str, note: str, by: User, at: datetime
) -> list[Move]:
    """Sign a proposal: the point is read so from its day on, and dues are counted anew.

    `seen` is the fingerprint of the preview that was signed. Returns what has become of
    the dues. Raises ProposalRefused, RecomputeRefused and TransitionRefused.
    """
    contract, point = hold(proposal.contract), BY_KEY[proposal.key]
    still_waits(proposal)
    check(contract, point=point, value=proposal.value, holds_from=proposal.holds_from)
    as_it_was_seen(seen, preview(proposal))
    reading = _reading(proposal, adopted_by=by)
    reading.save()
    sign(proposal, ProposalStatus.ADOPTED, note=note, by=by, at=at, reading=reading)
    if point.key == CUTS_THE_TERM:
        _cut_again(contract, point, reading)
    return put_moves(contract, by=by, at=at, reason=str(proposal))


def _reading(proposal: ReadingProposal, **also: Any) -> Reading:
    return Reading(
        contract=proposal.contract,
        key=proposal.key,
        ref=BY_KEY[proposal.key].clause,
        value=proposal.value,
        adopted_on=proposal.holds_from,
        **also,
    )


def _cut_again(contract: Contract, point: Point, reading: Reading) -> None:
    """Cut the term anew. Raises ProposalRefused where something rests on its periods."""
    readings = Readings.from_values({reading.key: reading.value})
    try:
        contract.periods.all().delete()
    except ProtectedError as error:
        raise ProposalRefused(
            _("%(clause)s: verdicts or deductions rest on the periods as they are cut.")
            % {"clause": point.clause}
        ) from error
    put_periods(contract, readings.period_option)
