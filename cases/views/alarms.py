"""The queue of urgent orders（紧急流转）, which looks at itself again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from cases import actions
from cases.models import Alarm, Rung
from cases.models.alarm import AlarmQuerySet
from cases.rules.alarms import climbs_at
from contracts.access import ContractRequest, requires
from contracts.models import Reading, TransitionRefused
from contracts.rules.readings import InternalLimits

#: More than anybody can look through; the longest waiting are the first.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """A line of the queue: until when somebody is to answer, and when it climbs."""

    alarm: Alarm
    acknowledge_by: datetime
    climbs_at: datetime | None


@require_safe
@requires("cases.view")
def alarms(request: ContractRequest) -> HttpResponse:
    """Show what rings, and then what is tracked, the longest waiting first."""
    return _page(request)


@require_POST
@requires("cases.alarm")
def acknowledge(request: ContractRequest, pk: int) -> HttpResponse:
    alarm = get_object_or_404(_seen(request), pk=pk)
    try:
        actions.acknowledge(alarm, by=request.user, at=now())
    except TransitionRefused as refusal:
        return _page(request, refusal=str(refusal), status=422)
    return redirect("cases:alarms", request.contract.number)


def _seen(request: ContractRequest) -> AlarmQuerySet:
    alarms: AlarmQuerySet = Alarm.objects.of(request.contract).seen_by(
        request.user, request.role
    )
    return alarms.select_related("case", "case__unit", "acknowledged_by")


def _page(
    request: ContractRequest, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Render the queue; for htmx, only the part that it asks for again."""
    at = now()
    tracked = _seen(request).tracked()
    in_turn = tracked.order_by(
        F("acknowledged_at").asc(nulls_first=True), "raised_at", "pk"
    ).defer("case__content", "case__result", "case__reply", "case__extra")
    found = list(in_turn[: SHOWN + 1])
    limits = Reading.objects.of(request.contract).in_force(localdate(at))
    context = {
        "rows": list(_shown(found[:SHOWN], limits.internal_limits)),
        "more": len(found) > SHOWN,
        "ringing": tracked.ringing().count(),
        "at": at,
        "refusal": refusal,
    }
    part = "#queue" if request.htmx else ""
    return render(request, f"cases/alarms.html{part}", context, status=status)


def _shown(alarms: Sequence[Alarm], limits: InternalLimits) -> Iterator[ShownAlarm]:
    within = timedelta(minutes=limits.acknowledge_minutes)
    for alarm in alarms:
        next_rung = alarm.rung + 1
        yield ShownAlarm(
            alarm,
            alarm.raised_at + within,
            climbs_at(alarm.raised_at, limits.climb_minutes, next_rung)
            if next_rung in Rung.values
            else None,
        )
