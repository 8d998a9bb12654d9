"""Whether the vendor's people may come in: pushed down to their membership, by their file."""

from datetime import datetime

from django.utils.timezone import localdate

from accounts.models import Session
from contracts.models import AuditEntry, Contract, Membership, subject_of
from staffing.models import Person, Stint


def settle(contract: Contract, *, at: datetime) -> int:
    """Open the doors of who is cleared today, shut those of who is not; return how many.

    In the caller's transaction, and every minute by the clock. Whoever has an account
    and no file keeps what they have: nothing is known of them. Who is shut out is
    signed out everywhere at once, and signed off the post.
    """
    files = Person.objects.of(contract).exclude(user=None)
    cleared = set(files.cleared(localdate(at)).values_list("user", flat=True))
    members = Membership.objects.of(contract).select_related("user")
    filed = members.filter(user__in=files.values("user")).select_for_update(
        of=("self",)
    )
    turned = [one for one in filed if (one.user_id in cleared) != one.is_cleared]
    for member in turned:
        if member.user_id in cleared:
            _open(member, at=at)
        else:
            _shut(member, at=at)
    return len(turned)


def _open(member: Membership, *, at: datetime) -> None:
    Membership.objects.filter(pk=member.pk).update(cleared_at=at)
    _record(member, "cleared", at=at)


def _shut(member: Membership, *, at: datetime) -> None:
    Membership.objects.filter(pk=member.pk).update(cleared_at=None, on_duty_since=None)
    here = Stint.objects.of(member.contract).open().filter(person__user=member.user)
    here.filter(on_at__lt=at).update(off_at=at, off_told_at=at)
    Session.objects.filter(user=member.user).end(at=at)
    _record(member, "shut out", at=at)


def _record(member: Membership, became: str, *, at: datetime) -> None:
    # On the person, as all that becomes of a role.
    AuditEntry.objects.create(
        contract_id=member.contract_id,
        at=at,
        by=None,
        subject=subject_of(member.user),
        became=became,
    )
