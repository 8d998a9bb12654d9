"""One thing done to many orders: to each in a transaction of its own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID, uuid5

from cases.models import Case
from contracts.models import TransitionRefused

#: Does it to one order, under a token of its own. Raises TransitionRefused.
Act = Callable[[Case, UUID], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it for one order: done, or refused with a reason."""

    case: Case
    refusal: str = ""

    @property
    def done(self) -> bool:
        return not self.refusal


def each(cases: Iterable[Case], act: Act, *, token: UUID) -> list[Result]:
    """Do something to each order, and return what came of it; one refused stops no other.

    Each has a token made from the form's and its own key, so that the same form sent
    twice, or again after it broke off, does nothing twice.
    """
    return [_one(case, act, uuid5(token, str(case.pk))) for case in cases]


def _one(case: Case, act: Act, token: UUID) -> Result:
    try:
        act(case, token)
    except TransitionRefused as refusal:
        return Result(case, str(refusal))
    return Result(case)
