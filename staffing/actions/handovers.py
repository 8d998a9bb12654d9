"""The desk handed over in writing: the one signs, and then the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused
from contracts.models import Contract
from staffing.models import Handover, Person, Stint

from .duty import file_of


@transaction.atomic(durable=True)
def hand_over(
    contract: Contract,
    *,
    taker: Person,
    matters: Sequence[Mapping[str, Any]],
    open_orders: int,
    unfinished: str,
    instructions: str,
    equipment: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Handover:
    """Hand one's post over in writing; `matters` are the urgent orders open right now.

    The same `token` again is the same sheet. Raises MatterRefused for who is not on
    post, and for a colleague who may not be.
    """
    hold(contract)
    if known := Handover.objects.of(contract).filter(token=token).first():
        return known
    giver = file_of(contract, by)
    here = Stint.objects.open().filter(person=giver).first()
    if here is None:
        raise MatterRefused(_("Only who is on post hands it over. Sign on first."))
    if taker.pk == giver.pk:
        raise MatterRefused(_("Choose the colleague who takes over."), "taker")
    if taker.user_id is None or not taker.cleared_on(localdate(at)):
        raise MatterRefused(
            _("%(name)s may not be on duty.") % {"name": taker.name}, "taker"
        )
    return Handover.objects.create(
        contract=contract,
        post=here.post,
        giver=giver,
        taker=taker,
        matters=list(matters),
        open_orders=open_orders,
        unfinished=unfinished,
        instructions=instructions,
        equipment=equipment,
        given_at=at,
        given_by=by,
        token=token,
    )


@transaction.atomic(durable=True)
def take_over(handover: Handover, *, remark: str, by: User, at: datetime) -> None:
    """Sign for what was handed over. Raises MatterRefused for anybody but the taker."""
    _answer(handover, by=by, taken_at=at, remark=remark)


@transaction.atomic(durable=True)
def refuse_handover(handover: Handover, *, remark: str, by: User, at: datetime) -> None:
    """Refuse to take over, and say why: the giver stays, and the manager decides."""
    if not remark.strip():
        raise MatterRefused(_("A refusal says why."), "remark")
    _answer(handover, by=by, refused_at=at, remark=remark)


def _answer(handover: Handover, *, by: User, **said: Any) -> None:
    if file_of(handover.contract, by).pk != handover.taker_id:
        raise MatterRefused(_("This sheet is for somebody else to sign."))
    open_ = Handover.objects.unsigned().filter(pk=handover.pk)
    if not open_.update(taken_by=by, **said):
        raise MatterRefused(_("This sheet was signed or refused before."))
