"""What the rows of a file become: new orders, changes on the ledger, or nothing."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from pypinyin import lazy_pinyin

from accounts.cipher import blind
from cases.copying import copy_in, give_keys
from cases.models import (
    OPEN,
    Batch,
    BatchStatus,
    Caller,
    Case,
    CaseStatus,
    CaseWords,
    Category,
    Community,
    Entry,
    EntryKind,
    Nature,
    Source,
    Unit,
    Urgency,
)
from cases.progress import report
from cases.rules.clocks import due_after
from cases.rules.values import grams, mask_name, mask_phone, mask_text, normalise_phone
from cases.sheets import Fault, OrderRow, SheetReading
from contracts.models import CalendarDay, TransitionRefused
from contracts.rules.calendar import CalendarMissing, WorkCalendar

#: Rows read, compared and written at a time.
CHUNK = 2000

#: Faults kept for people to read; the count goes on beyond it.
FAULTS_KEPT = 20_000

#: What a keyed digest of a telephone number is for.
PHONE = "cases_caller.phone"

#: What the platform calls an order that it has closed.
CLOSED_WORDS = frozenset(
    {
        "已办结",
        "办结",
        "已结案",
        "结案",
        "已完成",
        "完成",
        "办理完成",
        "督办办结",
        "已归档",
    }
)

#: How the platforms say where an order comes from, by the first character or figure.
SOURCES = {
    "市": Source.CITY,
    "2": Source.CITY,
    "区": Source.DISTRICT,
    "1": Source.DISTRICT,
    "街": Source.STREET,
    "本": Source.STREET,
    "0": Source.STREET,
}

NATURES = {"主办": Nature.LEAD, "协办": Nature.ASSIST, "转办": Nature.FORWARD}

#: Text in which citizens' numbers may stand: masked where the ledger quotes it.
FREE_TEXT = frozenset({"title", "content", "result", "reply", "spot"})

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
    last_faulty: tuple[str, int] | None = None


def take_in(batch: Batch, reading: SheetReading, *, at: datetime) -> Outcome:
    """Write the rows of a file to the database, and return what they were.

    A number stands for one order: a row of a known one changes it, or says nothing new.
    An empty cell says nothing, and takes nothing away. Runs inside the transaction of
    its caller. Raises TransitionRefused where the batch is cancelled meanwhile.
    """
    outcome = Outcome(columns=_understood(reading))
    names = _Names(batch)
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
        _take_in_rows(batch, rows, names, outcome, at=at)
        done += len(chunk)
        report(batch, done, total or None)
    return outcome


def _take_in_rows(
    batch: Batch,
    rows: list[OrderRow],
    names: "_Names",
    outcome: Outcome,
    *,
    at: datetime,
) -> None:
    known = {
        case.number: case
        for case in Case.objects.of(batch.contract)
        .filter(number__in=[row.number for row in rows])
        .select_related("caller")
        .select_for_update(no_key=True, of=["self"])
    }
    new = []
    for row in rows:
        case = known.get(row.number)
        if case is None:
            new.append(row)
        elif bytes(case.row_digest) != _digest(row) and _update(
            batch, case, row, names, at=at
        ):
            outcome.changed += 1
        else:
            outcome.same += 1
    _create(batch, new, names, at=at)
    outcome.new += len(new)


# --- New orders --------------------------------------------------------------------------


def _create(
    batch: Batch, rows: Sequence[OrderRow], names: "_Names", *, at: datetime
) -> None:
    cases = []
    for row in rows:
        values = _values(row, names)
        cases.append(
            Case(
                contract_id=batch.contract_id,
                number=row.number,
                unit_id=values["platform_unit_id"],
                received_at=at,
                counted_at=_counted_at(row),
                status=_status_of(row),
                batch_id=batch.pk,
                sheet=row.sheet[:60],
                row=row.row,
                row_digest=_digest(row),
                **values | {"source": values["source"] or Source.OTHER},
            )
        )
    copy_in(give_keys(cases))
    copy_in(
        Caller(case_id=case.pk, **_caller(row))
        for case, row in zip(cases, rows, strict=True)
    )
    copy_in(CaseWords(case_id=case.pk, grams=_words(case)) for case in cases)
    copy_in(entry for case in cases for entry in _first_entries(batch, case, at=at))


def _first_entries(batch: Batch, case: Case, *, at: datetime) -> Iterator[Entry]:
    """Yield what an order has behind it when it comes in: received, maybe closed."""
    yield _entry(
        batch,
        case,
        EntryKind.RECEIVED,
        case.counted_at,
        at=at,
        status=CaseStatus.RECEIVED,
    )
    yield from _closing(batch, case, CaseStatus.RECEIVED, at=at)


def _closing(
    batch: Batch, case: Case, was: CaseStatus, *, at: datetime
) -> Iterator[Entry]:
    """Yield the entries that take an order from `was` to where the platform has it."""
    happened_at = case.closed_at or at
    if case.status in (CaseStatus.CLOSED, CaseStatus.CALLED_BACK) and was in OPEN:
        yield _entry(
            batch, case, EntryKind.CLOSED, happened_at, at=at, status=CaseStatus.CLOSED
        )
    if case.status == CaseStatus.CALLED_BACK:
        # The export says what the caller answered, but not when: it is known from now.
        yield _entry(
            batch, case, EntryKind.CALLED_BACK, at, at=at, status=CaseStatus.CALLED_BACK
        )


def _entry(
    batch: Batch,
    case: Case,
    kind: EntryKind,
    happened_at: datetime,
    *,
    at: datetime,
    status: str = "",
    changes: dict[str, Any] | None = None,
) -> Entry:
    return Entry(
        case_id=case.pk,
        kind=kind,
        at=happened_at,
        status=status,
        changes=changes or {},
        batch_id=batch.pk,
        recorded_at=at,
        recorded_by_id=batch.uploaded_by_id,
    )


# --- Known orders ------------------------------------------------------------------------


def _update(
    batch: Batch, case: Case, row: OrderRow, names: "_Names", *, at: datetime
) -> bool:
    """Bring an order up to a row that differs; return whether it said anything new."""
    said = {
        name: value for name, value in _values(row, names).items() if _is_said(value)
    }
    changed = {
        name: (getattr(case, name), value)
        for name, value in said.items()
        if getattr(case, name) != value
    }
    changes = {
        name.removesuffix("_id"): [names.shown(name, was), names.shown(name, became)]
        for name, (was, became) in changed.items()
    }
    changes |= _update_caller(case.caller, row)
    for name, (_was, became) in changed.items():
        setattr(case, name, became)
    was = CaseStatus(case.status)
    case.status = _later(was, _status_of(row))
    case.row_digest = _digest(row)
    if "platform_unit_id" in changed and case.transferred_at is None:
        case.unit_id = case.platform_unit_id  # the desk has not chosen another
    if case.counted_at != (counted_at := _counted_at(row)):
        changes["counted_at"] = [case.counted_at.isoformat(), counted_at.isoformat()]
        case.counted_at = counted_at
    case.save()
    if not changes and case.status == was:
        return False

    if FREE_TEXT & changed.keys():
        CaseWords.objects.filter(case=case).update(grams=_words(case))
    entries = list[Entry]()
    if changes:
        entries.append(
            _entry(batch, case, EntryKind.CHANGED, at, at=at, changes=changes)
        )
    entries += _closing(batch, case, was, at=at)
    Entry.objects.bulk_create(entries)
    return True


def _later(was: CaseStatus, platform: CaseStatus) -> CaseStatus:
    """Return where an order stands, the platform having the last word on its end.

    It closes what is open here, and says what the caller answered; it never opens
    again: an export is older than what has happened here since.
    """
    if platform == CaseStatus.CALLED_BACK and was in (*OPEN, CaseStatus.CLOSED):
        return platform
    return platform if platform == CaseStatus.CLOSED and was in OPEN else was


def _update_caller(caller: Caller, row: OrderRow) -> dict[str, list[str]]:
    """Take over what a row says of the caller; return it masked, for the ledger."""
    masks: dict[str, Callable[[str], str]] = {
        "name": mask_name,
        "phone": mask_phone,
        "address": lambda _address: "***",
    }
    changes = {}
    said = {name: value for name, value in _caller(row).items() if value}
    for name, value in said.items():
        was = getattr(caller, name)
        if was != value:
            setattr(caller, name, value)
            if name in masks:
                changes[f"caller_{name}"] = [masks[name](was or ""), masks[name](value)]
    if changes or "further" in said:
        caller.save()
    return changes


# --- From a row to columns ------------------------------------------------------------------


def _values(row: OrderRow, names: "_Names") -> dict[str, Any]:
    """Return what the platform says of an order, by column of `Case`."""
    return {
        "district_number": row.district_number,
        "source": SOURCES.get(row.source[:1], Source.OTHER) if row.source else "",
        "kind": row.kind,
        "category_id": names.category(row.category),
        "tags": list(row.tags),
        "title": row.title,
        "content": row.content,
        "urgency": Urgency.URGENT if row.urgent else Urgency.ORDINARY,
        "platform_status": row.platform_status,
        "nature": NATURES.get(row.nature, ""),
        "district": row.district,
        "street": row.street,
        "community_id": names.of(Community, row.community),
        "spot": row.spot,
        "platform_unit_id": names.of(Unit, row.unit),
        "company": row.company,
        "channel": row.channel,
        "called_at": row.called_at,
        "dispatched_at": row.dispatched_at or row.district_dispatched_at,
        "due_at": names.due_at(row),
        "closed_at": row.closed_at,
        "result": row.result,
        "reply": row.reply,
        "valid_callback": row.valid_callback,
        "contacted": row.contacted,
        "solved": row.solved,
        "satisfaction": row.satisfaction or "",
        "extra": dict(row.extra),
    }


def _caller(row: OrderRow) -> dict[str, Any]:
    phone = normalise_phone(row.caller_phone)
    return {
        "confidential": row.confidential,
        "name": row.caller_name,
        "phone": row.caller_phone,
        "address": row.caller_address,
        "further": json.dumps(dict(row.private), ensure_ascii=False)
        if row.private
        else "",
        "phone_hash": blind(phone, PHONE) if phone else None,
    }


def _counted_at(row: OrderRow) -> datetime:
    """Return the moment an order is counted by: its dispatch, or else its call."""
    counted_at = row.dispatched_at or row.district_dispatched_at or row.called_at
    if counted_at is None:
        raise ValueError("A row without any time is a fault, not an order.")
    return counted_at


def _status_of(row: OrderRow) -> CaseStatus:
    """Return where the platform has an order."""
    if row.valid_callback is not None or row.solved is not None or row.satisfaction:
        return CaseStatus.CALLED_BACK
    if row.closed_at or row.platform_status in CLOSED_WORDS:
        return CaseStatus.CLOSED
    return CaseStatus.RECEIVED


def _is_said(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _words(case: Case) -> str:
    """Return what an order can be found by, as PostgreSQL reads a tsvector."""
    text = f"{case.title}\n{case.content}\n{case.spot}\n{case.company}"
    found = grams(text)
    return "'" + "' '".join(found) + "'" if found else ""


def _digest(row: OrderRow) -> bytes:
    """Return what tells a row that says something else from the one imported before."""
    return sha256(repr(_SAID(row)).encode()).digest()


#: All that a row says, without where it says it.
_SAID = attrgetter(
    *(one.name for one in fields(OrderRow) if one.name not in ("sheet", "row"))
)


# --- Names ---------------------------------------------------------------------------------


class _Names:
    """The contract's communities, units and categories, written down as they turn up."""

    def __init__(self, batch: Batch) -> None:
        self._contract = batch.contract
        self._calendar: WorkCalendar = CalendarDay.objects.calendar()
        self._known: dict[type[Any], dict[str, int]] = {
            model: dict(model.objects.of(batch.contract).values_list("name", "pk"))
            for model in (Community, Unit, Category)
        }

    def of(self, model: type[Any], name: str, **also: Any) -> int | None:
        """Return the key of a name, a new one if it has not been heard before."""
        if not name:
            return None
        known = self._known[model]
        if name not in known:
            made, _created = model.objects.get_or_create(
                contract=self._contract,
                name=name,
                defaults={"sort_key": " ".join(lazy_pinyin(name))[:400], **also},
            )
            known[name] = made.pk
        return known[name]

    def category(self, path: Sequence[str]) -> int | None:
        first, second, third = (*path, "", "", "")[:3]
        return self.of(
            Category,
            Category.SEPARATOR.join(path),
            first=first,
            second=second,
            third=third,
        )

    def due_at(self, row: OrderRow) -> datetime | None:
        """Return the platform's deadline, or the one its time limit comes to.

        A limit in working days of a year without a calendar gives none.
        """
        if row.due_at or row.limit is None:
            return row.due_at
        try:
            return due_after(
                _counted_at(row), row.limit.value, row.limit.unit, self._calendar
            )
        except CalendarMissing:
            return None

    def shown(self, column: str, value: Any) -> Any:
        """Return a value as the ledger keeps it: names for keys, no citizen's numbers."""
        model = {
            "community_id": Community,
            "platform_unit_id": Unit,
            "category_id": Category,
        }.get(column)
        if model is not None:
            return next(
                (name for name, pk in self._known[model].items() if pk == value), ""
            )
        if isinstance(value, datetime):
            return value.isoformat()
        if column in FREE_TEXT:
            return mask_text(value)
        return value


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
    if len(outcome.faults) < FAULTS_KEPT:
        outcome.faults.append(fault)


def _still_wanted(batch: Batch) -> None:
    """Stop once somebody has cancelled the batch; what was written is rolled back."""
    if Batch.objects.filter(pk=batch.pk, status=BatchStatus.CANCELLED).exists():
        raise TransitionRefused


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
