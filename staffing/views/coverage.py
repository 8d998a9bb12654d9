"""Pages that prove the desk was manned: a month at a look, a day to the minute."""

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.templatetags.frame import moment
from contracts.access import ContractRequest, requires
from contracts.rules.calendar import ONE_DAY
from staffing import sheets
from staffing.coverage import actual, planned
from staffing.day import day_of
from staffing.models import Breach, BreachKind, Stint
from staffing.rules.cover import midnight, moment_of
from staffing.rules.months import days_of, month_after, month_before

from .rosters import asked_month, download


@require_safe
@requires("staffing.view")
def coverage(request: ContractRequest) -> HttpResponse:
    at, month = now(), asked_month(request)
    days = days_of(month)
    fact = actual(request.contract, days, at=at)
    plan = planned(request.contract, days)
    context = {
        "month": month,
        "days": days,
        "covers": [
            (before, cover)
            for before, cover in zip(plan, fact, strict=True)
            if before.needed or cover.needed
        ],
        "before": month_before(month),
        "after": month_after(month),
        "today": localdate(at),
        "at": at,
    }
    return render(request, "staffing/coverage.html", context)


@require_safe
@requires("staffing.view")
def day(request: ContractRequest) -> HttpResponse:
    at = now()
    asked = _asked_day(request, at)
    begins, ends = _bounds(asked)
    stints = (
        Stint.objects.of(request.contract)
        .between(begins, ends)
        .select_related(
            "person", "post", "on_told_by", "off_told_by", "confirmed_by", "corrects"
        )
    )
    breaches = Breach.objects.of(request.contract).filter(
        happened_on=asked, kind__in=(BreachKind.GAP, BreachKind.NO_SHOW)
    )
    context: dict[str, Any] = {
        "day": asked,
        "posts": day_of(request.contract, asked, at=at),
        "stints": stints,
        "breaches": breaches.select_related("contract", "person", "post"),
        "before": asked - ONE_DAY,
        "after": asked + ONE_DAY if asked < localdate(at) else None,
        "at": at,
        "month": asked.replace(day=1),
    }
    return render(request, "staffing/day.html", context)


def _asked_day(request: ContractRequest, at: datetime) -> date:
    """Return the day that the page is asked for; where it makes no sense, today."""
    first, last = request.contract.starts_on, request.contract.term.last_on
    today = min(max(localdate(at), first), last)
    try:
        asked = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return asked if first <= asked <= last else today


def _bounds(asked: date) -> tuple[datetime, datetime]:
    return moment_of(midnight(asked)), moment_of(midnight(asked + ONE_DAY))


@require_safe
@requires("staffing.view")
def sheet(request: ContractRequest) -> HttpResponse:
    """Send the proof of a month as a workbook."""
    at, month = now(), asked_month(request)
    days = days_of(month)
    begins, ends = _bounds(days[0])[0], _bounds(days[-1])[1]
    stints = (
        Stint.objects.of(request.contract)
        .standing()
        .between(begins, ends)
        .select_related("person", "post")
    )
    book = sheets.write_cover(
        {
            _("Contract"): request.contract.title,
            _("Month"): f"{month:%Y-%m}",
            _("As of"): moment(at),
            _("How it is counted"): _(
                "By the minute, in Beijing time. A minute counts as covered by everybody "
                "who was signed on in any part of it; what was told afterwards counts "
                "once Party A has confirmed it."
            ),
        },
        planned(request.contract, days),
        actual(request.contract, days, at=at),
        stints,
    )
    return download(book, f"coverage-{month:%Y-%m}.xlsx")
