"""A call taken down by the desk: an order of the street's own, at once."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.cipher import blind
from accounts.roles import Role
from cases.actions.register import calls_of, register
from cases.models import (
    PHONE_END,
    Alarm,
    Caller,
    Case,
    CaseStatus,
    Entry,
    EntryKind,
    Source,
    Urgency,
)
from cases.origins import origins
from cases.rules.cells import Limit, Unit
from cases.search import found
from tests.factories import NOON, make_case, make_contract, make_user, make_year

pytestmark = pytest.mark.django_db

CALL = {
    "phone": "138 0000-0007",
    "name": "张三",
    "address": "甲街1号",
    "confidential": False,
    "content": "楼道灯坏了。\n三天没人修。",
    "kind": "求助",
    "category": ("城市管理", "照明"),
    "community": None,
    "spot": "甲1号院",
    "urgent": False,
    "limit": Limit(24, Unit.HOUR),
    "due_at": None,
    "unit": None,
}


def taken(contract, **given):
    told = {"token": uuid4(), "by": make_user(), "at": NOON}
    return register(contract, **CALL | told | given)


def test_a_call_is_an_order_with_a_number_and_a_line_of_its_own():
    contract = make_contract()

    case = taken(contract)

    assert (case.number, case.source, case.status) == (
        f"JD{localtime(NOON):%Y%m%d}-0001",
        Source.STREET,
        CaseStatus.RECEIVED,
    )
    assert (case.title, case.due_at) == ("楼道灯坏了。", NOON + timedelta(hours=24))
    assert case.category.name == "城市管理->照明"
    assert list(case.entries.values_list("kind", "status")) == [
        (EntryKind.RECEIVED, CaseStatus.RECEIVED)
    ]
    assert list(found(Case.objects.all(), "楼道", phones=False)) == [case]


def test_the_caller_is_kept_apart_and_found_by_the_last_four_digits():
    case = taken(make_contract())

    caller = Caller.objects.get(phone_end_hash=blind("0007", PHONE_END))
    assert (caller.case, caller.name, caller.phone) == (case, "张三", "138 0000-0007")
    assert "张三" not in str(list(Entry.objects.values_list("text", "changes")))


def test_the_same_call_sent_twice_is_one_order():
    contract, token = make_contract(), uuid4()

    assert taken(contract, token=token) == taken(contract, token=token)
    assert Case.objects.count() == 1


def test_a_limit_in_working_days_goes_by_the_calendar():
    make_year(NOON.year)

    case = taken(make_contract(), limit=Limit(3, Unit.WORKDAY))

    assert case.due_at > NOON + timedelta(days=2)


def test_words_that_cannot_wait_sound_the_alarm():
    case = taken(make_contract(), content="楼里起火了，快来")

    case.refresh_from_db()
    assert (case.urgency, "起火" in case.urgent_because) == (Urgency.URGENT, True)
    assert Alarm.objects.get().case == case


def test_who_has_called_before_is_known_by_number_and_by_nothing_else():
    contract = make_contract()
    for days in (0, 40):
        at = NOON - timedelta(days=days)
        taken(contract, at=at)
    taken(make_contract())

    known = calls_of(contract, "13800000007", at=NOON)
    unknown = calls_of(contract, "13800000008", at=NOON)

    assert (known.month, known.year) == (1, 2)
    assert (unknown.month, unknown.year) == (0, 0)
    assert calls_of(contract, "", at=NOON) is None


def test_what_a_person_took_down_comes_from_that_person():
    by = make_user()
    case = taken(make_contract(), by=by)

    assert {origin.entry.recorded_by for origin in origins(case)} == {by}


@pytest.mark.django_db(transaction=True)
def test_calls_taken_at_once_have_numbers_of_their_own():
    contract, people = make_contract(), [make_user() for _n in range(4)]
    together = threading.Barrier(len(people))

    def take(by):
        together.wait()
        for _n in range(3):
            taken(contract, by=by)
        connection.close()

    desks = [threading.Thread(target=take, args=[by]) for by in people]
    for one in desks:
        one.start()
    for one in desks:
        one.join()

    assert sorted(case.number[-4:] for case in Case.objects.all()) == [
        f"{n:04}" for n in range(1, 13)
    ]


# --- The page ----------------------------------------------------------------------------


@pytest.fixture
def contract(client):
    contract = make_contract()
    client.force_login(make_user(contract, Role.AGENT, demo=True))
    return contract


def form(**given):
    return {
        "phone": "13800000007",
        "content": "楼道灯坏了",
        "limit": "7d",
        "token": f"{uuid4()}",
        **given,
    }


def test_number_and_matter_are_enough(client, contract):
    answer = client.post(reverse("cases:register", args=[contract.number]), form())

    assert (answer.status_code, answer.url) == (
        302,
        Case.objects.get().get_absolute_url(),
    )


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"phone": "保密的"}, "phone", "phone"),
        ({"content": ""}, "content", "required"),
        ({"limit": "moment"}, "due_at", "missing"),
        ({"limit": "moment", "due_at": "2026-01-01T08:00"}, "due_at", "past"),
        ({"category": "长" * 61}, "category", "too_long"),
        ({"unit": "999"}, "unit", "invalid_choice"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client, contract, given, field, code):
    answer = client.post(
        reverse("cases:register", args=[contract.number]), form(**given)
    )

    errors = answer.context["form"].errors.as_data()
    assert answer.status_code == 422
    assert {name: one[0].code for name, one in errors.items()} == {field: code}
    assert Case.objects.count() == 0


def test_the_number_is_looked_up_while_the_caller_speaks(client, contract):
    case = make_case(
        contract, counted_at=now(), caller={"name": "李四", "phone": "13800000007"}
    )
    Caller.objects.filter(case=case).delete()
    client.post(reverse("cases:register", args=[contract.number]), form())
    url = reverse("cases:register-calls", args=[contract.number])

    known = client.post(url, {"phone": "13800000007"})
    stranger = client.post(url, {"phone": "13800000008"})

    assert "called 1 time this month" in known.text
    assert case.number not in known.text
    assert "has not called this year" in stranger.text
    assert "13800000007" not in known.text


def test_without_script_a_button_looks_it_up_and_loses_nothing(client, contract):
    url = reverse("cases:register", args=[contract.number])
    client.post(url, form())
    typed = form(look="1", name="张三", content="")

    answer = client.post(url, typed)

    assert answer.status_code == 200
    assert "called 1 time this month" in answer.text
    assert 'value="张三"' in answer.text
    assert typed["token"] in answer.text
    assert Case.objects.count() == 1
