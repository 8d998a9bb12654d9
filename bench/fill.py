"""Fill a database with made-up work orders, as many as wanted, in minutes.

    DATABASE_URL=… python bench/fill.py 1000000 --entries 5000000

Makes the database of DATABASE_URL anew. The newest orders are generated; the older ones
repeat them, each time half a year earlier, under numbers and callers' rows of their own.
"""

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

import django  # noqa: E402
import psycopg  # noqa: E402

CONTRACT = ROOT / "contracts" / "data" / "yongdinglu-2026.toml"
#: Generated; what is more is a copy of these.
BASE = 100_000
STARTS_ON, DAYS = date(2026, 5, 1), 205
#: Settings that `./start` gives its own PostgreSQL (ops/postgres.py).
AS_STARTED = {"jit": "off", "random_page_cost": "1.1"}


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int)
    parser.add_argument("--entries", type=int, default=0, help="of the ledger, in all")
    given = parser.parse_args()
    make_database(os.environ["DATABASE_URL"])
    django.setup()
    fill(given.orders, given.entries)


def make_database(url: str) -> None:
    """Make the database of a URL anew, with the settings that `./start` gives one."""
    base, _slash, name = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        for setting, value in AS_STARTED.items():
            connection.execute(f"ALTER DATABASE {name} SET {setting} = {value}")


def fill(orders: int, entries: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415  # after setup()
    from django.db import connection  # noqa: PLC0415

    with told("migrate, load the contract"):
        call_command("migrate", verbosity=0)
        contract, user = people()
    with connection.cursor() as cursor:
        # A bench fills tables as a restored backup does: nobody asks each row's keys.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET synchronous_commit = off")
        with without_indexes(cursor, "cases_case", "cases_casewords", "cases_entry"):
            with told(f"generate {min(orders, BASE):,} orders"):
                generate_base(contract, user, min(orders, BASE))
            with told(f"repeat them up to {orders:,}"):
                repeat(cursor, orders)
            with told("callers"):
                callers(cursor)
            with told("ledger"):
                ledger(cursor, user.pk, max(entries, orders))
        with told("analyze"):
            cursor.execute("VACUUM ANALYZE")
    with told("rights of the program"):
        call_command("grant_program", verbosity=0)


def people() -> tuple[Any, Any]:
    """Load the contract, and make a project manager and a handling unit's speaker."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415
    from contracts.models import Contract, Membership  # noqa: PLC0415

    call_command("load_contract", CONTRACT, verbosity=0, stdout=sys.stderr)
    contract = Contract.objects.get()
    user = User.objects.create(username="bench", name="bench")
    Membership.objects.create(
        contract=contract, user=user, role=Role.MANAGER, cleared_at=now()
    )
    return contract, user


@contextmanager
def told(what: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"{what:<38}{time.perf_counter() - begun:.0f} s", flush=True)


@contextmanager
def without_indexes(cursor: Any, *tables: str) -> Iterator[None]:
    """Drop the indexes of some tables and make them again, but for those of keys."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique",
        [list(tables)],
    )
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for name, definition in found:
        with told(f"index {name}"):
            cursor.execute(definition)


# --- Orders --------------------------------------------------------------------------------


def generate_base(contract: Any, user: Any, count: int) -> None:
    """Generate orders as an import would have written them."""
    from cases.copying import copy_in  # noqa: PLC0415
    from cases.demo import generate  # noqa: PLC0415
    from cases.models import CaseWords  # noqa: PLC0415
    from cases.rules.values import search_words  # noqa: PLC0415

    names = Names(contract)
    rows = generate(count, starts_on=STARTS_ON, days=DAYS, seed=1)
    cases = [
        case_of(row, pk, contract, user, names) for pk, row in enumerate(rows, start=1)
    ]
    copy_in(cases)
    copy_in(
        CaseWords(
            case_id=case.pk,
            grams=search_words(
                [case.number],
                [case.title, case.content, case.spot, case.company],
                at=case.counted_at,
            ),
        )
        for case in cases
    )


class Names:
    """The units, communities and categories of the orders, as they turn up."""

    def __init__(self, contract: Any) -> None:
        self._contract = contract
        self._known: dict[tuple[Any, str], int] = {}

    def key(self, model: Any, name: str) -> int | None:
        if not name or name == "不详":
            return None
        if (model, name) not in self._known:
            parts = (*name.split("->"), "", "")[:3] if "->" in name else ()
            also = dict(zip(("first", "second", "third"), parts, strict=False))
            made = model.objects.create(
                contract=self._contract, name=name, sort_key=name, **also
            )
            self._known[model, name] = made.pk
        return self._known[model, name]


def case_of(
    row: dict[str, str], pk: int, contract: Any, user: Any, names: Names
) -> Any:
    from cases.models import Case, Category, Community, Source, Unit  # noqa: PLC0415

    dispatched, closed = moment(row["派单时间"]), moment(row["办结时间"])
    unit = names.key(Unit, row["主办单位"])
    answers: dict[str, Any] = {
        "contacted": YES.get(row["是否联系"]),
        "solved": YES.get(row["是否解决"]),
        "valid_callback": YES.get(row["是否有效回访"]),
        "satisfaction": HAPPY.get(row["是否满意"], ""),
    }
    status = status_of(pk, closed, answers["valid_callback"])
    signed = dispatched if status != "received" else None
    replied = closed or (dispatched if status in ("replied", "reviewed") else None)
    return Case(
        pk=pk,
        contract=contract,
        number=row["工单编号"],
        status=status,
        source=Source.CITY if row["工单来源"] == "市级" else Source.DISTRICT,
        kind=row["工单类型"],
        category_id=names.key(Category, row["问题分类"]),
        tags=[row["标签"]] if row["标签"] else [],
        title=row["标题"],
        content=row["主要内容"],
        urgency="urgent" if "紧急" in row["标签"] else "ordinary",
        platform_status=row["工单状态"],
        district=row["被反映区"],
        street=row["被反映街乡镇"],
        community_id=names.key(Community, row["村/社区"]),
        spot=row["小区点位"],
        platform_unit_id=unit,
        unit_id=unit,
        company=row["企业名称"],
        channel=row["处理受理方式"],
        called_at=moment(row["来电时间"]),
        dispatched_at=dispatched,
        due_at=moment(row["办理时限"]),
        closed_at=closed,
        result=row["办理结果"],
        reply=row["回复内容"],
        counted_at=dispatched,
        received_at=dispatched,
        signed_at=signed,
        transferred_at=signed if status != "signed" else None,
        accepted_at=signed if status not in ("signed", "transferred") else None,
        replied_at=replied,
        replied_by=user if replied else None,
        **answers,
    )


YES = {"是": True, "否": False}
HAPPY = {"满意": "satisfied", "基本满意": "partly", "不满意": "dissatisfied"}
#: Where orders stand that are not closed yet, in turn.
WAITING = ("received", "signed", "transferred", "handling", "handling", "replied", "reviewed")  # fmt: skip


def status_of(pk: int, closed: datetime | None, valid: bool | None) -> str:
    if closed is None:
        return WAITING[pk % len(WAITING)]
    return "closed" if valid is None else "called_back"


def moment(text: str) -> Any:
    from django.utils.timezone import get_default_timezone  # noqa: PLC0415

    if not text:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=get_default_timezone())


def repeat(cursor: Any, orders: int) -> None:
    """Put copies before the generated orders, each as many days earlier as they span.

    The oldest are written first: rows lie in the order in which they would have come.
    """
    from cases.models import Case  # noqa: PLC0415

    tables = ("cases_case", "cases_casewords")
    for table in tables:
        cursor.execute(f"CREATE TEMP TABLE old_{table} AS TABLE {table}")
    cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    columns = [str(field.column) for field in Case._meta.concrete_fields]
    moments = {
        str(field.column)
        for field in Case._meta.concrete_fields
        if field.get_internal_type() == "DateTimeField"
    }
    number = "to_char((called_at - {ago}) AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || right(number, 6)"
    copies = -(-orders // BASE)
    for copy in range(copies):
        back = timedelta(days=DAYS * (copies - 1 - copy))
        ago, up = f"interval '{back.days} days'", copy * BASE
        as_it_is = {column: column for column in columns}
        moved = {column: f"{column} - {ago}" for column in moments}
        given = (
            as_it_is | moved | {"id": f"id + {up}", "number": number.format(ago=ago)}
        )
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) "  # noqa: S608  # no input
            f"SELECT {', '.join(given[column] for column in columns)} "
            f"FROM old_cases_case ORDER BY id LIMIT {orders - up}"
        )
        cursor.execute(
            f"""
            INSERT INTO cases_casewords (case_id, grams)
            SELECT w.case_id + {up},
                   ts_delete(w.grams, {parts_of("o.number")} || {week_of("o.counted_at")})
                   || array_to_tsvector({parts_of("n.number")} || {week_of("n.counted_at")})
            FROM old_cases_casewords w
            JOIN old_cases_case o ON o.id = w.case_id
            JOIN cases_case n ON n.id = w.case_id + {up}
            ORDER BY w.case_id
            """  # noqa: S608  # no input
        )
    for table in tables:
        cursor.execute(f"DROP TABLE old_{table}")
    cursor.execute(
        "SELECT setval(pg_get_serial_sequence('cases_case', 'id'), max(id)) FROM cases_case"
    )


def parts_of(number: str) -> str:
    """Return SQL for the parts of a number that it is found by."""
    return (
        f"(SELECT array_agg(DISTINCT '#' || substr({number}, at, 4)) "  # noqa: S608
        f"FROM generate_series(1, length({number}) - 3) at)"
    )


def week_of(moment: str) -> str:
    """Return SQL for the week that an order is found by (cases.rules.values.week_of)."""
    days = f"({moment} AT TIME ZONE 'UTC')::date - date '0001-01-01' + 1"
    return f"'@' || (({days}) / 7)"


# --- Beside the orders ------------------------------------------------------------------------


def callers(cursor: Any) -> None:
    """Give each order a caller, encrypted for its own row; one in twelve stays unnamed."""
    from accounts.cipher import blind  # noqa: PLC0415
    from cases.copying import copy_in  # noqa: PLC0415
    from cases.models import PHONE, PHONE_END, Caller  # noqa: PLC0415

    phones = [f"{19_900_000_000 + n * 7 % 100_000}" for n in range(14_000)]
    hashes = {phone: blind(phone, PHONE) for phone in phones}
    ends = {phone: blind(phone[-4:], PHONE_END) for phone in phones}
    cursor.execute("SELECT id FROM cases_case ORDER BY id")
    keys = [key for (key,) in cursor.fetchall()]

    def made() -> Iterator[Caller]:
        for key in keys:
            if key % 12 == 0:
                yield Caller(case_id=key, confidential=True)
                continue
            phone = phones[key * 7919 % len(phones)]
            yield Caller(
                case_id=key,
                name="张某",
                phone=phone,
                phone_hash=hashes[phone],
                phone_end_hash=ends[phone],
            )

    copy_in(made())


def ledger(cursor: Any, user: int, entries: int) -> None:
    """Write what has happened to each order, and reminders up to the number wanted."""
    steps = (
        ("received", "counted_at", "received", "true"),
        ("signed", "signed_at", "signed", "signed_at IS NOT NULL"),
        ("transferred", "transferred_at", "transferred", "transferred_at IS NOT NULL"),
        ("closed", "closed_at", "closed", "closed_at IS NOT NULL"),
        ("called_back", "closed_at + interval '2 days'", "called_back", "status = 'called_back'"),
    )  # fmt: skip
    for kind, at, status, where in steps:
        put_entries(
            cursor,
            kind=kind,
            at=at,
            status=status,
            user=user,
            which=f"WHERE {where} ORDER BY id",
        )
    cursor.execute("SELECT count(*) FROM cases_entry")
    for hours in range(1, 10):
        cursor.execute("SELECT count(*) FROM cases_entry")
        missing = entries - cursor.fetchone()[0]
        if missing > 0:
            at = f"counted_at + {hours} * interval '1 hour'"
            put_entries(
                cursor,
                kind="urged",
                at=at,
                status="",
                user=user,
                which=f"LIMIT {missing}",
            )


def put_entries(
    cursor: Any, *, kind: str, at: str, status: str, user: int, which: str
) -> None:
    cursor.execute(
        f"""
        INSERT INTO cases_entry (case_id, kind, at, status, text, changes, sheet, token,
                                 recorded_at, recorded_by_id)
        SELECT id, '{kind}', {at}, '{status}', '', '{{}}', '', gen_random_uuid(), {at}, {user}
        FROM cases_case {which}
        """  # noqa: S608  # no input
    )


if __name__ == "__main__":
    main()
