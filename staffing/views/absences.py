"""Pages of leave and swaps: asked for by people themselves, granted by somebody else."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.paging import count, page
from accounts.roles import Role
from contracts.access import ContractRequest, requires
from contracts.forms.steps import StepForm
from contracts.views.matters import attempt, events
from staffing.actions import absences as actions
from staffing.filters.departures import LeaveFilter, SwapFilter
from staffing.forms.absences import (
    AgreeForm,
    DeclineForm,
    GrantLeaveForm,
    GrantSwapForm,
    LeaveForm,
    OwnForm,
    RefuseAbsenceForm,
    SwapForm,
    WithdrawAbsenceForm,
)
from staffing.models import AskedStatus, Leave, Swap

from .steps import Step, open_steps, step_views, tabs

WORDS = dict(AskedStatus.choices)
#: The URL of each list, and what is on it.
LISTS = {
    "absences": pgettext("staffing", "Leave"),
    "swaps": pgettext("staffing", "Swaps"),
}


# --- When a step is open ------------------------------------------------------------------


def _waits(record: Leave | Swap, _user: User) -> bool:
    return AskedStatus.WITHDRAWN in record.NEXT.get(record.status, ())


def _others(record: Leave | Swap, user: User) -> bool:
    return _waits(record, user) and record.asked_by_id != user.pk


def _leave_of_others(record: Leave, user: User) -> bool:
    return _others(record, user) and record.person.user_id != user.pk


def _own_leave(record: Leave, user: User) -> bool:
    mine = user.pk in (record.asked_by_id, record.person.user_id)
    return _waits(record, user) and mine


def _to_agree(record: Swap, user: User) -> bool:
    return record.status == AskedStatus.ASKED and record.taker.user_id == user.pk


def _to_decline(record: Swap, user: User) -> bool:
    return _waits(record, user) and record.taker.user_id == user.pk


def _agreed_by_others(record: Swap, user: User) -> bool:
    giver = record.shift.person.user_id
    theirs = user.pk in (record.asked_by_id, record.agreed_by_id, giver)
    return record.status == AskedStatus.AGREED and not theirs


def _own_swap(record: Swap, user: User) -> bool:
    mine = user.pk in (record.asked_by_id, record.shift.person.user_id)
    return _waits(record, user) and mine


LEAVE_STEPS = (
    Step(
        "grant",
        "staffing.grant",
        GrantLeaveForm,
        actions.grant_leave,
        _leave_of_others,
    ),
    Step(
        "refuse",
        "staffing.grant",
        RefuseAbsenceForm,
        actions.refuse,
        _others,
        grave=True,
    ),
    Step(
        "withdraw",
        "staffing.ask",
        WithdrawAbsenceForm,
        actions.withdraw,
        _own_leave,
        grave=True,
    ),
)
SWAP_STEPS = (
    Step("agree", "staffing.ask", AgreeForm, actions.agree, _to_agree),
    Step(
        "decline",
        "staffing.ask",
        DeclineForm,
        actions.decline,
        _to_decline,
        grave=True,
    ),
    Step(
        "grant",
        "staffing.grant",
        GrantSwapForm,
        actions.grant_swap,
        _agreed_by_others,
    ),
    Step(
        "refuse",
        "staffing.grant",
        RefuseAbsenceForm,
        actions.refuse,
        _others,
        grave=True,
    ),
    Step(
        "withdraw",
        "staffing.ask",
        WithdrawAbsenceForm,
        actions.withdraw,
        _own_swap,
        grave=True,
    ),
)


# --- Lists --------------------------------------------------------------------------------


@require_safe
@requires("staffing.view")
def absences(request: ContractRequest) -> HttpResponse:
    rows = _visible(request, Leave).select_related("person__post", "asked_by")
    found = LeaveFilter(request.GET, queryset=rows)
    return _listing(request, found, "absences")


@require_safe
@requires("staffing.view")
def swaps(request: ContractRequest) -> HttpResponse:
    rows = _visible(request, Swap).select_related(
        "shift__person", "shift__post", "taker", "in_return", "asked_by"
    )
    found = SwapFilter(request.GET, queryset=rows)
    return _listing(request, found, "swaps")


def _listing(request: ContractRequest, found: Any, name: str) -> HttpResponse:
    shown = page(
        found.qs,
        "-asked_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": bool(request.GET),
        "page": shown,
        "count": count(found.qs),
        "tabs": tabs(request, LISTS, name),
    }
    return render(request, f"staffing/{name}.html", context)


def _visible(request: ContractRequest, model: Any) -> Any:
    """Return what somebody sees: their own, unless they see the people's files."""
    rows = model.objects.of(request.contract)
    return rows if "staffing.view_people" in request.may else rows.own(request.user)


# --- Forms --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.ask")
def ask_leave(request: ContractRequest) -> HttpResponse:
    return _ask(request, LeaveForm, actions.ask_leave, "absences")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.ask")
def ask_swap(request: ContractRequest) -> HttpResponse:
    return _ask(request, SwapForm, actions.ask_swap, "swaps")


def _ask(
    request: ContractRequest,
    form_class: type[OwnForm],
    make: Callable[..., Leave | Swap],
    listed: str,
) -> HttpResponse:
    """Answer with the form about oneself, or take it; the manager's is about anybody."""
    at = now()
    form = form_class(
        request.POST if request.method == "POST" else None,
        contract=request.contract,
        at=at,
        user=None if request.role == Role.MANAGER else request.user,
        initial={"shift": request.GET.get("shift", "")},
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: make(request.contract, by=request.user, at=at, **form.cleaned_data),
        )
        if made:
            messages.success(request, _("Done. It is on record."))
            return redirect(made)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "back": reverse(f"staffing:{listed}", args=[request.contract.number]),
        "back_label": LISTS[listed],
    }
    template = "leave_new" if form_class is LeaveForm else "swap_new"
    return render(request, f"staffing/{template}.html", context, status=status)


# --- One of them --------------------------------------------------------------------------


@require_safe
@requires("staffing.view")
def leave(request: ContractRequest, pk: int) -> HttpResponse:
    return _leave_page(request, _leave(request, pk))


@require_safe
@requires("staffing.view")
def swap(request: ContractRequest, pk: int) -> HttpResponse:
    return _swap_page(request, _swap(request, pk))


def _leave(request: ContractRequest, pk: int) -> Leave:
    rows = _visible(request, Leave).select_related(
        "contract", "person__post", "asked_by", "decided_by"
    )
    found: Leave = get_object_or_404(rows, pk=pk)
    return found


def _swap(request: ContractRequest, pk: int) -> Swap:
    rows = _visible(request, Swap).select_related(
        "contract",
        "shift__person",
        "shift__post",
        "taker",
        "in_return__post",
        "in_return__person",
        "asked_by",
        "decided_by",
    )
    found: Swap = get_object_or_404(rows, pk=pk)
    return found


def _leave_page(
    request: ContractRequest,
    record: Leave,
    *,
    refused: Mapping[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    falling = []
    if _waits(record, request.user):
        falling = list(actions.falling_out(record, at=at).select_related("post"))
    context = {
        "record": record,
        "falling": falling,
        "events": events(record, WORDS),
        **open_steps(
            request, "leave", LEAVE_STEPS, record, at=at, refused=refused or {}
        ),
    }
    return render(request, "staffing/leave.html", context, status=status)


def _swap_page(
    request: ContractRequest,
    record: Swap,
    *,
    refused: Mapping[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "record": record,
        "events": events(record, WORDS),
        **open_steps(
            request, "swap", SWAP_STEPS, record, at=now(), refused=refused or {}
        ),
    }
    return render(request, "staffing/swap.html", context, status=status)


LEAVE_TAKEN = step_views(LEAVE_STEPS, _leave, _leave_page)
SWAP_TAKEN = step_views(SWAP_STEPS, _swap, _swap_page)
