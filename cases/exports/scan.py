"""Where the elements of an XML part stand, byte by byte, so that all else stays as it is.

A parser that writes out again what it has read loses what it does not know of a
workbook, and spreadsheet programs then call the file damaged.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contracts.sheets.markup import Reader
from contracts.sheets.refusal import FileRefused

_TAG = re.compile(
    rb"<[^\s/>]+(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*\s*/?>", re.DOTALL
)
_MOST_ELEMENTS = 200_000


@dataclass(slots=True)
class Element:
    """One element: what it says, and where it and its opening tag begin and end."""

    name: str
    attributes: dict[str, str]
    depth: int
    start: int
    opened: int
    end: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes that take the place of others."""

    start: int
    end: int
    text: bytes


def scan(data: bytes) -> list[Element]:
    """Return all elements in the order in which they open. Raises FileRefused."""
    found = _Elements(data)
    found.read([data])
    return found.elements


class _Elements(Reader):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._data = data
        self._open: list[Element] = []

    def began(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.elements) >= _MOST_ELEMENTS:
            raise FileRefused("damaged")
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self._data, start)
        if tag is None:
            raise FileRefused("damaged")
        one = Element(name, attributes, len(self._open), start, tag.end())
        self.elements.append(one)
        self._open.append(one)

    def ended(self, name: str) -> None:
        one = self._open.pop()
        if self._data[one.opened - 2 : one.opened] == b"/>":
            one.end = one.opened
        else:
            one.end = self._data.index(b">", self._parser.CurrentByteIndex) + 1


def apply(edits: Iterable[Edit], data: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield `data` from `start` to `end` with the edits that fall in there."""
    at = start
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < at or edit.end > end:
            continue
        yield data[at : edit.start]
        yield edit.text
        at = edit.end
    yield data[at:end]


def with_attribute(tag: bytes, name: str, value: str) -> bytes:
    """Return an opening tag with one of its attributes changed, or put in."""
    pattern = re.compile(rb"(\s" + name.encode() + rb"\s*=\s*)(\"[^\"]*\"|'[^']*')")
    said = b'"' + value.encode() + b'"'
    changed, count = pattern.subn(lambda found: found[1] + said, tag, count=1)
    if count:
        return changed
    cut = -2 if tag.endswith(b"/>") else -1
    return tag[:cut].rstrip() + b" " + name.encode() + b"=" + said + tag[cut:]
