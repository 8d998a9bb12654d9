"""How the ledger is written: a line for everything, with the status it leads to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Case, CaseStatus, Entry, EntryKind
from contracts.models import TransitionRefused

from .family import refuse_child

#: Kind of line → the statuses it is written from. Elsewhere the same arrow of the map
#: means something else: a reply that is sent back is not taken in hand.
FROM = {
    EntryKind.SIGNED: frozenset({CaseStatus.RECEIVED, CaseStatus.REOPENED}),
    EntryKind.ACCEPTED: frozenset({CaseStatus.TRANSFERRED}),
    EntryKind.SENT_BACK: frozenset({CaseStatus.REPLIED}),
}


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

    The same `token` again is the same form sent twice: it has done its work. Raises
    TransitionRefused.
    """
    # Locked, so that the same form sent beside this one is seen.
    Case.objects.select_for_update(no_key=True).only("pk").get(pk=case.pk)
    if written(token):
        return
    refuse_child(case, kind)
    if case.status not in FROM.get(kind, CaseStatus):
        raise TransitionRefused(_("This step is not open from here."))
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
