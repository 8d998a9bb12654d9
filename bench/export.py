"""Measure the ledger going out: seconds, rows a second, and memory at most.

    python bench/export.py 300000 --by-format 50000

Takes the orders of the database in DATABASE_URL, which `bench/fill.py` has filled, and
leaves no more behind there than the rows of the exports. By hand, on a quiet machine.
"""

import os
import resource
import subprocess
import sys
import time
from argparse import ArgumentParser
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402
import xlsxwriter  # noqa: E402

FORMAT = ("序号", "工单编号", "来电时间", "派单时间", "标题", "主要内容", "来电人电话/账号", "村/社区",
          "当前处理单位", "当前状态", "截止时间", "办结时间", "是否解决", "是否满意", "是否完整")  # fmt: skip


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=int)
    parser.add_argument("--by-format", type=int, default=0, help="rows for a format")
    parser.add_argument(
        "--one", choices=["plain", "format"], help="one, in this process"
    )
    given = parser.parse_args()
    if given.one:
        with TemporaryDirectory() as folder:
            os.environ |= {
                "MEDIA_ROOT": folder,
                "LOG_LEVEL": "WARNING",
            }
            django.setup()
            export(given.orders, by_format=given.one == "format")
    else:
        each(given.orders, given.by_format)


def each(plain: int, by_format: int) -> None:
    """Make each file in a process of its own: the memory of one is not another's."""
    for count, kind in ((plain, "plain"), (by_format, "format")):
        if count:
            command = [sys.executable, __file__, str(count), "--one", kind]
            subprocess.run(command, check=True)  # noqa: S603


def export(most: int, *, by_format: bool) -> None:
    from django.utils.timezone import now  # noqa: PLC0415

    from cases.actions import exports, ledger_templates  # noqa: PLC0415
    from cases.exports.orders import Orders  # noqa: PLC0415
    from cases.ledger import COLUMNS  # noqa: PLC0415
    from cases.models import Case  # noqa: PLC0415
    from contracts.models import Membership  # noqa: PLC0415

    contract = Case.objects.order_by("pk").first().contract  # type: ignore[union-attr]
    by = Membership.objects.filter(contract=contract, role="manager")[0].user
    given: dict[str, Any] = {"token": uuid4(), "by": by, "at": now()}
    template = None
    if by_format:
        file = form()
        template = ledger_templates.put(contract, name="bench", file=file, **given)
    columns = [key for key in COLUMNS if key not in ("further", "missing")][:20]
    whole = Orders.lines
    Orders.lines = lambda self, came_to, _most=None: whole(self, came_to, most)  # type: ignore[method-assign,misc,assignment]
    one = exports.ask(
        contract, query="", columns=columns, template=template, permit=None, **given
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    begun = time.perf_counter()
    exports.make(one, at=now())
    took = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    one.refresh_from_db()
    size = one.file.size / 2**20
    print(
        f"export of {one.rows:,} rows, {'format' if by_format else '20 columns'}:",
        f"{took:.1f} s, {one.rows / took:,.0f} rows a second, {size:.1f} MB,"  # type: ignore[operator]
        f" {after} MB of memory at most ({before} MB before)",
    )


def form() -> Any:
    from django.core.files.base import ContentFile  # noqa: PLC0415

    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        looks = book.add_format({"border": 1})
        sheet.merge_range(0, 0, 0, len(FORMAT) - 1, "台账（{{期间}}）")
        for column, heading in enumerate(FORMAT):
            sheet.write_string(1, column, heading, looks)
            sheet.write_string(2, column, f"{{{{{heading}}}}}", looks)
        sheet.write_string(3, 0, "制表人：{{制表人}}")
    return ContentFile(file.getvalue(), "format.xlsx")


if __name__ == "__main__":
    main()
