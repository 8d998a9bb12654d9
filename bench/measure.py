"""Measure import, pages and the daily report on made-up orders; print a table.

    python bench/measure.py 100000 --entries 500000
    python bench/measure.py --of-database

Works in a database of its own, made anew beside the one of DATABASE_URL and dropped
afterwards; or with `--of-database` in that one, as bench/fill.py has filled it. With
gunicorn as `./start` runs it. By hand, on a quiet machine.
"""

import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402
import psycopg  # noqa: E402
from django.conf import settings  # noqa: E402

NAME = "bench_of_its_own"
ROUNDS = 30
CONTRACT = ROOT / "contracts" / "data" / "yongdinglu-2026.toml"


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int, nargs="?", default=0)
    parser.add_argument("--entries", type=int, default=0, help="of the ledger, in all")
    parser.add_argument("--of-database", action="store_true")
    given = parser.parse_args()
    url = os.environ["DATABASE_URL"]
    os.environ["LOG_LEVEL"] = "WARNING"
    if given.of_database:
        django.setup()
        measure_filled()
        return
    with own_database(url) as own, TemporaryDirectory() as folder:
        os.environ |= {
            "DATABASE_URL": own,
            "MEDIA_ROOT": folder,
            "LOG_LEVEL": "WARNING",
        }
        django.setup()
        measure(given.orders, given.entries, Path(folder))


@contextmanager
def own_database(url: str) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME}")
        connection.execute(f"CREATE DATABASE {NAME}")
    base = url.rpartition("/")[0]
    try:
        yield f"{base}/{NAME}"
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def measure(orders: int, entries: int, folder: Path) -> None:
    from django.core.management import call_command  # noqa: PLC0415  # after setup()

    call_command("migrate", verbosity=0)
    contract, manager = people()
    importing(contract, manager, orders, folder)
    fill_ledger(manager.pk, entries)
    report(contract)
    with web() as (port, _server):
        pages(contract, manager, port)


def measure_filled() -> None:
    from accounts.models import User  # noqa: PLC0415  # after setup()
    from cases.models import Case  # noqa: PLC0415
    from contracts.models import Contract  # noqa: PLC0415

    row("orders", f"{Case.objects.count():,}")
    row("load of the machine at the start", f"{os.getloadavg()[0]:.1f}")
    contract, manager = Contract.objects.get(), User.objects.get(username="bench")
    with web() as (port, server):
        pages(contract, manager, port)
        many(contract, manager, port)
        memory(contract, manager, port, server)
    row("load of the machine at the end", f"{os.getloadavg()[0]:.1f}")


def people() -> tuple[Any, Any]:
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415
    from contracts.models import Contract, Membership  # noqa: PLC0415

    call_command("load_contract", CONTRACT, verbosity=0, stdout=sys.stderr)
    contract = Contract.objects.get()
    manager = User.objects.create(username="bench", name="bench")
    Membership.objects.create(
        contract=contract, user=manager, role=Role.MANAGER, cleared_at=now()
    )
    return contract, manager


def importing(contract: Any, manager: Any, orders: int, folder: Path) -> None:
    from django.core.files import File  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from cases import actions  # noqa: PLC0415

    path = folder / "orders.xlsx"
    # By another process: the memory it takes is not the import's.
    make = [str(ROOT / "bench" / "make_orders.py"), str(orders), str(path)]
    span = ["--starts-on", "2026-05-01", "--days", "205", "--seed", "1"]
    subprocess.run([sys.executable, *make, *span], check=True)  # noqa: S603
    with path.open("rb") as file:
        batch = actions.receive_file(
            contract, file=File(file, path.name), token=uuid4(), by=manager, at=now()
        )
    check = timed(lambda: actions.work_on(batch, at=now()))
    batch.refresh_from_db()
    actions.confirm(batch, by=manager, at=now())
    write = timed(lambda: actions.work_on(batch, at=now()))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    row(f"check of {orders:,} rows", f"{check:.1f} s")
    row(f"import of {orders:,} rows", f"{write:.1f} s, {most} MB at most")


def fill_ledger(user: int, entries: int) -> None:
    """Bring the ledger up to a size: reminders, spread over the orders."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO cases_entry
                (case_id, kind, at, status, text, changes, token, recorded_at, recorded_by_id)
            SELECT id, 'urged', counted_at + n * interval '1 hour', '', '请尽快联系来电人。',
                   '{}', gen_random_uuid(), now(), %s
            FROM generate_series(1, 9) n, cases_case
            LIMIT greatest(0, %s - (SELECT count(*) FROM cases_entry))
            """,
            [user, entries],
        )
        cursor.execute("ANALYZE")
        cursor.execute("SELECT count(*) FROM cases_entry")
        row("entries in the ledger", f"{cursor.fetchone()[0]:,}")


def report(contract: Any) -> None:
    from django.utils import translation  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from reports import daily, pdf, xlsx  # noqa: PLC0415
    from reports.scope import scope_of  # noqa: PLC0415

    with translation.override("zh-hans"):
        scope = scope_of(contract, date(2026, 11, 20), at=now())
        found: list[Any] = []
        row(
            "daily report, figures",
            f"{timed(lambda: found.append(daily.build(scope))):.2f} s",
        )
        row("daily report, workbook", f"{timed(lambda: xlsx.write(found[0])):.2f} s")
        row("daily report, PDF", f"{timed(lambda: pdf.write(found[0])):.2f} s")


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("gunicorn")), "config.wsgi", "--workers", "2",
        "--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level", "error",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT) as server:  # noqa: S603
        for _attempt in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        try:
            yield port, server.pid
        finally:
            server.terminate()


def pages(contract: Any, manager: Any, port: int) -> None:
    session, base = signed_in(manager), f"/contracts/{contract.number}"
    for name, path in {**lists(contract, base), **searches(base)}.items():
        row(name, spread([fetch(port, "GET", path, session) for _n in range(ROUNDS)]))
    row("a transition", spread(transitions(base, port, session)))


def signed_in(manager: Any) -> str:
    from django.test import Client  # noqa: PLC0415  # after setup()

    client = Client()
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def lists(contract: Any, base: str) -> dict[str, str]:
    """Return the pages to open: the list, narrowed by each filter it offers, a record."""
    from cases.filters import CaseFilter  # noqa: PLC0415
    from cases.models import Case, CaseStatus  # noqa: PLC0415

    one = Case.objects.filter(status=CaseStatus.CALLED_BACK).order_by("-counted_at")[0]
    last = one.counted_at
    given = {
        "unit": one.unit_id,
        "community": one.community_id or "",
        "category": one.category_id,
        "since": (last - timedelta(days=31)).isoformat(),
        "until": (last - timedelta(days=31)).isoformat(),
        "closed_since": (last - timedelta(days=31)).isoformat(),
        "closed_until": (last - timedelta(days=31)).isoformat(),
    }
    form = CaseFilter({}, contract=contract, at=last).form
    for name, field in form.fields.items():
        if name not in given and hasattr(field.widget, "choices"):
            keys = [key for key, _label in field.widget.choices if key]
            given |= {name: keys[-1]} if keys else {}
    month = {"since": given["since"], "solved": "no", "source": "city"}
    found = {
        "home page": f"{base}/reports/home/",
        "list": f"{base}/cases/",
        "list, 200 rows": f"{base}/cases/?rows=200",
        "list, oldest first": f"{base}/cases/?sort=counted_at",
        "list, a month unsolved": f"{base}/cases/?{urlencode(month)}",
        "list, open by deadline": f"{base}/cases/?open=yes&sort=due_at",
        "list, open to sign": f"{base}/cases/?status=received&sort=due_at",
    }
    for name, value in given.items():
        found[f"list, {name}={value}"[:44]] = (
            f"{base}/cases/?{urlencode({name: value})}"
        )
    return found | {"one order": f"{base}/cases/{one.pk}/"}


def searches(base: str) -> dict[str, str]:
    return {
        f"search, {what}": f"{base}/cases/?q={quote(words)}"
        for what, words in {
            "in every second order": "来电",
            "in every sixth": "小区",
            "in one of fifty": "路灯",
            "of a season": "供暖",
            "rare": "蚊虫",
            "of none": "龘龘",
            "two words": "电梯 漏水",
            "number begun": "202610",
            "part of a number": "200042",
            "number whole": "20261001200010",
            "end of a telephone": "9937",
        }.items()
    }


def many(contract: Any, manager: Any, port: int) -> None:
    """Urge and sign two hundred orders at once."""
    from cases.models import Case, CaseStatus  # noqa: PLC0415

    session, base = signed_in(manager), f"/contracts/{contract.number}"
    waiting = Case.objects.filter(status=CaseStatus.RECEIVED).order_by("pk")
    for act, more in {"urge": {"asked": "on", "text": "请尽快"}, "sign": {}}.items():
        chosen = [("selected", pk) for pk in waiting.values_list("pk", flat=True)[:200]]
        body = [*chosen, ("token", uuid4()), *more.items()]
        took = post(port, f"{base}/cases/bulk/{act}/", session, body)
        row(f"bulk, {act} {len(chosen)}", f"{took:.0f} ms")


def memory(contract: Any, manager: Any, port: int, server: int) -> None:
    """Say how large the workers are after two thousand pages."""
    session, base = signed_in(manager), f"/contracts/{contract.number}"
    paths = [*lists(contract, base).values(), *searches(base).values()]
    for number in range(2000):
        fetch(port, "GET", paths[number % len(paths)], session)
    sizes = [
        int(line.split()[1]) // 1024
        for worker in Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for line in Path(f"/proc/{worker}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    ]
    row("workers after 2,000 pages", ", ".join(f"{size} MB" for size in sizes))


def transitions(base: str, port: int, session: str) -> list[float]:
    from cases.models import Case, CaseStatus  # noqa: PLC0415

    received = Case.objects.filter(status=CaseStatus.RECEIVED)[:ROUNDS]
    return [
        post(port, f"{base}/cases/{case.pk}/sign/", session, [("token", uuid4())])
        for case in received
    ]


def post(port: int, path: str, session: str, body: list[tuple[str, Any]]) -> float:
    secret = "x" * 32
    return fetch(
        port,
        "POST",
        path,
        f"{session}; csrftoken={secret}",
        urlencode([*body, ("csrfmiddlewaretoken", secret)]),
    )


def fetch(port: int, method: str, path: str, session: str, body: str = "") -> float:
    """Return the milliseconds that a request took."""
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    took = 1000 * (time.perf_counter() - begun)
    connection.close()
    if answer.status not in (200, 302):
        raise SystemExit(f"{path}: {answer.status}")
    return took


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(took: list[float]) -> str:
    worst = sorted(took)[int(len(took) * 0.95)]
    return f"{statistics.median(took):.0f} ms median, {worst:.0f} ms at the 95th"


def row(what: str, figure: str) -> None:
    print(f"{what:<38}{figure}", flush=True)


if __name__ == "__main__":
    main()
