"""Roles on contracts: who is given one, and who gives it up."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from contracts.models import AuditEntry, Contract, Membership, subject_of


class MembershipRefused(Exception):
    """A role that cannot be given or taken so, in words for the administrator."""


@transaction.atomic(durable=True)
def grant_role(
    contract: Contract, user: User, role: Role, *, note: str, by: User, at: datetime
) -> Membership:
    """Give a person a role on a contract, from now on."""
    # Locked, so that nobody suspends the account or gives it a duty meanwhile.
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.duty:
        raise MembershipRefused(
            _("Whoever has an administrative duty has no role on any contract.")
        )
    if not user.is_active:
        raise MembershipRefused(_("This account is suspended."))
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                contract=contract, user=user, role=role
            )
    except IntegrityError:
        raise MembershipRefused(
            _("This person has a role on this contract already.")
        ) from None
    _record(membership, was="", became=role, note=note, by=by, at=at)
    return membership


@transaction.atomic(durable=True)
def change_role(
    membership: Membership, role: Role, *, note: str, by: User, at: datetime
) -> None:
    """Give a person another role on the same contract instead of the one they have."""
    was = membership.role
    if role == was:
        raise MembershipRefused(_("This is the role the person has already."))
    # The UPDATE names the role we believe the person to have.
    changed = Membership.objects.filter(pk=membership.pk, role=was).update(role=role)
    if not changed:
        raise MembershipRefused(_("Somebody else got here first."))
    membership.role = role
    _record(membership, was=was, became=role, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def revoke_role(membership: Membership, *, note: str, by: User, at: datetime) -> None:
    """Take a person's role on a contract away; they no longer see the contract."""
    as_we_know_it = Membership.objects.filter(pk=membership.pk, role=membership.role)
    deleted, _by_model = as_we_know_it.delete()
    if not deleted:
        raise MembershipRefused(_("Somebody else got here first."))
    _record(membership, was=membership.role, became="", note=note, by=by, at=at)


def _record(
    membership: Membership,
    *,
    was: str,
    became: str,
    note: str,
    by: User,
    at: datetime,
) -> None:
    # On the person: the membership itself may be gone when somebody reads this.
    AuditEntry.objects.create(
        contract_id=membership.contract_id,
        at=at,
        by=by,
        subject=subject_of(membership.user),
        was=was,
        became=became,
        note=note,
    )
