"""How a verdict is given and put right, what is refused, and what happens twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from contracts.models import Contract, Reading
from kpi import actions
from kpi.actions import VerdictRefused
from kpi.models import Verdict
from kpi.overview import overview
from kpi.rules import Level
from tests.factories import (
    CHINA,
    make_clause,
    make_contract,
    make_period,
    make_user,
    make_verdict,
)

pytestmark = pytest.mark.django_db

#: The first moment after the period that ends on 18 June 2026.
OVER = datetime(2026, 6, 19, tzinfo=CHINA)


def terms(contract: Contract, *, fulfilled: bool = False, **given: Any) -> Any:
    found = {
        "fulfilled": fulfilled,
        "reason": "" if fulfilled else "日报三次未报",
        "clause": None if fulfilled else make_clause(contract),
        "by": make_user(),
        "at": OVER,
        "token": uuid4(),
    }
    return found | given


def test_a_period_is_decided_on_once_it_is_over():
    period = make_period()
    given = terms(period.contract)

    made = actions.decide(period, **given)

    assert (made.contract, made.period, made.fulfilled) == (
        period.contract,
        period,
        False,
    )
    assert (made.decided_by, made.decided_at) == (given["by"], OVER)


def test_a_period_that_is_not_over_is_not_decided_on():
    period = make_period()
    a_moment_early = OVER - timedelta(seconds=1)

    with pytest.raises(VerdictRefused, match="not over"):
        actions.decide(period, **terms(period.contract, at=a_moment_early))

    assert not Verdict.objects.exists()


def test_what_is_decided_is_corrected_and_not_decided_again():
    period = make_period()
    actions.decide(period, **terms(period.contract))

    with pytest.raises(VerdictRefused, match="Correct that verdict"):
        actions.decide(period, **terms(period.contract, fulfilled=True))


@pytest.mark.parametrize("missing", [{"reason": "  "}, {"clause": None}])
def test_failure_is_not_found_without_clause_and_reason(missing):
    period = make_period()

    with pytest.raises(VerdictRefused, match="which clause"):
        actions.decide(period, **terms(period.contract, **missing))


def test_a_clause_of_another_contract_is_refused():
    period = make_period()

    with pytest.raises(VerdictRefused, match="another contract"):
        actions.decide(period, **terms(make_contract()))


def test_a_correction_names_what_it_corrects_and_leaves_it_as_it_was():
    period = make_period()
    first = actions.decide(period, **terms(period.contract))

    actions.correct(
        first, **terms(period.contract, fulfilled=True, reason="补报后认定")
    )

    stands = Verdict.objects.of(period.contract).standing().get()
    assert (stands.corrects, stands.fulfilled) == (first, True)
    first.refresh_from_db()
    assert (first.fulfilled, first.reason) == (False, "日报三次未报")


def test_a_verdict_is_corrected_once_and_then_its_correction():
    period = make_period()
    first = actions.decide(period, **terms(period.contract))
    actions.correct(first, **terms(period.contract))

    with pytest.raises(VerdictRefused, match="corrected already"):
        actions.correct(first, **terms(period.contract))


def test_a_correction_without_a_reason_is_refused():
    period = make_period()
    first = actions.decide(period, **terms(period.contract))

    with pytest.raises(VerdictRefused, match="Say why"):
        actions.correct(first, **terms(period.contract, fulfilled=True))


def test_a_form_sent_twice_makes_one_verdict():
    period = make_period()
    given = terms(period.contract)

    made = actions.decide(period, **given)

    assert actions.decide(period, **given) == made
    again = terms(period.contract)
    corrected = actions.correct(made, **again)
    assert actions.correct(made, **again) == corrected
    assert Verdict.objects.count() == 2


def test_a_form_of_one_period_is_refused_for_another():
    period, other = make_period(), make_period()
    given = terms(period.contract)
    actions.decide(period, **given)

    with pytest.raises(VerdictRefused, match="another period"):
        actions.decide(other, **given)


def make_periods(contract: Contract, found: str) -> None:
    """Make a period for each letter: F fulfilled, N not, u undecided."""
    starts_on = date(2026, 5, 19)
    for number, one in enumerate(found, start=1):
        ends_before = (starts_on + timedelta(days=20)).replace(day=1) + timedelta(
            days=18
        )
        period = make_period(
            contract, number=number, starts_on=starts_on, ends_before=ends_before
        )
        if one != "u":
            make_verdict(period, fulfilled=one == "F")
        starts_on = ends_before


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ("uuu", Level.NONE),
        ("Nuu", Level.BEGUN),
        ("NNu", Level.NEAR),
        ("NuN", Level.NEAR),
        ("NNN", Level.REACHED),
        ("NNF", Level.NONE),
    ],
)
def test_the_watch_reads_the_verdicts_that_stand(found, level):
    contract = make_contract()
    make_periods(contract, found)

    assert overview(contract, at=OVER).watch.level is level


def test_a_correction_moves_the_watch():
    contract = make_contract()
    make_periods(contract, "NNN")
    last = Verdict.objects.of(contract).latest("pk")

    actions.correct(last, **terms(contract, fulfilled=True, reason="复核后改判"))

    assert overview(contract, at=OVER).watch.level is Level.NONE


def test_the_watch_follows_the_adopted_reading():
    contract = make_contract()
    make_periods(contract, "NN")
    Reading.objects.create(
        contract=contract,
        key="months_running",
        value={"unit": "assessment_period", "count": 2},
        adopted_on=date(2026, 5, 1),
    )

    found = overview(contract, at=OVER)

    assert (found.watch.level, found.watch.wanted) == (Level.REACHED, 2)


def at_once(*acts: Any) -> list[Any]:
    """Do several things in the same moment; return what came of each."""
    start = Barrier(len(acts))

    def run(act: Any) -> Any:
        try:
            start.wait()
            return act()
        except VerdictRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does_and_the_other_is_told():
    for _round in range(10):
        period = make_period()
        given = [terms(period.contract) for _person in range(2)]

        came = at_once(
            *(lambda one=one, p=period: actions.decide(p, **one) for one in given)
        )

        assert sorted(type(one) is Verdict for one in came) == [False, True]
        assert Verdict.objects.of(period.contract).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_correct_at_once_one_does_and_the_other_is_told():
    for _round in range(10):
        first = make_verdict(make_period(), fulfilled=True)
        given = [terms(first.contract) for _person in range(2)]

        came = at_once(
            *(lambda one=one, v=first: actions.correct(v, **one) for one in given)
        )

        assert sorted(type(one) is Verdict for one in came) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_a_double_click_that_arrives_at_once_is_one_verdict():
    for _round in range(10):
        period = make_period()
        given = terms(period.contract)

        came = at_once(*[lambda p=period, g=given: actions.decide(p, **g)] * 2)

        assert came[0] == came[1]
        assert Verdict.objects.of(period.contract).count() == 1
