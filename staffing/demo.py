"""A team for the demo: files, a roster for two months, and how the desk was manned."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils.timezone import localdate

from accounts.models import User
from accounts.roles import PARTY_B, Role
from contracts.models import Contract
from contracts.rules.calendar import BEIJING, ONE_DAY

from .actions import agreements, people, posts, rosters
from .actions.watch import find_late_gaps
from .models import Person, Post, Shift, Stint
from .rules.identity import is_identity
from .rules.months import month_after, month_before, month_of

#: Agents without an account of their own: somebody has to man the nights.
AGENTS = ("王五", "赵六", "孙七", "周八")
CYCLE = ("早", "早", "中", "中", "", "夜", "夜", "")
STAGGER = 2
OFFICE = "行"
#: Every so many shifts somebody comes a quarter of an hour late.
LATE, QUARTER = 41, timedelta(minutes=15)

Users = Mapping[str, User]


def staff(contract: Contract, users: Users, paper: Any, *, at: datetime) -> None:
    """Give the demo a team that is cleared for duty; `paper` makes a file of a name."""
    manager, supervisor = users[Role.MANAGER], users[Role.SUPERVISOR]
    begun = _moment(contract.effective_on)
    posts.set_up(contract, by=supervisor, at=begun)
    text = agreements.submit_text(
        contract,
        document=paper("保密协议文本.pdf"),
        changed="",
        token=uuid4(),
        by=manager,
        at=begun,
    )
    agreements.approve_text(
        text, sign_by=contract.starts_on, note="", by=supervisor, at=begun
    )
    roles = [role for role in Role if role in PARTY_B]
    files: list[tuple[Role, str, User | None]] = [
        (role, users[role].name, users[role]) for role in roles
    ]
    files += [(Role.AGENT, name, None) for name in AGENTS]
    for number, (role, name, user) in enumerate(files, start=1):
        person = _propose(contract, role, name, number=number, users=users)
        agreements.file_agreement(
            person,
            text=text,
            signed_on=contract.effective_on,
            document=paper(f"保密协议-{number}.pdf"),
            by=manager,
            at=begun,
        )
        people.begin(
            person, begins_on=contract.starts_on, user=user, by=manager, at=begun
        )


def _propose(
    contract: Contract, role: Role, name: str, *, number: int, users: Users
) -> Person:
    at = _moment(contract.effective_on)
    person = people.propose(
        contract,
        name=name,
        post=Post.objects.get(contract=contract, role=role),
        number=_number(number),
        qualification="热线工作一年以上",
        paper=None,
        token=uuid4(),
        by=users[Role.MANAGER],
        at=at,
    )
    people.approve(person, note="同意上岗", by=users[Role.SUPERVISOR], at=at)
    return person


def _number(serial: int) -> str:
    """Return a number of no region: whom it names does not exist."""
    body = f"99999919900101{serial:03}"
    return next(body + end for end in "0123456789X" if is_identity(body + end))


def man(contract: Contract, users: Users, *, at: datetime) -> None:
    """Plan last month and this one, and let people come as they were planned to."""
    today = min(localdate(at), contract.term.last_on)
    this = month_of(today)
    for month in (month_before(this), this):
        if month_after(month) > contract.starts_on:
            _plan(contract, users, month)
    worked = Shift.objects.of(contract).holding().filter(starts_at__lt=at)
    Stint.objects.bulk_create(
        _stint(shift, late=number % LATE == 0, users=users, at=at)
        for number, shift in enumerate(worked, start=1)
    )
    find_late_gaps(contract, at=at)


def _plan(contract: Contract, users: Users, month: date) -> None:
    manager = users[Role.MANAGER]
    planned_at = _moment(max(month, contract.effective_on) - 5 * ONE_DAY)
    first = max(month, contract.starts_on)
    roster = rosters.draft(contract, month, token=uuid4(), by=manager, at=planned_at)
    team = Person.objects.of(contract).select_related("post").order_by("pk")
    agents = [one for one in team if one.post.role == Role.AGENT][-len(AGENTS) :]
    others = [one for one in team if one not in agents]
    last = month_after(month) - ONE_DAY
    days = (first - contract.starts_on).days
    rosters.generate(
        roster,
        people=agents,
        cycle=CYCLE,
        stagger=STAGGER,
        begin=days % len(CYCLE),
        first=first,
        last=last,
        by=manager,
        at=planned_at,
    )
    rosters.fill(
        roster,
        {
            (one.pk, day): OFFICE
            for one in others
            for day in (first + n * ONE_DAY for n in range((last - first).days + 1))
            if day.weekday() < 5  # noqa: PLR2004 - Monday to Friday
        },
        by=manager,
        at=planned_at,
    )
    rosters.publish(roster, reason="演示数据", by=manager, at=planned_at)


def _stint(shift: Shift, *, late: bool, users: Users, at: datetime) -> Stint:
    """Return how somebody came to their shift: as planned, or a quarter of an hour late."""
    on_at = shift.starts_at + (QUARTER if late else timedelta())
    ends_at = shift.ends_at
    over = ends_at <= at
    return Stint(
        contract_id=shift.contract_id,
        person_id=shift.person_id,
        post_id=shift.post_id,
        shift=shift,
        on_at=on_at,
        on_told_at=on_at,
        on_told_by=users[Role.MANAGER],
        off_at=ends_at if over else None,
        off_told_at=ends_at if over else None,
        off_told_by=users[Role.MANAGER] if over else None,
    )


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=BEIJING)
