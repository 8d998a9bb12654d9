"""What is owed when the contract ends. Amounts are CNY, as Decimal, to the fen.

Each sum comes as a line that says by which clause it is owed, by whom, and how it was
computed; the balance is no more than the lines added up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contracts.rules.calendar import (
    Deadline,
    WorkCalendar,
    workdays_after,
    workdays_before,
)
from contracts.rules.money import to_fen
from contracts.rules.periods import Span

#: Share of the contract's total that Party B pays as a penalty (第八条2、3，第十二条（二）3).
PENALTY_RATE = Decimal("0.20")
#: Working days from the notice for paying back what was paid (第八条2，第十二条（二）3).
REFUND_WORKDAYS = 3
#: Working days that Party A's notice comes before the end (第十二条（二）4).
POLICY_WORKDAYS = 30
#: Working days from the end for handing over what is confidential (第十条5).
SECRETS_WORKDAYS = 3

NOTHING = Decimal("0.00")


class Route(StrEnum):
    """The ways in which the contract ends."""

    EXPIRY = "expiry"
    AGREEMENT = "agreement"
    IMMEDIATE = "immediate"
    THREE_MONTHS = "three_months"
    CALLOUT_REFUSED = "callout_refused"
    POLICY = "policy"


#: Route → the places in the contract that it can rest on.
GROUNDS: dict[Route, tuple[str, ...]] = {
    Route.EXPIRY: ("第十二条（二）1",),
    Route.AGREEMENT: ("第十二条（二）2",),
    Route.IMMEDIATE: tuple(f"第十二条（二）3（{number}）" for number in range(1, 7)),
    Route.THREE_MONTHS: ("第八条2",),
    Route.CALLOUT_REFUSED: ("第八条3",),
    Route.POLICY: ("第十二条（二）4",),
}


#: Routes that nobody takes without a paper that shows why.
NEED_EVIDENCE = frozenset({Route.AGREEMENT, Route.IMMEDIATE, Route.CALLOUT_REFUSED})


class Owes(StrEnum):
    """Which party owes a sum, or the balance."""

    A = "a"
    B = "b"


class Item(StrEnum):
    """What a line is about."""

    PRICE = "price"  # of the whole term
    EARNED = "earned"  # the part of the price for the days served
    PAID = "paid"  # counts against what Party A owes
    DEDUCTIONS = "deductions"  # confirmed, not taken off a payment yet
    REFUND = "refund"  # all that was paid goes back
    NO_MORE = "no_more"  # nothing further is paid
    PENALTY = "penalty"
    SHORTFALL = "shortfall"  # loss that the penalty does not cover
    LOSS = "loss"  # all loss, beside the penalty
    DAMAGE = "damage"  # things broken, at their price
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a reckoning is made from. `ends_on` is the last day of service.

    `price` is that of the day, with the extras confirmed since signing (第四条).
    `deducted` are deductions confirmed and not taken off a payment yet. `agreed` is
    what Party A pays by an agreement, negative where Party B does.
    """

    price: Decimal
    term: Span
    ends_on: date
    paid: Decimal = NOTHING
    deducted: Decimal = NOTHING
    damage: Decimal = NOTHING
    agreed: Decimal | None = None

    @property
    def days_served(self) -> int:
        """Days of service up to the end, the first and the last counted."""
        days = (self.ends_on - self.term.starts_on).days + 1
        return min(max(days, 0), self.term.days)


@dataclass(frozen=True, slots=True)
class Line:
    """One sum: by which clause, how computed, and who owes it; nobody for nothing."""

    item: Item
    clause: str
    formula: str
    amount: Decimal
    owed_by: Owes | None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """Everything that is owed if the contract ends by a route on a day."""

    route: Route
    ends_on: date
    lines: tuple[Line, ...]

    def owed_by(self, party: Owes) -> Decimal:
        """Return what the lines of a party add up to."""
        return sum((one.amount for one in self.lines if one.owed_by == party), NOTHING)

    @property
    def balance(self) -> Decimal:
        """What is left for one party to pay to the other; never negative."""
        return abs(self.owed_by(Owes.A) - self.owed_by(Owes.B))

    @property
    def debtor(self) -> Owes | None:
        """Who pays the balance; nobody where the two sides are even."""
        if not self.balance:
            return None
        return Owes.A if self.owed_by(Owes.A) > self.owed_by(Owes.B) else Owes.B

    def to_plain(self) -> dict[str, Any]:
        """Return what JSON can hold of it, for `from_plain` to read back."""
        return {
            "route": str(self.route),
            "ends_on": self.ends_on.isoformat(),
            "lines": [
                {
                    "item": str(line.item),
                    "clause": line.clause,
                    "formula": line.formula,
                    "amount": str(line.amount),
                    "owed_by": line.owed_by and str(line.owed_by),
                }
                for line in self.lines
            ],
            "balance": str(self.balance),
            "debtor": self.debtor and str(self.debtor),
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Reckoning":
        """Return the reckoning that was frozen as `to_plain` wrote it."""
        lines = tuple(
            Line(
                Item(line["item"]),
                line["clause"],
                line["formula"],
                Decimal(line["amount"]),
                Owes(line["owed_by"]) if line["owed_by"] else None,
            )
            for line in plain["lines"]
        )
        return cls(Route(plain["route"]), date.fromisoformat(plain["ends_on"]), lines)


class Fault(StrEnum):
    """What is wrong with a termination as it was put down."""

    OTHER_GROUND = "other_ground"  # the clause is none of the route's
    OUT_OF_TERM = "out_of_term"
    NOT_AT_EXPIRY = "not_at_expiry"
    ABOVE_PRICE = "above_price"
    NO_AGREED_SUM = "no_agreed_sum"
    SUM_NOT_AGREED = "sum_not_agreed"  # a sum agreed where nothing is agreed on


def faults(route: Route, clause: str, facts: Facts) -> Iterator[tuple[str, Fault]]:
    """Name each fault, and the fact that it is in.

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> facts = Facts(price=Decimal(100), term=year, ends_on=date(2027, 4, 29))
    >>> [(name, fault.value) for name, fault in faults(Route.EXPIRY, "第八条2", facts)]
    [('clause', 'other_ground'), ('ends_on', 'not_at_expiry')]
    """
    if clause not in GROUNDS[route]:
        yield "clause", Fault.OTHER_GROUND
    if facts.ends_on not in facts.term:
        yield "ends_on", Fault.OUT_OF_TERM
    elif route is Route.EXPIRY and facts.ends_on != facts.term.last_on:
        yield "ends_on", Fault.NOT_AT_EXPIRY
    for name in ("paid", "deducted"):
        if getattr(facts, name) > facts.price:
            yield name, Fault.ABOVE_PRICE
    if route is Route.AGREEMENT:
        if facts.agreed is None:
            yield "agreed", Fault.NO_AGREED_SUM
        elif abs(facts.agreed) > facts.price:
            yield "agreed", Fault.ABOVE_PRICE
    elif facts.agreed is not None:
        yield "agreed", Fault.SUM_NOT_AGREED


def pro_rata(price: Decimal, *, days_served: int, days_in_term: int) -> Decimal:
    """Return what Party B has earned if the contract ends early (第十二条（二）4).

    By calendar days, first and last included. Ended on 31 July 2026:

    >>> pro_rata(Decimal("2327640.00"), days_served=92, days_in_term=365)
    Decimal('586692.82')
    """
    if not 0 <= days_served <= days_in_term or not days_in_term:
        raise ValueError(f"{days_served} of {days_in_term} days cannot be served.")
    return to_fen(price * days_served / days_in_term)


def penalty(price: Decimal) -> Decimal:
    """Return the penalty for the gravest breaches (第八条2、3，第十条2，第十二条（二）3).

    A fifth of the contract's total, whatever has been paid of it:

    >>> penalty(Decimal("2327640.00"))
    Decimal('465528.00')
    """
    return to_fen(price * PENALTY_RATE)


def refund_on_termination(paid: Decimal, price: Decimal) -> Decimal:
    """Return what Party B pays after a termination for breach (第八条2，第十二条（二）3).

    All that Party A has paid goes back, and the penalty comes on top; what has been
    served until then is not set off. After the first payment:

    >>> refund_on_termination(Decimal("1163820.00"), Decimal("2327640.00"))
    Decimal('1629348.00')
    """
    return to_fen(paid + penalty(price))


def reckon(route: Route, facts: Facts) -> Reckoning:
    """Return what is owed if the contract ends by a route, line by line.

    For reasons of policy on 31 July 2026, with the first payment made, Party B has
    earned less than it was paid:

    >>> year = Span(date(2026, 5, 1), date(2027, 5, 1))
    >>> facts = Facts(
    ...     price=Decimal("2327640.00"),
    ...     term=year,
    ...     ends_on=date(2026, 7, 31),
    ...     paid=Decimal("1163820.00"),
    ... )
    >>> policy = reckon(Route.POLICY, facts)
    >>> policy.lines[0].formula, policy.balance, policy.debtor.value
    ('2,327,640.00 × 92 ÷ 365', Decimal('577127.18'), 'b')

    For one of the six grounds, on whatever day:

    >>> reckon(Route.IMMEDIATE, facts).balance
    Decimal('1629348.00')

    Raises ValueError for an agreement without its sum.
    """
    lines = {
        Route.EXPIRY: _by_expiry,
        Route.AGREEMENT: _by_agreement,
        Route.IMMEDIATE: _for_breach("第十二条（二）3", "第十二条（二）3"),
        Route.THREE_MONTHS: _for_breach("第八条2", "第八条1"),
        Route.CALLOUT_REFUSED: _for_refusal,
        Route.POLICY: _by_policy,
    }[route]
    return Reckoning(route, facts.ends_on, tuple(lines(facts)))


def refund_due(served_on: date, calendar: WorkCalendar) -> Deadline:
    """Return by when Party B pays what a breach costs it (第八条2，第十二条（二）3).

    Three working days after the notice is served. Served on 30 September 2026, that
    is Saturday 10 October, worked in lieu:

    >>> nation = dict.fromkeys([date(2026, 10, day) for day in range(1, 8)], "国庆节")
    >>> in_lieu = {date(2026, 10, 10): "国庆节"}
    >>> calendar = WorkCalendar(nation, in_lieu, frozenset({2026}))
    >>> refund_due(date(2026, 9, 30), calendar).due_on
    datetime.date(2026, 10, 10)

    Raises CalendarMissing.
    """
    return workdays_after(served_on, REFUND_WORKDAYS, calendar)


def earliest_end(served_on: date, calendar: WorkCalendar) -> Deadline:
    """Return the first day a policy termination can end on (第十二条（二）4).

    The thirtieth working day after the notice is served. Raises CalendarMissing.
    """
    return workdays_after(served_on, POLICY_WORKDAYS, calendar)


def notice_due(ends_on: date, calendar: WorkCalendar) -> Deadline:
    """Return by when a policy notice is served for an end on a day (第十二条（二）4).

    The other way round from `earliest_end`. Raises CalendarMissing.
    """
    return workdays_before(ends_on, POLICY_WORKDAYS, calendar)


def secrets_due(ends_on: date, calendar: WorkCalendar) -> Deadline:
    """Return by when all that is confidential is handed over (第十条5).

    Three working days after the end, whatever ended the contract. Raises
    CalendarMissing.
    """
    return workdays_after(ends_on, SECRETS_WORKDAYS, calendar)


def _by_expiry(facts: Facts) -> list[Line]:
    """Nothing beyond what the stages of payment still owe."""
    price = Line(
        Item.PRICE, "第四条", _figure(facts.price), to_fen(facts.price), Owes.A
    )
    return [price, *_counted_against(facts, "第五条（一）3"), *_damage(facts)]


def _by_policy(facts: Facts) -> list[Line]:
    days, term = facts.days_served, facts.term.days
    earned = Line(
        Item.EARNED,
        "第十二条（二）4",
        f"{_figure(facts.price)} × {days} ÷ {term}",
        pro_rata(facts.price, days_served=days, days_in_term=term),
        Owes.A,
    )
    return [earned, *_counted_against(facts, "第十二条（二）4"), *_damage(facts)]


def _by_agreement(facts: Facts) -> list[Line]:
    if facts.agreed is None:
        raise ValueError("An agreement names its sum.")
    agreed = Line(
        Item.AGREED,
        "第十二条（二）2",
        _figure(abs(facts.agreed)),
        to_fen(abs(facts.agreed)),
        Owes.B if facts.agreed < 0 else Owes.A,
    )
    return [agreed, *_damage(facts)]


def _for_breach(clause: str, clause_of_loss: str) -> Callable[[Facts], list[Line]]:
    """Return how to reckon where all payments go back and the penalty is owed."""

    def lines(facts: Facts) -> list[Line]:
        refund = Line(
            Item.REFUND, clause, _figure(facts.paid), to_fen(facts.paid), Owes.B
        )
        shortfall = _typed(Item.SHORTFALL, clause_of_loss, facts.damage)
        return [refund, _penalty(clause, facts), *shortfall]

    return lines


def _for_refusal(facts: Facts) -> list[Line]:
    """No word of a refund here, and all loss is owed beside the penalty."""
    no_more = Line(Item.NO_MORE, "第八条3", _figure(NOTHING), NOTHING, None)
    loss = _typed(Item.LOSS, "第八条3", facts.damage)
    return [no_more, _penalty("第八条3", facts), *loss]


def _penalty(clause: str, facts: Facts) -> Line:
    formula = f"{_figure(facts.price)} × {PENALTY_RATE:.0%}"
    return Line(Item.PENALTY, clause, formula, penalty(facts.price), Owes.B)


def _counted_against(facts: Facts, clause: str) -> list[Line]:
    """Return what comes off what Party A owes: what it has paid, and may deduct."""
    paid = Line(Item.PAID, clause, _figure(facts.paid), to_fen(facts.paid), Owes.B)
    return [paid, *_typed(Item.DEDUCTIONS, "附件（三）2", facts.deducted)]


def _damage(facts: Facts) -> list[Line]:
    return _typed(Item.DAMAGE, "第八条4", facts.damage)


def _typed(item: Item, clause: str, amount: Decimal) -> list[Line]:
    """Return a line for a sum that somebody has stated, if there is one."""
    if not amount:
        return []
    return [Line(item, clause, _figure(amount), to_fen(amount), Owes.B)]


def _figure(amount: Decimal) -> str:
    return f"{amount:,.2f}"
