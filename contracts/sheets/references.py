"""What the references of an .xlsx workbook name: columns by letters, merged cells."""

import re
from collections.abc import Iterable, Iterator

from .refusal import FileRefused
from .table import Span

_COLUMN = re.compile("[A-Z]{1,3}")
_MERGE = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,100}?"
    rb"ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_LONGEST_MERGE = 200


class Letters(dict[str, int]):
    """The letters of a column → which it is, from 0: A is 0, AA is 26."""

    def __missing__(self, letters: str) -> int:
        if not _COLUMN.fullmatch(letters):
            raise FileRefused("damaged")
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        self[letters] = column - 1
        return column - 1


def spans(pieces: Iterable[bytes]) -> Iterator[Span]:
    """Yield the merged cells of a sheet, which stand behind all of its rows."""
    columns = Letters()
    rest = b""
    for piece in pieces:
        text = rest + piece
        end = 0
        for found in _MERGE.finditer(text):
            end = found.end()
            left, first, right, last = (group.decode() for group in found.groups())
            yield int(first), int(last), columns[left], columns[right]
        rest = text[max(end, len(text) - _LONGEST_MERGE) :]
