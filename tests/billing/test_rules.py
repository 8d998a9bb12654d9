"""What is owed at the end, to the fen: the contract's own sums and dates."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.rules import (
    GROUNDS,
    Facts,
    Fault,
    Item,
    Owes,
    Reckoning,
    Route,
    earliest_end,
    faults,
    notice_due,
    penalty,
    pro_rata,
    reckon,
    refund_due,
    refund_on_termination,
    secrets_due,
)
from contracts.models import TerminationRoute
from contracts.rules.calendar import WorkCalendar
from contracts.rules.periods import Span

PRICE = Decimal("2327640.00")
FIRST, SECOND = Decimal("1163820.00"), Decimal("698292.00")
TERM = Span(date(2026, 5, 1), date(2027, 5, 1))
FACTS = Facts(price=PRICE, term=TERM, ends_on=date(2026, 7, 31), paid=FIRST)

HOLIDAYS = {
    **dict.fromkeys([date(2026, 9, day) for day in (25, 26, 27)], "中秋节"),
    **dict.fromkeys([date(2026, 10, day) for day in range(1, 8)], "国庆节"),
}
IN_LIEU = dict.fromkeys([date(2026, 9, 20), date(2026, 10, 10)], "国庆节")
CALENDAR = WorkCalendar(HOLIDAYS, IN_LIEU, frozenset({2026}), frozenset({2027}))


@pytest.mark.parametrize(
    ("days_served", "earned"),
    [
        (0, "0.00"),
        (1, "6377.10"),
        (92, "586692.82"),
        (184, "1173385.64"),
        (245, "1562388.49"),
        (365, "2327640.00"),
    ],
)
def test_pro_rata_by_calendar_days(days_served, earned):
    found = pro_rata(PRICE, days_served=days_served, days_in_term=365)

    assert found == Decimal(earned)


@pytest.mark.parametrize(("served", "term"), [(-1, 365), (366, 365), (0, 0)])
def test_no_more_days_are_served_than_there_are(served, term):
    with pytest.raises(ValueError, match="cannot be served"):
        pro_rata(PRICE, days_served=served, days_in_term=term)


def test_the_penalty_is_a_fifth_of_the_price():
    assert penalty(PRICE) == Decimal("465528.00")


@pytest.mark.parametrize(
    ("paid", "back"),
    [
        (Decimal(0), "465528.00"),
        (FIRST, "1629348.00"),
        (FIRST + SECOND, "2327640.00"),
        (PRICE, "2793168.00"),
    ],
)
def test_all_that_was_paid_goes_back_and_a_fifth_on_top(paid, back):
    assert refund_on_termination(paid, PRICE) == Decimal(back)


@pytest.mark.parametrize(
    ("ends_on", "days"),
    [
        (date(2026, 4, 30), 0),
        (date(2026, 5, 1), 1),
        (date(2026, 7, 31), 92),
        (date(2027, 4, 30), 365),
        (date(2027, 5, 1), 365),
    ],
)
def test_days_are_served_from_the_first_to_the_last_both_in(ends_on, days):
    assert replace(FACTS, ends_on=ends_on).days_served == days


def lines(route: Route, facts: Facts = FACTS) -> list[tuple[str, str, str, str]]:
    """Return the lines of a reckoning as: item, formula, amount, who owes it."""
    return [
        (line.item, line.formula, f"{line.amount}", line.owed_by or "")
        for line in reckon(route, facts).lines
    ]


def test_policy_is_reckoned_by_days_less_what_was_paid_and_deducted():
    facts = replace(FACTS, paid=Decimal("500000.00"), deducted=Decimal("2000.00"))

    assert lines(Route.POLICY, facts) == [
        (Item.EARNED, "2,327,640.00 × 92 ÷ 365", "586692.82", Owes.A),
        (Item.PAID, "500,000.00", "500000.00", Owes.B),
        (Item.DEDUCTIONS, "2,000.00", "2000.00", Owes.B),
    ]
    assert reckon(Route.POLICY, facts).balance == Decimal("84692.82")


@pytest.mark.parametrize(
    ("route", "clause"),
    [(Route.IMMEDIATE, "第十二条（二）3"), (Route.THREE_MONTHS, "第八条2")],
)
def test_a_breach_costs_all_payments_and_the_penalty(route, clause):
    assert lines(route) == [
        (Item.REFUND, "1,163,820.00", "1163820.00", Owes.B),
        (Item.PENALTY, "2,327,640.00 × 20%", "465528.00", Owes.B),
    ]
    assert {line.clause for line in reckon(route, FACTS).lines} == {clause}


def test_loss_beyond_the_penalty_is_a_line_of_its_own():
    facts = replace(FACTS, damage=Decimal("1000.00"))

    assert lines(Route.IMMEDIATE, facts)[-1] == (
        Item.SHORTFALL,
        "1,000.00",
        "1000.00",
        Owes.B,
    )
    assert reckon(Route.IMMEDIATE, facts).balance == Decimal("1630348.00")


def test_a_callout_refused_costs_the_penalty_and_loss_but_no_refund():
    facts = replace(FACTS, damage=Decimal("1000.00"))

    assert lines(Route.CALLOUT_REFUSED, facts) == [
        (Item.NO_MORE, "0.00", "0.00", ""),
        (Item.PENALTY, "2,327,640.00 × 20%", "465528.00", Owes.B),
        (Item.LOSS, "1,000.00", "1000.00", Owes.B),
    ]


def test_expiry_owes_nothing_beyond_what_is_due():
    facts = replace(FACTS, ends_on=date(2027, 4, 30), paid=FIRST + SECOND)

    assert lines(Route.EXPIRY, facts) == [
        (Item.PRICE, "2,327,640.00", "2327640.00", Owes.A),
        (Item.PAID, "1,862,112.00", "1862112.00", Owes.B),
    ]
    assert reckon(Route.EXPIRY, facts).balance == Decimal("465528.00")


@pytest.mark.parametrize(
    ("agreed", "debtor"), [("5.00", Owes.A), ("-5.00", Owes.B), ("0.00", None)]
)
def test_an_agreement_costs_what_it_says(agreed, debtor):
    reckoning = reckon(Route.AGREEMENT, replace(FACTS, agreed=Decimal(agreed)))

    assert (reckoning.balance, reckoning.debtor) == (abs(Decimal(agreed)), debtor)


def test_an_agreement_names_its_sum():
    with pytest.raises(ValueError, match="names its sum"):
        reckon(Route.AGREEMENT, FACTS)


@pytest.mark.parametrize(
    ("ends_on", "balance", "debtor"),
    [
        (date(2026, 7, 31), "577127.18", Owes.B),
        (date(2026, 10, 31), "9565.64", Owes.A),
        (date(2026, 12, 31), "398568.49", Owes.A),
    ],
)
def test_policy_after_the_first_payment_on_three_dates(ends_on, balance, debtor):
    reckoning = reckon(Route.POLICY, replace(FACTS, ends_on=ends_on))

    assert (reckoning.balance, reckoning.debtor) == (Decimal(balance), debtor)


@pytest.mark.parametrize("route", Route)
def test_the_balance_is_the_lines_added_up(route):
    facts = replace(
        FACTS,
        deducted=Decimal("123.45"),
        damage=Decimal("67.89"),
        agreed=Decimal("-1.01") if route is Route.AGREEMENT else None,
    )

    reckoning = reckon(route, facts)

    signed = {Owes.A: 1, Owes.B: -1, None: 0}
    total = sum(line.amount * signed[line.owed_by] for line in reckoning.lines)
    assert abs(total) == reckoning.balance
    assert all(line.formula and line.clause for line in reckoning.lines)


@pytest.mark.parametrize("route", Route)
def test_a_frozen_reckoning_reads_back_as_it_was(route):
    agreed = Decimal("-1.01") if route is Route.AGREEMENT else None
    reckoning = reckon(route, replace(FACTS, agreed=agreed, damage=Decimal(7)))

    assert Reckoning.from_plain(reckoning.to_plain()) == reckoning


def test_the_routes_are_those_that_are_stored():
    assert {str(route) for route in Route} == set(TerminationRoute.values)
    assert set(GROUNDS) == set(Route)


@pytest.mark.parametrize(
    ("route", "clause", "given", "found"),
    [
        (Route.POLICY, "第十二条（二）4", {}, []),
        (Route.POLICY, "第八条2", {}, [("clause", Fault.OTHER_GROUND)]),
        (Route.IMMEDIATE, "第十二条（二）3（6）", {}, []),
        (Route.IMMEDIATE, "第十二条（二）3", {}, [("clause", Fault.OTHER_GROUND)]),
        (
            Route.POLICY,
            "第十二条（二）4",
            {"ends_on": date(2026, 4, 30)},
            [("ends_on", Fault.OUT_OF_TERM)],
        ),
        (
            Route.POLICY,
            "第十二条（二）4",
            {"ends_on": date(2027, 5, 1)},
            [("ends_on", Fault.OUT_OF_TERM)],
        ),
        (
            Route.EXPIRY,
            "第十二条（二）1",
            {"ends_on": date(2027, 4, 29)},
            [("ends_on", Fault.NOT_AT_EXPIRY)],
        ),
        (
            Route.POLICY,
            "第十二条（二）4",
            {"paid": PRICE + 1, "deducted": PRICE + 1},
            [("paid", Fault.ABOVE_PRICE), ("deducted", Fault.ABOVE_PRICE)],
        ),
        (Route.POLICY, "第十二条（二）4", {"paid": PRICE}, []),
        (
            Route.AGREEMENT,
            "第十二条（二）2",
            {},
            [("agreed", Fault.NO_AGREED_SUM)],
        ),
        (
            Route.AGREEMENT,
            "第十二条（二）2",
            {"agreed": -PRICE - 1},
            [("agreed", Fault.ABOVE_PRICE)],
        ),
        (
            Route.POLICY,
            "第十二条（二）4",
            {"agreed": Decimal(0)},
            [("agreed", Fault.SUM_NOT_AGREED)],
        ),
    ],
)
def test_what_is_wrong_with_terms_is_named_with_its_field(route, clause, given, found):
    assert list(faults(route, clause, replace(FACTS, **given))) == found


@pytest.mark.parametrize(
    ("served_on", "due_on"),
    [
        (date(2026, 9, 30), date(2026, 10, 10)),  # a Saturday worked in lieu
        (date(2026, 6, 1), date(2026, 6, 4)),
        (date(2026, 6, 5), date(2026, 6, 10)),
    ],
)
def test_a_breach_is_paid_for_three_working_days_after_service(served_on, due_on):
    assert refund_due(served_on, CALENDAR).due_on == due_on


def test_a_policy_notice_comes_thirty_working_days_before_the_end():
    assert earliest_end(date(2026, 8, 20), CALENDAR).due_on == date(2026, 10, 8)
    assert notice_due(date(2026, 10, 8), CALENDAR).due_on == date(2026, 8, 20)


def test_secrets_are_handed_over_three_working_days_after_the_end():
    due = secrets_due(date(2026, 9, 30), CALENDAR)

    assert (due.due_on, due.provisional) == (date(2026, 10, 10), False)
