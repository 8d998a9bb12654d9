"""What a workbook and a text file have in common: named sheets of rows of cells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cases.rules.cells import Cell

MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that holds no value but a reason for having none."""

    code: str
    text: str = ""


Row = tuple[int, list[Cell | Broken]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` reads it from the top, as often as it is called.

    A row is its number, as a spreadsheet program shows it, and its cells.
    """

    name: str
    hidden: bool
    rows: Callable[[], Iterator[Row]]
