"""Orders about one matter: a child waits for its parent, and is closed with it.

While it waits nothing of it changes, so that parting again leaves it as it was. Once the
parent is closed the child goes the same way, each step a line of its own ledger.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from cases.models import OPEN, Case, CaseStatus, Entry, EntryKind
from contracts.models import TransitionRefused

#: The way of an order to its closing: each status, and the line that leads to it.
ROAD = (
    (CaseStatus.TRANSFERRED, EntryKind.TRANSFERRED),
    (CaseStatus.HANDLING, EntryKind.ACCEPTED),
    (CaseStatus.REPLIED, EntryKind.REPLIED),
    (CaseStatus.REVIEWED, EntryKind.PASSED),
    (CaseStatus.CLOSED, EntryKind.CLOSED),
)

#: Status → how much of the road an order in it has behind it. What is not signed yet is
#: no child: the platform wants each order signed by itself, and knows when it was.
BEHIND: dict[str, int] = {
    CaseStatus.SIGNED: 0,
    CaseStatus.DECLINED: 0,
    CaseStatus.TRANSFERRED: 1,
    CaseStatus.HANDLING: 2,
    CaseStatus.REPLIED: 3,
    CaseStatus.REVIEWED: 4,
}

#: Where an order may stand that others are handled with.
LEADING = OPEN - {CaseStatus.RETURNING}

#: What a child does itself, dispatched again together with its parent.
OWN_STEPS = frozenset({EntryKind.SIGNED})


def handled_with(case: Case) -> Case | None:
    """Return the open order that an open one is handled with, if there is one."""
    parent = case.parent if case.parent_id and case.is_open else None
    return parent if parent and parent.is_open else None


def refuse_child(case: Case, kind: EntryKind) -> None:
    """Raise TransitionRefused for a step that an order takes with its parent alone."""
    parent = None if kind in OWN_STEPS else handled_with(case)
    if parent:
        raise TransitionRefused(
            _(
                "This order is handled with %(number)s. Take the step there, or part them."
            )
            % {"number": parent.number}
        )


def follow_parent(
    parent: Case, *, happened_at: datetime, by: User, at: datetime
) -> None:
    """Close the children of an order that has just been closed, with what it was told.

    Runs inside the transaction of its caller, who holds the parent. A child that the
    platform has closed already stays as it is. Run it again and nothing more happens.
    """
    children = (
        Case.objects.filter(parent=parent, status__in=sorted(BEHIND))
        .select_for_update(no_key=True, of=["self"])
        .order_by("pk")
    )
    for child in children:
        moment = max(filter(None, (child.counted_at, *_own_moments(child))))
        for to, kind in ROAD[BEHIND[child.status] :]:
            moment = max(moment, _moment(to, parent, happened_at) or moment)
            child.move(to, by=by, at=at, **TAKES[to](parent, moment))
            Entry.objects.create(
                case=child,
                kind=kind,
                status=to,
                at=moment,
                changes={"parent": ["", parent.number]},
                text=parent.result if to == CaseStatus.REPLIED else "",
                recorded_at=at,
                recorded_by=by,
            )


def _own_moments(child: Case) -> tuple[datetime | None, ...]:
    return (
        child.signed_at,
        child.transferred_at,
        child.accepted_at,
        child.replied_at,
        child.reviewed_at,
    )


def _moment(to: CaseStatus, parent: Case, closed_at: datetime) -> datetime | None:
    """Return when the parent came to a status, if anybody has said."""
    return {
        CaseStatus.TRANSFERRED: parent.transferred_at,
        CaseStatus.HANDLING: parent.accepted_at,
        CaseStatus.REPLIED: parent.replied_at,
        CaseStatus.REVIEWED: parent.reviewed_at,
        CaseStatus.CLOSED: closed_at,
    }[to]


#: Status → the fields that a child coming to it takes from its parent, and a moment.
TAKES: dict[CaseStatus, Callable[[Case, datetime], dict[str, Any]]] = {
    CaseStatus.TRANSFERRED: lambda parent, moment: {
        "unit": parent.unit,
        "transferred_at": moment,
        "inner_due_at": None,
        "accepted_at": None,
    },
    CaseStatus.HANDLING: lambda _parent, moment: {"accepted_at": moment},
    CaseStatus.REPLIED: lambda parent, moment: {
        "result": parent.result,
        "reply": parent.reply,
        "replied_at": moment,
        "replied_by": parent.replied_by,
        "reviewed_by": None,
    },
    CaseStatus.REVIEWED: lambda parent, moment: {
        "reviewed_at": moment,
        "reviewed_by": parent.reviewed_by,
    },
    CaseStatus.CLOSED: lambda _parent, moment: {"closed_at": moment},
}
