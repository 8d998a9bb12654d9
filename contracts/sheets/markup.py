"""XML from a stranger: fed in pieces, and refused where it asks for more than a table needs."""

from collections.abc import Iterable, Iterator
from typing import NoReturn
from xml.parsers.expat import ParserCreate

from .refusal import FileRefused

_DEEPEST = 64
_LONGEST_TAG = 1 << 20
_LONGEST_ELEMENT = 1 << 20
_MOST_NAMES = 10_000
_TEXT = 1 << 16


class _Local(dict[str, str]):
    """Names without the prefix of their namespace, which every writer chooses itself."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


class Reader:
    """Reads one part of a workbook; a subclass says what becomes of its elements."""

    def __init__(self) -> None:
        self._depth = 0
        self._pushed = self._understood = 0
        self._local = _Local()
        # Whatever it declares: the standard asks for UTF-8.
        self._parser = parser = ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.buffer_size = _TEXT
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text

    def began(self, name: str, attributes: dict[str, str]) -> None:
        """Take note of an opening tag."""

    def ended(self, name: str) -> None:
        """Take note of a closing tag."""

    def text(self, text: str) -> None:
        """Take note of text."""

    def push(self, piece: bytes) -> None:
        """Read the next piece."""
        self._parser.Parse(piece)
        # An unfinished tag is gone over again with every piece, which takes minutes
        # for one of many megabytes; and every name is kept for ever.
        self._pushed += len(piece)
        self._understood = max(self._understood, self._parser.CurrentByteIndex)
        waiting = self._pushed - self._understood
        if waiting > _LONGEST_TAG or len(self._parser.intern) > _MOST_NAMES:
            raise FileRefused("damaged")

    def finish(self) -> None:
        """Make sure that nothing is missing at the end."""
        self._parser.Parse(b"", True)

    def read(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.push(piece)
        self.finish()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FileRefused("damaged")
        self.began(self._local[name], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.ended(self._local[name])


def _refuse_doctype(*_declaration: object) -> NoReturn:
    raise FileRefused("doctype")


def split(pieces: Iterable[bytes], closing: bytes) -> Iterator[bytes]:
    """Cut `pieces` anew, after every `closing` tag; where none comes, anywhere."""
    rest = b""
    for piece in pieces:
        *elements, rest = (rest + piece).split(closing)
        for element in elements:
            yield element + closing
        if len(rest) > _LONGEST_ELEMENT:
            yield rest
            rest = b""
    yield rest
