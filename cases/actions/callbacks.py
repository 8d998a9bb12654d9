"""What callers say once their order is closed, and what is looked at again for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import (
    Case,
    CaseStatus,
    EntryKind,
    Recheck,
    RecheckReason,
    Satisfaction,
)
from cases.models.case import CaseQuerySet
from contracts.models import TransitionRefused

from .lines import step

#: Re-checks written at a time.
CHUNK = 2000


@transaction.atomic(durable=True)
def call_back(
    case: Case,
    *,
    happened_at: datetime,
    valid: bool,
    contacted: bool | None,
    solved: bool | None,
    satisfaction: str,
    contact_cause: str,
    solution_cause: str,
    satisfaction_cause: str,
    text: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record what the caller answered; again, where the first record was wrong.

    Every no has its cause, and whoever is unhappy is looked at again. Where nobody was
    reached (`valid` is no) there is no answer, and none is kept. Raises TransitionRefused.
    """
    # Locked here, so that the ledger's old values are those that were there.
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    said: dict[str, Any] = {
        "valid_callback": valid,
        "contacted": contacted if valid else None,
        "solved": solved if valid else None,
        "satisfaction": satisfaction if valid else "",
    }
    causes = {
        "contact_cause": contact_cause if said["contacted"] is False else None,
        "solution_cause": solution_cause if said["solved"] is False else None,
        "satisfaction_cause": satisfaction_cause
        if said["satisfaction"] == Satisfaction.DISSATISFIED
        else None,
    }
    _refuse_half_an_answer(said, causes)
    said |= {name: cause or "" for name, cause in causes.items()}
    step(
        case,
        CaseStatus.CALLED_BACK,
        EntryKind.CALLED_BACK,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=text,
        changes={
            name: [getattr(locked, name), value]
            for name, value in said.items()
            if getattr(locked, name) != value
        },
        called_back_at=happened_at,
        **said,
    )
    open_rechecks(Case.objects.filter(pk=case.pk), at=at)


def open_rechecks(cases: CaseQuerySet, *, at: datetime) -> None:
    """Make the queue of re-checks agree with what callers have said of these orders.

    Who is unhappy with a handling is put in once; who is not any more, since the record
    was wrong, is taken out if nobody has looked yet. Run it again and nothing more
    happens. Runs inside the transaction of its caller.
    """
    unhappy = cases.unhappy().exclude(status=CaseStatus.VOID)
    Recheck.objects.bulk_create(
        [
            Recheck(
                case_id=pk,
                attempt=attempt,
                reason=RecheckReason.UNHAPPY,
                opened_at=at,
            )
            for pk, attempt in unhappy.order_by("pk").values_list("pk", "attempts")
        ],
        batch_size=CHUNK,
        ignore_conflicts=True,  # what is in the queue already stays as it is
    )
    Recheck.objects.open().filter(
        reason=RecheckReason.UNHAPPY, case__in=cases, attempt=F("case__attempts")
    ).exclude(case__in=unhappy).delete()


def _refuse_half_an_answer(said: dict[str, Any], causes: dict[str, str | None]) -> None:
    """Refuse a valid callback that leaves an answer open, and a no without its cause."""
    if said["valid_callback"] and (
        said["contacted"] is None or said["solved"] is None or not said["satisfaction"]
    ):
        raise TransitionRefused(
            _(
                "A valid callback says whether the caller was contacted, the matter "
                "solved, and how satisfied the caller is."
            )
        )
    if "" in causes.values():
        raise TransitionRefused(_("Every no needs its cause."))
