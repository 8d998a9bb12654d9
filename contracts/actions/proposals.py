"""What one person of Party A proposes and another signs: the steps all of it has."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import CalendarProposal, ProposalStatus, ReadingProposal

AnyProposal = ReadingProposal | CalendarProposal


class ProposalRefused(Exception):
    """A proposal, or a step on one, that is not taken; `field` is what it is about."""

    def __init__(self, words: str, field: str | None = None) -> None:
        super().__init__(words)
        self.field = field


@transaction.atomic(durable=True)
def refuse(proposal: AnyProposal, *, note: str, by: User, at: datetime) -> None:
    """Refuse what somebody else has proposed. Raises ProposalRefused, TransitionRefused."""
    sign(proposal, ProposalStatus.REFUSED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def withdraw(proposal: AnyProposal, *, note: str, by: User, at: datetime) -> None:
    """Take a proposal back before it is decided on. Raises TransitionRefused."""
    _decide(proposal, ProposalStatus.WITHDRAWN, note=note, by=by, at=at)


def sign(
    proposal: AnyProposal,
    to: ProposalStatus,
    *,
    note: str,
    by: User,
    at: datetime,
    **also: Any,
) -> None:
    """Put the second signature, inside the transaction of what follows from it."""
    if by.pk == proposal.proposed_by_id:
        raise ProposalRefused(
            _("Whoever has proposed something cannot decide on it as well.")
        )
    _decide(proposal, to, note=note, by=by, at=at, **also)


def _decide(
    proposal: AnyProposal,
    to: ProposalStatus,
    *,
    note: str,
    by: User,
    at: datetime,
    **also: Any,
) -> None:
    proposal.move(
        to,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
        **also,
    )


def still_waits(proposal: AnyProposal) -> None:
    """Refuse what somebody has decided on meanwhile. To be called under `hold`."""
    proposal.refresh_from_db()
    if proposal.status != ProposalStatus.PROPOSED:
        raise ProposalRefused(_("Somebody has decided on this already."))
