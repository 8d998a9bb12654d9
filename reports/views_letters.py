"""Notices on paper, to be sealed and sent."""

from io import BytesIO

from django.contrib import messages
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from contracts.access import ContractRequest, requires
from contracts.models import Notice

from . import letters
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
    try:
        paper = letters.write(letters.letter_of(notice))
    except PdfUnavailable as problem:
        messages.error(request, str(problem))
        return redirect(notice)
    name = file_name(f"{notice}.pdf")
    return FileResponse(BytesIO(paper), as_attachment=True, filename=name)
