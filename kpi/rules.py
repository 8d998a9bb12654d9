"""How long the agreed work has not been done, month after month (第八条2).

Nothing here ends a contract: it says how near Party A's right to do so is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, takewhile

from contracts.rules.periods import Span, cycle_holding
from contracts.rules.readings import MonthsRunning, MonthUnit


class Outcome(StrEnum):
    """What Party A has found of a month's work."""

    FULFILLED = "fulfilled"
    NOT_FULFILLED = "not_fulfilled"
    UNDECIDED = "undecided"


class Level(StrEnum):
    """How near Party A is to the right to end the contract."""

    NONE = "none"
    BEGUN = "begun"  # a run has begun
    NEAR = "near"  # one more month is missing
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class Month:
    """A month as the contract is read, and what Party A has found of it."""

    label: str
    span: Span
    outcome: Outcome = Outcome.UNDECIDED


@dataclass(frozen=True, slots=True)
class Run:
    """Months from one that was not fulfilled to another, none fulfilled in between.

    A month nobody has decided on ends no run, and does not count as part of it: only
    months that stand side by side, each with Party A's finding, are months running.
    """

    months: tuple[Month, ...] = ()

    @property
    def count(self) -> int:
        """How many were found not fulfilled, wherever in the run they stand."""
        return sum(_failed(month) for month in self.months)

    @property
    def unbroken(self) -> int:
        """How many of them stand side by side, at most."""
        return max((len(part) for part in _stretches(self.months, _failed)), default=0)

    @property
    def undecided(self) -> tuple[Month, ...]:
        """The months in between that still have to be decided on."""
        return tuple(one for one in self.months if one.outcome is Outcome.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Watch:
    """Where things stand: the run that can still grow, and the longest there was.

    `wanted` is how many months running give Party A the right to end the contract.
    """

    level: Level
    current: Run
    longest: Run
    wanted: int


def longest_run(months: Sequence[Month]) -> Run:
    """Return the run with the most months side by side; of equals, the later one.

    Three months not fulfilled, then one that was, then one that was not:

    >>> from datetime import date
    >>> from contracts.rules.periods import assessment_periods
    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> spans = assessment_periods(year, first_day=19)
    >>> found = [Outcome.NOT_FULFILLED] * 3 + [Outcome.FULFILLED, Outcome.NOT_FULFILLED]
    >>> months = [Month("", *month) for month in zip(spans, found, strict=False)]
    >>> [str(month.span.starts_on) for month in longest_run(months).months]
    ['2026-05-01', '2026-05-19', '2026-06-19']
    """
    return max(
        reversed(list(_runs(months))),
        key=lambda run: (run.unbroken, run.count),
        default=Run(),
    )


def current_run(months: Sequence[Month]) -> Run:
    """Return the run that the next month not fulfilled would make longer."""
    newest_first = takewhile(_not_fulfilled_so_far, reversed(months))
    return Run(_without_ends(list(newest_first)[::-1]))


def watch(months: Sequence[Month], *, wanted: int) -> Watch:
    """Return how near Party A is to ending the contract for months running (第八条2).

    The right is there once `wanted` months side by side were each found not
    fulfilled, and a better month later does not take it away. Before, only the run
    that can still grow warns. This contract wants three:

    >>> from datetime import date
    >>> from contracts.rules.periods import assessment_periods
    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> spans = assessment_periods(year, first_day=19)
    >>> found = [Outcome.NOT_FULFILLED, Outcome.NOT_FULFILLED, Outcome.UNDECIDED]
    >>> months = [Month("", *month) for month in zip(spans, found, strict=False)]
    >>> watch(months, wanted=3).level
    <Level.NEAR: 'near'>
    """
    if wanted < 1:
        raise ValueError(f"No right grows out of {wanted} months.")
    current, longest = current_run(months), longest_run(months)
    if longest.unbroken >= wanted:
        level = Level.REACHED
    elif not current.count:
        level = Level.NONE
    else:
        level = Level.NEAR if current.count >= wanted - 1 else Level.BEGUN
    return Watch(level, current, longest, wanted)


def months_as_read(
    periods: Sequence[Month], reading: MonthsRunning, *, term: Span
) -> list[Month]:
    """Return the months that count, from the assessment periods decided on.

    Read as assessment periods, they are these. Read as natural months, a month is not
    fulfilled when each of its days lies in a period found so, and fulfilled when one
    lies in a period found fulfilled; a month that the term cuts short is none.

    >>> from datetime import date
    >>> failed = Outcome.NOT_FULFILLED
    >>> periods = [
    ...     Month("6月", Span(date(2026, 5, 19), date(2026, 6, 19)), failed),
    ...     Month("7月", Span(date(2026, 6, 19), date(2026, 7, 19)), failed),
    ... ]
    >>> reading = MonthsRunning(unit=MonthUnit.NATURAL_MONTH)
    >>> term = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> months = months_as_read(periods, reading, term=term)
    >>> [(one.label, one.outcome.value) for one in months[:3]]
    [('2026-05', 'undecided'), ('2026-06', 'not_fulfilled'), ('2026-07', 'undecided')]
    """
    if reading.unit is MonthUnit.ASSESSMENT_PERIOD:
        return list(periods)
    return [
        Month(f"{span.starts_on:%Y-%m}", span, _outcome_of(span, periods))
        for span in _natural_months(term)
    ]


def _natural_months(term: Span) -> Iterator[Span]:
    """Yield the whole calendar months of a term."""
    day = term.starts_on
    while day < term.ends_before:
        month = cycle_holding(day, first_day=1)
        if month.starts_on >= term.starts_on and month.ends_before <= term.ends_before:
            yield month
        day = month.ends_before


def _outcome_of(month: Span, periods: Sequence[Month]) -> Outcome:
    touching = [
        (one.outcome, _shared_days(month, one.span))
        for one in periods
        if _shared_days(month, one.span) > 0
    ]
    if any(outcome is Outcome.FULFILLED for outcome, _days in touching):
        return Outcome.FULFILLED
    failed = sum(days for outcome, days in touching if outcome is Outcome.NOT_FULFILLED)
    return Outcome.NOT_FULFILLED if failed == month.days else Outcome.UNDECIDED


def _shared_days(one: Span, other: Span) -> int:
    ends_before = min(one.ends_before, other.ends_before)
    return (ends_before - max(one.starts_on, other.starts_on)).days


def _failed(month: Month) -> bool:
    return month.outcome is Outcome.NOT_FULFILLED


def _not_fulfilled_so_far(month: Month) -> bool:
    return month.outcome is not Outcome.FULFILLED


def _runs(months: Sequence[Month]) -> Iterator[Run]:
    """Yield each stretch that no fulfilled month interrupts, from failed to failed."""
    for stretch in _stretches(months, _not_fulfilled_so_far):
        if run := _without_ends(stretch):
            yield Run(run)


def _without_ends(stretch: Sequence[Month]) -> tuple[Month, ...]:
    """Leave out what is undecided before the first failed month and after the last."""
    failed = [place for place, month in enumerate(stretch) if _failed(month)]
    return tuple(stretch[failed[0] : failed[-1] + 1]) if failed else ()


def _stretches(
    months: Sequence[Month], belongs: Callable[[Month], bool]
) -> Iterator[list[Month]]:
    for together, group in groupby(months, key=belongs):
        if together:
            yield list(group)
