"""Which steps are open on an order, to whom, and with which clocks running."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import Reading

from . import actions
from .forms import (
    AcceptForm,
    CloseForm,
    ReplyForm,
    ReviewForm,
    SignForm,
    StepForm,
    TransferForm,
    UrgeForm,
)
from .models import OPEN, Case, CaseStatus, Urgency
from .rules.clocks import Clock, inner_deadline


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be done to an order from some of its statuses.

    The first that is open is the one that is due; the others wait beside it.
    """

    name: str
    action: str
    form: type[StepForm]
    take: Callable[..., None]
    open_from: frozenset[str]


STEPS = (
    Step(
        "sign", "cases.sign", SignForm, actions.sign, frozenset({CaseStatus.RECEIVED})
    ),
    Step(
        "accept",
        "cases.accept",
        AcceptForm,
        actions.accept,
        frozenset({CaseStatus.TRANSFERRED}),
    ),
    Step(
        "reply",
        "cases.reply",
        ReplyForm,
        actions.reply,
        frozenset({CaseStatus.HANDLING}),
    ),
    Step(
        "review",
        "cases.review",
        ReviewForm,
        actions.review,
        frozenset({CaseStatus.REPLIED}),
    ),
    Step(
        "close",
        "cases.close",
        CloseForm,
        actions.close,
        frozenset({CaseStatus.REVIEWED}),
    ),
    Step(
        "transfer",
        "cases.transfer",
        TransferForm,
        actions.transfer,
        frozenset({CaseStatus.SIGNED, CaseStatus.TRANSFERRED, CaseStatus.HANDLING}),
    ),
    Step("urge", "cases.urge", UrgeForm, actions.urge, frozenset(OPEN)),
)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step with the form to take it by."""

    name: str
    form: StepForm
    refused: bool


def open_steps(
    case: Case,
    may: frozenset[str],
    *,
    at: datetime,
    refused: Mapping[str, StepForm],
) -> list[OpenStep]:
    """Return the steps that are open from here to somebody, the due one first.

    One that was just refused is there in any case, with what was typed in it.
    """
    steps: list[OpenStep] = []
    for step in STEPS:
        if step.name in refused:
            steps.insert(0, OpenStep(step.name, refused[step.name], refused=True))
        elif step.action in may and case.status in step.open_from:
            form = step.form(case=case, at=at, **_given(step, case, at))
            steps.append(OpenStep(step.name, form, refused=False))
    return steps


def _given(step: Step, case: Case, at: datetime) -> dict[str, Any]:
    if step.form is not TransferForm or case.due_at is None or case.due_at <= at:
        return {}
    limits = Reading.objects.of(case.contract).in_force(localdate(at)).internal_limits
    proposed = inner_deadline(
        case.due_at, from_moment=at, buffer=timedelta(hours=limits.buffer_hours)
    )
    return {"proposed_due_at": proposed.replace(second=0, microsecond=0)}


@dataclass(frozen=True, slots=True)
class NamedClock:
    """A clock on the order's page, and what it measures."""

    name: Any
    clock: Clock


def clocks(case: Case) -> list[NamedClock]:
    """Return the clocks of an order: signing, the unit's, the platform's (第二条 2).

    The platform's deadline wins; where it gave none there is no clock.
    """
    limits = (
        Reading.objects.of(case.contract)
        .in_force(localdate(case.counted_at))
        .internal_limits
    )
    urgent = case.urgency == Urgency.URGENT
    minutes = limits.urgent_sign_minutes if urgent else limits.sign_minutes
    sign_within = timedelta(minutes=minutes)
    found = []
    if case.signed_at or case.status == CaseStatus.RECEIVED:
        signing = Clock(
            case.received_at, case.received_at + sign_within, case.signed_at
        )
        found.append(NamedClock(_("Signing"), signing))
    if case.inner_due_at and case.transferred_at:
        inner = Clock(case.transferred_at, case.inner_due_at, case.replied_at)
        found.append(NamedClock(_("The unit's answer"), inner))
    if case.due_at:
        whole = Clock(case.counted_at, case.due_at, case.closed_at)
        found.append(NamedClock(_("Platform's deadline"), whole))
    return found
