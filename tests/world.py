"""A contract with something on every page, and the way to each of them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import xlsxwriter
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.timezone import localdate, now
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions as accounts
from accounts.models import User
from accounts.roles import MAY, Duty, Role
from billing import actions as billing
from cases import actions as cases
from cases.actions import (
    desk,
    exports,
    ledger_templates,
    merges,
    permits,
    rechecks,
)
from cases.actions.callbacks import call_back
from cases.models import (
    ApplicationKind,
    Batch,
    BatchStatus,
    Case,
    CaseStatus,
    Category,
    Draw,
    EntryKind,
    Export,
    ExportStatus,
    LedgerTemplate,
    Merge,
    Permit,
    Recheck,
    SavedView,
    TermKind,
    Unit,
    UrgingLevel,
)
from cases.steps import ANSWERS
from cases.steps import STEPS as ALL_STEPS
from contracts.actions import (
    calendar_proposals,
    contacts,
    documents,
    feeds,
    handover,
    notices,
    proposals,
    readings,
)
from contracts.actions import property as property_
from contracts.actions.membership import change_role, grant_role
from contracts.actions.recompute import fingerprint
from contracts.models import (
    AcceptanceItem,
    Contact,
    Contract,
    Due,
    DueMove,
    Membership,
    PackageStatus,
    Reading,
    Side,
)
from contracts.rules.readings import BY_KEY
from contracts.rules.service import Delivery, Route
from contracts.tasks import seal
from kpi.models import Verdict
from reports import actions as reports
from reports import daily
from reports.models import Issue, IssueStatus, Kind, Schedule
from reports.scope import scope_of
from tests.factories import (
    make_acceptance,
    make_asset,
    make_batch,
    make_callout,
    make_case,
    make_change,
    make_clause,
    make_community,
    make_contract,
    make_damage,
    make_document,
    make_due,
    make_extra,
    make_force_majeure,
    make_hold,
    make_message,
    make_notice,
    make_obligation,
    make_package,
    make_period,
    make_stage,
    make_termination,
    make_unit,
    make_user,
    make_verdict,
    make_volume,
    make_year,
)
from tests.staffing.places_departures import add_departures, places_of_departures
from tests.staffing.places_papers import add_papers, places_of_papers
from tests.staffing.places_roster import add_roster, places_of_roster
from tests.stage import Place, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

#: What no page shows of a caller, but to those who ask for it and say why.
NAME, PHONE, ADDRESS = "欧阳不留名", "13800000042", "某街九号院四单元"


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
    _make_messages(contract, people[Role.AGENT], at)
    _make_exports(contract, people, at)
    _make_end(contract, people, at)
    _make_dues(contract, people, at)
    _make_papers(contract, people, at)
    _make_property(contract, people, at)
    _make_matters(contract, people, at)
    _make_proposals(contract, people, at)
    seal()
    return world


def make_whole_world() -> World:
    """The same, with the team and its roster: what `places` leads to."""
    world = make_world()
    add_roster(world)
    add_papers(world)
    add_departures(world)
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
    for role, shared in ((Role.MANAGER, False), (Role.SUPERVISOR, True)):
        SavedView.objects.create(
            contract=contract,
            owner=people[role],
            name=f"{role}'s",
            shared=shared,
            query="open=yes",
            columns=["number", "title", "left"],
            made_at=at,
        )
    by = people[Role.AGENT]
    words = f"请尽快联系{PHONE}"
    cases.urge(found["late"], text=words, token=uuid4(), by=by, at=at - HOUR)
    _set_up_desk(contract, people, unit, at)
    _make_quality(contract, people, at)
    _make_alarms(people, found, at)
    found |= _make_applications(contract, people, unit, at)
    wrong = found[CaseStatus.SIGNED].entries.get(kind=EntryKind.SIGNED)
    cases.correct(wrong, text=words, token=uuid4(), by=people[Role.CLERK], at=at - HOUR)
    return found


def _make_applications(
    contract: Contract, people: dict[str, User], unit: Unit, at: datetime
) -> dict[str, Case]:
    """Make an order with an application in each state, and one to be archived."""
    closed = {"status": CaseStatus.CLOSED, "closed_at": at - 3 * HOUR}
    made = {
        "returning": make_open_case(contract, at, unit=unit, status=CaseStatus.SIGNED),
        "excluding": make_open_case(contract, at, unit=unit, **closed),
        "extending": make_open_case(
            contract, at, unit=unit, status=CaseStatus.HANDLING
        ),
        CaseStatus.CALLED_BACK: make_open_case(
            contract, at, unit=unit, **closed | {"status": CaseStatus.CALLED_BACK}
        ),
    }
    for name, kind in (
        ("returning", ApplicationKind.RETURN),
        ("excluding", ApplicationKind.EXCLUSION),
        ("extending", ApplicationKind.EXTENSION),
    ):
        cases.ask(
            made[name],
            kind=kind,
            reason="属地不符",
            text=f"详情见附件，联系{PHONE}",
            until=at + 8 * DAY,
            token=uuid4(),
            by=people[Role.AGENT],
            at=at - HOUR,
        )
    said: dict[str, Any] = {"agreed": True, "note": "", "at": at - HOUR}
    for name in ("excluding", "extending"):
        asked = made[name].applications.get()
        cases.endorse(asked, **said, token=uuid4(), by=people[Role.MANAGER])
    cases.approve(
        made["extending"].applications.get(),
        **said,
        token=uuid4(),
        by=people[Role.SUPERVISOR],
    )
    return made


def _make_alarms(people: dict[str, User], found: dict[str, Case], at: datetime) -> None:
    """Make an alarm that rings and one that is tracked; a supervision that is received."""
    agent, supervisor = people[Role.AGENT], people[Role.SUPERVISOR]
    told = {"said": f"来电人{PHONE}", "told": "社区书记"}
    rings, tracked = found["late"], found[CaseStatus.HANDLING]
    for case in (rings, tracked):
        given: dict[str, Any] = {"cause": f"老人被困{PHONE}", **told, "by": agent}
        cases.alarm(case, **given, token=uuid4(), at=at - HOUR)
    cases.acknowledge(tracked.alarms.get(), by=agent, at=at)
    done: dict[str, Any] = {"text": "已到场", "happened_at": at, "by": agent}
    cases.follow_up(tracked, **done, token=uuid4(), at=at)
    cases.supervise(
        tracked,
        level=UrgingLevel.LEADER,
        leader="分管领导",
        text=f"限期办结，联系{PHONE}",
        answer_by=at + DAY,
        token=uuid4(),
        by=supervisor,
        at=at - HOUR,
    )
    cases.receive(tracked.urgings.get(), by=agent, at=at)


def _make_quality(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make callbacks, a sample and what was found in it, repeats, and merges."""
    clerk, manager = people[Role.CLERK], people[Role.MANAGER]
    make_clause(contract, ref=rechecks.GROUND)
    light = Category.objects.create(
        contract=contract, name="城市管理->照明", sort_key="chengshi", first="城市管理"
    )
    group: dict[str, Any] = {"category": light, "unit": make_unit(contract)}
    done = {"status": CaseStatus.CLOSED, "closed_at": at - 3 * HOUR}
    finished, open_ = (
        [
            make_open_case(
                contract,
                at,
                caller={"name": NAME, "phone": PHONE, "phone_hash": f"{n}".encode()},
                **group,
                **status,
            )
            for n in range(3)
        ]
        for status in (done, {"status": CaseStatus.SIGNED})
    )
    unhappy: dict[str, Any] = {
        "valid": True,
        "contacted": True,
        "solved": False,
        "satisfaction": "dissatisfied",
        "contact_cause": "",
        "solution_cause": "缺少资金",
        "satisfaction_cause": "其他",
        "text": f"请回电{PHONE}",
        "happened_at": at - 2 * HOUR,
    }
    for case in finished[:2]:
        call_back(case, **unhappy, token=uuid4(), by=clerk, at=at - HOUR)
    drawn = rechecks.draw(
        contract,
        since=at - DAY,
        until=at - HOUR,
        size=3,
        seed=7,
        quota="unit",
        token=uuid4(),
        by=people[Role.SUPERVISOR],
        at=at - HOUR,
    )
    found = {"note": f"漏答，{PHONE}", "by": manager, "at": at}
    first, second = drawn.rechecks.filter(case__in=finished)[:2]
    rechecks.judge(first, error="答非所问或漏项", **found)  # type: ignore[arg-type]
    rechecks.judge(second, error="", **found)  # type: ignore[arg-type]
    parent, *children = open_
    told = {"reason": f"同一盏灯{PHONE}", "by": manager, "at": at}
    merged = [
        merges.merge(child, into=parent, **told, token=uuid4())  # type: ignore[arg-type]
        for child in children
    ]
    merges.part(merged[0], **told)  # type: ignore[arg-type]


def _set_up_desk(
    contract: Contract, people: dict[str, User], unit: Unit, at: datetime
) -> None:
    """Let somebody speak for the unit, and change a list in each of the ways there are."""
    given: dict[str, Any] = {"by": people[Role.MANAGER], "at": at}
    desk.add_member(unit, user=people[Role.UNIT], **given)
    reasons = contract, TermKind.RETURN_REASON
    desk.add_term(*reasons, text="跨区事项", **given)
    desk.move_term(*reasons, term="跨区事项", to=0, **given)
    desk.rename_term(*reasons, term="跨区事项", text="跨区", **given)
    desk.stop_term(*reasons, term="其他", **given)


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


# --- The ledger as a file ------------------------------------------------------------------

FORMAT = ("{{序号}}", "{{工单编号}}", "{{来电人}}", "{{来电人电话/账号}}", "{{标题}}")


def make_format() -> "ContentFile[bytes]":
    """Make a workbook that asks for a few columns below a title."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_string(0, 0, "台账（{{期间}}）")
        for column, asked in enumerate(FORMAT):
            sheet.write_string(1, column, asked)
    return ContentFile(file.getvalue(), "format.xlsx")


def _make_exports(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make a permit asked for, one granted, and an export in every status."""
    clerk, leader = people[Role.CLERK], people[Role.LEADER]
    template = ledger_templates.put(
        contract, name="月台账", file=make_format(), token=uuid4(), by=clerk, at=at
    )
    asked: dict[str, Any] = {"purpose": "核实住址，用后三日内删除", "query": ""}
    _waits, permit = (
        permits.ask(contract, **asked, token=uuid4(), by=clerk, at=at)
        for _n in range(2)
    )
    permits.decide(
        permit, granted=True, answer="同意", valid_until=at + DAY, by=leader, at=at
    )
    for status in ExportStatus:
        export = exports.ask(
            contract,
            query="",
            columns=["number", "title", "caller_phone"],
            template=template if status == ExportStatus.MADE else None,
            permit=permit if status == ExportStatus.FAILED else None,
            token=uuid4(),
            by=clerk,
            at=at,
        )
        if status == ExportStatus.MADE:
            exports.make(export, at=at)
        elif status == ExportStatus.EXPIRED:
            exports.make(export, at=at - 9 * DAY)
            exports.expire(Export.objects.get(pk=export.pk), at=at)
        elif status != ExportStatus.OWED:
            export.move(status, by=None, at=at, failure="磁盘已满")


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
    asked = {
        "undo_asked_at": at,
        "undo_asked_by": by,
        "undo_reason": "传错文件",
        "new": 1,
        "columns": [["工单编号", "number"], ["网格", ""]],
    }
    done_by = make_user(contract)
    given: dict[str, dict[str, Any]] = {
        status: {} for status in BatchStatus if status != BatchStatus.CHECKED
    }
    given[BatchStatus.REFUSED] = {"refusal": "没有表头"}
    given[BatchStatus.DONE] = {"new": 1800, "changed": 3, "finished_at": at}
    given[BatchStatus.UNDO_ASKED] = asked
    given[BatchStatus.UNDOING] = asked | {"undone_by": done_by}
    given[BatchStatus.UNDONE] = asked | {"undone_by": done_by, "undone_at": at}
    content = make_file(at).read()
    digest = sha256(content).hexdigest()
    made = {
        str(status): make_batch(
            contract,
            by=by,
            status=status,
            uploaded_at=at,
            file=ContentFile(content, "orders.csv"),
            digest=digest,
            **more,
        )
        for status, more in given.items()
    }
    unknown, drifted = _make_questions(contract, by, at)
    made.pop(BatchStatus.ASKING).delete()
    return {BatchStatus.CHECKED: checked, **made, "unknown": unknown, "drift": drifted}


def _make_questions(contract: Contract, by: User, at: datetime) -> list[Batch]:
    """Make a file of a layout that nobody knows, and one whose layout has changed."""
    earlier = make_batch(
        contract,
        by=by,
        status=BatchStatus.DONE,
        columns=[["工单编号", "number"], ["标题", "title"], ["派单时间", "dispatched_at"],
                 ["致电号", "caller_phone"]],
    )  # fmt: skip
    texts = (
        f"流水,事情,何时来\nSH1,漏水{PHONE},{localdate(at)}",
        f"工单编号,标题,派单时间,致电号码2\nSH1,漏水,{localdate(at)} 08:00:00,{PHONE}",
    )
    made = []
    for text in texts:
        file = ContentFile(text.encode(), "orders.csv")
        one = cases.receive_file(contract, file=file, token=uuid4(), by=by, at=at)
        cases.work_on(one, at=at)
        made.append(one)
    earlier.delete()
    return made


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


# --- Open points, work calendar ---------------------------------------------------------


def _make_proposals(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make proposals that wait, one adopted that moved a due, one refused; a due to move."""
    by, leader = people[Role.SUPERVISOR], people[Role.LEADER]
    holds_from = localdate(at) + DAY
    _make_due_at_the_end(contract)
    given: dict[str, Any] = {"reason": "双方商定", "by": by, "at": at}
    adopted, *_waiting = [
        readings.propose(
            contract,
            point=BY_KEY[key],
            value=value,
            holds_from=holds_from,
            token=uuid4(),
            **given,
        )
        for key, value in (
            ("carry", "claim"),
            ("period_option", "b"),
            ("months_running", {"unit": "natural_month", "count": 2}),
        )
    ]
    seen = fingerprint(readings.preview(adopted))
    readings.adopt(adopted, seen=seen, note="同意", by=leader, at=at)
    _make_due_at_the_end(contract)
    refused, _waits = [
        calendar_proposals.propose(
            contract,
            content=f"day,is_workday,name,kind\n{year}-01-01,0,元旦,official\n",
            source="通知",
            paper=None,
            token=uuid4(),
            **given,
        )
        for year in (contract.ends_before.year + 1, contract.ends_before.year)
    ]
    proposals.refuse(refused, note="不是原文", by=leader, at=at)


def _make_due_at_the_end(contract: Contract) -> None:
    """Make a due that is counted otherwise than its rule has it."""
    rule = {"since": "end", "workdays": 3}
    clause = contract.clauses.all()[0]
    one = make_obligation(contract, clause=clause, mode="once", due_rule=rule)
    make_due(one, contract.term.last_on, label="")


# --- Property, archive, handover ---------------------------------------------------------


def _make_property(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make things in every state, a volume, a list half accepted, and packages."""
    supervisor, manager = people[Role.SUPERVISOR], people[Role.MANAGER]
    clause = contract.clauses.get(ref="第五条")
    make_clause(contract, rules=["R38"], title="移交")
    make_clause(contract, rules=["R43"], title="涉密")
    today = localdate(at)
    things = [
        make_asset(contract, clause=clause, owner=owner, issued_on=today, by=manager)
        for owner in (Side.A, Side.A, Side.B)
    ]
    property_.lose(things[1], note="搬迁后不见", side=Side.A, by=supervisor, at=at)
    harm = [make_damage(things[0], by=manager) for _outcome in range(2)]
    decision = {"note": "人为损坏", "by": supervisor, "at": at}
    property_.decide(
        harm[0],
        outcome="charged",
        amount=Decimal(100),
        top_up_on=today + 10 * DAY,
        **decision,  # type: ignore[arg-type]
    )
    volume = make_volume(contract, clause=clause, by=manager)
    volume.documents.add(make_document(contract, by=manager, title="月报"))
    handover.draw_up(contract, by=manager, at=at)
    lines = list(contract.handover_lines.all()[:3])
    for line in lines:
        handover.hand_over(line, note="已交", by=manager, at=at)
    handover.accept(lines[0], by=supervisor, at=at)
    handover.refuse(lines[1], note="缺一册", by=supervisor, at=at)
    for status in PackageStatus:
        make_package(contract, status=status, by=manager, at=at)


# --- Changes, events and acceptances -------------------------------------------------------


def _make_matters(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make one of each that is open, and one of each that looks different when it is not."""
    manager, leader = people[Role.MANAGER], people[Role.LEADER]
    stage, today = contract.stages.get(number=1), localdate(at)
    clause = stage.clause
    paper = make_document(contract, by=manager, title="盖章扫描件")
    by: dict[str, Any] = {"clause": clause, "by": manager}
    asked = {"requested_on": today - 2 * DAY, **by}
    decided = {"decided_by": leader, "decided_at": at, "decided_note": "同意"}
    told = {"consent": paper, "consented_on": today, **decided}
    change = make_change(contract, wanted_from=today, request=paper, **asked)
    make_change(
        contract,
        side=Side.A,
        status="consented",
        wanted_from=today,
        effective_on=today,
        **asked,
        **told,
    )
    rule = {"event": "change_asked", "workdays": 5}
    answer = make_obligation(
        contract, side=Side.A, clause=clause, mode="on_event", due_rule=rule
    )
    make_due(answer, today + 3 * DAY, change=change)
    make_extra(contract, stage=stage, **asked)
    make_extra(contract, 20_000, stage=stage, **asked | told)
    over = {"acknowledged_at": at, "acknowledged_by": manager, "outcome": "无人可派"}
    make_callout(contract, **by)
    make_callout(contract, status="refused", **over, **by)
    make_force_majeure(contract, proof=paper, proved_at=at, **by)
    make_force_majeure(contract, cause="staff", status="refused", **decided, **by)
    make_hold(contract, stage=stage, paper=paper, **by)
    make_hold(contract, stage=stage, until_on=today, **by)
    of_training = {"kind": "training", "scan": paper, "held_on": today, **by}
    refused = make_acceptance(contract, result="refused", **of_training)
    AcceptanceItem.objects.create(acceptance=refused, what="考试", passed=False)
    make_acceptance(contract, repeats=refused, **of_training)
    make_acceptance(contract, result="conditional", **of_training)


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


def _make_messages(contract: Contract, user: User, at: datetime) -> None:
    """Make a message in every state, one of them urgent."""
    url = reverse("reports:home", args=[contract.number])
    for over in ({"urgent": True}, {"acknowledged_at": at}, {"withdrawn_at": at}):
        of = {"contract_number": contract.number, "url": url, "due_at": at + DAY}
        make_message(user, made_at=at - HOUR, **of, **over)


def _make_dues(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make a due in every standing, of what comes round and of what is owed daily."""
    monthly = make_obligation(contract, key="monthly", title="报送月报", rules=["R06"])
    daily = {"due_rule": {"every": "day", "days": 1}, "accepted_by_a": False}
    every_day = make_obligation(contract, key="every-day", title="报送日报", **daily)
    make_obligation(
        contract, key="standing", mode="standing", due_rule=None, due_in_words=""
    )
    clerk, supervisor = people[Role.CLERK], people[Role.SUPERVISOR]
    today = localdate(at)
    done = {"delivered_at": at - DAY, "delivered_by": clerk, "delivered_note": "已报"}
    decided = {"decided_at": at, "decided_by": supervisor, "decided_note": "已阅"}
    given: dict[str, dict[str, Any]] = {
        "open": {},
        "delivered": done,
        "accepted": done | decided,
        "returned": done | decided | {"again_on": today + 3 * DAY, "returns": 1},
        "dropped": decided,
    }
    made = {
        status: make_due(monthly, today, label=status, status=status, **more)
        for status, more in given.items()
    }
    made["delivered"].evidence.add(make_document(contract, by=clerk))
    make_due(monthly, today - 3 * DAY, label="late", provisional=True)
    Due.objects.create(
        contract=contract, obligation=monthly, label="undated", missing_year=2099
    )
    for number in range(-3, 4):
        make_due(every_day, today + number * DAY, label=f"{today + number * DAY}")
    moved = made["open"]
    DueMove.objects.create(
        due=moved, was_on=today - DAY, became_on=today, reason="日历", at=at
    )
    feeds.make(contract, side="b", token=uuid4(), by=people[Role.MANAGER], at=at)


def _make_end(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make a verdict that was corrected, and terminations as far as an approval."""
    supervisor, leader = people[Role.SUPERVISOR], people[Role.LEADER]
    period = contract.periods.get(number=1)
    wrong = make_verdict(period, fulfilled=True, by=supervisor, decided_at=at)
    make_verdict(period, fulfilled=False, by=supervisor, decided_at=at, corrects=wrong)
    ends_on = localdate(at) + 90 * DAY
    made = [
        make_termination(contract, by=supervisor, ends_on=ends_on, paid=1_163_820)
        for _status in ("draft", "proposed", "approved")
    ]
    for one in made[1:]:
        billing.propose(one, note="请审批", by=supervisor, at=at)
    seen = {"seen": at.isoformat(), "note": "同意"}
    billing.approve(made[2], **seen, by=leader, at=at)


# --- Papers ------------------------------------------------------------------------------


def _make_papers(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Make a document in two versions, a notice in every state, a contact to be told."""
    by = people[Role.SUPERVISOR]
    old = make_document(contract, by=by, only_party_a=True)
    newer = make_document(contract, by=by, replaces=old, version=2)
    documents.take_out(newer, by=people[Role.MANAGER], at=at).close()
    clause = contract.clauses.get(ref="第五条")
    for event in ("notice_served", "contact_changed"):
        due = {"due_rule": {"event": event, "hours": 72}, "clause": clause}
        make_obligation(contract, mode="on_event", **due)
    drafts = [
        make_notice(contract, clause=clause, side=side, by=by)
        for side in (Side.A, Side.A, Side.A, Side.A, Side.B)
    ]
    for one in drafts[1:]:
        notices.issue(one, by=by, at=at)
    notices.withdraw(drafts[1], reason="写错了", by=by, at=at)
    notices.serve(
        drafts[2],
        delivery=Delivery(route=Route.COURIER, waybill="1", logged_on=localdate(at)),
        scan=ContentFile(b"%PDF-1.7", "盖章件.pdf"),
        proof=ContentFile(b"%PDF-1.7", "签收记录.pdf"),
        by=by,
        at=at,
    )
    contacts.change(
        contract,
        side=Side.B,
        person="李四",
        telephone="13800000001",
        address="某街2号",
        postcode="",
        named_system="",
        changed_at=at - HOUR,
        token=uuid4(),
        by=people[Role.MANAGER],
        at=at,
    )


# --- The pages ---------------------------------------------------------------------------


def places(world: World) -> list[Place]:
    """Return every page there is, in each of the states that it has; of a whole world."""
    return [
        Place("accounts:sign-in", reverse("accounts:sign-in")),
        *_places_of_contract(world),
        *_places_of_its_end(world),
        *places_of_roster(world),
        *places_of_papers(world),
        *places_of_departures(world),
        *_own_places(),
        *_administrators_places(world),
    ]


def _places_of_steps(world: World) -> Iterator[Place]:
    """Yield the page of each step, and of each answer to an application."""
    for step in ALL_STEPS:
        case = next(one for one in world.cases.values() if one.status in step.open_from)
        url = world.url(f"cases:{step.name}", case.pk)
        yield Place(f"cases:{step.name}", url, _one_who_may(step.action))
    for answer, name in (
        ("endorse", "returning"),
        ("withdraw", "returning"),
        ("approve", "excluding"),
        ("outcome", "extending"),
    ):
        case = world.cases[name]
        asked = case.applications.get().pk
        url = world.url(f"cases:application-{answer}", case.pk, asked)
        action = next(one.action for one in ANSWERS if one.name == answer)
        yield Place(f"cases:application-{answer}", url, _one_who_may(action))


def _one_who_may(action: str) -> str:
    """Return a role that may; the unit's only where no other may: it sees its own."""
    return max((role for role in Role if role in MAY[action]), key=Role.UNIT.__ne__)


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
        Place("cases:columns", world.url("cases:columns"), manager),
        Place("cases:views", world.url("cases:views"), manager),
        *(
            Place("cases:case", world.url("cases:case", one.pk), manager)
            for one in map(world.cases.__getitem__, SHOWN)
        ),
        Place("cases:case", world.url("cases:case", case.pk), supervisor),
        *_places_of_steps(world),
        Place("cases:beside", world.url("cases:beside", case.pk), supervisor),
        Place("cases:applications", world.url("cases:applications"), supervisor),
        Place("cases:applications", world.url("cases:applications"), Role.CLERK),
        Place(
            "cases:correction",
            world.url("cases:correction", case.pk, entry.pk),
            Role.CLERK,
        ),
        Place("cases:import", world.url("cases:import"), Role.CLERK),
        *(
            Place(
                "cases:mapping",
                world.url("cases:mapping", world.batches[kind].pk),
                Role.CLERK,
            )
            for kind in ("unknown", "drift")
        ),
        Place("cases:register", world.url("cases:register"), Role.AGENT),
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
        *_places_of_alarms(world),
        *_places_of_desk(world),
        *_places_of_quality(world),
        *_places_of_exports(world),
        *_places_of_papers(world),
        *_places_of_dues(world),
        *_places_of_property(world),
        *_places_of_matters(world),
        *_places_of_proposals(world),
    ]


def _places_of_alarms(world: World) -> list[Place]:
    tracked, late = world.cases[CaseStatus.HANDLING], world.cases["late"]
    queue, urgings = world.url("cases:alarms"), world.url("cases:urgings")
    return [
        *(
            Place("cases:alarms", queue, who)
            for who in (Role.AGENT, Role.SUPERVISOR, Role.UNIT)
        ),
        *(
            Place("cases:urgings", f"{urgings}{query}", who)
            for query in ("", "?read=no&level=by_hand", "?q=nothing-like-it")
            for who in (Role.MANAGER, Role.UNIT)
        ),
        *(
            Place("cases:urging", case.urgings.get().get_absolute_url(), who)
            for case in (tracked, late)
            for who in (Role.AGENT, Role.SUPERVISOR)
        ),
    ]


def _places_of_quality(world: World) -> list[Place]:
    manager, supervisor, closer = Role.MANAGER, Role.SUPERVISOR, Role.CLOSER
    callbacks, repeats = world.url("cases:callbacks"), world.url("cases:repeats")
    queue, draw = world.url("cases:rechecks"), Draw.objects.of(world.contract).get()
    merged = Merge.objects.of(world.contract)
    standing, parted = merged.standing().get(), merged.get(undone_at__isnull=False)
    child = parted.child
    return [
        *(
            Place("cases:callbacks", f"{callbacks}{query}", who)
            for query in ("", "?period=1")
            for who in (supervisor, Role.UNIT)
        ),
        *(
            Place("cases:rechecks", f"{queue}{query}", closer)
            for query in ("", "?view=errors", "?view=done")
        ),
        *(
            Place("cases:recheck", one.get_absolute_url(), who)
            for one in Recheck.objects.of(world.contract).select_related("case")
            for who in (manager, supervisor)
        ),
        Place("cases:draws", world.url("cases:draws"), supervisor),
        *(
            Place("cases:draw", f"{draw.get_absolute_url()}{query}", supervisor)
            for query in ("", "?again=1")
        ),
        *(
            Place("cases:repeats", f"{repeats}{query}", who)
            for query in ("", "?since=2026-01-01&until=2026-01-02")
            for who in (manager, Role.UNIT)
        ),
        Place(
            "cases:merge",
            f"{world.url('cases:merge', child.pk)}?into={standing.parent.number}",
            manager,
        ),
        *(
            Place("cases:part", world.url("cases:part", one.pk), manager)
            for one in (parted, standing)
        ),
        *(
            Place("cases:case", one.get_absolute_url(), manager)
            for one in (standing.parent, standing.child, child)
        ),
    ]


def _places_of_exports(world: World) -> list[Place]:
    manager, clerk, leader = Role.MANAGER, Role.CLERK, Role.LEADER
    contract = world.contract
    formats = world.url("cases:ledger-templates")
    return [
        Place("cases:exports", world.url("cases:exports"), manager),
        Place("cases:export-new", f"{world.url('cases:export-new')}?open=yes", manager),
        *(
            Place("cases:export", one.get_absolute_url(), clerk)
            for one in Export.objects.of(contract)
        ),
        Place("cases:ledger-templates", formats, clerk),
        *(
            Place("cases:ledger-template", one.get_absolute_url(), clerk)
            for one in LedgerTemplate.objects.of(contract)
        ),
        *(
            Place("cases:permits", world.url("cases:permits"), who)
            for who in (clerk, leader)
        ),
        Place("cases:permit-new", f"{world.url('cases:permit-new')}?open=yes", clerk),
        *(
            Place("cases:permit", one.get_absolute_url(), who)
            for one in Permit.objects.of(contract)
            for who in (clerk, leader)
        ),
    ]


def _places_of_desk(world: World) -> list[Place]:
    manager, supervisor, unit = Role.MANAGER, Role.SUPERVISOR, Role.UNIT
    sent = world.cases[CaseStatus.TRANSFERRED]
    units = world.url("cases:units")
    return [
        Place("cases:desk", world.url("cases:desk"), manager),
        *(
            Place("cases:desk-list", world.url("cases:desk-list", kind), supervisor)
            for kind in (TermKind.RETURN_REASON, TermKind.URGENT_WORD)
        ),
        *(
            Place("cases:units", f"{units}{query}", manager)
            for query in ("", "?members=no", "?q=nothing-like-it")
        ),
        *(
            Place("cases:unit", world.url("cases:unit", one.pk), manager)
            for one in (sent.unit, make_unit(world.contract))
            if one
        ),
        Place("cases:list", world.url("cases:list"), unit),
        Place("cases:case", sent.get_absolute_url(), unit),
    ]


def _places_of_property(world: World) -> list[Place]:
    supervisor, manager, clerk = Role.SUPERVISOR, Role.MANAGER, Role.CLERK
    contract = world.contract
    asset = contract.assets.order_by("pk").first()
    assert asset is not None
    lists = ("contracts:assets", "contracts:volumes", "contracts:handover")
    return [
        *(
            Place(name, f"{world.url(name)}{query}", who)
            for name in lists
            for who in (supervisor, manager)
            for query in ("", "?q=nothing-like-it")
        ),
        Place("contracts:asset-new", world.url("contracts:asset-new"), manager),
        Place("contracts:volume-new", world.url("contracts:volume-new"), clerk),
        Place(
            "contracts:damage-new",
            world.url("contracts:damage-new", asset.pk),
            manager,
        ),
        *(
            Place("contracts:asset", one.get_absolute_url(), manager)
            for one in contract.assets.all()
        ),
        *(
            Place("contracts:damage", one.get_absolute_url(), supervisor)
            for one in contract.damages.all()
        ),
        *(
            Place("contracts:volume", one.get_absolute_url(), clerk)
            for one in contract.volumes.all()
        ),
        *(
            Place("reports:package", one.get_absolute_url(), manager)
            for one in contract.packages.all()
        ),
    ]


def _places_of_proposals(world: World) -> list[Place]:
    supervisor, leader, manager = Role.SUPERVISOR, Role.LEADER, Role.MANAGER
    contract = world.contract
    forms = ("contracts:calendar-import", "contracts:set-up")
    shown = [
        ("contracts:reading-proposal", one.pk)
        for one in contract.reading_proposals.all()
    ] + [
        ("contracts:calendar-proposal", one.pk)
        for one in contract.calendar_proposals.all()
    ]
    return [
        *(
            Place(name, f"{world.url(name)}{query}", who)
            for name, query in (
                ("contracts:readings", ""),
                ("contracts:calendar", ""),
                ("contracts:calendar", f"?year={contract.ends_before.year}"),
            )
            for who in (supervisor, manager)
        ),
        *(
            Place(
                "contracts:reading-propose",
                world.url("contracts:reading-propose", number),
                supervisor,
            )
            for number in (4, 11)
        ),
        *(
            Place(name, world.url(name, pk), who)
            for name, pk in shown
            for who in (supervisor, leader)
        ),
        *(Place(name, world.url(name), supervisor) for name in forms),
        Place("contracts:recompute", world.url("contracts:recompute"), leader),
    ]


def _places_of_matters(world: World) -> list[Place]:
    supervisor, leader, manager = Role.SUPERVISOR, Role.LEADER, Role.MANAGER
    contract = world.contract
    lists = ("changes", "extras", "callouts", "force-majeures", "holds", "acceptances")
    begins = {
        "change": (supervisor, manager),
        "extra": (manager,),
        "callout": (leader,),
        "force-majeure": (supervisor, manager),
        "hold": (Role.HANDLER,),
        "acceptance": (supervisor,),
    }
    shown: list[tuple[str, Any]] = [
        ("change", contract.changes),
        ("extra", contract.extras),
        ("callout", contract.callouts),
        ("force-majeure", contract.force_majeures),
        ("hold", contract.holds),
        ("acceptance", contract.acceptances),
    ]
    return [
        *(
            Place(f"contracts:{name}", f"{world.url(f'contracts:{name}')}{query}", who)
            for name in lists
            for who, query in ((supervisor, ""), (manager, "?status=refused&q=none"))
        ),
        *(
            Place(f"contracts:{name}-new", world.url(f"contracts:{name}-new"), who)
            for name, roles in begins.items()
            for who in roles
        ),
        *(
            Place(f"contracts:{name}", one.get_absolute_url(), who)
            for name, rows in shown
            for one in rows.all()
            for who in (leader, manager, Role.HANDLER)
        ),
    ]


def _places_of_dues(world: World) -> list[Place]:
    supervisor, manager, handler = Role.SUPERVISOR, Role.MANAGER, Role.HANDLER
    register, calendar = "contracts:obligations", "contracts:deadlines"
    month = f"?month={localdate() + 31 * DAY:%Y-%m}&side=a"
    obligations = world.contract.obligations.filter(
        key__in=["monthly", "every-day", "standing"]
    )
    dues = Due.objects.filter(obligation__key="monthly")
    return [
        *(
            Place(register, f"{world.url(register)}{query}", supervisor)
            for query in ("", "?standing=overdue&side=b", "?q=nothing")
        ),
        *(
            Place("contracts:obligation", one.get_absolute_url(), manager)
            for one in obligations
        ),
        *(
            Place("contracts:due", one.get_absolute_url(), who)
            for one in dues
            for who in (supervisor, manager)
        ),
        *(
            Place(calendar, f"{world.url(calendar)}{query}", who)
            for query in ("", month, "?show=list", "?show=list&q=nothing")
            for who in (manager, handler)
        ),
        *(
            Place("contracts:clause", world.url("contracts:clause", one.pk), who)
            for one in (obligations[0].clause, world.contract.clauses.all()[0])
            for who in (supervisor, manager)
        ),
    ]


def _places_of_papers(world: World) -> list[Place]:
    supervisor, manager = Role.SUPERVISOR, Role.MANAGER
    of_a = world.contract.notices.filter(side=Side.A)
    draft = of_a.get(status="draft")
    newer = world.contract.documents.get(version=2)
    lists = ("contracts:documents", "contracts:notices")
    forms = ("contracts:document-new", "contracts:notice-new", "contracts:contact-new")
    return [
        *(Place(name, world.url(name), supervisor) for name in (*lists, *forms)),
        *(Place(name, f"{world.url(name)}?q=nothing", manager) for name in lists),
        *(
            Place("contracts:document", world.url("contracts:document", pk), who)
            for pk, who in ((newer.pk, manager), (newer.replaces_id, supervisor))
        ),
        Place(
            "contracts:document-version",
            world.url("contracts:document-version", newer.pk),
            supervisor,
        ),
        *(
            Place("contracts:notice", one.get_absolute_url(), who)
            for one in of_a.exclude(pk=draft.pk)
            for who in (supervisor, manager)
        ),
        Place("contracts:notice", draft.get_absolute_url(), supervisor),
        Place(
            "contracts:notice-edit",
            world.url("contracts:notice-edit", draft.pk),
            supervisor,
        ),
        *(
            Place("contracts:contacts", world.url("contracts:contacts"), who)
            for who in (supervisor, manager)
        ),
    ]


def _places_of_its_end(world: World) -> list[Place]:
    supervisor, leader, manager = Role.SUPERVISOR, Role.LEADER, Role.MANAGER
    approved, proposed, draft = world.contract.terminations.all()
    verdict = Verdict.objects.of(world.contract).standing().get()
    period = world.contract.periods.get(number=2)
    compute = world.url("billing:compute")
    days = f"route=policy&first_on={draft.ends_on}&second_on={localdate()}"
    desk = "billing:terminations"
    return [
        *(
            Place("kpi:verdicts", world.url("kpi:verdicts"), who)
            for who in (supervisor, manager)
        ),
        Place("kpi:decide", world.url("kpi:decide", period.pk), supervisor),
        Place("kpi:correct", world.url("kpi:correct", verdict.pk), supervisor),
        *(Place(desk, world.url(desk), who) for who in (supervisor, manager)),
        Place("billing:compute", compute, Role.HANDLER),
        Place(
            "billing:compute",
            f"{compute}?{days}&paid=100&deducted=0&damage=0",
            supervisor,
        ),
        Place("billing:start", world.url("billing:start"), supervisor),
        Place("billing:revise", world.url("billing:revise", draft.pk), supervisor),
        *(
            Place("billing:termination", world.url("billing:termination", one.pk), who)
            for one, who in (
                (draft, supervisor),
                (proposed, leader),
                (approved, supervisor),
            )
        ),
    ]


#: Orders that look different: each has forms, badges or lines that no other one has.
SHOWN = ("received", "signed", "transferred", "handling", "replied", "closed", "late")
#: Who has a home page of another shape than the manager's.
HOMES = (Role.AGENT, Role.SUPERVISOR, Role.APPROVER, Role.UNIT)
FILTERED = (
    "?status=received&status=signed&open=yes&solved=no&sort=due_at&since=2026-01-01"
)


def _own_places() -> list[Place]:
    mine = (
        "accounts:sessions",
        "accounts:password",
        "accounts:second-factor",
        "accounts:messages",
        "accounts:mail",
    )
    everything = f"{reverse('accounts:messages')}?show=all"
    check, password = "accounts:second-factor-check", "accounts:password"
    return [
        *(Place(name, reverse(name), Role.AGENT) for name in mine),
        Place("accounts:messages", everything, Role.AGENT),
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
