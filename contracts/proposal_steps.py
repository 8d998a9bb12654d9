"""The steps that what is proposed takes: who may take each, and by which form."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from .actions import calendar_proposals, proposals, readings
from .actions.recompute import Move
from .forms.proposals import AdoptForm, RefuseForm, WithdrawForm
from .models import CalendarProposal, Contract, ProposalStatus, ReadingProposal
from .register import preview_of
from .rules.calendar_file import parse_calendar
from .rules.readings import BY_KEY
from .work_calendar import changes

AnyProposal = ReadingProposal | CalendarProposal


@dataclass(frozen=True, slots=True)
class Matter:
    """A kind of thing that is proposed: how it is shown, and what adopting it does."""

    name: str
    rows: Callable[[Contract], Any]
    page: str  # of all of its kind, a URL name
    path: str
    adopt: Callable[..., Sequence[Move]]
    #: Returns what the page shows while it waits, and the moves among it.
    look_at: Callable[[Any], tuple[dict[str, Any], Sequence[Move]]]
    #: Returns what it always shows.
    facts: Callable[[Any], dict[str, Any]] = lambda _proposal: {}

    @property
    def template(self) -> str:
        return f"contracts/{self.name}_proposal.html"

    @property
    def url(self) -> str:
        return f"contracts:{self.name}-proposal"


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `name` ends that of its URL, `action` is its row in the table of rights."""

    name: str
    action: str
    form: Callable[..., Any]
    grave: bool = False

    def take(self, matter: Matter) -> Callable[..., Any]:
        takes: dict[str, Callable[..., Any]] = {
            "adopt": matter.adopt,
            "refuse": proposals.refuse,
            "withdraw": proposals.withdraw,
        }
        return takes[self.name]


STEPS = (
    Step("adopt", "contracts.adopt", AdoptForm, grave=True),
    Step("refuse", "contracts.adopt", RefuseForm),
    Step("withdraw", "contracts.propose", WithdrawForm),
)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that this person may take now, with the form for it."""

    step: Step
    form: Any


def open_steps(
    proposal: AnyProposal,
    *,
    request: HttpRequest,
    may: Collection[str],
    at: datetime,
    seen: str,
    refused: Mapping[str, Any],
) -> list[OpenStep]:
    """Return the steps open to this person now; a refused one with its own form."""
    if proposal.status != ProposalStatus.PROPOSED:
        return []
    return [
        OpenStep(
            step,
            refused.get(step.name)
            or step.form(request=request, at=at, initial={"seen": seen}),
        )
        for step in STEPS
        if step.action in may
    ]


def _look_at_reading(
    proposal: ReadingProposal,
) -> tuple[dict[str, Any], Sequence[Move]]:
    preview = preview_of(proposal)
    return {"preview": preview}, preview.moves


def _of_reading(proposal: ReadingProposal) -> dict[str, Any]:
    point = BY_KEY[proposal.key]
    return {
        "point": point,
        "in_words": point.in_words(point.from_value(proposal.value)),
    }


def _look_at_calendar(
    proposal: CalendarProposal,
) -> tuple[dict[str, Any], Sequence[Move]]:
    file = parse_calendar(proposal.file)
    moves = calendar_proposals.preview(proposal.contract, file)
    return {"calendar": file, "changes": changes(file)}, moves


MATTERS = (
    Matter(
        "reading",
        lambda contract: contract.reading_proposals,
        "contracts:readings",
        "readings",
        readings.adopt,
        _look_at_reading,
        _of_reading,
    ),
    Matter(
        "calendar",
        lambda contract: contract.calendar_proposals,
        "contracts:calendar",
        "calendar",
        calendar_proposals.adopt,
        _look_at_calendar,
    ),
)
