"""What pages of records of the team share: tabs, the steps open to whom, taking one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from contracts.access import ContractRequest, requires
from contracts.forms.steps import StepForm
from contracts.views.matters import attempt


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a record; `name` is its URL's, `action` its row in the table of rights.

    `is_open` is asked with the record and whoever looks at it.
    """

    name: str
    action: str
    form: type[StepForm]
    take: Callable[..., Any]
    is_open: Callable[[Any, User], bool]
    grave: bool = False


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that this person may take now: its form, and where that is sent."""

    step: Step
    form: StepForm
    url: str


def open_steps(
    request: ContractRequest,
    kind: str,
    steps: Sequence[Step],
    record: Any,
    *,
    at: datetime,
    refused: Mapping[str, StepForm],
) -> dict[str, Any]:
    """Return what a page shows of the steps; a refused one with its own form.

    `kind` is what the URL names of the steps begin with.
    """
    shown = [
        OpenStep(
            step,
            refused.get(step.name) or step.form(record=record, at=at),
            reverse(
                f"staffing:{kind}-{step.name}",
                args=[request.contract.number, record.pk],
            ),
        )
        for step in steps
        if step.action in request.may and step.is_open(record, request.user)
    ]
    names = {one.step.name for one in shown}
    # A step that is not open any more has no form to say why on.
    closed = [form for name, form in refused.items() if name not in names]
    return {"steps": shown, "closed": closed}


def tabs(
    request: ContractRequest, lists: Mapping[str, Any], here: str
) -> list[dict[str, Any]]:
    """Return the tabs over lists that belong together: name of each URL → its label."""
    return [
        {
            "label": label,
            "href": reverse(f"staffing:{name}", args=[request.contract.number]),
            "current": name == here,
        }
        for name, label in lists.items()
    ]


def step_views(
    steps: Sequence[Step],
    find: Callable[[ContractRequest, int], Any],
    page: Callable[..., HttpResponse],
) -> dict[str, Callable[..., Any]]:
    """Return the view that takes each step, by the step's name; see `_step_view`."""
    return {step.name: _step_view(step, find, page) for step in steps}


def _step_view(
    step: Step,
    find: Callable[[ContractRequest, int], Any],
    page: Callable[..., HttpResponse],
) -> Callable[..., Any]:
    """Return the view that takes a step on the record that `find` finds.

    A refusal is said on the record's `page`, which takes `refused` and `status`.
    """

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        record, at = find(request, pk), now()
        form = step.form(request.POST, request.FILES, record=record, at=at)
        if form.is_valid():
            done = attempt(
                form,
                lambda: (
                    step.take(record, by=request.user, at=at, **form.cleaned_data),
                ),
            )
            if done:
                messages.success(request, _("Done. It is on record."))
                return redirect(record)
            record = find(request, pk)  # as somebody else has left it
        return page(request, record, refused={step.name: form}, status=422)

    return take
