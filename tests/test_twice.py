"""A form that is sent twice does its work once; of two people at one, one is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now

from accounts.models import User
from accounts.roles import Duty, Role
from cases.models import Batch, BatchStatus, CaseStatus, Entry, EntryKind
from contracts.models import Membership
from reports.models import Issue
from tests.factories import PASSWORD, make_batch, make_user
from tests.stage import World
from tests.world import (
    make_file,
    make_open_case,
    make_people,
    make_running_contract,
    make_world,
)

ROUNDS = 10


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_world()


# --- Sent twice ---------------------------------------------------------------------------


def minute() -> str:
    return f"{localtime():%Y-%m-%dT%H:%M}"


def send_twice(client: Client, url: str, form: dict[str, Any]) -> list[int]:
    """Send the same form two times, as a double click does; return both statuses."""
    statuses = []
    for _time in range(2):
        for value in form.values():
            if hasattr(value, "seek"):
                value.seek(0)
        statuses.append(client.post(url, form).status_code)
    return statuses


#: Step → the status it is taken from, and what is filled in.
STEPS: dict[str, tuple[str, dict[str, str]]] = {
    "sign": (CaseStatus.RECEIVED, {}),
    "transfer": (CaseStatus.SIGNED, {"note": "请核实"}),
    "accept": (CaseStatus.TRANSFERRED, {"happened_at": ""}),
    "reply": (
        CaseStatus.HANDLING,
        {"result": "已修复", "reply": "已告知", "happened_at": ""},
    ),
    "review": (CaseStatus.REPLIED, {"passed": "no", "note": "再联系"}),
    "close": (CaseStatus.REVIEWED, {"happened_at": ""}),
    "urge": (CaseStatus.HANDLING, {"text": "请尽快"}),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", STEPS)
def test_a_step_sent_twice_is_one_line(world, name):
    status, given = STEPS[name]
    case = world.cases[status]
    form = given | {"token": f"{uuid4()}", "unit": f"{case.unit_id}"}
    if "happened_at" in given:
        form["happened_at"] = minute()
    lines = case.entries.count()

    statuses = send_twice(world.client(), world.url(f"cases:{name}", case.pk), form)

    assert (statuses, case.entries.count()) == ([302, 302], lines + 1)


@pytest.mark.django_db
def test_a_correction_sent_twice_is_one_line(world):
    case = world.received
    url = world.url("cases:correct", case.pk, case.entries.get().pk)
    form = {"token": f"{uuid4()}", "text": "说错了"}

    assert send_twice(world.client(), url, form) == [302, 302]
    assert case.entries.count() == 2


@pytest.mark.django_db
def test_a_file_sent_twice_is_one_import(world):
    form = {"token": f"{uuid4()}", "file": make_file(now())}
    before = Batch.objects.count()

    assert send_twice(world.client(), world.url("cases:import"), form) == [302, 302]
    assert Batch.objects.count() == before + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "status"),
    [("confirm", BatchStatus.IMPORTING), ("cancel", BatchStatus.CANCELLED)],
)
def test_a_decision_about_a_file_sent_twice_is_refused_the_second_time(
    world, name, status
):
    batch = world.batches[BatchStatus.CHECKED]

    statuses = send_twice(world.client(), world.url(f"cases:{name}", batch.pk), {})

    batch.refresh_from_db()
    assert (statuses, batch.status) == ([302, 422], status)


@pytest.mark.django_db
def test_a_report_asked_for_twice_is_one(world):
    before = Issue.objects.count()
    form = {"day": f"{localdate() - timedelta(days=5)}"}

    assert send_twice(world.client(), world.url("reports:ask"), form) == [302, 302]
    assert Issue.objects.count() == before + 1


@pytest.mark.django_db
def test_an_account_made_twice_is_one(world):
    form = {"username": "wangwu", "name": "王五", "proof": PASSWORD}

    statuses = send_twice(
        world.client(Duty.SYSTEM), reverse("accounts:new-person"), form
    )

    assert (statuses, User.objects.filter(username="wangwu").count()) == ([200, 422], 1)


@pytest.mark.django_db
def test_a_role_given_twice_is_one(world):
    person = make_user()
    form = {
        "user": person.pk,
        "contract": world.contract.pk,
        "role": Role.AGENT,
        "note": "入职",
        "proof": PASSWORD,
    }

    statuses = send_twice(
        world.client(Duty.SECURITY), reverse("memberships:grant"), form
    )

    assert (statuses, person.memberships.count()) == ([302, 422], 1)


@pytest.mark.django_db
def test_a_role_taken_away_twice_is_gone(world):
    given = world.somebody.memberships.get()
    url = reverse("memberships:revoke", args=[given.pk])

    statuses = send_twice(
        world.client(Duty.SECURITY), url, {"note": "离职", "proof": PASSWORD}
    )

    assert (statuses, Membership.objects.filter(pk=given.pk).exists()) == (
        [302, 404],
        False,
    )


# --- Two at once ----------------------------------------------------------------------------


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do several things in the same moment; return what came of each."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def two_clients(transactional_db, settings):
    """A contract, and two people of its desk who have signed in."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    contract = make_running_contract(now())
    people = make_people(contract)
    clients = [Client(), Client()]
    for client, role in zip(clients, (Role.MANAGER, Role.AGENT), strict=True):
        client.force_login(people[role])
        client.get(reverse("accounts:sessions"))
    return contract, clients


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_at_once_one_does_and_the_other_is_told(two_clients):
    contract, clients = two_clients
    for _round in range(ROUNDS):
        case = make_open_case(contract, now())
        url = reverse("cases:sign", args=[contract.number, case.pk])

        answers = at_once(
            *(
                lambda client=client, url=url: client.post(url, {"token": f"{uuid4()}"})
                for client in clients
            )
        )

        assert sorted(answer.status_code for answer in answers) == [302, 422]
        told = next(answer for answer in answers if answer.status_code == 422)
        assert "Somebody else got here first." in told.text
        assert case.entries.filter(kind=EntryKind.SIGNED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_correct_a_line_at_once_one_does_and_the_other_is_told(two_clients):
    contract, (client, _other) = two_clients
    for _round in range(ROUNDS):
        case = make_open_case(contract, now())
        wrong = case.entries.get()
        url = reverse("cases:correct", args=[contract.number, case.pk, wrong.pk])

        answers = at_once(
            *[
                lambda url=url: client.post(
                    url, {"token": f"{uuid4()}", "text": "说错了"}
                )
            ]
            * 2
        )

        assert sorted(answer.status_code for answer in answers) == [302, 422]
        assert Entry.objects.filter(corrects=wrong).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_about_a_file_at_once_one_does(two_clients):
    contract, (client, _other) = two_clients
    by = make_user()
    for _round in range(ROUNDS):
        batch = make_batch(contract, by=by, status=BatchStatus.CHECKED)
        urls = [
            reverse(f"cases:{name}", args=[contract.number, batch.pk])
            for name in ("confirm", "confirm")
        ]

        answers = at_once(*(lambda url=url: client.post(url) for url in urls))

        assert sorted(answer.status_code for answer in answers) == [302, 422]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "given"), [("sign", {}), ("urge", {"text": "请尽快"})]
)
def test_a_double_click_that_arrives_at_once_is_one_line(two_clients, name, given):
    contract, (client, _other) = two_clients
    for _round in range(ROUNDS):
        case = make_open_case(contract, now())
        url = reverse(f"cases:{name}", args=[contract.number, case.pk])
        form = given | {"token": f"{uuid4()}"}

        answers = at_once(*[lambda url=url, form=form: client.post(url, form)] * 2)

        assert {answer.status_code for answer in answers} == {302}
        assert case.entries.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_that_arrives_twice_at_once_is_one_import(two_clients):
    contract, (client, _other) = two_clients
    url = reverse("cases:import", args=[contract.number])
    for number in range(ROUNDS):
        token = f"{uuid4()}"

        answers = at_once(
            *[
                lambda token=token: client.post(
                    url, {"token": token, "file": make_file(now())}
                )
            ]
            * 2
        )

        assert {answer.status_code for answer in answers} == {302}
        assert Batch.objects.count() == number + 1


@pytest.mark.django_db(transaction=True)
def test_a_report_asked_for_by_two_at_once_is_one(two_clients):
    contract, clients = two_clients
    url = reverse("reports:ask", args=[contract.number])
    for number in range(ROUNDS):
        form = {"day": f"{localdate() - timedelta(days=number)}"}

        answers = at_once(*[lambda form=form: clients[0].post(url, form)] * 2)

        assert {answer.status_code for answer in answers} == {302}
        assert Issue.objects.count() == number + 1
