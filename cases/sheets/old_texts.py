"""The texts of an old .xls workbook, which may begin in one record and end in another."""

import struct
from array import array

from contracts.sheets.archive import MEGABYTE, MOST_INFLATED
from contracts.sheets.refusal import FileRefused

BYTE, COUNT, LONG = struct.Struct("<B"), struct.Struct("<H"), struct.Struct("<I")

_WIDE, _FAR_EAST, _RICH = 0x01, 0x04, 0x08
_RECENT, _SHORT = 5_000, 100  # texts kept unpacked, since they come again and again


class Segments:
    """Reads texts from a record that goes on in others.

    Where a text is cut in two, the second part says anew whether a character takes two
    bytes or one.
    """

    def __init__(self, data: bytes, segments: list[tuple[int, int]]) -> None:
        self._data = data
        self._segments = iter(segments)
        self._place = self._end = 0
        self._go_on()

    def _go_on(self) -> None:
        try:
            self._place, self._end = next(self._segments)
        except StopIteration:
            raise FileRefused("damaged") from None

    def take(self, layout: struct.Struct) -> int:
        """Return the next number, which is never cut in two."""
        if self._place == self._end:
            self._go_on()
        if self._place + layout.size > self._end:
            raise FileRefused("damaged")
        (number,) = layout.unpack_from(self._data, self._place)
        self._place += layout.size
        return int(number)

    def skip(self, count: int) -> None:
        while count > self._end - self._place:
            count -= self._end - self._place
            self._go_on()
        self._place += count

    def text(self, count: int) -> str:
        """Return a text of `count` characters, with what is said of it before and after."""
        flags = self.take(BYTE)
        runs = self.take(COUNT) * 4 if flags & _RICH else 0
        reading_aid = self.take(LONG) if flags & _FAR_EAST else 0
        found = self.characters(count, flags)
        if runs or reading_aid:
            self.skip(runs + reading_aid)
        return found

    def characters(self, count: int, flags: int) -> str:
        found = []
        while True:
            size = 2 if flags & _WIDE else 1
            here = min(count, (self._end - self._place) // size)
            piece = self._data[self._place : self._place + here * size]
            self._place += here * size
            found.append(
                piece.decode("utf-16-le", "surrogatepass")
                if flags & _WIDE
                else piece.decode("latin-1")
            )
            count -= here
            if not count:
                return found[0] if len(found) == 1 else _mended("".join(found))
            if self._place != self._end:
                raise FileRefused("damaged")  # half a character
            self._go_on()
            flags = self.take(BYTE)


def _mended(text: str) -> str:
    """Return a text whose cut may have gone through a pair of surrogates."""
    return text.encode("utf-16-le", "surrogatepass").decode(
        "utf-16-le", "surrogatepass"
    )


class Texts:
    """The texts that cells refer to by number, packed: a million are common.

    They are gone through when the first of them is asked for.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.segments: list[tuple[int, int]] = []
        self._packed = bytearray()
        self._ends = array("Q")
        self._recent: dict[int, str] = {}
        self._given = 0

    def _read(self) -> None:
        self._ends.append(0)
        segments = Segments(self._data, self.segments)
        segments.take(LONG)  # how often they are used
        for _text in range(segments.take(LONG)):
            text = segments.text(segments.take(COUNT))
            self._packed += text.encode("utf-8", "surrogatepass")
            self._ends.append(len(self._packed))

    def __getitem__(self, number: int) -> str:
        if (text := self._recent.get(number)) is None:
            if not self._ends:
                self._read()
            packed = self._packed[self._ends[number] : self._ends[number + 1]]
            text = packed.decode("utf-8", "surrogatepass")
            if len(text) < _SHORT:
                if len(self._recent) >= _RECENT:
                    self._recent.clear()
                self._recent[number] = text
            self._given += len(text)
            if self._given > MOST_INFLATED:  # one long text in very many cells
                raise FileRefused("inflated", most=MOST_INFLATED // MEGABYTE)
        return text
