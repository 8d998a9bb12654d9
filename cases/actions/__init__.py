"""Everything that writes work orders. One function for each thing a person can do."""

from cases.sheets import FileRefused

from .alarms import acknowledge, alarm, follow_up
from .applications import (
    approve,
    ask,
    end_deferrals,
    endorse,
    record_outcome,
    withdraw,
)
from .handling import (
    accept,
    archive,
    close,
    contact,
    correct,
    decline,
    flag,
    reopen,
    reply,
    reveal,
    review,
    sign,
    transfer,
)
from .intake import (
    FileDamaged,
    cancel,
    confirm,
    open_source,
    receive_file,
    retry,
    work_on,
)
from .urging import receive, supervise, urge
from .watch import watch

__all__ = [
    "FileDamaged",
    "FileRefused",
    "accept",
    "acknowledge",
    "alarm",
    "approve",
    "archive",
    "ask",
    "cancel",
    "close",
    "confirm",
    "contact",
    "correct",
    "decline",
    "end_deferrals",
    "endorse",
    "flag",
    "follow_up",
    "open_source",
    "receive",
    "receive_file",
    "record_outcome",
    "reopen",
    "reply",
    "retry",
    "reveal",
    "review",
    "sign",
    "supervise",
    "transfer",
    "urge",
    "watch",
    "withdraw",
    "work_on",
]
