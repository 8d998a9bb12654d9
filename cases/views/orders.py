"""One work order: its page, and the steps taken on it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.paging import mark, page
from accounts.roles import PARTY_B
from accounts.templatetags.frame import moment
from cases import actions
from cases.filters import CaseFilter
from cases.forms import CorrectForm, RevealForm, StepForm
from cases.models import Caller, Case, Entry
from cases.steps import Step, clocks, open_steps
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused

from .lists import query_of_list


@require_GET
@requires("cases.view")
def show(request: ContractRequest, pk: int) -> HttpResponse:
    return page_of(request, case_of(request, pk))


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on an order."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        case, at = case_of(request, pk), now()
        form = step.form(request.POST, case=case, at=at)
        if form.is_valid():
            try:
                step.take(case, by=request.user, at=at, **form.cleaned_data)
            except TransitionRefused as refusal:
                case = case_of(request, pk)  # as somebody else has left it
                form.add_error(None, _why(refusal, step, case))
            else:
                return redirect(back_to(request, case))
        return page_of(request, case, refused={step.name: form}, status=422)

    take.__name__ = step.name
    return take


def _why(refusal: TransitionRefused, step: Step, case: Case) -> str:
    """Say why a step was refused; where somebody was first, who that was and when."""
    moves = case.entries.exclude(status="").select_related("recorded_by")
    last = moves.order_by("pk").last()
    if last is None or case.status in step.open_from:
        return str(refusal)
    first = _(
        "%(who)s did this at %(at)s: %(what)s. Nothing of yours was changed or lost."
    ) % {
        "who": last.recorded_by or _("the program"),
        "at": moment(last.recorded_at),
        "what": last.get_kind_display(),
    }
    return f"{_('Somebody else got here first.')} {first}"


@require_POST
@requires("cases.correct")
def correct(request: ContractRequest, pk: int, entry: int) -> HttpResponse:
    case, at = case_of(request, pk), now()
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(request.POST, case=case, at=at)
    if form.is_valid():
        try:
            actions.correct(wrong, by=request.user, at=at, **form.cleaned_data)
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(back_to(request, case))
    return page_of(request, case, correcting=(wrong, form), status=422)


@require_GET
@requires("cases.correct")
def correction(request: ContractRequest, pk: int, entry: int) -> HttpResponse:
    case = case_of(request, pk)
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(case=case, at=now())
    return page_of(request, case, correcting=(wrong, form))


@require_POST
@requires("cases.reveal")
def reveal(request: ContractRequest, pk: int) -> HttpResponse:
    """Show the caller's data this once. The page is not kept by the browser."""
    case = case_of(request, pk)
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            caller = actions.reveal(
                case, by=request.user, at=now(), **form.cleaned_data
            )
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return page_of(request, case, revealed=caller)
    return page_of(request, case, reveal_form=form, status=422)


def case_of(request: ContractRequest, pk: int) -> Case:
    cases = (
        Case.objects.of(request.contract)
        .seen_by(request.user, request.role)
        .select_related(
            "contract",
            "unit",
            "platform_unit",
            "community",
            "category",
            "batch",
            "replied_by",
            "reviewed_by",
            "caller",
        )
    )
    return get_object_or_404(cases, pk=pk)


def page_of(
    request: ContractRequest,
    case: Case,
    *,
    refused: dict[str, StepForm] | None = None,
    correcting: tuple[Entry, forms.Form] | None = None,
    reveal_form: forms.Form | None = None,
    revealed: Caller | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render one order; for htmx, only the part of it that a step changes."""
    at = now()
    part = "#work" if request.htmx and not revealed else ""
    entries = case.entries.select_related(
        "recorded_by", "correction", "batch"
    ).order_by(TruncMinute("at").desc(), "-pk")
    context = {
        "case": case,
        "steps": open_steps(case, request.may, at=at, refused=refused or {}),
        "clocks": clocks(case),
        "at": at,
        "entries": entries,
        "correcting": correcting,
        "reveal_form": reveal_form or RevealForm(),
        "revealed": revealed,
        "handles": request.role in PARTY_B,
        "neighbours": {} if part else _neighbours(request, case),
        "query": query_of_list(request.GET),
    }
    return render(request, f"cases/case.html{part}", context, status=status)


def _neighbours(request: ContractRequest, case: Case) -> dict[str, Case | None]:
    """Return the orders before and after this one in the list one came from."""
    found = CaseFilter(
        request.GET,
        queryset=Case.objects.of(request.contract).seen_by(request.user, request.role),
        contract=request.contract,
        at=now(),
    )
    by = found.sorted_by
    here = mark(case, by)
    if not here:
        return {}
    rows = found.qs.only("id", "number", "contract", "counted_at", "due_at")
    after = page(rows, by, after=here, size=1).rows
    before = page(rows, by, before=here, size=1).rows
    return {
        "previous": before[0] if before else None,
        "next": after[0] if after else None,
    }


def back_to(request: HttpRequest, case: Case) -> str:
    query = query_of_list(request.GET)
    return case.get_absolute_url() + (f"?{query}" if query else "")
