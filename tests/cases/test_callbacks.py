"""What callers say: kept, corrected, counted, and looked at again where they are unhappy."""

from dataclasses import astuple
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle, product
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from cases.actions.callbacks import call_back, open_rechecks
from cases.forms.quality import CallBackForm
from cases.models import Case, CaseStatus, EntryKind, Recheck, RecheckReason, UnitMember
from cases.quality import causes_in, standings, weights_in
from cases.rules.indicators import Basis, Tally, Weights, rates, weights_of
from contracts.models import Reading, TransitionRefused
from contracts.rules.readings import Score
from tests.cases.rules.test_indicators import tallies
from tests.factories import NOON, make_case, make_period, make_unit, make_user
from tests.test_pages import Page

HOUR = timedelta(hours=1)
AT = NOON + 3 * HOUR

HAPPY = {
    "valid": True,
    "contacted": True,
    "solved": True,
    "satisfaction": "satisfied",
    "contact_cause": "",
    "solution_cause": "",
    "satisfaction_cause": "",
    "text": "",
}
UNSOLVED = HAPPY | {"solved": False, "solution_cause": "缺少资金"}


def closed(contract=None, **given):
    given = {"status": CaseStatus.CLOSED, "closed_at": NOON + HOUR} | given
    return make_case(contract, **given)


def told(answer, **more):
    return (
        answer
        | {
            "happened_at": NOON + 2 * HOUR,
            "token": uuid4(),
            "by": make_user(),
            "at": AT,
        }
        | more
    )


# --- The action ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_callback_is_on_the_order_and_on_its_ledger():
    case = closed()

    call_back(case, **told(UNSOLVED, text="还没有修"))

    case = Case.objects.get(pk=case.pk)
    assert (case.status, case.valid_callback, case.contacted, case.solved) == (
        CaseStatus.CALLED_BACK,
        True,
        True,
        False,
    )
    assert (case.solution_cause, case.called_back_at) == ("缺少资金", NOON + 2 * HOUR)
    entry = case.entries.get(kind=EntryKind.CALLED_BACK)
    assert (entry.status, entry.at, entry.text) == (
        CaseStatus.CALLED_BACK,
        NOON + 2 * HOUR,
        "还没有修",
    )
    assert entry.changes == {
        "valid_callback": [None, True],
        "contacted": [None, True],
        "solved": [None, False],
        "satisfaction": ["", "satisfied"],
        "solution_cause": ["", "缺少资金"],
    }


@pytest.mark.django_db
def test_a_newer_callback_corrects_an_older_one_and_the_ledger_has_both():
    case = closed()
    call_back(case, **told(UNSOLVED))

    call_back(case, **told(HAPPY))

    case = Case.objects.get(pk=case.pk)
    assert (case.status, case.solved, case.solution_cause) == (
        CaseStatus.CALLED_BACK,
        True,
        "",
    )
    last = case.entries.order_by("pk").last()
    assert last.changes == {"solved": [False, True], "solution_cause": ["缺少资金", ""]}


@pytest.mark.django_db
def test_of_an_invalid_callback_no_answer_is_kept():
    case = closed()

    call_back(case, **told(UNSOLVED | {"valid": False}))

    case = Case.objects.get(pk=case.pk)
    assert (case.valid_callback, case.contacted, case.solved) == (False, None, None)
    assert (case.satisfaction, case.solution_cause) == ("", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"contacted": False},
        {"solved": False},
        {"satisfaction": "dissatisfied"},
        {"contacted": None},
        {"solved": None},
        {"satisfaction": ""},
    ],
)
def test_a_no_without_its_cause_and_half_an_answer_are_refused(wrong):
    case = closed()

    with pytest.raises(TransitionRefused):
        call_back(case, **told(HAPPY | wrong))

    assert Case.objects.get(pk=case.pk).status == CaseStatus.CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status",
    sorted(set(CaseStatus) - {CaseStatus.CLOSED, CaseStatus.CALLED_BACK}),
)
def test_only_what_is_closed_is_called_back(status):
    case = make_case(status=status)

    with pytest.raises(TransitionRefused):
        call_back(case, **told(HAPPY))


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_callback():
    case, once = closed(), told(UNSOLVED)
    call_back(case, **once)

    call_back(Case.objects.get(pk=case.pk), **once)

    assert case.entries.filter(kind=EntryKind.CALLED_BACK).count() == 1
    assert case.rechecks.count() == 1


# --- Unhappy callers -----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "unhappy"),
    [
        (HAPPY, False),
        (HAPPY | {"satisfaction": "partly"}, False),
        (HAPPY | {"satisfaction": "unrated"}, False),
        (HAPPY | {"contacted": False, "contact_cause": "其他"}, True),
        (UNSOLVED, True),
        (HAPPY | {"satisfaction": "dissatisfied", "satisfaction_cause": "其他"}, True),
        (UNSOLVED | {"valid": False}, False),
    ],
)
def test_an_unhappy_callback_is_looked_at_again(answer, unhappy):
    case = closed(attempts=2)

    call_back(case, **told(answer))

    assert list(case.rechecks.values_list("reason", "attempt", "opened_at")) == (
        [(RecheckReason.UNHAPPY, 2, AT)] if unhappy else []
    )


@pytest.mark.django_db
def test_a_corrected_callback_takes_its_order_out_of_the_queue_unless_it_was_judged():
    waiting, judged = closed(), closed()
    for case in (waiting, judged):
        call_back(case, **told(UNSOLVED))
    judged.rechecks.update(done_at=AT, done_by=make_user())

    for case in (waiting, judged):
        call_back(case, **told(HAPPY))

    assert list(Recheck.objects.values_list("case", flat=True)) == [judged.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("orders", [1, 3])
def test_many_are_put_into_the_queue_at_once_and_only_once(
    orders, django_assert_num_queries
):
    contract = closed().contract
    for _n in range(orders):
        closed(contract, valid_callback=True, solved=False)
        closed(contract, valid_callback=True, solved=True)
        closed(contract, valid_callback=True, solved=False, status=CaseStatus.VOID)
    cases = Case.objects.of(contract)

    for _again in range(2):
        with django_assert_num_queries(3):
            open_rechecks(cases, at=AT)

    assert Recheck.objects.open().count() == orders


@pytest.mark.django_db
def test_another_handling_that_ends_unhappily_is_looked_at_by_itself():
    case = closed(valid_callback=True, solved=False)
    of_this = Case.objects.filter(pk=case.pk)
    open_rechecks(of_this, at=AT)

    of_this.update(attempts=2, satisfaction="dissatisfied")
    open_rechecks(of_this, at=AT)

    assert sorted(case.rechecks.values_list("attempt", flat=True)) == [1, 2]


# --- The form ------------------------------------------------------------------------------


def sent(case, **answers):
    typed = {
        "token": f"{uuid4()}",
        "valid": "yes",
        "contacted": "yes",
        "solved": "yes",
        "satisfaction": "satisfied",
        "happened_at": "2026-06-01T14:00",
    }
    return CallBackForm(typed | answers, case=case, at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({}, {}),
        ({"valid": "no", "contacted": "", "solved": "", "satisfaction": ""}, {}),
        ({"valid": ""}, {"valid": "required"}),
        (
            {"contacted": "", "solved": ""},
            {"contacted": "unanswered", "solved": "unanswered"},
        ),
        ({"satisfaction": ""}, {"satisfaction": "unanswered"}),
        ({"contacted": "no"}, {"contact_cause": "no_cause"}),
        ({"solved": "no"}, {"solution_cause": "no_cause"}),
        ({"satisfaction": "dissatisfied"}, {"satisfaction_cause": "no_cause"}),
        (
            {"solved": "no", "solution_cause": "我编的"},
            {"solution_cause": "invalid_choice"},
        ),
        ({"happened_at": "2026-06-01T12:59"}, {"happened_at": "before_closing"}),
        ({"happened_at": "2026-06-01T15:01"}, {"happened_at": "future"}),
    ],
)
def test_what_the_form_asks_for(answers, codes):
    form = sent(closed(), **answers)

    found = {field: errors[0].code for field, errors in form.errors.as_data().items()}

    wanted = dict(codes)
    if "solution_cause" in answers:
        found.pop("solution_cause_", None)
    assert found == wanted


@pytest.mark.django_db
def test_the_form_begins_with_what_is_known_and_offers_what_was_chosen():
    case = closed(
        valid_callback=True, contacted=True, solved=False, solution_cause="旧的原因"
    )

    form = CallBackForm(case=case, at=AT)

    assert form["valid"].value() == "yes"
    assert form["solved"].value() == "no"
    assert "旧的原因" in dict(form.fields["solution_cause"].choices)


# --- The rates -----------------------------------------------------------------------------

ANSWERS = st.tuples(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["satisfied", "partly", "dissatisfied", "unrated"]),
)
DEFAULT = weights_of(Score())
weights = st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(0, 10)).map(
    lambda parts: Weights(
        Decimal(min(parts[:2])) / 100,
        Decimal(max(parts[:2]) - min(parts[:2])) / 100,
        1 - Decimal(max(parts[:2])) / 100,
        Decimal(parts[2]) / 10,
    )
)


def tally_of(answers):
    """Count answers one by one, as a person would."""
    valid = [answer for answer in answers if answer[0]]
    return Tally(
        volume=len(answers),
        valid=len(valid),
        contacted=sum(answer[1] for answer in valid),
        solved=sum(answer[2] for answer in valid),
        satisfied=sum(answer[3] == "satisfied" for answer in valid),
        partly=sum(answer[3] == "partly" for answer in valid),
    )


def test_the_default_weights_are_the_districts():
    assert astuple(DEFAULT) == tuple(map(Decimal, ("0.10", "0.50", "0.40", "0.9")))


@given(tallies(), weights)
def test_a_satisfied_caller_more_lowers_nothing(counted, weighed):
    one = Tally(volume=1, closed=1, valid=1, contacted=1, solved=1, satisfied=1)

    before, after = rates(counted, weighed), rates(counted + one, weighed)

    assert all(
        was is None or was <= became
        for was, became in zip(astuple(before), astuple(after), strict=True)
    )


@given(tallies(), weights)
def test_no_callback_no_rate_and_otherwise_between_nothing_and_all(counted, weighed):
    found = astuple(rates(counted, weighed))

    if counted.valid == 0:
        assert found == (None, None, None, None)
    else:
        assert all(0 <= rate <= 1 for rate in found[:3])
        assert 0 <= found[3] <= 100


@given(st.lists(ANSWERS, max_size=30))
def test_rates_are_what_counting_by_hand_comes_to(answers):
    counted = tally_of(answers)
    found = rates(counted, DEFAULT)

    if not counted.valid:
        assert found.score is None
        return
    valid = Decimal(counted.valid)
    exact = (
        counted.contacted / valid,
        counted.solved / valid,
        (counted.satisfied + Decimal("0.9") * counted.partly) / valid,
    )
    close = Decimal("0.00005")
    assert abs(found.contacted - exact[0]) <= close
    assert abs(found.solved - exact[1]) <= close
    assert abs(found.satisfied - exact[2]) <= close
    score = 10 * exact[0] + 50 * exact[1] + 40 * exact[2]
    assert abs(found.score - score) <= Decimal("0.05")


@pytest.fixture
def period(db):
    """A period in which every answer was given on every standing, in two units."""
    june = make_period()
    units = [make_unit(june.contract), make_unit(june.contract)]
    answers = product(
        (True, False, None),
        (True, False),
        (True, False),
        ("satisfied", "partly", "unrated"),
    )
    standing = cycle(
        [
            {},
            {"exclusion": "excluded"},
            {"exclusion": "deferred"},
            {},
            {"status": "returned"},
        ]
    )
    for (valid, contacted, solved, satisfaction), more, unit in zip(
        answers, standing, cycle(units), strict=False
    ):
        closed(
            june.contract,
            unit=unit,
            valid_callback=valid,
            contacted=contacted,
            solved=solved,
            satisfaction=satisfaction,
            **more,
        )
    closed(june.contract, unit=units[0], status=CaseStatus.VOID, valid_callback=True)
    closed(june.contract, counted_at=NOON - timedelta(days=14), valid_callback=True)
    return june


def test_both_bases_count_the_rows_themselves(period):
    cases = Case.objects.of(period.contract)

    full, assessed = standings(cases, period, at=AT)

    rows = [
        case
        for case in cases
        if case.status != "void" and case.counted_at.date() >= period.starts_on
    ]
    kept = [
        case for case in rows if case.exclusion == "none" and case.status != "returned"
    ]
    for standing, counted in ((full, rows), (assessed, kept)):
        answers = [
            (case.valid_callback, case.contacted, case.solved, case.satisfaction)
            for case in counted
        ]
        by_hand = tally_of(answers)
        assert astuple(standing.together) == astuple(
            Tally(**{**by_hand_dict(by_hand), "closed": len(counted)})
        )
        assert standing.rates == rates(by_hand, DEFAULT)
    assert (full.basis, assessed.basis) == (Basis.FULL, Basis.ASSESSED)
    assert full.together.valid > assessed.together.valid > 0


def by_hand_dict(tally):
    return {name: getattr(tally, name) for name in Tally.__dataclass_fields__}


def test_weights_are_those_read_on_the_last_day_of_the_period(period):
    score = {
        "contacted": "0.2",
        "solved": "0.4",
        "satisfied": "0.4",
        "partly_satisfied": "0.5",
    }
    after = period.ends_before
    for day, contacted in ((after - timedelta(days=1), "0.2"), (after, "0.3")):
        Reading.objects.create(
            contract=period.contract,
            key="score",
            value=score
            | {
                "contacted": contacted,
                "satisfied": f"{Decimal('0.6') - Decimal(contacted)}",
            },
            adopted_on=day,
        )

    late = NOON + timedelta(days=90)

    assert weights_in(period, at=late).contacted == Decimal("0.2")
    assert weights_in(period, at=NOON).contacted == Decimal("0.10")  # as read so far


def test_causes_are_counted_of_valid_callbacks_the_most_frequent_first(period):
    for cause in ("缺少资金", "其他", "其他"):
        closed(period.contract, valid_callback=True, solved=False, solution_cause=cause)
    closed(period.contract, valid_callback=False, solution_cause="其他")

    found = causes_in(Case.objects.of(period.contract), period)

    assert found["solution_cause"] == [("其他", 2), ("缺少资金", 1)]
    assert found["contact_cause"] == []


# --- The page ------------------------------------------------------------------------------


def page_of(period, role=Role.SUPERVISOR, query=None):
    client = Client()
    client.force_login(make_user(period.contract, role))
    return client, client.get(
        reverse("cases:callbacks", args=[period.contract.number]), query
    )


def test_each_figure_leads_to_a_list_of_as_many(period):
    closed(period.contract, valid_callback=True, solved=False, solution_cause="其他")
    client, answer = page_of(period)
    tables, causes = answer.context["tables"], answer.context["causes"]

    cells = [cell for table in tables for cell in table["together"]]
    cells += [
        cell for table in tables for row in table["rows"] for cell in row["cells"]
    ]
    cells += [cell for group in causes for _cause, cell in group["rows"]]
    found = {
        cell.href: client.get(cell.href).context["count"].number
        for cell in cells
        if cell.href
    }

    assert found == {cell.href: cell.figure for cell in cells if cell.href}
    assert len(found) > 30
    assert found.keys() - {""} >= {
        href for href in Page(answer.text).links if "satisfaction=" in href
    }


def test_a_period_is_chosen_by_its_number_and_nonsense_is_the_running_one(period):
    before = make_period(
        period.contract,
        number=1,
        label="5月",
        starts_on=date(2026, 5, 1),
        ends_before=date(2026, 5, 19),
    )

    shown = {
        number: page_of(period, query={"period": number})[1].context["period"]
        for number in ("1", "2", "", "%00", "99999999999999999999")
    }

    assert shown.pop("1") == before
    assert set(shown.values()) == {period}


@pytest.mark.parametrize("units", [1, 3])
def test_the_page_takes_no_more_queries_for_three_units_than_for_one(
    db, units, django_assert_num_queries
):
    june = make_period()
    client = Client()
    client.force_login(make_user(june.contract, Role.CLERK))
    url = reverse("cases:callbacks", args=[june.contract.number])
    client.get(url)
    for _n in range(units):
        closed(june.contract, unit=make_unit(june.contract), valid_callback=True)

    with django_assert_num_queries(QUERIES):
        answer = client.get(url)

    assert len(answer.context["tables"][0]["rows"]) == units


QUERIES = 15


def test_a_unit_sees_its_own_figures_alone(period):
    unit = Case.objects.of(period.contract).exclude(unit=None)[0].unit
    client = Client()
    user = make_user(period.contract, Role.UNIT)
    UnitMember.objects.create(unit=unit, user=user, since=NOON)
    client.force_login(user)

    answer = client.get(reverse("cases:callbacks", args=[period.contract.number]))

    rows = answer.context["tables"][0]["rows"]
    assert [row["name"] for row in rows] == [unit.name]
