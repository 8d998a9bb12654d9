from .alarm import Alarm, Rung, Urging, UrgingKind, UrgingLevel
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
)
from .desk import DeskTerm, SavedView, TermKind, UnitMember
from .entry import Entry, EntryKind
from .export import Export, ExportStatus, LedgerTemplate, Permit, PermitStatus
from .personal import Caller
from .quality import Draw, Merge, Recheck, RecheckReason
from .reference import Category, Community, Unit

__all__ = [
    "FINISHED",
    "OPEN",
    "PENDING",
    "Alarm",
    "Application",
    "ApplicationKind",
    "ApplicationStatus",
    "Batch",
    "BatchFault",
    "BatchMode",
    "BatchStatus",
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
]
