"""Pages of the open points: how each is read, and to have one read otherwise."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.access import ContractRequest, requires
from contracts.actions import readings as actions
from contracts.actions.proposals import ProposalRefused
from contracts.forms.readings import ProposeReadingForm
from contracts.register import register, standing_of
from contracts.rules.readings import POINTS, Point


@require_safe
@requires("contracts.view")
def readings(request: ContractRequest) -> HttpResponse:
    sheets = register(request.contract, request.role, at=now())
    return render(request, "contracts/readings.html", {"sheets": sheets})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.propose")
def propose(request: ContractRequest, pk: int) -> HttpResponse:
    """Propose that the point of this number be read otherwise."""
    point, at = _point(pk), now()
    standing = standing_of(request.contract, point)
    form = ProposeReadingForm(
        request.POST if request.method == "POST" else None,
        contract=request.contract,
        point=point,
        standing=standing,
        at=at,
    )
    if form.is_valid():
        try:
            made = actions.propose(
                request.contract,
                point=point,
                by=request.user,
                at=at,
                **form.cleaned_data,
            )
        except ProposalRefused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Proposed. The leader has to sign it."))
            return redirect(
                "contracts:reading-proposal", request.contract.number, made.pk
            )
    return render(
        request,
        "contracts/propose_reading.html",
        {"point": point, "standing": point.in_words(standing), "form": form},
        status=422 if form.is_bound else 200,
    )


def _point(number: int) -> Point:
    """Return the point of a number, if there is another way to read it."""
    for point in POINTS:
        if point.number == number and len(point.choices) != 1:
            return point
    raise Http404
