"""XML from a stranger: fed in pieces, and refused where it asks for more than a table needs."""

from collections.abc import Iterable, Iterator
from typing import NoReturn
from xml.parsers.expat import ParserCreate

from .refusal import FileRefused

DEEPEST = 64
_LONGEST_TAG = 1 << 20
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
        self._local = _Local()
        # The encoding is set, not believed: the standard asks for UTF-8.
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

    def feed(self, pieces: Iterable[bytes]) -> Iterator[None]:
        """Read `pieces`, pausing after each so that what was found can be taken."""
        fed = read = 0
        for piece in pieces:
            self._parser.Parse(piece)
            fed += len(piece)
            # An unfinished tag is gone over again with every piece, which takes
            # minutes for one of many megabytes; names are kept for ever.
            read = max(read, self._parser.CurrentByteIndex)
            if fed - read > _LONGEST_TAG or len(self._parser.intern) > _MOST_NAMES:
                raise FileRefused("damaged")
            yield
        self._parser.Parse(b"", True)
        yield

    def read(self, pieces: Iterable[bytes]) -> None:
        for _pause in self.feed(pieces):
            pass

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FileRefused("damaged")
        self.began(self._local[name], attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.ended(self._local[name])


def _refuse_doctype(*_declaration: object) -> NoReturn:
    raise FileRefused("doctype")
