"""Pages of changes, extras, callouts, force majeure and holds: all made the same way."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.paging import count, page
from contracts.access import ContractRequest, requires, side_of
from contracts.actions.documents import DocumentRefused
from contracts.actions.refusals import MatterRefused
from contracts.forms.base import ContractForm
from contracts.forms.steps import StepForm
from contracts.matters import CALLOUTS, HOLDS, MATTERS, TONES, Matter, Step
from contracts.models import (
    AuditEntry,
    CalloutStatus,
    Notice,
    TransitionRefused,
)
from contracts.rules.stages import statutory_days


def listing(matter: Matter) -> Callable[..., Any]:
    """Return the view of a kind's list."""

    @require_safe
    @requires("contracts.view")
    def show(request: ContractRequest) -> HttpResponse:
        rows = matter.model.objects.of(request.contract)  # type: ignore[attr-defined]
        found = matter.filter(request.GET, queryset=rows)
        shown = page(
            found.qs.select_related("clause", *matter.related),
            f"-{matter.begun}",
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
        context = {
            "matter": matter,
            "tabs": _tabs(request, matter),
            "filter": found,
            "narrowed": any(request.GET.get(name) for name in found.filters),
            "page": shown,
            "count": count(found.qs),
            "at": now(),
        }
        name = matter.listed.replace("-", "_")
        return render(request, f"contracts/{name}.html", context)

    return show


def new(matter: Matter) -> Callable[..., Any]:
    """Return the view that begins a record."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @requires(matter.action)
    def begin(request: ContractRequest) -> HttpResponse:
        at, side = now(), side_of(request.role)
        posted = request.method == "POST"
        clause = request.contract.clauses.filter(ref=matter.clause).first()
        form = matter.form(side)(
            request.POST if posted else None,
            request.FILES if posted else None,
            contract=request.contract,
            at=at,
            initial={"clause": clause},
        )
        if form.is_valid():
            sided = {"side": side} if matter.sided else {}
            made = attempt(
                form,
                lambda: matter.make(
                    request.contract,
                    by=request.user,
                    at=at,
                    **sided,
                    **form.cleaned_data,
                ),
            )
            if made:
                messages.success(request, _("Done. It is on record."))
                return redirect(made)
        return render(
            request,
            "contracts/matter_new.html",
            {"matter": matter, "form": form, "back": _list(request, matter)},
            status=422 if form.errors else 200,
        )

    return begin


def show(matter: Matter) -> Callable[..., Any]:
    """Return the view of one record."""

    @require_safe
    @requires("contracts.view")
    def one(request: ContractRequest, pk: int) -> HttpResponse:
        return _page(request, matter, _record(request, matter, pk))

    return one


def step_view(matter: Matter, step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on a record."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        record, at = _record(request, matter, pk), now()
        form = step.form(request.POST, request.FILES, record=record, at=at)
        if form.is_valid():
            sided = {"side": side_of(request.role)} if step.sided else {}
            taken = attempt(
                form,
                lambda: (
                    step.take(
                        record,
                        by=request.user,
                        at=at,
                        **sided,
                        **form.cleaned_data,
                    )
                    or record
                ),
            )
            if taken:
                messages.success(request, _("Done. It is on record."))
                return redirect(taken)
            record = _record(request, matter, pk)  # as somebody else has left it
        return _page(request, matter, record, refused={step.name: form}, status=422)

    return take


def attempt(form: ContractForm | StepForm, act: Callable[[], Any]) -> Any:
    """Return what the action returns; where it refuses, None, and the form says why."""
    try:
        return act()
    except MatterRefused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
    except (DocumentRefused, TransitionRefused) as refusal:
        form.add_error(None, str(refusal))
    return None


def _record(request: ContractRequest, matter: Matter, pk: int) -> Any:
    rows = matter.model.objects.of(request.contract)  # type: ignore[attr-defined]
    rows = rows.select_related("contract", "clause", *matter.related)
    return get_object_or_404(rows, pk=pk)


def _page(
    request: ContractRequest,
    matter: Matter,
    record: Any,
    *,
    refused: dict[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, refused = now(), refused or {}
    steps = matter.open_steps(
        record, side=side_of(request.role), may=request.may, at=at, refused=refused
    )
    shown = {one.step.name for one in steps}
    context = {
        "matter": matter,
        "record": record,
        "steps": steps,
        # A step that is not open any more has no form to say why on.
        "closed": [form for name, form in refused.items() if name not in shown],
        "dues": _dues(record),
        "events": events(record, matter.words),
        "back": _list(request, matter),
        "at": at,
        **_more(matter, record),
    }
    name = matter.name.replace("-", "_")
    return render(request, f"contracts/{name}.html", context, status=status)


def _more(matter: Matter, record: Any) -> dict[str, Any]:
    """Return what the page of this kind alone shows."""
    if matter is HOLDS:
        return {"hints": statutory_days(record.stage.opens_on)}
    if matter is CALLOUTS:
        return {"refused_order": record.status == CalloutStatus.REFUSED}
    if matter.name == "change" and record.consent_id:
        told = Notice.objects.of(record.contract).filter(scan=record.consent_id)
        return {"notice": told.select_related("contract").first()}
    return {}


def _dues(record: Any) -> list[Any]:
    """Return the clocks that a record has started; extras and holds start none."""
    if not hasattr(record, "dues"):
        return []
    return list(record.dues.select_related("obligation__clause").order_by("due_at"))


def events(record: Any, words: Any) -> list[dict[str, Any]]:
    """Return what happened to a record, newest first, as the timeline shows it."""
    entries = AuditEntry.objects.about(record).select_related("by")
    return [
        {
            "title": words.get(entry.became, entry.became),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": TONES.get(entry.became, entry.became),
        }
        for entry in entries.order_by("-pk")
    ]


def _tabs(request: ContractRequest, here: Matter) -> list[dict[str, Any]]:
    return [
        {
            "label": matter.label,
            "href": _list(request, matter),
            "current": matter is here,
        }
        for matter in MATTERS
    ]


def _list(request: ContractRequest, matter: Matter) -> str:
    return reverse(f"contracts:{matter.listed}", args=[request.contract.number])
