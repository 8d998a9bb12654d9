"""The queues that every desk has: tabs above the list, by what a role has to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role


@dataclass(frozen=True, slots=True)
class Queue:
    """A view of the list that comes with the program."""

    label: Any
    query: str


TO_SIGN = Queue(_("To be signed"), "status=received&status=reopened&sort=due_at")
TO_TRANSFER = Queue(_("To be transferred"), "status=signed&status=declined&sort=due_at")
RETURNING = Queue(_("Return under review"), "status=returning&sort=due_at")
TO_ACCEPT = Queue(_("To be accepted"), "status=transferred&sort=due_at")
IN_HAND = Queue(_("In hand"), "status=handling&sort=due_at")
TO_REVIEW = Queue(_("To be reviewed"), "status=replied&sort=due_at")
TO_CLOSE = Queue(_("To be closed"), "status=reviewed&sort=due_at")
TO_CALL_BACK = Queue(_("Callback open"), "status=closed")
OVERDUE = Queue(_("Overdue"), "due=overdue&sort=due_at")
NEAR = Queue(_("Nearly overdue"), "due=near&sort=due_at")
URGENT = Queue(_("Urgent"), "urgency=urgent&open=yes&sort=due_at")
UNHAPPY = Queue(_("Unhappy"), "unhappy=yes")

WATCHED = (URGENT, OVERDUE, NEAR)

QUEUES: Mapping[Role, tuple[Queue, ...]] = {
    Role.AGENT: (TO_SIGN, TO_TRANSFER, RETURNING, *WATCHED),
    Role.CLOSER: (TO_REVIEW, TO_CLOSE, *WATCHED),
    Role.CLERK: (TO_CALL_BACK, UNHAPPY, RETURNING, *WATCHED),
    Role.MANAGER: (
        TO_SIGN,
        TO_TRANSFER,
        RETURNING,
        TO_REVIEW,
        TO_CLOSE,
        *WATCHED,
        UNHAPPY,
    ),
    Role.UNIT: (TO_ACCEPT, IN_HAND, *WATCHED),
    Role.SUPERVISOR: (*WATCHED, RETURNING, UNHAPPY),
    Role.LEADER: (*WATCHED, UNHAPPY),
}


def queues_of(role: Role) -> tuple[Queue, ...]:
    """Return the queues that a role looks through, in the order of its work."""
    return QUEUES.get(role, ())
