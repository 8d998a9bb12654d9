from .alarm import Alarm, Rung, Urging, UrgingKind
from .application import PENDING, Application, ApplicationKind, ApplicationStatus
from .batch import Batch, BatchFault, BatchMode, BatchStatus, Mapping
from .case import (
    FINISHED,
    OPEN,
    Case,
    CaseStatus,
    CaseWords,
    Exclusion,
    Flag,
    Nature,
    Satisfaction,
    Source,
    Urgency,
    UrgingLevel,
)
from .desk import DeskTerm, SavedView, TermKind, UnitMember
from .entry import Entry, EntryKind
from .export import Export, ExportStatus, LedgerTemplate, Permit, PermitStatus
from .personal import PHONE, PHONE_END, Caller, phone_hashes
from .quality import Draw, Merge, Quota, Recheck, RecheckReason
from .reference import Category, Community, Unit
from .traces import BatchCase, BatchCaseKind, Before

__all__ = [
    "FINISHED",
    "OPEN",
    "PENDING",
    "PHONE",
    "PHONE_END",
    "Alarm",
    "Application",
    "ApplicationKind",
    "ApplicationStatus",
    "Batch",
    "BatchCase",
    "BatchCaseKind",
    "BatchFault",
    "BatchMode",
    "BatchStatus",
    "Before",
    "Caller",
    "Case",
    "CaseStatus",
    "CaseWords",
    "Category",
    "Community",
    "DeskTerm",
    "Draw",
    "Entry",
    "EntryKind",
    "Exclusion",
    "Export",
    "ExportStatus",
    "Flag",
    "LedgerTemplate",
    "Mapping",
    "Merge",
    "Nature",
    "Permit",
    "PermitStatus",
    "Quota",
    "Recheck",
    "RecheckReason",
    "Rung",
    "Satisfaction",
    "SavedView",
    "Source",
    "TermKind",
    "Unit",
    "UnitMember",
    "Urgency",
    "Urging",
    "UrgingKind",
    "UrgingLevel",
    "phone_hashes",
]
