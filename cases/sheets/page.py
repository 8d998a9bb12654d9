"""Reads the tables of a web page, which some platforms call an export to Excel.

Not with html.parser: on some pages it takes time with the square of their length, and
it never says that a page has been cut short. This goes over each character once.
"""

import html
import re
from collections.abc import Iterator
from typing import IO

from contracts.rules.cells import Cell
from contracts.sheets.refusal import FileRefused
from contracts.sheets.table import MOST_COLUMNS, Broken, Merged, Row, Sheet

from .rows import MOST_CHARACTERS
from .text import encoding_of

_MOST_TABLES = 100
_DEEPEST = 20
_LOOKED_AT = 4_096
_LONGEST_SPAN = 65_534
_LONGEST_TEXT = MOST_CHARACTERS + 1  # which is one too many, and a fault in any case
_KNOWN_CHARSETS = re.compile(
    r"gb|utf|unicode|ascii|iso-?8859-1|windows-1252|936", re.IGNORECASE
)

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w:.-]{1,40})""", re.IGNORECASE)
_XML_TABLE = re.compile(r"<(?:\w{1,20}:)?Workbook[\s>]")

#: A tag, up to its end; a quoted value may have one in it that is not.
_TAG = re.compile(
    r"""<(/?)([A-Za-z][^\s/>]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])))*+)>"""
)
#: A row with nothing out of the ordinary in it, and its cells: attributes and text.
_USUAL = r"""(?:[^<>"']++|"[^<>"]*+"|'[^<>']*+')*+>"""
_TEXT = r"(?:[^<]++|<br\s*+/?>)*+"
_PLAIN_ROW = re.compile(
    rf"<tr(?=[\s>]){_USUAL}\s*+(?:<t[dh](?=[\s>]){_USUAL}{_TEXT}</t[dh]>\s*+)*+</tr>",
    re.IGNORECASE,
)
_PLAIN_CELL = re.compile(rf"<t[dh]({_USUAL})({_TEXT})</t[dh]>", re.IGNORECASE)
_BR = re.compile(r"<br\s*+/?>", re.IGNORECASE)
_SPAN = re.compile(
    r"""(?<![\w-])(rowspan|colspan)\s*=\s*["']?\s*(\d{1,6})""", re.IGNORECASE
)
#: What ends what is none of the page's text.
_ASIDES = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "noscript")
}
_ROWS = frozenset({"row", "tr", "/tr"})
_BREAKS = frozenset({"br", "p", "div", "li"})
_OPENS = re.compile(r"/?[A-Za-z]")
_SPACES = re.compile(r"[ \t\n\r\f\xa0]+")
_BREAK = re.compile(r" ?\n ?")
_NO_TEXT, _ROW = "!", "row"


def looks_like_markup(start: bytes) -> bool:
    """Tell whether a file that begins like this is a page. Raises FileRefused."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = start[: len(start) // 2 * 2].decode("utf-16", "replace")
    else:
        text = start.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    text = text.lstrip()
    if re.match(
        r"MIME-Version:|Content-Type:\s*multipart/|From: <?Saved", text, re.IGNORECASE
    ):
        raise FileRefused("single_file_page")
    if _XML_TABLE.search(text) and text.startswith("<"):
        raise FileRefused("xml_table")
    return text.startswith("<")


class Page:
    """The tables of a page as the sheets of a workbook. Raises FileRefused."""

    def __init__(self, file: IO[bytes]) -> None:
        encoding = encoding_of(file)
        file.seek(0)
        self._text = file.read().decode(encoding)
        declared = _CHARSET.search(self._text[:_LOOKED_AT])
        if (
            declared
            and encoding == "gb18030"
            and not _KNOWN_CHARSETS.match(declared[1])
        ):
            raise FileRefused("encoding")
        tables = _find_tables(self._text)
        if not tables:
            raise FileRefused("no_table")
        self.sheets = [
            self._sheet(str(number) if len(tables) > 1 else "", start)
            for number, start in enumerate(tables, start=1)
        ]

    def _sheet(self, name: str, start: int) -> Sheet:
        merged: list[Merged] = [Merged()]

        def rows() -> Iterator[Row]:
            table = _Table(self._text, start)
            merged[0] = table.merged
            return table.rows()

        return Sheet(name, hidden=False, rows=rows, merged=lambda: merged[0])


def _tags(text: str, start: int = 0) -> Iterator[tuple[int, int, str, str]]:
    """Yield place, end, name and attributes of each tag; a closing one begins with "/".

    A comment is named "!", and so is what stands in a script. A row with nothing but
    cells in it comes whole, as nearly all do, and is named "row". Raises FileRefused
    where the page ends inside of a tag.
    """
    place = start
    while (place := text.find("<", place)) >= 0:
        if row := _PLAIN_ROW.match(text, place):
            end = row.end()
            yield place, end, _ROW, ""
        elif text.startswith("!--", place + 1):
            end = _after(text, "-->", place + 4)
            yield place, end, _NO_TEXT, ""
        elif text.startswith(("!", "?"), place + 1):
            end = _after(text, ">", place)
            yield place, end, _NO_TEXT, ""
        elif tag := _TAG.match(text, place):
            closes, name, attributes = tag.groups()
            name = name.lower()
            end = tag.end()
            yield place, end, closes + name, attributes
            if name in _ASIDES and not closes:
                aside = _ASIDES[name].search(text, end)
                if not aside:
                    raise FileRefused("damaged")
                yield end, aside.start(), _NO_TEXT, ""
                end = aside.start()
        elif _OPENS.match(text, place + 1):
            raise FileRefused("damaged")  # a tag that ends nowhere
        else:
            end = place + 1  # no tag at all: 3 < 4
        place = end


def _after(text: str, mark: str, place: int) -> int:
    found = text.find(mark, place)
    if found < 0:
        raise FileRefused("damaged")
    return found + len(mark)


def _find_tables(text: str) -> list[int]:
    """Return where each table begins that has to end somewhere."""
    found: list[int] = []
    depth = 0
    for place, _end, name, _attributes in _tags(text):
        if name == "table":
            found.append(place)
            depth += 1
            if len(found) > _MOST_TABLES:
                raise FileRefused("too_many_tables", most=_MOST_TABLES)
            if depth > _DEEPEST:
                raise FileRefused("damaged")
        elif name == "/table":
            depth = max(0, depth - 1)
    if depth:
        raise FileRefused("damaged")  # cut short
    return found


class _Table:
    """One table, which begins at a place in a page. A table inside it is not of it."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self.merged = Merged()
        self._covered: dict[int, int] = {}  # column → the last row that a cell covers
        self._number = 0
        self._row: list[Cell | Broken] | None = None
        self._texts: list[str] | None = None
        self._spans = ""

    def rows(self) -> Iterator[Row]:
        depth = end = 0
        for place, after, name, attributes in _tags(self._text, self._start):
            if depth == 1 and self._texts is not None and place > end:
                self._texts.append(_flowing(self._text[end:place]))
            end = after
            if name == "table":
                depth += 1
            elif name == "/table":
                depth -= 1
                if not depth:
                    break
            elif depth == 1:
                if name in _ROWS and (row := self._end_row()):
                    yield row
                if name == _ROW:
                    yield self._plain_row(place, after)
                else:
                    self._take(name, attributes)
        if row := self._end_row():
            yield row

    def _plain_row(self, place: int, after: int) -> Row:
        self._row = self._begin_row()
        for attributes, text in _PLAIN_CELL.findall(self._text, place, after):
            self._spans = attributes
            self._texts = [_flowing(text)]
            if "<" in text:
                self._texts = ["\n".join(map(_flowing, _BR.split(text)))]
            self._end_cell()
        row, self._row = self._row, None
        return self._number, row

    def _take(self, name: str, attributes: str) -> None:
        if name in {"td", "th"}:
            self._end_cell()
            self._row = self._begin_row()
            self._texts, self._spans = [], attributes
        elif name in {"/td", "/th"}:
            self._end_cell()
        elif name == "tr":
            self._row = self._begin_row()
        elif name in _BREAKS and self._texts is not None:
            self._texts.append("\n")

    def _begin_row(self) -> list[Cell | Broken]:
        if self._row is None:
            self._number += 1
            return []
        return self._row

    def _end_row(self) -> Row | None:
        self._end_cell()
        row, self._row = self._row, None
        return None if row is None else (self._number, row)

    def _end_cell(self) -> None:
        """Put the cell that is open into the row, at the first place nothing covers."""
        if self._texts is None or self._row is None:
            return
        row, number = self._row, self._number
        text = "".join(self._texts).strip()
        if "\n" in text:
            text = _BREAK.sub("\n", text)
        self._texts = None
        while self._covered.get(len(row), 0) >= number:
            row.append("")
        column = len(row)
        if column >= MOST_COLUMNS:
            if text:
                raise FileRefused("too_many_columns", row=number, most=MOST_COLUMNS)
            return
        row.append(text[:_LONGEST_TEXT])
        if len(self._spans) > 1 and "span" in self._spans.lower():
            self._cover(row, column)

    def _cover(self, row: list[Cell | Broken], column: int) -> None:
        """Leave blank what the cell at `column` covers, in this row and below."""
        told = {name.lower(): int(count) for name, count in _SPAN.findall(self._spans)}
        wide = min(max(1, told.get("colspan", 1)), MOST_COLUMNS - column)
        high = min(max(1, told.get("rowspan", 1)), _LONGEST_SPAN)
        last = self._number + high - 1
        if wide > 1 or high > 1:
            self.merged.add((self._number, last, column, column + wide - 1))
        row += [""] * (min(column + wide, MOST_COLUMNS) - len(row))
        if high > 1:
            self._covered |= dict.fromkeys(range(column, column + wide), last)


def _flowing(text: str) -> str:
    """Return text as a page shows it: any run of space is one, and & names a character."""
    if "&" in text:
        text = html.unescape(text)
    return text if text.isalnum() else _SPACES.sub(" ", text)
