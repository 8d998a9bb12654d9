"""Measure import, pages and the daily report on made-up orders; print a table.

    python bench/measure.py 100000 --entries 500000

Works in a database of its own, made anew beside the one of DATABASE_URL and dropped
afterwards, with gunicorn as `./start` runs it. By hand, on a quiet machine.
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
from datetime import date
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
    parser.add_argument("orders", type=int)
    parser.add_argument("--entries", type=int, default=0, help="of the ledger, in all")
    given = parser.parse_args()
    url = os.environ["DATABASE_URL"]
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
    with web() as port:
        pages(contract, manager, port)


def people() -> tuple[Any, Any]:
    from django.core.management import call_command  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415
    from contracts.models import Contract, Membership  # noqa: PLC0415

    call_command("load_contract", CONTRACT, verbosity=0, stdout=sys.stderr)
    contract = Contract.objects.get()
    manager = User.objects.create(username="bench", name="bench")
    Membership.objects.create(contract=contract, user=manager, role=Role.MANAGER)
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
def web() -> Iterator[int]:
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
            yield port
        finally:
            server.terminate()


def pages(contract: Any, manager: Any, port: int) -> None:
    from django.test import Client  # noqa: PLC0415

    from cases.models import Case, CaseStatus  # noqa: PLC0415

    client = Client()
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    base = f"/contracts/{contract.number}"
    closed = Case.objects.filter(status=CaseStatus.CALLED_BACK)[0]
    month = {
        "since": "2026-10-19T00:00:00",
        "until": "2026-11-19T00:00:00",
        "solved": "no",
    }
    for name, path in {
        "home page": f"{base}/reports/home/",
        "list": f"{base}/cases/",
        "list, filtered": f"{base}/cases/?{urlencode(month)}",
        "list, open by deadline": f"{base}/cases/?open=yes&sort=due_at",
        "search, two characters (frequent)": f"{base}/cases/?q={quote('小区')}",
        "search, two characters (rarer)": f"{base}/cases/?q={quote('路灯')}",
        "search, number begun": f"{base}/cases/?q=202610",
        "one order": f"{base}/cases/{closed.pk}/",
    }.items():
        row(name, spread([fetch(port, "GET", path, session) for _n in range(ROUNDS)]))
    row("a transition", spread(transitions(base, port, session)))


def transitions(base: str, port: int, session: str) -> list[float]:
    from cases.models import Case, CaseStatus  # noqa: PLC0415

    received = Case.objects.filter(status=CaseStatus.RECEIVED)[:ROUNDS]
    secret = "x" * 32
    return [
        fetch(
            port,
            "POST",
            f"{base}/cases/{case.pk}/sign/",
            f"{session}; csrftoken={secret}",
            urlencode({"token": uuid4(), "csrfmiddlewaretoken": secret}),
        )
        for case in received
    ]


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
