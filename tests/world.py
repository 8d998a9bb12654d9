"""A contract with something on every page, and the way to each of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions as accounts
from accounts.models import User
from accounts.roles import Duty, Role
from cases import actions as cases
from cases.models import Batch, BatchStatus, Case, CaseStatus, EntryKind
from contracts.actions.membership import change_role, grant_role
from contracts.models import Contact, Contract, Membership, Reading, Side
from contracts.tasks import seal
from reports import actions as reports
from reports import daily
from reports.models import Issue, IssueStatus, Kind, Schedule
from reports.scope import scope_of
from tests.factories import (
    make_batch,
    make_case,
    make_clause,
    make_community,
    make_contract,
    make_period,
    make_stage,
    make_unit,
    make_user,
    make_year,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

#: What no page shows of a caller, but to those who ask for it and say why.
NAME, PHONE, ADDRESS = "欧阳不留名", "13800000042", "某街九号院四单元"


@dataclass(frozen=True)
class World:
    """What pages show, and somebody of every role and every duty to look at it."""

    contract: Contract
    people: dict[str, User]
    cases: dict[str, Case]
    batches: dict[str, Batch]
    issues: dict[str, Issue]
    somebody: User

    @property
    def received(self) -> Case:
        return self.cases[CaseStatus.RECEIVED]

    def client(self, who: str = Role.MANAGER) -> Client:
        """Return a client that one of `people` has signed in with; nobody for ""."""
        client = Client()
        if who:
            client.force_login(self.people[who])
        return client

    def url(self, name: str, *args: Any) -> str:
        """Return the address of a page of the contract."""
        return reverse(name, args=[self.contract.number, *args])


def make_world() -> World:
    """Make a contract that has run for a month, as of now: views read the clock."""
    at = now()
    contract = make_running_contract(at)
    people = make_people(contract)
    world = World(
        contract,
        people,
        _make_cases(contract, people, at),
        _make_batches(contract, people[Role.CLERK], at),
        _make_issues(contract, people[Role.CLERK], at),
        _make_somebody(contract, people, at),
    )
    seal()
    return world


def make_running_contract(at: datetime) -> Contract:
    """Make a contract whose term, period and calendar hold the day of `at`."""
    today = localdate(at)
    starts_on, ends_before = today - 30 * DAY, today + 335 * DAY
    contract = make_contract(
        signed_on=starts_on - 10 * DAY,
        effective_on=starts_on - 10 * DAY,
        starts_on=starts_on,
        ends_before=ends_before,
    )
    for year in range(starts_on.year - 1, ends_before.year + 2):
        make_year(year, provisional=year > today.year, m01_01="元旦")
    for number in range(3):
        make_period(
            contract,
            number=number + 1,
            label=f"第{number + 1}期",
            starts_on=starts_on + 20 * number * DAY,
            ends_before=starts_on + 20 * (number + 1) * DAY,
        )
    for side in Side:
        Contact.objects.create(
            contract=contract, side=side, address="某街1号", holds_from=starts_on
        )
    _make_clauses(contract, today)
    Reading.objects.create(
        contract=contract, key="daily_cut", value="noon", adopted_on=starts_on
    )
    return contract


def _make_clauses(contract: Contract, today: date) -> None:
    heading = make_clause(contract, kind="heading", ref="第五条", title="付款")
    clause = make_clause(
        contract, parent=heading, depth=1, kind="duty_of_a", summary="甲方按期付款。"
    )
    make_clause(contract, parent=clause, depth=2, kind="duty_of_b", rules=["R1"])
    for number in (1, 2):
        make_stage(
            contract,
            1_163_820,
            number=number,
            clause=clause,
            opens_on=today + 60 * number * DAY,
            target_on=today + 80 * number * DAY,
        )


#: People besides those who have a role, or a duty, and no more to say about them.
NEWCOMER, DEPUTY = "without a role", "with roles on two contracts"
STARTER, UNVERIFIED = "with a start password", "with a code to show"


def make_people(contract: Contract) -> dict[str, User]:
    """Make somebody for each role and each duty; demo accounts need no code."""
    roles: dict[str, User] = {
        role: make_user(contract, role, demo=True) for role in Role
    }
    duties: dict[str, User] = {duty: make_user(duty=duty, demo=True) for duty in Duty}
    deputy, unverified = make_user(contract), make_user(contract)
    Membership.objects.create(
        contract=make_contract(), user=deputy, role=Role.SUPERVISOR
    )
    TOTPDevice.objects.create(user=unverified, name="TOTP")
    return {
        **roles,
        **duties,
        NEWCOMER: make_user(),
        DEPUTY: deputy,
        STARTER: make_user(contract, must_change_password=True),
        UNVERIFIED: unverified,
    }


# --- Orders ------------------------------------------------------------------------------


def make_open_case(contract: Contract, at: datetime, **given: Any) -> Case:
    """Make an order that came in two days ago, with the caller's number everywhere."""
    words = f"路灯不亮，请回电{PHONE}。"
    defaults = {
        "counted_at": at - 2 * DAY,
        "received_at": at - 2 * DAY,
        "dispatched_at": at - 2 * DAY,
        "called_at": at - 2 * DAY - HOUR,
        "due_at": at + 5 * DAY,
        "caller": {"name": NAME, "phone": PHONE, "address": ADDRESS},
        "title": words,
        "content": words,
        "result": words,
        "reply": words,
        "spot": words,
        "company": words,
        "extra": {"备注": words},
        "tags": ["照明"],
    }
    return make_case(contract, **defaults | given)


def _make_cases(
    contract: Contract, people: dict[str, User], at: datetime
) -> dict[str, Case]:
    """Make an order in every status that steps lead to, urgent, late and urged ones."""
    unit, community = make_unit(contract), make_community(contract)
    found: dict[str, Case] = {}
    for number, status in enumerate(REACHED):
        case = make_open_case(contract, at, unit=unit, community=community)
        for step in STEPS[:number]:
            step(case, people, at - DAY + number * HOUR)
        found[status] = case
    late = {"due_at": at - DAY, "urgency": "urgent"}
    found["late"] = make_open_case(contract, at, unit=unit, **late)
    by = people[Role.AGENT]
    words = f"请尽快联系{PHONE}"
    cases.urge(found["late"], text=words, token=uuid4(), by=by, at=at - HOUR)
    wrong = found[CaseStatus.SIGNED].entries.get(kind=EntryKind.SIGNED)
    cases.correct(wrong, text=words, token=uuid4(), by=people[Role.CLERK], at=at - HOUR)
    return found


Step = Callable[[Case, dict[str, User], datetime], None]
REACHED = (
    CaseStatus.RECEIVED,
    CaseStatus.SIGNED,
    CaseStatus.TRANSFERRED,
    CaseStatus.HANDLING,
    CaseStatus.REPLIED,
    CaseStatus.REVIEWED,
    CaseStatus.CLOSED,
)


def _sign(case: Case, people: dict[str, User], at: datetime) -> None:
    cases.sign(case, token=uuid4(), by=people[Role.AGENT], at=at)


def _transfer(case: Case, people: dict[str, User], at: datetime) -> None:
    to = {"unit": case.unit, "inner_due_at": at + 3 * DAY, "note": f"来电人{PHONE}"}
    cases.transfer(case, **to, token=uuid4(), by=people[Role.AGENT], at=at)  # type: ignore[arg-type]


def _accept(case: Case, people: dict[str, User], at: datetime) -> None:
    by = people[Role.AGENT]
    cases.accept(case, happened_at=at - HOUR, token=uuid4(), by=by, at=at)


def _reply(case: Case, people: dict[str, User], at: datetime) -> None:
    cases.reply(
        case,
        result=f"已修复，已告知{PHONE}",
        reply=f"已告知{PHONE}",
        contacted=True,
        solved=True,
        happened_at=at,
        token=uuid4(),
        by=people[Role.AGENT],
        at=at,
    )


def _review(case: Case, people: dict[str, User], at: datetime) -> None:
    by = people[Role.CLOSER]
    cases.review(case, passed=True, note="", token=uuid4(), by=by, at=at)


def _close(case: Case, people: dict[str, User], at: datetime) -> None:
    by = people[Role.CLOSER]
    cases.close(case, happened_at=at, note="", token=uuid4(), by=by, at=at)


STEPS: tuple[Step, ...] = (_sign, _transfer, _accept, _reply, _review, _close)


# --- Files and reports -------------------------------------------------------------------

HEADINGS = "工单编号,标题,主要内容,派单时间,办理时限,来电人,来电人电话/账号,网格"


def make_file(at: datetime, *, faulty: bool = False) -> "ContentFile[bytes]":
    """Make a file of two orders; of one and a faulty row, if it is to have one."""
    day = localdate(at)
    rows = [
        f"SH{day:%Y%m%d}{number:04},漏水,屋顶漏水，请回电{PHONE},{when},{day + 7 * DAY} 08:00:00,{NAME},{PHONE},07"
        for number, when in (
            (1, f"{day} 00:00:00"),
            (2, PHONE if faulty else f"{day} 00:00:01"),
        )
    ]
    return ContentFile("\n".join([HEADINGS, *rows]).encode("gb18030"), "orders.csv")


def _make_batches(contract: Contract, by: User, at: datetime) -> dict[str, Batch]:
    """Make a file in every status; the checked one has a fault in it."""
    file = make_file(at, faulty=True)
    checked = cases.receive_file(contract, file=file, token=uuid4(), by=by, at=at)
    cases.work_on(checked, at=at)
    given: dict[str, dict[str, Any]] = {
        status: {} for status in BatchStatus if status != BatchStatus.CHECKED
    }
    given[BatchStatus.REFUSED] = {"refusal": "没有表头"}
    given[BatchStatus.DONE] = {"new": 1800, "changed": 3, "finished_at": at}
    made = {
        status: make_batch(contract, by=by, status=status, uploaded_at=at, **more)
        for status, more in given.items()
    }
    return {BatchStatus.CHECKED: checked, **made}


def make_schedule(contract: Contract, at: datetime) -> Schedule:
    return Schedule.objects.create(
        contract=contract,
        kind=Kind.DAILY,
        issue_time=time(12, 10),
        due_time=time(14),
        owed_since=localdate(at),
    )


def _make_issues(contract: Contract, by: User, at: datetime) -> dict[str, Issue]:
    """Make a report that is issued in two versions, one that is owed, one that failed."""
    make_schedule(contract, at)
    today = localdate(at)
    for version in (1, 2):
        issued = make_issue(contract, today - DAY, by=by, at=at, version=version)
    owed = reports.ask(contract, today, by=by, at=at)
    failed = reports.ask(contract, today - 2 * DAY, by=by, at=at)
    failed.move(IssueStatus.FAILED, by=None, at=at)
    return {"issued": issued, "owed": owed, "failed": failed}


def make_issue(
    contract: Contract, day: date, *, by: User, at: datetime, version: int = 1
) -> Issue:
    """Make an issued report, in a blink: its paper is blank."""
    scope = scope_of(contract, day, at=at)
    document = daily.build(scope, version=version)
    return Issue.objects.create(
        contract=contract,
        kind=Kind.DAILY,
        version=version,
        number=document.number,
        day=day,
        starts_at=scope.hours.starts_at,
        ends_at=scope.hours.ends_at,
        due_at=at - HOUR,
        status=IssueStatus.ISSUED,
        asked_at=at,
        asked_by=by,
        issued_at=at,
        cut_at=at,
        content=document.to_json(),
        digest=document.digest(),
        xlsx=ContentFile(b"PK", f"{version}.xlsx"),
        pdf=ContentFile(b"%PDF", f"{version}.pdf"),
    )


# --- People ------------------------------------------------------------------------------


def _make_somebody(contract: Contract, people: dict[str, User], at: datetime) -> User:
    """Make a person to whom things have happened, so that the logs say something."""
    system, security = people[Duty.SYSTEM], people[Duty.SECURITY]
    person, _password = accounts.create_person(
        username="somebody", name="李四", by=system, at=at
    )
    person.must_change_password = False
    person.save()
    given = grant_role(contract, person, Role.AGENT, note="入职", by=security, at=at)
    change_role(given, Role.CLERK, note="转岗", by=security, at=at)
    return person


# --- The pages ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A page, by its URL's name, and a role or duty that opens it; "" for anybody."""

    name: str
    url: str
    who: str = ""

    def __str__(self) -> str:
        return f"{self.who or 'anybody'} at {self.url}"


def places(world: World) -> list[Place]:
    """Return every page there is, in each of the states that it has."""
    return [
        Place("accounts:sign-in", reverse("accounts:sign-in")),
        *_places_of_contract(world),
        *_own_places(),
        *_administrators_places(world),
    ]


def _places_of_contract(world: World) -> list[Place]:
    manager, supervisor = Role.MANAGER, Role.SUPERVISOR
    case, issued = world.received, world.issues["issued"]
    entry = case.entries.get()
    day = localdate() - DAY
    listing = world.url("cases:list")
    contract = world.url("contracts:contract")
    home = world.url("reports:home")
    return [
        *(Place("reports:home", home, who) for who in (manager, *HOMES)),
        *(
            Place("cases:list", f"{listing}{query}", manager)
            for query in ("", FILTERED, "?q=nothing-like-it")
        ),
        *(
            Place("cases:case", world.url("cases:case", one.pk), manager)
            for one in map(world.cases.__getitem__, SHOWN)
        ),
        Place("cases:case", world.url("cases:case", case.pk), supervisor),
        Place(
            "cases:correction",
            world.url("cases:correction", case.pk, entry.pk),
            Role.CLERK,
        ),
        Place("cases:import", world.url("cases:import"), Role.CLERK),
        *(
            Place("cases:batch", world.url("cases:batch", one.pk), Role.CLERK)
            for one in world.batches.values()
        ),
        Place("reports:issues", world.url("reports:issues"), supervisor),
        Place("reports:preview", f"{world.url('reports:preview')}?day={day}", manager),
        *(
            Place("reports:issue", world.url("reports:issue", one.pk), manager)
            for one in (issued, world.issues["owed"], world.issues["failed"])
        ),
        Place("reports:schedule", world.url("reports:schedule"), supervisor),
        Place("contracts:contract", contract, supervisor),
        Place("contracts:contract", f"{contract}?clauses=open", Role.HANDLER),
        Place("contracts:ledger", world.url("contracts:ledger"), supervisor),
    ]


#: Orders that look different: each has forms, badges or lines that no other one has.
SHOWN = ("received", "signed", "transferred", "handling", "replied", "closed", "late")
#: Who has a home page of another shape than the manager's.
HOMES = (Role.AGENT, Role.SUPERVISOR, Role.APPROVER, Role.UNIT)
FILTERED = (
    "?status=received&status=signed&open=yes&solved=no&sort=due_at&since=2026-01-01"
)


def _own_places() -> list[Place]:
    mine = ("accounts:sessions", "accounts:password", "accounts:second-factor")
    check, password = "accounts:second-factor-check", "accounts:password"
    return [
        *(Place(name, reverse(name), Role.AGENT) for name in mine),
        *(Place("home", reverse("home"), who) for who in (NEWCOMER, DEPUTY)),
        Place(check, reverse(check), UNVERIFIED),
        Place(password, reverse(password), STARTER),
    ]


def _administrators_places(world: World) -> list[Place]:
    system, security, audit = Duty
    person = world.somebody
    member = person.memberships.get().pk
    people = [
        ("accounts:people", []),
        ("accounts:new-person", []),
        ("accounts:person", [person.pk]),
        ("accounts:act", [person.pk, "suspend"]),
    ]
    roles = [
        ("memberships:list", []),
        ("memberships:grant", []),
        ("memberships:membership", [member]),
        ("memberships:change", [member]),
        ("memberships:revoke", [member]),
    ]
    logs: list[tuple[str, list[Any]]] = [
        ("accounts:log", []),
        ("accounts:account-changes", []),
    ]
    of_each: list[tuple[str, Any]] = [
        (system, people),
        (security, roles),
        (audit, logs),
    ]
    return [
        Place(name, reverse(name, args=args), who)
        for who, names in of_each
        for name, args in names
    ]
