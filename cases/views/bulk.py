"""One act on many orders: what it needs is asked once, and each answers for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.models import User
from cases.actions.bulk import Result, each
from cases.forms import StepForm
from cases.forms.bulk import ChosenForm
from cases.models import Case
from cases.rules.clocks import inner_deadline
from cases.steps import STEPS, Step
from contracts.access import ContractRequest, requires
from contracts.models import Contract, Reading, TransitionRefused

#: Changes what was filled in for all to what one order takes.
Suits = Callable[[QueryDict, Case], None]


def _as_it_is(_data: QueryDict, _case: Case) -> None:
    """Take what was filled in for every order alike."""


def _own_deadline(contract: Contract, at: datetime) -> Suits:
    """Where no inner deadline was filled in, give each order the one proposed for it."""
    limits = Reading.objects.of(contract).in_force(localdate(at)).internal_limits
    buffer = timedelta(hours=limits.buffer_hours)

    def suits(data: QueryDict, case: Case) -> None:
        if not data.get("inner_due_at") and case.due_at and case.due_at > at:
            proposed = inner_deadline(case.due_at, from_moment=at, buffer=buffer)
            data["inner_due_at"] = f"{localtime(proposed):%Y-%m-%dT%H:%M}"

    return suits


def _also_its_own_flags(_contract: Contract, _at: datetime) -> Suits:
    """Put flags beside those that an order has: none is taken away from many at once."""

    def suits(data: QueryDict, case: Case) -> None:
        data.setlist("flags", sorted({*data.getlist("flags"), *case.flags}))

    return suits


@dataclass(frozen=True, slots=True)
class BulkAct:
    """A step that may be taken on many orders at once."""

    step: Step
    icon: str
    #: Of the form's fields, those that are proposed for one order and not for many.
    blank: tuple[str, ...] = ()
    suits: Callable[[Contract, datetime], Suits] = lambda _contract, _at: _as_it_is
    help: Any = ""

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def url(self) -> str:
        return f"cases:bulk-{self.name}"

    @property
    def verb(self) -> Any:
        return self.step.form.verb


_STEP = {step.name: step for step in STEPS}

BULK_ACTS = (
    BulkAct(_STEP["sign"], "pen-line"),
    BulkAct(
        _STEP["transfer"],
        "forward",
        blank=("unit", "inner_due_at"),
        suits=_own_deadline,
        help=_("Without an inner deadline each order gets the one proposed for it."),
    ),
    BulkAct(_STEP["urge"], "bell-ring"),
    BulkAct(_STEP["close"], "circle-check"),
    BulkAct(_STEP["archive"], "archive"),
    BulkAct(
        _STEP["flag"],
        "flag",
        blank=("flags",),
        suits=_also_its_own_flags,
        help=_("The flags that an order has already stay."),
    ),
)


def bulk_acts(may: frozenset[str]) -> list[BulkAct]:
    """Return what somebody may do to many orders at once."""
    return [act for act in BULK_ACTS if act.step.action in may]


def bulk_view(act: BulkAct) -> Callable[..., Any]:
    """Return the view that takes one step on many orders."""

    @require_POST
    @requires(act.step.action)
    def take(request: ContractRequest) -> HttpResponse:
        chosen = ChosenForm(request.POST)
        if not chosen.is_valid():
            return _result(request, act, chosen, status=422)
        at = now()
        cases = _chosen(request, chosen.cleaned_data["selected"])
        form = _form_for_all(act, cases, request, at, asked=_is_asked(act, chosen))
        if form is not None:
            return _form(request, act, chosen, cases, form)
        suits = act.suits(request.contract, at)
        filled_in = request.POST.copy()
        filled_in.pop("selected")  # or each order would copy the keys of all
        do = partial(
            _take, act, filled_in=filled_in, by=request.user, at=at, suits=suits
        )
        results = each(cases, do, token=chosen.cleaned_data["token"])
        unseen = len(chosen.cleaned_data["selected"]) - len(cases)
        return _result(request, act, chosen, results, unseen=unseen)

    take.__name__ = f"bulk_{act.name}"
    return take


def _chosen(request: ContractRequest, keys: list[int]) -> list[Case]:
    """Return those of the orders that the person may see, in the order of the ticks."""
    cases = Case.objects.of(request.contract).seen_by(request.user, request.role)
    found = cases.select_related("contract", "unit").in_bulk(keys)
    return [found[key] for key in keys if key in found]


# --- What the act needs to know ---------------------------------------------------------------

#: What is wrong with a form whatever order it is for.
OF_ALL = frozenset({"required", "invalid", "invalid_choice", "max_length"})
OF_THE_FORM = ("token", "seen")


def _is_asked(act: BulkAct, chosen: ChosenForm) -> bool:
    """Say whether there is nothing to fill in, or it has been filled in."""
    nothing = set(act.step.form.base_fields) <= set(OF_THE_FORM)
    return nothing or bool(chosen.cleaned_data["asked"])


def _form_for_all(
    act: BulkAct,
    cases: list[Case],
    request: ContractRequest,
    at: datetime,
    *,
    asked: bool,
) -> StepForm | None:
    """Return the form to fill in for all of them; None once it is filled in."""
    if not cases:
        return None
    if not asked:
        form = act.step.form(case=cases[0], at=at)
        for name in act.blank:
            form.fields[name].initial = None
        return _without_what_each_has(form)
    form = act.step.form(request.POST, case=cases[0], at=at)
    wrong = [one for errors in form.errors.as_data().values() for one in errors]
    if any(one.code in OF_ALL for one in wrong):
        return _without_what_each_has(form)
    return None


def _without_what_each_has(form: StepForm) -> StepForm:
    for name in OF_THE_FORM:
        del form.fields[name]
    return form


def _form(
    request: ContractRequest,
    act: BulkAct,
    chosen: ChosenForm,
    cases: list[Case],
    form: StepForm,
) -> HttpResponse:
    context = {
        "act": act,
        "chosen": chosen,
        "cases": cases,
        "form": form,
        "back": _back(chosen),
    }
    status = 422 if form.errors else 200
    return render(request, "cases/bulk.html", context, status=status)


# --- What came of it ------------------------------------------------------------------------------


def _result(
    request: ContractRequest,
    act: BulkAct,
    chosen: ChosenForm,
    results: Sequence[Result] = (),
    *,
    unseen: int = 0,
    status: int = 200,
) -> HttpResponse:
    """Show what came of it. No redirect: sent again, it does nothing twice and says so."""
    context = {
        "act": act,
        "chosen": chosen,
        "refused": [one for one in results if not one.done],
        "done": [one for one in results if one.done],
        "unseen": unseen,
        "back": _back(chosen),
    }
    return render(request, "cases/bulk_result.html", context, status=status)


def _take(
    act: BulkAct,
    case: Case,
    token: UUID,
    *,
    filled_in: QueryDict,
    by: User,
    at: datetime,
    suits: Suits,
) -> None:
    """Take the step on one order, as its own page would. Raises TransitionRefused."""
    data = filled_in.copy()
    data["token"] = str(token)
    suits(data, case)
    form = act.step.form(data, case=case, at=at)
    if not form.is_valid():
        wrong = [str(one) for errors in form.errors.values() for one in errors]
        raise TransitionRefused(" ".join(wrong))
    act.step.take(case, by=by, at=at, **form.given())


def _back(chosen: ChosenForm) -> str:
    """Return the filters of the list that the ticks were in."""
    return QueryDict(chosen.data.get("back", "")).urlencode()
