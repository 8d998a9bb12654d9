from dataclasses import astuple
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.indicators import (
    Basis,
    Change,
    Rates,
    Tally,
    Weights,
    change,
    counts,
    plain_mean,
    points,
    ranking,
    rates,
    share,
    total,
)

WEIGHTS = Weights(Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), Decimal("0.9"))


def tally(*called_back, volume=0):
    """Count valid, contacted, solved, satisfied, partly; of none closed."""
    return Tally(volume, 0, *called_back)


@st.composite
def tallies(draw, least_valid=0):
    valid = draw(st.integers(least_valid, 10_000))
    satisfied = draw(st.integers(0, valid))
    return Tally(
        volume=draw(st.integers(0, 20_000)),
        closed=draw(st.integers(0, 20_000)),
        valid=valid,
        contacted=draw(st.integers(0, valid)),
        solved=draw(st.integers(0, valid)),
        satisfied=satisfied,
        partly=draw(st.integers(0, valid - satisfied)),
    )


@pytest.mark.parametrize(
    ("counted", "published"),
    [
        (tally(10, 10, 10, 10), ["1.0000", "1.0000", "1.0000", "100.0"]),
        (tally(10), ["0.0000", "0.0000", "0.0000", "0.0"]),
        (tally(10, 0, 0, 0, 10), ["0.0000", "0.0000", "0.9000", "36.0"]),
        (tally(3, 2, 1, 1, 1), ["0.6667", "0.3333", "0.6333", "48.7"]),
        (tally(8, 8, 5, 5, 3), ["1.0000", "0.6250", "0.9625", "79.8"]),  # 79.75, up
        (tally(8, 8, 5, 8), ["1.0000", "0.6250", "1.0000", "81.3"]),  # 81.25, up
        (tally(30, 29, 25, 20, 6), ["0.9667", "0.8333", "0.8467", "85.2"]),
        (tally(1, 1, 0, 0, 1), ["1.0000", "0.0000", "0.9000", "46.0"]),
    ],
)
def test_rates(counted, published):
    assert rates(counted, WEIGHTS) == Rates(*map(Decimal, published))


def test_there_is_no_rate_where_nobody_was_called_back():
    assert rates(tally(0, volume=12), WEIGHTS) == Rates(None, None, None, None)


def test_the_score_is_made_from_the_exact_rates():
    # 2/3 of all: 66.666…; with rates rounded to whole per cents it would be 67.0.
    assert rates(tally(3, 2, 2, 2), WEIGHTS).score == Decimal("66.7")


def test_other_weights_make_another_score():
    equal = Weights(Decimal("0.2"), Decimal("0.4"), Decimal("0.4"), Decimal("0.5"))

    assert rates(tally(10, 10, 5, 0, 10), equal).score == Decimal("60.0")


@pytest.mark.parametrize(
    "given_weights",
    [
        ("0.1", "0.5", "0.5", "0.9"),
        ("0.2", "0.5", "0.4", "0.9"),
        ("-0.1", "0.6", "0.5", "0.9"),
        ("0.1", "0.5", "0.4", "1.1"),
        ("0.1", "0.5", "0.4", "-0.1"),
    ],
)
def test_weights_that_make_no_score_out_of_a_hundred_are_refused(given_weights):
    with pytest.raises(ValueError, match=r"weights|基本满意"):
        Weights(*map(Decimal, given_weights))


@pytest.mark.parametrize(
    "impossible",
    [
        {"volume": -1},
        {"valid": 3, "contacted": 4},
        {"valid": 3, "solved": 4},
        {"valid": 3, "satisfied": 2, "partly": 2},
    ],
)
def test_a_tally_that_cannot_have_been_counted_is_refused(impossible):
    with pytest.raises(ValueError, match="cannot have been counted"):
        Tally(**impossible)


@pytest.mark.parametrize(
    ("granted", "full", "assessed"),
    [
        ((False, False, False), True, True),
        ((True, False, False), True, False),
        ((False, True, False), True, False),
        ((False, False, True), True, False),
        ((True, True, True), True, False),
    ],
)
def test_what_each_basis_counts(granted, full, assessed):
    case = dict(zip(("excluded", "deferred", "returned"), granted, strict=True))

    assert (counts(Basis.FULL, **case), counts(Basis.ASSESSED, **case)) == (
        full,
        assessed,
    )


def test_a_total_weighs_and_a_plain_mean_does_not():
    large, small = tally(90, 90, 90, 90), tally(10, 10, 0, 0)

    assert rates(total([large, small]), WEIGHTS).solved == Decimal("0.9000")
    assert plain_mean([large, small], WEIGHTS) == Rates(
        *map(Decimal, ("1.0000", "0.5000", "0.5000", "55.0"))
    )


def test_a_plain_mean_leaves_out_who_has_no_rate():
    only = tally(3, 2, 1, 1, 1)

    assert plain_mean([tally(0), only], WEIGHTS) == rates(only, WEIGHTS)
    assert plain_mean([tally(0)], WEIGHTS) == Rates()


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, None), (0, 5, "0.0000"), (1, 3, "0.3333"), (1, 32, "0.0313"), (5, 5, "1")],
)
def test_share(part, whole, expected):
    assert share(part, whole) == (expected and Decimal(expected))


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        (45, 40, Change(Decimal("0.1250"))),
        (30, 40, Change(Decimal("-0.2500"))),
        (0, 40, Change(Decimal(-1))),
        (40, 40, Change(Decimal(0))),
        (1, 0, Change(None, is_new=True)),
        (0, 0, Change(None)),
    ],
)
def test_change_of_a_volume(now, before, moved):
    assert change(now, before) == moved


@pytest.mark.parametrize(
    ("now", "before", "moved"),
    [
        ("0.9512", "0.9487", "0.25"),
        ("0.9487", "0.9512", "-0.25"),
        ("1", "0", "100"),
        (None, "0.5", None),
        ("0.5", None, None),
    ],
)
def test_change_of_a_rate_in_points(now, before, moved):
    assert points(now and Decimal(now), before and Decimal(before)) == (
        moved and Decimal(moved)
    )


def test_ranking_is_by_score_then_volume_and_the_level_share_a_place():
    good, poor = (10, 10, 10, 10), (10, 5, 5, 5)
    units = {
        "unheard": tally(0, volume=90),
        "poor": tally(*poor, volume=70),
        "good, small": tally(*good, volume=5),
        "good, large": tally(*good, volume=50),
        "good, small too": tally(*good, volume=5),
        "unheard too": tally(0, volume=99),
    }

    places = ranking(units.items(), WEIGHTS)

    assert [(place.number, place.name) for place in places] == [
        (1, "good, large"),
        (2, "good, small"),
        (2, "good, small too"),
        (4, "poor"),
        (None, "unheard too"),
        (None, "unheard"),
    ]


def test_nobody_is_ahead_by_a_digit_that_nobody_sees():
    # 99.96 and 99.97: both are published as 100.0.
    a = tally(10_000, 10_000, 10_000, 9_990, volume=1)
    b = tally(10_000, 10_000, 10_000, 9_993, volume=1)

    assert [place.number for place in ranking([("a", a), ("b", b)], WEIGHTS)] == [1, 1]


@given(tallies(), tallies())
def test_tallies_of_different_cases_add_up(a, b):
    assert astuple(a + b) == tuple(map(sum, zip(astuple(a), astuple(b), strict=True)))
    assert a + b == b + a
    assert total([a, b]) == a + b


@given(tallies(least_valid=1))
def test_rates_are_between_nothing_and_all(counted):
    published = rates(counted, WEIGHTS)

    assert all(0 <= rate <= 1 for rate in astuple(published)[:3])
    assert 0 <= (published.score or 0) <= 100


@given(tallies(least_valid=1), st.integers(1, 50))
def test_more_of_the_same_changes_no_rate(counted, times):
    assert rates(total([counted] * times), WEIGHTS) == rates(counted, WEIGHTS)


@given(st.lists(tallies(least_valid=1), min_size=1, max_size=8))
def test_the_rates_of_a_total_lie_between_those_of_its_parts(parts):
    each = [rates(part, WEIGHTS).score or 0 for part in parts]

    assert min(each) <= (rates(total(parts), WEIGHTS).score or 0) <= max(each)


@given(st.lists(st.tuples(st.integers(), tallies()), max_size=12))
def test_a_ranking_keeps_everybody_and_never_rises(units):
    places = ranking(units, WEIGHTS)

    assert sorted((place.name, astuple(place.tally)) for place in places) == sorted(
        (name, astuple(counted)) for name, counted in units
    )
    scores = [place.rates.score for place in places if place.rates.score is not None]
    assert scores == sorted(scores, reverse=True)
    assert [place.number is None for place in places] == sorted(
        place.number is None for place in places
    )
