"""Party A's format: a workbook with placeholders in one row, read and checked."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO
from zipfile import ZipFile

from django.utils.translation import gettext as _

from cases import sheets
from cases.ledger import COLUMNS, key_of
from contracts.sheets.archive import MEGABYTE
from contracts.sheets.refusal import FileRefused, in_words
from contracts.sheets.table import Row
from contracts.sheets.workbook import Workbook

from .scan import Element, scan

MOST_BYTES = 5 * MEGABYTE
LONGEST_PART = 5 * MEGABYTE
MOST_ROWS = 2_000
MOST_COLUMNS = 200

#: Stands in the row of the placeholders for the number of the row.
RUNNING = "序号"
#: What the lines above and below the rows may ask for.
TITLES = ("制表人", "制表时间", "期间", "合同", "导出编号")

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ROW = re.compile(r"\d{1,7}")
#: Parts that a format has no use for, and that do or fetch something once it is opened.
_ACTIVE = (
    "xl/activex/",
    "xl/connections.xml",
    "xl/ctrlprops/",
    "xl/customdata/",
    "xl/embeddings/",
    "xl/externallinks/",
    "xl/macrosheets/",
    "xl/dialogsheets/",
    "xl/model/",
    "xl/pivotcache/",
    "xl/pivottables/",
    "xl/querytables/",
    "xl/tables/",
    "customui/",
)


class LayoutRefused(Exception):
    """A workbook that is no format of the ledger, in words for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of the row of the placeholders: which column it takes, None for what stands."""

    letters: str
    cell: Element
    key: str | None


@dataclass(slots=True)
class Layout:
    """A format as it has been understood.

    `part` is the sheet's part of the archive and `data` its XML; `row` the element of
    the placeholders' row, `places` its cells; `titles` are cells elsewhere that name
    something of the whole file.
    """

    sheet: str
    part: str
    data: bytes
    elements: list[Element]
    number: int
    row: Element
    places: list[Place]
    titles: list[tuple[Element, str]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """Return the columns that are asked for, in their order, without the row's number."""
        return [one.key for one in self.places if one.key in COLUMNS]  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of a workbook: its name, its part, its XML, and the words in its cells."""

    name: str
    part: str
    data: bytes
    elements: list[Element]
    words: Mapping[tuple[int, str], str]


def read(file: IO[bytes], name: str) -> Layout:
    """Read and check a format. Raises LayoutRefused, in words."""
    try:
        with in_words():
            return _read(file, name)
    except FileRefused as refusal:
        raise LayoutRefused(str(refusal)) from refusal


def _read(file: IO[bytes], name: str) -> Layout:
    if sheets.inspect(file, name) is not sheets.Kind.WORKBOOK:
        raise LayoutRefused(_("A format is an .xlsx workbook; this is not one."))
    if file.seek(0, 2) > MOST_BYTES:
        raise FileRefused("too_large", most=MOST_BYTES // MEGABYTE)
    with ZipFile(file) as archive:
        _refuse_what_acts(archive)
        pages = list(_pages(file, archive))
    for page in pages:
        _refuse_formulas(page)
    asking = [page for page in pages if any(key_of(said) for _at, said in _asked(page))]
    if not asking:
        raise LayoutRefused(
            _("No cell asks for a column of the ledger, such as {{工单编号}}.")
        )
    if len(asking) > 1:
        raise LayoutRefused(
            _("More than one sheet asks for columns: %(sheets)s.")
            % {"sheets": "、".join(page.name for page in asking)}
        )
    _refuse_unknown(pages, asking[0])
    return _understood(asking[0])


def part(archive: ZipFile, name: str) -> bytes:
    """Return a part that is read whole. Its size was listed before, and is checked."""
    if archive.getinfo(name).file_size > LONGEST_PART:
        raise FileRefused("too_large", most=LONGEST_PART // MEGABYTE)
    return archive.read(name)


def main_part(archive: ZipFile) -> str:
    """Return the part that lists the sheets."""
    for one in scan(part(archive, "_rels/.rels")):
        if one.attributes.get("Type", "").endswith("/officeDocument"):
            return one.attributes["Target"].lstrip("/")
    raise FileRefused("other_archive")


def relations_of(name: str) -> str:
    folder, file = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def targets(archive: ZipFile, name: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part refers to, with their kind, by the name it gives them."""
    folder = posixpath.dirname(name)
    return {
        one.attributes["Id"]: (
            posixpath.normpath(
                posixpath.join("/", folder, one.attributes["Target"])
            ).lstrip("/"),
            one.attributes["Type"].rpartition("/")[2],
        )
        for one in scan(part(archive, relations_of(name)))
        if one.name == "Relationship"
    }


def _pages(file: IO[bytes], archive: ZipFile) -> Iterator[Page]:
    main = main_part(archive)
    known = targets(archive, main)
    words = {sheet.name: sheet for sheet in Workbook(file).sheets}
    for one in scan(part(archive, main)):
        if one.name != "sheet":
            continue
        key = next(
            said for name, said in one.attributes.items() if name.endswith(":id")
        )
        where, kind = known[key]
        name = one.attributes["name"]
        if kind != "worksheet" or name not in words:
            raise LayoutRefused(_("The workbook has sheets that are no tables."))
        data = part(archive, where)
        yield Page(name, where, data, scan(data), dict(_words(words[name].rows())))


def _words(
    rows: Iterator[Row],
) -> Iterator[tuple[tuple[int, str], str]]:
    for number, cells in rows:
        if number > MOST_ROWS:
            raise FileRefused("too_many_rows", most=MOST_ROWS)
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and "{{" in cell:
                yield (number, letters_of(index)), cell


def letters_of(index: int) -> str:
    """Return what a column is called: A is 0, AA is 26.

    >>> letters_of(0), letters_of(25), letters_of(26), letters_of(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of(cell: Element) -> tuple[int, str]:
    """Return the row and the column of a cell."""
    found = _CELL.fullmatch(cell.attributes.get("r", ""))
    if not found:
        raise LayoutRefused(
            _(
                "The workbook does not say where its cells are. Save it with Excel or WPS."
            )
        )
    return int(found[2]), found[1]


def _refuse_what_acts(archive: ZipFile) -> None:
    for name in archive.namelist():
        if name.casefold().startswith(_ACTIVE):
            raise LayoutRefused(
                _(
                    "The workbook has more in it than cells (%(part)s). Copy the table to "
                    "a new workbook and send that."
                )
                % {"part": name}
            )
        if name.casefold().endswith(".rels") and any(
            one.attributes.get("TargetMode") == "External"
            for one in scan(part(archive, name))
        ):
            raise LayoutRefused(
                _("The workbook refers to something outside it: a link or a picture.")
            )


def _refuse_formulas(page: Page) -> None:
    if any(one.name == "f" for one in page.elements):
        raise LayoutRefused(
            _("Sheet “%(sheet)s” has formulas in it. A format has none.")
            % {"sheet": page.name}
        )


def _asked(page: Page) -> Iterator[tuple[tuple[int, str], str]]:
    for place, text in page.words.items():
        for asked in PLACEHOLDER.findall(text):
            yield place, asked


def _refuse_unknown(pages: list[Page], asking: Page) -> None:
    unknown = dict.fromkeys(
        asked
        for page in pages
        for _place, asked in _asked(page)
        if page is not asking
        or (asked not in (*TITLES, RUNNING) and key_of(asked) is None)
    )
    if unknown:
        raise LayoutRefused(
            _("The ledger has no column for: %(names)s.")
            % {"names": "、".join(f"{{{{{name}}}}}" for name in unknown)}
        )


def _understood(page: Page) -> Layout:
    numbers = {
        place[0]
        for place, asked in _asked(page)
        if key_of(asked) is not None or asked == RUNNING
    }
    if len(numbers) > 1:
        raise LayoutRefused(
            _("Columns of the ledger are asked for in more than one row: %(rows)s.")
            % {"rows": "、".join(map(str, sorted(numbers)))}
        )
    number = numbers.pop()
    row = next(
        one
        for one in page.elements
        if one.name == "row" and one.attributes.get("r") == str(number)
    )
    places, titles = [], []
    for cell in (one for one in page.elements if one.name == "c"):
        where = place_of(cell)
        text = page.words.get(where)
        if where[0] == number:
            places.append(Place(where[1], cell, _key_of(text, where)))
        elif text:
            titles.append((cell, text))
    _refuse_merged_across(page, number)
    return Layout(
        page.name, page.part, page.data, page.elements, number, row, places, titles
    )


def _key_of(text: str | None, where: tuple[int, str]) -> str | None:
    if text is None:
        return None
    found = PLACEHOLDER.fullmatch(text.strip())
    if not found or found[1] in TITLES:
        raise LayoutRefused(
            _("Cell %(cell)s has to hold one placeholder of a column and nothing else.")
            % {"cell": f"{where[1]}{where[0]}"}
        )
    return RUNNING if found[1] == RUNNING else key_of(found[1])


def _refuse_merged_across(page: Page, number: int) -> None:
    for one in page.elements:
        if one.name == "mergeCell":
            rows = [int(row) for row in _ROW.findall(one.attributes["ref"])]
            if min(rows) <= number <= max(rows):
                raise LayoutRefused(
                    _("Cells are merged in the row of the placeholders (%(ref)s).")
                    % {"ref": one.attributes["ref"]}
                )


def as_columns(layout: Layout) -> list[list[str]]:
    """Return which column of the sheet takes which of the ledger, to be kept."""
    return [[place.letters, place.key] for place in layout.places if place.key]
