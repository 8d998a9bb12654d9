"""Pages of work orders: the list, one order, and the files they come in by."""

import csv
from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.paging import count, mark, page
from accounts.roles import PARTY_B
from accounts.templatetags.frame import moment
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused

from . import actions
from .filters import CaseFilter
from .forms import CorrectForm, RevealForm, StepForm, UploadForm
from .models import Batch, BatchFault, BatchStatus, Caller, Case, Entry
from .progress import progress_of
from .steps import Step, clocks, open_steps


@require_GET
@requires("cases.view")
def listing(request: ContractRequest) -> HttpResponse:
    at = now()
    found = CaseFilter(
        request.GET,
        queryset=Case.objects.of(request.contract),
        contract=request.contract,
        at=at,
    )
    rows = found.qs
    shown = page(
        rows.select_related("unit", "community").defer(
            "content", "result", "reply", "extra"
        ),
        found.sorted_by,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(rows),
        "at": at,
        "query": _query_of_list(request.GET),
    }
    return render(request, "cases/list.html", context)


@require_GET
@requires("cases.view")
def show(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _case(request, pk))


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on an order."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        case, at = _case(request, pk), now()
        form = step.form(request.POST, case=case, at=at)
        if form.is_valid():
            try:
                step.take(case, by=request.user, at=at, **form.cleaned_data)
            except TransitionRefused as refusal:
                case = _case(request, pk)  # as somebody else has left it
                form.add_error(None, _why(refusal, step, case))
            else:
                return redirect(_back_to(request, case))
        return _page(request, case, refused={step.name: form}, status=422)

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
    case, at = _case(request, pk), now()
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(request.POST, case=case, at=at)
    if form.is_valid():
        try:
            actions.correct(wrong, by=request.user, at=at, **form.cleaned_data)
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(_back_to(request, case))
    return _page(request, case, correcting=(wrong, form), status=422)


@require_GET
@requires("cases.correct")
def correction(request: ContractRequest, pk: int, entry: int) -> HttpResponse:
    case = _case(request, pk)
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(case=case, at=now())
    return _page(request, case, correcting=(wrong, form))


@require_POST
@requires("cases.reveal")
def reveal(request: ContractRequest, pk: int) -> HttpResponse:
    """Show the caller's data this once. The page is not kept by the browser."""
    case = _case(request, pk)
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            caller = actions.reveal(
                case, by=request.user, at=now(), **form.cleaned_data
            )
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _page(request, case, revealed=caller)
    return _page(request, case, reveal_form=form, status=422)


def _case(request: ContractRequest, pk: int) -> Case:
    cases = Case.objects.of(request.contract).select_related(
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
    return get_object_or_404(cases, pk=pk)


def _page(
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
        "query": _query_of_list(request.GET),
    }
    return render(request, f"cases/case.html{part}", context, status=status)


def _neighbours(request: ContractRequest, case: Case) -> dict[str, Case | None]:
    """Return the orders before and after this one in the list one came from."""
    found = CaseFilter(
        request.GET,
        queryset=Case.objects.of(request.contract),
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


def _query_of_list(given: QueryDict) -> str:
    """Return the filters in a query string, without where in the list one is."""
    kept = given.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()


def _back_to(request: HttpRequest, case: Case) -> str:
    query = _query_of_list(request.GET)
    return case.get_absolute_url() + (f"?{query}" if query else "")


# --- Files ---------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires("cases.import")
def import_(request: ContractRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = actions.receive_file(
                request.contract, by=request.user, at=now(), **form.cleaned_data
            )
        except actions.FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(batch)
    batches = Batch.objects.of(request.contract).select_related("uploaded_by")[:20]
    return render(
        request,
        "cases/import.html",
        {"form": form, "batches": batches},
        status=422 if form.errors else 200,
    )


@require_GET
@requires("cases.import")
def batch(request: ContractRequest, pk: int) -> HttpResponse:
    """Show a file on its way in; asked again by the page itself while it moves."""
    return _batch_page(request, _batch(request, pk))


def _batch_step(action: Callable[..., None]) -> Callable[..., Any]:
    @require_POST
    @requires("cases.import")
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        one = _batch(request, pk)
        try:
            action(one, by=request.user, at=now())
        except TransitionRefused as refusal:
            return _batch_page(request, _batch(request, pk), str(refusal), status=422)
        return redirect(one)

    return take


confirm = _batch_step(actions.confirm)
cancel = _batch_step(actions.cancel)
retry = _batch_step(actions.retry)


@require_GET
@requires("cases.import")
def faults(request: ContractRequest, pk: int) -> HttpResponse:
    """Send the faults of a file as CSV, in the reader's language."""
    one = _batch(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="faults-{one.pk}.csv"'
    response.write("\ufeff")  # or Excel takes it for GBK
    rows = csv.writer(response)
    rows.writerow([_("Sheet"), _("Row"), _("Column"), _("What is wrong"), _("Value")])
    for fault in one.faults.all().iterator():
        rows.writerow(
            [
                _as_text(fault.sheet),
                fault.row,
                _as_text(fault.column),
                _as_text(fault.message),
                _as_text(fault.value),
            ]
        )
    return response


def _as_text(value: str) -> str:
    """Keep a cell from being taken for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _batch(request: ContractRequest, pk: int) -> Batch:
    batches = Batch.objects.of(request.contract).select_related(
        "contract", "uploaded_by"
    )
    return get_object_or_404(batches, pk=pk)


def _batch_page(
    request: ContractRequest, one: Batch, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "batch": one,
        "moving": one.status in (BatchStatus.CHECKING, BatchStatus.IMPORTING),
        "progress": progress_of(one),
        "faults": BatchFault.objects.filter(batch=one)[:50],
        "refusal": refusal,
        "earlier": Batch.objects.of(request.contract)
        .filter(digest=one.digest, status=BatchStatus.DONE, pk__lt=one.pk)
        .first(),
    }
    part = "#state" if request.htmx else ""
    return render(request, f"cases/batch.html{part}", context, status=status)
