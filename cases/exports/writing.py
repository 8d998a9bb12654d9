"""How a workbook writes a cell, a reference and a footer in XML."""

import re
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from .plain import MOST_IN_A_HEADER, fitting

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ROW_OF = re.compile(r"(?<=[A-Z$])(\d{1,7})")


def cell(prefix: str, reference: str, style: str | None, value: object) -> str:
    """Return a cell; words are words whatever they begin with, and no formula is written."""
    looks = f' s="{style}"' if style else ""
    opening = f'<{prefix}c r="{reference}"{looks}'
    match value:
        case None | "":
            return f"{opening}/>"
        case bool():
            return cell(prefix, reference, style, _("Yes") if value else _("No"))
        case int() | float():
            return f"{opening}><{prefix}v>{value!r}</{prefix}v></{prefix}c>"
        case _:
            return (
                f'{opening} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">'
                f"{escaped(str(value))}</{prefix}t></{prefix}is></{prefix}c>"
            )


def escaped(text: str) -> str:
    """Return a text as a cell holds it, with what XML cannot hold written out.

    >>> escaped("a<b\\x07"), escaped("_x0041_")
    ('a&lt;b_x0007_', '_x005F_x0041_')
    """
    text = _LIKE_AN_ESCAPE.sub("_x005F_", fitting(text))
    return escape(_NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text))


def prefix_of(tag: bytes) -> str:
    """Return the prefix of an element's name, with its colon; "" if it has none.

    >>> prefix_of(b'<x:row r="1">'), prefix_of(b"<row/>")
    ('x:', '')
    """
    name = tag[1:].split(None, 1)[0].rstrip(b"/>").decode()
    return name[: name.find(":") + 1]


def moved(reference: str, row: int, by: int) -> str:
    """Return ranges of cells with all that lies below `row` moved, and what ends on it.

    >>> moved("A1:C1 A5:C5 D5 A7", 5, 10)
    'A1:C1 A5:C15 D5:D15 A17'
    """

    def one(cells: str) -> str:
        first, colon, last = cells.partition(":")
        if not colon and by and _ROW_OF.findall(first) == [str(row)]:
            colon, last = ":", first
        start = _ROW_OF.sub(lambda found: _below(found[1], row, by), first)
        end = _ROW_OF.sub(lambda found: _below(found[1], row - 1, by), last)
        return start + colon + end

    return " ".join(map(one, reference.split(" ")))


def _below(number: str, row: int, by: int) -> str:
    return str(int(number) + by) if int(number) > row else number


def printed_on_every_page(mark: str, prefix: str = "") -> str:
    """Return the element of a footer: the mark, and which page of how many it is."""
    said = escape(mark[:MOST_IN_A_HEADER].replace("&", "&&"))
    return f"<{prefix}oddFooter>&amp;L{said}&amp;R&amp;P / &amp;N</{prefix}oddFooter>"
