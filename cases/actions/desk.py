"""How a desk is set up: its lists of words, and who speaks for a handling unit."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from cases.desk import DEFAULTS
from cases.models import DeskTerm, TermKind, Unit, UnitMember
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.models import Contract, Membership

#: Terms that one list may have, those no longer offered with them.
MOST_TERMS = 200


class DeskRefused(Exception):
    """A setting that cannot be made so, in words for the person at the screen."""


# --- Lists of words ----------------------------------------------------------------------


@transaction.atomic(durable=True)
def add_term(
    contract: Contract, kind: TermKind, *, text: str, by: User, at: datetime
) -> None:
    """Put a term at the end of a list; one that was no longer offered is offered again.

    The same term again is the same form sent twice.
    """
    rows = _held(contract, kind)
    known = next((row for row in rows if row.text == text), None)
    if known:
        _offer(known, rows, by=by, at=at)
        return
    if len(rows) >= MOST_TERMS:
        raise DeskRefused(
            _("A list has %(most)d terms at most.") % {"most": MOST_TERMS}
        )
    row = DeskTerm.objects.create(
        contract=contract, kind=kind, text=text, position=len(rows)
    )
    trail.record(row, "added", by=by, at=at, note=text)


@transaction.atomic(durable=True)
def rename_term(
    contract: Contract, kind: TermKind, *, term: str, text: str, by: User, at: datetime
) -> None:
    """Call a term otherwise from now on. What it was used for keeps the words it had."""
    rows = _held(contract, kind)
    if any(row.text == text for row in rows) and term != text:
        raise DeskRefused(_("This term stands in the list already."))
    row = _find(rows, term)
    if row.text == text:
        return
    DeskTerm.objects.filter(pk=row.pk).update(text=text)
    trail.record(row, "renamed", by=by, at=at, note=f"{term} → {text}")


@transaction.atomic(durable=True)
def move_term(
    contract: Contract, kind: TermKind, *, term: str, to: int, by: User, at: datetime
) -> None:
    """Put a term at a place among those offered, the first of which is 0."""
    offered = [row for row in _held(contract, kind) if row.active]
    row = _find(offered, term)
    was = offered.index(row)
    offered.remove(row)
    offered.insert(to, row)
    if offered.index(row) == was:
        return
    _number(offered)
    trail.record(row, "moved", by=by, at=at, note=term)


@transaction.atomic(durable=True)
def stop_term(
    contract: Contract, kind: TermKind, *, term: str, by: User, at: datetime
) -> None:
    """Offer a term no longer. It stays on record, and on what it was used for."""
    row = _find(_held(contract, kind), term)
    if row.active:
        DeskTerm.objects.filter(pk=row.pk).update(active=False)
        trail.record(row, "stopped", by=by, at=at, note=term)


@transaction.atomic(durable=True)
def offer_term(
    contract: Contract, kind: TermKind, *, term: str, by: User, at: datetime
) -> None:
    """Offer a term again, at the end of its list."""
    rows = _held(contract, kind)
    _offer(_find(rows, term), rows, by=by, at=at)


def _held(contract: Contract, kind: TermKind) -> list[DeskTerm]:
    """Return a list's rows in order, held until this transaction ends.

    The first change of a list writes down what stood in it so far.
    """
    hold(contract)
    of_kind = DeskTerm.objects.of(contract).filter(kind=kind).order_by("position", "pk")
    if rows := list(of_kind):
        return rows
    return DeskTerm.objects.bulk_create(
        DeskTerm(contract=contract, kind=kind, text=text, position=position)
        for position, text in enumerate(DEFAULTS[kind])
    )


def _find(rows: list[DeskTerm], text: str) -> DeskTerm:
    for row in rows:
        if row.text == text:
            return row
    raise DeskRefused(
        _("“%(term)s” does not stand in the list any more. Look at it again.")
        % {"term": text}
    )


def _offer(row: DeskTerm, rows: list[DeskTerm], *, by: User, at: datetime) -> None:
    if row.active:
        return
    row.active = True
    row.save(update_fields=["active"])
    _number([*(one for one in rows if one.active and one != row), row])
    trail.record(row, "offered", by=by, at=at, note=row.text)


def _number(rows: list[DeskTerm]) -> None:
    for position, row in enumerate(rows):
        row.position = position
    DeskTerm.objects.bulk_update(rows, ["position"])


# --- Who speaks for a unit ---------------------------------------------------------------


@transaction.atomic(durable=True)
def add_member(unit: Unit, *, user: User, by: User, at: datetime) -> None:
    """Let a person sign, answer and see the orders of a unit.

    The same person again is the same form sent twice. Raises DeskRefused for somebody
    who is not of a unit on this contract.
    """
    # Locked, so that the role is not taken away meanwhile.
    of_units = Membership.objects.select_for_update(no_key=True)
    if not of_units.filter(
        contract=unit.contract_id, user=user, role=Role.UNIT
    ).first():
        raise DeskRefused(
            _("Only who has the role of a handling unit on this contract can speak.")
        )
    _member, new = UnitMember.objects.get_or_create(
        unit=unit, user=user, defaults={"since": at}
    )
    if new:
        _note(unit, "member_added", user, by=by, at=at)


@transaction.atomic(durable=True)
def remove_member(unit: Unit, *, user: User, by: User, at: datetime) -> None:
    """Let a person speak for a unit no longer; they see its orders no more."""
    removed, _by_model = UnitMember.objects.filter(unit=unit, user=user).delete()
    if removed:
        _note(unit, "member_removed", user, by=by, at=at)


def _note(unit: Unit, became: str, user: User, *, by: User, at: datetime) -> None:
    trail.record(unit, became, by=by, at=at, note=f"{user.name} ({user.username})")
