"""Dues counted anew, once the work calendar or the reading of a point has changed.

Nothing moves by itself: `moves` says what would, and `recompute` does it, on record.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import User
from contracts.models import (
    AuditEntry,
    CalendarDay,
    Contract,
    Due,
    DueMove,
    DueStatus,
    Obligation,
    Reading,
    subject_of,
)
from contracts.models.obligation import CAUSES, OWED
from contracts.rules.calendar import BEIJING, CalendarMissing, Deadline, WorkCalendar
from contracts.rules.cycles import AssessedPeriod
from contracts.rules.obligations import DueRule, Mode, from_plain
from contracts.rules.periods import PeriodOption, periods_of
from contracts.rules.recount import CUT_BY_PERIODS, Adopted, History, Rolls, recount

from .clocks import dated, expected
from .numbers import hold

#: Before the reason in the audit entry of a due that came or went with its period.
RECUT = "recompute: "
#: What the record of a move holds of the reason.
REASON = 200


class RecomputeRefused(Exception):
    """Dues that are not counted anew, in words for whoever wanted them to be."""


class Kind(models.TextChoices):
    """What becomes of a due that is counted anew."""

    MOVED = "moved", pgettext("recompute", "Moved")
    RESTATED = "restated", pgettext("recompute", "Same day, counted otherwise")
    ADDED = "added", pgettext("recompute", "New")
    DROPPED = "dropped", pgettext("recompute", "No longer owed")
    REOPENED = "reopened", pgettext("recompute", "Owed again")


#: What stands out on a page.
TONES = {Kind.MOVED: "warn", Kind.ADDED: "info", Kind.REOPENED: "info"}


@dataclass(frozen=True, slots=True)
class Move:
    """What would become of one due: its fields as they would be.

    `due` is as it stands; one that is new has not been saved.
    """

    due: Due
    kind: Kind
    fields: Mapping[str, Any]

    @property
    def was_on(self) -> date | None:
        return None if self.kind is Kind.ADDED else self.due.due_on

    @property
    def became_on(self) -> date | None:
        return None if self.kind is Kind.DROPPED else self.fields["due_on"]

    @property
    def deadline(self) -> Deadline | None:
        """How it would be counted; None where it goes, or a calendar is missing."""
        return from_plain(self.fields["explained"]) if self.became_on else None

    @property
    def provisional(self) -> bool:
        return bool(self.fields.get("provisional")) and self.became_on is not None

    @property
    def tone(self) -> str:
        return TONES.get(self.kind, "neutral")


def history_of(readings: Iterable[Reading]) -> History:
    return History.of(Adopted(one.key, one.adopted_on, one.value) for one in readings)


def moves(
    contract: Contract,
    calendar: WorkCalendar | None = None,
    readings: Iterable[Reading] | None = None,
) -> list[Move]:
    """Return what would become of the contract's dues, by the day they are due.

    Under `calendar` and `readings` where they are given, and as both stand now where
    not. What was delivered never moves, nor what runs by the clock, was chosen by
    Party A, or was counted from a day on which another reading held.
    """
    register = list(contract.readings.all())
    history = history_of(register if readings is None else readings)
    periods: Sequence[AssessedPeriod] = list(contract.periods.all())
    option = history.newest().period_option
    if periods and option is not history_of(register).newest().period_option:
        periods = _periods(contract, option)
    counting = _Counting(
        contract,
        calendar or CalendarDay.objects.all().calendar(),
        history.rolls(),
        periods,
    )
    found = [*counting.by_dates(), *counting.by_events()]
    return sorted(
        found, key=lambda one: (str(one.became_on or one.was_on), one.due.pk or 0)
    )


def fingerprint(found: Iterable[Move]) -> str:
    """Return what tells these moves from others, to see if they are still the same."""
    lines = sorted(
        f"{one.kind} {one.due.obligation_id} {one.due.label} {one.was_on} {one.became_on}"
        for one in found
    )
    return sha256("\n".join(lines).encode()).hexdigest()[:16]


@transaction.atomic(durable=True)
def recompute(
    contract: Contract, *, by: User, at: datetime, reason: str, seen: str = ""
) -> list[Move]:
    """Count the contract's dues anew, and return what has become of them.

    Again, it changes nothing. `seen` is the fingerprint of the moves that were looked
    at, if they were. Raises RecomputeRefused, and TransitionRefused where somebody
    takes a step on one of the dues at this moment.
    """
    hold(contract)
    if seen:
        as_it_was_seen(seen, moves(contract))
    return put_moves(contract, by=by, at=at, reason=reason)


def as_it_was_seen(seen: str, found: Iterable[Move]) -> None:
    """Raise RecomputeRefused where these are not the moves that were looked at."""
    if seen != fingerprint(found):
        raise RecomputeRefused(
            _(
                "What would change has changed since you opened this page. "
                "Look at it again before you sign."
            )
        )


def put_moves(contract: Contract, *, by: User, at: datetime, reason: str) -> list[Move]:
    """Do what `recompute` does, inside the transaction of what is the reason for it.

    To be called under `hold`.
    """
    done = [
        move
        for move in moves(contract)
        if APPLY[move.kind](move, by=by, at=at, reason=reason)
    ]
    if done:
        counted = Counter(move.kind.value for move in done)
        AuditEntry.objects.create(
            contract=contract,
            at=at,
            by=by,
            subject=subject_of(contract),
            became="recomputed",
            note=" ".join(
                [f"{kind}={count}" for kind, count in sorted(counted.items())]
                + [reason]
            ),
        )
    return done


@dataclass(frozen=True, slots=True)
class _Counting:
    """A contract's dues, and all that their days are counted by."""

    contract: Contract
    calendar: WorkCalendar
    rolls: Rolls
    periods: Sequence[AssessedPeriod]

    def by_dates(self) -> Iterator[Move]:
        """Yield the moves of what falls due by the contract's own dates."""
        dues: dict[int, dict[str, Due]] = {}
        uncaused = dict.fromkeys(CAUSES)
        for due in Due.objects.of(self.contract).filter(**uncaused):
            dues.setdefault(due.obligation_id, {})[due.label] = due
        obligations = self.contract.obligations.filter(
            mode__in=[Mode.ONCE, Mode.RECURRING]
        ).select_related("clause")
        recut = self._dropped_with_their_period()
        for obligation in obligations:
            known = dues.get(obligation.pk, {})
            rule = DueRule.from_plain(obligation.due_rule)
            cut = rule.every in CUT_BY_PERIODS
            for due in self._expected(obligation):
                yield from _compare(known.pop(due.label, None), due, cut, recut)
            for due in known.values():
                if cut and due.owed:
                    due.obligation = obligation
                    yield Move(due, Kind.DROPPED, {})

    def by_events(self) -> Iterator[Move]:
        """Yield the moves of what an event has set off."""
        waiting = Due.objects.of(self.contract).owed()
        for due in waiting.filter(obligation__mode=Mode.ON_EVENT).select_related(
            "obligation__clause"
        ):
            started_on = _started_on(due)
            rule = DueRule.from_plain(due.obligation.due_rule)
            if started_on is None:
                continue
            fields = self._recounted(rule, started_on)
            if fields and (kind := _difference(due, fields)):
                yield Move(due, kind, fields)

    def _recounted(self, rule: DueRule, started_on: date) -> dict[str, Any] | None:
        roll = self.rolls.on(max(started_on, self.contract.signed_on))
        try:
            deadline = recount(rule, started_on, self.calendar, roll=roll)
        except CalendarMissing:
            return None  # it has waited for a calendar, and waits on
        return dated(deadline) if deadline else None

    def _expected(self, obligation: Obligation) -> Iterator[Due]:
        """Yield each due of an obligation, by the reading of the day it starts from."""
        by_roll = {
            roll: {
                due.label: due
                for due in expected(
                    obligation,
                    self.contract,
                    periods=list(self.periods),
                    calendar=self.calendar,
                    roll=roll,
                )
            }
            for roll in sorted(self.rolls.both)
        }
        for label, due in next(iter(by_roll.values())).items():
            started_on = (
                due.deadline.start_on if due.deadline else self.contract.signed_on
            )
            roll = self.rolls.on(max(started_on, self.contract.signed_on))
            yield by_roll[roll][label]

    def _dropped_with_their_period(self) -> set[str]:
        """Return the subjects of dues that an earlier recompute dropped, and nobody else."""
        dropped = Due.objects.of(self.contract).filter(status=DueStatus.DROPPED)
        entries = (
            AuditEntry.objects.filter(subject__in=map(subject_of, dropped))
            .order_by("subject", "-pk")
            .distinct("subject")
        )
        return {
            subject
            for subject, became, note in entries.values_list(
                "subject", "became", "note"
            )
            if became == DueStatus.DROPPED and note.startswith(RECUT)
        }


def _periods(contract: Contract, option: PeriodOption) -> Sequence[AssessedPeriod]:
    return periods_of(contract.term, first_day=contract.first_day, option=option)


def _compare(known: Due | None, due: Due, cut: bool, recut: set[str]) -> Iterator[Move]:
    """Yield the move that makes a due what is expected of it, if it takes one."""
    fields = {name: getattr(due, name) for name in dated(None)}
    if known is None:
        if cut:
            yield Move(due, Kind.ADDED, fields)
        return
    known.obligation = due.obligation
    if known.owed:
        if kind := _difference(known, fields):
            yield Move(known, kind, fields)
    elif cut and known.status == DueStatus.DROPPED and subject_of(known) in recut:
        yield Move(known, Kind.REOPENED, fields)


def _difference(due: Due, fields: Mapping[str, Any]) -> Kind | None:
    if due.due_on != fields["due_on"] or due.due_at != fields["due_at"]:
        return Kind.MOVED
    same = all(getattr(due, name) == value for name, value in fields.items())
    return None if same else Kind.RESTATED


def _started_on(due: Due) -> date | None:
    """Return the day that a due is counted from; None if that was not kept."""
    if due.deadline:
        return due.deadline.start_on
    since = (due.explained or {}).get("since")
    return datetime.fromisoformat(since).astimezone(BEIJING).date() if since else None


# --- Doing it ----------------------------------------------------------------------------


def _shift(move: Move, *, by: User, at: datetime, reason: str) -> bool:
    # Whoever delivers at this moment has delivered what was due before.
    owed = Due.objects.filter(pk=move.due.pk, status__in=OWED)
    if not owed.update(**move.fields):
        return False
    if move.was_on != move.became_on:
        DueMove.objects.create(
            due=move.due,
            was_on=move.was_on,
            became_on=move.became_on,
            reason=reason[:REASON],
            at=at,
            by=by,
        )
    return True


def _add(move: Move, *, by: User, at: datetime, reason: str) -> bool:
    move.due.save()
    return True


def _drop(move: Move, *, by: User, at: datetime, reason: str) -> bool:
    move.due.move(DueStatus.DROPPED, by=by, at=at, note=f"{RECUT}{reason}")
    return True


def _reopen(move: Move, *, by: User, at: datetime, reason: str) -> bool:
    move.due.move(DueStatus.OPEN, by=by, at=at, note=f"{RECUT}{reason}", **move.fields)
    return True


APPLY = {
    Kind.MOVED: _shift,
    Kind.RESTATED: _shift,
    Kind.ADDED: _add,
    Kind.DROPPED: _drop,
    Kind.REOPENED: _reopen,
}
