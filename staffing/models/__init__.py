from .absence import AskedStatus, Leave, LeaveKind, Swap
from .agreement import (
    Agreement,
    AgreementText,
    Declaration,
    DeclarationKind,
    TextStatus,
)
from .attendance import Handover, Stint
from .breach import Breach, BreachKind
from .departure import (
    Demand,
    DemandStatus,
    Departure,
    DepartureStatus,
    Refusal,
)
from .person import Identity, InsuranceMonth, Person, PersonStatus, hash_of
from .post import Minimum, Pattern, Post, StaffingTerms
from .roster import Roster, RosterStatus, Shift, ShiftState
from .training import Attendance, Training, TrainingStatus

__all__ = [
    "Agreement",
    "AgreementText",
    "AskedStatus",
    "Attendance",
    "Breach",
    "BreachKind",
    "Declaration",
    "DeclarationKind",
    "Demand",
    "DemandStatus",
    "Departure",
    "DepartureStatus",
    "Handover",
    "Identity",
    "InsuranceMonth",
    "Leave",
    "LeaveKind",
    "Minimum",
    "Pattern",
    "Person",
    "PersonStatus",
    "Post",
    "Refusal",
    "Roster",
    "RosterStatus",
    "Shift",
    "ShiftState",
    "StaffingTerms",
    "Stint",
    "Swap",
    "TextStatus",
    "Training",
    "TrainingStatus",
    "hash_of",
]
