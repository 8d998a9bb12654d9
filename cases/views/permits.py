"""Permits to take personal data out."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.paging import count, page
from cases.actions import permits as actions
from cases.exports import cover
from cases.filters import asked_of
from cases.forms.exports import AskPermitForm, DecidePermitForm
from cases.models import Permit, PermitStatus
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused

from .exports import found_by


@require_GET
@requires("cases.export")
def permits(request: ContractRequest) -> HttpResponse:
    rows = Permit.objects.of(request.contract)
    shown = page(
        rows.select_related("asked_by", "decided_by"),
        "-asked_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return render(request, "cases/permits.html", {"page": shown, "count": count(rows)})


@require_http_methods(["GET", "POST"])
@requires("cases.ask_permit")
def permit_new(request: ContractRequest) -> HttpResponse:
    """Ask for the callers of a list's orders; the list's own query says which."""
    query = request.POST.get("query") or asked_of(request.GET).urlencode()
    form = AskPermitForm(
        request.POST or None, contract=request.contract, query=query, at=now()
    )
    if form.is_valid():
        permit = actions.ask(
            request.contract, by=request.user, at=form.at, **form.cleaned_data
        )
        return redirect(permit)
    found = found_by(request, query)
    context = {
        "form": form,
        "count": count(found.qs),
        "narrowed": cover.in_words(found),
        "basis": cover.basis(found),
    }
    status = 422 if form.errors else 200
    return render(request, "cases/permit_new.html", context, status=status)


@require_GET
@requires("cases.export")
def permit(request: ContractRequest, pk: int) -> HttpResponse:
    one, at = _permit(request, pk), now()
    return _page(request, one, DecidePermitForm(request=request, at=at))


@require_POST
@requires("cases.permit")
@sensitive_post_parameters()
def decide(request: ContractRequest, pk: int) -> HttpResponse:
    one = _permit(request, pk)
    form = DecidePermitForm(request.POST, request=request, at=now())
    if form.is_valid():
        try:
            actions.decide(one, by=request.user, at=form.at, **form.cleaned_data)
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
            one = _permit(request, pk)
        else:
            return redirect(one)
    return _page(request, one, form, status=422)


def _permit(request: ContractRequest, pk: int) -> Permit:
    known = Permit.objects.of(request.contract).select_related(
        "contract", "asked_by", "decided_by"
    )
    return get_object_or_404(known, pk=pk)


def _page(
    request: ContractRequest, one: Permit, form: DecidePermitForm, status: int = 200
) -> HttpResponse:
    found = found_by(request, one.query)
    context = {
        "permit": one,
        "form": form,
        "count": count(found.qs),
        "narrowed": cover.in_words(found),
        "basis": cover.basis(found),
        "exports": one.exports.select_related("asked_by").order_by("-pk")[:50],
        "decides": "cases.permit" in request.may
        and one.status == PermitStatus.ASKED
        and one.asked_by_id != request.user.pk,
    }
    return render(request, "cases/permit.html", context, status=status)
