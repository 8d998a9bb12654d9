"""The clocks of an order: which run, why they end when they do, and what lists say."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import now

from accounts.roles import Role
from cases.clocks import clocks, extended, whole_clock
from cases.models import Application, Case, CaseStatus
from contracts.models import Reading
from tests.contracts.counting import queries
from tests.factories import NOON, make_case, make_contract, make_user, make_year
from tests.world import make_open_case, make_running_contract

pytestmark = pytest.mark.django_db

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def order(**given):
    times = {"counted_at": NOON, "received_at": NOON, "due_at": NOON + 7 * DAY}
    return make_case(**times | given)


def extend(case, *, until, at):
    """Grant an extension, as the record of the platform's answer does."""
    by = make_user()
    Application.objects.create(
        contract=case.contract,
        case=case,
        kind="extension",
        status="granted",
        reason="施工周期长",
        asked_at=at,
        asked_by=by,
        decided_at=at,
        granted_until=until,
    )
    Case.objects.filter(pk=case.pk).update(**extended(case, until=until, at=at))
    case.refresh_from_db()


def shown(case, at):
    return {str(one.name): one for one in clocks(case, at=at)}


def test_a_new_order_is_to_be_signed_its_caller_called_and_the_deadline_kept():
    found = shown(order(), NOON)

    assert {name: one.clock.due_at - NOON for name, one in found.items()} == {
        "Signing": 30 * MINUTE,
        "First contact": 2 * HOUR,
        "Platform's deadline": 7 * DAY,
    }


@pytest.mark.parametrize("given", [{"urgency": "urgent"}, {"urgent_because": "停暖"}])
def test_an_urgent_one_has_less_time(given):
    found = shown(order(**given), NOON)

    assert found["Signing"].clock.length == 10 * MINUTE
    assert found["First contact"].clock.length == 30 * MINUTE


def test_a_limit_of_the_desk_s_own_says_how_it_is_read_and_since_when():
    case = order()
    Reading.objects.create(
        contract=case.contract,
        key="internal_limits",
        value={"sign_minutes": 20},  # as stored before urging had steps
        adopted_on=date(2026, 5, 20),
    )

    signing = shown(case, NOON)["Signing"]

    assert signing.clock.length == 20 * MINUTE
    assert (signing.clause, signing.read_since) == ("第二条2", date(2026, 5, 20))
    assert [warning.percent for warning in signing.warnings] == [50, 80]


def test_hours_and_working_days_stand_side_by_side():
    make_year(2026)
    found = shown(order(), NOON + DAY)["Platform's deadline"]

    assert found.left == 6 * DAY
    assert (found.workdays.total, found.workdays.left) == (5, 4)


def test_without_a_calendar_no_working_days_are_guessed():
    assert shown(order(), NOON)["Platform's deadline"].workdays is None


def test_a_granted_extension_alone_makes_the_clock_stand_still():
    case = order()
    extend(case, until=NOON + 10 * DAY, at=NOON + 2 * DAY)

    found = [
        shown(case, NOON + days * DAY)["Platform's deadline"] for days in (2, 4, 6)
    ]

    assert [one.percent for one in found] == [28, 28, 42]
    assert [one.still for one in found] == [True, True, False]
    assert found[0].pauses[0].application.reason == "施工周期长"
    assert found[0].clock.due_at == NOON + 10 * DAY


def test_the_next_handling_begins_when_the_order_is_dispatched_again():
    case = order(
        status=CaseStatus.REOPENED,
        attempts=2,
        reopened_at=NOON + 9 * DAY,
        due_at=NOON + 11 * DAY,
        first_contact_at=NOON + HOUR,
    )

    found = shown(case, NOON + 10 * DAY)

    assert found["Handling again"].percent == 50
    assert found["Signing"].clock.started_at == NOON + 9 * DAY
    assert "Platform's deadline" not in found


def test_a_unit_s_clock_runs_on_when_its_answer_is_sent_back():
    given = {
        "transferred_at": NOON,
        "inner_due_at": NOON + 2 * DAY,
        "replied_at": NOON + DAY,
    }
    answered = order(status=CaseStatus.REPLIED, **given)
    sent_back = order(status=CaseStatus.HANDLING, **given)

    at = NOON + 3 * DAY
    assert shown(answered, at)["The unit's answer"].percent == 50
    assert shown(sent_back, at)["The unit's answer"].percent == 150


def test_what_was_returned_has_no_clock_that_runs():
    assert shown(order(status=CaseStatus.RETURNED), NOON) == {}


@pytest.mark.parametrize("days", [1, 2, 4, 5, 7, 8, 11])
def test_lists_say_what_clocks_say(days):
    contract, at = make_contract(), NOON + days * DAY
    order(contract=contract)
    order(contract=contract, attempts=2, reopened_at=NOON + 3 * DAY)
    in_time, late = order(contract=contract), order(contract=contract)
    for case, granted, until in ((in_time, 2, 10), (in_time, 3, 12), (late, 8, 13)):
        if granted <= days:
            extend(case, until=NOON + until * DAY, at=NOON + granted * DAY)
    clocks_of = {one.pk: whole_clock(one) for one in Case.objects.of(contract)}

    for percent in (28, 50, 80):
        expected = {
            pk
            for pk, clock in clocks_of.items()
            if clock.percent(at) >= percent and clock.due_at > at
        }
        found = Case.objects.of(contract).past(percent, at)
        assert set(found.values_list("pk", flat=True)) == expected


def test_the_page_of_an_order_explains_its_clocks(client, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    contract = make_running_contract(now())
    case = make_open_case(contract, now())
    extend(case, until=now() + 8 * DAY, at=now() - HOUR)
    client.force_login(make_user(contract, Role.AGENT))

    page = client.get(case.get_absolute_url()).text

    assert "given by the platform, which wins" in page
    assert "施工周期长" in page
    assert "In working days:" in page
    assert queries(client, case.get_absolute_url()) < 40
