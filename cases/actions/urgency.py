"""Orders that come in urgent: the platform says so, or their words do（第二条 2）."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from cases.models import FINISHED, OPEN, Alarm, Case, Entry, EntryKind, Urgency
from cases.rules.alarms import urgent_words_in

from .alarms import CAUSE, end_alarm

BY_THE_PLATFORM = "平台标记紧急"
#: What came longer ago is history when it comes in: nobody is woken for it.
FRESH = timedelta(days=1)


def make_urgent(cases: Iterable[Case], words: Sequence[str], *, at: datetime) -> int:
    """Mark what is urgent of some orders, raise its alarms, and say how many rang.

    By the platform's mark, or by the desk's list of words. In the transaction of
    whoever has just made the orders, or holds them locked. An order that has an alarm
    keeps it; one of days ago that is only now imported is marked, and wakes nobody.
    """
    causes = {
        case: cause
        for case in cases
        if case.status in OPEN and (cause := _cause(case, words))
    }
    marked = [
        case
        for case in causes
        if not (case.urgent_because and case.urgency == Urgency.URGENT)
    ]
    for case in marked:
        case.urgent_because = case.urgent_because or causes[case]
        case.urgency = Urgency.URGENT
    Case.objects.bulk_update(marked, ["urgency", "urgent_because"], batch_size=500)
    fresh = {case: why for case, why in causes.items() if case.counted_at > at - FRESH}
    return _ring(fresh, at=at)


def end_alarms(cases: Iterable[Case], *, at: datetime) -> None:
    """End the alarms of those orders among some that are finished."""
    finished = [case for case in cases if case.status in FINISHED]
    for alarm in Alarm.objects.tracked().filter(case__in=finished):
        end_alarm(alarm.case, at=at)


def _cause(case: Case, words: Sequence[str]) -> str:
    found = urgent_words_in(f"{case.title}\n{case.content}", words)
    causes = [BY_THE_PLATFORM] if case.urgency == Urgency.URGENT else []
    return "、".join([*causes, *found])[:CAUSE]


def _ring(causes: Mapping[Case, str], *, at: datetime) -> int:
    if not causes:
        return 0
    alarmed = Alarm.objects.tracked().filter(case__in=causes)
    known = set(alarmed.values_list("case", flat=True))
    rung = [case for case in causes if case.pk not in known]
    Alarm.objects.bulk_create(
        Alarm(case=case, cause=causes[case], raised_at=at, climbed_at=at)
        for case in rung
    )
    Entry.objects.bulk_create(
        Entry(
            case=case,
            kind=EntryKind.ALARMED,
            at=at,
            recorded_at=at,
            text=causes[case],
        )
        for case in rung
    )
    return len(rung)
