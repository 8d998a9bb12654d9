"""An import taken back: by one who asks and another who does it, line by line.

Nothing is deleted. What the import made is void from now on, what it changed is again
what it was, and each order's ledger says so. What somebody has worked on since, or a
later import has changed, stays as it is and is named.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from accounts.models import User
from cases.copying import copy_in, give_keys
from cases.models import (
    Batch,
    BatchCase,
    BatchCaseKind,
    BatchStatus,
    Before,
    Case,
    CaseStatus,
    CaseWords,
    Entry,
    EntryKind,
)
from cases.progress import report
from contracts.models import TransitionRefused

from .before import give_back
from .names import words_of
from .urgency import end_alarms

#: Orders looked at and written at a time.
CHUNK = 2000


@transaction.atomic(durable=True)
def ask_undo(batch: Batch, *, reason: str, by: User, at: datetime) -> None:
    """Ask for an import to be undone. Somebody else has to do it."""
    batch.move(
        BatchStatus.UNDO_ASKED,
        by=by,
        at=at,
        note=reason,
        undo_asked_at=at,
        undo_asked_by=by,
        undo_reason=reason,
        refusal="",
    )


@transaction.atomic(durable=True)
def leave(batch: Batch, *, by: User, at: datetime) -> None:
    """Leave an import as it is, though its undoing was asked for."""
    if batch.status != BatchStatus.UNDO_ASKED:
        raise TransitionRefused(_("This step is not open from here."))
    batch.move(
        BatchStatus.DONE,
        by=by,
        at=at,
        undo_asked_at=None,
        undo_asked_by=None,
        undo_reason="",
    )


@transaction.atomic(durable=True)
def undo(batch: Batch, *, by: User, at: datetime) -> None:
    """Have an import undone that somebody else has asked to be undone.

    Raises TransitionRefused to whoever asked.
    """
    if by.pk == batch.undo_asked_by_id:
        raise TransitionRefused(_("Whoever asked for an undoing cannot do it."))
    batch.move(BatchStatus.UNDOING, by=by, at=at, undone_by=by, tries=0)


def take_back(batch: Batch, *, at: datetime) -> None:
    """Take back what an import did, in the transaction of the task that was told to.

    Orders are taken in the order of their keys, as an import takes them.
    """
    made = Case.objects.filter(batch=batch).exclude(status=CaseStatus.VOID)
    changed = Before.objects.filter(entry__batch=batch)
    keys = {
        "made": list(made.order_by("pk").values_list("pk", flat=True)),
        "changed": list(
            changed.order_by("entry__case").values_list("entry__case", flat=True)
        ),
    }
    total, done = sum(map(len, keys.values())), 0
    kept: list[int] = []
    for act, pks in ((_void, keys["made"]), (_restore, keys["changed"])):
        for chunk in _slices(pks):
            cases = _held(chunk)
            touched = _touched(batch, chunk)
            kept += [pk for pk in chunk if pk in touched]
            act(batch, [case for case in cases if case.pk not in touched], at)
            done += len(chunk)
            report(batch, done, total)
    BatchCase.objects.bulk_create(
        (BatchCase(batch=batch, case_id=pk, kind=BatchCaseKind.KEPT) for pk in kept),
        batch_size=CHUNK,
    )


def _held(pks: Sequence[int]) -> list[Case]:
    cases = Case.objects.filter(pk__in=pks).select_related("caller").order_by("pk")
    return list(cases.select_for_update(no_key=True, of=["self"]))


def _touched(batch: Batch, pks: Sequence[int]) -> set[int]:
    """Return the orders among `pks` to which something has happened since the import.

    Not counted: what the program does of itself, that somebody looked at the caller's
    data, and what was undone itself.
    """
    lines = Entry.objects.filter(case__in=pks).order_by().values_list("case")
    ours = dict(lines.filter(batch=batch).annotate(Max("pk")))
    others = (
        lines.filter(recorded_by__isnull=False)
        .exclude(kind=EntryKind.REVEALED)
        .filter(Q(batch=None) | ~Q(batch=batch) & ~Q(batch__status=BatchStatus.UNDONE))
    )
    return {pk for pk, last in others.annotate(Max("pk")) if last > ours.get(pk, 0)}


def _void(batch: Batch, cases: Sequence[Case], at: datetime) -> None:
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(
        status=CaseStatus.VOID
    )
    for case in cases:
        case.status = CaseStatus.VOID
    copy_in(give_keys([_reversal(batch, case, at, CaseStatus.VOID) for case in cases]))
    end_alarms(cases, at=at)


def _restore(batch: Batch, cases: Sequence[Case], at: datetime) -> None:
    befores = Before.objects.filter(entry__batch=batch, entry__case__in=cases)
    kept = {one.entry.case_id: one for one in befores.select_related("entry")}
    lines = Entry.objects.filter(batch=batch, case__in=cases, kind=EntryKind.CHANGED)
    shown = dict(lines.values_list("case", "changes"))
    entries = []
    for case in cases:
        now = case.status
        give_back(case, kept[case.pk].values)
        status = CaseStatus(case.status) if case.status != now else None
        back = {
            name: [became, was]
            for name, (was, became) in shown.get(case.pk, {}).items()
        }
        entries.append(_reversal(batch, case, at, status, back))
        CaseWords.objects.filter(case=case).update(grams=words_of(case))
    copy_in(give_keys(entries))
    end_alarms(cases, at=at)


def _reversal(
    batch: Batch,
    case: Case,
    at: datetime,
    status: CaseStatus | None,
    changes: dict[str, list[object]] | None = None,
) -> Entry:
    return Entry(
        case_id=case.pk,
        kind=EntryKind.REVERSED,
        at=at,
        status=status or "",
        text=batch.undo_reason,
        changes=changes or {},
        batch_id=batch.pk,
        recorded_at=at,
        recorded_by_id=batch.undone_by_id,
    )


def _slices(pks: Sequence[int]) -> Iterable[Sequence[int]]:
    return (pks[start : start + CHUNK] for start in range(0, len(pks), CHUNK))
