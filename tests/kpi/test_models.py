"""What must hold of verdicts, whoever writes them."""

import pytest
from django.db import IntegrityError, transaction

from kpi.models import Verdict
from tests.factories import (
    make_clause,
    make_contract,
    make_period,
    make_user,
    make_verdict,
)

pytestmark = pytest.mark.django_db


def refused(name: str):
    """Expect the database to refuse, and go on afterwards."""
    return pytest.raises(IntegrityError, match=name)


def test_a_period_has_one_verdict_that_corrects_none():
    period = make_period()
    make_verdict(period, fulfilled=True)

    with refused("verdict_one_a_period"), transaction.atomic():
        make_verdict(period, fulfilled=False)


def test_a_verdict_is_corrected_once():
    period = make_period()
    first = make_verdict(period, fulfilled=True)
    make_verdict(period, fulfilled=False, corrects=first)

    with refused("corrects"), transaction.atomic():
        make_verdict(period, fulfilled=False, corrects=first)


def test_what_stands_is_the_last_of_the_chain():
    period = make_period()
    first = make_verdict(period, fulfilled=True)
    second = make_verdict(period, fulfilled=False, corrects=first)
    third = make_verdict(period, fulfilled=True, reason="复核", corrects=second)
    make_verdict(make_period(), fulfilled=True)

    assert list(Verdict.objects.of(period.contract).standing()) == [third]


@pytest.mark.parametrize("missing", [{"reason": ""}, {"clause": None}])
def test_failure_names_its_clause_and_its_reason(missing):
    with refused("verdict_of_failure_says_why"), transaction.atomic():
        make_verdict(make_period(), fulfilled=False, **missing)


def test_a_correction_says_why():
    period = make_period()
    first = make_verdict(period, fulfilled=False)

    with refused("verdict_correction_says_why"), transaction.atomic():
        make_verdict(period, fulfilled=True, corrects=first)


def test_a_verdict_is_of_its_periods_contract():
    with refused("verdict_belongs"), transaction.atomic():
        Verdict.objects.create(
            contract=make_contract(),
            period=make_period(),
            fulfilled=True,
            decided_at="2026-06-20T12:00:00+08:00",
            decided_by=make_user(),
        )


def test_a_verdict_rests_on_a_clause_of_its_contract():
    with refused("verdict_belongs"), transaction.atomic():
        make_verdict(
            make_period(), fulfilled=False, clause=make_clause(make_contract())
        )


def test_a_verdict_corrects_one_of_the_same_period():
    period = make_period()
    other = make_period(
        period.contract,
        number=3,
        starts_on=period.ends_before,
        ends_before="2026-07-19",
    )
    first = make_verdict(period, fulfilled=True)

    with refused("verdict_belongs"), transaction.atomic():
        make_verdict(other, fulfilled=False, corrects=first)
