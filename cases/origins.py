"""Where each thing that is known of an order comes from: which file, which row, or whom."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext_lazy as _

from .models import Case, Entry, EntryKind

#: What a line of the ledger says without naming it among its changes.
SAYS = {
    EntryKind.REPLIED: ("result", "reply"),
    EntryKind.CLOSED: ("closed_at",),
    EntryKind.CALLED_BACK: ("valid_callback",),
}

#: What a file or a caller tells of an order, in the order of its page.
FIELDS = (
    "number",
    "district_number",
    "source",
    "kind",
    "category",
    "tags",
    "title",
    "content",
    "urgency",
    "community",
    "spot",
    "company",
    "called_at",
    "dispatched_at",
    "due_at",
    "platform_status",
    "nature",
    "platform_unit",
    "channel",
    "closed_at",
    "result",
    "reply",
    "valid_callback",
    "contacted",
    "solved",
    "satisfaction",
)

OF_CALLER = {
    "caller_name": _("Caller's name"),
    "caller_phone": _("Caller's telephone"),
    "caller_address": _("Caller's address"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """The line of the ledger by which something came to be known; its file is on it."""

    label: Any
    entry: Entry


def origins(case: Case) -> list[Origin]:
    """Return where each field of an order that says anything has its value from.

    What an undone import had changed is from where it was before.
    """
    lines = case.entries.select_related("batch", "recorded_by").order_by("pk")
    first: Entry | None = None
    told: dict[str, list[Entry]] = {}
    for line in lines:
        if line.kind == EntryKind.RECEIVED:
            first = first or line
        elif line.kind == EntryKind.REVERSED:
            for entries in told.values():
                entries[:] = [one for one in entries if one.batch_id != line.batch_id]
        for name in [*line.changes, *SAYS.get(EntryKind(line.kind), ())]:
            if line.kind != EntryKind.REVERSED:
                told.setdefault(name, []).append(line)
    known = ((label, told.get(name)) for name, label in _labels(case))
    return [
        Origin(label, entry)
        for label, entries in known
        if (entry := entries[-1] if entries else first)
    ]


def _labels(case: Case) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [
        (name, _label(name))
        for name in FIELDS
        if getattr(case, name) not in (None, "", [])
    ]
    caller = getattr(case, "caller", None)
    found += [
        (name, label)
        for name, label in OF_CALLER.items()
        if caller and getattr(caller, name.removeprefix("caller_"))
    ]
    return found


def _label(name: str) -> Any:
    try:
        return Case._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name
