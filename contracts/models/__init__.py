from .audit import AuditEntry, Seal, subject_of
from .calendar import CalendarDay, CalendarYear
from .clause import Clause, ClauseKind, Reading
from .contract import Contact, Contract, Membership, Party, Side
from .period import AssessmentPeriod, PaymentStage
from .workflow import TransitionRefused, Workflow

__all__ = [
    "AssessmentPeriod",
    "AuditEntry",
    "CalendarDay",
    "CalendarYear",
    "Clause",
    "ClauseKind",
    "Contact",
    "Contract",
    "Membership",
    "Party",
    "PaymentStage",
    "Reading",
    "Seal",
    "Side",
    "TransitionRefused",
    "Workflow",
    "subject_of",
]
