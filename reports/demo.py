"""What the demo shows of a contract's life: papers, notices, acceptances, what was delivered."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import transaction
from django.db.models import Count, Q
from django.utils.timezone import localdate, make_aware

from accounts.models import User
from accounts.roles import Role
from cases.actions import desk
from cases.models import Case, CaseStatus, Unit
from contracts.actions import acceptances, notices, property
from contracts.models import (
    AcceptanceKind,
    AssessmentPeriod,
    Contract,
    Due,
    DueStatus,
    NoticeKind,
    Result,
    Side,
)
from contracts.rules.periods import ONE_DAY
from contracts.rules.service import Delivery, Route
from kpi.actions import decide

#: One empty page: what matters of a paper in the demo is that it is on file.
PAGE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""
#: What fell due in the last days is left to whoever tries the demo out.
LEFT_OPEN = timedelta(days=4)
#: Handling units that the unit's account speaks for.
UNITS = 2
MORNING = time(9, 30)

People = Mapping[str, User]


def live(contract: Contract, people: People, *, at: datetime) -> None:
    """Put on record what would have happened by now if all had gone fairly well."""
    today = min(localdate(at), contract.term.last_on)
    if today <= contract.starts_on:
        return
    _speak_for_units(contract, people, at)
    _accept_the_team(contract, people)
    _deliver(contract, people, before=at - LEFT_OPEN)
    _provide(contract, people)
    _demand(contract, people, today)
    for period in contract.periods.filter(ends_before__lte=today):
        _judge(period, people)


def _speak_for_units(contract: Contract, people: People, at: datetime) -> None:
    """Let the unit's account speak for the two units that have most orders in hand."""
    with_units = Count(
        "pk", filter=Q(status__in=[CaseStatus.TRANSFERRED, CaseStatus.HANDLING])
    )
    busiest = (
        Case.objects.of(contract)
        .filter(transferred_at__isnull=False)
        .order_by()
        .values("unit")
        .annotate(waiting=with_units)
        .order_by("-waiting", "unit")
        .values_list("unit", flat=True)[:UNITS]
    )
    units: Any = Unit.objects.filter(pk__in=list(busiest))
    for unit in units:
        desk.add_member(unit, user=people[Role.UNIT], by=people[Role.MANAGER], at=at)


def paper(name: str) -> "File[bytes]":
    """Return a file of one empty page."""
    return File(BytesIO(PAGE), name)


def _moment(day: date) -> datetime:
    return make_aware(datetime.combine(day, MORNING))


def _accept_the_team(contract: Contract, people: People) -> None:
    eve = contract.starts_on - ONE_DAY
    for ref, kind, title, items in (
        (
            "第五条（一）1",
            AcceptanceKind.TEAM,
            "队伍验收",
            ("四类岗位到位", "保密协议备案"),
        ),
        ("第二条5", AcceptanceKind.TRAINING, "岗前培训验收", ("培训内容", "考试成绩")),
    ):
        acceptances.record(
            contract,
            clause=contract.clauses.get(ref=ref),
            kind=kind,
            title=title,
            due=None,
            repeats=None,
            held_on=eve,
            members="甲方主管、项目经理",
            items=[acceptances.Item(what, passed=True) for what in items],
            result=Result.PASSED,
            conditions="",
            again_by=None,
            scan=paper(f"{title}.pdf"),
            token=uuid4(),
            by=people[Role.SUPERVISOR],
            at=_moment(eve),
        )


@transaction.atomic(durable=True)
def _deliver(contract: Contract, people: People, *, before: datetime) -> None:
    """Deliver what fell due before a moment, in time, and accept it where that is owed."""
    owner = {Side.A: people[Role.SUPERVISOR], Side.B: people[Role.MANAGER]}
    owed = Due.objects.of(contract).owed().filter(due_at__lt=before)
    for due in owed.select_related("obligation"):
        if due.due_at is None:
            continue
        done_at = due.due_at - timedelta(hours=7)
        side = Side(due.obligation.side)
        due.deliver(by=owner[side], at=done_at, note=due.obligation.evidence)
        if due.obligation.accepted_by_a:
            accepted_at = done_at + timedelta(hours=2)
            due.move(
                DueStatus.ACCEPTED,
                by=owner[Side.A],
                at=accepted_at,
                decided_at=accepted_at,
                decided_by=owner[Side.A],
            )


def _provide(contract: Contract, people: People) -> None:
    clause = contract.clauses.get(ref="第六条（一）6")
    for number, name, quantity, price in (
        ("YDL-001", "办公桌椅", 12, "860.00"),
        ("YDL-002", "台式计算机", 12, "4980.00"),
        ("YDL-003", "热线话机", 8, "320.00"),
        ("YDL-004", "打印复印一体机", 1, "15600.00"),
    ):
        property.record(
            contract,
            clause=clause,
            number=number,
            name=name,
            owner=Side.A,
            quantity=quantity,
            price=Decimal(price),
            place="坐席室",
            condition="完好",
            issued_on=contract.starts_on,
            paper=None,
            token=uuid4(),
            by=people[Role.SUPERVISOR],
            at=_moment(contract.starts_on),
        )


def _demand(contract: Contract, people: People, today: date) -> None:
    """Serve one demand to rectify by hand, and leave another one as a draft."""
    served_on = max(today - timedelta(days=9), contract.starts_on + ONE_DAY)
    clause = contract.clauses.get(ref="第六条（一）1")
    supervisor = people[Role.SUPERVISOR]
    for title, body, serve in (
        (
            "关于规范工单回复内容的整改要求",
            "抽查发现部分工单回复未写明处理结果。请逐件补正，并在限期内书面报告整改情况。",
            True,
        ),
        ("关于补充夜间值守记录的整改要求", "请补齐夜间值守交接记录。", False),
    ):
        notice = notices.draft(
            contract,
            side=Side.A,
            kind=NoticeKind.RECTIFY,
            clause=clause,
            title=title,
            body=body,
            due_on=served_on + timedelta(days=14),
            token=uuid4(),
            by=supervisor,
            at=_moment(served_on),
        )
        if serve:
            notices.issue(notice, by=supervisor, at=_moment(served_on))
            signed_at = _moment(served_on) + timedelta(hours=1)
            notices.serve(
                notice,
                delivery=Delivery(
                    route=Route.BY_HAND, signed_at=signed_at, signed_by="项目经理"
                ),
                scan=paper("盖章件.pdf"),
                proof=paper("送达回执.pdf"),
                by=supervisor,
                at=signed_at + timedelta(minutes=10),
            )


def _judge(period: AssessmentPeriod, people: People) -> None:
    decide(
        period,
        fulfilled=True,
        reason="",
        clause=None,
        by=people[Role.SUPERVISOR],
        at=_moment(period.ends_before),
        token=uuid4(),
    )
