"""Pages of the vendor's people: their list, and the file of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from contracts.access import ContractRequest, requires
from contracts.forms.steps import StepForm
from contracts.views.matters import attempt, events
from staffing.actions import agreements, labour
from staffing.actions import people as actions
from staffing.forms.people import (
    ApproveForm,
    BeginForm,
    IdentityForm,
    ProposeAgainForm,
    ProposeForm,
    RefusePersonForm,
)
from staffing.models import Agreement, Person, PersonStatus, Post


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be done to a file, from these statuses."""

    name: str
    form: type[StepForm]
    take: Callable[..., Any]
    action: str
    open_from: tuple[PersonStatus, ...]
    grave: bool = False


STEPS = (
    Step(
        "approve",
        ApproveForm,
        actions.approve,
        "staffing.approve",
        (PersonStatus.PROPOSED,),
    ),
    Step(
        "refuse",
        RefusePersonForm,
        actions.refuse,
        "staffing.approve",
        (PersonStatus.PROPOSED,),
        grave=True,
    ),
    Step("begin", BeginForm, actions.begin, "staffing.file", (PersonStatus.APPROVED,)),
    Step(
        "again",
        ProposeAgainForm,
        actions.propose_again,
        "staffing.file",
        (PersonStatus.REFUSED,),
    ),
)


#: What the paper trail of a file calls what happened → how people call it.
WORDS = {
    **dict(PersonStatus.choices),
    "on post": pgettext_lazy("person", "First day and account set"),
    actions.REVEALED: _lazy("Identity number shown"),
    labour.RECORDED: _lazy("Labour contract and insurance recorded"),
    agreements.FILED: _lazy("Signed agreement filed"),
}


@require_safe
@requires("staffing.view_people")
def people(request: ContractRequest) -> HttpResponse:
    at = now()
    gone = request.GET.get("gone") == "yes"
    everybody = Person.objects.of(request.contract)
    shown = everybody if gone else everybody.exclude(status=PersonStatus.LEFT)
    filed = Agreement.objects.filter(person=OuterRef("pk"))
    rows = shown.select_related("post", "user", "contract").annotate(
        bound=Exists(filed)
    )
    cleared = everybody.cleared(localdate(at)).values_list("pk", flat=True)
    context = {
        "rows": rows,
        "cleared": set(cleared),
        "gone": gone,
        "posts": Post.objects.of(request.contract).exists(),
    }
    return render(request, "staffing/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.file")
def new(request: ContractRequest) -> HttpResponse:
    at, posted = now(), request.method == "POST"
    form = ProposeForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: actions.propose(
                request.contract, by=request.user, at=at, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, _("Proposed. Party A decides."))
            return redirect(made)
    return render(
        request,
        "staffing/person_new.html",
        {
            "form": form,
            "back": reverse("staffing:people", args=[request.contract.number]),
            "back_label": _("The team"),
        },
        status=422 if form.errors else 200,
    )


@require_safe
@requires("staffing.view_people")
def person(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _person(request, pk))


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on somebody's file."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        person, at = _person(request, pk), now()
        form = step.form(request.POST, request.FILES, record=person, at=at)
        if form.is_valid() and attempt(
            form,
            lambda: (
                step.take(person, by=request.user, at=at, **form.cleaned_data) or person
            ),
        ):
            messages.success(request, _("Done. It is on record."))
            return redirect(person)
        return _page(request, _person(request, pk), refused=(step, form), status=422)

    take.__name__ = step.name
    return take


@require_POST
@requires("staffing.reveal")
def reveal(request: ContractRequest, pk: int) -> HttpResponse:
    """Show the identity number this once. The page is not kept by the browser."""
    person = _person(request, pk)
    form = IdentityForm(request.POST)
    if form.is_valid():
        number = attempt(
            form,  # type: ignore[arg-type]  # asks nothing that a step form has
            lambda: actions.reveal_identity(
                person, by=request.user, at=now(), **form.cleaned_data
            ),
        )
        if number:
            return _page(request, person, number=number)
    return _page(request, person, reveal_form=form, status=422)


def _person(request: ContractRequest, pk: int) -> Person:
    files = Person.objects.of(request.contract).select_related(
        "contract", "post", "user", "paper", "labour_paper", "proposed_by", "decided_by"
    )
    return get_object_or_404(files, pk=pk)


def _page(
    request: ContractRequest,
    person: Person,
    *,
    refused: tuple[Step, StepForm] | None = None,
    number: str = "",
    reveal_form: IdentityForm | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    steps = [
        (
            step,
            refused[1]
            if refused and refused[0] is step
            else step.form(record=person, at=at),
        )
        for step in STEPS
        if person.status in step.open_from and step.action in request.may
    ]
    shown = [step for step, _form in steps]
    context = {
        "person": person,
        "steps": steps,
        "closed": refused[1] if refused and refused[0] not in shown else None,
        "gates": _gates(person, at),
        "agreements": person.agreements.select_related("text", "document"),
        "departures": person.departures.all(),
        "attendances": person.attendances.select_related("training"),
        "insured": person.insurance.all()[:24],
        "events": events(person, WORDS),
        "number": number,
        "reveal_form": reveal_form or IdentityForm(),
    }
    return render(request, "staffing/person.html", context, status=status)


def _gates(person: Person, at: Any) -> list[tuple[str, bool]]:
    """Return what has to be there before somebody may be on duty, and whether it is."""
    today = localdate(at)
    return [
        (_("Approved by Party A"), person.status == PersonStatus.APPROVED),
        (_("Signed confidentiality agreement on file"), person.has_agreement),
        (
            _("First day on post has come"),
            bool(person.begins_on and person.begins_on <= today),
        ),
        (
            _("Has not left"),
            person.status != PersonStatus.LEFT
            and not (person.leaves_on and person.leaves_on < today),
        ),
        (_("Has an account"), person.user_id is not None),
    ]
