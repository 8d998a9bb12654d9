"""Pages of what the parties owe each other: the register, one obligation, one due."""

from collections.abc import Callable
from datetime import datetime, time
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import get_default_timezone, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.paging import page
from accounts.templatetags.frame import day
from contracts.access import ContractRequest, requires, side_of
from contracts.actions.documents import DocumentRefused
from contracts.actions.obligations import ObligationRefused, is_told
from contracts.actions.obligations import begin as begin_due
from contracts.due_steps import Step, open_steps
from contracts.filters.obligations import ObligationFilter
from contracts.forms.obligations import BeginForm
from contracts.forms.steps import StepForm
from contracts.models import (
    AuditEntry,
    Contact,
    Due,
    DueStatus,
    Obligation,
    Termination,
    TransitionRefused,
)
from contracts.models.obligation import CAUSES

#: Who may look at what a termination says.
TERMINATIONS = {"billing.view_termination"}
#: More occasions than this are not shown all at once.
FEW = 40
BEGIN_FIELDS = ("what", "happened_at", "due_on")
#: How the timeline shows what was done to a due.
TONES: dict[str, str] = {
    DueStatus.DELIVERED: "info",
    DueStatus.ACCEPTED: "good",
    DueStatus.RETURNED: "warn",
    DueStatus.DROPPED: "neutral",
}


@require_safe
@requires("contracts.view")
def obligations(request: ContractRequest) -> HttpResponse:
    at = now()
    found = ObligationFilter(
        request.GET,
        queryset=Obligation.objects.of(request.contract)
        .with_counts(at)
        .select_related("clause"),
        contract=request.contract,
        at=at,
    )
    rows = list(found.qs.order_by("clause__order", "order"))
    context = {
        "filter": found,
        "groups": [
            (clause, list(group))
            for clause, group in groupby(rows, key=attrgetter("clause"))
        ],
        "number": len(rows),
        "late": sum(row.late for row in rows),
        "to_accept": sum(row.waiting for row in rows),
        "narrowed": bool(request.GET),
        "at": at,
    }
    return render(request, "contracts/obligations.html", context)


@require_safe
@requires("contracts.view")
def obligation(request: ContractRequest, pk: int) -> HttpResponse:
    return _obligation_page(request, pk)


@require_POST
@requires("contracts.deliver")
def begin(request: ContractRequest, pk: int) -> HttpResponse:
    """Record that what an obligation waits for has happened."""
    at = now()
    shown = get_object_or_404(Obligation.objects.of(request.contract), pk=pk)
    form = BeginForm(request.POST, contract=request.contract, at=at)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in BEGIN_FIELDS}
        try:
            due = begin_due(shown, by=request.user, at=at, **given)
        except ObligationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The clock runs."))
            return redirect(due)
    return _obligation_page(request, pk, refused=form, status=422)


def _obligation_page(
    request: ContractRequest,
    pk: int,
    *,
    refused: BeginForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    rows = Obligation.objects.of(request.contract).with_counts(at)
    shown = get_object_or_404(rows.select_related("clause"), pk=pk)
    views = _views_of(shown, at)
    asked = request.GET.get("show", "")
    view = asked if asked in views else _first_view(views)
    begin = refused
    if begin is None and is_told(shown) and "contracts.deliver" in request.may:
        begin = BeginForm(contract=request.contract, at=at)
    _label, number, dues = views[view]
    context = {
        "obligation": shown,
        "begin": begin,
        "tabs": [
            {
                "label": label,
                "count": count,
                "href": f"?show={name}",
                "current": name == view,
            }
            for name, (label, count, _dues) in views.items()
        ],
        "number": number,
        "page": page(
            dues.defer("explained").select_related("obligation"),
            "due_at",
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        ),
        "undated": shown.dues.filter(due_at=None).order_by("pk")[:FEW],
        "at": at,
    }
    return render(request, "contracts/obligation.html", context, status=status)


def _views_of(
    obligation: Obligation, at: datetime
) -> dict[str, tuple[str, int, QuerySet[Due]]]:
    """Return the views of an obligation's occasions: name → label, number, rows."""
    dues = obligation.dues.exclude(due_at=None)
    late = Q(pk__in=dues.overdue(at))
    ended = (DueStatus.DELIVERED, DueStatus.ACCEPTED)
    total = dues.count()
    return {
        "late": (pgettext("due", "Late"), obligation.late, dues.filter(late)),
        "open": (
            pgettext("due", "To do"),
            obligation.open + obligation.returned,
            dues.owed().exclude(late),
        ),
        "done": (
            pgettext("due", "Delivered"),
            obligation.waiting + obligation.done,
            dues.filter(status__in=ended),
        ),
        "all": (pgettext("due", "All"), total, dues),
    }


def _first_view(views: dict[str, tuple[str, int, QuerySet[Due]]]) -> str:
    """Return the view to begin with: all of few; of many, what is late, or still to do."""
    if views["all"][1] <= FEW:
        return "all"
    return "late" if views["late"][1] else "open"


@require_safe
@requires("contracts.view")
def due(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _due(request, pk))


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on a due."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        shown, at = _due(request, pk), now()
        form = step.form(request.POST, request.FILES, record=shown, at=at)
        if form.is_valid():
            sided = {"side": side_of(request.role)} if step.sided else {}
            try:
                step.take(shown, by=request.user, at=at, **sided, **form.cleaned_data)
            except (ObligationRefused, DocumentRefused, TransitionRefused) as refusal:
                shown = _due(request, pk)  # as somebody else has left it
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Done. It is on record."))
                return redirect(shown)
        return _page(request, shown, refused={step.name: form}, status=422)

    take.__name__ = step.name
    return take


def _due(request: ContractRequest, pk: int) -> Due:
    dues = Due.objects.of(request.contract).select_related(
        "contract", "obligation__clause", "delivered_by", "decided_by", *CAUSES
    )
    return get_object_or_404(dues, pk=pk)


def _page(
    request: ContractRequest,
    shown: Due,
    *,
    refused: dict[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, cause = now(), _cause_of(shown)
    context = {
        "due": shown,
        "cause": cause,
        "cause_href": _way_to(request, cause),
        "started_at": _started_at(shown),
        "steps": open_steps(
            shown,
            side=side_of(request.role),
            may=request.may,
            at=at,
            refused=refused or {},
        ),
        "evidence": shown.evidence.visible_to(request.role).order_by("pk"),
        "events": _events(shown),
        "at": at,
    }
    return render(request, "contracts/due.html", context, status=status)


def _cause_of(shown: Due) -> Any:
    """Return the record that set the due off; None where the contract's dates did."""
    return next((one for cause in CAUSES if (one := getattr(shown, cause))), None)


def _way_to(request: ContractRequest, cause: Any) -> str:
    """Return the page of what set a due off; "" where this person has none of it."""
    if cause is None or isinstance(cause, Contact):
        return ""
    if isinstance(cause, Termination) and not TERMINATIONS & request.may:
        return ""
    cause.contract = request.contract
    return str(cause.get_absolute_url())


def _started_at(shown: Due) -> datetime | None:
    """Return when the time for a due began to run."""
    counted = shown.deadline
    if counted is None:
        return None
    return counted.start_at or datetime.combine(
        counted.start_on, time(), get_default_timezone()
    )


def _events(shown: Due) -> list[dict[str, Any]]:
    """Return what happened to a due, newest first: steps, and moves of its day."""
    steps = [
        {
            "title": DueStatus(entry.became).label,
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": TONES.get(entry.became, "neutral"),
        }
        for entry in AuditEntry.objects.about(shown).select_related("by")
    ]
    moves = [
        {
            "title": _("Counted anew"),
            "at": move.at,
            "by": move.by,
            "text": move.reason,
            "tone": "info",
            "changes": [
                {
                    "field": _("due on"),
                    "was": day(move.was_on),
                    "became": day(move.became_on),
                }
            ],
        }
        for move in shown.moves.select_related("by")
    ]
    return sorted(steps + moves, key=lambda event: event["at"], reverse=True)
