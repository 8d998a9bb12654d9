"""Pages of the termination desk. What they compute is shown; only a step is kept."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.roles import PARTY_B
from contracts.access import ContractRequest, requires
from contracts.models import Termination, TerminationStatus, TransitionRefused
from kpi.overview import overview

from . import actions
from .actions import TerminationRefused
from .forms import ComputeForm, TerminationForm
from .overview import events, sheet
from .steps import Step, open_steps


@require_safe
@requires("billing.view_termination")
def terminations(request: ContractRequest) -> HttpResponse:
    rows = (
        Termination.objects.of(request.contract)
        .visible_to(request.role)
        .select_related("clause", "drafted_by")
    )
    watch = overview(request.contract, at=now()).watch
    return render(
        request,
        "billing/terminations.html",
        {
            "terminations": [(row, actions.frozen(row)) for row in rows],
            "watch": watch,
        },
    )


@require_safe
@requires("billing.view_termination")
def compute(request: ContractRequest) -> HttpResponse:
    """Show what would be owed on the days asked for. Nothing of it is kept."""
    days = {"first_on": localdate(), "third_on": request.contract.term.last_on}
    form = ComputeForm(request.GET or None, contract=request.contract, initial=days)
    reckonings = form.reckonings() if form.is_valid() else []
    return render(
        request,
        "billing/compute.html",
        {"form": form, "sheet": sheet(reckonings) if reckonings else None},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("billing.terminate")
def start(request: ContractRequest) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = TerminationForm(posted, contract=request.contract)
    if form.is_valid():
        try:
            made = actions.draft(
                request.contract, by=request.user, at=now(), **form.cleaned_data
            )
        except TerminationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is put down."))
            return redirect(made)
    return _form_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("billing.terminate")
def revise(request: ContractRequest, pk: int) -> HttpResponse:
    termination = _termination(request, pk)
    posted = request.POST if request.method == "POST" else None
    form = TerminationForm(posted, contract=request.contract, termination=termination)
    if form.is_valid():
        try:
            actions.revise(termination, **form.cleaned_data)
        except TerminationRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is changed."))
            return redirect(termination)
    return _form_page(request, form, termination)


@require_safe
@requires("billing.view_termination")
def show(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _termination(request, pk))


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step of a termination."""

    @require_POST
    @requires(step.action)
    @sensitive_post_parameters("proof")
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        termination, at = _termination(request, pk), now()
        form = step.form(request.POST, termination=termination, request=request, at=at)
        if form.is_valid():
            try:
                step.take(termination, by=request.user, at=at, **form.cleaned_data)
            except (TerminationRefused, TransitionRefused) as refusal:
                form.add_error(None, str(refusal))
                termination = _termination(request, pk)  # as somebody else has left it
            else:
                messages.success(request, _("Done. It is on record."))
                return redirect(termination)
        return _page(request, termination, refused={step.name: form}, status=422)

    take.__name__ = step.name
    return take


def _termination(request: ContractRequest, pk: int) -> Termination:
    rows = (
        Termination.objects.of(request.contract)
        .visible_to(request.role)
        .select_related(
            "contract",
            "clause",
            "evidence",
            "notice__contract",
            "drafted_by",
            "proposed_by",
            "approved_by",
        )
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: ContractRequest,
    termination: Termination,
    *,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, refused = now(), refused or {}
    served_on = termination.notice.served_on if termination.notice else None
    steps = open_steps(
        termination, request=request, may=request.may, at=at, refused=refused
    )
    shown = {one.step.name for one in steps}
    context = {
        "termination": termination,
        "sheet": sheet([actions.reckoning_of(termination)], served_on=served_on),
        "steps": steps,
        # A step that is not open any more has no form to say why on.
        "closed": [form for name, form in refused.items() if name not in shown],
        "events": events(termination, role=request.role),
        "inner": request.role not in PARTY_B,
        "draft": termination.status == TerminationStatus.DRAFT,
    }
    return render(request, "billing/termination.html", context, status=status)


def _form_page(
    request: ContractRequest,
    form: TerminationForm,
    termination: Termination | None = None,
) -> HttpResponse:
    return render(
        request,
        "billing/termination_form.html",
        {"form": form, "termination": termination},
        status=422 if form.is_bound else 200,
    )
