"""Small makers of records, which invent what a test does not care about."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from itertools import count
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile

from accounts.models import Message, User
from accounts.roles import PARTY_B, Role
from cases.actions.names import words_of
from cases.models import (
    Batch,
    Caller,
    Case,
    CaseStatus,
    CaseWords,
    Community,
    Entry,
    EntryKind,
    Unit,
    UnitMember,
)
from contracts.models import (
    Acceptance,
    AssessmentPeriod,
    Asset,
    CalendarDay,
    CalendarYear,
    Callout,
    Change,
    Clause,
    Contact,
    Contract,
    Damage,
    Document,
    Due,
    Extra,
    ForceMajeure,
    Hold,
    Membership,
    Mode,
    Notice,
    Obligation,
    Package,
    PackageStatus,
    Party,
    PaymentStage,
    Side,
    Termination,
    TerminationRoute,
    Volume,
    VolumeKind,
)
from contracts.rules.calendar import Deadline
from contracts.rules.calendar import Unit as CountedIn
from contracts.rules.obligations import to_plain
from kpi.models import Verdict

CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 6, 1, 12, tzinfo=CHINA)
PASSWORD = "A-fine-password-7"

_numbers = count(1)


def make_contract(**given: Any) -> Contract:
    number = next(_numbers)
    defaults = {
        "number": f"contract-{number}",
        "title": f"Contract {number}",
        "short_title": f"Contract {number}",
        "party_a": make_party(),
        "party_b": make_party(),
        "signed_on": date(2026, 4, 21),
        "effective_on": date(2026, 4, 21),
        "starts_on": date(2026, 5, 1),
        "ends_before": date(2027, 5, 1),
        "price": Decimal("2327640.00"),
        "copies_a": 4,
        "copies_b": 2,
        "court": "Court",
    }
    return Contract.objects.create(**defaults | given)


def make_party(**given: Any) -> Party:
    return Party.objects.create(**{"name": f"Party {next(_numbers)}"} | given)


def make_user(
    contract: Contract | None = None, role: Role | None = None, **given: Any
) -> User:
    """Make a person; with a contract, one who has the role on it."""
    number = next(_numbers)
    defaults = {"username": f"user{number}", "name": f"User {number}"}
    user = User(**defaults | given)
    user.set_password(PASSWORD)
    user.save()
    if contract:
        role = role or Role.SUPERVISOR
        cleared = NOON if role in PARTY_B else None
        Membership.objects.create(
            contract=contract, user=user, role=role, cleared_at=cleared
        )
    return user


def make_message(user: User, **given: Any) -> Message:
    """Make a message that waits and is owed by mail, if the person has an address."""
    number = next(_numbers)
    defaults = {
        "about": f"test.due:{number}",
        "step": "at",
        "template": "Thing %(number)s is due",
        "params": {"number": number},
        "url": "/accounts/messages/",
        "made_at": NOON,
        "next_try_at": NOON,
    }
    return Message.objects.create(user=user, **defaults | given)


def make_period(contract: Contract | None = None, **given: Any) -> AssessmentPeriod:
    june = {
        "number": 2,
        "label": "6月",
        "starts_on": date(2026, 5, 19),
        "ends_before": date(2026, 6, 19),
        "quarter": 1,
    }
    return AssessmentPeriod.objects.create(
        contract=contract or make_contract(), **june | given
    )


def make_clause(contract: Contract, **given: Any) -> Clause:
    number = next(_numbers)
    defaults = {
        "ref": f"第{number}条",
        "order": number,
        "depth": 0,
        "title": f"Clause {number}",
        "kind": "rule",
    }
    return Clause.objects.create(contract=contract, **defaults | given)


def make_stage(contract: Contract, amount: int, **given: Any) -> PaymentStage:
    defaults = {
        "number": next(_numbers),
        "rate": Decimal("0.5"),
        "opens_on": date(2026, 9, 1),
        "target_on": date(2026, 9, 30),
        "condition": "Performed",
    }
    clause = given.pop("clause", None) or make_clause(contract)
    return PaymentStage.objects.create(
        contract=contract, clause=clause, amount=Decimal(amount), **defaults | given
    )


def make_year(year: int, *, provisional: bool = False, **holidays: str) -> CalendarYear:
    """Make a year's calendar; holidays as `m05_01="Labour Day"`."""
    made = CalendarYear.objects.create(
        year=year, provisional=provisional, source="test", imported_at=NOON
    )
    for key, name in holidays.items():
        month, day = key.removeprefix("m").split("_")
        CalendarDay.objects.create(
            year=made, day=date(year, int(month), int(day)), is_workday=False, name=name
        )
    return made


def make_obligation(contract: Contract, **given: Any) -> Obligation:
    number = next(_numbers)
    defaults = {
        "contract": contract,
        "key": f"obligation-{number}",
        "side": Side.B,
        "mode": Mode.RECURRING,
        "title": f"Obligation {number}",
        "due_rule": {"every": "month", "workdays": 3},
        "due_in_words": "Three working days after the month",
        "accepted_by_a": True,
        "order": number,
    }
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return Obligation.objects.create(**defaults | given)


def make_due(obligation: Obligation, due_on: date, **given: Any) -> Due:
    deadline = Deadline(due_on, due_on, 0, CountedIn.DAYS)
    defaults = {
        "contract": obligation.contract,
        "obligation": obligation,
        "label": str(next(_numbers)),
        "due_on": due_on,
        "due_at": deadline.ends_at,
        "explained": to_plain(deadline),
    }
    return Due.objects.create(**defaults | given)


def make_contact(contract: Contract, side: Side = Side.B, **given: Any) -> Contact:
    """Make where a party is written to since the contract was signed."""
    defaults = {
        "person": "张三",
        "telephone": "13800000000",
        "address": f"某街{next(_numbers)}号",
        "holds_from": contract.signed_on,
    }
    return Contact.objects.create(contract=contract, side=side, **defaults | given)


def make_document(
    contract: Contract, content: bytes = b"%PDF-1.7", **given: Any
) -> Document:
    """Make a document with its file; by default a piece of evidence of Party A."""
    number = next(_numbers)
    defaults = {
        "kind": "evidence",
        "title": f"Document {number}",
        "name": f"{number}.pdf",
        "size": len(content),
        "digest": sha256(content).hexdigest(),
        "uploaded_at": NOON,
        "uploaded_by": given.pop("by", None) or make_user(contract),
    }
    document = Document(contract=contract, **defaults | given)
    document.file.save(f"{document.token}.pdf", ContentFile(content), save=False)
    document.save()
    return document


def make_asset(contract: Contract, **given: Any) -> Asset:
    """Make two desks of Party A, in use, at CNY 800 each."""
    number = next(_numbers)
    defaults = {
        "number": f"ZC-{number:03}",
        "name": "办公桌",
        "owner": Side.A,
        "quantity": 2,
        "price": Decimal("800.00"),
        "condition": "完好",
        "issued_on": date(2026, 5, 1),
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(),
    }
    clause = (
        given.pop("clause", None) or contract.clauses.first() or make_clause(contract)
    )
    return Asset.objects.create(contract=contract, clause=clause, **defaults | given)


def make_damage(asset: Asset, **given: Any) -> Damage:
    """Make a report of damage that nobody has decided on yet."""
    defaults = {
        "clause": asset.clause,
        "found_on": asset.issued_on,
        "what": "桌面开裂",
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(),
    }
    return Damage.objects.create(
        contract=asset.contract, asset=asset, **defaults | given
    )


def make_volume(contract: Contract, **given: Any) -> Volume:
    number = next(_numbers)
    defaults = {
        "number": f"JD-2026-{number:02}",
        "kind": VolumeKind.PAPER,
        "title": "第一季度台账",
        "starts_on": date(2026, 5, 1),
        "ends_on": date(2026, 5, 31),
        "pages": 240,
        "place": "档案柜 3",
        "bound_on": date(2026, 6, 1),
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(),
    }
    clause = (
        given.pop("clause", None) or contract.clauses.first() or make_clause(contract)
    )
    return Volume.objects.create(contract=contract, clause=clause, **defaults | given)


def make_package(contract: Contract, **given: Any) -> Package:
    """Make a handover package that is owed; ready, its file holds next to nothing."""
    at, by = given.pop("at", NOON), given.pop("by", None) or make_user()
    package = Package(contract=contract, asked_at=at, asked_by=by, **given)
    if package.status == PackageStatus.READY:
        content = BytesIO()
        with ZipFile(content, "w") as zip_:
            zip_.writestr("manifest.sha256", f"{'0' * 64}  manifest.json\n")
        package.size, package.digest = len(content.getvalue()), "0" * 64
        package.made_at = at
        package.file.save("package.zip", ContentFile(content.getvalue()), save=False)
    package.save()
    return package


def make_notice(contract: Contract, **given: Any) -> Notice:
    """Make a draft of Party A."""
    number = next(_numbers)
    defaults = {
        "side": Side.A,
        "kind": "general",
        "title": f"关于第{number}件事的通知",
        "body": "请按约定办理。",
        "drafted_at": NOON,
        "drafted_by": given.pop("by", None) or make_user(contract),
    }
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return Notice.objects.create(contract=contract, **defaults | given)


def make_change(contract: Contract, **given: Any) -> Change:
    """Make a change that Party B has asked for."""
    number = next(_numbers)
    defaults = {
        "serial": number,
        "side": Side.B,
        "kind": "manner",
        "title": f"Change {number}",
        "reason": "来电量变化",
        "was": "两班",
        "becomes": "三班",
        "requested_on": date(2026, 6, 1),
        "wanted_from": date(2026, 6, 10),
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(contract),
    }
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return Change.objects.create(contract=contract, **defaults | given)


def make_extra(contract: Contract, amount: int = 1000, **given: Any) -> Extra:
    """Make an extra that is asked for; with a `consent`, one that is confirmed."""
    number = next(_numbers)
    defaults = {
        "serial": number,
        "title": f"Extra {number}",
        "reason": "新增社区",
        "amount": Decimal(amount),
        "requested_on": date(2026, 6, 1),
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(contract),
    }
    if "stage" not in given:
        given["stage"] = make_stage(contract, 465_528)
    if given.get("consent"):
        defaults |= {
            "status": "consented",
            "consented_on": date(2026, 6, 2),
            "decided_by": make_user(contract),
        }
    given.setdefault("clause", given["stage"].clause)
    return Extra.objects.create(contract=contract, **defaults | given)


def make_callout(contract: Contract, **given: Any) -> Callout:
    """Make an order of NOON, to be acknowledged within the hour."""
    number = next(_numbers)
    defaults = {
        "serial": number,
        "title": f"Callout {number}",
        "task": "防汛值守",
        "place": "街道大厅",
        "starts_at": NOON + timedelta(hours=2),
        "ends_at": NOON + timedelta(hours=10),
        "heads": 2,
        "acknowledge_by": NOON + timedelta(hours=1),
        "ordered_at": NOON,
        "ordered_by": given.pop("by", None) or make_user(contract),
    }
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return Callout.objects.create(contract=contract, **defaults | given)


def make_force_majeure(contract: Contract, **given: Any) -> ForceMajeure:
    """Make what Party B has reported as of NOON."""
    number = next(_numbers)
    defaults = {
        "serial": number,
        "side": Side.B,
        "cause": "disaster",
        "title": f"Event {number}",
        "affects": "机房进水，话务中断",
        "began_at": NOON,
        "told_at": NOON,
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(contract),
    }
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return ForceMajeure.objects.create(contract=contract, **defaults | given)


def make_hold(contract: Contract, **given: Any) -> Hold:
    defaults = {
        "reason": "区级拨款未到",
        "since_on": date(2026, 6, 1),
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(contract),
    }
    if "stage" not in given:
        given["stage"] = make_stage(contract, 698_292)
    given.setdefault("clause", given["stage"].clause)
    return Hold.objects.create(contract=contract, **defaults | given)


def make_acceptance(contract: Contract, **given: Any) -> Acceptance:
    """Make a record that a team has passed; one of anything else says what is missing."""
    number = next(_numbers)
    defaults = {
        "serial": number,
        "kind": "team",
        "title": f"Acceptance {number}",
        "held_on": date(2026, 6, 1),
        "members": "张三、李四",
        "result": "passed",
        "recorded_at": NOON,
        "recorded_by": given.pop("by", None) or make_user(contract),
    }
    if given.get("result", "passed") != "passed":
        defaults |= {"conditions": "少一人", "again_by": date(2026, 6, 10)}
    if "clause" not in given:
        given["clause"] = make_clause(contract)
    return Acceptance.objects.create(contract=contract, **defaults | given)


def make_unit(contract: Contract, name: str = "") -> Unit:
    name = name or f"Unit {next(_numbers)}"
    return Unit.objects.create(contract=contract, name=name, sort_key=name)


def make_speaker(unit: Unit, user: User | None = None) -> User:
    """Make somebody who speaks for a unit, with the role that it takes."""
    user = user or make_user(unit.contract, Role.UNIT)
    UnitMember.objects.create(unit=unit, user=user, since=NOON)
    return user


def make_community(contract: Contract, name: str = "") -> Community:
    name = name or f"Community {next(_numbers)}"
    return Community.objects.create(contract=contract, name=name, sort_key=name)


def make_case(contract: Contract | None = None, **given: Any) -> Case:
    """Make an order that came in at NOON, with its caller, words and first entry."""
    number = next(_numbers)
    caller = given.pop("caller", {"name": "张三", "phone": "13800000000"})
    defaults = {
        "contract": contract or make_contract(),
        "number": f"2026060100{number:04}",
        "title": f"路灯不亮 {number}",
        "content": "小区门口的路灯坏了三天，晚上出门看不见路。",
        "status": CaseStatus.RECEIVED,
        "counted_at": NOON,
        "dispatched_at": NOON,
        "received_at": NOON,
        "due_at": NOON + timedelta(days=7),
    }
    case = Case.objects.create(**defaults | given)
    Caller.objects.create(case=case, **caller)
    CaseWords.objects.create(case=case, grams=words_of(case))
    make_entry(case, status=case.status)
    return case


def make_entry(case: Case, **given: Any) -> Entry:
    defaults = {
        "kind": EntryKind.RECEIVED,
        "at": case.counted_at,
        "recorded_at": case.received_at,
        "recorded_by": None,
    }
    return Entry.objects.create(case=case, **defaults | given)


def make_batch(contract: Contract, **given: Any) -> Batch:
    defaults = {
        "name": "orders.xlsx",
        "file": "batches/none.xlsx",
        "digest": "0" * 64,
        "size": 1,
        "uploaded_at": NOON,
        "uploaded_by": given.pop("by", None) or make_user(),
    }
    return Batch.objects.create(contract=contract, **defaults | given)


def make_verdict(period: AssessmentPeriod, *, fulfilled: bool, **given: Any) -> Verdict:
    """Make Party A's verdict on a period; one of failure says why."""
    if not fulfilled and "clause" not in given:
        given["clause"] = make_clause(period.contract)
    defaults = {
        "reason": "" if fulfilled else "台账没有做",
        "decided_at": NOON,
        "decided_by": given.pop("by", None) or make_user(),
    }
    return Verdict.objects.create(
        contract=period.contract,
        period=period,
        fulfilled=fulfilled,
        **defaults | given,
    )


def make_termination(contract: Contract, **given: Any) -> Termination:
    """Make a draft that ends the contract on 31 July 2026 for reasons of policy."""
    clause = given.pop("clause", None) or (
        contract.clauses.filter(ref="第十二条（二）4").first()
        or make_clause(contract, ref="第十二条（二）4")
    )
    defaults = {
        "route": TerminationRoute.POLICY,
        "reason": "机构改革",
        "ends_on": date(2026, 7, 31),
        "figures_note": "财务台账",
        "drafted_at": NOON,
        "drafted_by": given.pop("by", None) or make_user(),
    }
    return Termination.objects.create(
        contract=contract, clause=clause, **defaults | given
    )
