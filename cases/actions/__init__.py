"""Everything that writes work orders. One function for each thing a person can do."""

from cases.sheets import FileRefused

from .handling import (
    accept,
    close,
    correct,
    reply,
    reveal,
    review,
    sign,
    transfer,
    urge,
)
from .intake import cancel, confirm, receive_file, retry, work_on

__all__ = [
    "FileRefused",
    "accept",
    "cancel",
    "close",
    "confirm",
    "correct",
    "receive_file",
    "reply",
    "retry",
    "reveal",
    "review",
    "sign",
    "transfer",
    "urge",
    "work_on",
]
