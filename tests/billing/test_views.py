"""The termination desk's pages: who sees what, what is refused, what it costs."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import MAY, Role
from billing import actions
from billing.rules import Route
from contracts.models import Contract, Termination, TerminationStatus
from tests.billing.makers import (
    approve,
    ground,
    make_notice,
    make_proposed,
    make_terminable,
    terms,
)
from tests.factories import (
    NOON,
    PASSWORD,
    make_contract,
    make_termination,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    return make_terminable()


def url(name: str, contract: Contract, *args: Any) -> str:
    return reverse(f"billing:{name}", args=[contract.number, *args])


def sign_in(client, contract: Contract, role: Role = Role.SUPERVISOR) -> None:
    client.force_login(make_user(contract, role, demo=True))


def form(contract: Contract, **given: Any) -> dict[str, str]:
    filled = {
        "route": Route.POLICY,
        "clause": f"{ground(contract, Route.POLICY).pk}",
        "reason": "机构改革",
        "ends_on": "2026-07-31",
        "paid": "1163820.00",
        "deducted": "0",
        "damage": "0",
        "agreed": "",
        "figures_note": "财务台账",
        "evidence": "",
        "token": f"{uuid4()}",
    }
    return filled | given


# --- Computing, and keeping nothing ---------------------------------------------------


COMPUTED = {
    "route": "policy",
    "first_on": "2026-07-31",
    "second_on": "2026-10-31",
    "third_on": "2026-12-31",
    "paid": "1163820.00",
    "deducted": "0",
    "damage": "0",
}


def test_the_figures_of_three_days_stand_side_by_side(client, contract):
    sign_in(client, contract)

    answer = client.get(url("compute", contract), COMPUTED)

    columns = answer.context["sheet"].columns
    assert [f"{one.reckoning.balance}" for one in columns] == [
        "577127.18",
        "9565.64",
        "398568.49",
    ]
    for words in (
        "586,692.82",
        "2,327,640.00 × 92 ÷ 365",
        "2,327,640.00 × 184 ÷ 365",
        "2,327,640.00 × 245 ÷ 365",
        "Party B owes Party A",
        "Party A owes Party B",
        "伍拾柒万柒仟壹佰贰拾柒元壹角捌分",
        "第十二条（二）4",
    ):
        assert words in answer.text
    assert not Termination.objects.exists()


@pytest.mark.parametrize(
    ("route", "balance"),
    [
        ("immediate", "1,629,348.00"),
        ("three_months", "1,629,348.00"),
        ("callout_refused", "465,528.00"),
    ],
)
def test_a_breach_costs_the_same_on_every_day(client, contract, route, balance):
    sign_in(client, contract, Role.HANDLER)

    page = client.get(url("compute", contract), COMPUTED | {"route": route}).text

    assert page.count(f"<strong>{balance}</strong>") == 3


def test_the_days_that_follow_are_explained(client, contract):
    make_year(2025)
    sign_in(client, contract)

    page = client.get(url("compute", contract), COMPUTED).text

    assert "Notice served at the latest" in page
    assert "Confidential material handed over" in page
    assert page.count("Why this day?") == 6


def test_a_year_without_a_calendar_is_named_and_not_guessed(client):
    contract = make_contract()
    sign_in(client, contract)

    page = client.get(url("compute", contract), COMPUTED).text

    assert "There is no work calendar for 2026 yet." in page


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"first_on": ""}, "first_on", "required"),
        ({"second_on": "2027-05-01"}, "second_on", "out_of_term"),
        ({"paid": "2327640.01"}, "paid", "above_price"),
        ({"paid": "-1"}, "paid", "min_value"),
        ({"paid": "0.001"}, "paid", "max_decimal_places"),
        ({"route": "agreement"}, "agreed", "no_agreed_sum"),
        ({"route": "expiry"}, "third_on", "not_at_expiry"),
        ({"route": "nonsense"}, "route", "invalid_choice"),
        ({"damage": "NaN"}, "damage", "invalid"),
    ],
)
def test_what_cannot_be_computed_is_said_at_its_field(
    client, contract, given, field, code
):
    sign_in(client, contract)

    answer = client.get(url("compute", contract), COMPUTED | given)

    assert answer.status_code == 422
    assert answer.context["form"].has_error(field, code)


def test_the_form_alone_computes_nothing(client, contract):
    sign_in(client, contract)

    answer = client.get(url("compute", contract))

    assert (answer.status_code, answer.context["sheet"]) == (200, None)


# --- From draft to end ----------------------------------------------------------------


def test_a_draft_is_put_down_once(client, contract):
    sign_in(client, contract)
    given = form(contract)
    assert client.get(url("start", contract)).status_code == 200

    answers = [client.post(url("start", contract), given) for _time in range(2)]

    made = Termination.objects.get()
    assert [answer.url for answer in answers] == [made.get_absolute_url()] * 2
    assert client.get(made.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"reason": ""}, "reason", "required"),
        ({"figures_note": ""}, "figures_note", "required"),
        ({"ends_on": "2027-05-01"}, "ends_on", "out_of_term"),
        ({"route": "expiry"}, "ends_on", "not_at_expiry"),
        ({"route": "expiry"}, "clause", "other_ground"),
        ({"paid": "9999999"}, "paid", "above_price"),
        ({"agreed": "1"}, "agreed", "sum_not_agreed"),
        ({"clause": "999999"}, "clause", "invalid_choice"),
        ({"evidence": "999999"}, "evidence", "invalid_choice"),
    ],
)
def test_a_draft_that_cannot_be_is_refused_at_its_field(
    client, contract, given, field, code
):
    sign_in(client, contract)

    answer = client.post(url("start", contract), form(contract, **given))

    assert answer.status_code == 422
    assert answer.context["form"].has_error(field, code)
    assert not Termination.objects.exists()


def test_a_draft_is_changed(client, contract):
    made = make_termination(contract)
    sign_in(client, contract)
    where = url("revise", contract, made.pk)

    shown = client.get(where).context["form"]
    answer = client.post(where, form(contract, ends_on="2026-08-31"))

    assert shown["ends_on"].value() == date(2026, 7, 31)
    assert answer.status_code == 302
    made.refresh_from_db()
    assert made.ends_on == date(2026, 8, 31)


def test_a_proposal_is_not_changed(client, contract):
    made = make_proposed(contract)
    sign_in(client, contract)

    answer = client.post(url("revise", contract, made.pk), form(contract))

    assert answer.status_code == 422
    assert "Send it back first" in answer.text


def approval(termination: Termination, **given: str) -> dict[str, str]:
    assert termination.proposed_at
    seen = termination.proposed_at.isoformat()
    return {"seen": seen, "note": "", "proof": PASSWORD} | given


def test_the_leader_approves_after_showing_who_they_are(client, contract):
    made = make_proposed(contract)
    sign_in(client, contract, Role.LEADER)
    page = client.get(made.get_absolute_url()).text
    where = url("approve", contract, made.pk)

    wrong = client.post(where, approval(made, proof="not it"))
    right = client.post(where, approval(made))

    assert "577,127.18" in page
    assert "伍拾柒万柒仟壹佰贰拾柒元壹角捌分" in page
    assert (wrong.status_code, right.status_code) == (422, 302)
    made.refresh_from_db()
    assert made.status == TerminationStatus.APPROVED


def test_an_approval_sent_twice_is_refused_the_second_time_in_words(client, contract):
    made = make_proposed(contract)
    sign_in(client, contract, Role.LEADER)
    where = url("approve", contract, made.pk)

    answers = [client.post(where, approval(made)) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 422]
    assert "This step is not open from here." in answers[1].text


def test_what_the_leader_did_not_see_is_not_approved(client, contract):
    made = make_proposed(contract)
    sign_in(client, contract, Role.LEADER)
    earlier = made.proposed_at - timedelta(days=1)

    answer = client.post(
        url("approve", contract, made.pk), approval(made, seen=earlier.isoformat())
    )

    assert answer.status_code == 422
    assert "proposed anew" in answer.text


def test_the_whole_way_through_the_pages(client):
    today = localdate()
    running = make_terminable_now(today)
    supervisor = make_user(running, Role.SUPERVISOR, demo=True)
    leader = make_user(running, Role.LEADER, demo=True)
    client.force_login(supervisor)
    evidence = terms(running)["evidence"]
    given = {"route": "immediate", "clause": f"{ground(running, Route.IMMEDIATE).pk}"}
    given |= {"ends_on": f"{today}", "evidence": f"{evidence.pk}"}

    client.post(url("start", running), form(running, **given))
    made = Termination.objects.of(running).get()
    client.post(url("propose", running, made.pk), {"note": "请审批"})
    made.refresh_from_db()
    client.force_login(leader)
    client.post(url("approve", running, made.pk), approval(made))
    client.force_login(supervisor)
    notice = make_notice(running, served_on=today, issued_at=now())
    client.post(url("notify", running, made.pk), {"notice": f"{notice.pk}"})
    page = client.get(made.get_absolute_url()).text
    client.post(url("carry-out", running, made.pk), {"note": "已列入追缴"})

    made.refresh_from_db()
    assert "Refund and penalty paid" in page
    assert made.status == TerminationStatus.CARRIED_OUT
    running.refresh_from_db()
    assert running.ends_before > today


def make_terminable_now(today: date) -> Contract:
    contract = make_terminable(
        starts_on=today - timedelta(days=60), ends_before=today + timedelta(days=305)
    )
    for year in {today.year, today.year + 1} - {2026, 2027}:
        make_year(year)
    return contract


@pytest.mark.parametrize("name", ["send-back", "withdraw", "carry-out"])
def test_a_step_that_needs_a_reason_does_not_go_without(client, contract, name):
    made = make_proposed(contract)
    role = Role.LEADER if name == "send-back" else Role.SUPERVISOR
    sign_in(client, contract, role)

    answer = client.post(url(name, contract, made.pk), {"note": ""})

    assert answer.status_code == 422
    assert "This field is required." in answer.text


# --- Who sees what --------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(MAY["billing.view_termination"]))
def test_party_b_sees_it_once_it_was_told(client, contract, role):
    termination = make_proposed(contract)
    sign_in(client, contract, role)
    before = seen(client, contract, termination)

    approve(termination)
    notice = make_notice(contract)
    actions.notify(termination, notice=notice, by=make_user(), at=NOON)

    assert before == ((False, 404) if role == Role.MANAGER else (True, 200))
    assert seen(client, contract, termination) == (True, 200)


def seen(client, contract: Contract, termination: Termination) -> tuple[bool, int]:
    link = termination.get_absolute_url()
    listed = client.get(url("terminations", contract)).text
    return f'"{link}"' in listed, client.get(link).status_code


@pytest.mark.parametrize("role", sorted(MAY["billing.view_termination"]))
def test_steps_are_shown_to_the_roles_that_may_take_them(client, contract, role):
    made = make_proposed(contract)
    if role == Role.MANAGER:
        approve(made)
        actions.notify(made, notice=make_notice(contract), by=make_user(), at=NOON)
    sign_in(client, contract, role)

    page = client.get(made.get_absolute_url()).text

    shown = {
        name
        for name in ("propose", "approve", "send-back", "notify", "withdraw")
        if f'action="{url(name, contract, made.pk)}"' in page
    }
    assert shown == {
        Role.SUPERVISOR: {"withdraw"},
        Role.LEADER: {"approve", "send-back"},
    }.get(role, set())


def test_another_contracts_termination_is_not_found(client, contract):
    theirs = make_termination(make_contract())
    sign_in(client, contract)

    assert client.get(url("termination", contract, theirs.pk)).status_code == 404
    assert client.post(url("withdraw", contract, theirs.pk)).status_code == 404


def test_the_list_takes_no_more_queries_for_three_than_for_one(client, contract):
    sign_in(client, contract)
    asked = []
    for _number in range(3):
        make_proposed(contract)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("terminations", contract))
        asked.append(len(queries))

    assert asked[1:] == [asked[1]] * 2


def test_an_empty_desk_says_so(client, contract):
    sign_in(client, contract)

    assert "No termination" in client.get(url("terminations", contract)).text


def test_the_page_says_what_happened_and_who_did_it(client, contract):
    made = make_proposed(contract)
    actions.send_back(
        made, note="金额请再核", by=make_user(name="张三"), at=datetime.now(NOON.tzinfo)
    )
    sign_in(client, contract)

    page = client.get(made.get_absolute_url()).text

    assert "金额请再核" in page
    assert "张三" in page


def test_what_party_a_said_to_itself_is_not_for_party_b(client, contract):
    made = make_proposed(contract)
    actions.send_back(made, note="内部意见", by=make_user(), at=NOON)
    made.refresh_from_db()
    actions.propose(made, note="呈报说明", by=make_user(), at=NOON)
    approve(made)
    actions.notify(made, notice=make_notice(contract), by=make_user(), at=NOON)
    pages = {}
    for role in (Role.MANAGER, Role.LEADER):
        sign_in(client, contract, role)
        pages[role] = client.get(made.get_absolute_url()).text

    found = [
        [words in pages[role] for words in ("内部意见", "呈报说明")] for role in pages
    ]
    assert found == [[False, False], [True, True]]
