"""What comes round in a contract's term: days, weeks, months, periods, quarters, years."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Protocol

from .periods import ONE_DAY, PERIODS_IN_A_QUARTER, Span

DAYS_IN_A_WEEK = 7


class Cycle(StrEnum):
    """What comes round in the term. Its ends cut the first and the last short."""

    DAY = "day"
    WEEK = "week"  # Monday to Sunday
    MONTH = "month"  # of the calendar
    PERIOD = "period"  # of assessment, 附件（三）1
    IMPROVEMENT = "improvement"  # the time for making good after each, 附件（三）3
    QUARTER = "quarter"  # of settlement, 附件（三）2
    YEAR = "year"  # of the contract


class AssessedPeriod(Protocol):
    """An assessment period, of the rules or of the records."""

    @property
    def label(self) -> str: ...
    @property
    def span(self) -> Span: ...
    @property
    def quarter(self) -> int: ...
    @property
    def improvement_ends_before(self) -> date | None: ...


def cycles(
    every: Cycle, term: Span, periods: Sequence[AssessedPeriod]
) -> Iterator[tuple[str, Span]]:
    """Yield each cycle of the term: what it is called, and its days.

    The first week of this term has three days, and there are 53 of them:

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> weeks = list(cycles(Cycle.WEEK, year, []))
    >>> len(weeks), weeks[0][0], weeks[0][1].days
    (53, '2026年第18周', 3)
    """
    if every in CUTS:
        next_beginning, name = CUTS[every]
        for number, span in enumerate(_cut(term, next_beginning), start=1):
            yield name(span, number), span
    elif every is Cycle.QUARTER:
        yield from _quarters(periods)
    elif every is Cycle.PERIOD:
        for period in periods:
            yield f"{period.label}考核期", period.span
    else:
        for period in periods:
            if period.improvement_ends_before:
                span = Span(period.span.ends_before, period.improvement_ends_before)
                yield f"{period.label}考核期", span


def _quarters(periods: Sequence[AssessedPeriod]) -> Iterator[tuple[str, Span]]:
    for number, together in groupby(periods, key=attrgetter("quarter")):
        group = list(together)
        remainder = "（余期）" if len(group) < PERIODS_IN_A_QUARTER else ""
        span = Span(group[0].span.starts_on, group[-1].span.ends_before)
        yield f"第{number}季{remainder}", span


def _cut(term: Span, next_beginning: Callable[[date], date]) -> list[Span]:
    cuts = [term.starts_on]
    while cuts[-1] < term.ends_before:
        cuts.append(min(next_beginning(cuts[-1]), term.ends_before))
    return [Span(first, then) for first, then in pairwise(cuts)]


def _next_day(day: date) -> date:
    return day + ONE_DAY


def _next_monday(day: date) -> date:
    return day + ONE_DAY * (DAYS_IN_A_WEEK - day.weekday())


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def _a_year_on(day: date) -> date:
    """Return the same day of the next year; of 29 February, 1 March."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 3, 1)


def _name_of_week(span: Span, _number: int) -> str:
    week = span.starts_on.isocalendar()
    return f"{week.year}年第{week.week}周"


#: How the term is cut into cycles that it sets by itself, and what each is called.
CUTS: Mapping[Cycle, tuple[Callable[[date], date], Callable[[Span, int], str]]] = {
    Cycle.DAY: (_next_day, lambda span, _: span.starts_on.isoformat()),
    Cycle.WEEK: (_next_monday, _name_of_week),
    Cycle.MONTH: (
        _next_month,
        lambda span, _: f"{span.starts_on.year}年{span.starts_on.month}月",
    ),
    Cycle.YEAR: (_a_year_on, lambda _, number: f"第{number}年"),
}
