"""How the price is cut into stages of payment. Amounts are CNY, to the fen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

from .calendar import Deadline, WorkCalendar, days_after, workdays_after
from .money import FEN, to_fen
from .periods import Span
from .problems import Fault, Problem

#: Working days from taking effect that Party B has to be ready (五（一）1).
PREPARATION_WORKDAYS = 10
#: Natural days within which a small firm is to be paid at law: as a rule, and at most.
STATUTORY_DAYS = (30, 60)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the price, and the time for it: from when it opens to its target day."""

    number: int
    rate: Decimal
    amount: Decimal
    window: Span


def split(price: Decimal, rates: Sequence[Decimal]) -> list[Decimal]:
    """Cut a price by rates, so that the parts add up to it to the fen (五（一）).

    The running total is what is rounded, so no part is off by more than a fen.

    >>> rates = [Decimal("0.50"), Decimal("0.30"), Decimal("0.20")]
    >>> [str(part) for part in split(Decimal("2327640.00"), rates)]
    ['1163820.00', '698292.00', '465528.00']

    Raises ValueError unless the rates are shares that add up to 1.
    """
    if any(rate <= 0 for rate in rates) or sum(rates) != 1:
        raise ValueError(f"{', '.join(map(str, rates))} do not add up to 1.")
    totals = [to_fen(price * rate) for rate in accumulate(rates, initial=Decimal(0))]
    return [total - before for before, total in pairwise(totals)]


def check_stages(price: Decimal, stages: Sequence[Stage]) -> Iterator[Problem]:
    """Name all that keeps stages from making up the price (五（一）).

    A stage may be a fen off its share of the price, since shares are rounded.
    """
    for place, stage in enumerate(stages, start=1):
        if stage.number != place:
            params = {"found": str(stage.number), "other": str(place)}
            yield Problem(Fault.NOT_IN_TURN, f"stages[{place}].number", params)
        due = price * stage.rate
        if abs(stage.amount - due) >= FEN:
            params = {"found": str(stage.amount), "other": str(to_fen(due))}
            yield Problem(Fault.NOT_ITS_SHARE, f"stages[{place}].amount", params)

    rates = sum((stage.rate for stage in stages), Decimal(0))
    if rates != 1:
        yield _sum_problem("stages.rate", rates, Decimal(1))
    amounts = sum((stage.amount for stage in stages), Decimal(0))
    if amounts != price:
        yield _sum_problem("stages.amount", amounts, price)


def preparation_due(effective_on: date, calendar: WorkCalendar) -> Deadline:
    """Return by when Party B must have its team built and trained (五（一）1).

    The day of taking effect is not counted. These days bind Party B; when Party A
    pays depends on acceptance and invoice. Raises CalendarMissing.

    >>> may_day = {date(2026, 5, day): "劳动节" for day in range(1, 6)}
    >>> calendar = WorkCalendar(may_day, official_years=frozenset({2026}))
    >>> preparation_due(date(2026, 4, 21), calendar).due_on
    datetime.date(2026, 5, 8)
    """
    return workdays_after(effective_on, PREPARATION_WORKDAYS, calendar)


def statutory_days(opens_on: date) -> list[Deadline]:
    """Return the natural days by which small firms are to be paid at law, as a hint.

    Thirty from delivery, sixty at most by agreement; the contract names none, and
    lets Party A wait for public funds (六（一）5). Counted from the day a stage opens:

    >>> [str(hint.due_on) for hint in statutory_days(date(2026, 9, 1))]
    ['2026-10-01', '2026-10-31']
    """
    none = WorkCalendar()  # natural days need none
    return [days_after(opens_on, days, none, roll=False) for days in STATUTORY_DAYS]


def _sum_problem(path: str, found: Decimal, other: Decimal) -> Problem:
    params = {"found": str(found), "other": str(other)}
    return Problem(Fault.DOES_NOT_ADD_UP, path, params)
