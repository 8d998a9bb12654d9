"""What files of every kind have in common: named sheets of rows of cells."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from contracts.rules.cells import Cell

from .refusal import FileRefused

MOST_COLUMNS = 200
_MOST_MERGED = 200_000


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no value but a reason for having none."""

    code: str
    text: str = ""


Row = tuple[int, list[Cell | Broken]]

#: First row, last row, first column, last column: rows from 1, columns from 0.
Span = tuple[int, int, int, int]


class Merged:
    """The merged cells of a sheet. What one says belongs to its first row and column."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._spans: list[Span] = []
        #: Column → how many of all spans have been looked at, and those that cover it.
        self._by_column: dict[int, tuple[int, list[Span]]] = {}
        for span in spans:
            self.add(span)

    def add(self, span: Span) -> None:
        """Take note of a merged cell. Raises FileRefused if there is no end of them."""
        if len(self._spans) >= _MOST_MERGED:
            raise FileRefused("damaged")
        self._spans.append(span)

    def origin(self, row: int, column: int) -> tuple[int, int]:
        """Return where the cell begins that covers this place, maybe here."""
        seen, spans = self._by_column.get(column, (0, []))
        if seen < len(self._spans):
            new = [span for span in self._spans[seen:] if span[2] <= column <= span[3]]
            in_order = not spans or not new or spans[-1] < min(new)
            spans += sorted(new)
            if not in_order:
                spans.sort()
            self._by_column[column] = len(self._spans), spans
        place = bisect_right(spans, row, key=lambda span: span[0]) - 1
        if place >= 0 and row <= spans[place][1]:
            return spans[place][0], spans[place][2]
        return row, column

    def touches(self, first: int, last: int) -> bool:
        """Tell whether any merged cell lies in these rows."""
        return any(span[0] <= last and first <= span[1] for span in self._spans)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` reads it from the top, as often as it is called.

    A row is its number, as a spreadsheet program shows it, and its cells. `merged` may
    have to read the sheet to its end, so it is asked only where a row looks like it;
    of a cell that covers a row it has to know once that row has come. `days_late` is
    what has to be added to a bare day count, where they do not begin in 1900.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[Row]]
    merged: Callable[[], Merged] = Merged
    days_late: int = 0
