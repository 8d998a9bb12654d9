"""Party A's formats of the ledger."""

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.actions import ledger_templates as actions
from cases.exports.layout import TITLES, LayoutRefused
from cases.exports.orders import Orders
from cases.forms.exports import LedgerTemplateForm
from cases.ledger import COLUMNS, shown
from cases.models import Export, LedgerTemplate
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused

#: Orders that the page of a format shows it with.
SAMPLE = 5


@require_http_methods(["GET", "POST"])
@requires("cases.ledger_template")
def ledger_templates(request: ContractRequest) -> HttpResponse:
    form = LedgerTemplateForm(
        request.POST or None,
        request.FILES or None,
        contract=request.contract,
        at=now(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            template = actions.put(
                request.contract, by=request.user, at=form.at, **form.cleaned_data
            )
        except LayoutRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect(template)
    known = LedgerTemplate.objects.of(request.contract).select_related("uploaded_by")
    context = {
        "form": form,
        "templates": known,
        "columns": COLUMNS.values(),
        "titles": TITLES,
    }
    status = 422 if form.errors else 200
    return render(request, "cases/ledger_templates.html", context, status=status)


@require_GET
@requires("cases.ledger_template")
def ledger_template(request: ContractRequest, pk: int) -> HttpResponse:
    """Show a format with the latest few orders in it, callers masked."""
    return _page(request, _template(request, pk))


@require_GET
@requires("cases.ledger_template")
def file(request: ContractRequest, pk: int) -> FileResponse:
    """Send a format as it was uploaded, to be saved and not shown."""
    one = _template(request, pk)
    return FileResponse(one.file.open(), as_attachment=True, filename=f"{one}.xlsx")


@require_POST
@requires("cases.ledger_template")
def retire(request: ContractRequest, pk: int) -> HttpResponse:
    one = _template(request, pk)
    try:
        actions.retire(one, by=request.user, at=now())
    except TransitionRefused as refusal:
        return _page(request, _template(request, pk), str(refusal), status=422)
    return redirect(one)


def _template(request: ContractRequest, pk: int) -> LedgerTemplate:
    known = LedgerTemplate.objects.of(request.contract).select_related(
        "contract", "uploaded_by"
    )
    return get_object_or_404(known, pk=pk)


def _page(
    request: ContractRequest, one: LedgerTemplate, refusal: str = "", status: int = 200
) -> HttpResponse:
    keys = [(letters, key) for letters, key in one.columns if key in COLUMNS]
    sample = Export(
        contract=request.contract,
        columns=[key for _letters, key in keys],
        asked_at=now(),
        asked_by=request.user,
    )
    rows = Orders(sample, request.role).lines(most=SAMPLE)
    context = {
        "template": one,
        "columns": [(letters, COLUMNS[key]) for letters, key in keys],
        "rows": [[shown(value) for value in row] for row in rows],
        "used": Export.objects.of(request.contract).filter(template=one).count(),
        "versions": LedgerTemplate.objects.of(request.contract).filter(name=one.name),
        "refusal": refusal,
    }
    return render(request, "cases/ledger_template.html", context, status=status)
