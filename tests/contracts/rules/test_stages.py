from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.calendar import SpecialDay, WorkCalendar
from contracts.rules.periods import Span
from contracts.rules.stages import Stage, check_stages, preparation_due, split

PRICE = Decimal("2327640.00")
WINDOW = Span.through(date(2026, 9, 1), date(2026, 9, 30))

#: Whole per cents that add up to a hundred.
RATES = st.lists(st.integers(1, 99), max_size=6, unique=True).map(
    lambda cuts: [
        Decimal(after - before) / 100
        for before, after in zip([0, *sorted(cuts)], [*sorted(cuts), 100], strict=True)
    ]
)


def stages(*given: tuple[int, str, str]) -> list[Stage]:
    return [
        Stage(number, Decimal(rate), Decimal(amount), WINDOW)
        for number, rate, amount in given
    ]


def test_the_price_is_cut_as_the_contract_says():
    parts = split(PRICE, [Decimal("0.5"), Decimal("0.3"), Decimal("0.2")])

    assert parts == [Decimal("1163820.00"), Decimal("698292.00"), Decimal("465528.00")]


@pytest.mark.parametrize(
    ("price", "rates", "parts"),
    [
        ("100.01", ["0.5", "0.3", "0.2"], ["50.01", "30.00", "20.00"]),
        ("0.01", ["0.5", "0.5"], ["0.01", "0.00"]),
        ("1.00", ["0.3333", "0.3333", "0.3334"], ["0.33", "0.34", "0.33"]),
    ],
)
def test_a_fen_that_does_not_divide_goes_to_one_part(price, rates, parts):
    found = split(Decimal(price), [Decimal(rate) for rate in rates])

    assert [str(part) for part in found] == parts


@pytest.mark.parametrize("rates", [[], ["0.5"], ["0.5", "0.6"], ["1.5", "-0.5"]])
def test_rates_that_do_not_make_a_whole_are_refused(rates):
    with pytest.raises(ValueError, match="do not add up"):
        split(PRICE, [Decimal(rate) for rate in rates])


@given(fen=st.integers(0, 10**14), rates=RATES)
def test_parts_add_up_to_the_price_and_none_is_off_by_more_than_a_fen(fen, rates):
    price = Decimal(fen).scaleb(-2)

    parts = split(price, rates)

    assert sum(parts) == price
    assert all(
        part >= 0 and abs(part - price * rate) < Decimal("0.02")
        for part, rate in zip(parts, rates, strict=True)
    )


def test_the_contract_s_stages_are_in_order():
    given = stages((1, "0.5", "1163820"), (2, "0.3", "698292"), (3, "0.2", "465528"))

    assert list(check_stages(PRICE, given)) == []


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (
            [(1, "0.5", "1163820"), (3, "0.5", "1163820")],
            [("not_in_turn", "stages[2].number")],
        ),
        (
            [(1, "0.5", "1163820"), (2, "0.4", "931056")],
            [("does_not_add_up", "stages.rate"), ("does_not_add_up", "stages.amount")],
        ),
        (
            [(1, "0.5", "1163820.01"), (2, "0.5", "1163819.99")],
            [
                ("not_its_share", "stages[1].amount"),
                ("not_its_share", "stages[2].amount"),
            ],
        ),
        (
            [],
            [("does_not_add_up", "stages.rate"), ("does_not_add_up", "stages.amount")],
        ),
    ],
)
def test_stages_that_do_not_make_up_the_price_are_named(given, problems):
    found = check_stages(PRICE, stages(*given))

    assert [(problem.code, problem.path) for problem in found] == problems


def test_a_stage_may_be_less_than_a_fen_off_its_share():
    given = stages((1, "0.5", "50.01"), (2, "0.3", "30.00"), (3, "0.2", "20.00"))

    assert list(check_stages(Decimal("100.01"), given)) == []


def test_party_b_has_ten_working_days_to_get_ready():
    may_day = [SpecialDay(date(2026, 5, day), False, "劳动节") for day in range(1, 6)]
    calendar = WorkCalendar.of(may_day, official_years=[2026])

    due = preparation_due(date(2026, 4, 21), calendar)

    assert due.due_on == date(2026, 5, 8)
    assert [day.day for day in due.counted] == [22, 23, 24, 27, 28, 29, 30, 6, 7, 8]
