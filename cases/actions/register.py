"""An order that the street takes itself: a call to the desk, written down at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Length
from django.utils.timezone import localdate

from accounts.models import User
from cases.desk import terms
from cases.models import (
    Caller,
    Case,
    CaseStatus,
    CaseWords,
    Community,
    Entry,
    EntryKind,
    Source,
    TermKind,
    Unit,
    Urgency,
    phone_hashes,
)
from cases.rules.cells import Limit
from cases.rules.repeats import month_and_year
from contracts.actions.numbers import hold
from contracts.models import Contract

from .names import Names, words_of
from .urgency import make_urgent

#: What the numbers begin with that the street gives itself（街道自接）.
PREFIX = "JD"

CHANNEL = "电话"
_TITLE = 40  # characters


@dataclass(frozen=True, slots=True)
class Calls:
    """How often somebody has called, in the calendar month and year of a moment."""

    month: int
    year: int


def calls_of(contract: Contract, phone: str, *, at: datetime) -> Calls | None:
    """Return how often the same number has called; None where there is no number.

    Found by its keyed digest: nothing of the earlier calls is read.
    """
    digest = phone_hashes(phone)["phone_hash"]
    if digest is None:
        return None
    month, year = month_and_year(at)
    calls = (
        Case.objects.of(contract)
        .filter(caller__phone_hash=digest, counted_at__gte=year)
        .exclude(status=CaseStatus.VOID)
        .values_list("counted_at", flat=True)
    )
    found = list(calls)
    return Calls(sum(called_at >= month for called_at in found), len(found))


@transaction.atomic(durable=True)
def register(
    contract: Contract,
    *,
    phone: str,
    name: str,
    address: str,
    confidential: bool,
    content: str,
    kind: str,
    category: tuple[str, ...],
    community: Community | None,
    spot: str,
    urgent: bool,
    limit: Limit | None,
    due_at: datetime | None,
    unit: Unit | None,
    token: UUID,
    by: User,
    at: datetime,
) -> Case:
    """Write down a call as an order of the street's own, with a number of its own.

    Its deadline is the moment given, or else what the limit comes to. The same `token`
    again is the same call sent twice: its order comes back.
    """
    # One at a time gives out numbers, and sees that a form has been sent before.
    hold(contract)
    sent = Entry.objects.of(contract).filter(token=token).select_related("case")
    if known := sent.first():
        return known.case
    names = Names(contract)
    if due_at is None and limit is not None:
        due_at = names.due_after(at, limit)
    case = Case(
        contract=contract,
        number=_next_number(contract, at),
        source=Source.STREET,
        channel=CHANNEL,
        kind=kind,
        category_id=names.category(category) if category else None,
        title=_title(content),
        content=content,
        urgency=Urgency.URGENT if urgent else Urgency.ORDINARY,
        community=community,
        spot=spot,
        unit=unit,
        called_at=at,
        dispatched_at=at,
        due_at=due_at,
        counted_at=at,
        received_at=at,
    )
    case.save()
    Caller.objects.create(
        case=case,
        confidential=confidential,
        name=name,
        phone=phone,
        address=address,
        **phone_hashes(phone),
    )
    CaseWords.objects.create(case=case, grams=words_of(case))
    Entry.objects.create(
        case=case,
        kind=EntryKind.RECEIVED,
        at=at,
        status=CaseStatus.RECEIVED,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    make_urgent([case], terms(contract, TermKind.URGENT_WORD), at=at)
    return case


def _next_number(contract: Contract, at: datetime) -> str:
    """Return the next number of a day: JD20260506-0001. To be called under `hold`."""
    begins = f"{PREFIX}{localdate(at):%Y%m%d}-"
    given = Case.objects.of(contract).filter(number__startswith=begins)
    # Longer ones first: after -9999 comes -10000, which as text sorts before it.
    longest = given.order_by(Length("number").desc(), "-number")
    last = longest.values_list("number", flat=True).first()
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"


def _title(content: str) -> str:
    line = content.strip().splitlines()[0]
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"
