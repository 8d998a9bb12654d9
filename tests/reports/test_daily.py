"""The figures of the daily report, against a count by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from cases.models import CaseStatus, Satisfaction
from contracts.models import Reading
from reports import daily
from reports.document import Figure, value_of
from reports.scope import scope_of
from tests.factories import (
    CHINA,
    NOON,
    make_case,
    make_community,
    make_contract,
    make_period,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

JUNE_1 = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def build(contract, day=JUNE_1, at=NOON):
    return daily.build(scope_of(contract, day, at=at))


def table(document, title):
    return next(
        block
        for section in document.sections
        for block in section.blocks
        if block.block == "table" and block.title == title
    )


def column(found, label):
    at = [column.label for column in found.columns].index(label)
    return [value_of(row[at]) for row in found.rows]


def called_back(contract, satisfaction, *, solved=True, **given):
    return make_case(
        contract,
        status=CaseStatus.CALLED_BACK,
        valid_callback=True,
        contacted=True,
        solved=solved,
        satisfaction=satisfaction,
        **given,
    )


@pytest.mark.parametrize(
    ("dispatched", "counted"),
    [
        (NOON - timedelta(days=1), 1),  # noon the day before is in
        (NOON - timedelta(days=1, seconds=1), 0),
        (NOON - timedelta(seconds=1), 1),
        (NOON, 0),  # noon of the day is out
    ],
)
def test_a_day_runs_from_noon_to_noon(dispatched, counted):
    case = make_case(counted_at=dispatched)

    found = table(build(case.contract), "These 24 hours")

    assert column(found, "Received") == [counted, counted]


def test_a_day_cut_at_midnight_is_the_day_itself():
    contract = make_contract()
    Reading.objects.create(
        contract=contract, key="daily_cut", value="midnight", adopted_on=JUNE_1
    )
    midnight = datetime(2026, 6, 1, tzinfo=CHINA)
    for moment in (
        midnight - timedelta(seconds=1),
        midnight,
        NOON + timedelta(hours=11),
    ):
        make_case(contract, counted_at=moment)

    found = table(build(contract), "These 24 hours")

    assert column(found, "Received") == [2, 2]


def test_rates_are_made_by_the_formulae():
    contract, hour = make_contract(), NOON - timedelta(hours=1)
    called_back(contract, Satisfaction.SATISFIED, counted_at=hour)
    called_back(contract, Satisfaction.PARTLY, counted_at=hour)
    called_back(contract, Satisfaction.DISSATISFIED, solved=False, counted_at=hour)
    make_case(contract, counted_at=hour)

    found = table(build(contract), "These 24 hours")

    assert column(found, "Valid callbacks") == [3, 3]
    assert column(found, "Solved") == [Decimal("0.6667")] * 2
    assert column(found, "Satisfied") == [Decimal("0.6333")] * 2  # (1 + 0.9) / 3
    # 100 × (0.1 × 1 + 0.5 × 2/3 + 0.4 × 1.9/3)
    assert column(found, "Score") == [Decimal("68.7")] * 2


def test_weights_are_those_adopted_by_the_day():
    contract, hour = make_contract(), NOON - timedelta(hours=1)
    called_back(contract, Satisfaction.DISSATISFIED, counted_at=hour)
    new = {
        "contacted": "0",
        "solved": "1",
        "satisfied": "0",
        "partly_satisfied": "0.9",
    }
    Reading.objects.create(
        contract=contract, key="score", value=new, adopted_on=JUNE_1 + timedelta(days=1)
    )

    before, after = (
        scope_of(contract, day, at=NOON).weights.solved
        for day in (JUNE_1, JUNE_1 + timedelta(days=1))
    )

    assert (before, after) == (Decimal("0.50"), Decimal(1))


def test_without_a_valid_callback_there_is_no_rate():
    case = make_case(counted_at=NOON - timedelta(hours=1))

    found = table(build(case.contract), "These 24 hours")

    assert column(found, "Solved") == [None, None]
    assert column(found, "Score") == [None, None]


def test_the_assessed_basis_leaves_out_what_is_excluded_deferred_or_returned():
    contract, hour = make_contract(), NOON - timedelta(hours=1)
    make_case(contract, counted_at=hour)
    make_case(contract, counted_at=hour, exclusion="excluded")
    make_case(contract, counted_at=hour, exclusion="deferred")
    make_case(contract, counted_at=hour, status=CaseStatus.RETURNED)
    make_case(contract, counted_at=hour, status=CaseStatus.VOID)

    found = table(build(contract), "These 24 hours")

    assert column(found, "Basis") == ["Full basis", "Assessed basis"]
    assert column(found, "Received") == [4, 1]


def test_the_period_so_far_begins_on_its_first_midnight():
    contract = make_contract()
    make_period(contract)  # from 19 May
    begin = datetime(2026, 5, 19, tzinfo=CHINA)
    for moment in (
        begin - timedelta(seconds=1),
        begin,
        NOON - timedelta(hours=1),
        NOON,
    ):
        make_case(contract, counted_at=moment)

    found = table(build(contract), "Assessment period so far")

    assert column(found, "Received") == [2, 2]


def test_units_are_ranked_by_score_and_totalled_by_sums():
    contract, hour = make_contract(), NOON - timedelta(hours=1)
    good, poor = make_unit(contract, "A"), make_unit(contract, "B")
    called_back(contract, Satisfaction.SATISFIED, counted_at=hour, unit=good)
    for _n in range(3):
        called_back(
            contract,
            Satisfaction.DISSATISFIED,
            solved=False,
            counted_at=hour,
            unit=poor,
        )

    found = table(build(contract), "Handling units")

    assert column(found, "Unit") == ["A", "B"]
    assert column(found, "Score") == [Decimal("100.0"), Decimal("10.0")]
    assert found.total[-3] == Decimal("0.2500")  # one of four, not the mean of 1 and 0


def test_every_figure_names_the_list_that_it_counts(client):
    contract, hour = make_contract(), NOON - timedelta(hours=1)
    make_period(contract)
    unit, community = make_unit(contract), make_community(contract)
    called_back(
        contract,
        Satisfaction.SATISFIED,
        counted_at=hour,
        closed_at=hour,
        unit=unit,
        community=community,
    )
    # The list asks what is overdue by its own clock: years from now, to both the same.
    far = {"due_at": NOON + timedelta(days=9999), "unit": unit}
    make_case(contract, counted_at=hour, urgency="urgent", company="某公司", **far)
    make_case(contract, counted_at=NOON - timedelta(days=30), due_at=hour, unit=unit)
    client.force_login(make_user(contract))

    wrong = []
    for figure in figures(build(contract)):
        page = client.get(f"/contracts/{contract.number}/cases/", dict(figure.where))
        listed = page.context["count"].number
        if isinstance(figure.value, int) and listed != figure.value:
            wrong.append((figure, listed))

    assert wrong == []


def figures(document):
    for section in document.sections:
        for block in section.blocks:
            rows = [*block.rows] if block.block == "table" else []
            rows += (
                [line.values for line in block.series] if block.block == "chart" else []
            )
            for row in rows:
                yield from (cell for cell in row if isinstance(cell, Figure))


def test_texts_on_paper_show_no_telephone():
    case = make_case(
        counted_at=NOON - timedelta(hours=1),
        urgency="urgent",
        title="请致电13800000001王先生",
    )

    assert "13800000001" not in str(build(case.contract).to_json())


def test_the_same_data_give_the_same_digest():
    case = make_case(counted_at=NOON - timedelta(hours=1))

    first, again = (build(case.contract).digest() for _n in range(2))

    assert first == again
