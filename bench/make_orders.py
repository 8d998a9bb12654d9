"""Make an .xlsx file of made-up work orders, as large as wanted.

    python bench/make_orders.py 100000 orders.xlsx --faults 0.01

The same arguments make the same orders.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cases.demo import generate, write_xlsx

#: What goes wrong in real files: the column, and what stands in it then.
FAULTS = (
    ("工单编号", "2.02605E+13"),
    ("工单编号", ""),
    ("主要内容", "停水\x07"),
    ("派单时间", "2026-02-30 08:00:00"),
    ("来电时间", "昨天下午"),
    ("办结时间", "0226-05-01 08:00:00"),
    ("是否解决", "可能"),
    ("是否满意", "一般般"),
)


def with_faults(
    rows: Iterable[dict[str, str]], share: float, random: Random
) -> Iterator[dict[str, str]]:
    """Spoil one cell in a `share` of the rows."""
    for row in rows:
        if random.random() < share:
            heading, text = random.choice(FAULTS)
            yield row | {heading: text}
        else:
            yield row


def main() -> None:
    parser = ArgumentParser(description="Make an .xlsx file of made-up work orders.")
    parser.add_argument("count", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--faults", type=float, default=0.0, help="share of spoilt rows"
    )
    parser.add_argument(
        "--starts-on", type=date.fromisoformat, default=date(2026, 5, 1)
    )
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rows = generate(
        given.count, starts_on=given.starts_on, days=given.days, seed=given.seed
    )
    written = write_xlsx(
        given.file, with_faults(rows, given.faults, Random(given.seed))
    )
    print(f"{given.file}: {written} orders")


if __name__ == "__main__":
    main()
