"""Pages of demands that somebody be replaced（第六条（一）3）."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.forms.steps import StepForm
from contracts.views.matters import attempt, events
from staffing.actions import demands as actions
from staffing.filters.departures import DemandFilter
from staffing.forms.demands import (
    DemandForm,
    FulfilForm,
    RefuseNewcomerForm,
    WithdrawDemandForm,
)
from staffing.models import Breach, Demand, DemandStatus

from .departures import LISTS
from .steps import Step, open_steps, step_views, tabs

WORDS = dict(DemandStatus.choices) | {
    actions.NEWCOMER_REFUSED: pgettext("replacement", "Newcomer refused")
}


def _open(record: Demand, _user: User) -> bool:
    return record.status == DemandStatus.OPEN


STEPS = (
    Step("fulfil", "staffing.demand", FulfilForm, actions.fulfil, _open),
    Step(
        "refuse",
        "staffing.approve",
        RefuseNewcomerForm,
        actions.refuse_newcomer,
        _open,
        grave=True,
    ),
    Step(
        "withdraw",
        "staffing.demand",
        WithdrawDemandForm,
        actions.withdraw,
        _open,
        grave=True,
    ),
)


@require_safe
@requires("staffing.view_people")
def demands(request: ContractRequest) -> HttpResponse:
    found = DemandFilter(request.GET, queryset=Demand.objects.of(request.contract))
    shown = page(
        found.qs.select_related("person__post", "newcomer"),
        "-demanded_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": bool(request.GET),
        "page": shown,
        "count": count(found.qs),
        "today": localdate(now()),
        "tabs": tabs(request, LISTS, "demands"),
    }
    return render(request, "staffing/demands.html", context)


@require_safe
@requires("staffing.view_people")
def demand(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _demand(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.demand")
def new(request: ContractRequest) -> HttpResponse:
    at = now()
    form = DemandForm(
        request.POST if request.method == "POST" else None,
        contract=request.contract,
        at=at,
        initial={name: request.GET.get(name, "") for name in ("person", "notice")},
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: actions.demand(
                request.contract, by=request.user, at=at, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, _("Done. It is on record."))
            return redirect(made)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "back": reverse("staffing:demands", args=[request.contract.number]),
        "back_label": LISTS["demands"],
    }
    return render(request, "staffing/demand_new.html", context, status=status)


def _demand(request: ContractRequest, pk: int) -> Demand:
    rows = Demand.objects.of(request.contract).select_related(
        "contract", "person__post", "newcomer", "notice__contract", "demanded_by"
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: ContractRequest,
    record: Demand,
    *,
    refused: Mapping[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    breaches = Breach.objects.of(request.contract)
    context = {
        "record": record,
        "events": events(record, WORDS),
        "refusals": record.refusals.select_related("newcomer", "refused_by"),
        "breaches": breaches.filter(demand=record)
        | breaches.filter(refusal__demand=record),
        "at": at,
        "today": localdate(at),
        **open_steps(request, "demand", STEPS, record, at=at, refused=refused or {}),
    }
    return render(request, "staffing/demand.html", context, status=status)


TAKEN = step_views(STEPS, _demand, _page)
