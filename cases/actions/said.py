"""What a row of a file says of an order, column by column."""

import json
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from cases.models import (
    CaseStatus,
    Community,
    Nature,
    Source,
    Unit,
    Urgency,
    phone_hashes,
)
from cases.sheets import OrderRow

from .names import Names

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


def values_of(row: OrderRow, names: Names) -> dict[str, Any]:
    """Return what the platform says of an order, by column of `Case`."""
    return {
        "district_number": row.district_number,
        "source": SOURCES.get(row.source[:1], Source.OTHER) if row.source else "",
        "kind": row.kind,
        "category_id": names.category(row.category),
        "tags": list(row.tags),
        "title": row.title,
        "content": row.content,
        # That a platform does not call it urgent takes no urgency away.
        "urgency": Urgency.URGENT if row.urgent else "",
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
        "due_at": _due_at(row, names),
        "closed_at": row.closed_at,
        "result": row.result,
        "reply": row.reply,
        "valid_callback": row.valid_callback,
        "contacted": row.contacted,
        "solved": row.solved,
        "satisfaction": row.satisfaction or "",
        "extra": dict(row.extra),
    }


def caller_of(row: OrderRow) -> dict[str, Any]:
    return {
        "confidential": row.confidential,
        "name": row.caller_name,
        "phone": row.caller_phone,
        "address": row.caller_address,
        "further": json.dumps(dict(row.private), ensure_ascii=False)
        if row.private
        else "",
        **phone_hashes(row.caller_phone),
    }


def _due_at(row: OrderRow, names: Names) -> datetime | None:
    """Return the platform's deadline, or the one its time limit comes to."""
    if row.due_at or row.limit is None:
        return row.due_at
    return names.due_after(counted_at_of(row), row.limit)


def counted_at_of(row: OrderRow) -> datetime:
    """Return the moment an order is counted by: its dispatch, or else its call."""
    counted_at = row.dispatched_at or row.district_dispatched_at or row.called_at
    if counted_at is None:
        raise ValueError("A row without any time is a fault, not an order.")
    return counted_at


def status_of(row: OrderRow) -> CaseStatus:
    """Return where the platform has an order."""
    if row.valid_callback is not None or row.solved is not None or row.satisfaction:
        return CaseStatus.CALLED_BACK
    if row.closed_at or row.platform_status in CLOSED_WORDS:
        return CaseStatus.CLOSED
    return CaseStatus.RECEIVED


def is_said(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def digest_of(row: OrderRow) -> bytes:
    """Return what tells a row that says something else from the one imported before."""
    return sha256(repr(_SAID(row)).encode()).digest()


#: All that a row says, without where it says it.
_SAID = attrgetter(
    *(one.name for one in fields(OrderRow) if one.name not in ("sheet", "row"))
)
