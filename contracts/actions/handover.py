"""Giving everything back at the end: listed, handed over and accepted line by line.

六（二）12 wants all of it, accepted in writing; 十 5 wants what is confidential within
three working days.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from contracts.ledger import ledgers
from contracts.models import (
    Asset,
    AuditEntry,
    Clause,
    Contract,
    Document,
    DocumentKind,
    Due,
    DueStatus,
    HandoverLine,
    LineKind,
    LineStatus,
    Package,
    PackageStatus,
    Seal,
    Side,
    Volume,
    subject_of,
)

from .numbers import hold

#: The rules that the clauses on handing over carry (docs/rules.md).
EVERYTHING, CONFIDENTIAL = "R38", "R43"


class HandoverRefused(Exception):
    """A step of the handover that is not open to this person, in words for them."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that belongs on the list. `kind` and `what` say which line it is."""

    kind: LineKind
    what: str
    quantity: str = ""
    digest: str = ""
    rule: str = EVERYTHING


@transaction.atomic(durable=True)
def draw_up(contract: Contract, *, by: User, at: datetime) -> int:
    """Bring the list of what is to be handed over up to date; return how many lines are new.

    Lines that nobody has handed over yet learn how much there is by now; the others
    stay as they were. Documents put on record after theirs was handed over get another
    line. Raises HandoverRefused where no clause speaks of handing over.
    """
    hold(contract)
    lines = {
        (line.kind, line.what): line
        for line in HandoverLine.objects.of(contract).order_by("number")
    }
    ends = {rule: _end(contract, rule) for rule in (EVERYTHING, CONFIDENTIAL)}
    last = HandoverLine.objects.of(contract).aggregate(last=Max("number"))["last"] or 0
    new: list[HandoverLine] = []
    # A paper of the contract is in its language, whoever draws it up.
    with translation.override(settings.LANGUAGE_CODE):
        items = list(_items(contract, lines))
    for item in items:
        clause, due = ends[item.rule]
        if line := lines.get((item.kind, item.what)):
            _bring_up(line, item, due)
            continue
        new.append(
            HandoverLine(
                contract=contract,
                clause=clause,
                due=due,
                number=last + len(new) + 1,
                kind=item.kind,
                what=item.what,
                quantity=item.quantity,
                digest=item.digest,
            )
        )
    HandoverLine.objects.bulk_create(new)
    AuditEntry.objects.create(
        contract=contract,
        at=at,
        by=by,
        subject=subject_of(contract),
        became="handover_drawn_up",
        note=f"+{len(new)}",
    )
    return len(new)


@transaction.atomic(durable=True)
def hand_over(line: HandoverLine, *, note: str = "", by: User, at: datetime) -> None:
    """Record that Party B has handed over what a line names, or does so again."""
    line.move(
        LineStatus.HANDED_OVER,
        by=by,
        at=at,
        note=note,
        handed_over_at=at,
        handed_over_by=by,
        handed_over_note=note,
        decided_at=None,
        decided_by=None,
        decided_note="",
    )


@transaction.atomic(durable=True)
def accept(line: HandoverLine, *, note: str = "", by: User, at: datetime) -> None:
    """Accept a line for Party A."""
    _decide(line, LineStatus.ACCEPTED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def refuse(line: HandoverLine, *, note: str, by: User, at: datetime) -> None:
    """Refuse a line for Party A, and say what is missing."""
    if not note.strip():
        raise HandoverRefused(_("Say what is missing."))
    _decide(line, LineStatus.REFUSED, note=note, by=by, at=at)


def _decide(
    line: HandoverLine, to: LineStatus, *, note: str, by: User, at: datetime
) -> None:
    if by == line.handed_over_by:
        raise HandoverRefused(_("Whoever handed it over cannot accept it."))
    line.move(
        to, by=by, at=at, note=note, decided_at=at, decided_by=by, decided_note=note
    )


def _bring_up(line: HandoverLine, item: Item, due: Due | None) -> None:
    """Write down on an open line how much there is by now, and when it falls due."""
    if line.status == LineStatus.OPEN:
        line.quantity, line.digest = item.quantity, item.digest
    if line.status != LineStatus.ACCEPTED:
        line.due = due or line.due
    line.save(update_fields=["quantity", "digest", "due"])


def _end(contract: Contract, rule: str) -> tuple[Clause, Due | None]:
    """Return the clause that carries a rule, and when Party B has to fulfil it."""
    clause = contract.clauses.filter(rules__contains=[rule]).first()
    if clause is None:
        raise HandoverRefused(
            _("The contract has no clause on handing over (rule %(rule)s).")
            % {"rule": rule}
        )
    dues = Due.objects.of(contract).filter(
        obligation__rules__contains=[rule],
        obligation__clause=clause,
        obligation__side=Side.B,
    )
    # An early end falls due before the end of the term would.
    return clause, dues.exclude(status=DueStatus.DROPPED).order_by("due_at").first()


# --- What belongs on the list -------------------------------------------------------------

Known = dict[tuple[str, str], HandoverLine]


def _items(contract: Contract, lines: Known) -> Iterator[Item]:
    yield from _ledgers(contract)
    yield _data(contract)
    yield from _documents(contract, lines)
    for volume in Volume.objects.of(contract):
        yield Item(LineKind.PAPER, f"{volume}"[:160], _pages(volume.pages))
    for asset in Asset.objects.of(contract).in_use().filter(owner=Side.A):
        yield Item(LineKind.ASSET, f"{asset}"[:160], str(asset.quantity))
    yield Item(
        LineKind.PREMISES,
        _("Office premises: restored, cleaned and vacated, with keys"),
    )
    yield Item(LineKind.PREMISES, _("Work passes, all of them"))
    yield Item(
        LineKind.DATA, _("Accounts on platforms and systems: given back or closed")
    )
    yield Item(
        LineKind.SECRET,
        _("Confidential material: originals, copies and electronic files"),
        rule=CONFIDENTIAL,
    )


def _ledgers(contract: Contract) -> Iterator[Item]:
    newest = dict(
        Seal.objects.order_by("table", "-pk")
        .distinct("table")
        .values_list("table", "digest")
    )
    for model in ledgers():
        if (rows := rows_of(model, contract)) is not None:
            table = model._meta.db_table
            yield Item(
                LineKind.LEDGER,
                f"{model._meta.verbose_name_plural} ({table})",
                _rows(rows.count()),
                newest.get(table, ""),
            )


def _data(contract: Contract) -> Item:
    """Return the line for all data at once, with the digest of the newest package."""
    package = Package.objects.of(contract).filter(status=PackageStatus.READY).first()
    return Item(
        LineKind.DATA,
        _(
            "All data of the contract, as one package that is checked without the program"
        ),
        digest=package.digest if package else "",
    )


def _documents(contract: Contract, lines: Known) -> Iterator[Item]:
    """Yield a line for each kind of document, and another for those that came later."""
    for kind in DocumentKind:
        rows = Document.objects.of(contract).filter(kind=kind, only_party_a=False)
        named = _("Documents in files: %(kind)s") % {"kind": kind.label}
        what = named
        while (line := lines.get((LineKind.DATA, what))) and line.handed_over_at:
            rows = rows.filter(uploaded_at__gt=line.handed_over_at)
            what = _("%(what)s, added after line %(number)d") % {
                "what": named,
                "number": line.number,
            }
        digests = list(rows.order_by("digest").values_list("digest", flat=True))
        if digests:
            yield Item(LineKind.DATA, what, _files(len(digests)), together(digests))


def together(digests: Sequence[str]) -> str:
    """Return one digest for several: SHA-256 of them, sorted, a line each.

    >>> together(["b", "a"]) == sha256(b"a\\nb\\n").hexdigest()
    True
    """
    return sha256("".join(f"{one}\n" for one in sorted(digests)).encode()).hexdigest()


def rows_of(model: type[Model], contract: Contract) -> QuerySet[Any] | None:
    """Return a model's rows that belong to a contract; None if they belong to none.

    A row belongs to its `contract`, or to that of the record it is about.
    """
    rows = model._base_manager.all()
    links = [
        field
        for field in model._meta.concrete_fields
        if field.many_to_one and field.related_model not in (model, User)
    ]
    if any(link.name == "contract" for link in links):
        return rows.filter(contract=contract)
    for link in links:
        if not link.null and isinstance(link.related_model, type):
            of_those = rows_of(link.related_model, contract)
            if of_those is not None:
                return rows.filter(**{f"{link.name}__in": of_those})
    return None


def _rows(count: int) -> str:
    return ngettext("%(count)d row", "%(count)d rows", count) % {"count": count}


def _files(count: int) -> str:
    return ngettext("%(count)d file", "%(count)d files", count) % {"count": count}


def _pages(count: int) -> str:
    return ngettext("%(count)d page or file", "%(count)d pages or files", count) % {
        "count": count
    }
