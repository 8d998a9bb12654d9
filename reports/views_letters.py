"""Notices and slips on paper, to be sealed and sent."""

from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from cases.models import Urging
from contracts.access import ContractRequest, requires
from contracts.models import Notice

from . import letters, slips
from .package import file_name
from .pdf import PdfUnavailable


@require_GET
@requires("contracts.view")
def letter(request: ContractRequest, pk: int) -> HttpResponseBase:
    """Send a notice as PDF. It is a page or two, so it is drawn while one waits."""
    visible = (
        Notice.objects.of(request.contract)
        .visible_to(request.role)
        .select_related("contract__party_a", "contract__party_b", "clause", "contact")
    )
    notice = get_object_or_404(visible, pk=pk)
    return _printed(request, letters.letter_of(notice), notice)


@require_GET
@requires("cases.view")
def urging(request: ContractRequest, pk: int) -> HttpResponseBase:
    """Send an urging or a supervision as PDF, to the desk and to those it is for."""
    visible = (
        Urging.objects.of(request.contract)
        .seen_by(request.user, request.role)
        .select_related("contract__party_a", "contract__party_b", "case", "unit")
    )
    one = get_object_or_404(visible, pk=pk)
    return _printed(request, slips.slip_of(one), one)


def _printed(
    request: ContractRequest, letter: letters.Letter, of: Notice | Urging
) -> HttpResponseBase:
    try:
        paper = letters.write(letter)
    except PdfUnavailable as problem:
        messages.error(request, str(problem))
        return redirect(of)
    name = file_name(f"{of}.pdf")
    return FileResponse(BytesIO(paper), as_attachment=True, filename=name)
