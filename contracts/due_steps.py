"""Which steps are open on a due, to whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .actions import obligations as actions
from .forms.obligations import AcceptForm, DeliverForm, DropForm, ReturnForm
from .forms.steps import StepForm
from .models import Due, DueStatus, Side
from .models.obligation import OWED


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `name` is that of its URL, `action` its row in the table of rights."""

    name: str
    action: str
    form: type[StepForm]
    take: Callable[..., None]
    is_open: Callable[[Due, Side], bool]
    sided: bool = False  # whether the action asks for whom the person acts


def _owes(due: Due, side: Side) -> bool:
    return due.status in OWED and due.obligation.side == side


def _waits(due: Due, _side: Side) -> bool:
    return due.waits_for_acceptance


def _may_come_back(due: Due, _side: Side) -> bool:
    return due.status == DueStatus.DELIVERED and due.obligation.side == Side.B


def _is_owed(due: Due, _side: Side) -> bool:
    return due.owed


STEPS = (
    Step(
        "deliver",
        "contracts.deliver",
        DeliverForm,
        actions.deliver,
        _owes,
        sided=True,
    ),
    Step("accept", "contracts.accept", AcceptForm, actions.accept, _waits),
    Step("return", "contracts.accept", ReturnForm, actions.return_, _may_come_back),
    Step("drop", "contracts.accept", DropForm, actions.drop, _is_owed),
)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that this person may take now, with the form for it."""

    step: Step
    form: StepForm


def open_steps(
    due: Due,
    *,
    side: Side,
    may: frozenset[str],
    at: datetime,
    refused: Mapping[str, StepForm],
) -> list[OpenStep]:
    """Return the steps open to this person, the due one first.

    One that was just refused is there in any case, with what was typed in it.
    """
    steps: list[OpenStep] = []
    for step in STEPS:
        if step.name in refused:
            steps.insert(0, OpenStep(step, refused[step.name]))
        elif step.action in may and step.is_open(due, side):
            form = step.form(record=due, at=at)
            steps.append(OpenStep(step, form))
    return steps
