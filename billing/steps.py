"""The steps a termination takes: who may take each, from where, and by which form."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from contracts.models import Termination, TerminationStatus

from . import actions
from .forms import (
    ApproveForm,
    CarryOutForm,
    NotifyForm,
    ProposeForm,
    SendBackForm,
    StepForm,
    WithdrawForm,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `name` is that of its URL, `action` its row in the table of rights."""

    name: str
    action: str
    form: type[StepForm] | type[ApproveForm]
    take: Callable[..., None]
    open_from: Collection[str]
    grave: bool = False


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that this person may take now, with the form for it."""

    step: Step
    form: Any


BEFORE_THE_END = (
    TerminationStatus.DRAFT,
    TerminationStatus.PROPOSED,
    TerminationStatus.APPROVED,
    TerminationStatus.NOTIFIED,
)

STEPS = (
    Step(
        "propose",
        "billing.terminate",
        ProposeForm,
        actions.propose,
        {TerminationStatus.DRAFT},
    ),
    Step(
        "approve",
        "billing.approve_termination",
        ApproveForm,
        actions.approve,
        {TerminationStatus.PROPOSED},
        grave=True,
    ),
    Step(
        "send-back",
        "billing.approve_termination",
        SendBackForm,
        actions.send_back,
        {TerminationStatus.PROPOSED},
    ),
    Step(
        "notify",
        "billing.terminate",
        NotifyForm,
        actions.notify,
        {TerminationStatus.APPROVED},
    ),
    Step(
        "carry-out",
        "billing.terminate",
        CarryOutForm,
        actions.carry_out,
        {TerminationStatus.NOTIFIED},
        grave=True,
    ),
    Step(
        "withdraw",
        "billing.terminate",
        WithdrawForm,
        actions.withdraw,
        BEFORE_THE_END,
        grave=True,
    ),
)


def open_steps(
    termination: Termination,
    *,
    request: HttpRequest,
    may: Collection[str],
    at: datetime,
    refused: Mapping[str, Any],
) -> list[OpenStep]:
    """Return the steps open to this person now; a refused one with its own form."""
    return [
        OpenStep(
            step,
            refused.get(step.name)
            or step.form(termination=termination, request=request, at=at),
        )
        for step in STEPS
        if step.action in may and termination.status in step.open_from
    ]
