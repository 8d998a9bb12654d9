"""What rests on one clause: what is owed by it, the proof, what happened, what it costs."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

from .deadlines import Line, for_lines, lines_of
from .models import (
    Clause,
    Contract,
    Damage,
    Document,
    Due,
    Extra,
    Notice,
    Obligation,
    RequestStatus,
    Termination,
)
from .rules.cycles import Cycle
from .standing import Standing, standing_of_counts

#: More of a kind than this are on the page of that kind.
MOST = 50
#: Dues that need somebody, at the most.
MOST_DUES = 20


@dataclass(frozen=True, slots=True)
class Record:
    """Something that happened by a clause, with the way to its page."""

    kind: str | Promise
    title: str
    href: str
    on: date | None
    status: str
    word: str | Promise


@dataclass(frozen=True, slots=True)
class Sum:
    """Money that a clause moves. Amount in CNY."""

    what: str | Promise
    title: str
    amount: Decimal
    on: date | None
    href: str


@dataclass(frozen=True, slots=True)
class Part:
    """A clause that is part of this one."""

    clause: Clause
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Dossier:
    clause: Clause
    parts: Sequence[Part]
    obligations: Sequence[Obligation]
    lines: Sequence[Line]  # dues that are late or wait for acceptance
    evidence: Sequence[Document]
    records: Sequence[Record]
    sums: Sequence[Sum]

    @property
    def late(self) -> int:
        return sum(one.late for one in self.obligations)

    @property
    def open(self) -> int:
        return sum(one.open + one.returned for one in self.obligations)

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.obligations)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.obligations)


def standings(contract: Contract, at: datetime) -> dict[int, Standing | None]:
    """Return how the dues of each clause stand together, by the clause's id."""
    sums: dict[int, list[int]] = {}
    for one in Obligation.objects.of(contract).with_counts(at).only("clause"):
        so_far = sums.setdefault(one.clause_id, [0, 0, 0])
        so_far[0] += one.late
        so_far[1] += one.open + one.returned
        so_far[2] += one.waiting + one.done
    return {
        clause: standing_of_counts(late=late, open_=open_, done=done)
        for clause, (late, open_, done) in sums.items()
    }


def dossier(
    contract: Contract,
    clause: Clause,
    *,
    role: Role,
    may: Collection[str],
    at: datetime,
) -> Dossier:
    """Gather what rests on a clause, as far as a role may see it."""
    obligations = Obligation.objects.of(contract).filter(clause=clause).with_counts(at)
    dues = Due.objects.of(contract).filter(obligation__clause=clause)
    waiting = Q(pk__in=dues.overdue(at)) | Q(pk__in=dues.waiting_for_acceptance())
    # What comes round daily is counted with its obligation; here it would hide the rest.
    named = dues.filter(waiting).exclude(obligation__due_rule__every=Cycle.DAY)
    urgent = for_lines(named).order_by("due_at", "pk")
    parts = list(clause.children.all())
    stood = standings(contract, at) if parts else {}
    found = _found(contract, clause, role, may)
    return Dossier(
        clause=clause,
        parts=[Part(one, stood.get(one.pk)) for one in parts],
        obligations=list(obligations),
        lines=list(lines_of(contract, urgent[:MOST_DUES], at)),
        evidence=list(_evidence(contract, clause, role)),
        records=_newest_first(_records(contract, found)),
        sums=[*_stages(contract, clause), *_moved(contract, found)],
    )


def _evidence(contract: Contract, clause: Clause, role: Role) -> QuerySet[Document]:
    documents = Document.objects.of(contract).visible_to(role)
    of_dues = Document.objects.filter(dues__obligation__clause=clause)
    rests_here = Q(clause=clause) | Q(pk__in=of_dues.values("pk"))
    return documents.filter(rests_here).order_by("-uploaded_at")[:MOST]


def _found(
    contract: Contract, clause: Clause, role: Role, may: Collection[str]
) -> dict[str, list[Any]]:
    """Return the records that name the clause, by the name of their page."""
    found: dict[str, list[Any]] = {
        "contracts:notice": list(
            Notice.objects.of(contract).visible_to(role).filter(clause=clause)[:MOST]
        ),
        "contracts:change": list(clause.changes.all()[:MOST]),
        "contracts:extra": list(clause.extras.all()[:MOST]),
        "contracts:callout": list(clause.callouts.all()[:MOST]),
        "contracts:force-majeure": list(clause.force_majeures.all()[:MOST]),
        "contracts:acceptance": list(clause.acceptances.all()[:MOST]),
        "contracts:damage": list(clause.damages.select_related("asset")[:MOST]),
    }
    if "billing.view_termination" in may:
        found["billing:termination"] = list(
            Termination.objects.of(contract)
            .visible_to(role)
            .filter(clause=clause)[:MOST]
        )
    return found


#: When each kind of record happened: the first of these that it has.
HAPPENED = (
    "served_on",
    "issued_at",
    "drafted_at",
    "requested_on",
    "ordered_at",
    "began_at",
    "held_on",
    "found_on",
)


def _records(contract: Contract, found: dict[str, list[Any]]) -> Iterator[Record]:
    for page, records in found.items():
        for one in records:
            status = getattr(one, "status", "") or one.result
            word = getattr(one, "get_status_display", None) or one.get_result_display
            yield Record(
                kind=one._meta.verbose_name,
                title=str(one),
                href=_href(page, contract, one.pk),
                on=_happened_on(one),
                status=status,
                word=word(),
            )


def _newest_first(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.on or date.min, reverse=True)


def _stages(contract: Contract, clause: Clause) -> Iterator[Sum]:
    page = reverse("contracts:contract", args=[contract.number])
    for stage in contract.stages.filter(clause=clause):
        yield Sum(
            _("Payment stage"),
            str(stage.number),
            stage.amount,
            stage.target_on,
            f"{page}#stages",
        )


def _moved(contract: Contract, found: dict[str, list[Any]]) -> Iterator[Sum]:
    """Yield what extras add to the price, and what damage takes off the last payment."""
    for page in ("contracts:extra", "contracts:damage"):
        for one in found[page]:
            if _costs(one):
                yield Sum(
                    one._meta.verbose_name,
                    str(one),
                    one.amount,
                    _happened_on(one),
                    _href(page, contract, one.pk),
                )


def _costs(record: Extra | Damage) -> bool:
    if isinstance(record, Extra):
        return record.status == RequestStatus.CONSENTED
    return bool(record.amount)


def _happened_on(record: Any) -> date | None:
    when = next((one for at in HAPPENED if (one := getattr(record, at, None))), None)
    return localdate(when) if isinstance(when, datetime) else when


def _href(page: str, contract: Contract, pk: int) -> str:
    try:
        return reverse(page, args=[contract.number, pk])
    except NoReverseMatch:
        return ""
