from .acceptance import Acceptance, AcceptanceItem, AcceptanceKind, Result
from .audit import AuditEntry, Seal, subject_of
from .calendar import CalendarDay, CalendarYear
from .change import (
    OWN_CAUSES,
    Callout,
    CalloutStatus,
    Cause,
    Change,
    ChangeKind,
    Extra,
    ForceMajeure,
    ForceMajeureStatus,
    Hold,
    HoldStatus,
    RequestStatus,
)
from .clause import Clause, ClauseKind, Reading
from .contract import Contact, Contract, Membership, Party, Side
from .document import Document, DocumentKind, DocumentOpening
from .feed import FeedToken
from .handover import HandoverLine, LineKind, LineStatus, Package, PackageStatus
from .notice import Notice, NoticeKind, NoticeRoute, NoticeStatus
from .obligation import Due, DueMove, DueStatus, Mode, Obligation
from .period import AssessmentPeriod, PaymentStage
from .property import (
    Asset,
    AssetStatus,
    Damage,
    DamageStatus,
    Volume,
    VolumeKind,
)
from .proposal import CalendarProposal, ProposalStatus, ReadingProposal
from .termination import Termination, TerminationRoute, TerminationStatus
from .workflow import TransitionRefused, Workflow

__all__ = [
    "OWN_CAUSES",
    "Acceptance",
    "AcceptanceItem",
    "AcceptanceKind",
    "AssessmentPeriod",
    "Asset",
    "AssetStatus",
    "AuditEntry",
    "CalendarDay",
    "CalendarProposal",
    "CalendarYear",
    "Callout",
    "CalloutStatus",
    "Cause",
    "Change",
    "ChangeKind",
    "Clause",
    "ClauseKind",
    "Contact",
    "Contract",
    "Damage",
    "DamageStatus",
    "Document",
    "DocumentKind",
    "DocumentOpening",
    "Due",
    "DueMove",
    "DueStatus",
    "Extra",
    "FeedToken",
    "ForceMajeure",
    "ForceMajeureStatus",
    "HandoverLine",
    "Hold",
    "HoldStatus",
    "LineKind",
    "LineStatus",
    "Membership",
    "Mode",
    "Notice",
    "NoticeKind",
    "NoticeRoute",
    "NoticeStatus",
    "Obligation",
    "Package",
    "PackageStatus",
    "Party",
    "PaymentStage",
    "ProposalStatus",
    "Reading",
    "ReadingProposal",
    "RequestStatus",
    "Result",
    "Seal",
    "Side",
    "Termination",
    "TerminationRoute",
    "TerminationStatus",
    "TransitionRefused",
    "Volume",
    "VolumeKind",
    "Workflow",
    "subject_of",
]
