"""Leave to take callers' data out: asked for with a purpose, given by Party A's leader."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases.exports.orders import narrowed
from cases.models import Permit, PermitStatus
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.models import Contract, TransitionRefused


@transaction.atomic(durable=True)
def ask(
    contract: Contract,
    *,
    purpose: str,
    query: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Permit:
    """Ask for the callers of some orders in clear, for a purpose (第十条 3).

    The same `token` again is the same form sent twice.
    """
    hold(contract)
    if known := Permit.objects.of(contract).filter(token=token).first():
        return known
    permit = Permit.objects.create(
        contract=contract,
        purpose=purpose,
        query=narrowed(query),
        token=token,
        asked_at=at,
        asked_by=by,
    )
    trail.record(permit, PermitStatus.ASKED, by=by, at=at, note=purpose)
    return permit


@transaction.atomic(durable=True)
def decide(
    permit: Permit,
    *,
    granted: bool,
    answer: str,
    valid_until: datetime | None,
    by: User,
    at: datetime,
) -> None:
    """Grant a permit until a moment, or refuse it. Nobody grants their own."""
    if by == permit.asked_by:
        raise TransitionRefused(_("Nobody decides on a permit of their own."))
    permit.move(
        PermitStatus.GRANTED if granted else PermitStatus.REFUSED,
        by=by,
        at=at,
        note=answer,
        answer=answer,
        decided_at=at,
        decided_by=by,
        valid_until=valid_until if granted else None,
    )
