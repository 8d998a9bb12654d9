from .batch import Batch, BatchFault, BatchStatus
from .case import (
    FINISHED,
    OPEN,
    Case,
    CaseStatus,
    CaseWords,
    Exclusion,
    Nature,
    Satisfaction,
    Source,
    Urgency,
)
from .entry import Entry, EntryKind
from .personal import Caller
from .reference import Category, Community, Unit

__all__ = [
    "FINISHED",
    "OPEN",
    "Batch",
    "BatchFault",
    "BatchStatus",
    "Caller",
    "Case",
    "CaseStatus",
    "CaseWords",
    "Category",
    "Community",
    "Entry",
    "EntryKind",
    "Exclusion",
    "Nature",
    "Satisfaction",
    "Source",
    "Unit",
    "Urgency",
]
