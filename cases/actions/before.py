"""What an order was before an import changed it, and how it gets that back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db.models import Field, Model

from cases.models import Caller, Case, phone_hashes

#: What an import may change of an order.
OF_CASE = (
    "status",
    "district_number",
    "source",
    "kind",
    "category_id",
    "tags",
    "title",
    "content",
    "urgency",
    "urgent_because",
    "platform_status",
    "nature",
    "district",
    "street",
    "community_id",
    "spot",
    "platform_unit_id",
    "unit_id",
    "company",
    "channel",
    "called_at",
    "dispatched_at",
    "due_at",
    "closed_at",
    "result",
    "reply",
    "valid_callback",
    "contacted",
    "solved",
    "satisfaction",
    "called_back_at",
    "extra",
    "counted_at",
    "received_at",
    "signed_at",
    "first_contact_at",
    "transferred_at",
    "inner_due_at",
    "accepted_at",
    "replied_at",
    "replied_by_id",
    "reviewed_at",
    "reviewed_by_id",
    "row_digest",
)

#: And of its caller. What a number is found by follows from the number.
OF_CALLER = ("confidential", "name", "phone", "address", "further")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An order and its caller, as they are at one moment."""

    case: dict[str, Any]
    caller: dict[str, Any]

    @classmethod
    def of(cls, case: Case) -> Self:
        return cls(_plain(case, OF_CASE), _plain(case.caller, OF_CALLER))

    def differing(self, case: Case) -> str:
        """Return, as JSON, what was other than it is now."""
        now = Snapshot.of(case)
        return json.dumps(
            {
                "case": _other(self.case, now.case),
                "caller": _other(self.caller, now.caller),
            },
            ensure_ascii=False,
        )


def give_back(case: Case, values: str) -> None:
    """Write to an order and its caller what `Snapshot.differing` has kept of them."""
    kept = json.loads(values)
    _set(case, kept["case"])
    case.save()
    if kept["caller"]:
        caller: Caller = case.caller
        _set(caller, kept["caller"])
        for name, value in phone_hashes(caller.phone).items():
            setattr(caller, name, value)
        caller.save()


def _plain(record: Model, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _as_json(getattr(record, name)) for name in names}


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


def _other(was: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in was.items() if value != now[name]}


def _set(record: Model, values: dict[str, Any]) -> None:
    for name, value in values.items():
        field: Field[Any, Any] = record._meta.get_field(name)  # type: ignore[assignment]
        if field.get_internal_type() == "BinaryField" and name == "row_digest":
            setattr(record, name, bytes.fromhex(value))
        else:
            setattr(record, name, field.to_python(value))
