"""Clocks that run for the parties: each a due with its date, and how that was counted."""

from datetime import date, datetime
from typing import Any

from django.db.models import Model

from contracts.models import (
    CalendarDay,
    Contract,
    Due,
    DueStatus,
    Mode,
    Obligation,
    Reading,
    Side,
)
from contracts.models.obligation import CAUSES
from contracts.rules.calendar import (
    BEIJING,
    CalendarMissing,
    Deadline,
    Unit,
    WorkCalendar,
)
from contracts.rules.obligations import (
    DueRule,
    Event,
    due_after,
    occasions,
    to_plain,
)
from contracts.rules.readings import DayOffRule


def dated(deadline: Deadline | None, missing: int | None = None) -> dict[str, Any]:
    """Return the fields of a due that a deadline fills."""
    if deadline is None:
        return {
            "due_on": None,
            "due_at": None,
            "explained": None,
            "provisional": True,
            "missing_year": missing,
        }
    return {
        "due_on": deadline.due_on,
        "due_at": deadline.ends_at,
        "explained": to_plain(deadline),
        "provisional": deadline.provisional,
        "missing_year": None,
    }


def rolls(contract: Contract, day: date) -> bool:
    """Tell whether natural days that end on a day off run on, as it is read on a day."""
    reading = Reading.objects.of(contract).in_force(day).day_off_rule
    return reading is DayOffRule.ROLL


def expected(
    obligation: Obligation,
    contract: Contract,
    *,
    periods: list[Any],
    calendar: WorkCalendar,
    roll: bool,
) -> list[Due]:
    """Return the dues that follow from the contract's own dates, not saved."""
    if obligation.mode not in (Mode.ONCE, Mode.RECURRING):
        return []
    found = occasions(
        DueRule.from_plain(obligation.due_rule),
        signed_on=contract.signed_on,
        effective_on=contract.effective_on,
        term=contract.term,
        periods=periods,
        calendar=calendar,
        roll=roll,
    )
    return [
        Due(
            contract=contract,
            obligation=obligation,
            label=one.label,
            **dated(one.deadline, one.missing),
        )
        for one in found
    ]


def put_dues(contract: Contract, *, on: date) -> int:
    """Add the dues of the whole term that are not there yet; return how many were added.

    Inside the transaction of whatever brings the obligations.
    """
    calendar = CalendarDay.objects.all().calendar()
    roll = rolls(contract, on)
    periods = list(contract.periods.all())
    known = set(Due.objects.of(contract).values_list("obligation", "label"))
    dues = [
        due
        for obligation in contract.obligations.all()
        for due in expected(
            obligation, contract, periods=periods, calendar=calendar, roll=roll
        )
        if (obligation.pk, due.label) not in known
    ]
    Due.objects.bulk_create(dues)
    return len(dues)


def start(
    contract: Contract,
    event: Event,
    *,
    happened_at: datetime,
    cause: Model,
    side: Side | None = None,
    obligation: Obligation | None = None,
    due_on: date | None = None,
) -> list[Due]:
    """Start the clocks that an event sets off, and return the dues.

    Those of every obligation that waits for the event: of one `side`, where the event
    is that side's; or of `obligation` alone.
    `due_on` is the day Party A has chosen, for those that leave it to it. `cause` is
    the record of the event. Inside the transaction of that record.
    """
    name = next(one for one in CAUSES if isinstance(cause, _model(one)))
    calendar = CalendarDay.objects.all().calendar()
    roll = rolls(contract, happened_at.astimezone(BEIJING).date())
    waiting = contract.obligations.filter(mode=Mode.ON_EVENT)
    if side:
        waiting = waiting.filter(side=side)
    dues = []
    for one in [obligation] if obligation else waiting:
        rule = DueRule.from_plain(one.due_rule)
        if rule.event is not event or (rule.chosen_by_a and due_on is None):
            continue
        dues.append(
            Due(
                contract=contract,
                obligation=one,
                label=_label(one, cause, name),
                **dated_after(rule, happened_at, calendar, roll, due_on),
                **{name: cause},
            )
        )
    return Due.objects.bulk_create(dues)


def drop(dues: Any, *, at: datetime, by: Any, note: str) -> None:
    """Drop the dues of these that nobody has delivered: nothing is owed any more."""
    for due in dues.owed():
        due.move(DueStatus.DROPPED, by=by, at=at, note=note)


def dated_after(
    rule: DueRule,
    happened_at: datetime,
    calendar: WorkCalendar,
    roll: bool,
    due_on: date | None,
) -> dict[str, Any]:
    """Return the fields of a due that an event fills, or the day Party A has chosen."""
    if rule.chosen_by_a and due_on:
        since = happened_at.astimezone(BEIJING).date()
        days = max((due_on - since).days, 0)
        return dated(Deadline(due_on, since, days, Unit.DAYS))
    try:
        return dated(due_after(rule, happened_at, calendar, roll=roll))
    except CalendarMissing as missing:
        started = {"since": happened_at.isoformat()}
        return dated(None, missing.year) | {"explained": started}


def _label(obligation: Obligation, cause: Model, name: str) -> str:
    """Return a label that no other due of the obligation has: what set it off."""
    label = f"{cause}"[:70]
    if Due.objects.filter(obligation=obligation, label=label).exists():
        return f"{label} ({cause.pk})"
    return label


def _model(cause: str) -> type[Model]:
    return Due._meta.get_field(cause).related_model  # type: ignore[return-value]
