"""Small makers of records, which invent what a test does not care about."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.roles import Role
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
)
from cases.rules.values import grams
from contracts.models import (
    AssessmentPeriod,
    CalendarDay,
    CalendarYear,
    Clause,
    Contract,
    Membership,
    Party,
    PaymentStage,
)

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
        Membership.objects.create(
            contract=contract, user=user, role=role or Role.SUPERVISOR
        )
    return user


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


def make_unit(contract: Contract, name: str = "") -> Unit:
    name = name or f"Unit {next(_numbers)}"
    return Unit.objects.create(contract=contract, name=name, sort_key=name)


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
    CaseWords.objects.create(
        case=case, grams=" ".join(f"'{g}'" for g in grams(case.title + case.content))
    )
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
