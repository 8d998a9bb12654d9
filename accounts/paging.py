"""Pages of a long list that cost the same wherever one is in it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

SIZE = 50
#: Beyond this, a count says "more than": nobody reads the exact figure.
COUNTED = 10_000

Row = TypeVar("Row", bound=Model)
#: Cuts rows up along their order, from a moment (or the beginning) downwards or upwards,
#: so that a page is found piece by piece where the whole could not be sorted in time.
Pieces = Callable[[Any, datetime | None, bool], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the marks from which the next and the last ones begin."""

    rows: Sequence[Row]
    before: str = ""  # mark for the page before this one; "" at the beginning
    after: str = ""  # mark for the page after this one; "" at the end


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are; `more` if there are more than were counted."""

    number: int
    more: bool


def count(
    rows: QuerySet[Row], *, most: int = COUNTED, pieces: Pieces | None = None
) -> Count:
    """Count rows, but not beyond `most`."""
    found = 0
    for piece in pieces(rows, None, True) if pieces else [rows]:
        found += piece.order_by()[: most + 1 - found].count()
        if found > most:
            break
    return Count(min(found, most), found > most)


def page(
    rows: QuerySet[Row],
    by: str,
    *,
    before: str = "",
    after: str = "",
    size: int = SIZE,
    pieces: Pieces | None = None,
) -> Page[Row]:
    """Return the rows after (or before) a mark, sorted by a moment and then by id.

    `by` is the field, with "-" for latest first. A mark that means nothing is taken
    for the beginning: it comes from a query string, which can hold anything.
    """
    field, latest_first = by.lstrip("-"), by.startswith("-")
    backwards = bool(before) and not after
    start = _read(before if backwards else after)
    downwards = latest_first != backwards
    if start:
        rows = rows.filter(_beyond(field, *start, downwards=downwards))
    sign = "-" if downwards else ""
    rows = rows.order_by(f"{sign}{field}", f"{sign}pk")
    found: list[Row] = []
    for piece in (
        pieces(rows, start[0] if start else None, downwards) if pieces else [rows]
    ):
        found += piece[: size + 1 - len(found)]
        if len(found) > size:
            break
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    if not shown:
        return Page([])
    first, last = (mark(row, field) for row in (shown[0], shown[-1]))
    return Page(
        shown,
        before=first if (more if backwards else start) else "",
        after=last if (start if backwards else more) else "",
    )


def mark(row: Any, by: str) -> str:
    """Return the mark of a row in a list sorted so; "" where it has no such moment."""
    moment = getattr(row, by.lstrip("-"))
    return f"{moment.isoformat()}~{row.pk}" if moment else ""


def _beyond(field: str, moment: datetime, pk: int, *, downwards: bool) -> Q:
    side = "lt" if downwards else "gt"
    # The first condition says no more than the second, but an index can serve it.
    return Q(**{f"{field}__{side}e": moment}) & (
        Q(**{f"{field}__{side}": moment}) | Q(**{f"pk__{side}": pk})
    )


def _read(mark: str) -> tuple[datetime, int] | None:
    moment, _, pk = mark.partition("~")
    try:
        at, key = datetime.fromisoformat(moment), int(pk)
        if at.tzinfo is None or abs(key) >= 2**63:
            return None
        # PostgreSQL knows few of the offsets that Python does.
        return at.astimezone(UTC), key
    except (ValueError, OverflowError):
        return None
