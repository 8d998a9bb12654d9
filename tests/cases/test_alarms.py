"""The urgent flow: raised, rung by day and night, acknowledged, followed up, ended."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import Message
from accounts.roles import Role
from cases import actions
from cases.actions.alarms import end_alarm, followed_up
from cases.actions.urgency import BY_THE_PLATFORM, make_urgent
from cases.models import Alarm, Case, CaseStatus, EntryKind, Rung
from contracts.models import Membership, TransitionRefused
from tests.contracts.counting import queries
from tests.factories import (
    CHINA,
    make_case,
    make_contract,
    make_speaker,
    make_unit,
    make_user,
)
from tests.test_twice import at_once

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 6, 2, 2, tzinfo=CHINA)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WORDS = ("停暖", "扬言")
CLIMB = (Role.AGENT, Role.MANAGER, Role.SUPERVISOR, Role.LEADER)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def people(contract):
    return {role: make_user(contract, role, demo=True) for role in Role}


def order(contract=None, at=NIGHT, **given):
    times = {"counted_at": at, "received_at": at, "due_at": at + 7 * DAY}
    return make_case(contract=contract or make_contract(), **times | given)


def rung(contract, at=NIGHT, **given):
    """Make an urgent order whose alarm rings since a moment."""
    case = order(contract, at, **{"content": "小区停暖"} | given)
    make_urgent([case], WORDS, at=at)
    return Alarm.objects.get(case=case)


def told(by=None, **more):
    return {"by": by or make_user(), "at": NIGHT, "token": uuid4()} | more


def heard(user):
    return Message.objects.filter(user=user, about__startswith="cases.alarm")


def kinds(case):
    return list(case.entries.order_by("pk").values_list("kind", flat=True))


# --- Raised ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"urgency": "urgent", "content": "路灯不亮"}, BY_THE_PLATFORM),
        ({"content": "小区停 暖"}, "停暖"),
        ({"urgency": "urgent", "title": "扬言"}, f"{BY_THE_PLATFORM}、扬言"),
    ],
)
def test_an_order_is_urgent_by_the_platform_s_word_or_by_its_own(given, cause):
    case = order(**given)

    make_urgent([case], WORDS, at=NIGHT)

    assert Alarm.objects.get(case=case).cause == cause
    assert Case.objects.get(pk=case.pk).urgent_because == cause
    assert case.entries.get(kind=EntryKind.ALARMED).text == cause


@pytest.mark.parametrize(
    "given",
    [
        {"content": "路灯不亮"},
        {"content": "停暖", "status": CaseStatus.CLOSED},
        {"content": "停暖", "counted_at": NIGHT - 2 * DAY},  # history, now imported
    ],
)
def test_nobody_is_woken_for_what_is_not_urgent_finished_or_long_ago(given):
    case = order(**given)

    assert make_urgent([case], WORDS, at=NIGHT) == 0
    assert not Alarm.objects.exists()


def test_an_order_has_one_alarm_at_a_time(contract):
    case = rung(contract).case

    assert make_urgent([case], WORDS, at=NIGHT + HOUR) == 0
    assert kinds(case).count(EntryKind.ALARMED) == 1


def test_many_are_raised_with_as_few_queries_as_one(
    contract, django_assert_num_queries
):
    cases = [order(contract, content="停暖") for _number in range(5)]

    with django_assert_num_queries(4):
        assert make_urgent(cases, WORDS, at=NIGHT) == 5


def test_by_hand_the_desk_the_manager_and_party_a_hear_of_it_at_once(contract, people):
    case, form = order(contract), told(people[Role.AGENT])
    given = {"cause": "老人被困", "said": "请回电13800000001", "told": "社区书记"}

    actions.alarm(case, **given, **form)
    actions.alarm(case, **given, **form)  # sent twice

    assert Alarm.objects.get().rung == Rung.PARTY_A
    assert [heard(people[role]).count() for role in CLIMB] == [1, 1, 1, 0]
    with pytest.raises(TransitionRefused, match="already"):
        actions.alarm(case, **given, **told())


# --- Climbs ------------------------------------------------------------------------------


def test_what_nobody_acknowledges_climbs_through_the_night(contract, people):
    alarm = rung(contract)

    seen = []
    for minutes in (0, 9, 10, 20, 29, 30, 60):
        actions.watch(contract, at=NIGHT + minutes * MINUTE)
        seen.append([heard(people[role]).count() for role in CLIMB])

    assert seen == [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 1],
        [1, 1, 1, 1],
    ]
    assert kinds(alarm.case).count(EntryKind.CLIMBED) == 3
    assert all(one.urgent for one in heard(people[Role.LEADER]))
    assert heard(people[Role.LEADER]).get().next_try_at == NIGHT + 30 * MINUTE


def test_those_on_duty_are_told_and_the_others_sleep(contract, people):
    sleeps = make_user(contract, Role.AGENT)
    on_duty = Membership.objects.filter(user=people[Role.AGENT])
    on_duty.update(on_duty_since=NIGHT - HOUR)
    rung(contract)

    actions.watch(contract, at=NIGHT)

    assert (heard(people[Role.AGENT]).count(), heard(sleeps).count()) == (1, 0)


def test_once_acknowledged_it_climbs_no_further_and_messages_are_withdrawn(
    contract, people
):
    alarm = rung(contract)
    actions.watch(contract, at=NIGHT)

    actions.acknowledge(alarm, by=people[Role.AGENT], at=NIGHT + MINUTE)
    actions.watch(contract, at=NIGHT + HOUR)

    alarm.refresh_from_db()
    assert alarm.rung == Rung.DESK
    assert heard(people[Role.AGENT]).get().withdrawn_at == NIGHT + MINUTE
    assert not heard(people[Role.MANAGER]).exists()


def test_the_second_to_acknowledge_is_told_who_was_first(contract, people):
    alarm = rung(contract)
    also_open_elsewhere = Alarm.objects.get()
    actions.acknowledge(alarm, by=people[Role.AGENT], at=NIGHT)

    with pytest.raises(TransitionRefused, match=people[Role.AGENT].name):
        actions.acknowledge(also_open_elsewhere, by=people[Role.MANAGER], at=NIGHT)

    assert Alarm.objects.get().acknowledged_by == people[Role.AGENT]


# --- Followed up, ended ------------------------------------------------------------------


def test_an_urgent_order_may_be_closed_once_somebody_has_noted_what_was_done(contract):
    case = rung(contract).case
    before = followed_up(case)

    actions.follow_up(case, text="已到场", happened_at=NIGHT, **told())

    assert (before, followed_up(case)) == (False, True)
    assert kinds(case)[-1] == EntryKind.FOLLOWED_UP
    assert followed_up(order(contract))


def test_an_alarm_ends_with_its_order(contract):
    alarm = rung(contract)

    end_alarm(alarm.case, at=NIGHT + HOUR)

    alarm.refresh_from_db()
    assert alarm.ended_at == NIGHT + HOUR
    assert not Alarm.objects.ringing().exists()


def test_the_clock_ends_the_alarm_of_what_the_platform_has_closed(contract):
    alarm = rung(contract)
    Case.objects.filter(pk=alarm.case_id).update(status=CaseStatus.CLOSED)

    actions.watch(contract, at=NIGHT + HOUR)

    alarm.refresh_from_db()
    assert (alarm.ended_at, alarm.rung) == (NIGHT + HOUR, Rung.DESK)


# --- The queue ---------------------------------------------------------------------------


def test_the_queue_shows_what_rings_before_what_is_tracked(client, contract, people):
    at = now()
    tracked, newer, older = (
        rung(contract, at - minutes * MINUTE) for minutes in (30, 3, 9)
    )
    actions.acknowledge(tracked, by=people[Role.AGENT], at=at)
    client.force_login(people[Role.AGENT])

    rows = client.get(reverse("cases:alarms", args=[contract.number])).context["rows"]

    assert [row.alarm for row in rows] == [older, newer, tracked]


def test_the_queue_asks_for_itself_again_and_gets_that_part_alone(
    client, contract, people
):
    rung(contract, now())
    client.force_login(people[Role.AGENT])
    url = reverse("cases:alarms", args=[contract.number])

    part = client.get(url, headers={"HX-Request": "true", "X-Poll": "1"}).text

    assert 'hx-trigger="every 15s"' in part
    assert "<html" not in part


def test_acknowledging_on_the_page_and_being_second_there(client, contract, people):
    alarm = rung(contract, now())
    client.force_login(people[Role.AGENT])
    url = reverse("cases:acknowledge", args=[contract.number, alarm.pk])

    first, second = client.post(url), client.post(url)

    assert (first.status_code, second.status_code) == (302, 422)
    assert f"{people[Role.AGENT]} acknowledged this" in second.text


def test_a_unit_sees_the_alarms_of_its_own_orders_alone(client, contract):
    unit, at = make_unit(contract), now()
    own = rung(contract, at, unit=unit, transferred_at=at)
    other = rung(contract, at)
    client.force_login(make_speaker(unit, make_user(contract, Role.UNIT, demo=True)))

    page = client.get(reverse("cases:alarms", args=[contract.number])).text

    assert own.case.number in page
    assert other.case.number not in page


def test_the_queue_costs_the_same_for_three_as_for_one(client, contract, people):
    client.force_login(people[Role.SUPERVISOR])
    url = reverse("cases:alarms", args=[contract.number])
    rung(contract, now(), unit=make_unit(contract))
    for_one = queries(client, url)
    for _more in range(2):
        rung(contract, now(), unit=make_unit(contract))

    assert queries(client, url) == for_one


# --- Two at once -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_acknowledge_at_once_one_does():
    contract, people = make_contract(), [make_user(), make_user()]

    def take(alarm, by):
        try:
            actions.acknowledge(alarm, by=by, at=NIGHT)
        except TransitionRefused:
            return False
        return True

    for _round in range(5):
        alarm = rung(contract)
        found = at_once(
            *(
                lambda by=by, pk=alarm.pk: take(Alarm.objects.get(pk=pk), by)
                for by in people
            )
        )

        assert sorted(found) == [False, True]
        assert kinds(alarm.case).count(EntryKind.ACKNOWLEDGED) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_watch_at_once_do_everything_once():
    contract = make_contract()
    agent = make_user(contract, Role.AGENT)
    for _round in range(5):
        alarm = rung(contract)
        late = order(contract, due_at=NIGHT + HOUR)

        at_once(*[lambda: actions.watch(contract, at=NIGHT + 55 * MINUTE)] * 2)

        assert kinds(alarm.case).count(EntryKind.CLIMBED) == 3
        assert kinds(late).count(EntryKind.URGED) == 1
        assert heard(agent).filter(about=f"cases.alarm:{alarm.pk}").count() == 1
