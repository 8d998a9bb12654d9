"""The team, the roster, the desk, its cover and its handovers on the pages of the world."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.rules.calendar import BEIJING
from staffing.actions import duty, handovers, people, posts, rosters
from staffing.actions.breaches import find_gaps
from staffing.models import Handover, Pattern, Person, PersonStatus, Post, Shift
from tests.staffing.plans import make_cleared
from tests.stage import Place, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NUMBERS = ("999999199003070012", "999999199003070020")


def add_roster(world: World) -> None:
    """Make a team, a month that holds with a draft beside it, and a night handed over."""
    contract, at = world.contract, now()
    manager, supervisor = world.people[Role.MANAGER], world.people[Role.SUPERVISOR]
    posts.set_up(contract, by=supervisor, at=at)
    post = Post.objects.get(contract=contract, role=Role.AGENT)
    mine = make_cleared(contract, post=post, user=world.people[Role.AGENT], name="吴某")
    other = make_cleared(contract, post=post, user=None, name="郑某")
    for number, name in zip(NUMBERS, ("冯某", "陈某"), strict=True):
        people.propose(
            contract,
            name=name,
            post=post,
            number=number,
            qualification="热线工作一年",
            paper=None,
            token=uuid4(),
            by=manager,
            at=at,
        )
    refused = Person.objects.get(contract=contract, name="陈某")
    people.refuse(refused, note="资格不符", by=supervisor, at=at)
    _plan(world, [mine, other], at)
    _man(world, mine, other, at)


def _plan(world: World, team: list[Person], at: datetime) -> None:
    contract, manager = world.contract, world.people[Role.MANAGER]
    month = localdate(at).replace(day=1)
    for publish in (True, False):
        roster = rosters.draft(
            contract, month, token=uuid4(), by=manager, at=at - 20 * DAY
        )
        if publish:
            first = max(month, contract.starts_on)
            cells = {
                (person.pk, first + n * DAY): letter
                for person, letter in zip(team, "早中", strict=True)
                for n in range(28)
                if (first + n * DAY).month == month.month
            }
            rosters.fill(roster, cells, by=manager, at=at - 20 * DAY)
            rosters.publish(
                roster, reason="夜间由值班电话承接", by=manager, at=at - 20 * DAY
            )
    draft = Shift.objects.of(contract).filter(roster=roster).first()
    if draft is not None:
        Shift.objects.filter(pk=draft.pk).update(pattern=None, note="临时支援")


def _man(world: World, mine: Person, other: Person, at: datetime) -> None:
    contract, manager = world.contract, world.people[Role.MANAGER]
    agent = world.people[Role.AGENT]
    duty.sign_on(contract, token=uuid4(), by=agent, at=at - 2 * HOUR)
    yesterday = datetime.combine(localdate(at) - DAY, time(8), tzinfo=BEIJING)
    for hour in (0, 8):
        duty.claim(
            other,
            post=other.post,
            on_at=yesterday + hour * HOUR,
            off_at=yesterday + (hour + 4) * HOUR,
            reason="纸质签到",
            token=uuid4(),
            by=manager,
            at=at,
        )
    find_gaps(contract, [localdate(at) - 2 * DAY], at=at)
    other.user = world.people[Role.CLERK]
    other.save()
    for text in ("待回电两件", "无"):
        handovers.hand_over(
            contract,
            taker=other,
            matters=[
                {"number": "1", "title": "漏水", "status": "办理中", "due_at": "今日"}
            ],
            open_orders=3,
            unfinished=text,
            instructions="",
            equipment="耳机一副",
            token=uuid4(),
            by=agent,
            at=at,
        )
    first = Handover.objects.of(contract).order_by("pk").first()
    assert first is not None
    handovers.take_over(first, remark="已核对", by=world.people[Role.CLERK], at=at)


def places_of_roster(world: World) -> list[Place]:
    """Return the pages of the roster, each in the states that it has."""
    contract = world.contract
    manager, supervisor, agent = Role.MANAGER, Role.SUPERVISOR, Role.AGENT

    def place(name: str, who: str, *args: Any, query: str = "") -> Place:
        return Place(
            f"staffing:{name}", world.url(f"staffing:{name}", *args) + query, who
        )

    post = Post.objects.of(contract).get(role=Role.AGENT)
    pattern = Pattern.objects.of(contract).in_use()[0]
    yesterday = localdate(now()) - DAY
    return [
        place("desk", agent),
        place("desk", manager),
        place("desk", supervisor),
        place("claim", manager),
        place("handovers", agent),
        *(
            place("handover", who, sheet.pk)
            for sheet in Handover.objects.of(contract)
            for who in (Role.CLERK, supervisor)
        ),
        Place("reports:hand-over", world.url("reports:hand-over"), agent),
        place("roster", manager),
        place("roster", manager, query="?show=holding&week=2"),
        place("roster", agent),
        place("rotation", manager),
        place("shift", manager),
        place("roster-import", manager),
        place("coverage", supervisor),
        place("day", supervisor),
        place("day", manager, query=f"?day={yesterday}"),
        place("day", agent, query=f"?day={yesterday - DAY}"),
        place("people", manager),
        place("people", supervisor, query="?gone=yes"),
        place("person-new", manager),
        *(
            place("person", who, person.pk)
            for status in (
                PersonStatus.PROPOSED,
                PersonStatus.APPROVED,
                PersonStatus.REFUSED,
            )
            for person in Person.objects.of(contract).filter(status=status)[:1]
            for who in (manager, supervisor)
        ),
        place("posts", agent),
        place("posts", manager),
        place("minimums", supervisor, post.pk),
        place("terms", supervisor),
        place("pattern-new", manager),
        place("pattern", manager, pattern.pk),
    ]
