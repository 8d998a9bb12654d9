"""What happens to an order once it is here, from signing to closing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Caller, Case, CaseStatus, Entry, EntryKind, Unit
from contracts.models import AuditEntry, TransitionRefused

#: Personal data that one person may see in an hour, before somebody should ask why.
REVEALS_AN_HOUR = 30


@transaction.atomic(durable=True)
def sign(case: Case, *, token: UUID, by: User, at: datetime) -> None:
    """Take an order over from the platform (第二条 2)."""
    step(
        case,
        CaseStatus.SIGNED,
        EntryKind.SIGNED,
        token=token,
        by=by,
        at=at,
        signed_at=at,
    )


@transaction.atomic(durable=True)
def transfer(
    case: Case,
    *,
    unit: Unit,
    inner_due_at: datetime | None,
    note: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Send an order to the unit that is to handle it, again if need be (第二条 2)."""
    step(
        case,
        CaseStatus.TRANSFERRED,
        EntryKind.TRANSFERRED,
        token=token,
        by=by,
        at=at,
        text=note,
        changes={"unit": [case.unit.name if case.unit else "", unit.name]},
        unit=unit,
        inner_due_at=inner_due_at,
        transferred_at=at,
        accepted_at=None,
    )


@transaction.atomic(durable=True)
def accept(
    case: Case, *, happened_at: datetime, token: UUID, by: User, at: datetime
) -> None:
    """Record that the unit has taken the order in hand."""
    step(
        case,
        CaseStatus.HANDLING,
        EntryKind.ACCEPTED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        accepted_at=happened_at,
    )


@transaction.atomic(durable=True)
def urge(case: Case, *, text: str, token: UUID, by: User, at: datetime) -> None:
    """Press whoever has the order to answer (第二条 2). Changes no status.

    The same `token` again is the same reminder sent twice: nothing more is written.
    Raises TransitionRefused once the order is finished.
    """
    # Locked, so that an order closed beside us is not urged after its closing, and
    # the same form sent beside this one is seen.
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("A finished order is not urged."))
    Case.objects.filter(pk=case.pk).update(urged=F("urged") + 1)
    write(case, EntryKind.URGED, token=token, by=by, at=at, text=text)


@transaction.atomic(durable=True)
def reply(
    case: Case,
    *,
    result: str,
    reply: str,
    contacted: bool,
    solved: bool,
    happened_at: datetime,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record the unit's answer: what was done, and what the caller was told."""
    step(
        case,
        CaseStatus.REPLIED,
        EntryKind.REPLIED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=result,
        changes={"contacted": ["", contacted], "solved": ["", solved]},
        result=result,
        reply=reply,
        replied_at=happened_at,
        replied_by=by,
        reviewed_by=None,
    )


@transaction.atomic(durable=True)
def review(
    case: Case, *, passed: bool, note: str, token: UUID, by: User, at: datetime
) -> None:
    """Pass a reply on to be closed, or send it back to the unit with a reason.

    Raises TransitionRefused to whoever wrote the reply.
    """
    if by == case.replied_by:
        raise TransitionRefused(_("Nobody reviews a reply of their own."))
    if passed:
        step(
            case,
            CaseStatus.REVIEWED,
            EntryKind.PASSED,
            token=token,
            by=by,
            at=at,
            text=note,
            reviewed_at=at,
            reviewed_by=by,
        )
    else:
        step(
            case,
            CaseStatus.HANDLING,
            EntryKind.SENT_BACK,
            token=token,
            by=by,
            at=at,
            text=note,
        )


@transaction.atomic(durable=True)
def close(
    case: Case, *, happened_at: datetime, note: str, token: UUID, by: User, at: datetime
) -> None:
    """Record that the order is closed on the platform, and when."""
    step(
        case,
        CaseStatus.CLOSED,
        EntryKind.CLOSED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=note,
        closed_at=happened_at,
    )


@transaction.atomic(durable=True)
def correct(entry: Entry, *, text: str, token: UUID, by: User, at: datetime) -> None:
    """Put right a line of the ledger by a later one that names it (第二条 3).

    The line itself stays as it was. The same `token` again is the same correction
    sent twice. Raises TransitionRefused where the line has been corrected already.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=entry.case_id)
    if written(token):
        return
    if Entry.objects.filter(corrects=entry).exists():
        raise TransitionRefused(
            _("This line has been corrected already. Correct the correction.")
        )
    write(
        locked,
        EntryKind.CORRECTION,
        token=token,
        by=by,
        at=at,
        text=text,
        corrects=entry,
    )


@transaction.atomic(durable=True)
def reveal(case: Case, *, reason: str, by: User, at: datetime) -> Caller:
    """Return the caller's data in clear, and write down who saw it and why.

    Raises TransitionRefused past the hourly limit.
    """
    # One at a time per person, or two windows would both be the last one allowed.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    seen = Entry.objects.revealed_to(by, since=at).count()
    if seen >= REVEALS_AN_HOUR:
        raise TransitionRefused(
            _(
                "You have looked at the personal data of %(count)d orders within an hour. "
                "Wait, or ask the project manager."
            )
            % {"count": seen}
        )
    write(case, EntryKind.REVEALED, token=None, by=by, at=at, text=reason)
    AuditEntry.objects.create(
        contract_id=case.contract_id,
        at=at,
        by=by,
        subject=f"cases.caller:{case.pk}",
        became="revealed",
        note=reason,
    )
    return Caller.objects.get(case=case)


def step(
    case: Case,
    to: CaseStatus,
    kind: EntryKind,
    *,
    token: UUID,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    text: str = "",
    changes: dict[str, Any] | None = None,
    **also: Any,
) -> None:
    """Move an order and write the ledger, both or neither.

    The same `token` again is the same form sent twice: it has done its work.
    """
    # Locked, so that the same form sent beside this one is seen.
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    case.move(to, by=by, at=at, **also)
    write(
        case,
        kind,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        status=to,
        text=text,
        changes=changes or {},
    )


def written(token: UUID) -> bool:
    return Entry.objects.filter(token=token).exists()


def write(
    case: Case,
    kind: EntryKind,
    *,
    token: UUID | None,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    **fields: Any,
) -> Entry:
    if token is not None:
        fields["token"] = token
    return Entry.objects.create(
        case=case,
        kind=kind,
        at=happened_at or at,
        recorded_at=at,
        recorded_by=by,
        **fields,
    )
