"""Pages of the work calendar: its years, a new one, and dues counted anew."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from contracts.access import ContractRequest, requires
from contracts.actions import calendar_proposals as actions
from contracts.actions.documents import DocumentRefused
from contracts.actions.proposals import ProposalRefused
from contracts.actions.recompute import (
    RecomputeRefused,
    fingerprint,
    moves,
    recompute,
)
from contracts.forms.calendar import CalendarFileForm, ProposeCalendarForm
from contracts.forms.proposals import RecomputeForm
from contracts.models import CalendarDay, TransitionRefused
from contracts.register import counted
from contracts.work_calendar import changes, months, years


@require_safe
@requires("contracts.view")
def calendar(request: ContractRequest) -> HttpResponse:
    today = localdate(now())
    lines = years(request.contract, today=today)
    asked = request.GET.get("year", "")
    shown = next(
        (one for one in lines if str(one.year) == asked),
        next((one for one in lines if one.year == today.year), lines[0]),
    )
    proposals = (
        request.contract.calendar_proposals.visible_to(request.role)
        .select_related("proposed_by", "contract")
        .defer("file")
    )
    return render(
        request,
        "contracts/calendar.html",
        {
            "years": lines,
            "wanted": [one for one in lines if one.wanted],
            "shown": shown,
            "months": months(CalendarDay.objects.all().calendar(), shown.year),
            "proposals": proposals,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.propose")
def import_calendar(request: ContractRequest) -> HttpResponse:
    """Take a file in and show what it would change. Nothing of it is kept."""
    at, posted = now(), request.method == "POST"
    form = CalendarFileForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
    )
    if form.is_valid():
        given = {
            "content": form.cleaned_data["file"],
            "source": form.cleaned_data["source"],
        }
        proposal = ProposeCalendarForm(initial=given, contract=request.contract, at=at)
        return _preview(request, proposal, form.calendar)
    return render(
        request,
        "contracts/import_calendar.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_POST
@requires("contracts.propose")
def propose(request: ContractRequest) -> HttpResponse:
    at = now()
    form = ProposeCalendarForm(
        request.POST, request.FILES, contract=request.contract, at=at
    )
    if form.is_valid():
        try:
            made = actions.propose(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except (ProposalRefused, DocumentRefused) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Proposed. The leader has to sign it."))
            return redirect(
                "contracts:calendar-proposal", request.contract.number, made.pk
            )
    return _preview(request, form, getattr(form, "calendar", None), status=422)


def _preview(
    request: ContractRequest,
    form: ProposeCalendarForm,
    file: Any,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show the days and the dues that a calendar would change, and the form to propose it."""
    found = actions.preview(request.contract, file) if file else []
    return render(
        request,
        "contracts/propose_calendar.html",
        {
            "form": form,
            "calendar": file,
            "changes": changes(file) if file else [],
            "moves": found,
            "counted": counted(found),
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.adopt")
@sensitive_post_parameters("proof")
def recount(request: ContractRequest) -> HttpResponse:
    """Show what counting the dues anew would change as things stand, and do it."""
    at = now()
    found = moves(request.contract)
    form = RecomputeForm(
        request.POST if request.method == "POST" else None,
        request=request,
        at=at,
        initial={"seen": fingerprint(found)},
    )
    if form.is_valid():
        try:
            done = recompute(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except (RecomputeRefused, TransitionRefused) as refusal:
            form.add_error(None, str(refusal))
        else:
            said = ngettext(
                "%(count)d due was counted anew.",
                "%(count)d dues were counted anew.",
                len(done),
            )
            messages.success(request, said % {"count": len(done)})
            return redirect("contracts:calendar", request.contract.number)
    return render(
        request,
        "contracts/recompute.html",
        {"form": form, "moves": found, "counted": counted(found)},
        status=422 if form.is_bound else 200,
    )
