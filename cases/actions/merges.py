"""Orders about one matter, put together and parted again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Case, EntryKind, Merge, Urgency
from contracts.actions.numbers import hold
from contracts.models import TransitionRefused

from .family import BEHIND, LEADING
from .lines import write


@transaction.atomic(durable=True)
def merge(
    child: Case, *, into: Case, reason: str, token: UUID, by: User, at: datetime
) -> Merge:
    """Have one open order handled with another about the same matter.

    The same `token` again is the same form sent twice: its merge comes back. Raises
    TransitionRefused where the two cannot be one.
    """
    # Whose child is whose changes under this lock alone: of two who merge at once, in
    # a circle even, one comes first, and nobody waits for somebody who waits for them.
    hold(child.contract)
    if known := Merge.objects.of(child.contract).filter(token=token).first():
        return known
    _refuse_unfit(child, into)
    parent, child = _held(into.pk), _held(child.pk)
    _refuse_finished(child, parent)
    made = Merge.objects.create(
        parent=parent,
        child=child,
        reason=reason,
        token=token,
        merged_at=at,
        merged_by=by,
    )
    Case.objects.filter(pk=child.pk).update(parent=parent)
    _tell_both(made, EntryKind.MERGED, reason, by=by, at=at)
    return made


@transaction.atomic(durable=True)
def part(merge: Merge, *, reason: str, by: User, at: datetime) -> None:
    """Part two orders again: each goes on from where it stood.

    Raises TransitionRefused where they are parted already, or were closed together.
    """
    hold(merge.parent.contract)
    parent, child = _held(merge.parent_id), _held(merge.child_id)
    if not child.is_open:
        raise TransitionRefused(
            _("%(number)s is closed: it is parted once it is dispatched again.")
            % {"number": child.number}
        )
    standing = Merge.objects.standing().filter(pk=merge.pk)
    if not standing.update(undone_at=at, undone_by=by, undone_reason=reason):
        raise TransitionRefused(_("Somebody else got here first."))
    Case.objects.filter(pk=child.pk, parent=parent).update(parent=None)
    _tell_both(merge, EntryKind.PARTED, reason, by=by, at=at)


def _held(pk: int) -> Case:
    """Return an order as it is, held until this transaction ends; parents come first."""
    return Case.objects.select_for_update(no_key=True).get(pk=pk)


def _refuse_unfit(child: Case, parent: Case) -> None:
    if child.pk == parent.pk or child.contract_id != parent.contract_id:
        raise TransitionRefused(_("An order is merged with another of its contract."))
    of_either = Merge.objects.standing().filter(child__in=[child, parent])
    if of_either.exists() or Merge.objects.standing().filter(parent=child).exists():
        raise TransitionRefused(
            _(
                "One of the two is merged already. Orders are merged in two levels: a "
                "parent, and its children."
            )
        )


def _refuse_finished(child: Case, parent: Case) -> None:
    if child.status not in BEHIND or parent.status not in LEADING:
        raise TransitionRefused(
            _(
                "Only an order that is signed and in hand is merged, into one that is "
                "open and not on its way back."
            )
        )
    if child.urgency == Urgency.URGENT and parent.urgency != Urgency.URGENT:
        raise TransitionRefused(
            _("An urgent order does not wait for one that is not urgent.")
        )


def _tell_both(
    merge: Merge, kind: EntryKind, reason: str, *, by: User, at: datetime
) -> None:
    """Write a merge, or its end, to the ledgers of both orders."""
    parent, child = merge.parent, merge.child
    for case, role, other in ((child, "parent", parent), (parent, "child", child)):
        named = ["", other.number]
        write(
            case,
            kind,
            token=None,
            by=by,
            at=at,
            text=reason,
            changes={role: named if kind == EntryKind.MERGED else named[::-1]},
        )
