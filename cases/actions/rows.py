"""What the rows of a file become: new orders, changes on the ledger, or nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from cases.copying import copy_in, give_keys
from cases.desk import terms
from cases.models import (
    OPEN,
    Batch,
    BatchStatus,
    Before,
    Caller,
    Case,
    CaseStatus,
    CaseWords,
    Entry,
    EntryKind,
    Source,
    TermKind,
    Urgency,
)
from cases.progress import report
from cases.rules.values import mask_name, mask_phone
from cases.sheets import Fault, OrderRow, SheetReading
from contracts.models import TransitionRefused

from .before import Snapshot
from .callbacks import open_rechecks
from .names import Names, words_of
from .said import (
    caller_of,
    counted_at_of,
    digest_of,
    is_said,
    status_of,
    values_of,
)
from .urgency import end_alarms, make_urgent

#: Rows read, compared and written at a time.
CHUNK = 2000

#: Faults and warnings kept for people to read; the count of faults goes on beyond it.
FAULTS_KEPT, WARNINGS_KEPT = 100_000, 20_000

#: What of an order can be searched; and what tells how a handling of it ended.
SEARCHED = frozenset(
    {"title", "content", "spot", "company", "district_number", "counted_at"}
)
OF_A_HANDLING = frozenset(
    {"closed_at", "valid_callback", "contacted", "solved", "satisfaction"}
)

#: What a handling leaves on an order, and what one that begins anew begins with.
UNHANDLED: dict[str, Any] = {
    "signed_at": None,
    "first_contact_at": None,
    "transferred_at": None,
    "inner_due_at": None,
    "accepted_at": None,
    "replied_at": None,
    "replied_by_id": None,
    "reviewed_at": None,
    "reviewed_by_id": None,
}

Item = TypeVar("Item")


@dataclass(slots=True)
class Outcome:
    """What the rows of a file were."""

    columns: list[list[str]] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list)
    warnings: int = 0
    last_faulty: tuple[str, int] | None = None
    #: Keys of orders: open here and no longer in the file; archived, so left alone.
    vanished: list[int] = field(default_factory=list)
    locked: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Run:
    """One reading of one file, and what it has come across so far."""

    batch: Batch
    at: datetime
    names: Names
    urgent_words: list[str]
    outcome: Outcome
    numbers: set[str] = field(default_factory=set)
    first_at: datetime | None = None
    last_at: datetime | None = None
    #: Lines for the ledger, and what the orders of some of them were before.
    entries: list[Entry] = field(default_factory=list)
    befores: list[tuple[Entry, Snapshot]] = field(default_factory=list)

    def saw(self, row: OrderRow) -> None:
        at = counted_at_of(row)
        self.numbers.add(row.number)
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)


def take_in(batch: Batch, reading: SheetReading, *, at: datetime) -> Outcome:
    """Write the rows of a file to the database, and return what they were.

    A number stands for one order: a row of a known one changes it, or says nothing new.
    An empty cell says nothing, and takes nothing away. Runs inside the transaction of
    its caller. Raises TransitionRefused where the batch is cancelled meanwhile.
    """
    words = terms(batch.contract, TermKind.URGENT_WORD)
    outcome = Outcome(columns=_understood(reading))
    run = _Run(batch, at, Names(batch.contract), words, outcome)
    done = 0
    # Known once it has been checked.
    total = batch.new + batch.changed + batch.same + batch.faulty
    for chunk in _chunks(reading, CHUNK):
        _still_wanted(batch)
        rows = []
        for one in chunk:
            if isinstance(one, Fault):
                _note(outcome, one)
            else:
                rows.append(one)
                run.saw(one)
        _take_in_rows(run, rows)
        done += len(chunk)
        report(batch, done, total or None)
    outcome.vanished = _vanished(run)
    return outcome


def _take_in_rows(run: _Run, rows: list[OrderRow]) -> None:
    known = {
        case.number: case
        for case in Case.objects.of(run.batch.contract)
        .filter(number__in=[row.number for row in rows])
        .select_related("caller")
        .order_by("pk")
        .select_for_update(no_key=True, of=["self"])
    }
    new, changed = [], {}
    for row in rows:
        case = known.get(row.number)
        if case is None:
            new.append(row)
        elif _update(run, case, row):
            changed[case.pk] = case
    run.outcome.new += len(new)
    run.outcome.changed += len(changed)
    run.outcome.same += len(rows) - len(new) - len(changed)
    made = _create(run, new)
    copy_in(give_keys(run.entries))
    # After the lines of the import: an alarm rings for what has come in.
    make_urgent([*made, *changed.values()], run.urgent_words, at=run.at)
    end_alarms(changed.values(), at=run.at)
    # What comes in finished is history: nobody looks at that again.
    open_rechecks(Case.objects.filter(pk__in=changed), at=run.at)
    copy_in(
        Before(entry_id=entry.pk, values=before.differing(changed[entry.case_id]))
        for entry, before in run.befores
    )
    run.entries.clear()
    run.befores.clear()


def _vanished(run: _Run) -> list[int]:
    """Return the orders that other files brought, are open, and are not in this one.

    Only where the file would have them: between the first and the last of its own.
    """
    if run.first_at is None or run.last_at is None:
        return []
    expected = (
        Case.objects.of(run.batch.contract)
        .open()
        .filter(
            batch__isnull=False,
            counted_at__gte=run.first_at,
            counted_at__lte=run.last_at,
        )
        .order_by("counted_at", "pk")
    )
    return [
        pk
        for pk, number in expected.values_list("pk", "number").iterator()
        if number not in run.numbers
    ]


# --- New orders --------------------------------------------------------------------------


def _create(run: _Run, rows: Sequence[OrderRow]) -> list[Case]:
    cases = []
    for row in rows:
        values = values_of(row, run.names)
        case = Case(
            contract_id=run.batch.contract_id,
            number=row.number,
            unit_id=values["platform_unit_id"],
            received_at=run.at,
            counted_at=counted_at_of(row),
            status=status_of(row),
            batch_id=run.batch.pk,
            sheet=row.sheet[:60],
            row=row.row,
            row_digest=digest_of(row),
            **values
            | {
                "source": values["source"] or Source.OTHER,
                "urgency": values["urgency"] or Urgency.ORDINARY,
            },
        )
        if case.status == CaseStatus.CALLED_BACK:
            case.called_back_at = run.at
        cases.append(case)
    copy_in(give_keys(cases))
    copy_in(
        Caller(case_id=case.pk, **caller_of(row))
        for case, row in zip(cases, rows, strict=True)
    )
    copy_in(CaseWords(case_id=case.pk, grams=words_of(case)) for case in cases)
    for case, row in zip(cases, rows, strict=True):
        run.entries += _first_entries(run, case, row)
    return cases


def _first_entries(run: _Run, case: Case, row: OrderRow) -> Iterator[Entry]:
    """Yield what an order has behind it when it comes in: received, maybe closed."""
    yield _entry(
        run,
        case,
        row,
        EntryKind.RECEIVED,
        case.counted_at,
        status=CaseStatus.RECEIVED,
    )
    yield from _closing(run, case, row, CaseStatus.RECEIVED)


def _closing(run: _Run, case: Case, row: OrderRow, was: CaseStatus) -> Iterator[Entry]:
    """Yield the entries that take an order from `was` to where the platform has it."""
    if case.status == was:
        return
    if was in OPEN:
        happened_at = case.closed_at or run.at
        closed = CaseStatus.CLOSED
        yield _entry(run, case, row, EntryKind.CLOSED, happened_at, status=closed)
    if case.status == CaseStatus.CALLED_BACK:
        # The export says what the caller answered, but not when: it is known from now.
        answered = CaseStatus.CALLED_BACK
        yield _entry(run, case, row, EntryKind.CALLED_BACK, run.at, status=answered)


def _entry(
    run: _Run,
    case: Case,
    row: OrderRow,
    kind: EntryKind,
    happened_at: datetime,
    *,
    status: str = "",
    changes: dict[str, Any] | None = None,
) -> Entry:
    return Entry(
        case_id=case.pk,
        kind=kind,
        at=happened_at,
        status=status,
        changes=changes or {},
        batch_id=run.batch.pk,
        sheet=row.sheet[:60],
        row=row.row,
        recorded_at=run.at,
        recorded_by_id=run.batch.uploaded_by_id,
    )


# --- Known orders ------------------------------------------------------------------------


def _update(run: _Run, case: Case, row: OrderRow) -> bool:
    """Bring an order up to a row that differs; return whether it said anything new.

    One that is void has come back: it begins anew. One that is archived is locked.
    """
    back = case.status == CaseStatus.VOID
    if bytes(case.row_digest) == digest_of(row) and not back:
        return False
    if case.status == CaseStatus.ARCHIVED:
        run.outcome.locked.append(case.pk)
        return False
    before, entries = Snapshot.of(case), list[Entry]()
    if back:
        entries.append(_begin_anew(run, case, row))
    was = CaseStatus(case.status)
    changes = _take_over(run, case, row)
    if changes:
        entries.append(
            _entry(run, case, row, EntryKind.CHANGED, run.at, changes=changes)
        )
    case.status = _stands(case, row)
    entries += _closing(run, case, row, was)
    if case.status == CaseStatus.CALLED_BACK and was != CaseStatus.CALLED_BACK:
        case.called_back_at = run.at
    case.save()
    if not entries:
        return False
    if changes.keys() & SEARCHED:
        CaseWords.objects.filter(case=case).update(grams=words_of(case))
    run.entries += entries
    run.befores.append((entries[0], before))
    return True


def _begin_anew(run: _Run, case: Case, row: OrderRow) -> Entry:
    for name, value in UNHANDLED.items():
        setattr(case, name, value)
    case.status = CaseStatus.RECEIVED
    case.received_at = run.at
    return _entry(
        run, case, row, EntryKind.RECEIVED, run.at, status=CaseStatus.RECEIVED
    )


def _take_over(run: _Run, case: Case, row: OrderRow) -> dict[str, list[Any]]:
    """Write what a row says to an order; return what that changed, for the ledger."""
    names = run.names
    said = {
        name: value
        for name, value in values_of(row, names).items()
        if is_said(value) and not (name in OF_A_HANDLING and _is_of_earlier(case, row))
    }
    changed = {
        name: (getattr(case, name), value)
        for name, value in said.items()
        if getattr(case, name) != value
    }
    for name, (_was, became) in changed.items():
        setattr(case, name, became)
    changes = {
        name.removesuffix("_id"): [names.shown(name, was), names.shown(name, became)]
        for name, (was, became) in changed.items()
    }
    changes |= _update_caller(case.caller, row)
    case.row_digest = digest_of(row)
    if "platform_unit_id" in changed and case.transferred_at is None:
        case.unit_id = case.platform_unit_id  # the desk has not chosen another
    if case.counted_at != (counted_at := counted_at_of(row)):
        changes["counted_at"] = [case.counted_at.isoformat(), counted_at.isoformat()]
        case.counted_at = counted_at
    return changes


def _is_of_earlier(case: Case, row: OrderRow) -> bool:
    """Say whether a row tells how an earlier handling ended, not the one going on."""
    if case.reopened_at is None:
        return False
    return row.closed_at is None or row.closed_at <= case.reopened_at


def _stands(case: Case, row: OrderRow) -> CaseStatus:
    """Return where an order stands, the platform having the last word on its end."""
    was, platform = CaseStatus(case.status), status_of(row)
    if _is_of_earlier(case, row):
        return was
    if was in OPEN and platform in (CaseStatus.CLOSED, CaseStatus.CALLED_BACK):
        return platform
    if was == CaseStatus.CLOSED and platform == CaseStatus.CALLED_BACK:
        return platform
    return was


def _update_caller(caller: Caller, row: OrderRow) -> dict[str, list[str]]:
    """Take over what a row says of the caller; return it masked, for the ledger."""
    masks: dict[str, Callable[[str], str]] = {
        "name": mask_name,
        "phone": mask_phone,
        "address": lambda _address: "***",
    }
    changes = {}
    said = {name: value for name, value in caller_of(row).items() if value}
    for name, value in said.items():
        was = getattr(caller, name)
        if was != value:
            setattr(caller, name, value)
            if name in masks:
                changes[f"caller_{name}"] = [masks[name](was or ""), masks[name](value)]
    if changes or "further" in said:
        caller.save()
    return changes


# --- Rows ----------------------------------------------------------------------------------


def _understood(reading: SheetReading) -> list[list[str]]:
    """Return what each column of a file was taken as; "" where it is kept as it is."""
    understood = []
    for table in reading.tables:
        taken = {
            position: field
            for field, positions in table.columns.fields.items()
            for position in positions
        }
        for position, heading in enumerate(table.columns.headings):
            if heading.strip():
                understood.append([heading.strip(), str(taken.get(position, ""))])
    return understood


def _note(outcome: Outcome, fault: Fault) -> None:
    # A row with several faults is one row that is left out.
    if not fault.warning and (fault.sheet, fault.row) != outcome.last_faulty:
        outcome.faulty += 1
        outcome.last_faulty = (fault.sheet, fault.row)
    outcome.warnings += fault.warning
    kept, most = (
        (outcome.warnings, WARNINGS_KEPT)
        if fault.warning
        else (len(outcome.faults) - min(outcome.warnings, WARNINGS_KEPT), FAULTS_KEPT)
    )
    if kept <= most:
        outcome.faults.append(fault)


def _still_wanted(batch: Batch) -> None:
    """Stop once somebody has cancelled the batch; what was written is rolled back."""
    if Batch.objects.filter(pk=batch.pk, status=BatchStatus.CANCELLED).exists():
        raise TransitionRefused


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
