"""The files that orders come in by."""

import csv
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import actions
from cases.actions import mappings, undo
from cases.forms.files import (
    ColumnsForm,
    ConfirmForm,
    DriftForm,
    LayoutForm,
    UndoForm,
    UploadForm,
)
from cases.models import Batch, BatchCase, BatchCaseKind, BatchFault, BatchStatus
from cases.progress import progress_of
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused

#: Of the orders that a file makes one look at, how many are shown.
LISTED = 200

MOVING = (BatchStatus.CHECKING, BatchStatus.IMPORTING, BatchStatus.UNDOING)


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


def _batch_step(
    action: Callable[..., None],
    needs: str = "cases.import",
    asks: type[forms.Form] = forms.Form,
) -> Callable[..., Any]:
    @require_POST
    @requires(needs)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        one, form = _batch(request, pk), asks(request.POST)
        if not form.is_valid():
            return _batch_page(request, one, refused=form, status=422)
        try:
            action(one, by=request.user, at=now(), **form.cleaned_data)
        except TransitionRefused as refusal:
            return _batch_page(request, _batch(request, pk), str(refusal), status=422)
        return redirect(one)

    return take


confirm = _batch_step(actions.confirm, asks=ConfirmForm)
cancel = _batch_step(actions.cancel)
retry = _batch_step(actions.retry)
ask_undo = _batch_step(undo.ask_undo, "cases.undo_import", UndoForm)
undo_ = _batch_step(undo.undo, "cases.undo_import")
leave = _batch_step(undo.leave, "cases.undo_import")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("cases.import")
def mapping(request: ContractRequest, pk: int) -> HttpResponse:
    """Ask which column is which; `head` chooses among the rows that may be the head."""
    one = _batch(request, pk)
    if one.status != BatchStatus.ASKING:
        return redirect(one)
    heads = one.question["heads"]
    chosen = request.GET.get("head", "")
    number = int(chosen) if chosen in map(str, range(len(heads))) else 0
    asks: type[LayoutForm] = (
        DriftForm if one.question["kind"] == "drift" else ColumnsForm
    )
    form = asks(request.POST or None, batch=one, head=heads[number])
    if form.is_valid():
        try:
            mappings.answer(
                one,
                name=form.cleaned_data["name"],
                fields=form.read_as(),
                by=request.user,
                at=now(),
            )
        except (mappings.MappingRefused, TransitionRefused) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(one)
    context = {
        "batch": one,
        "form": form,
        "head": heads[number],
        "heads": [
            (index, head["row"], index == number) for index, head in enumerate(heads)
        ],
    }
    status = 422 if form.is_bound else 200
    return render(request, "cases/mapping.html", context, status=status)


@require_GET
@requires("cases.import")
def source(request: ContractRequest, pk: int) -> HttpResponseBase:
    """Send a file as it came, to be saved and not shown. Who took it is recorded."""
    one = _batch(request, pk)
    try:
        file = actions.open_source(one, by=request.user, at=now())
    except actions.FileDamaged as refusal:
        return _batch_page(request, one, str(refusal), status=409)
    return FileResponse(
        file,
        as_attachment=True,
        filename=one.name,
        content_type="application/octet-stream",
    )


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
        "contract", "uploaded_by", "mapping", "undo_asked_by", "undone_by"
    )
    return get_object_or_404(batches, pk=pk)


def _batch_page(
    request: ContractRequest,
    one: Batch,
    refusal: str = "",
    refused: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    listed = BatchCase.objects.filter(batch=one).select_related("case")
    context = {
        "batch": one,
        "moving": one.status in MOVING,
        "progress": progress_of(one),
        "faults": BatchFault.objects.filter(batch=one)[:50],
        "listed": [
            (kind.value, kind.label, listed.of_kind(kind)[:LISTED])
            for kind in BatchCaseKind
        ],
        "refusal": refusal,
        "confirm_form": refused if isinstance(refused, ConfirmForm) else ConfirmForm(),
        "undo_form": refused if isinstance(refused, UndoForm) else UndoForm(),
        "asked_by_me": one.undo_asked_by == request.user,
        "earlier": Batch.objects.of(request.contract)
        .filter(digest=one.digest, status=BatchStatus.DONE, pk__lt=one.pk)
        .first(),
    }
    part = "#state" if request.htmx else ""
    return render(request, f"cases/batch.html{part}", context, status=status)
