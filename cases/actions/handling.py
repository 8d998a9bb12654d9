"""What happens to an order once it is here, from signing to closing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Caller, Case, CaseStatus, Entry, EntryKind, Unit
from contracts.models import AuditEntry, TransitionRefused

from .alarms import end_alarm, followed_up
from .family import follow_parent
from .lines import step, write, written
from .urging import answer_urgings

#: In none of these does anything more happen to an order.
LOCKED = frozenset({CaseStatus.ARCHIVED, CaseStatus.VOID, CaseStatus.RETURNED})

#: What an order has of one handling, as it is before the next.
AFRESH: dict[str, Any] = {
    "signed_at": None,
    "transferred_at": None,
    "inner_due_at": None,
    "accepted_at": None,
    "first_contact_at": None,
    "replied_at": None,
    "replied_by": None,
    "reviewed_at": None,
    "reviewed_by": None,
    "closed_at": None,
    "valid_callback": None,
    "contacted": None,
    "solved": None,
    "satisfaction": "",
    "contact_cause": "",
    "solution_cause": "",
    "satisfaction_cause": "",
    "called_back_at": None,
    "paused": timedelta(0),
    "paused_until": None,
    "urge_stage": 0,
}

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
def decline(
    case: Case,
    *,
    reason: str,
    text: str,
    happened_at: datetime,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record that a unit refuses an order, and why; the desk sends it elsewhere."""
    step(
        case,
        CaseStatus.DECLINED,
        EntryKind.DECLINED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=f"{reason}：{text}",
    )


@transaction.atomic(durable=True)
def contact(
    case: Case,
    *,
    way: str,
    reached: bool,
    text: str,
    happened_at: datetime,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record that the caller was called, visited or written to, and what came of it.

    The first time they were reached stops the clock of the first contact. Raises
    TransitionRefused once the order is finished.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("This step is not open from here."))
    if reached and (
        locked.first_contact_at is None or happened_at < locked.first_contact_at
    ):
        Case.objects.filter(pk=case.pk).update(first_contact_at=happened_at)
    write(
        case,
        EntryKind.CONTACTED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=f"{way}：{text}" if text else way,
        changes={"reached": ["", reached]},
    )


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
    answer_urgings(case, at=happened_at)


@transaction.atomic(durable=True)
def review(
    case: Case,
    *,
    passed: bool,
    checks: Sequence[str] = (),
    note: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Pass a reply on to be closed, or send it back to the unit with a reason.

    `checks` is what was found in order, item by item. Raises TransitionRefused to
    whoever wrote the reply.
    """
    if by == case.replied_by:
        raise TransitionRefused(_("Nobody reviews a reply of their own."))
    also: dict[str, Any] = {"reviewed_at": at, "reviewed_by": by} if passed else {}
    step(
        case,
        CaseStatus.REVIEWED if passed else CaseStatus.HANDLING,
        EntryKind.PASSED if passed else EntryKind.SENT_BACK,
        token=token,
        by=by,
        at=at,
        text=note,
        changes={"checks": ["", list(checks)]} if checks else {},
        **also,
    )


@transaction.atomic(durable=True)
def close(
    case: Case, *, happened_at: datetime, note: str, token: UUID, by: User, at: datetime
) -> None:
    """Record that the order is closed on the platform, and when.

    What is handled with it is closed with it. Raises TransitionRefused for an urgent
    order that nobody has followed up (第二条 2).
    """
    if not followed_up(case):
        raise TransitionRefused(
            _("This order is urgent: put on record how it was followed up first.")
        )
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
    end_alarm(case, at=at)
    follow_parent(case, happened_at=happened_at, by=by, at=at)


@transaction.atomic(durable=True)
def reopen(
    case: Case,
    *,
    due_at: datetime | None,
    happened_at: datetime,
    note: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record that the platform has dispatched an order again: one more handling.

    What the last one came to stays on the ledger, and makes room for the next.
    """
    kept = ("due_at", "closed_at", "contacted", "solved", "satisfaction")
    step(
        case,
        CaseStatus.REOPENED,
        EntryKind.REOPENED,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=note,
        changes={"attempts": [case.attempts, case.attempts + 1]}
        | {name: [_plain(getattr(case, name)), ""] for name in kept[1:]}
        | {"due_at": [_plain(case.due_at), _plain(due_at)]},
        **AFRESH,
        due_at=due_at,
        reopened_at=happened_at,
        attempts=F("attempts") + 1,
    )


@transaction.atomic(durable=True)
def archive(case: Case, *, note: str, token: UUID, by: User, at: datetime) -> None:
    """Lock an order: from now on only its ledger can be corrected (2.2, 90).

    Raises TransitionRefused while an application or a re-check is still open.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if locked.applications.pending().exists():
        raise TransitionRefused(_("An application of this order is still open."))
    if locked.rechecks.filter(done_at=None).exists():
        raise TransitionRefused(_("A re-check of this order is still open."))
    step(
        case,
        CaseStatus.ARCHIVED,
        EntryKind.ARCHIVED,
        token=token,
        by=by,
        at=at,
        text=note,
    )


@transaction.atomic(durable=True)
def flag(
    case: Case, *, flags: list[str], note: str, token: UUID, by: User, at: datetime
) -> None:
    """Put flags beside an order's status, or take them away, and say why.

    Raises TransitionRefused for what is archived or void, or where nothing changes.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if locked.status in LOCKED:
        raise TransitionRefused(_("This step is not open from here."))
    if sorted(flags) == sorted(locked.flags):
        raise TransitionRefused(_("These are the flags it has already."))
    Case.objects.filter(pk=case.pk).update(flags=sorted(flags))
    write(
        case,
        EntryKind.FLAGGED,
        token=token,
        by=by,
        at=at,
        text=note,
        changes={"flags": [sorted(locked.flags), sorted(flags)]},
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


def _plain(value: Any) -> Any:
    """Return a value as the ledger keeps it."""
    return (
        value.isoformat()
        if isinstance(value, datetime)
        else ("" if value is None else value)
    )
