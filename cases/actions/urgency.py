"""Orders that come in urgent: the platform says so, or their words do（第二条 2）."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cases.models import FINISHED, OPEN, Alarm, Case, Urgency
from cases.rules.alarms import urgent_words_in

from .alarms import BY_THE_PLATFORM, CAUSE, end_alarm, raise_alarms


def make_urgent(cases: Iterable[Case], words: Sequence[str], *, at: datetime) -> None:
    """Raise the alarm for what is urgent of some orders, and mark it.

    In the transaction of whoever has just made them, or holds them locked.
    """
    waiting = [case for case in cases if case.status in OPEN]
    # First, while `urgency` is still what the platform says: it is half of the cause.
    raise_alarms(waiting, at=at, by=None)
    marked = []
    for case in waiting:
        because = _why(case, words)
        if because and not (case.urgent_because and case.urgency == Urgency.URGENT):
            case.urgent_because = case.urgent_because or because
            case.urgency = Urgency.URGENT
            marked.append(case)
    Case.objects.bulk_update(marked, ["urgency", "urgent_because"], batch_size=500)


def end_alarms(cases: Iterable[Case], *, at: datetime) -> None:
    """End the alarms of those orders among some that are finished."""
    finished = [case for case in cases if case.status in FINISHED]
    for alarm in Alarm.objects.tracked().filter(case__in=finished):
        end_alarm(alarm.case, at=at)


def _why(case: Case, words: Sequence[str]) -> str:
    found = urgent_words_in(f"{case.title}\n{case.content}", words)
    causes = [BY_THE_PLATFORM] if case.urgency == Urgency.URGENT else []
    return "、".join([*causes, *found])[:CAUSE]
