"""响应率, 解决率, 满意率 and 综合成绩, and how they are compared and ranked.

A rate is a fraction of one to four places (0.8765 is 87.65 %), a score out of a hundred
to one place; both are rounded once, half up. Where nothing was called back there is no
rate: `None`, which people see as "—" and never as 0 %.
"""

from collections.abc import Hashable, Iterable
from dataclasses import astuple, dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import Generic, Self, TypeVar

from contracts.rules.readings import Score

RATE = Decimal("0.0001")
SCORE = Decimal("0.1")


class Basis(StrEnum):
    """口径: which cases a figure counts. Every figure says its own."""

    FULL = "full"  # 全口径
    ASSESSED = "assessed"  # 考核口径


def counts(basis: Basis, *, excluded: bool, deferred: bool, returned: bool) -> bool:
    """Tell whether a case belongs to a basis, by what has been granted for it.

    全口径 takes all; 考核口径 leaves out 剔除, 挂账 and 已退单. An application that is
    still open, or was refused, changes nothing.

    >>> counts(Basis.ASSESSED, excluded=True, deferred=False, returned=False)
    False
    """
    return basis is Basis.FULL or not (excluded or deferred or returned)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of some cases. Tallies of different cases add up.

    All but `volume` and `closed` are of cases with a valid callback（有效回访）. `partly`
    is 基本满意, and not in `satisfied`.
    """

    volume: int = 0
    closed: int = 0
    valid: int = 0
    contacted: int = 0
    solved: int = 0
    satisfied: int = 0
    partly: int = 0

    def __post_init__(self) -> None:
        most = max(self.contacted, self.solved, self.satisfied + self.partly)
        if min(astuple(self)) < 0 or most > self.valid:
            raise ValueError(f"This cannot have been counted: {self}")

    def __add__(self, other: Self) -> Self:
        ours, theirs = astuple(self), astuple(other)
        return type(self)(*(a + b for a, b in zip(ours, theirs, strict=True)))


@dataclass(frozen=True, slots=True)
class Weights:
    """How the three rates make a score, and what 基本满意 counts for."""

    contacted: Decimal
    solved: Decimal
    satisfied: Decimal
    partly: Decimal

    def __post_init__(self) -> None:
        shares = (self.contacted, self.solved, self.satisfied)
        if min(shares) < 0 or sum(shares) != 1:
            raise ValueError("The weights of the three rates must add up to one.")
        if not 0 <= self.partly <= 1:
            raise ValueError("基本满意 counts for something between nothing and one.")


def weights_of(score: Score) -> Weights:
    """Return the weights that a reading of the contract comes to（附件（一）2）.

    >>> weights_of(Score()).solved
    Decimal('0.50')
    """
    return Weights(
        contacted=score.contacted,
        solved=score.solved,
        satisfied=score.satisfied,
        partly=score.partly_satisfied,
    )


@dataclass(frozen=True, slots=True)
class Rates:
    """What is published of a tally."""

    contacted: Decimal | None = None
    solved: Decimal | None = None
    satisfied: Decimal | None = None
    score: Decimal | None = None


def rates(tally: Tally, weights: Weights) -> Rates:
    """Return a tally's three rates and its score.

    The score is made from the exact rates, not from the published ones. Of 30 cases
    called back 29 had been contacted, 25 solved; 20 callers were satisfied and 6 nearly:

    >>> weights = Weights(Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), Decimal("0.9"))
    >>> tally = Tally(40, 33, valid=30, contacted=29, solved=25, satisfied=20, partly=6)
    >>> rates(tally, weights)
    Rates(contacted=Decimal('0.9667'), solved=Decimal('0.8333'),
          satisfied=Decimal('0.8467'), score=Decimal('85.2'))
    >>> rates(Tally(volume=40), weights).score is None
    True
    """
    return plain_mean([tally], weights)


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies: what a summary row is made from.

    The rates of a sum are the true ones, in which a unit weighs what it handled.
    """
    return sum(tallies, Tally())


def plain_mean(tallies: Iterable[Tally], weights: Weights) -> Rates:
    """Return the mean of the rates of several, each counting the same.

    Not the rates of them all (see `total`): some districts print this row, and where it
    is shown it is called by its name. Whoever has no rate is left out.

    >>> weights = Weights(Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), Decimal("0.9"))
    >>> large = Tally(valid=90, contacted=90, solved=90, satisfied=90)
    >>> small = Tally(valid=10, contacted=10)
    >>> plain_mean([large, small], weights).solved
    Decimal('0.5000')
    >>> rates(total([large, small]), weights).solved
    Decimal('0.9000')
    """
    exact = [_exact(tally, weights) for tally in tallies if tally.valid]
    if not exact:
        return Rates()
    contacted, solved, satisfied = (
        sum(column, Fraction()) / len(exact) for column in zip(*exact, strict=True)
    )
    score = (
        contacted * Fraction(weights.contacted)
        + solved * Fraction(weights.solved)
        + satisfied * Fraction(weights.satisfied)
    )
    return Rates(
        contacted=_rounded(contacted, RATE),
        solved=_rounded(solved, RATE),
        satisfied=_rounded(satisfied, RATE),
        score=_rounded(score * 100, SCORE),
    )


def share(part: int, whole: int) -> Decimal | None:
    """Return what part of a whole something is: 办结率, 占比, 退单率.

    >>> share(1, 3)
    Decimal('0.3333')
    """
    return _rounded(Fraction(part, whole), RATE) if whole else None


@dataclass(frozen=True, slots=True)
class Change:
    """How a volume moved（环比、同比）: by which fraction, or from nothing at all.

    Neither, where there was nothing before and is nothing now.
    """

    by: Decimal | None
    is_new: bool = False


def change(now: int, before: int) -> Change:
    """Return how a volume moved against a period of the same kind.

    >>> change(45, before=40)
    Change(by=Decimal('0.1250'), is_new=False)
    >>> change(3, before=0)
    Change(by=None, is_new=True)
    """
    return Change(share(now - before, before), is_new=now > 0 and not before)


def points(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Return how a published rate moved, in percentage points（百分点）.

    Between the rates as published, so that whoever holds both reports and subtracts
    comes to the same.

    >>> points(Decimal("0.9512"), before=Decimal("0.9487"))
    Decimal('0.25')
    """
    if now is None or before is None:
        return None
    return ((now - before) * 100).quantize(Decimal("0.01"))


Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Place(Generic[Name]):
    """A row of a ranking. Who has no score has no `number` either."""

    number: int | None
    name: Name
    tally: Tally
    rates: Rates


def ranking(
    tallies: Iterable[tuple[Name, Tally]], weights: Weights
) -> list[Place[Name]]:
    """Rank by score, then by volume, the higher first; who has no score comes last.

    Who is level in both shares a place, and the next place is left empty (1, 2, 2, 4).
    Level is meant as published: nobody is ahead by a digit that nobody sees.

    >>> weights = Weights(Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), Decimal("0.9"))
    >>> best = Tally(volume=9, valid=4, contacted=4, solved=4, satisfied=4)
    >>> rows = [("a", Tally(volume=50)), ("b", best), ("c", best)]
    >>> [(row.number, row.name) for row in ranking(rows, weights)]
    [(1, 'b'), (1, 'c'), (None, 'a')]
    """
    rows = [(name, tally, rates(tally, weights)) for name, tally in tallies]
    rows.sort(key=lambda row: _standing(row[1], row[2]), reverse=True)

    first_at: dict[tuple[Decimal, int], int] = {}
    places = []
    for number, (name, tally, its_rates) in enumerate(rows, start=1):
        place = first_at.setdefault(_standing(tally, its_rates), number)
        unscored = its_rates.score is None
        places.append(Place(None if unscored else place, name, tally, its_rates))
    return places


def _standing(tally: Tally, of: Rates) -> tuple[Decimal, int]:
    nobody_scores_less = Decimal(-1)
    return (nobody_scores_less if of.score is None else of.score, tally.volume)


def _exact(tally: Tally, weights: Weights) -> tuple[Fraction, Fraction, Fraction]:
    return (
        Fraction(tally.contacted, tally.valid),
        Fraction(tally.solved, tally.valid),
        (tally.satisfied + tally.partly * Fraction(weights.partly)) / tally.valid,
    )


def _rounded(exact: Fraction, places: Decimal) -> Decimal:
    with localcontext(prec=50):
        quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
        return quotient.quantize(places, ROUND_HALF_UP)
