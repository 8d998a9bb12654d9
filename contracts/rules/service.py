"""When a notice counts as served (十三). Clocks that a notice starts, start then."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from .calendar import BEIJING


class Route(StrEnum):
    """How a notice goes to the other party."""

    BY_HAND = "by_hand"
    COURIER = "courier"
    NAMED_SYSTEM = "named_system"  # a mailbox or office system that Party A has named


class Fact(StrEnum):
    """What must be known of a delivery before the notice counts as served."""

    SIGNED_AT = "signed_at"
    SIGNED_BY = "signed_by"
    WAYBILL = "waybill"
    LOGGED_ON = "logged_on"
    SENT_AT = "sent_at"
    SENT_TO = "sent_to"
    ARRIVED = "arrived"


class Proof(StrEnum):
    """What must be on file to prove it."""

    RECEIPT = "receipt"  # the recipient's signature
    COURIER_LOG = "courier_log"
    SENDING_RECORD = "sending_record"


#: Route → the proof it takes, and the facts that proof holds.
TAKES: dict[Route, tuple[Proof, tuple[Fact, ...]]] = {
    Route.BY_HAND: (Proof.RECEIPT, (Fact.SIGNED_AT, Fact.SIGNED_BY)),
    Route.COURIER: (Proof.COURIER_LOG, (Fact.WAYBILL, Fact.LOGGED_ON)),
    Route.NAMED_SYSTEM: (
        Proof.SENDING_RECORD,
        (Fact.SENT_AT, Fact.SENT_TO, Fact.ARRIVED),
    ),
}


class NotServed(Exception):
    """The notice does not count as served, since `missing` is not known of it."""

    def __init__(self, missing: tuple[Fact, ...]) -> None:
        super().__init__(f"Not known: {', '.join(missing)}.")
        self.missing = missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What is known of the way a sealed notice has gone.

    `logged_on` is the day on which the courier's log shows it signed for; `sent_to`
    the mailbox or system, which Party A must have named; `arrived` that the system
    reported success.
    """

    route: Route
    signed_at: datetime | None = None
    signed_by: str = ""
    waybill: str = ""
    logged_on: date | None = None
    sent_at: datetime | None = None
    sent_to: str = ""
    arrived: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """That a notice is served: on which day, and, where the route tells it, when."""

    on: date
    at: datetime | None
    proof: Proof


def served(delivery: Delivery) -> Service:
    """Return when a notice counts as served (十三).

    By hand, when the recipient signs; by courier, on the day its log shows a
    signature, whoever signed; through what Party A has named, once sending succeeds.
    Handed over at 16:40 on 1 June 2026:

    >>> handed_over = datetime(2026, 6, 1, 16, 40, tzinfo=BEIJING)
    >>> served(
    ...     Delivery(route=Route.BY_HAND, signed_at=handed_over, signed_by="张三")
    ... ).on
    datetime.date(2026, 6, 1)

    Raises NotServed, with all that is missing.
    """
    proof, facts = TAKES[delivery.route]
    happened: dict[Route, date | datetime | None] = {
        Route.BY_HAND: delivery.signed_at,
        Route.COURIER: delivery.logged_on,
        Route.NAMED_SYSTEM: delivery.sent_at,
    }
    when = happened[delivery.route]
    missing = tuple(fact for fact in facts if not getattr(delivery, fact))
    if missing or when is None:
        raise NotServed(missing)

    if not isinstance(when, datetime):
        return Service(when, None, proof)
    if when.tzinfo is None:
        raise ValueError("A moment without a time zone is not a moment.")
    return Service(when.astimezone(BEIJING).date(), when, proof)
