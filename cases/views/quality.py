"""How callers were served: callbacks and their rates, samples, second looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import PARTY_B
from cases.actions import rechecks as actions
from cases.actions.rechecks import SampleRefused
from cases.filters import BASES
from cases.forms.quality import DrawForm, JudgeForm
from cases.models import Case, Draw, Recheck, RecheckReason
from cases.quality import (
    CAUSES,
    Standing,
    causes_in,
    draw_again,
    hours_of,
    names_of,
    standings,
    weights_in,
)
from cases.rules.indicators import Place
from contracts.access import ContractRequest, requires
from contracts.models import AssessmentPeriod, TransitionRefused

A_PAGE = 50

#: A column of counts → what the list of orders is narrowed down to for it.
COUNTS: Mapping[str, Mapping[str, str]] = {
    "volume": {},
    "valid": {"valid": "yes"},
    "contacted": {"valid": "yes", "contacted": "yes"},
    "solved": {"valid": "yes", "solved": "yes"},
    "satisfied": {"valid": "yes", "satisfaction": "satisfied"},
    "partly": {"valid": "yes", "satisfaction": "partly"},
}


# --- Callbacks -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, and the list of the orders it counts; no list where it counts none."""

    figure: int
    href: str


@require_GET
@requires("cases.view")
def callbacks(request: ContractRequest) -> HttpResponse:
    """Show what callers said in an assessment period, unit by unit, on both bases."""
    at = now()
    periods = list(AssessmentPeriod.objects.of(request.contract))
    period = _chosen(periods, request.GET.get("period", ""))
    context: dict[str, Any] = {"periods": periods, "period": period, "at": at}
    if period:
        cases = Case.objects.of(request.contract).seen_by(request.user, request.role)
        since, until = hours_of(period)
        within = {"since": since.isoformat(), "until": until.isoformat()}
        found = standings(cases, period, at=at)
        names = names_of(
            request.contract, {one.name for each in found for one in each.places}
        )
        context |= {
            "tables": [_table(request, one, names, within) for one in found],
            "causes": _causes(request, causes_in(cases, period), within),
            "weights": weights_in(period, at=at),
        }
    return render(request, "cases/callbacks.html", context)


def _chosen(periods: list[AssessmentPeriod], number: str) -> AssessmentPeriod | None:
    """Return the period asked for, or the running one, or the last that has begun."""
    asked = [one for one in periods if str(one.number) == number]
    begun = [one for one in periods if one.starts_on <= localdate()]
    return next(iter([*asked, *begun[::-1], *periods]), None)


def _table(
    request: ContractRequest,
    standing: Standing,
    names: Mapping[int | None, str],
    within: Mapping[str, str],
) -> dict[str, Any]:
    where = {**within, "basis": str(standing.basis)}
    return {
        "label": dict(BASES)[standing.basis],
        "basis": standing.basis,
        "rows": [
            {
                "place": place,
                "name": names.get(place.name, ""),
                "cells": _cells(request, place, where),
            }
            for place in standing.places
        ],
        "together": [
            Cell(getattr(standing.together, name), _listed(request, where, narrow))
            for name, narrow in COUNTS.items()
        ],
        "rates": standing.rates,
    }


def _cells(
    request: ContractRequest, place: Place[int | None], where: Mapping[str, str]
) -> list[Cell]:
    if place.name is None:  # the list cannot be narrowed down to orders without a unit
        return [Cell(getattr(place.tally, name), "") for name in COUNTS]
    of_unit = {**where, "unit": str(place.name)}
    return [
        Cell(getattr(place.tally, name), _listed(request, of_unit, narrow))
        for name, narrow in COUNTS.items()
    ]


def _causes(
    request: ContractRequest,
    found: Mapping[str, list[tuple[str, int]]],
    within: Mapping[str, str],
) -> list[dict[str, Any]]:
    told = {**within, "valid": "yes"}
    return [
        {
            "label": Case._meta.get_field(field).verbose_name,  # type: ignore[union-attr]
            "rows": [
                (cause, Cell(times, _listed(request, told, {**narrow, field: cause})))
                for cause, times in found[field]
            ],
        }
        for field, narrow in CAUSES.items()
    ]


def _listed(
    request: ContractRequest, where: Mapping[str, str], narrow: Mapping[str, str]
) -> str:
    listing = reverse("cases:list", args=[request.contract.number])
    return f"{listing}?{urlencode({**where, **narrow})}"


# --- Samples -------------------------------------------------------------------------------


@require_GET
@requires("cases.recheck")
def draws(request: ContractRequest) -> HttpResponse:
    return _draws_page(request, DrawForm(contract=request.contract, at=now()))


@require_POST
@requires("cases.draw")
def draw_new(request: ContractRequest) -> HttpResponse:
    at = now()
    form = DrawForm(request.POST, contract=request.contract, at=at)
    if form.is_valid():
        try:
            made = actions.draw(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except SampleRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The sample is drawn, and in the queue."))
            return redirect(made)
    return _draws_page(request, form, status=422)


def _draws_page(
    request: ContractRequest, form: DrawForm, status: int = 200
) -> HttpResponse:
    drawn = Draw.objects.of(request.contract).select_related("drawn_by")
    page = Paginator(drawn, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "cases/draws.html",
        {
            "form": form,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
        },
        status=status,
    )


@require_GET
@requires("cases.recheck")
def draw(request: ContractRequest, pk: int) -> HttpResponse:
    """Show a sample; with `again` in the query, also what its seed draws now."""
    drawn = Draw.objects.of(request.contract).select_related("contract", "drawn_by")
    shown = get_object_or_404(drawn, pk=pk)
    rows = shown.rechecks.select_related("case", "done_by", "clause").order_by("pk")
    return render(
        request,
        "cases/draw.html",
        {
            "draw": shown,
            "rows": rows,
            "again": draw_again(shown) if "again" in request.GET else None,
        },
    )


# --- Second looks --------------------------------------------------------------------------


@require_GET
@requires("cases.recheck")
def rechecks(request: ContractRequest) -> HttpResponse:
    """Show the queue, the unhappy first, or what was done, or the errors found."""
    of_contract = Recheck.objects.of(request.contract)
    rows = {
        "open": of_contract.open().order_by("-reason", "opened_at", "pk"),
        "errors": of_contract.errors().order_by("-done_at", "-pk"),
        "done": of_contract.exclude(done_at=None).order_by("-done_at", "-pk"),
    }
    view = request.GET.get("view", "")
    view = view if view in rows else "open"
    labels = {
        "open": pgettext("re-check", "Open"),
        "errors": _("Errors"),
        "done": pgettext("re-check", "Done"),
    }
    page = Paginator(
        rows[view].select_related("case__unit", "done_by"), A_PAGE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "cases/rechecks.html",
        {
            "view": view,
            "tabs": [
                {"label": label, "href": f"?view={name}", "current": name == view}
                for name, label in labels.items()
            ],
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "unhappy": RecheckReason.UNHAPPY,
        },
    )


@require_GET
@requires("cases.recheck")
def recheck(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _recheck(request, pk)
    return _recheck_page(request, shown, JudgeForm(case=shown.case))


@require_POST
@requires("cases.recheck")
def judge(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _recheck(request, pk)
    form = JudgeForm(request.POST, case=shown.case)
    if form.is_valid():
        try:
            actions.judge(shown, by=request.user, at=now(), **form.cleaned_data)
        except TransitionRefused as refusal:
            shown = _recheck(request, pk)  # as somebody else has left it
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The verdict is on the ledger."))
            return redirect("cases:rechecks", request.contract.number)
    return _recheck_page(request, shown, form, status=422)


def _recheck(request: ContractRequest, pk: int) -> Recheck:
    found = Recheck.objects.of(request.contract).select_related(
        "case__contract", "case__unit", "case__category", "draw", "done_by", "clause"
    )
    return get_object_or_404(found, pk=pk)


def _recheck_page(
    request: ContractRequest, shown: Recheck, form: JudgeForm, status: int = 200
) -> HttpResponse:
    return render(
        request,
        "cases/recheck.html",
        {
            "recheck": shown,
            "case": shown.case,
            "form": form,
            "own": actions.had_a_hand(shown.case, request.user),
            "handles": request.role in PARTY_B,
        },
        status=status,
    )
