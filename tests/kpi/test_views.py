"""The page of verdicts: what it shows, what it refuses, what it costs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.roles import MAY, Role
from contracts.models import AssessmentPeriod, Contract
from kpi.models import Verdict
from tests.factories import (
    make_clause,
    make_contract,
    make_period,
    make_user,
    make_verdict,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    """A contract with four periods: three are over, the fourth runs."""
    today = localdate()
    starts_on = today - timedelta(days=95)
    contract = make_contract(
        starts_on=starts_on, ends_before=today + timedelta(days=270)
    )
    for number in range(1, 5):
        make_period(
            contract,
            number=number,
            label=f"第{number}期",
            starts_on=starts_on + timedelta(days=30 * (number - 1)),
            ends_before=starts_on + timedelta(days=30 * number),
        )
    return contract


def period(contract: Contract, number: int) -> AssessmentPeriod:
    return contract.periods.get(number=number)


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"kpi:{name}", args=[contract.number, *args])


def sign_in(client, contract: Contract, role: Role = Role.SUPERVISOR) -> None:
    client.force_login(make_user(contract, role, demo=True))


def form(contract: Contract, **given) -> dict[str, str]:
    failed = {
        "fulfilled": "no",
        "clause": f"{make_clause(contract).pk}",
        "reason": "培训没有做",
        "token": f"{uuid4()}",
    }
    return failed | given


@pytest.mark.parametrize("role", sorted(MAY["kpi.view"]))
def test_the_way_to_a_verdict_is_shown_to_whoever_gives_it(client, contract, role):
    make_verdict(period(contract, 1), fulfilled=True)
    sign_in(client, contract, role)

    page = client.get(url("verdicts", contract)).text

    ways = [
        url("decide", contract, period(contract, 2).pk) in page,
        url("correct", contract, Verdict.objects.get().pk) in page,
    ]
    assert ways == [role in MAY["kpi.verdict"]] * 2
    assert url("decide", contract, period(contract, 4).pk) not in page  # still runs


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("", "No month running is found not fulfilled"),
        ("N", "1 of 3 months running not fulfilled"),
        ("NN", "2 of 3: one more month not fulfilled"),
        ("NNN", "Not fulfilled for 3 months running"),
    ],
)
def test_the_page_says_what_the_run_means(client, contract, found, words):
    for number, one in enumerate(found, start=1):
        make_verdict(period(contract, number), fulfilled=one == "F")
    sign_in(client, contract)

    page = client.get(url("verdicts", contract)).text

    assert words in page


def test_the_desk_is_named_once_the_run_is_long_enough(client, contract):
    desk = reverse("billing:terminations", args=[contract.number])
    sign_in(client, contract)
    menu_only = client.get(url("verdicts", contract)).text.count(desk)
    for number in range(1, 4):
        make_verdict(period(contract, number), fulfilled=False)

    page = client.get(url("verdicts", contract)).text

    assert page.count(desk) == menu_only + 1
    assert "Nothing ends by itself" in page


def test_an_undecided_month_within_a_run_is_pointed_out(client, contract):
    make_verdict(period(contract, 1), fulfilled=False)
    make_verdict(period(contract, 3), fulfilled=False)
    sign_in(client, contract)

    page = client.get(url("verdicts", contract)).text

    assert "1 month within the run is not decided" in page
    assert "Not decided" in page


def test_what_was_corrected_stays_to_be_read(client, contract):
    first = make_verdict(period(contract, 1), fulfilled=False, reason="当初的理由")
    make_verdict(period(contract, 1), fulfilled=True, reason="复核", corrects=first)
    sign_in(client, contract, Role.MANAGER)

    page = client.get(url("verdicts", contract)).text

    assert "1 verdict corrected" in page
    assert "当初的理由" in page


def test_a_contract_without_periods_says_so(client):
    contract = make_contract()
    sign_in(client, contract)

    assert "No assessment period yet" in client.get(url("verdicts", contract)).text


def test_a_verdict_is_given_and_the_list_comes_back(client, contract):
    sign_in(client, contract)
    where = url("decide", contract, period(contract, 1).pk)

    assert client.get(where).status_code == 200
    answer = client.post(where, form(contract))

    assert (answer.status_code, answer.url) == (302, url("verdicts", contract))
    assert Verdict.objects.get().period == period(contract, 1)


def test_the_form_sent_twice_makes_one_verdict(client, contract):
    sign_in(client, contract)
    where = url("decide", contract, period(contract, 1).pk)
    given = form(contract)

    statuses = [client.post(where, given).status_code for _time in range(2)]

    assert (statuses, Verdict.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"fulfilled": ""}, "fulfilled", "required"),
        ({"reason": ""}, "reason", "no_reason"),
        ({"clause": ""}, "clause", "no_clause"),
        ({"clause": "999999"}, "clause", "invalid_choice"),
        ({"reason": "x" * 2001}, "reason", "max_length"),
        ({"reason": "\0"}, "reason", "null_characters_not_allowed"),
        ({"token": "no token"}, "token", "invalid"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    client, contract, given, field, code
):
    sign_in(client, contract)
    where = url("decide", contract, period(contract, 1).pk)

    answer = client.post(where, form(contract, **given))

    assert answer.status_code == 422
    assert answer.context["form"].has_error(field, code)
    assert not Verdict.objects.exists()


def test_a_clause_of_another_contract_is_not_offered(client, contract):
    sign_in(client, contract)
    where = url("decide", contract, period(contract, 1).pk)

    answer = client.post(where, form(make_contract()))

    assert answer.context["form"].has_error("clause", "invalid_choice")


def test_a_running_period_is_refused_in_words(client, contract):
    sign_in(client, contract)
    where = url("decide", contract, period(contract, 4).pk)

    answer = client.post(where, form(contract))

    assert answer.status_code == 422
    assert "The period is not over" in answer.text


def test_a_correction_begins_with_what_stands(client, contract):
    wrong = make_verdict(period(contract, 1), fulfilled=False)
    sign_in(client, contract)

    shown = client.get(url("correct", contract, wrong.pk)).context["form"]

    assert (shown["fulfilled"].value(), shown["clause"].value()) == (
        "no",
        wrong.clause_id,
    )


def test_a_correction_is_made_once_and_says_why(client, contract):
    wrong = make_verdict(period(contract, 1), fulfilled=False)
    sign_in(client, contract)
    where = url("correct", contract, wrong.pk)
    given = form(contract, fulfilled="yes", clause="", reason="补做了")

    refused = client.post(where, given | {"reason": ""})
    answers = [client.post(where, given).status_code for _time in range(2)]
    late = client.post(where, form(contract))

    assert refused.context["form"].has_error("reason", "required")
    assert answers == [302, 302]
    assert late.status_code == 422
    assert "corrected already" in late.text
    assert Verdict.objects.of(contract).standing().get().corrects == wrong


def test_another_contracts_periods_and_verdicts_are_not_found(client, contract):
    theirs = make_verdict(make_period(), fulfilled=True)
    sign_in(client, contract)

    found = [
        client.get(url("decide", contract, theirs.period_id)).status_code,
        client.get(url("correct", contract, theirs.pk)).status_code,
    ]

    assert found == [404, 404]


def test_the_page_takes_no_more_queries_for_three_verdicts_than_for_one(
    client, contract
):
    sign_in(client, contract)
    asked = []
    for number in range(1, 4):
        first = make_verdict(period(contract, number), fulfilled=False)
        make_verdict(first.period, fulfilled=True, reason="复核", corrects=first)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("verdicts", contract))
        asked.append(len(queries))

    assert asked[1:] == [asked[1]] * 2  # the first page of a session costs one more
