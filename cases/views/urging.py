"""Urgings and supervisions: the list, one of them, and that it was received."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from accounts.paging import count, page
from accounts.roles import PARTY_B
from cases import actions
from cases.desk import units_seen_by
from cases.filters_urgings import UrgingFilter
from cases.models import Urging
from cases.models.alarm import UrgingQuerySet
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused


@require_safe
@requires("cases.view")
def urgings(request: ContractRequest) -> HttpResponse:
    found = UrgingFilter(
        request.GET,
        _seen(request),
        units=units_seen_by(request.user, request.role, request.contract),
    )
    shown = page(
        found.qs.select_related("case", "unit").defer(
            "case__content", "case__result", "case__reply", "case__extra"
        ),
        "-sent_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(found.qs),
        "narrowed": bool(request.GET),
        "at": now(),
    }
    return render(request, "cases/urgings.html", context)


@require_safe
@requires("cases.view")
def urging(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _urging(request, pk))


@require_POST
@requires("cases.follow_up")
def received(request: ContractRequest, pk: int) -> HttpResponse:
    """Note the receipt: by the unit itself, or by the desk for one that is elsewhere."""
    one = _urging(request, pk)
    try:
        actions.receive(one, by=request.user, at=now())
    except TransitionRefused as refusal:
        again = _urging(request, pk)  # as somebody else has left it
        return _page(request, again, str(refusal), status=422)
    return redirect(one)


def _seen(request: ContractRequest) -> UrgingQuerySet:
    seen: UrgingQuerySet = Urging.objects.of(request.contract).seen_by(
        request.user, request.role
    )
    return seen


def _urging(request: ContractRequest, pk: int) -> Urging:
    with_names = _seen(request).select_related(
        "contract", "case", "unit", "sent_by", "read_by"
    )
    return get_object_or_404(with_names, pk=pk)


def _page(
    request: ContractRequest, one: Urging, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "urging": one,
        "refusal": refusal,
        "handles": request.role in PARTY_B,
        "at": now(),
    }
    return render(request, "cases/urging.html", context, status=status)
