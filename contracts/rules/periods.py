"""How the term is cut into assessment periods, and these into quarters."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Self

ONE_DAY = timedelta(days=1)
LONGEST_MONTH = 31
PERIODS_IN_A_QUARTER = 3


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days in a row: `starts_on` is in, `ends_before` is out."""

    starts_on: date
    ends_before: date

    def __post_init__(self) -> None:
        if self.starts_on >= self.ends_before:
            raise ValueError(
                f"No days lie between {self.starts_on} and {self.ends_before}."
            )

    @classmethod
    def through(cls, first: date, last: date) -> Self:
        """Return the days from `first` to `last`, both in, as people write them."""
        return cls(first, last + ONE_DAY)

    @property
    def last_on(self) -> date:
        return self.ends_before - ONE_DAY

    @property
    def days(self) -> int:
        return (self.ends_before - self.starts_on).days

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_before


class PeriodOption(StrEnum):
    """What becomes of a first period that the start of the term cuts short."""

    LITERAL = "a"  # it counts as a period
    JOINED = "b"  # it is joined to the one after it


@dataclass(frozen=True, slots=True)
class Period:
    """One assessment period of a contract (附件（三）1).

    `improvement` is the time for making good what the period's findings say: the next
    period, as far as the term lets it run; none after the last (附件（三）3).
    """

    number: int
    label: str
    span: Span
    quarter: int
    partial: bool
    improvement: Span | None

    @property
    def improvement_ends_before(self) -> date | None:
        return self.improvement.ends_before if self.improvement else None


@dataclass(frozen=True, slots=True)
class Quarter:
    """Three periods that are settled together (附件（三）2).

    A `remainder` is what is left over after the last full three; it is settled with
    the last payment.
    """

    number: int
    periods: tuple[Period, ...]

    @property
    def span(self) -> Span:
        return Span(self.periods[0].span.starts_on, self.periods[-1].span.ends_before)

    @property
    def remainder(self) -> bool:
        return len(self.periods) < PERIODS_IN_A_QUARTER


def cycle_holding(day: date, *, first_day: int) -> Span:
    """Return the monthly cycle that a day falls in, not cut by any term (附件（三）1).

    A month too short to have `first_day` begins its cycle on its last day.

    >>> cycle_holding(date(2026, 10, 19), first_day=19).last_on
    datetime.date(2026, 11, 18)
    """
    ends_before = _next_beginning(day, first_day)
    begins = _beginning(day.year, day.month, first_day)
    if begins > day:
        month_before = day.replace(day=1) - ONE_DAY
        begins = _beginning(month_before.year, month_before.month, first_day)
    return Span(begins, ends_before)


def label_of(day: date, *, first_day: int) -> str:
    """Return what the cycle that a day falls in is called: the month it ends in.

    >>> label_of(date(2026, 10, 19), first_day=19)
    '2026年11月'
    """
    ends_on = cycle_holding(day, first_day=first_day).last_on
    return f"{ends_on.year}年{ends_on.month}月"


def assessment_periods(term: Span, *, first_day: int) -> list[Span]:
    """Cut `term` into periods that begin on each month's `first_day` (附件（三）1).

    The term itself cuts the first and the last short:

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> periods = assessment_periods(year, first_day=19)
    >>> len(periods), periods[0].days, periods[-1].days
    (13, 18, 12)
    """
    cuts = [term.starts_on]
    while cuts[-1] < term.ends_before:
        cuts.append(min(_next_beginning(cuts[-1], first_day), term.ends_before))
    return [Span(start, end) for start, end in pairwise(cuts)]


def periods_of(
    term: Span, *, first_day: int, option: PeriodOption = PeriodOption.LITERAL
) -> list[Period]:
    """Return the periods of a term, numbered, named and put into quarters.

    Read literally, this contract has thirteen, and what is found in the first may be
    made good until 18 June 2026. Joined, it has twelve and four whole quarters:

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> first = periods_of(year, first_day=19)[0]
    >>> first.label, first.partial, first.improvement.last_on
    ('2026年5月', True, datetime.date(2026, 6, 18))
    >>> joined = periods_of(year, first_day=19, option=PeriodOption.JOINED)
    >>> len(joined), joined[0].label, joined[0].span.days
    (12, '2026年6月', 49)
    """
    spans = assessment_periods(term, first_day=first_day)
    if option is PeriodOption.JOINED:
        spans = _join_partial_first(spans, first_day)
    after = [*spans[1:], None]
    return [
        Period(
            number=number,
            label=label_of(span.last_on, first_day=first_day),
            span=span,
            quarter=(number - 1) // PERIODS_IN_A_QUARTER + 1,
            partial=_is_partial(span, first_day),
            improvement=following,
        )
        for number, (span, following) in enumerate(
            zip(spans, after, strict=True), start=1
        )
    ]


def quarters(periods: Sequence[Period]) -> list[Quarter]:
    """Put periods together by their quarters (附件（三）2).

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> four = quarters(periods_of(year, first_day=19))
    >>> [str(quarter.span.last_on) for quarter in four]
    ['2026-07-18', '2026-10-18', '2027-01-18', '2027-04-18', '2027-04-30']
    >>> [quarter.remainder for quarter in four]
    [False, False, False, False, True]
    """
    together: dict[int, list[Period]] = {}
    for period in periods:
        together.setdefault(period.quarter, []).append(period)
    return [Quarter(number, tuple(group)) for number, group in together.items()]


def _join_partial_first(spans: list[Span], first_day: int) -> list[Span]:
    first, *rest = spans
    whole = cycle_holding(first.starts_on, first_day=first_day)
    if not rest or first.starts_on == whole.starts_on:
        return spans
    return [Span(first.starts_on, rest[0].ends_before), *rest[1:]]


def _is_partial(span: Span, first_day: int) -> bool:
    whole = cycle_holding(span.last_on, first_day=first_day)
    return span.starts_on > whole.starts_on or span.ends_before < whole.ends_before


def _next_beginning(after: date, first_day: int) -> date:
    """Return the first day later than `after` on which a cycle begins."""
    begins = _beginning(after.year, after.month, first_day)
    if begins > after:
        return begins
    next_month = after.replace(day=1) + timedelta(days=31)
    return _beginning(next_month.year, next_month.month, first_day)


def _beginning(year: int, month: int, first_day: int) -> date:
    if not 1 <= first_day <= LONGEST_MONTH:
        raise ValueError(f"No month has a day {first_day}.")
    _, days_in_month = monthrange(year, month)
    return date(year, month, min(first_day, days_in_month))
