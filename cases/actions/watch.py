"""What the clock does about orders by itself: alarms climb, units are pressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext

from accounts.messages import keep_only, owe
from cases import reminders
from cases.clocks import begins_at, whole_clock
from cases.models import (
    FINISHED,
    Alarm,
    Application,
    ApplicationKind,
    Case,
    Entry,
    EntryKind,
    Rung,
    Urging,
    UrgingKind,
    UrgingLevel,
)
from cases.rules.alarms import rung_at
from contracts.actions.numbers import hold
from contracts.models import Contract, Reading
from contracts.rules.readings import InternalLimits

from .urging import number, sent_to

#: What the clock presses with, from the first step to the last.
LEVELS = (
    UrgingLevel.HALF,
    UrgingLevel.NEAR,
    UrgingLevel.LAST,
    UrgingLevel.OVERDUE,
)
#: A step that was passed longer ago is not pressed for any more.
LOOKS_BACK = timedelta(days=1)
ALL = 100


@dataclass(frozen=True, slots=True)
class Watched:
    """What one look at the clock came to."""

    climbed: int
    urged: int
    told: int


@transaction.atomic(durable=True)
def watch(contract: Contract, *, at: datetime) -> Watched:
    """Let alarms climb that nobody acknowledges, press for answers, and tell people.

    Run it as often as you like, and twice at once: nothing happens a second time. What
    somebody else has locked waits for the next time.
    """
    held = hold(contract)
    limits = Reading.objects.of(held).in_force(localdate(at)).internal_limits
    _end_alarms_of_the_finished(held, at)
    ringing = list(
        Alarm.objects.of(held)
        .ringing()
        .select_related("case")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
    )
    climbed = _climb(ringing, limits, at)
    urged = _press(held, limits, at)
    rung = reminders.of_alarms(held, ringing)
    abouts = set(map(reminders.about_alarm, Alarm.objects.of(held).ringing()))
    keep_only(reminders.ALARM, abouts, contract_number=held.number, at=at)
    told = owe([*rung, *reminders.of_urgings(held, urged)], at=at)
    return Watched(climbed=climbed, urged=len(urged), told=told)


# --- Alarms --------------------------------------------------------------------------------


def _end_alarms_of_the_finished(contract: Contract, at: datetime) -> None:
    """End alarms of what the platform has closed: an import asks nobody."""
    over = Alarm.objects.of(contract).tracked().filter(case__status__in=FINISHED)
    over.update(ended_at=at)


def _climb(alarms: Sequence[Alarm], limits: InternalLimits, at: datetime) -> int:
    """Pass alarms up to where they should be by now; write each rung to the ledger."""
    entries = []
    for alarm in alarms:
        due = rung_at(alarm.raised_at, limits.climb_minutes, at)
        for rung in range(alarm.rung + 1, due + 1):
            entries.append(
                Entry(
                    case_id=alarm.case_id,
                    kind=EntryKind.CLIMBED,
                    at=at,
                    recorded_at=at,
                    text=gettext("Told: %(who)s") % {"who": Rung(rung).label},
                )
            )
            alarm.rung, alarm.climbed_at = rung, at
    Alarm.objects.bulk_update(alarms, ["rung", "climbed_at"], batch_size=500)
    Entry.objects.bulk_create(entries)
    return len(entries)


# --- Urgings -------------------------------------------------------------------------------


def _press(contract: Contract, limits: InternalLimits, at: datetime) -> list[Urging]:
    """Press for each order that has passed a step of its time, once for each step."""
    percents = [int(share * 100) for share in limits.urge_at]
    cases = _candidates(contract, percents, at)
    extensions = _extensions(cases)
    done = set(
        Urging.objects.filter(case__in=cases, level__in=LEVELS).values_list(
            "case_id", "attempt", "level"
        )
    )
    made = []
    for case in cases:
        step = _step(case, extensions.get(case.pk, []), limits, at)
        if step is not None and not any(
            (case.pk, case.attempts, level) in done for level in LEVELS[step:]
        ):
            case.urge_stage = [*percents, ALL][step]
            made.append(_urging(contract, case, LEVELS[step], at))
    number(contract, made, at=at)
    Urging.objects.bulk_create(made)
    _write_down(made, at)
    return made


def _candidates(
    contract: Contract, percents: Sequence[int], at: datetime
) -> list[Case]:
    """Return the orders that the clock may have to press for, locked.

    By the index of deadlines: what ran out long ago is not looked at.
    """
    live = Case.objects.of(contract).open().filter(due_at__gt=at - LOOKS_BACK)
    steps = [
        live.filter(urge_stage__lt=percent).having_used(percent, at)
        for percent in (*percents, ALL)
    ]
    found = reduce(or_, steps).select_related("unit").order_by("pk")
    return list(
        found.defer("content", "result", "reply", "extra").select_for_update(
            of=("self",), no_key=True, skip_locked=True
        )
    )


def _extensions(cases: Sequence[Case]) -> dict[int, list[Application]]:
    """Return what was granted to these orders in this handling, in one look."""
    paused = {case.pk: case for case in cases if case.paused}
    found: dict[int, list[Application]] = {}
    if not paused:
        return found
    granted = Application.objects.granted().filter(
        case__in=paused, kind=ApplicationKind.EXTENSION, decided_at__isnull=False
    )
    for one in granted.order_by("decided_at", "pk"):
        if one.decided_at and one.decided_at >= begins_at(paused[one.case_id]):
            found.setdefault(one.case_id, []).append(one)
    return found


def _step(
    case: Case, extensions: list[Application], limits: InternalLimits, at: datetime
) -> int | None:
    """Return the highest step that an order has passed while we had it; None for none.

    What had been passed before it came in, or longer ago than a day, is nobody's to be
    pressed for: so an import of old orders presses for none of them.
    """
    clock = whole_clock(case, extensions)
    if clock is None:
        return None
    since = max(case.reopened_at or case.received_at, at - LOOKS_BACK)
    moments = [*map(clock.reached_at, limits.urge_at), clock.due_at]
    passed = [step for step, moment in enumerate(moments) if since < moment <= at]
    return passed[-1] if passed else None


def _urging(contract: Contract, case: Case, level: UrgingLevel, at: datetime) -> Urging:
    text = (
        gettext("The time for this order has run out. Answer at once.")
        if level == UrgingLevel.OVERDUE
        else gettext(
            "%(percent)d %% of the time for this order is gone. Answer in time."
        )
        % {"percent": case.urge_stage}
    )
    return Urging(
        contract=contract,
        case=case,
        kind=UrgingKind.URGING,
        level=level,
        attempt=case.attempts,
        unit=sent_to(case),
        text=text,
        answer_by=case.inner_due_at or case.due_at,
        sent_at=at,
    )


def _write_down(urgings: Sequence[Urging], at: datetime) -> None:
    cases = [one.case for one in urgings]
    for case in cases:
        case.urged = F("urged") + 1
    Case.objects.bulk_update(cases, ["urged", "urge_stage"], batch_size=500)
    Entry.objects.bulk_create(
        Entry(
            case=one.case,
            kind=EntryKind.URGED,
            at=at,
            recorded_at=at,
            text=one.text,
        )
        for one in urgings
    )
