"""Trainings: no step without Party A's word, and what is due moves along."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    AuditEntry,
    Contract,
    Due,
    DueStatus,
    Mode,
    TransitionRefused,
)
from staffing.actions import training as actions
from staffing.actions.training import Attended
from staffing.models import Attendance, Training, TrainingStatus
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, HOUR, minute, post, scan, signed_in
from tests.factories import (
    NOON,
    make_contract,
    make_due,
    make_obligation,
    make_user,
    make_year,
)
from tests.staffing.factories import make_person

pytestmark = pytest.mark.django_db

AFTER = NOON + 2 * DAY


@pytest.fixture
def contract(settings) -> Contract:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_contract()


@pytest.fixture
def due(contract) -> Due:
    """The training of June."""
    return make_due(make_obligation(contract, rules=["R07"]), date(2026, 6, 30))


def plan(contract: Contract, **given) -> Training:
    defaults: dict[str, Any] = {
        "title": "政务热线用语",
        "content": "规范用语与演练，笔试。",
        "starts_at": NOON + DAY,
        "ends_at": NOON + DAY + HOUR,
        "place": "会议室",
        "trainer": "李四",
        "pass_mark": 60,
        "paper": scan(),
        "due": None,
        "repeats": None,
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.plan(contract, **defaults | given)


def approve(training: Training, **given) -> None:
    defaults: dict[str, Any] = {"note": "", "by": make_user(), "at": NOON}
    actions.approve(training, **defaults | given)


def submit(training: Training, *scores: int | None, **given) -> Training:
    """Submit the result: somebody for each score, who was there; None for who was not."""
    contract = training.contract
    attended = [
        Attended(
            make_person(contract),
            score is not None,
            None if score is None else Decimal(score),
        )
        for score in scores or (80,)
    ]
    defaults: dict[str, Any] = {
        "attended": attended,
        "result": "考试合格",
        "materials": [scan()],
        "token": uuid4(),
        "by": make_user(),
        "at": AFTER,
    }
    return actions.submit_result(training, **defaults | given)


def accept(training: Training, **given) -> None:
    defaults: dict[str, Any] = {"note": "", "by": make_user(), "at": AFTER}
    actions.accept(training, **defaults | given)


def again(training: Training, **given) -> None:
    defaults: dict[str, Any] = {
        "note": "半数未到",
        "again_on": date(2026, 6, 20),
        "by": make_user(),
        "at": AFTER,
    }
    actions.hold_again(training, **defaults | given)


def held(contract: Contract, *scores: int | None, **given) -> Training:
    training = plan(contract, **given)
    approve(training)
    return submit(training, *scores)


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"staffing:{name}", args=[contract.number, *args])


# --- The way of a training -------------------------------------------------------------------


def test_a_training_is_planned_approved_held_and_accepted_and_its_due_with_it(
    contract, due
):
    training = held(contract, 80, 59, None, due=due)
    due.refresh_from_db()
    delivered = due.status, due.evidence.get()

    accept(training)

    due.refresh_from_db()
    assert delivered == (DueStatus.DELIVERED, training.materials.get())
    assert (training.status, due.status) == (
        TrainingStatus.ACCEPTED,
        DueStatus.ACCEPTED,
    )
    assert [entry.became for entry in AuditEntry.objects.about(training)] == [
        "planned",
        "approved",
        "held",
        "accepted",
    ]


def test_what_is_not_accepted_is_returned_planned_again_and_then_accepted(
    contract, due
):
    first = held(contract, 30, due=due)
    again(first)
    due.refresh_from_db()
    returned = due.status, due.again_on, due.returns

    second = plan(
        contract, due=due, repeats=first, starts_at=AFTER + DAY, ends_at=AFTER + 2 * DAY
    )
    approve(second, at=AFTER)
    submit(second, at=AFTER + 3 * DAY)
    accept(second, at=AFTER + 3 * DAY)

    due.refresh_from_db()
    assert returned == (DueStatus.RETURNED, date(2026, 6, 20), 1)
    assert (first.status, first.repeated_by) == (TrainingStatus.AGAIN, second)
    assert due.status == DueStatus.ACCEPTED


def test_one_that_failed_starts_the_clock_of_holding_it_again(contract):
    make_year(2026)
    obligation = make_obligation(
        contract,
        rules=["R07"],
        mode=Mode.ON_EVENT,
        due_rule={"event": "training_failed", "workdays": 10},
    )
    training = held(contract)

    again(training, again_on=None)

    due = obligation.dues.get()
    assert (training.due, due.due_on) == (due, date(2026, 6, 17))


def test_a_plan_sent_back_is_submitted_again(contract):
    training = plan(contract)
    actions.send_back(training, note="没有考试", by=make_user(), at=NOON)
    by, paper = make_user(), training.plan

    actions.plan_again(
        training,
        title="政务热线用语与考试",
        content="笔试",
        starts_at=NOON + 2 * DAY,
        ends_at=NOON + 2 * DAY + HOUR,
        place="",
        trainer="",
        pass_mark=70,
        paper=None,
        due=None,
        by=by,
        at=NOON + HOUR,
    )

    training.refresh_from_db()
    assert (training.status, training.planned_by, training.plan) == (
        TrainingStatus.PLANNED,
        by,
        paper,
    )
    assert (training.pass_mark, training.approved_by) == (70, None)


def test_one_that_was_called_off_leaves_its_repeat_to_another(contract):
    first = held(contract, 20)
    again(first, again_on=None)
    times = {"starts_at": AFTER + DAY, "ends_at": AFTER + 2 * DAY, "at": AFTER}
    second = plan(contract, repeats=first, **times)
    actions.cancel(second, note="讲师有事", by=make_user(), at=AFTER)

    third = plan(contract, repeats=first, **times)

    first.refresh_from_db()
    assert (second.repeats, first.repeated_by) == (None, third)


# --- Refusals --------------------------------------------------------------------------------


def test_what_was_not_approved_is_not_held(contract):
    training = plan(contract)

    with pytest.raises(TransitionRefused):
        submit(training)
    with (
        pytest.raises(IntegrityError, match="approved_before_it_is_held"),
        transaction.atomic(),
    ):
        Training.objects.update(status=TrainingStatus.HELD)
    assert not Attendance.objects.exists()


def test_what_was_not_held_is_not_accepted(contract):
    training = plan(contract)
    approve(training)

    with pytest.raises(TransitionRefused):
        accept(training)
    with (
        pytest.raises(IntegrityError, match="accepted_after_it_was_held"),
        transaction.atomic(),
    ):
        Training.objects.update(status=TrainingStatus.ACCEPTED)


@pytest.mark.parametrize("decide", [approve, actions.send_back])
def test_nobody_decides_on_their_own_plan(contract, decide):
    by = make_user()
    training = plan(contract, by=by)

    with pytest.raises(MatterRefused, match="submitted themselves"):
        decide(training, note="好", by=by, at=NOON)


@pytest.mark.parametrize("decide", [accept, again])
def test_nobody_decides_on_their_own_result(contract, decide):
    by = make_user()
    training = plan(contract)
    approve(training)
    submit(training, by=by)

    with pytest.raises(MatterRefused, match="submitted themselves"):
        decide(training, by=by)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Training.objects.update(status=TrainingStatus.ACCEPTED, accepted_by=by)


def test_who_delivered_the_due_otherwise_does_not_accept_it(contract, due):
    by = make_user()
    training = plan(contract, due=due)
    approve(training)
    due.deliver(by=by, at=NOON)
    submit(training)

    with pytest.raises(MatterRefused, match="cannot accept it"):
        accept(training, by=by)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"starts_at": NOON - HOUR}, "before it is held"),
        ({"ends_at": NOON + DAY}, "ends before it begins"),
        ({"ends_at": NOON + 400 * DAY}, "outside the contract"),
    ],
)
def test_a_plan_is_for_a_time_to_come(contract, given, words):
    with pytest.raises(MatterRefused, match=words):
        plan(contract, **given)


def test_a_plan_is_approved_before_it_begins(contract):
    with pytest.raises(MatterRefused, match="to begin already"):
        approve(plan(contract), at=NOON + DAY)


def test_a_result_comes_after_the_end(contract):
    training = plan(contract)
    approve(training)

    with pytest.raises(MatterRefused, match="not ended yet"):
        submit(training, at=NOON + DAY)


def test_somebody_was_there(contract):
    training = plan(contract)
    approve(training)

    with pytest.raises(MatterRefused, match="At least one"):
        submit(training, None, None)


def test_who_was_not_there_has_no_score(contract):
    training, person = plan(contract), make_person(contract)
    approve(training)
    attended = [
        Attended(make_person(contract), True),
        Attended(person, False, Decimal(80)),
    ]

    with pytest.raises(MatterRefused, match="has a score"):
        submit(training, attended=attended)
    with (
        pytest.raises(IntegrityError, match="score_is_of_who_was_there"),
        transaction.atomic(),
    ):
        Attendance.objects.create(
            training=training,
            person=person,
            present=False,
            score=80,
            recorded_at=NOON,
            recorded_by=make_user(),
        )


@pytest.mark.parametrize("take", [actions.send_back, actions.cancel])
def test_a_plan_is_not_turned_down_without_a_word(contract, take):
    with pytest.raises(MatterRefused, match="Say why"):
        take(plan(contract), note=" ", by=make_user(), at=NOON)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"note": ""}, "Say why"),
        ({"again_on": None}, "by when"),
        ({"again_on": date(2026, 6, 2)}, "over already"),
    ],
)
def test_holding_it_again_needs_a_reason_and_a_day(contract, due, given, words):
    training = held(contract, due=due)

    with pytest.raises(MatterRefused, match=words):
        again(training, **given)

    due.refresh_from_db()
    assert due.status == DueStatus.DELIVERED


def test_a_due_is_fulfilled_by_one_training_at_a_time(contract, due):
    plan(contract, due=due, title="六月培训")

    with pytest.raises(MatterRefused, match="六月培训"):
        plan(contract, due=due)


def test_only_what_is_owed_in_the_way_of_training_is_fulfilled(contract):
    other = make_due(make_obligation(contract, rules=["R06"]), date(2026, 6, 30))

    with pytest.raises(MatterRefused, match="not for a training"):
        plan(contract, due=other)


def test_only_what_failed_is_repeated_and_once(contract):
    accepted, failed = held(contract), held(contract)
    accept(accepted)
    again(failed, again_on=None)
    plan(contract, repeats=failed)

    with pytest.raises(MatterRefused, match="not one to be held again"):
        plan(contract, repeats=accepted)
    with pytest.raises(MatterRefused, match="planned again already"):
        plan(contract, repeats=failed)


def test_a_plan_sent_twice_is_one(contract):
    token = uuid4()

    assert plan(contract, token=token) == plan(contract, token=token)
    assert Training.objects.count() == 1


# --- Pages -----------------------------------------------------------------------------------


def running(at: datetime) -> Contract:
    """Make a contract that runs at a moment, as pages read the clock."""
    first = at.date() - timedelta(days=100)
    return make_contract(
        signed_on=first,
        effective_on=first,
        starts_on=first,
        ends_before=first + timedelta(days=365),
    )


def planned(at: datetime) -> dict[str, Any]:
    return {
        "title": "月度培训",
        "content": "讲评与笔试",
        "starts_at": minute(at + DAY),
        "ends_at": minute(at + DAY + HOUR),
        "place": "会议室",
        "trainer": "李四",
        "pass_mark": 60,
        "token": uuid4(),
    }


def test_a_plan_is_sent_back_and_submitted_again_on_the_pages(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    contract = running(now())
    clerk, leader = (signed_in(contract, role) for role in (Role.CLERK, Role.LEADER))
    form = planned(now())
    new = url("training-new", contract)

    sent = [post(clerk, new, form).status_code for _ in range(2)]
    training = Training.objects.get()
    back = post(
        leader, url("training-send-back", contract, training.pk), {"note": "无考试"}
    )
    place = url("training-plan", contract, training.pk)
    page = clerk.get(place).text
    once_more = [post(clerk, place, form | {"title": "改"}).status_code for _ in "ab"]
    training.refresh_from_db()

    assert (sent, back.status_code, once_more) == ([302, 302], 302, [302, 422])
    assert "无考试" in page
    assert (training.status, training.title) == (TrainingStatus.PLANNED, "改")


@pytest.mark.parametrize("name", ["starts_at", "ends_at"])
def test_a_moment_at_the_end_of_time_is_none(contract, name):
    clerk = signed_in(contract, Role.CLERK)
    form = planned(now()) | {name: "9999-12-31T23:59:59-23:59"}

    answer = post(clerk, url("training-new", contract), form)

    assert answer.status_code == 422


def test_the_result_is_submitted_and_accepted_on_the_pages(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    at = now() - 3 * DAY
    contract = running(at)
    training = plan(contract, starts_at=at + DAY, ends_at=at + 2 * DAY, at=at)
    approve(training, at=at)
    there, failed, away = (make_person(contract) for _ in range(3))
    clerk, leader = (signed_in(contract, role) for role in (Role.CLERK, Role.LEADER))
    agent = signed_in(contract, Role.AGENT)
    form = {
        "result": "二人到场",
        "materials": scan(),
        f"present_{there.pk}": "on",
        f"score_{there.pk}": "90.5",
        f"present_{failed.pk}": "on",
        f"score_{failed.pk}": "59.5",
        f"score_{away.pk}": "",
        "token": uuid4(),
    }

    place = url("training-result", contract, training.pk)
    sent = [post(clerk, place, form).status_code for _ in range(2)]
    decided = post(leader, url("training-accept", contract, training.pk), {"note": ""})
    page = url("training", contract, training.pk)

    assert (sent, decided.status_code) == ([302, 302], 302)
    assert Attendance.objects.filter(present=True).count() == 2
    assert "50.0\xa0%" in clerk.get(page).text
    assert "90.5" in clerk.get(page).text
    assert "90.5" not in agent.get(page).text


def test_the_form_of_a_result_says_what_is_wrong(settings):
    at = now() - 3 * DAY
    contract = running(at)
    training = plan(contract, starts_at=at + DAY, ends_at=at + 2 * DAY, at=at)
    approve(training, at=at)
    away = make_person(contract)

    answer = post(
        signed_in(contract, Role.CLERK),
        url("training-result", contract, training.pk),
        {"result": "无", f"score_{away.pk}": "70", "token": uuid4()},
    )

    assert answer.status_code == 422
    assert "Only who was there has a score." in answer.text
    assert "At least one person was there" in answer.text
    assert not Attendance.objects.exists()


def test_a_repeat_begins_with_the_one_before(contract, due):
    first = held(contract, 10, due=due)
    again(first)
    manager = signed_in(contract, Role.MANAGER)

    page = manager.get(f"{url('training-new', contract)}?again={first.pk}")

    initial = page.context["form"].initial
    assert (initial["repeats"], initial["due"], initial["title"]) == (
        first.pk,
        due.pk,
        first.title,
    )


def test_a_step_that_is_not_open_is_refused_in_words(contract):
    training = held(contract)
    supervisor = signed_in(contract, Role.SUPERVISOR)

    answer = post(
        supervisor, url("training-approve", contract, training.pk), {"note": ""}
    )

    assert answer.status_code == 422
    assert "This step is not open from here." in answer.text


def test_the_list_costs_the_same_for_three_as_for_one(contract):
    manager = signed_in(contract, Role.MANAGER)
    obligation = make_obligation(contract, rules=["R07"])
    due = make_due(obligation, date(2026, 6, 30))
    training = held(contract, 80, due=due)
    pages = [url("trainings", contract), url("training", contract, training.pk)]
    before = [queries(manager, page) for page in pages]

    for day in (28, 29):
        held(contract, 80, 70, due=make_due(obligation, date(2026, 6, day)))
    for score in (50, 60):
        Attendance.objects.create(
            training=training,
            person=make_person(contract),
            present=True,
            score=score,
            recorded_at=NOON,
            recorded_by=make_user(),
        )

    assert [queries(manager, page) for page in pages] == before
