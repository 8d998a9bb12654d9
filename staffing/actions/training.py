"""Trainings（第二条 5，第六条（一）2、（二）10）: no step of Party B's counts without Party A's.

A plan is approved before the training is held, and its result after; what is not accepted
is held again. A due of the contract that a training fulfils moves along with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import clocks, trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_within
from contracts.models import (
    CalendarDay,
    Clause,
    Contract,
    Document,
    DocumentKind,
    Due,
    DueStatus,
    Mode,
    Side,
)
from contracts.rules.obligations import DueRule, Event
from staffing.models import Attendance, Person, Training, TrainingStatus

#: The rule whose clauses and obligations are about training.
RULE = "R07"
#: A training that came to nothing leaves its due to another one.
OVER = (TrainingStatus.AGAIN, TrainingStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Attended:
    """Whether somebody was there, and how they did in the test."""

    person: Person
    present: bool
    score: Decimal | None = None


@transaction.atomic(durable=True)
def plan(
    contract: Contract,
    *,
    title: str,
    content: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    trainer: str,
    pass_mark: int,
    paper: "File[Any] | None",
    due: Due | None,
    repeats: Training | None,
    token: UUID,
    by: User,
    at: datetime,
) -> Training:
    """Submit the plan of a training for Party A to approve.

    `due` is what the contract asks for at this time, `repeats` the training that was not
    accepted. The same `token` again gives the same training back. Raises MatterRefused.
    """
    hold(contract)
    if known := Training.objects.of(contract).filter(token=token).first():
        return known
    _check_times(contract, starts_at, ends_at, at=at)
    _check_due(contract, due)
    _check_repeats(contract, repeats)
    training = Training.objects.create(
        contract=contract,
        title=title,
        content=content,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        trainer=trainer,
        pass_mark=pass_mark,
        plan=_put_plan(contract, paper, title, by=by, at=at),
        due=due,
        repeats=repeats,
        token=token,
        planned_at=at,
        planned_by=by,
    )
    trail.record(training, TrainingStatus.PLANNED, by=by, at=at)
    return training


@transaction.atomic(durable=True)
def plan_again(
    training: Training,
    *,
    title: str,
    content: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    trainer: str,
    pass_mark: int,
    paper: "File[Any] | None",
    due: Due | None,
    by: User,
    at: datetime,
) -> Training:
    """Submit a plan that was sent back once more, as it is now.

    Raises MatterRefused and TransitionRefused.
    """
    contract = hold(training.contract)
    _check_times(contract, starts_at, ends_at, at=at)
    _check_due(contract, due, besides=training)
    training.move(
        TrainingStatus.PLANNED,
        by=by,
        at=at,
        title=title,
        content=content,
        starts_at=starts_at,
        ends_at=ends_at,
        place=place,
        trainer=trainer,
        pass_mark=pass_mark,
        plan=_put_plan(contract, paper, title, by=by, at=at) or training.plan,
        due=due,
        planned_at=at,
        planned_by=by,
        # The decision was on the plan before; the trail keeps it.
        approved_at=None,
        approved_by=None,
        approved_note="",
    )
    return training


@transaction.atomic(durable=True)
def approve(training: Training, *, note: str, by: User, at: datetime) -> None:
    """Approve plan and content for Party A, before the training begins (第二条5).

    Raises MatterRefused and TransitionRefused.
    """
    if training.status == TrainingStatus.PLANNED and training.starts_at <= at:
        raise MatterRefused(
            _("It was to begin already. Send it back, to be planned for another day.")
        )
    _decide_plan(training, TrainingStatus.APPROVED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def send_back(training: Training, *, note: str, by: User, at: datetime) -> None:
    """Send a plan back to be submitted again; `note` says what is missing.

    Raises MatterRefused and TransitionRefused.
    """
    _check_said(note)
    _decide_plan(training, TrainingStatus.SENT_BACK, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def cancel(training: Training, *, note: str, by: User, at: datetime) -> None:
    """Call a training off before it was held. What is owed stays owed.

    Another one may take its place as a repeat. Raises MatterRefused and TransitionRefused.
    """
    _check_said(note)
    training.move(TrainingStatus.CANCELLED, by=by, at=at, note=note, repeats=None)


@transaction.atomic(durable=True)
def submit_result(
    training: Training,
    *,
    attended: Sequence[Attended],
    result: str,
    materials: Sequence["File[Any]"],
    token: UUID,
    by: User,
    at: datetime,
) -> Training:
    """Record who was there and how they did; what is due at this time is delivered.

    The same form again changes nothing. Raises MatterRefused and TransitionRefused.
    """
    contract = hold(training.contract)
    training.refresh_from_db(fields=["status", "result", "held_by"])
    if training.status == TrainingStatus.HELD and (
        (training.result, training.held_by_id) == (result, by.pk)
    ):
        return training
    if training.status == TrainingStatus.APPROVED and at < training.ends_at:
        raise MatterRefused(_("It has not ended yet."))
    _check_attended(contract, attended)
    training.move(
        TrainingStatus.HELD,
        by=by,
        at=at,
        note=result,
        result=result,
        held_at=at,
        held_by=by,
    )
    Attendance.objects.bulk_create(
        Attendance(
            training=training,
            person=one.person,
            present=one.present,
            score=one.score,
            recorded_at=at,
            recorded_by=by,
        )
        for one in attended
    )
    papers = [
        put(
            contract,
            file=file,
            kind=DocumentKind.EVIDENCE,
            title=f"{training.title} · {file.name}"[:120],
            clause=_clause(contract),
            token=uuid5(token, f"{number}"),
            by=by,
            at=at,
        )
        for number, file in enumerate(materials)
    ]
    training.materials.add(*papers)
    _deliver_due(training, papers, by=by, at=at)
    return training


@transaction.atomic(durable=True)
def accept(training: Training, *, note: str, by: User, at: datetime) -> None:
    """Accept the result for Party A, and what was due with it.

    Raises MatterRefused and TransitionRefused.
    """
    hold(training.contract)
    _decide_result(training, TrainingStatus.ACCEPTED, note=note, by=by, at=at)
    if (due := _due_to_decide(training, by)) and due.obligation.accepted_by_a:
        due.move(DueStatus.ACCEPTED, by=by, at=at, note=note, **_decided(note, by, at))


@transaction.atomic(durable=True)
def hold_again(
    training: Training, *, note: str, again_on: date | None, by: User, at: datetime
) -> None:
    """Ask Party B to hold a training once more, and say why (第六条（一）2).

    What was due is returned, to be done by `again_on`. Where nothing was, the clock of
    the obligation to hold it again starts. Raises MatterRefused and TransitionRefused.
    """
    contract = hold(training.contract)
    _check_said(note)
    due = _due_to_decide(training, by)
    if due and again_on is None:
        raise MatterRefused(_("Say by when it is to be held again."), "again_on")
    if again_on and again_on < localdate(at):
        raise MatterRefused(_("This day is over already."), "again_on")
    owed = {} if training.due_id else {"due": _start_again(contract, training, at=at)}
    _decide_result(training, TrainingStatus.AGAIN, note=note, by=by, at=at, **owed)
    if due:
        due.move(
            DueStatus.RETURNED,
            by=by,
            at=at,
            note=note,
            again_on=again_on,
            returns=due.returns + 1,
            **_decided(note, by, at),
        )


# --- What holds of a plan --------------------------------------------------------------------


def _check_times(
    contract: Contract, starts_at: datetime, ends_at: datetime, *, at: datetime
) -> None:
    if ends_at <= starts_at:
        raise MatterRefused(_("It ends before it begins."), "ends_at")
    if starts_at <= at:
        raise MatterRefused(
            _("A training is planned, and approved, before it is held (第二条5)."),
            "starts_at",
        )
    for moment, field in ((starts_at, "starts_at"), (ends_at, "ends_at")):
        check_within(contract, localdate(moment), field)


def dues_of_training(contract: Contract) -> Any:
    """Return what Party B owes the contract in the way of training."""
    return Due.objects.of(contract).filter(
        obligation__side=Side.B, obligation__rules__contains=[RULE]
    )


def _check_due(
    contract: Contract, due: Due | None, *, besides: Training | None = None
) -> None:
    if due is None:
        return
    owed = dues_of_training(contract).owed().filter(pk=due.pk)
    if not owed.exists():
        raise MatterRefused(_("This is not owed, or not for a training."), "due")
    others = Training.objects.filter(due=due).exclude(status__in=OVER)
    if besides:
        others = others.exclude(pk=besides.pk)
    if other := others.first():
        raise MatterRefused(
            _("Another training is planned for this: %(title)s.")
            % {"title": other.title},
            "due",
        )


def _check_repeats(contract: Contract, repeats: Training | None) -> None:
    if repeats is None:
        return
    if repeats.contract_id != contract.pk or repeats.status != TrainingStatus.AGAIN:
        raise MatterRefused(_("This is not one to be held again."), "repeats")
    if Training.objects.filter(repeats=repeats).exists():
        raise MatterRefused(_("It has been planned again already."), "repeats")


def _put_plan(
    contract: Contract,
    paper: "File[Any] | None",
    title: str,
    *,
    by: User,
    at: datetime,
) -> Document | None:
    if not paper:
        return None
    return put(
        contract,
        file=paper,
        kind=DocumentKind.PLAN,
        title=title,
        clause=_clause(contract),
        by=by,
        at=at,
    )


def _clause(contract: Contract) -> Clause | None:
    return contract.clauses.filter(rules__contains=[RULE]).first()


# --- What holds of decisions and results -------------------------------------------------------


def _check_said(note: str) -> None:
    if not note.strip():
        raise MatterRefused(_("Say why."), "note")


def _decide_plan(
    training: Training, to: TrainingStatus, *, note: str, by: User, at: datetime
) -> None:
    if by.pk == training.planned_by_id:
        raise MatterRefused(_("Nobody decides on what they have submitted themselves."))
    training.move(
        to,
        by=by,
        at=at,
        note=note,
        approved_at=at,
        approved_by=by,
        approved_note=note,
    )


def _decide_result(
    training: Training,
    to: TrainingStatus,
    *,
    note: str,
    by: User,
    at: datetime,
    **also: Any,
) -> None:
    if by.pk == training.held_by_id:
        raise MatterRefused(_("Nobody decides on what they have submitted themselves."))
    training.move(
        to,
        by=by,
        at=at,
        note=note,
        accepted_at=at,
        accepted_by=by,
        accepted_note=note,
        **also,
    )


def _check_attended(contract: Contract, attended: Sequence[Attended]) -> None:
    if not any(one.present for one in attended):
        raise MatterRefused(_("At least one person was there, or it was not held."))
    if any(one.score is not None and not one.present for one in attended):
        raise MatterRefused(_("Only who was there has a score."))
    if any(one.person.contract_id != contract.pk for one in attended):
        raise MatterRefused(_("Somebody is of another contract."))


# --- What is due -------------------------------------------------------------------------------


def _held_due(training: Training) -> Due | None:
    """Return what is due with a training; nobody else moves it until this is done."""
    dues = Due.objects.select_related("obligation")
    dues = dues.select_for_update(of=("self",), no_key=True)
    return dues.filter(pk=training.due_id or 0).first()


def _deliver_due(
    training: Training, papers: Sequence[Document], *, by: User, at: datetime
) -> None:
    due = _held_due(training)
    if due and due.owed:  # somebody may have delivered it in another way meanwhile
        due.deliver(by=by, at=at, note=training.result)
        due.evidence.add(*papers)


def _due_to_decide(training: Training, by: User) -> Due | None:
    """Return what was delivered with a training and waits for Party A's word."""
    due = _held_due(training)
    if due is None or due.status != DueStatus.DELIVERED:
        return None
    if due.delivered_by_id == by.pk:
        raise MatterRefused(_("Whoever delivered something cannot accept it."))
    return due


def _decided(note: str, by: User, at: datetime) -> dict[str, Any]:
    return {"decided_at": at, "decided_by": by, "decided_note": note}


def _start_again(contract: Contract, training: Training, *, at: datetime) -> Due | None:
    """Start the clock by which a training that failed is held again, if there is one."""
    for obligation in contract.obligations.filter(
        mode=Mode.ON_EVENT, side=Side.B, rules__contains=[RULE]
    ):
        rule = DueRule.from_plain(obligation.due_rule)
        if rule.event is not Event.TRAINING_FAILED or rule.chosen_by_a:
            continue
        calendar = CalendarDay.objects.all().calendar()
        roll = clocks.rolls(contract, localdate(at))
        return Due.objects.create(
            contract=contract,
            obligation=obligation,
            label=f"{training.title[:60]} ({training.pk})",
            **clocks.dated_after(rule, at, calendar, roll, None),
        )
    return None
