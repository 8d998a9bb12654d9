"""Pressed to answer: by the clock, by hand, under supervision; read and answered."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from accounts.models import Message
from accounts.roles import Role
from cases import actions
from cases.actions.urging import answer_urgings
from cases.models import Case, CaseStatus, EntryKind, Urging, UrgingLevel
from contracts.models import TransitionRefused
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

START = datetime(2026, 6, 1, 8, tzinfo=CHINA)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    return make_contract()


def order(contract=None, **given):
    """Make an order of a hundred hours: an hour is one per cent of its time."""
    times = {"counted_at": START, "received_at": START, "due_at": START + 100 * HOUR}
    sent = {"transferred_at": START} if "unit" in given else {}
    return make_case(contract=contract or make_contract(), **times | sent | given)


def told(by=None, **more):
    return {"by": by or make_user(), "at": START + HOUR, "token": uuid4()} | more


def levels(case):
    return list(case.urgings.order_by("pk").values_list("level", flat=True))


def supervise(case, by, **more):
    given = {"level": UrgingLevel.STREET, "answer_by": START + DAY, "text": "限期办结"}
    actions.supervise(case, **given | told(by) | more)


# --- By the clock ------------------------------------------------------------------------


def test_the_clock_presses_once_at_each_step_of_an_order_s_time(contract):
    case = order(contract)

    seen = []
    for hours in (49, 50, 51, 74, 75, 90, 99, 100, 110):
        actions.watch(contract, at=START + hours * HOUR)
        seen.append(len(levels(case)))

    case.refresh_from_db()
    assert seen == [0, 1, 1, 1, 2, 3, 3, 4, 4]
    assert levels(case) == ["half", "near", "last", "overdue"]
    assert (case.urged, case.urge_stage) == (4, 100)
    lines = case.entries.filter(kind=EntryKind.URGED)
    assert [line.recorded_by for line in lines] == [None] * 4
    assert [one.serial for one in case.urgings.order_by("pk")] == [1, 2, 3, 4]


def test_of_several_steps_that_were_missed_the_highest_alone_is_pressed(contract):
    case = order(contract, due_at=START + 10 * HOUR)

    actions.watch(contract, at=START + 9.5 * HOUR)

    assert levels(case) == ["last"]


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ({"received_at": START + 200 * HOUR}, 201),  # an old order, imported
        ({"received_at": START + 80 * HOUR}, 81),  # its steps passed before it came
        ({}, 130),  # the program was not there for more than a day
        ({"status": CaseStatus.CLOSED}, 60),
        ({"due_at": None}, 60),
    ],
)
def test_what_passed_before_an_order_came_or_long_ago_is_not_pressed_for(
    contract, given, hours
):
    case = order(contract, **given)

    actions.watch(contract, at=START + hours * HOUR)

    assert levels(case) == []


def test_what_comes_in_late_is_pressed_for_from_its_next_step_on(contract):
    case = order(contract, received_at=START + 80 * HOUR)

    actions.watch(contract, at=START + 91 * HOUR)

    assert levels(case) == ["last"]


def test_another_handling_is_pressed_for_anew(contract):
    case = order(contract)
    actions.watch(contract, at=START + 51 * HOUR)
    again = START + 200 * HOUR
    Case.objects.filter(pk=case.pk).update(
        attempts=2, urge_stage=0, reopened_at=again, due_at=again + 10 * HOUR
    )

    actions.watch(contract, at=again + 6 * HOUR)

    assert levels(case) == ["half", "half"]


def test_a_unit_hears_of_nothing_that_is_still_on_the_desk(contract):
    unit = make_unit(contract)
    speaker = make_speaker(unit)
    case = order(contract, unit=unit, transferred_at=None)

    actions.watch(contract, at=START + 50 * HOUR)

    assert case.urgings.get().unit is None
    assert not Message.objects.filter(user=speaker).exists()


def test_the_desk_and_the_unit_hear_of_it_and_of_what_is_overdue_the_manager(contract):
    unit = make_unit(contract)
    agent, manager = (make_user(contract, role) for role in (Role.AGENT, Role.MANAGER))
    speaker, other = make_speaker(unit), make_speaker(make_unit(contract))
    order(contract, unit=unit)

    def heard():
        people = (agent, speaker, manager, other)
        return [Message.objects.filter(user=one).count() for one in people]

    actions.watch(contract, at=START + 50 * HOUR)
    ahead = heard()
    actions.watch(contract, at=START + 100 * HOUR)

    assert (ahead, heard()) == ([1, 1, 0, 0], [2, 2, 1, 0])


# --- By hand -----------------------------------------------------------------------------


def test_by_hand_it_is_numbered_and_says_to_whom_how_and_by_when(contract):
    case, unit = order(contract, unit=make_unit(contract)), make_unit(contract)
    form = told(text="请尽快", channel="电话", unit=unit, answer_by=START + DAY)

    actions.urge(case, **form)
    actions.urge(case, **form)  # sent twice

    one = case.urgings.get()
    assert (one.level, one.unit, one.channel) == ("by_hand", unit, "电话")
    assert (one.number, one.answer_by) == ("〔2026〕1", START + DAY)


def test_numbers_are_of_a_kind_and_a_year(contract):
    supervisor = make_user(contract, Role.SUPERVISOR)
    actions.urge(order(contract), text="一", **told())
    supervise(order(contract), supervisor)
    actions.urge(order(contract), text="二", **told())
    actions.urge(order(contract), text="三", **told(at=START + 250 * DAY))

    found = Urging.objects.order_by("pk").values_list("kind", "year", "serial")
    assert list(found) == [
        ("urging", 2026, 1),
        ("supervision", 2026, 1),
        ("urging", 2026, 2),
        ("urging", 2027, 1),
    ]


# --- Supervision -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "roles"),
    [
        (UrgingLevel.DESK, {Role.MANAGER, Role.SUPERVISOR}),
        (UrgingLevel.STREET, {Role.SUPERVISOR, Role.LEADER}),
        (UrgingLevel.LEADER, {Role.SUPERVISOR, Role.LEADER}),
    ],
)
def test_each_level_of_supervision_is_somebody_s_to_set(contract, level, roles):
    allowed = set()
    for role in (Role.MANAGER, Role.SUPERVISOR, Role.LEADER):
        case = order(contract)
        try:
            supervise(case, make_user(contract, role), level=level)
        except TransitionRefused:
            continue
        case.refresh_from_db()
        assert case.supervised == level
        assert case.entries.filter(kind=EntryKind.SUPERVISED).exists()
        allowed.add(role)

    assert allowed == roles


def test_criticism_in_writing_follows_a_supervision_that_ran_out(contract):
    case, by = order(contract), make_user(contract, Role.SUPERVISOR)
    criticism = {"level": UrgingLevel.CRITICISM, "answer_by": START + 3 * DAY}
    supervise(case, by, answer_by=START + DAY)

    with pytest.raises(TransitionRefused, match="ran out"):
        supervise(case, by, **criticism, at=START + HOUR)
    supervise(case, by, **criticism, at=START + 2 * DAY)

    assert levels(case) == ["street", "criticism"]


# --- Received, answered ------------------------------------------------------------------


def test_a_receipt_is_noted_once_and_who_comes_second_is_told(contract):
    unit = make_unit(contract)
    speaker, agent = make_speaker(unit), make_user(contract, Role.AGENT)
    case = order(contract, unit=unit)
    actions.urge(case, text="请尽快", **told())
    one = case.urgings.get()

    actions.receive(one, by=speaker, at=START + 2 * HOUR)
    with pytest.raises(TransitionRefused, match=speaker.name):
        actions.receive(one, by=agent, at=START + 3 * HOUR)

    one.refresh_from_db()
    assert (one.read_by, one.read_at) == (speaker, START + 2 * HOUR)


def test_a_unit_notes_no_receipt_for_another(contract):
    case = order(contract, unit=make_unit(contract))
    actions.urge(case, text="请尽快", **told())

    with pytest.raises(TransitionRefused, match="your unit"):
        actions.receive(
            case.urgings.get(), by=make_speaker(make_unit(contract)), at=START
        )


def test_an_answer_answers_all_that_an_order_was_pressed_with(contract):
    agent = make_user(contract, Role.AGENT)
    case = order(contract)
    actions.urge(case, text="请尽快", **told())

    answer_urgings(case, at=START + DAY)

    assert case.urgings.get().answered_at == START + DAY
    assert Message.objects.get(user=agent).withdrawn_at == START + DAY


# --- The pages ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?read=no", 1),
        ("?answered=no&read=yes", 1),
        ("?kind=supervision", 0),
        ("?level=by_hand&level=half", 2),
        ("?q=none", 0),
        ("?unit=999999", 2),  # what cannot be read is left out
    ],
)
def test_the_list_is_narrowed_down(client, contract, query, found):
    agent = make_user(contract, Role.AGENT)
    for _number in range(2):
        actions.urge(order(contract), text="请尽快", **told(agent))
    actions.receive(Urging.objects.earliest("pk"), by=agent, at=START)
    client.force_login(agent)

    page = client.get(reverse("cases:urgings", args=[contract.number]) + query)

    assert len(page.context["page"].rows) == found


def test_a_unit_sees_and_notes_its_own_on_the_page(client, contract):
    unit = make_unit(contract)
    own, other = order(contract, unit=unit), order(contract, unit=make_unit(contract))
    for case in (own, other):
        actions.urge(case, text="请尽快", **told())
    client.force_login(make_speaker(unit, make_user(contract, Role.UNIT, demo=True)))
    url = own.urgings.get().get_absolute_url()

    looked = client.get(url)
    unread = own.urgings.get().read_at
    noted = client.post(f"{url}received/")
    again = client.post(f"{url}received/")

    assert (looked.status_code, unread) == (200, None)
    assert (noted.status_code, again.status_code) == (302, 422)
    assert client.get(other.urgings.get().get_absolute_url()).status_code == 404


def test_the_list_costs_the_same_for_three_as_for_one(client, contract):
    client.force_login(make_user(contract, Role.AGENT))
    url = reverse("cases:urgings", args=[contract.number])

    def urge():
        case = order(contract, unit=make_unit(contract))
        actions.urge(case, text="请尽快", **told(at=now()))

    urge()
    for_one = queries(client, url)
    urge()
    urge()

    assert queries(client, url) == for_one


# --- Two at once -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_urge_at_once_get_two_numbers():
    contract, by = make_contract(), make_user()
    cases = [order(contract), order(contract)]
    for _round in range(5):
        at_once(
            *(
                lambda case=case: actions.urge(case, text="请尽快", **told(by))
                for case in cases
            )
        )

    serials = sorted(Urging.objects.values_list("serial", flat=True))
    assert serials == list(range(1, 11))
