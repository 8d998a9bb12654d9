"""Finished orders drawn by chance, and what somebody else finds in them."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import (
    Case,
    Draw,
    Entry,
    EntryKind,
    Recheck,
    RecheckReason,
)
from cases.quality import drawn_from, population_of
from cases.rules.samples import digest_of
from contracts.actions.numbers import hold
from contracts.actions.trail import record
from contracts.models import Clause, Contract, TransitionRefused

from .lines import write

#: What an error in the basic work rests on.
GROUND = "附件（二）1"

#: More finished orders than anybody draws from at once.
MOST = 100_000

#: What makes an order somebody's own.
HANDS = (EntryKind.REPLIED, EntryKind.PASSED, EntryKind.SENT_BACK, EntryKind.CLOSED)


class SampleRefused(Exception):
    """A sample that cannot be drawn."""


@transaction.atomic(durable=True)
def draw(
    contract: Contract,
    *,
    since: datetime,
    until: datetime,
    size: int,
    seed: int,
    quota: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Draw:
    """Draw orders closed in [since, until), and put each into the queue of re-checks.

    The same `token` again is the same form sent twice: its sample comes back. Raises
    SampleRefused.
    """
    hold(contract)
    if known := Draw.objects.of(contract).filter(token=token).first():
        return known
    if until > at:
        raise SampleRefused(
            _("Orders can still be closed in these days. Draw when they are over.")
        )
    population = population_of(contract, since, until, quota)
    made = Draw.objects.create(
        contract=contract,
        since=since,
        until=until,
        seed=seed,
        size=size,
        quota=quota,
        population=len(population),
        digest=digest_of(population),
        numbers=_drawn(population, size, seed, quota),
        token=token,
        drawn_at=at,
        drawn_by=by,
    )
    _put_into_the_queue(made, at=at)
    record(made, "drawn", by=by, at=at, note=f"{seed} {made.digest}")
    return made


def _drawn(population: dict[str, str], size: int, seed: int, quota: str) -> list[str]:
    if not population:
        raise SampleRefused(_("No order was closed in these days."))
    if len(population) > MOST:
        raise SampleRefused(
            _("More than %(most)d orders were closed in these days. Take fewer days.")
            % {"most": MOST}
        )
    try:
        return drawn_from(population, size, seed, quota)
    except ValueError:
        raise SampleRefused(
            _("One of each are %(count)d orders already. Draw as many at least.")
            % {"count": len(set(population.values()) - {""})}
        ) from None


def _put_into_the_queue(drawn: Draw, *, at: datetime) -> None:
    of_contract = Case.objects.of(drawn.contract)
    found = of_contract.filter(number__in=drawn.numbers).only("number", "attempts")
    cases = {case.number: case for case in found}
    Recheck.objects.bulk_create(
        Recheck(
            case=cases[number],
            draw=drawn,
            attempt=cases[number].attempts,
            reason=RecheckReason.SAMPLE,
            opened_at=at,
        )
        for number in drawn.numbers
    )


@transaction.atomic(durable=True)
def judge(recheck: Recheck, *, error: str, note: str, by: User, at: datetime) -> None:
    """Write down what a second look has found: that all is well, or an error.

    An error is a fact for the assessment, and rests on its clause (附件（二）1). Raises
    TransitionRefused to whoever had a hand in the order, and to whoever comes second.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=recheck.case_id)
    if had_a_hand(case, by):
        raise TransitionRefused(
            _("Nobody re-checks an order that they replied to, reviewed or closed.")
        )
    done = Recheck.objects.open().filter(pk=recheck.pk)
    if not done.update(
        done_at=at,
        done_by=by,
        error=error,
        clause=_ground(case) if error else None,
        note=note,
    ):
        raise TransitionRefused(_("Somebody else got here first."))
    write(
        case,
        EntryKind.RECHECKED,
        token=None,
        by=by,
        at=at,
        text=note,
        changes={"error": ["", error]} if error else {},
    )


def had_a_hand(case: Case, user: User) -> bool:
    """Say whether somebody replied to an order, reviewed it or closed it, ever."""
    if user.pk in (case.replied_by_id, case.reviewed_by_id):
        return True
    return Entry.objects.filter(
        case=case, recorded_by=user, kind__in=HANDS, batch=None
    ).exists()


def _ground(case: Case) -> Clause:
    found = Clause.objects.filter(contract=case.contract_id, ref=GROUND).first()
    if found is None:
        raise TransitionRefused(
            _("The contract has no clause %(ref)s for an error to rest on.")
            % {"ref": GROUND}
        )
    return found
