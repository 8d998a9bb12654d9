"""What a workbook keeps beside its sheets: styles, names, and one more sheet about itself."""

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape
from zipfile import ZipFile

from django.utils.translation import gettext as _

from contracts.sheets.formats import BUILT_IN_DATES, DATE_1904, shows_a_date

from .cover import Fact
from .layout import Layout, part, relations_of, targets
from .plain import moment_format
from .scan import Edit, Element, apply, scan, with_attribute
from .writing import cell, moved, prefix_of, printed_on_every_page

COVER = "xl/worksheets/about.xml"
WORKSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FREE_FORMAT = 164  # below are those that spreadsheet programs know by themselves


def days_late(main: bytes) -> int:
    return next(
        (
            DATE_1904
            for one in scan(main)
            if one.name == "workbookPr"
            and one.attributes.get("date1904") in ("1", "true")
        ),
        0,
    )


def styles(
    archive: ZipFile, main: str, layout: Layout
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the part of styles, and which style shows a moment, by the style it looks like.

    A cell whose style shows numbers as they are would show a moment as 46174.5.
    """
    name = next(
        where for where, kind in targets(archive, main).values() if kind == "styles"
    )
    data = part(archive, name)
    elements = scan(data)
    formats = {
        one.attributes["numFmtId"]: one.attributes["formatCode"]
        for one in elements
        if one.name == "numFmt" and one.depth == 2  # noqa: PLR2004
    }
    cell_styles = next(one for one in elements if one.name == "cellXfs")
    looks = [
        one
        for one in elements
        if one.name == "xf" and cell_styles.start < one.start < cell_styles.end
    ]
    number = str(max([_FREE_FORMAT - 1, *map(int, formats)]) + 1)
    dated, added = dict[str, str](), list[bytes]()
    for style in {place.cell.attributes.get("s", "0") for place in layout.places}:
        one = looks[int(style)]
        shows = one.attributes.get("numFmtId", "0")
        if int(shows) in BUILT_IN_DATES or shows_a_date(formats.get(shows, "")):
            dated[style] = style
            continue
        dated[style] = str(len(looks) + len(added))
        tag = with_attribute(data[one.start : one.opened], "numFmtId", number)
        tag = with_attribute(tag, "applyNumberFormat", "1")
        added.append(tag + data[one.opened : one.end])
    edits = [
        *_with_format(data, elements, number),
        Edit(
            cell_styles.start,
            cell_styles.opened,
            with_attribute(
                data[cell_styles.start : cell_styles.opened],
                "count",
                str(len(looks) + len(added)),
            ),
        ),
        Edit(looks[-1].end, looks[-1].end, b"".join(added)),
    ]
    return {name: b"".join(apply(edits, data, 0, len(data)))}, dated


def _with_format(data: bytes, elements: list[Element], number: str) -> Iterator[Edit]:
    root = elements[0]
    prefix = prefix_of(data[root.start : root.opened])
    code = escape(moment_format(), {'"': "&quot;"})
    one = f'<{prefix}numFmt numFmtId="{number}" formatCode="{code}"/>'
    own = next((one for one in elements if one.name == "numFmts"), None)
    if own is None or own.opened == own.end:
        whole = f'<{prefix}numFmts count="1">{one}</{prefix}numFmts>'.encode()
        at, end = (root.opened, root.opened) if own is None else (own.start, own.end)
        yield Edit(at, end, whole)
        return
    count = sum(found.name == "numFmt" and found.depth == 2 for found in elements)  # noqa: PLR2004
    tag = with_attribute(data[own.start : own.opened], "count", str(count + 1))
    yield Edit(own.start, own.opened, tag + one.encode())


def with_cover(
    archive: ZipFile, main: str, layout: Layout, moved_by: int
) -> dict[str, bytes]:
    """Return the parts that have to know of one more sheet, which says what the file is."""
    data = part(archive, main)
    elements = scan(data)
    sheets = [one for one in elements if one.name == "sheet"]
    last = sheets[-1]
    key = next(name for name in last.attributes if name.endswith(":id"))
    prefix = prefix_of(data[last.start : last.opened])
    number = max(int(one.attributes["sheetId"]) for one in sheets) + 1
    name = _cover_name({one.attributes["name"] for one in sheets})
    line = f'<{prefix}sheet name="{escape(name)}" sheetId="{number}" {key}="rIdAbout"/>'
    edits = [
        Edit(last.end, last.end, line.encode()),
        *_names(data, elements, layout, moved_by),
    ]
    relation = f'Id="rIdAbout" Type="{RELATIONS}/worksheet" Target="/{COVER}"'
    kind = f'PartName="/{COVER}" ContentType="{WORKSHEET}"'
    return {
        main: b"".join(apply(edits, data, 0, len(data))),
        relations_of(main): _with_child(
            part(archive, relations_of(main)), "Relationship", relation
        ),
        "[Content_Types].xml": _with_child(
            part(archive, "[Content_Types].xml"), "Override", kind
        ),
    }


def _cover_name(taken: set[str]) -> str:
    name = _("About this file")
    while name in taken:
        name += "+"
    return name


def _with_child(data: bytes, name: str, attributes: str) -> bytes:
    root = scan(data)[0]
    prefix = prefix_of(data[root.start : root.opened])
    at = data.rindex(b"</")
    return data[:at] + f"<{prefix}{name} {attributes}/>".encode() + data[at:]


def _names(
    data: bytes, elements: list[Element], layout: Layout, by: int
) -> Iterator[Edit]:
    """Move what a workbook's names, such as its print area, say of the sheet."""
    sheet = re.escape(layout.sheet.replace("'", "''"))
    own = re.compile(rf"((?:'{sheet}'|{sheet})!)(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")
    for one in elements:
        if one.name != "definedName":
            continue
        close = data.rindex(b"</", one.opened, one.end)
        said = data[one.opened : close].decode()
        changed = own.sub(
            lambda found: found[1] + moved(found[2], layout.number, by), said
        )
        if changed != said:
            yield Edit(one.opened, close, changed.encode())


def cover(facts: Iterable[Fact], mark: str) -> bytes:
    rows = "".join(
        f'<row r="{number}">'
        + cell("", f"A{number}", None, fact.label)
        + cell("", f"B{number}", None, fact.said)
        + "</row>"
        for number, fact in enumerate(facts, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="1" width="24" customWidth="1"/>'
        '<col min="2" max="2" width="80" customWidth="1"/></cols>'
        f"<sheetData>{rows}</sheetData>"
        f"<headerFooter>{printed_on_every_page(mark)}</headerFooter></worksheet>"
    ).encode()
