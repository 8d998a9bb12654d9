"""Acceptances are recorded here, and what each means for the due it is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    Acceptance,
    AcceptanceItem,
    AcceptanceKind,
    Clause,
    Contract,
    DocumentKind,
    Due,
    DueStatus,
    Result,
)
from contracts.rules.obligations import Event

from . import clocks, trail
from .documents import put
from .numbers import hold, next_serial
from .refusals import MatterRefused, check_clause, check_come

MOST_ITEMS = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at, and what was found."""

    what: str
    passed: bool
    note: str = ""


@transaction.atomic(durable=True)
def record(
    contract: Contract,
    *,
    clause: Clause,
    kind: AcceptanceKind,
    title: str,
    due: Due | None,
    repeats: Acceptance | None,
    held_on: date,
    members: str,
    items: Sequence[Item],
    result: Result,
    conditions: str,
    again_by: date | None,
    scan: "File[Any]",
    token: UUID,
    by: User,
    at: datetime,
) -> Acceptance:
    """Record an acceptance, and move the due that it is of. It is never changed.

    Passed, or passed with conditions, the due is accepted; refused, it is returned, and
    so are what the earlier refusal asked for again. A training that was refused starts
    the clock of the next (六（一）2). The same `token` again gives the same record back.
    Raises MatterRefused.
    """
    hold(contract)
    if known := Acceptance.objects.of(contract).filter(token=token).first():
        return known
    check_clause(contract, clause)
    _check_day(contract, held_on, at=at)
    _check_result(result, items, conditions, again_by, held_on)
    _check_repeats(contract, repeats, kind, held_on)
    dues = _dues(contract, due, repeats, by)
    made = Acceptance.objects.create(
        contract=contract,
        serial=next_serial(Acceptance, contract),
        clause=clause,
        kind=kind,
        title=title,
        due=due,
        repeats=repeats,
        held_on=held_on,
        members=members,
        result=result,
        conditions=conditions,
        again_by=again_by,
        scan=put(
            contract,
            file=scan,
            kind=DocumentKind.ACCEPTANCE,
            title=title,
            clause=clause,
            by=by,
            at=at,
        ),
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    AcceptanceItem.objects.bulk_create(
        AcceptanceItem(
            acceptance=made, what=item.what, passed=item.passed, note=item.note
        )
        for item in items
    )
    trail.record(made, result, by=by, at=at, note=conditions)
    for one in dues:
        _move(one, made)
    failed = result == Result.REFUSED and kind == AcceptanceKind.TRAINING
    if failed and not (repeats and repeats.dues.exists()):
        clocks.start(
            contract,
            Event.TRAINING_FAILED,
            happened_at=trail.moment_of(held_on, at=at),
            cause=made,
        )
    return made


def _check_day(contract: Contract, held_on: date, *, at: datetime) -> None:
    # What is handed over at the end is accepted after it, so the term has no say.
    check_come(held_on, "held_on", at=at)
    if held_on < contract.effective_on:
        raise MatterRefused(
            _("The contract takes effect on %(day)s only (第十二条（一）).")
            % {"day": contract.effective_on},
            "held_on",
        )


def _check_result(
    result: Result,
    items: Sequence[Item],
    conditions: str,
    again_by: date | None,
    held_on: date,
) -> None:
    if not items:
        raise MatterRefused(_("An acceptance looks at something: name an item."))
    if len(items) > MOST_ITEMS:
        raise MatterRefused(
            _("%(most)d items are the most of one acceptance.") % {"most": MOST_ITEMS}
        )
    if result == Result.PASSED:
        if not all(item.passed for item in items):
            raise MatterRefused(
                _(
                    "Not every item has passed: then it is passed with conditions, or "
                    "refused."
                ),
                "result",
            )
        if again_by:
            raise MatterRefused(
                _("What has passed leaves nothing to be put right."), "again_by"
            )
        return
    if not conditions.strip():
        raise MatterRefused(
            _("Say what is missing (第五条（一）1、第六条（一）1)."), "conditions"
        )
    if again_by is None:
        raise MatterRefused(
            _("Say by when it is to be put right (第六条（一）1)."), "again_by"
        )
    if again_by <= held_on:
        raise MatterRefused(
            _("It cannot be put right before it was looked at (第六条（一）1)."),
            "again_by",
        )


def _check_repeats(
    contract: Contract,
    repeats: Acceptance | None,
    kind: AcceptanceKind,
    held_on: date,
) -> None:
    if repeats is None:
        return
    if repeats.contract_id != contract.pk or repeats.kind != kind:
        raise MatterRefused(
            _("The earlier acceptance is of something else."), "repeats"
        )
    if repeats.result == Result.PASSED:
        raise MatterRefused(_("What has passed is not accepted once more."), "repeats")
    if Acceptance.objects.filter(repeats=repeats).exists():
        raise MatterRefused(
            _("The earlier acceptance has been repeated already."), "repeats"
        )
    if held_on < repeats.held_on:
        raise MatterRefused(
            _("The earlier acceptance was on %(day)s.") % {"day": repeats.held_on},
            "held_on",
        )


def _dues(
    contract: Contract, due: Due | None, repeats: Acceptance | None, by: User
) -> list[Due]:
    """Return, locked, what the acceptance decides on.

    The due it is recorded for, and what an earlier refusal has set off.
    """
    wanted = {due.pk} if due else set()
    if repeats:
        wanted |= set(
            repeats.dues.exclude(
                status__in=[DueStatus.ACCEPTED, DueStatus.DROPPED]
            ).values_list("pk", flat=True)
        )
    dues = list(
        Due.objects.of(contract)
        .filter(pk__in=wanted)
        .select_for_update(of=("self",), no_key=True)
    )
    if len(dues) < len(wanted):
        raise MatterRefused(_("What it accepts is of another contract."), "due")
    for one in dues:
        if one.status in (DueStatus.ACCEPTED, DueStatus.DROPPED):
            raise MatterRefused(
                _("This is accepted already, or no longer owed."), "due"
            )
        if one.status == DueStatus.DELIVERED and one.delivered_by_id == by.pk:
            raise MatterRefused(
                _("Whoever delivered something cannot accept it."), "due"
            )
    return dues


def _move(due: Due, made: Acceptance) -> None:
    """Accept the due or return it; one that nobody had delivered was put forward now."""
    by, at = made.recorded_by, made.recorded_at
    if due.owed:
        put_forward_at = trail.moment_of(made.held_on, at=at)
        due.deliver(by=None, at=at, delivered_at=put_forward_at, note=f"{made}")
    decided = {"decided_at": at, "decided_by": by, "decided_note": made.conditions}
    if made.result == Result.REFUSED:
        due.move(
            DueStatus.RETURNED,
            by=by,
            at=at,
            note=made.conditions,
            again_on=made.again_by,
            returns=due.returns + 1,
            **decided,
        )
    else:
        due.move(DueStatus.ACCEPTED, by=by, at=at, note=made.conditions, **decided)
