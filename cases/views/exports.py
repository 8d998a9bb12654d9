"""The ledger as a file: asked for, watched while it is made, taken away."""

from collections.abc import Callable
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.paging import count, page
from cases.actions import exports as actions
from cases.exports import cover
from cases.filters import CaseFilter, asked_of
from cases.forms.exports import ExportForm
from cases.ledger import COLUMNS
from cases.models import Case, Export, ExportStatus
from cases.progress import progress_of
from contracts.access import ContractRequest, requires
from contracts.models import AuditEntry, TransitionRefused

from .lists import columns_of


@require_GET
@requires("cases.export")
def exports(request: ContractRequest) -> HttpResponse:
    rows = Export.objects.of(request.contract)
    shown = page(
        rows.select_related("contract", "asked_by", "template", "permit"),
        "-asked_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return render(request, "cases/exports.html", {"page": shown, "count": count(rows)})


@require_http_methods(["GET", "POST"])
@requires("cases.export")
def export_new(request: ContractRequest) -> HttpResponse:
    """Ask for the orders of a list as a file; the list's own query says which."""
    at = now()
    query = request.POST.get("query") or asked_of(request.GET).urlencode()
    form = ExportForm(
        request.POST or None,
        contract=request.contract,
        by=request.user,
        query=query,
        at=at,
        initial={"columns": list(columns_of(request))},
    )
    if form.is_valid():
        try:
            export = actions.ask(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except actions.ExportRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(export)
    found = found_by(request, query)
    context = {
        "form": form,
        "query": query,
        "count": count(found.qs),
        "narrowed": cover.in_words(found),
        "basis": cover.basis(found),
    }
    status = 422 if form.errors else 200
    return render(request, "cases/export_new.html", context, status=status)


def found_by(request: ContractRequest, query: str) -> CaseFilter:
    """Return the orders that a list's query narrows it down to, for this person."""
    return CaseFilter(
        QueryDict(query),
        queryset=Case.objects.of(request.contract).seen_by(request.user, request.role),
        contract=request.contract,
        phones="cases.reveal" in request.may,
        at=now(),
    )


@require_GET
@requires("cases.export")
def export(request: ContractRequest, pk: int) -> HttpResponse:
    """Show a file on its way out; asked again by the page itself while it moves."""
    return _page(request, _export(request, pk))


@require_GET
@requires("cases.export")
def file(request: ContractRequest, pk: int) -> HttpResponseBase:
    """Send a file, to be saved and not shown; who takes it is recorded."""
    one = _export(request, pk)
    try:
        content = actions.open_file(one, by=request.user, at=now())
    except actions.ExportRefused as refusal:
        return _page(request, one, str(refusal), status=422)
    name = f"{one.contract.number}-{cover.number_of(one)}.xlsx"
    return FileResponse(content, as_attachment=True, filename=name)


def _step(action: Callable[..., None]) -> Callable[..., Any]:
    @require_POST
    @requires("cases.export")
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        one = _export(request, pk)
        try:
            action(one, by=request.user, at=now())
        except TransitionRefused as refusal:
            return _page(request, _export(request, pk), str(refusal), status=422)
        return redirect(one)

    return take


cancel = _step(actions.cancel)
retry = _step(actions.retry)


def _export(request: ContractRequest, pk: int) -> Export:
    known = Export.objects.of(request.contract).select_related(
        "contract", "asked_by", "template", "permit"
    )
    return get_object_or_404(known, pk=pk)


def _page(
    request: ContractRequest, one: Export, refusal: str = "", status: int = 200
) -> HttpResponse:
    found = found_by(request, one.query)
    taken = AuditEntry.objects.about(one).filter(became="downloaded")
    context = {
        "export": one,
        "number": cover.number_of(one),
        "moving": one.status == ExportStatus.OWED,
        "progress": progress_of(one),
        "refusal": refusal,
        "columns": [COLUMNS[key].label for key in one.columns if key in COLUMNS],
        "narrowed": cover.in_words(found),
        "basis": cover.basis(found),
        "whole": cover.wholeness(one.complete, one.rows),
        "mine": one.permit_id is None or one.asked_by_id == request.user.pk,
        "taken": taken.select_related("by").order_by("-pk")[:20],
    }
    part = "#state" if request.htmx else ""
    return render(request, f"cases/export.html{part}", context, status=status)
