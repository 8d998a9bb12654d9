"""Handover packages: asked for, watched while they are made, taken away."""

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_POST

from contracts.access import ContractRequest, requires
from contracts.models import AuditEntry, Package, PackageStatus

from . import packages as actions
from .forms import TokenForm
from .package import manifest_digest


@require_POST
@requires("reports.package")
def ask(request: ContractRequest) -> HttpResponse:
    """Have a package made. It is made in the background."""
    form = TokenForm(request.POST)
    if not form.is_valid():  # no page of ours sends such a form
        return redirect("contracts:handover", request.contract.number)
    package = actions.ask(
        request.contract, by=request.user, at=now(), **form.cleaned_data
    )
    return redirect(package)


@require_GET
@requires("reports.package")
def package(request: ContractRequest, pk: int) -> HttpResponse:
    """Show a package; asked again by the page itself while it is being made."""
    one = _package(request, pk)
    ready = one.status == PackageStatus.READY
    taken = AuditEntry.objects.about(one).filter(became="downloaded")
    context = {
        "package": one,
        "manifest": manifest_digest(one) if ready else "",
        "taken": taken.select_related("by").order_by("-pk") if ready else (),
        "again": TokenForm(),
    }
    part = "#package" if request.htmx else ""
    return render(request, f"reports/package.html{part}", context)


@require_GET
@requires("reports.package")
def download(request: ContractRequest, pk: int) -> FileResponse:
    """Send a package, to be saved and not shown; 404 before it is made."""
    one = _package(request, pk)
    if one.status != PackageStatus.READY:
        raise Http404
    try:
        file = one.file.open()
    except FileNotFoundError as gone:  # the page says so
        raise Http404 from gone
    actions.downloaded(one, by=request.user, at=now())
    name = f"{one.contract.number}-{one.asked_at:%Y%m%d}-{one.digest[:12]}.zip"
    return FileResponse(file, as_attachment=True, filename=name)


def _package(request: ContractRequest, pk: int) -> Package:
    packages = Package.objects.of(request.contract).select_related(
        "contract", "asked_by", "receipt"
    )
    return get_object_or_404(packages, pk=pk)
