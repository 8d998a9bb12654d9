"""The orders that a list shows, all of them, in its order."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.roles import MAY, Role
from cases.filters import CaseFilter, asked_of
from cases.ledger import COLUMNS, Reader, Value, fetched_for, values
from cases.models import Case, Export

#: Rows fetched at a time, and between two words about how far it has come.
CHUNK = 2_000

#: What every file is judged by, shown or not (第二条 3).
JUDGED = ("complete", "late")


class Orders:
    """What an export says, order by order. Iterating reads it once, from a cursor.

    Once that is over, `count` is how many orders there were, `complete` how many of
    them were whole, and `late` of how many a line was recorded late. Has to be
    iterated inside a transaction: the cursor lives as long, and sees one moment.
    """

    def __init__(self, export: Export, role: Role) -> None:
        self.count = self.complete = self.late = 0
        self.filter = CaseFilter(
            QueryDict(export.query),
            queryset=Case.objects.of(export.contract).seen_by(export.asked_by, role),
            contract=export.contract,
            phones=role in MAY["cases.reveal"],
            at=export.asked_at,
        )
        self.columns = [COLUMNS[key] for key in export.columns]
        self._reader = Reader(export.asked_at, may_see=export.permit is not None)
        by = self.filter.sorted_by
        sign = "-" if by.startswith("-") else ""
        self._rows = fetched_for(self.filter.qs, [*export.columns, *JUDGED]).order_by(
            by, f"{sign}pk"
        )

    def total(self) -> int:
        return self._rows.order_by().count()

    def lines(
        self,
        came_to: Callable[[int], None] = lambda _done: None,
        most: int | None = None,
    ) -> Iterator[list[Value]]:
        """Yield what each order says in each column; tell `came_to` now and then."""
        judged = [COLUMNS[key] for key in JUDGED]
        for case in self._rows[:most].iterator(chunk_size=CHUNK):
            if self.count % CHUNK == 0:
                came_to(self.count)
            complete, late = values(case, judged, self._reader)
            self.count += 1
            self.complete += bool(complete)
            self.late += bool(late)
            yield values(case, self.columns, self._reader)


def narrowed(query: str) -> str:
    """Return what a query string narrows a list down to, written in one way.

    Not how the list is sorted, nor its columns, nor where in it one is.
    """
    said = asked_of(QueryDict(query))
    said.pop("sort", None)
    pairs = ((name, value.strip()) for name, values in said.lists() for value in values)
    return urlencode(sorted(pairs))
