"""The files that orders come in by."""

import csv
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import actions
from cases.forms import UploadForm
from cases.models import Batch, BatchFault, BatchStatus
from cases.progress import progress_of
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused


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
