"""Agreements, declarations, labour papers and trainings on the pages of the world."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils.timezone import localdate, now

from accounts.roles import Role
from staffing.actions import agreements, training
from staffing.actions.declarations import declare
from staffing.actions.labour import record_labour
from staffing.actions.training import Attended
from staffing.models import DeclarationKind, Person, Training, TrainingStatus
from tests.contracts.papers import scan
from tests.factories import make_due, make_obligation
from tests.staffing.factories import make_person
from tests.stage import Place, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: One in each state that a training's page has.
TITLES = ("待审", "退回", "待办", "已办待审", "已认可", "重办", "已取消", "重办计划")


def add_papers(world: World) -> None:
    """Make two wordings and one that waits, declarations, and a training in each state."""
    contract = world.contract
    people = [
        make_person(contract, name=name, begins_on=contract.starts_on)
        for name in ("张三", "李四", "王五")
    ]
    _sign(world, people)
    _declare(world, people)
    _train(world, people)


def _sign(world: World, people: list[Person]) -> None:
    manager, supervisor = world.people[Role.MANAGER], world.people[Role.SUPERVISOR]
    at = now() - 5 * DAY
    for number in (1, 2, 3):
        text = agreements.submit_text(
            world.contract,
            document=scan(f"v{number}.pdf"),
            changed="新增第四款",
            token=uuid4(),
            by=manager,
            at=at,
        )
        if number == 3:  # the last one waits
            break
        agreements.approve_text(
            text, sign_by=localdate(at), note="同意", by=supervisor, at=at
        )
        for person in people[: 3 - number]:
            agreements.file_agreement(
                person,
                text=text,
                signed_on=localdate(at),
                document=scan(),
                by=manager,
                at=at,
            )


def _declare(world: World, people: list[Person]) -> None:
    manager, at, today = world.people[Role.MANAGER], now(), localdate()
    for kind, days in (
        (DeclarationKind.LABOUR, 10),
        (DeclarationKind.NO_SUBCONTRACT, 200),
    ):
        declare(
            world.contract,
            kind=kind,
            covers_from=world.contract.starts_on,
            expires_on=today + days * DAY,
            text="盖章原件存档",
            document=scan(),
            token=uuid4(),
            by=manager,
            at=at,
        )
    for person in people[:2]:
        record_labour(
            person,
            labour_from=world.contract.starts_on,
            labour_to=None,
            labour_paper=scan(),
            insured=[world.contract.starts_on.replace(day=1)],
            mistaken=[],
            proof=scan(),
            token=uuid4(),
            by=manager,
            at=at,
        )


def _train(world: World, people: list[Person]) -> None:
    clerk, leader = world.people[Role.CLERK], world.people[Role.LEADER]
    obligation = make_obligation(world.contract, rules=["R07"], title="每月业务培训")
    dues = [
        make_due(obligation, localdate() + days * DAY, label=f"第{days}期")
        for days in (3, 33, 63)
    ]
    begun = now() - 4 * DAY

    def plan(title: str, **given: Any) -> Training:
        at = given.pop("at", begun)
        defaults: dict[str, Any] = {
            "content": "规范用语、演练与笔试",
            "starts_at": at + DAY,
            "ends_at": at + DAY + HOUR,
            "place": "会议室",
            "trainer": "李四",
            "pass_mark": 60,
            "paper": scan("plan.pdf"),
            "due": None,
            "repeats": None,
            "token": uuid4(),
        }
        made = defaults | given
        return training.plan(world.contract, title=title, by=clerk, at=at, **made)

    said: dict[str, Any] = {"by": leader, "at": begun}
    plan("待审", at=now(), due=dues[0])
    training.send_back(plan("退回"), note="没有考试", **said)
    training.cancel(plan("已取消"), note="讲师有事", by=clerk, at=begun)
    for title, due in (
        ("待办", None),
        ("已办待审", None),
        ("已认可", dues[1]),
        ("重办", dues[2]),
    ):
        made = plan(title, due=due)
        training.approve(made, note="同意", **said)
        if title != "待办":
            _hold(made, people, clerk)
    held = {one.title: one for one in Training.objects.of(world.contract)}
    said["at"] = now()
    training.accept(held["已认可"], note="", **said)
    failed = held["重办"]
    training.hold_again(failed, note="半数未到", again_on=localdate() + 9 * DAY, **said)
    plan("重办计划", at=now(), repeats=failed, due=dues[2])


def _hold(made: Training, people: list[Person], by: Any) -> None:
    scores = (Decimal("90.5"), Decimal(55), None)
    training.submit_result(
        made,
        attended=[
            Attended(person, score is not None, score)
            for person, score in zip(people, scores, strict=True)
        ],
        result="二人到场，一人合格",
        materials=[scan("slides.pdf"), scan("signed-in.pdf")],
        token=uuid4(),
        by=by,
        at=now() - DAY,
    )


def places_of_papers(world: World) -> list[Place]:
    """Return each page of papers and trainings, for those who see it differently."""
    manager, supervisor, clerk = Role.MANAGER, Role.SUPERVISOR, Role.CLERK
    of_contract = Person.objects.of(world.contract)
    person = of_contract.filter(insurance__isnull=False).first()
    bare = of_contract.filter(insurance=None, begins_on__isnull=False).first()
    papers, plans = world.url("staffing:declarations"), world.url("staffing:trainings")
    every = {one.title: one for one in Training.objects.of(world.contract)}
    assert person
    assert bare
    return [
        *(
            Place(
                "staffing:agreements", f"{world.url('staffing:agreements')}{query}", who
            )
            for query in ("", "?show=all")
            for who in (manager, supervisor)
        ),
        Place("staffing:agreement-new", world.url("staffing:agreement-new"), manager),
        Place(
            "staffing:agreement-file",
            world.url("staffing:agreement-file", person.pk),
            manager,
        ),
        *(
            Place("staffing:declarations", f"{papers}{query}", who)
            for query in ("", "?show=owing", "?show=labour")
            for who in (manager, supervisor)
        ),
        Place(
            "staffing:declaration-new", world.url("staffing:declaration-new"), manager
        ),
        *(
            Place("staffing:labour", world.url("staffing:labour", one.pk), manager)
            for one in (person, bare)
        ),
        *(
            Place("staffing:trainings", f"{plans}{query}", who)
            for query in ("", f"?status={TrainingStatus.HELD}", "?q=nothing-like-it")
            for who in (clerk, supervisor, Role.AGENT)
        ),
        Place("staffing:training-new", world.url("staffing:training-new"), clerk),
        *(
            Place("staffing:training", every[title].get_absolute_url(), who)
            for title in TITLES
            for who in (clerk, supervisor)
        ),
        Place("staffing:training", every["已认可"].get_absolute_url(), Role.AGENT),
        Place(
            "staffing:training-plan",
            world.url("staffing:training-plan", every["退回"].pk),
            clerk,
        ),
        Place(
            "staffing:training-result",
            world.url("staffing:training-result", every["待办"].pk),
            clerk,
        ),
    ]
