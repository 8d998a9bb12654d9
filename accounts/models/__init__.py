from .ledger import APPEND_ONLY, Ledger
from .message import (
    WAITING,
    Channel,
    Delivery,
    DeliveryOutcome,
    Message,
    MessageState,
)
from .person import (
    START_PASSWORD_LASTS,
    AccountChange,
    AccountChangeKind,
    FormerPassword,
    User,
)
from .session import Session
from .sign_in import SignIn, SignInOutcome

__all__ = [
    "APPEND_ONLY",
    "START_PASSWORD_LASTS",
    "WAITING",
    "AccountChange",
    "AccountChangeKind",
    "Channel",
    "Delivery",
    "DeliveryOutcome",
    "FormerPassword",
    "Ledger",
    "Message",
    "MessageState",
    "Session",
    "SignIn",
    "SignInOutcome",
    "User",
]
