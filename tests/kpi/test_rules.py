"""The three-months watch, sequence by sequence. F: fulfilled, N: not, u: undecided."""

from datetime import date

import pytest

from contracts.rules.periods import Span, periods_of
from contracts.rules.readings import MonthsRunning, MonthUnit
from kpi.rules import (
    Level,
    Month,
    Outcome,
    current_run,
    longest_run,
    months_as_read,
    watch,
)

TERM = Span(date(2026, 5, 1), date(2027, 5, 1))
PERIODS = periods_of(TERM, first_day=19)
OUTCOMES = {
    "F": Outcome.FULFILLED,
    "N": Outcome.NOT_FULFILLED,
    "u": Outcome.UNDECIDED,
}


def found(sequence: str) -> list[Month]:
    """Return the contract's periods with these findings; the rest is undecided."""
    sequence = sequence.ljust(len(PERIODS), "u")
    return [
        Month(period.label, period.span, OUTCOMES[one])
        for period, one in zip(PERIODS, sequence, strict=True)
    ]


@pytest.mark.parametrize(
    ("sequence", "level"),
    [
        ("", Level.NONE),
        ("F", Level.NONE),
        ("FFF", Level.NONE),
        ("N", Level.BEGUN),
        ("FN", Level.BEGUN),
        ("NF", Level.NONE),
        ("NN", Level.NEAR),
        ("NNF", Level.NONE),
        ("NNFN", Level.BEGUN),
        ("NNFNN", Level.NEAR),
        ("NNN", Level.REACHED),
        ("NNNF", Level.REACHED),  # a better month does not take the right away
        ("NNNFFFN", Level.REACHED),
        ("FFFNNNN", Level.REACHED),
        ("FNFNFNFNFNFNF", Level.NONE),
        ("NNuu", Level.NEAR),  # what is still to come ends nothing
        ("NuN", Level.NEAR),
        ("NuNN", Level.NEAR),  # four, but no three of them side by side
        ("NNuN", Level.NEAR),
        ("NuNuN", Level.NEAR),
        ("uNNN", Level.REACHED),
        ("NuNNN", Level.REACHED),
        ("NuFN", Level.BEGUN),
        ("uuF", Level.NONE),
    ],
)
def test_three_months_side_by_side_give_the_right_and_fewer_warn(sequence, level):
    assert watch(found(sequence), wanted=3).level is level


@pytest.mark.parametrize(
    ("sequence", "labels", "unbroken"),
    [
        ("F", [], 0),
        ("FNNF", ["2026年6月", "2026年7月"], 2),
        ("NNFN", ["2026年5月", "2026年6月"], 2),
        ("NFN", ["2026年7月"], 1),  # of equals, the later one
        ("uNu", ["2026年6月"], 1),  # the undecided at its ends are no part of it
        ("NuNN", ["2026年5月", "2026年6月", "2026年7月", "2026年8月"], 2),
    ],
)
def test_the_longest_run_goes_from_failure_to_failure(sequence, labels, unbroken):
    run = longest_run(found(sequence))

    assert [month.label for month in run.months] == labels
    assert run.unbroken == unbroken


@pytest.mark.parametrize(
    ("sequence", "count", "undecided"),
    [
        ("NNFN", 1, []),
        ("NuN", 2, ["2026年6月"]),
        ("NNF", 0, []),
        ("FNuuN", 2, ["2026年7月", "2026年8月"]),
    ],
)
def test_the_current_run_is_the_one_that_can_still_grow(sequence, count, undecided):
    run = current_run(found(sequence))

    assert run.count == count
    assert [month.label for month in run.undecided] == undecided


def test_deciding_the_month_in_between_completes_the_run():
    assert watch(found("NuN"), wanted=3).level is Level.NEAR
    assert watch(found("NNN"), wanted=3).level is Level.REACHED
    assert watch(found("NFN"), wanted=3).level is Level.BEGUN


@pytest.mark.parametrize(
    ("wanted", "level"),
    [(1, Level.REACHED), (2, Level.REACHED), (3, Level.NEAR), (4, Level.BEGUN)],
)
def test_how_many_are_wanted_is_read_from_the_open_point(wanted, level):
    assert watch(found("NN"), wanted=wanted).level is level


def test_no_right_grows_out_of_nothing():
    with pytest.raises(ValueError, match="0 months"):
        watch(found("N"), wanted=0)


def test_read_as_assessment_periods_the_months_are_the_periods():
    assert months_as_read(found("NFN"), MonthsRunning(), term=TERM) == found("NFN")


@pytest.mark.parametrize(
    ("sequence", "failed"),
    [
        ("N", []),  # 1 to 18 May is no whole month
        ("NN", ["2026-05"]),
        ("NNN", ["2026-05", "2026-06"]),
        ("NNNN", ["2026-05", "2026-06", "2026-07"]),
        ("uNNN", ["2026-06", "2026-07"]),
        ("NuNN", ["2026-07"]),
        ("NNFN", ["2026-05"]),
    ],
)
def test_a_natural_month_fails_when_each_of_its_days_does(sequence, failed):
    months = months_as_read(
        found(sequence), MonthsRunning(unit=MonthUnit.NATURAL_MONTH), term=TERM
    )

    assert len(months) == 12
    assert [
        one.label for one in months if one.outcome is Outcome.NOT_FULFILLED
    ] == failed


def test_a_natural_month_with_a_fulfilled_day_ends_a_run():
    months = months_as_read(
        found("NNFNN"), MonthsRunning(unit=MonthUnit.NATURAL_MONTH), term=TERM
    )

    assert [month.outcome for month in months[:5]] == [
        Outcome.NOT_FULFILLED,
        Outcome.FULFILLED,
        Outcome.FULFILLED,
        Outcome.NOT_FULFILLED,
        Outcome.UNDECIDED,
    ]


def test_a_month_that_the_term_cuts_short_is_none():
    cut = Span(date(2026, 5, 10), date(2026, 7, 20))

    months = months_as_read([], MonthsRunning(unit=MonthUnit.NATURAL_MONTH), term=cut)

    assert [month.label for month in months] == ["2026-06"]
