"""How the ledger is written: a line for everything, with the status it leads to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import User
from cases.models import Case, CaseStatus, Entry, EntryKind

from .family import refuse_child


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
    refuse_child(case, kind)
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
    by: User | None,
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
