"""The handover at the end, line by line."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from contracts.access import ContractRequest, requires
from contracts.actions import handover as actions
from contracts.actions.handover import HandoverRefused
from contracts.filters.handover import LineFilter
from contracts.forms.handover import LinesForm, RefuseForm
from contracts.models import (
    Acceptance,
    AcceptanceKind,
    Due,
    HandoverLine,
    LineStatus,
    Package,
    TransitionRefused,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line of a step on several; `why` it was refused, if so."""

    line: HandoverLine
    why: str = ""


@require_safe
@requires("contracts.view")
def handover(request: ContractRequest) -> HttpResponse:
    return _page(request)


@require_POST
@requires("contracts.hand_over")
def draw_up(request: ContractRequest) -> HttpResponse:
    try:
        added = actions.draw_up(request.contract, by=request.user, at=now())
    except HandoverRefused as refusal:
        return _page(request, refusal=str(refusal), status=422)
    words = ngettext(
        "The list is drawn up; %(count)d line is new.",
        "The list is drawn up; %(count)d lines are new.",
        added,
    )
    messages.success(request, words % {"count": added})
    return redirect("contracts:handover", request.contract.number)


def _lines_view(
    action: str, form_class: type[LinesForm], take: Callable[..., None]
) -> Callable[..., Any]:
    """Return the view that takes one step on the selected lines, each by itself."""

    @require_POST
    @requires(action)
    def step(request: ContractRequest) -> HttpResponse:
        form = form_class(request.POST, contract=request.contract, at=now())
        if not form.is_valid():
            return _page(request, form=form, status=422)
        note = form.cleaned_data["note"]
        outcomes = [
            _take(take, line, note=note, by=request.user)
            for line in form.cleaned_data["selected"]
        ]
        if any(outcome.why for outcome in outcomes):
            return _page(request, outcomes=outcomes, status=422)
        words = ngettext(
            "Done for %(count)d line: %(lines)s.",
            "Done for %(count)d lines: %(lines)s.",
            len(outcomes),
        )
        numbers = ", ".join(str(outcome.line.number) for outcome in outcomes)
        messages.success(request, words % {"count": len(outcomes), "lines": numbers})
        return redirect("contracts:handover", request.contract.number)

    return step


def _take(take: Callable[..., None], line: HandoverLine, **given: Any) -> Outcome:
    try:
        take(line, at=now(), **given)
    except (HandoverRefused, TransitionRefused) as refusal:
        return Outcome(line, str(refusal))
    return Outcome(line)


hand_over = _lines_view("contracts.hand_over", LinesForm, actions.hand_over)
accept = _lines_view("contracts.accept", LinesForm, actions.accept)
refuse = _lines_view("contracts.accept", RefuseForm, actions.refuse)


def _page(
    request: ContractRequest,
    *,
    form: forms.Form | None = None,
    outcomes: Iterable[Outcome] = (),
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    lines = HandoverLine.objects.of(request.contract)
    found = LineFilter(
        request.GET,
        lines.select_related("clause", "due", "handed_over_by", "decided_by"),
    )
    by_status = Counter(lines.values_list("status", flat=True))
    packages = Package.objects.of(request.contract).select_related("asked_by")
    context = {
        "filter": found,
        "lines": found.qs,
        "narrowed": bool(request.GET),
        "total": by_status.total(),
        "accepted": by_status[LineStatus.ACCEPTED],
        "handed_over": by_status[LineStatus.HANDED_OVER],
        "refused": by_status[LineStatus.REFUSED],
        "dues": Due.objects.of(request.contract)
        .filter(handover_lines__isnull=False)
        .distinct()
        .select_related("obligation__clause"),
        "acceptances": Acceptance.objects.of(request.contract).filter(
            kind=AcceptanceKind.HANDOVER
        ),
        "packages": packages[:10],
        "token": uuid4(),
        "form": form or LinesForm(contract=request.contract, at=now()),
        "outcomes": list(outcomes),
        "refusal": refusal,
        "at": now(),
    }
    return render(request, "contracts/handover.html", context, status=status)
