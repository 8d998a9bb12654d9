"""The whole map of an order's statuses: every step, from every status, by every role."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import MAY, Role
from cases.actions.applications import OPEN_FROM
from cases.models import (
    Alarm,
    Application,
    ApplicationKind,
    Case,
    CaseStatus,
    Entry,
    EntryKind,
    Rung,
)
from cases.steps import ANSWERS, STEPS
from tests.factories import make_case, make_unit, make_user
from tests.world import DAY, HOUR, make_people, make_running_contract

pytestmark = pytest.mark.django_db

#: Step → what is sent with it, as a browser sends it, and the statuses it leads to.
LEADS = {
    "sign": {CaseStatus.SIGNED},
    "transfer": {CaseStatus.TRANSFERRED},
    "accept": {CaseStatus.HANDLING},
    "decline": {CaseStatus.DECLINED},
    "reply": {CaseStatus.REPLIED},
    "review": {CaseStatus.REVIEWED},
    "close": {CaseStatus.CLOSED},
    "call-back": {CaseStatus.CALLED_BACK},
    "reopen": {CaseStatus.REOPENED},
    "archive": {CaseStatus.ARCHIVED},
    "return": {CaseStatus.RETURNING},
}


@pytest.fixture
def world(settings, at):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    contract = make_running_contract(at)
    return contract, make_people(contract), make_unit(contract)


@pytest.fixture
def at():
    return now()


def a_case(contract, unit, status, at):
    case = make_case(
        contract,
        status=status,
        unit=unit,
        counted_at=at - 3 * HOUR,
        received_at=at - 3 * HOUR,
        transferred_at=at - 2 * HOUR,
        due_at=at + 3 * DAY,
    )
    Entry.objects.create(
        case=case,
        kind=EntryKind.RECEIVED,
        status=status,
        at=at,
        recorded_at=at,
    )
    if status in (CaseStatus.CLOSED, CaseStatus.CALLED_BACK):
        Case.objects.filter(pk=case.pk).update(closed_at=at - HOUR)
    return case


def sent(step, unit, at):
    """Return a form that is right in everything but, perhaps, its place and time."""
    soon = f"{localtime(at + 5 * DAY):%Y-%m-%dT%H:%M}"
    return {
        "token": str(uuid4()),
        "unit": unit.pk,
        "text": "说明",
        "note": "说明",
        "result": "已修复",
        "reply": "已告知",
        "passed": "yes",
        "happened_at": f"{localtime(at):%Y-%m-%dT%H:%M}",
        "reason": "其他",
        "way": "电话",
        "reached": "yes",
        "kind": {
            "return": "return",
            "extend": "extension",
            "exclude": "exclusion",
            "void": "void",
        }.get(step.name, ""),
        "until": soon,
        "answer_by": soon,
        "due_at": soon,
        "flags": ["key"],
        "level": "street",
        "cause": "扬言",
        "said": "已致电",
        "told": "",
        "valid": "yes",
        "contacted": "yes",
        "solved": "yes",
        "satisfaction": "satisfied",
    }


@pytest.mark.parametrize("status", sorted(CaseStatus))
def test_a_step_is_taken_from_its_statuses_alone(status, world, at, client):
    contract, people, unit = world
    for step in STEPS:
        case = a_case(contract, unit, status, at)
        if step.name == "review":
            Case.objects.filter(pk=case.pk).update(
                replied_by=people[Role.AGENT], replied_at=at
            )
        if step.name == "follow-up":
            Alarm.objects.create(case=case, cause="扬言", raised_at=at, climbed_at=at)
        role = next(
            role
            for role in (Role.SUPERVISOR, Role.MANAGER, Role.CLERK, Role.AGENT)
            if role in MAY[step.action]
        )
        client.force_login(people[role])
        answer = client.post(
            reverse(f"cases:{step.name}", args=[contract.number, case.pk]),
            sent(step, unit, at),
        )

        case.refresh_from_db()
        if status in step.open_from:
            assert answer.status_code == 302, (step.name, status, answer.text)
            assert case.status in LEADS.get(step.name, {status}), step.name
        else:
            assert answer.status_code == 422, (step.name, status)
            assert case.status == status, (step.name, status)
        assert replayed(case) == case.status


def replayed(case):
    """Return where the ledger says that an order stands."""
    statuses = case.entries.exclude(status="").order_by("pk")
    return statuses.values_list("status", flat=True).last()


@pytest.mark.parametrize("role", sorted(Role))
def test_a_step_is_taken_by_its_roles_alone(role, world, at, client):
    contract, people, unit = world
    client.force_login(people[role])
    for step in STEPS:
        status = sorted(step.open_from)[0]
        case = a_case(contract, unit, status, at)
        address = reverse(f"cases:{step.name}", args=[contract.number, case.pk])

        answer = client.post(address, sent(step, unit, at))

        allowed = role in MAY[step.action]
        if not allowed:
            assert answer.status_code == 403, step.name
        elif role == Role.UNIT:
            assert answer.status_code == 404, step.name  # speaks for no unit of it
        else:
            assert answer.status_code in (302, 422), step.name
        case.refresh_from_db()
        assert allowed or case.status == status


def test_every_arrow_of_the_map_has_a_step_and_every_step_an_arrow():
    """VOID is what a wrong order becomes, and from RETURNING the platform decides."""
    drawn = {
        (was, to)
        for step in STEPS
        for was in step.open_from
        for to in LEADS.get(step.name, ())
    } | {(CaseStatus.REPLIED, CaseStatus.HANDLING)}
    drawn |= {
        (CaseStatus.RETURNING, CaseStatus.RETURNED),
        (CaseStatus.RETURNING, CaseStatus.SIGNED),
    }
    drawn |= {(was, CaseStatus.VOID) for was in OPEN_FROM[ApplicationKind.VOID]}
    mapped = {(was, to) for was, tos in Case.NEXT.items() for to in tos}

    assert drawn - mapped == set()
    assert {(was, to) for was, to in mapped - drawn if was != CaseStatus.VOID} == set()


@pytest.mark.parametrize("role", sorted(Role))
def test_an_application_is_answered_by_its_roles_alone(role, world, at, client):
    contract, people, unit = world
    client.force_login(people[role])
    asker = make_user(contract, Role.CLERK)
    for step in ANSWERS:
        case = a_case(contract, unit, CaseStatus.CLOSED, at)
        asked = Application.objects.create(
            contract=contract,
            case=case,
            kind=ApplicationKind.EXCLUSION,
            status=sorted(step.open_from)[0],
            reason="其他",
            text="说明",
            asked_at=at,
            asked_by=asker,
        )
        address = reverse(
            f"cases:application-{step.name}", args=[contract.number, case.pk, asked.pk]
        )
        form = {
            "token": str(uuid4()),
            "agreed": "yes",
            "granted": "yes",
            "note": "同意",
            "answer": "已剔除",
            "happened_at": f"{localtime(at):%Y-%m-%dT%H:%M}",
        }

        answer = client.post(address, form)

        assert answer.status_code == (302 if role in MAY[step.action] else 403), (
            step.name
        )


def test_an_urgent_order_is_not_closed_without_a_follow_up(world, at, client):
    contract, people, unit = world
    case = a_case(contract, unit, CaseStatus.REVIEWED, at)
    Alarm.objects.create(
        case=case, cause="扬言", rung=Rung.DESK, raised_at=at, climbed_at=at
    )
    client.force_login(people[Role.CLOSER])
    address = reverse("cases:close", args=[contract.number, case.pk])
    form = {"token": str(uuid4()), "happened_at": f"{localtime(at):%Y-%m-%dT%H:%M}"}

    assert client.post(address, form).status_code == 422
    client.force_login(people[Role.AGENT])
    client.post(
        reverse("cases:follow-up", args=[contract.number, case.pk]),
        form | {"token": str(uuid4()), "text": "已到现场"},
    )
    client.force_login(people[Role.CLOSER])
    assert client.post(address, form).status_code == 302
    assert not Alarm.objects.tracked().exists()


def test_what_happened_since_the_page_was_opened_is_shown_before_anything_is_done(
    world, at, client
):
    contract, people, unit = world
    case = a_case(contract, unit, CaseStatus.SIGNED, at)
    seen = case.entries.latest("pk").pk
    Entry.objects.create(
        case=case,
        kind=EntryKind.CHANGED,
        at=at,
        recorded_at=at,
        changes={"title": ["旧标题", "新标题"]},
    )
    client.force_login(people[Role.AGENT])
    address = reverse("cases:transfer", args=[contract.number, case.pk])
    form = {"token": str(uuid4()), "unit": unit.pk, "note": "请办理", "seen": seen}

    refused = client.post(address, form)
    again = refused.context["steps"][0].form

    assert refused.status_code == 422
    assert "旧标题 → 新标题" in refused.text
    assert "请办理" in refused.text
    assert client.post(address, form | {"seen": again["seen"].value()}).status_code == (
        302
    )


def test_the_page_of_a_step_that_is_not_open_leads_to_the_order(world, at, client):
    contract, people, unit = world
    case = a_case(contract, unit, CaseStatus.CLOSED, at)
    client.force_login(people[Role.AGENT])

    answer = client.get(reverse("cases:sign", args=[contract.number, case.pk]))

    assert answer.status_code == 302
    assert answer["Location"] == case.get_absolute_url()


def test_an_order_dispatched_again_begins_afresh_and_keeps_what_it_was(
    world, at, client
):
    contract, people, unit = world
    case = a_case(contract, unit, CaseStatus.CALLED_BACK, at)
    Case.objects.filter(pk=case.pk).update(
        solved=False, valid_callback=True, contacted=True, satisfaction="dissatisfied"
    )
    client.force_login(people[Role.CLERK])

    client.post(
        reverse("cases:reopen", args=[contract.number, case.pk]),
        {
            "token": str(uuid4()),
            "note": "市级二次派单",
            "due_at": f"{localtime(at + timedelta(days=2)):%Y-%m-%dT%H:%M}",
            "happened_at": f"{localtime(at):%Y-%m-%dT%H:%M}",
        },
    )

    case.refresh_from_db()
    assert (case.status, case.attempts, case.solved) == (CaseStatus.REOPENED, 2, None)
    assert case.closed_at is None
    line = case.entries.get(kind=EntryKind.REOPENED)
    assert line.changes["solved"] == [False, ""]
