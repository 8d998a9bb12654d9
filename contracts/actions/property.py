"""Things for the service, and harm to those of Party A (六（一）6、八 4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from contracts.models import (
    Asset,
    AssetStatus,
    AuditEntry,
    Clause,
    Contract,
    Damage,
    DamageStatus,
    DocumentKind,
    Side,
    subject_of,
)
from contracts.rules.calendar import BEIJING
from contracts.rules.obligations import Event

from . import clocks, documents
from .numbers import hold


class PropertyRefused(Exception):
    """Something about a thing that cannot be put down so, in words for the person."""


NOT_OF_PARTY_A = gettext_lazy(
    "Damage is put down for things of Party A alone: it is what the clause on damage"
    " speaks of."
)


@transaction.atomic(durable=True)
def record(
    contract: Contract,
    *,
    clause: Clause,
    number: str,
    name: str,
    owner: str,
    quantity: int,
    price: Decimal,
    place: str,
    condition: str,
    issued_on: date,
    paper: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Asset:
    """Put a thing on the list of assets; the same `token` again gives the same one back.

    Raises PropertyRefused for a number that is taken, and DocumentRefused.
    """
    hold(contract)
    if known := Asset.objects.of(contract).filter(token=token).first():
        return known
    if Asset.objects.of(contract).filter(number=number).exists():
        raise PropertyRefused(_("There is an asset with this number already."))
    signed = (
        documents.put(
            contract,
            file=paper,
            kind=DocumentKind.EVIDENCE,
            title=f"{number} {name}"[:120],
            clause=clause,
            by=by,
            at=at,
        )
        if paper
        else None
    )
    asset = Asset.objects.create(
        contract=contract,
        clause=clause,
        number=number,
        name=name,
        owner=owner,
        quantity=quantity,
        price=price,
        place=place,
        condition=condition,
        issued_on=issued_on,
        paper=signed,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    _note(asset, asset.status, by=by, at=at, note=condition)
    return asset


@transaction.atomic(durable=True)
def give_back(
    asset: Asset,
    *,
    returned_on: date,
    condition: str,
    side: Side,
    by: User,
    at: datetime,
) -> None:
    """Record that a thing came back to whoever owns it, and in what condition.

    `side` is that of whoever says so: the owner alone can. Raises PropertyRefused.
    """
    _refuse_others(asset, side)
    if returned_on < asset.issued_on:
        raise PropertyRefused(
            _("It was issued on %(day)s only.") % {"day": asset.issued_on}
        )
    asset.move(
        AssetStatus.RETURNED,
        by=by,
        at=at,
        note=condition,
        returned_on=returned_on,
        returned_condition=condition,
    )


@transaction.atomic(durable=True)
def lose(asset: Asset, *, note: str, side: Side, by: User, at: datetime) -> None:
    """Record that a thing is lost. What that costs is decided as damage to it.

    `side` is that of whoever says so: the owner alone can. Raises PropertyRefused.
    """
    _refuse_others(asset, side)
    asset.move(AssetStatus.LOST, by=by, at=at, note=note)


@transaction.atomic(durable=True)
def report_damage(
    asset: Asset,
    *,
    clause: Clause,
    found_on: date,
    what: str,
    evidence: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Damage:
    """Report harm to a thing of Party A; the same `token` again is the same report.

    It costs nothing until somebody else decides. Raises PropertyRefused, and
    DocumentRefused.
    """
    hold(asset.contract)
    if known := Damage.objects.of(asset.contract).filter(token=token).first():
        return known
    if asset.owner != Side.A:
        raise PropertyRefused(str(NOT_OF_PARTY_A))
    if found_on < asset.issued_on:
        raise PropertyRefused(
            _("It was issued on %(day)s only.") % {"day": asset.issued_on}
        )
    proof = (
        documents.put(
            asset.contract,
            file=evidence,
            kind=DocumentKind.EVIDENCE,
            title=f"{found_on} {asset}"[:120],
            clause=clause,
            by=by,
            at=at,
        )
        if evidence
        else None
    )
    damage = Damage.objects.create(
        contract=asset.contract,
        clause=clause,
        asset=asset,
        found_on=found_on,
        what=what,
        evidence=proof,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    _note(damage, damage.status, by=by, at=at, note=what)
    return damage


@transaction.atomic(durable=True)
def decide(
    damage: Damage,
    *,
    outcome: str,
    amount: Decimal | None = None,
    top_up_on: date | None = None,
    note: str,
    by: User,
    at: datetime,
) -> None:
    """Decide on a report: charged, normal wear, or not charged (八 4).

    A charge comes off the last payment alone, and what that cannot bear is topped up
    by `top_up_on`: that clock starts now. All charges for one thing together are no
    more than its price. Raises PropertyRefused and TransitionRefused.
    """
    if by == damage.recorded_by:
        raise PropertyRefused(_("Whoever reported a damage cannot decide on it."))
    # One at a time, or two charges would each see the whole price still free.
    hold(damage.contract)
    also: dict[str, Any] = {}
    if outcome == DamageStatus.CHARGED:
        also = _charge(damage, amount, top_up_on, at=at)
    damage.move(
        outcome,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
        **also,
    )
    if outcome == DamageStatus.CHARGED:
        clocks.start(
            damage.contract,
            Event.DAMAGE,
            happened_at=at,
            cause=damage,
            due_on=top_up_on,
        )


def left_to_charge(asset: Asset) -> Decimal:
    """Return how much of a thing's price has not been charged for damage yet, in CNY."""
    charged = Damage.objects.filter(asset=asset).charged().aggregate(sum=Sum("amount"))
    price: Decimal = asset.price * asset.quantity
    return price - (charged["sum"] or Decimal(0))


def _charge(
    damage: Damage, amount: Decimal | None, top_up_on: date | None, *, at: datetime
) -> dict[str, Any]:
    """Return what a charge sets, once it is seen to be within what the clause allows."""
    if not amount or top_up_on is None:
        raise PropertyRefused(
            _(
                "A charge needs an amount, and the day by which a shortfall is topped up."
            )
        )
    if top_up_on < at.astimezone(BEIJING).date():
        raise PropertyRefused(_("The day for topping up lies in the past."))
    most = left_to_charge(damage.asset)
    if amount > most:
        raise PropertyRefused(
            _(
                "Of the thing's price (%(price)s × %(quantity)s) no more than"
                " %(most)s CNY can be charged."
            )
            % {
                "price": damage.asset.price,
                "quantity": damage.asset.quantity,
                "most": most,
            }
        )
    return {"amount": amount, "top_up_on": top_up_on}


def _note(
    record_: Asset | Damage, became: str, *, by: User, at: datetime, note: str
) -> None:
    AuditEntry.objects.create(
        contract_id=record_.contract_id,
        at=at,
        by=by,
        subject=subject_of(record_),
        became=became,
        note=note,
    )


def _refuse_others(asset: Asset, side: Side) -> None:
    if asset.owner != side:
        raise PropertyRefused(
            _("Whoever a thing belongs to says what has become of it.")
        )
