"""What a contract holds: its tables, the rows of each that are its own, and their cells.

Whatever is not in `TABLES` leaves the program in no package.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import (
    BinaryField,
    CharField,
    Field,
    FileField,
    JSONField,
    Model,
    QuerySet,
    TextField,
)
from django.utils.timezone import get_default_timezone, localtime

from accounts.cipher import EncryptedTextField
from accounts.models import Ledger, User
from accounts.roles import Role
from cases.rules.values import mask_text
from contracts.models import AuditEntry, Contract

Cell = Callable[[Any], str]

#: A row belongs to the contract by one of its fields, or is the contract or a party.
ITSELF, ITS_PARTIES = "", "*"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of which a contract has rows: those whose `via` is the contract, or a row
    of a table that belongs to it. `without` names columns that are left out.
    """

    label: str
    via: str = "contract"
    without: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.label)

    @property
    def is_ledger(self) -> bool:
        return issubclass(self.model, Ledger)

    @property
    def path(self) -> str:
        """Where in the package it lies."""
        folder = "ledgers" if self.is_ledger else "data"
        return f"{folder}/{self.model._meta.db_table}.csv"


TABLES = (
    Table("contracts.Contract", ITSELF),
    Table("contracts.Party", ITS_PARTIES),
    Table("contracts.Membership"),
    Table("contracts.Contact"),
    Table("contracts.Clause"),
    Table("contracts.Reading"),
    Table("contracts.ReadingProposal"),
    Table("contracts.CalendarProposal"),
    Table("contracts.AssessmentPeriod"),
    Table("contracts.PaymentStage"),
    Table("contracts.Obligation"),
    Table("contracts.Due"),
    Table("contracts.Due_evidence", "due"),
    Table("contracts.DueMove", "due"),
    Table("contracts.Document"),
    Table("contracts.DocumentOpening", "document"),
    Table("contracts.Notice"),
    Table("contracts.Change"),
    Table("contracts.Extra"),
    Table("contracts.Callout"),
    Table("contracts.ForceMajeure"),
    Table("contracts.Hold"),
    Table("contracts.Acceptance"),
    Table("contracts.AcceptanceItem", "acceptance"),
    Table("contracts.Asset"),
    Table("contracts.Damage"),
    Table("contracts.Volume"),
    Table("contracts.Volume_documents", "volume"),
    Table("contracts.HandoverLine"),
    Table("contracts.Termination"),
    Table("contracts.AuditEntry"),
    Table("cases.Unit"),
    Table("cases.Community"),
    Table("cases.Category"),
    Table("cases.UnitMember", "unit"),
    Table("cases.DeskTerm"),
    Table("cases.Mapping"),
    Table("cases.Batch"),
    Table("cases.Case"),
    Table("cases.Caller", "case"),
    Table("cases.Entry", "case"),
    Table("cases.BatchCase", "batch"),
    Table("cases.Application"),
    Table("cases.Alarm", "case"),
    Table("cases.Urging"),
    Table("cases.Draw"),
    Table("cases.Recheck", "case"),
    Table("cases.Merge", "parent"),
    Table("cases.LedgerTemplate"),
    Table("cases.Permit"),
    Table("cases.Export"),
    Table("staffing.Post"),
    Table("staffing.Minimum", "post"),
    Table("staffing.Pattern"),
    Table("staffing.StaffingTerms"),
    Table("staffing.Person"),
    Table("staffing.InsuranceMonth", "person"),
    Table("staffing.AgreementText"),
    Table("staffing.Agreement", "person"),
    Table("staffing.Declaration"),
    Table("staffing.Roster"),
    Table("staffing.Shift"),
    Table("staffing.Stint"),
    Table("staffing.Handover"),
    Table("staffing.Leave"),
    Table("staffing.Swap"),
    Table("staffing.Departure"),
    Table("staffing.Demand"),
    Table("staffing.Refusal", "demand"),
    Table("staffing.Breach"),
    Table("staffing.Training"),
    Table("staffing.Training_materials", "training"),
    Table("staffing.Attendance", "training"),
    Table("kpi.Verdict"),
    Table("reports.Schedule"),
    # The content of an issue lies beside its files.
    Table("reports.Issue", without=("content",)),
)
BY_LABEL = {table.label: table for table in TABLES}

#: What belongs to a contract as well and stays here, and why.
LEFT_OUT = {
    "contracts.FeedToken": "a key that one person holds, and no record of the contract",
    "contracts.Package": "it says how packages were made, this one among them",
    "cases.BatchFault": "cells of uploaded files as they came, callers' names among them",
    "cases.Before": "what an import replaced, whole and so encrypted; the ledger shows it masked",
    "cases.SavedView": "how people look at their lists, and no record of the contract",
    "staffing.Identity": "identity numbers of the vendor's people; the vendor has them",
    "cases.CaseWords": "an index that is made from the orders",
}

#: Roles that stand for the two parties: a package holds what both of them may see.
BOTH_PARTIES = (Role.SUPERVISOR, Role.MANAGER)

#: Columns that say nothing: keys of forms, and marks of the tool that keeps history.
NEVER = frozenset({"token", "pgh_context"})


def tables() -> list[Table]:
    """Return all tables of a contract, each followed by its history where one is kept.

    Rows that are gone have a history as well, so it goes by its own `contract`.
    """
    known = {model._meta.label: model for model in apps.get_models()}
    found = []
    for table in TABLES:
        found.append(table)
        history = known.get(f"{table.label}Event")
        if history and not keeps_secrets(table):
            own = {field.name for field in history._meta.fields}
            via = "contract" if "contract" in own else "pgh_obj"
            found.append(Table(history._meta.label, via, table.without))
    return found


def rows_of(table: Table, contract: Contract) -> QuerySet[Any]:
    """Return the rows of a table that are a contract's own, and no party's secret."""
    rows = table.model._default_manager.all()
    if table.via == ITSELF:
        return rows.filter(pk=contract.pk)
    if table.via == ITS_PARTIES:
        return rows.filter(pk__in=[contract.party_a_id, contract.party_b_id])
    if table.via == "contract":
        return _known_to_both(rows.filter(contract=contract))
    above = table.model._meta.get_field(table.via).related_model
    owner = BY_LABEL[above._meta.label]  # type: ignore[union-attr]
    return rows.filter(**{f"{table.via}__in": rows_of(owner, contract)})


def columns_of(table: Table) -> list["Field[Any, Any]"]:
    """Return the columns that leave the program: nothing encrypted, and no file's place."""
    return [
        field
        for field in table.model._meta.concrete_fields
        if not isinstance(field, EncryptedTextField | BinaryField | FileField)
        and field.name not in NEVER
        and field.name not in table.without
    ]


def cell_of(field: "Field[Any, Any]") -> Cell:
    """Return what writes a column's values as text, numbers of persons hidden."""
    if isinstance(field, JSONField):
        return lambda value: "" if value is None else _as_json(value)
    if isinstance(field, TextField):
        return lambda value: as_text(mask_text(value or ""))
    if isinstance(field, CharField):
        free = field.model._meta.app_label == "cases" and not field.choices
        if free and field.name not in ("number", "digest"):
            return lambda value: as_text(mask_text(value or ""))
        return lambda value: as_text(value or "")
    return plain


def plain(value: Any) -> str:
    """Return a value as text: moments in Beijing, truths as 1 and 0, nothing as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return localtime(value, get_default_timezone()).isoformat()
    if isinstance(value, list | tuple):
        return as_text(" ".join(map(str, value)))
    return str(value)


def as_text(value: str) -> str:
    """Keep a cell from being taken for a formula.

    >>> as_text("=1+1"), as_text("路灯不亮")
    ("'=1+1", '路灯不亮')
    """
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def names_people(field: "Field[Any, Any]") -> bool:
    return bool(field.many_to_one) and field.related_model is User


def _as_json(value: Any) -> str:
    return as_text(
        json.dumps(_masked(value), ensure_ascii=False, separators=(",", ":"))
    )


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {mask_text(key): _masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        hidden = mask_text(str(value))
        return value if hidden == str(value) else hidden
    return value


def keeps_secrets(table: Table) -> bool:
    """Tell whether one party may have rows in a table that the other does not see."""
    return hasattr(table.model._default_manager.all(), "visible_to")


def _known_to_both(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Leave out what one party keeps from the other."""
    if rows.model is AuditEntry:
        # How a notice or a termination came about is its party's own, even later.
        for table in filter(keeps_secrets, TABLES):
            rows = rows.exclude(subject__startswith=f"{table.label.lower()}:")
    elif hasattr(rows, "visible_to"):
        for role in BOTH_PARTIES:
            rows = rows.visible_to(role)
    return rows
