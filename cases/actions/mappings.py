"""Layouts that a person has explained once, and what to ask about those nobody has."""

from collections.abc import Mapping as Readings
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import sheets
from cases.models import Batch, BatchStatus, Mapping
from cases.rules.headers import REQUIRED, Field
from cases.rules.layouts import SAME_LAYOUT, Lost, lost, shared
from cases.sheets import Outline
from contracts.actions.numbers import hold
from contracts.models import TransitionRefused

#: Imports that are looked through for the last one of a layout.
LOOKED_AT = 20

FIELDS = frozenset(map(str, Field))


class MappingRefused(Exception):
    """An explanation of columns that cannot be kept, in words."""


def understand(batch: Batch) -> dict[str, Any]:
    """Settle how the columns of a file are read, or return what has to be asked first.

    By the saved layout all of whose headings are there; or as the product knows them.
    It is asked where the file looks like an earlier one but a field is gone, and where
    no head is known. Sets `mapping` and `reading` of the batch, and saves nothing.
    Raises FileRefused.
    """
    if batch.reading:
        return {}
    with batch.file.open() as file:
        outlines = sheets.outline(cast(BinaryIO, file), batch.name)
    saved = sorted(
        Mapping.objects.of(batch.contract), key=lambda one: -len(one.headings)
    )
    for layout in saved:
        if any(set(layout.headings) <= set(one.headings) for one in outlines):
            batch.mapping, batch.reading = layout, layout.fields
            return {}
    for one in outlines:
        for name, known, layout_or_none in _earlier(batch, saved):
            if shared(known, one.headings) < SAME_LAYOUT:
                continue
            by = layout_or_none.fields if layout_or_none else {}
            gone = lost(known, _read(one, by), FIELDS)
            if gone:
                return _drift(one, gone, by, name, layout_or_none)
            if layout_or_none:
                batch.mapping, batch.reading = layout_or_none, layout_or_none.fields
            return {}
    if outlines and not any(one.known for one in outlines):
        return {"kind": "unknown", "heads": [_plain(one, {}) for one in outlines[:3]]}
    return {}


def _earlier(
    batch: Batch, saved: list[Mapping]
) -> list[tuple[str, dict[str, str], Mapping | None]]:
    """Return what a file may be like: saved layouts, then the last imports, as heading → field."""
    layouts = [
        (
            layout.name,
            {heading: layout.fields.get(heading, "") for heading in layout.headings},
            layout,
        )
        for layout in saved
    ]
    imported = Batch.objects.of(batch.contract).filter(
        status=BatchStatus.DONE, mapping=None
    )
    return [
        *layouts,
        *(
            (name, dict(columns), None)
            for name, columns in imported.order_by("-pk").values_list(
                "name", "columns"
            )[:LOOKED_AT]
        ),
    ]


def _read(one: Outline, by: Readings[str, str]) -> dict[str, str]:
    """Return each heading of a file with the field it is read as; "" for none."""
    return {
        heading: by.get(heading, str(field or ""))
        for heading, field in zip(one.headings, one.fields, strict=True)
        if heading
    }


def _plain(one: Outline, by: Readings[str, str]) -> dict[str, Any]:
    read = _read(one, by)
    columns = [
        {"heading": heading, "field": read[heading], "samples": list(samples)}
        for heading, samples in zip(one.headings, one.samples, strict=True)
        if heading
    ]
    return {"sheet": one.sheet, "row": one.head_row, "columns": columns}


def _drift(
    one: Outline,
    gone: list[Lost],
    by: Readings[str, str],
    name: str,
    layout: Mapping | None,
) -> dict[str, Any]:
    return {
        "kind": "drift",
        "like": name,
        "mapping": layout.pk if layout else None,
        "lost": [
            {"heading": each.heading, "field": each.field, "proposed": each.proposed}
            for each in gone
        ],
        "heads": [_plain(one, by)],
    }


@transaction.atomic(durable=True)
def answer(
    batch: Batch, *, name: str, fields: dict[str, str], by: User, at: datetime
) -> Mapping:
    """Keep what a person says of a file's columns, and have the file checked by it.

    `fields` is heading → field, "" where a column is kept as it is. Raises
    MappingRefused where no order could be read so, or the name is another layout's;
    TransitionRefused where somebody else has answered.
    """
    # One at a time, or two would give two layouts one name.
    hold(batch.contract)
    batch.refresh_from_db()
    if batch.status != BatchStatus.ASKING:
        raise TransitionRefused(_("Somebody else got here first."))
    if not all(any(one in fields.values() for one in needed) for needed in REQUIRED):
        raise MappingRefused(
            _(
                "An order needs its number, a title or its content, and a time of call "
                "or dispatch. Say which columns these are."
            )
        )
    layout = Mapping.objects.of(batch.contract).filter(
        pk=batch.question.get("mapping")
    ).first() or Mapping(contract=batch.contract)
    others = Mapping.objects.of(batch.contract).exclude(pk=layout.pk)
    if others.filter(name=name).exists():
        raise MappingRefused(_("There is a layout of this name already."))
    layout.name = name
    layout.headings = list(fields)
    # What earlier headings of the layout meant, they mean still.
    layout.fields = layout.fields | fields
    layout.made_at, layout.made_by = at, by
    layout.save()
    batch.move(
        BatchStatus.CHECKING,
        by=by,
        at=at,
        mapping=layout,
        reading=layout.fields,
        question={},
        tries=0,
        finished_at=None,
    )
    return layout
