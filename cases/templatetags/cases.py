"""How orders, their ledger and their files are shown."""

from typing import Any, NamedTuple

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.templatetags.frame import moment
from cases.models import (
    ApplicationKind,
    ApplicationStatus,
    Batch,
    BatchStatus,
    Case,
    Entry,
    EntryKind,
    Flag,
)
from cases.rules.headers import ALIASES, Field
from cases.rules.values import mask_text

register = template.Library()

#: Kind of entry → tone and icon of its mark in the timeline.
MARKS = {
    EntryKind.RECEIVED: ("info", "inbox"),
    EntryKind.CHANGED: ("warn", "file-pen-line"),
    EntryKind.SIGNED: ("accent", "pen-line"),
    EntryKind.TRANSFERRED: ("accent", "forward"),
    EntryKind.ACCEPTED: ("accent", "handshake"),
    EntryKind.DECLINED: ("bad", "undo-2"),
    EntryKind.APPLIED: ("info", "file-pen-line"),
    EntryKind.FORWARDED: ("info", "forward"),
    EntryKind.ANSWERED: ("info", "gavel"),
    EntryKind.CONTACTED: ("accent", "phone"),
    EntryKind.FOLLOWED_UP: ("accent", "siren"),
    EntryKind.URGED: ("warn", "bell-ring"),
    EntryKind.SUPERVISED: ("warn", "eye"),
    EntryKind.FLAGGED: ("warn", "flag"),
    EntryKind.ALARMED: ("bad", "siren"),
    EntryKind.CLIMBED: ("bad", "bell-ring"),
    EntryKind.ACKNOWLEDGED: ("accent", "handshake"),
    EntryKind.REPLIED: ("accent", "reply"),
    EntryKind.PASSED: ("good", "check"),
    EntryKind.SENT_BACK: ("bad", "undo-2"),
    EntryKind.CLOSED: ("good", "circle-check"),
    EntryKind.CALLED_BACK: ("info", "phone"),
    EntryKind.REOPENED: ("warn", "rotate-ccw"),
    EntryKind.ARCHIVED: ("good", "archive"),
    EntryKind.MERGED: ("info", "link"),
    EntryKind.PARTED: ("info", "unlink"),
    EntryKind.RECHECKED: ("info", "search"),
    EntryKind.REVERSED: ("warn", "undo-2"),
    EntryKind.REVEALED: ("warn", "eye"),
    EntryKind.CORRECTION: ("warn", "eraser"),
}

STEP_OF = {
    BatchStatus.CHECKING: 1,
    BatchStatus.CHECKED: 2,
    BatchStatus.IMPORTING: 3,
    BatchStatus.DONE: 5,
    BatchStatus.REFUSED: 1,
    BatchStatus.CANCELLED: 1,
    BatchStatus.ASKING: 1,
    BatchStatus.UNDO_ASKED: 5,
    BatchStatus.UNDOING: 5,
    BatchStatus.UNDONE: 5,
}


@register.filter
def masked(text: object, in_clear: bool = False) -> str:
    """Return free text with telephone and identity numbers masked, for most readers."""
    words = "" if text is None else str(text)
    return words if in_clear else mask_text(words)


@register.filter
def yes_no(value: bool | None) -> str:
    """Return yes, no, or a dash where nobody has said.

    >>> yes_no(None)
    '—'
    """
    if value is None:
        return "—"
    return _("Yes") if value else _("No")


@register.filter
def entry_tone(entry: Entry) -> str:
    return MARKS[EntryKind(entry.kind)][0]


@register.filter
def entry_icon(entry: Entry) -> str:
    return MARKS[EntryKind(entry.kind)][1]


class Shown(NamedTuple):
    """One field that changed, in words."""

    label: str
    was: str
    became: str


@register.filter
def changes(entry: Entry) -> list[Shown]:
    """Return what an entry changed, field by field."""
    return [
        Shown(_label(field), _in_words(field, was), _in_words(field, became))
        for field, (was, became) in entry.changes.items()
    ]


#: What stands on the ledger and is no field of an order.
LABELS = {
    "application": gettext_lazy("Application"),
    "reached": gettext_lazy("The caller was reached"),
    "checks": gettext_lazy("Found in order"),
    "child": gettext_lazy("Handled with this one"),
    "error": gettext_lazy("What is wrong"),
}
WORDS = {"application": dict(ApplicationKind.choices + ApplicationStatus.choices)}


def _label(field: str) -> str:
    if field in LABELS:
        return str(LABELS[field])
    try:
        return str(Case._meta.get_field(field).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return field


def _in_words(field: str, value: Any) -> str:
    """Return a value as people read it: of a choice its words."""
    words = WORDS.get(field)
    if words is None:
        try:
            of_order: Any = Case._meta.get_field(field)
        except FieldDoesNotExist:
            return _said(value)
        words = dict(getattr(of_order, "flatchoices", ()))
        if field == "flags":
            words = dict(Flag.choices)
    if isinstance(value, list):
        return "、".join(str(words.get(one, one)) for one in value)
    return str(words[value]) if value and value in words else _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, str) and (at := _moment(value)):
        return moment(at)
    return "" if value is None else str(value)


def _moment(value: str) -> Any:
    try:
        return parse_datetime(value) if "T" in value else None
    except ValueError:
        return None


class ShownColumn(NamedTuple):
    """A column of a file, and what it was taken as."""

    header: str
    field: str


@register.filter
def batch_columns(batch: Batch) -> list[ShownColumn]:
    return [
        ShownColumn(header, ALIASES[Field(field)][0] if field else "")
        for header, field in batch.columns
    ]


@register.filter
def batch_steps(batch: Batch) -> list[str]:
    return [_("Check"), _("Decide"), _("Import"), _("Done")]


@register.filter
def batch_step(batch: Batch) -> int:
    return STEP_OF[BatchStatus(batch.status)]
