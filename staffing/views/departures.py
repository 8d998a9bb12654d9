"""Pages of departures: who leaves, by when they had to say so, who follows（第六条（二）11）."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.forms.base import ContractForm
from contracts.forms.steps import StepForm
from contracts.views.matters import attempt, events
from staffing.actions import departures as actions
from staffing.actions.leaving import shifts_after
from staffing.filters.departures import DepartureFilter
from staffing.forms.departures import (
    ConsentForm,
    DepartureForm,
    GoneForm,
    LeftForm,
    RefillForm,
    RefuseDepartureForm,
    WithdrawDepartureForm,
)
from staffing.models import Departure, DepartureStatus
from staffing.rules.departures import half_a_year

from .steps import Step, open_steps, step_views, tabs

WORDS = dict(DepartureStatus.choices)
#: The URL of each list of who goes, and what is on it.
LISTS = {
    "departures": _("Departures"),
    "demands": _("Demands for replacement"),
}


def _asked(record: Departure, _user: User) -> bool:
    return record.status == DepartureStatus.APPLIED


def _to_decide(record: Departure, user: User) -> bool:
    return _asked(record, user) and record.applied_by_id != user.pk


def _still_there(record: Departure, _user: User) -> bool:
    return DepartureStatus.LEFT in record.NEXT.get(record.status, ())


def _gone(record: Departure, _user: User) -> bool:
    return record.status == DepartureStatus.LEFT


STEPS = (
    Step(
        "consent",
        "staffing.approve",
        ConsentForm,
        actions.consent,
        _to_decide,
    ),
    Step(
        "refuse",
        "staffing.approve",
        RefuseDepartureForm,
        actions.refuse,
        _to_decide,
        grave=True,
    ),
    Step("refill", "staffing.leave", RefillForm, actions.refill, _gone),
    Step(
        "left",
        "staffing.leave",
        LeftForm,
        actions.record_left,
        _still_there,
        grave=True,
    ),
    Step(
        "withdraw",
        "staffing.leave",
        WithdrawDepartureForm,
        actions.withdraw,
        _still_there,
        grave=True,
    ),
)


@require_safe
@requires("staffing.view_people")
def departures(request: ContractRequest) -> HttpResponse:
    rows = Departure.objects.of(request.contract)
    found = DepartureFilter(request.GET, queryset=rows)
    shown = page(
        found.qs.select_related("person__post", "newcomer"),
        "-applied_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": bool(request.GET),
        "page": shown,
        "count": count(found.qs),
        "today": localdate(now()),
        "tabs": tabs(request, LISTS, "departures"),
    }
    return render(request, "staffing/departures.html", context)


@require_safe
@requires("staffing.view_people")
def departure(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _departure(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.leave")
def new(request: ContractRequest) -> HttpResponse:
    return _begin(request, DepartureForm, actions.apply, "departure_new")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.leave")
def gone(request: ContractRequest) -> HttpResponse:
    return _begin(request, GoneForm, actions.record_gone, "departure_gone")


def _begin(
    request: ContractRequest,
    form_class: type[ContractForm],
    make: Callable[..., Departure],
    template: str,
) -> HttpResponse:
    """Answer with the form that begins a departure, or take it."""
    at, posted = now(), request.method == "POST"
    form = form_class(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
        initial={"person": request.GET.get("person", "")},
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: make(request.contract, by=request.user, at=at, **form.cleaned_data),
        )
        if made:
            messages.success(request, _("Done. It is on record."))
            return redirect(made)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "back": reverse("staffing:departures", args=[request.contract.number]),
        "back_label": LISTS["departures"],
    }
    return render(request, f"staffing/{template}.html", context, status=status)


def _departure(request: ContractRequest, pk: int) -> Departure:
    rows = Departure.objects.of(request.contract).select_related(
        "contract", "person__post", "newcomer", "paper", "applied_by", "decided_by"
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: ContractRequest,
    record: Departure,
    *,
    refused: Mapping[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    context = {
        "record": record,
        "words": WORDS,
        "events": events(record, WORDS),
        "breaches": record.breaches.all(),
        "at": at,
        "today": localdate(at),
        **_warnings(record, at=at),
        **open_steps(request, "departure", STEPS, record, at=at, refused=refused or {}),
    }
    return render(request, "staffing/departure.html", context, status=status)


def _warnings(record: Departure, *, at: datetime) -> dict[str, Any]:
    """Return what is to be known before anybody decides: too early, shifts that fall out."""
    last_day = record.left_on or record.leaves_on
    begins_on = record.person.begins_on
    full = begins_on and half_a_year(begins_on, last_on=record.contract.term.last_on)
    falling = 0
    if _still_there(record, record.applied_by):
        falling = shifts_after(record.person, last_day, at=at).count()
    return {
        "full_on": full,
        "early": bool(full and last_day < full),
        "asked_late": bool(
            record.applied_on
            and record.apply_by
            and record.applied_on > record.apply_by
        ),
        "falling": falling,
    }


TAKEN = step_views(STEPS, _departure, _page)
