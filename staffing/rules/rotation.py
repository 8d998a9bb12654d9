"""Who works which shift when they take turns（轮班）."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

P = TypeVar("P")


def rotate(
    people: Sequence[P],
    cycle: Sequence[str],
    days: Sequence[date],
    *,
    stagger: int,
    begin: int = 0,
) -> Iterator[tuple[P, date, str]]:
    """Yield who works which shift on which day; days off (a blank) are left out.

    Everybody goes through the same cycle, each `stagger` days behind the one before;
    the first stands at its place `begin` on the first day. Four people, two days apart
    in two early, two late, a day off, two nights and a day off: each day has one of each.

    >>> cycle = ["早", "早", "中", "中", "", "夜", "夜", ""]
    >>> days = [date(2026, 6, 1), date(2026, 6, 2)]
    >>> sorted(shift for _who, day, shift in rotate("ABCD", cycle, days, stagger=2) if day == days[1])
    ['中', '夜', '早']
    """
    for number, who in enumerate(people):
        for gone, day in enumerate(days):
            shift = cycle[(begin + gone - number * stagger) % len(cycle)]
            if shift:
                yield who, day, shift
