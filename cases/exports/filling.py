"""Fills Party A's format: its row of placeholders once for each order, all else as it was."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from cases.ledger import Value

from .book import COVER, cover, days_late, styles, with_cover
from .cover import Fact
from .layout import (
    PLACEHOLDER,
    RUNNING,
    Layout,
    Place,
    main_part,
    part,
    place_of,
)
from .plain import serial
from .scan import Edit, Element, apply, with_attribute
from .writing import cell, moved, prefix_of, printed_on_every_page

#: What has to come after the element that holds a page's header and footer.
AFTER_FOOTER = frozenset({
    "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors",
    "smartTags", "drawing", "legacyDrawing", "legacyDrawingHF", "picture", "oleObjects",
    "controls", "webPublishItems", "tableParts", "extLst",
})  # fmt: skip
PIECE = 1 << 16
#: Of how hard a file is packed, from 1 to 9: beyond, it takes longer and saves little.
PACKED = 4


def fill(
    source: IO[bytes],
    path: Path | IO[bytes],
    layout: Layout,
    lines: Iterable[Sequence[Value]],
    *,
    titles: Mapping[str, str],
    mark: str,
    facts: Callable[[], Iterable[Fact]],
) -> None:
    """Write a copy of the format in `source` with the rows in it, as they come.

    `titles` is what the lines around the rows may ask for; `facts` is asked for once
    the last row has come.
    """
    with (
        ZipFile(source) as archive,
        ZipFile(path, "w", ZIP_DEFLATED, compresslevel=PACKED) as out,
    ):
        main = main_part(archive)
        changed, dated = styles(archive, main, layout)
        rows = _Rows(layout, dated, days_late=days_late(part(archive, main)))
        with out.open(layout.part, "w", force_zip64=True) as sheet:
            for piece in _sheet(rows, lines, layout, titles, mark):
                sheet.write(piece)
        changed |= with_cover(archive, main, layout, rows.further_down)
        changed[COVER] = cover(facts(), mark)
        for name in archive.namelist():
            if name not in changed and name != layout.part:
                _copy(archive, out, name)
        for name, data in changed.items():
            out.writestr(name, data)


def _copy(archive: ZipFile, out: ZipFile, name: str) -> None:
    with archive.open(name) as member, out.open(name, "w") as copy:
        while piece := member.read(PIECE):
            copy.write(piece)


def _sheet(
    rows: "_Rows",
    lines: Iterable[Sequence[Value]],
    layout: Layout,
    titles: Mapping[str, str],
    mark: str,
) -> Iterator[bytes]:
    data, row = layout.data, layout.row
    above = [*_titles(layout, titles), *_without_dimension(layout)]
    yield from apply(above, data, 0, row.start)
    yield from rows.written(lines)
    below = [*_below(layout, titles, rows.further_down), *_footer(layout, mark)]
    yield from apply(below, data, row.end, len(data))


class _Rows:
    """Writes the rows, each in the looks of the row of the placeholders."""

    def __init__(
        self, layout: Layout, dated: Mapping[str, str], *, days_late: int
    ) -> None:
        self.count = 0
        self._layout, self._days_late = layout, days_late
        opening = layout.data[layout.row.start : layout.row.opened]
        self._prefix = prefix_of(opening)
        self._opening = opening[:-2] + b">" if opening.endswith(b"/>") else opening
        self._dated = {
            place.letters: dated[place.cell.attributes.get("s", "0")]
            for place in layout.places
        }

    @property
    def further_down(self) -> int:
        """Say by how many rows what stands below has to move."""
        return max(self.count - 1, 0)

    def written(self, lines: Iterable[Sequence[Value]]) -> Iterator[bytes]:
        for line in lines:
            yield self._row(iter(line))
            self.count += 1
        if not self.count:  # no order: the row stays, and is empty
            yield self._row(None)

    def _row(self, line: Iterator[Value] | None) -> bytes:
        number = self._layout.number + self.count
        cells = [self._cell(place, number, line) for place in self._layout.places]
        opening = with_attribute(self._opening, "r", str(number))
        return b"".join([opening, *cells, f"</{self._prefix}row>".encode()])

    def _cell(self, place: Place, number: int, line: Iterator[Value] | None) -> bytes:
        reference = f"{place.letters}{number}"
        if place.key is None:  # what stands there stands in every row
            one, data = place.cell, self._layout.data
            opening = with_attribute(data[one.start : one.opened], "r", reference)
            return opening + data[one.opened : one.end]
        style: str | None = place.cell.attributes.get("s")
        value: Value | float = None
        if line is not None:
            value = self.count + 1 if place.key == RUNNING else next(line)
        if isinstance(value, datetime):
            style = self._dated[place.letters]
            value = serial(value) - self._days_late
        return cell(self._prefix, reference, style, value).encode()


# --- What stands around the rows ------------------------------------------------------------


def _titles(layout: Layout, titles: Mapping[str, str]) -> Iterator[Edit]:
    for one, text in layout.titles:
        if one.start < layout.row.start:
            number, letters = place_of(one)
            yield _title(layout, one, text, titles, f"{letters}{number}")


def _title(
    layout: Layout, one: Element, text: str, titles: Mapping[str, str], reference: str
) -> Edit:
    said = PLACEHOLDER.sub(lambda found: titles[found[1]], text)
    prefix = prefix_of(layout.data[one.start : one.opened])
    written = cell(prefix, reference, one.attributes.get("s"), said)
    return Edit(one.start, one.end, written.encode())


def _without_dimension(layout: Layout) -> Iterator[Edit]:
    # It says how far the sheet goes, which is known only once it has been written.
    for one in layout.elements:
        if one.name == "dimension":
            yield Edit(one.start, one.end, b"")


def _below(layout: Layout, titles: Mapping[str, str], by: int) -> Iterator[Edit]:
    """Yield the changes that take what stands below the rows down with them."""
    asking = {one.start: text for one, text in layout.titles}
    for one in layout.elements:
        if one.start < layout.row.end:
            continue
        if one.name == "row" and "r" in one.attributes:
            yield _changed(layout, one, "r", str(int(one.attributes["r"]) + by))
        elif one.name == "c":
            number, letters = place_of(one)
            reference = f"{letters}{number + by}"
            if one.start in asking:
                yield _title(layout, one, asking[one.start], titles, reference)
            else:
                yield _changed(layout, one, "r", reference)
        else:
            for name in {"ref", "sqref"} & one.attributes.keys():
                said = moved(one.attributes[name], layout.number, by)
                yield _changed(layout, one, name, said)


def _changed(layout: Layout, one: Element, name: str, value: str) -> Edit:
    tag = with_attribute(layout.data[one.start : one.opened], name, value)
    return Edit(one.start, one.opened, tag)


def _footer(layout: Layout, mark: str) -> Iterator[Edit]:
    """Print on every page who took the file, below the heading that the format has."""
    data = layout.data
    top = [one for one in layout.elements if one.depth == 1]
    prefix = prefix_of(data[layout.row.start : layout.row.opened])
    footer = printed_on_every_page(mark, prefix)
    own = next((one for one in top if one.name == "headerFooter"), None)
    if own is None:
        after = next((one.start for one in top if one.name in AFTER_FOOTER), None)
        at = data.rindex(b"</") if after is None else after
        whole = f"<{prefix}headerFooter>{footer}</{prefix}headerFooter>"
        yield Edit(at, at, whole.encode())
        return
    heading = b"".join(
        data[one.start : one.end]
        for one in layout.elements
        if one.name == "oddHeader" and own.start < one.start < own.end
    )
    # Not another one for the first page or for even ones, which would be without it.
    opening = f"<{prefix}headerFooter>".encode()
    closing = f"{footer}</{prefix}headerFooter>".encode()
    yield Edit(own.start, own.end, opening + heading + closing)
