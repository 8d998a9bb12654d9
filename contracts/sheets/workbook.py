"""Reads an .xlsx workbook row by row.

Not with python-calamine, fast as it is: it holds a whole sheet in memory, as many
rows by as many columns as its two farthest cells span (a file of 700 bytes takes
1.2 GB), and tells neither a formula without a result nor an error from a blank cell.
"""

import posixpath
import re
from array import array
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import IO

from contracts.rules.cells import Cell, from_serial

from .archive import MEGABYTE, MOST_INFLATED, Archive
from .formats import BUILT_IN_DATES, DATE_1904, shows_a_date
from .markup import Reader, split
from .references import Letters, spans
from .refusal import FileRefused
from .table import MOST_COLUMNS, Broken, Merged, Row, Sheet

_LAST_ROW = 1_048_576
_MOST_TAGS = 20_000  # a row has at most 16,384 cells
_RECENT, _SHORT = 5_000, 100  # texts kept unpacked, since they come again and again
_LONGEST_TEXT = 200_000  # bytes; the rest is cut off, and the cell a fault in any case
_LONGEST_LIST = 16 * MEGABYTE
_LARGEST = 308  # decimal exponent of what a spreadsheet can hold
_DIGITS = "0123456789"


_PLAIN_STRING = re.compile(rb"<si><t(?: xml:space=\"preserve\")?>([^<&]*)</t></si>")
_PLAIN_ROW = re.compile(r'<row r="(\d{1,7})"[^<>/]*>')
_PLAIN_CELL = re.compile(
    r"""(<c\ r="([A-Z]{1,3})\d+" (?:\ s="(\d+)")? (?:\ t="(\w+)")?
    (?: /> | > (?: <v>([^<&]*)</v>
                 | <is><t(?:\ xml:space="preserve")?>([^<&]*)</t></is> ) </c> ) )""",
    re.VERBOSE,
)
_ROW_END = len("</row>")

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Workbook:
    """The sheets of an .xlsx file. Raises FileRefused, or what its parsers raise."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = Archive(file)
        main = self._main_part()
        relations = self._relations(main)
        book = _Book()
        self._look_up(book, main)
        if not book.sheets:
            raise FileRefused("other_archive")
        self._days_late = DATE_1904 if book.from_1904 else 0
        self._styles = _Styles()
        self._strings_part = relations.only("sharedStrings")
        self._strings: _Strings | None = None
        if styles := relations.only("styles"):
            self._look_up(self._styles, styles)
        self.sheets = [
            self._sheet(name, hidden, relations.targets[key])
            for name, hidden, key in book.sheets
            if relations.kinds.get(key) == "worksheet"
        ]
        if len({relations.targets[key] for _name, _hidden, key in book.sheets}) < len(
            book.sheets
        ):
            raise FileRefused("damaged")  # one sheet a thousand times

    def _main_part(self) -> str:
        main = self._relations("").only("officeDocument")
        if not main or not main.casefold().endswith(".xml"):
            raise FileRefused("other_archive")
        return main

    def _relations(self, part: str) -> "_Relations":
        folder, name = posixpath.split(part)
        relations = _Relations(folder)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        self._look_up(relations, path)
        return relations

    def _look_up(self, reader: Reader, part: str) -> None:
        """Read a part that is kept in memory whole."""
        if self._archive.size(part) > _LONGEST_LIST:
            raise FileRefused("damaged")
        reader.read(self._archive.pieces(part))

    def _sheet(self, name: str, hidden: bool, part: str) -> Sheet:
        def rows() -> Iterator[Row]:
            if self._strings is None:
                self._strings = _Strings()
                if self._strings_part:
                    self._strings.read(self._archive.pieces(self._strings_part))
            cells = _Cells(self._strings, self._styles.dates, self._days_late)
            for number, tags in _Tags().rows(self._archive.pieces(part)):
                yield number, cells.read(number, tags)

        merged: list[Merged] = []

        def merged_once() -> Merged:
            if not merged:
                merged.append(Merged(spans(self._archive.pieces(part))))
            return merged[0]

        return Sheet(name, hidden, rows, merged_once, self._days_late)


#: A cell as it stands in its sheet: column, style, type, text, has it a formula.
_Tag = tuple[str, str, str, str | None, bool]


class _Relations(Reader):
    """Which other parts a part names, and what they are to it."""

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder
        self.targets: dict[str, str] = {}
        self.kinds: dict[str, str] = {}

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            path = posixpath.join("/", self._folder, attributes["Target"])
            self.targets[attributes["Id"]] = posixpath.normpath(path).lstrip("/")
            self.kinds[attributes["Id"]] = attributes["Type"].rpartition("/")[2]

    def only(self, kind: str) -> str | None:
        return next(
            (self.targets[key] for key, named in self.kinds.items() if named == kind),
            None,
        )


class _Book(Reader):
    """The list of sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            key = next(
                (value for key, value in attributes.items() if key.endswith(":id")), ""
            )
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes["name"], hidden, key))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}


class _Styles(Reader):
    """Which cell styles show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self.dates: set[str] = set()
        self._date_formats = {str(number) for number in BUILT_IN_DATES}
        self._in_cell_styles = False
        self._count = 0

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            if shows_a_date(attributes["formatCode"]):
                self._date_formats.add(attributes["numFmtId"])
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif self._in_cell_styles and name == "xf":
            if attributes.get("numFmtId") in self._date_formats:
                self.dates.add(str(self._count))
            self._count += 1

    def ended(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cell_styles = False


class _Strings(Reader):
    """The texts that cells refer to by number, packed: a million are common."""

    def __init__(self) -> None:
        super().__init__()
        self._packed = bytearray()
        self._ends = array("Q", [0])
        self._recent: dict[str, str] = {}
        self._given = 0
        self._taking = False
        self._reading_aid = False

    def __getitem__(self, reference: str) -> str:
        """Return the text that a cell calls `reference`."""
        if (text := self._recent.get(reference)) is None:
            index = int(reference)
            if index < 0:
                raise IndexError(index)
            start, end = self._ends[index], self._ends[index + 1]
            text = _unescaped(self._packed[start:end].decode())
            if len(text) < _SHORT:
                if len(self._recent) >= _RECENT:
                    self._recent.clear()
                self._recent[reference] = text
            self._given += len(text)
            if self._given > MOST_INFLATED:  # one long text in very many cells
                raise FileRefused("inflated", most=MOST_INFLATED // MEGABYTE)
        return text

    def read(self, pieces: Iterable[bytes]) -> None:
        for piece in split(pieces, b"</si>"):
            if found := _PLAIN_STRING.fullmatch(piece):
                self._packed += found[1]
                self._ends.append(len(self._packed))
            else:
                self.push(piece)
        self.finish()

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._taking = not self._reading_aid
        elif name == "rPh":
            self._reading_aid = True

    def ended(self, name: str) -> None:
        if name == "t":
            self._taking = False
        elif name == "rPh":
            self._reading_aid = False
        elif name == "si":
            self._ends.append(len(self._packed))

    def text(self, text: str) -> None:
        if self._taking and len(self._packed) - self._ends[-1] < _LONGEST_TEXT:
            self._packed += text.encode()


class _Tags(Reader):
    """The rows of a sheet, not yet understood.

    Nearly every program writes nearly every row the same way. Such a row is taken
    apart by a pattern that has to account for each of its characters, five times as
    fast as the parser, which gets all the others.
    """

    def __init__(self) -> None:
        super().__init__()
        self._finished: list[tuple[int, list[_Tag]]] = []
        self._number = 0
        self._row: list[_Tag] = []
        self._cell: dict[str, str] = {}
        self._text: str | None = None
        self._aside: str | None = None
        self._is_formula = False
        self._taking = False

    def rows(self, pieces: Iterable[bytes]) -> Iterator[tuple[int, list[_Tag]]]:
        for piece in split(pieces, b"</row>"):
            if (tags := self._plain(piece)) is not None:
                yield self._number, tags
                continue
            self.push(piece)
            if len(self._row) > _MOST_TAGS:
                raise FileRefused("damaged")
            yield from self._finished
            self._finished.clear()
        self.finish()

    def _plain(self, piece: bytes) -> list[_Tag] | None:
        """Return the cells of a row that is written as most are, else None."""
        if not piece.endswith(b"</row>"):
            return None  # cut anywhere, maybe inside a character
        row = piece.decode()
        head = _PLAIN_ROW.match(row)
        if not head:
            return None
        cells = _PLAIN_CELL.findall(row, head.end())
        if head.end() + sum([len(cell[0]) for cell in cells]) + _ROW_END != len(row):
            return None
        self._begin_row(head[1])
        return [
            (column, style, kind, value or text or None, False)
            for _whole, column, style, kind, value, text in cells
        ]

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cell = attributes
            self._text = None
            self._is_formula = False
        elif name in {"v", "t"}:
            self._text = self._text or ""
            self._taking = True
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "rPh":  # how a word is read aloud, which stands beside the word
            self._text, self._aside = "", self._text

    def ended(self, name: str) -> None:
        if name in {"v", "t"}:
            self._taking = False
        elif name == "c":
            cell = self._cell
            column = cell.get("r", "").rstrip(_DIGITS)
            style, kind = cell.get("s", ""), cell.get("t", "")
            self._row.append((column, style, kind, self._text, self._is_formula))
        elif name == "rPh":
            self._text = self._aside
        elif name == "row":
            self._finished.append((self._number, self._row))
            self._row = []

    def text(self, text: str) -> None:
        if self._taking and len(self._text or "") < _LONGEST_TEXT:
            self._text = (self._text or "") + text

    def _begin_row(self, given: str | None) -> None:
        self._number = int(given) if given else self._number + 1
        if not 0 < self._number <= _LAST_ROW:
            raise FileRefused("damaged")


class _Cells:
    """What the cells of a workbook mean."""

    def __init__(self, strings: _Strings, dates: set[str], days_late: int) -> None:
        self._strings = strings
        self._dates = dates
        self._days_late = days_late
        self._columns = Letters()

    def read(self, row: int, tags: list[_Tag]) -> list[Cell | Broken]:
        cells: list[Cell | Broken] = []
        column = -1
        for letters, style, kind, text, is_formula in tags:
            column = self._columns[letters] if letters else column + 1
            if text is None and not is_formula:
                continue
            if column >= MOST_COLUMNS:
                raise FileRefused("too_many_columns", row=row, most=MOST_COLUMNS)
            while len(cells) <= column:
                cells.append("")
            if kind == "s" and text:
                cells[column] = self._strings[text]
            elif kind == "inlineStr":
                cells[column] = _unescaped(text or "")
            else:
                cells[column] = self._cell(kind, style, text, is_formula)
        return cells

    def _cell(
        self, kind: str, style: str, text: str | None, is_formula: bool
    ) -> Cell | Broken:
        if kind in {"str", "d"} and text is not None:
            return _unescaped(text)
        text = (text or "").strip()
        if not text:
            return Broken("formula") if is_formula else ""
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "e":
            return Broken("cell_error", text)
        return self._number(text, style)

    def _number(self, text: str, style: str) -> Cell | Broken:
        value = Decimal(text)
        if not value.is_finite() or value.adjusted() > _LARGEST:
            return Broken("cell_error", text)
        if style not in self._dates:
            return value
        try:
            return from_serial(value + self._days_late)
        except (OverflowError, ValueError):
            return value


def _unescaped(text: str) -> str:
    """Return `text` with the characters that XML cannot hold, such as _x000D_."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
