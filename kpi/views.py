"""Pages of the assessment: the verdicts on each period, and how long a run they make."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.access import ContractRequest, requires
from contracts.models import AssessmentPeriod

from . import actions
from .actions import VerdictRefused
from .forms import CorrectionForm, VerdictForm
from .models import Verdict
from .overview import overview


@require_safe
@requires("kpi.view")
def verdicts(request: ContractRequest) -> HttpResponse:
    at = now()
    return render(
        request,
        "kpi/verdicts.html",
        {"at": at, "overview": overview(request.contract, at=at)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("kpi.verdict")
def decide(request: ContractRequest, pk: int) -> HttpResponse:
    periods = AssessmentPeriod.objects.of(request.contract)
    period = get_object_or_404(periods, pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = VerdictForm(posted, contract=request.contract)
    if form.is_valid():
        try:
            actions.decide(period, by=request.user, at=now(), **form.cleaned_data)
        except VerdictRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The verdict is recorded."))
            return redirect("kpi:verdicts", request.contract.number)
    return _page(request, period, form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("kpi.verdict")
def correct(request: ContractRequest, pk: int) -> HttpResponse:
    verdicts = Verdict.objects.of(request.contract).select_related(
        "contract", "period", "clause", "decided_by"
    )
    verdict = get_object_or_404(verdicts, pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = CorrectionForm(posted, verdict=verdict)
    if form.is_valid():
        try:
            actions.correct(verdict, by=request.user, at=now(), **form.cleaned_data)
        except VerdictRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The verdict is corrected."))
            return redirect("kpi:verdicts", request.contract.number)
    return _page(request, verdict.period, form, verdict)


def _page(
    request: ContractRequest,
    period: AssessmentPeriod,
    form: VerdictForm,
    verdict: Verdict | None = None,
) -> HttpResponse:
    return render(
        request,
        "kpi/verdict.html",
        {"period": period, "form": form, "verdict": verdict},
        status=422 if form.is_bound else 200,
    )
