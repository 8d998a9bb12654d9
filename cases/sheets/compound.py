"""A compound file, the container of old Office files: little more than a disk in a file."""

import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from contracts.sheets.refusal import FileRefused

#: Version, byte order, size of a sector; then where the tables begin, and how long they are.
_HEADER = struct.Struct("<26x3H12x2I4x4I")
_HEADER_SIZE = 512
_LISTED = 109  # sectors of the table that the header has room for
_LITTLE_ENDIAN = 0xFFFE
_SECTOR_SHIFTS = {3: 9, 4: 12}  # by version
_MINI_SHIFT = 6
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_ENTRY = struct.Struct("<64sHBx3I36xIQ")
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_NOBODY = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the directory: a stream, or a storage of more lines."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class Compound:
    """The streams at the top of a compound file. Raises FileRefused.

    Every chain is followed for as many steps as there are sectors and no further, so
    one that bites its tail ends; and a chain has to be as long as its stream is.
    """

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self._data = data = file.read()
        if len(data) < _HEADER_SIZE:
            raise FileRefused("damaged")
        version, order, self._shift, tables, first, self._cutoff, mini, minis, more = (
            _HEADER.unpack_from(data)
        )
        if order != _LITTLE_ENDIAN or self._shift != _SECTOR_SHIFTS.get(version):
            raise FileRefused("damaged")
        self._sectors = max(0, (len(data) - 1) >> self._shift)
        self._next = self._table(tables, more)
        self._mini_next = array("I", self._chained(mini)) if minis else array("I")
        self._entries = self._directory(self._chained(first))
        root = self._entries[0]
        if root.kind != _ROOT:
            raise FileRefused("damaged")
        self._minis = b""
        self._at_top = {
            entry.name.casefold(): entry for entry in self._siblings(root.child)
        }

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._at_top

    def stream(self, name: str) -> bytes:
        """Return what the stream `name` holds."""
        entry = self._at_top[name.casefold()]
        if entry.kind != _STREAM or entry.size > len(self._data):
            raise FileRefused("damaged")
        if entry.size >= self._cutoff:
            found = self._chained(entry.start)
        else:
            root = self._entries[0]
            minis = self._chained(root.start)[: root.size]
            found = _follow(
                entry.start,
                self._mini_next,
                lambda sector: minis[sector << _MINI_SHIFT : sector + 1 << _MINI_SHIFT],
            )
        if len(found) < entry.size:
            raise FileRefused("damaged")
        return found[: entry.size]

    def _table(self, count: int, more: int) -> "array[int]":
        """Return the table that names the sector after each."""
        if count > self._sectors:
            raise FileRefused("damaged")
        listed = list(struct.unpack_from(f"<{_LISTED}I", self._data, 76))
        left = self._sectors
        while more < _END and len(listed) < count:
            *numbers, more = array("I", self._sector(more))
            listed += numbers
            left -= 1
            if left < 0:
                raise FileRefused("damaged")
        table = array("I")
        for sector in listed[:count]:
            table.frombytes(self._sector(sector))
        return table

    def _sector(self, number: int) -> bytes:
        start = number + 1 << self._shift
        sector = self._data[start : start + (1 << self._shift)]
        if not sector:
            raise FileRefused("damaged")
        return sector.ljust(1 << self._shift, b"\0")  # the last may be cut short

    def _chained(self, start: int) -> bytes:
        return _follow(start, self._next, self._sector)

    def _directory(self, data: bytes) -> list[_Entry]:
        entries = []
        for name, length, kind, left, right, child, start, size in _ENTRY.iter_unpack(
            data
        ):
            told = name[: max(0, length - 2)].decode("utf-16-le", "replace")
            whole = size if self._shift > _SECTOR_SHIFTS[3] else size & 0xFFFFFFFF
            entries.append(_Entry(told, kind, left, right, child, start, whole))
        if not entries:
            raise FileRefused("damaged")
        return entries

    def _siblings(self, top: int) -> list[_Entry]:
        """Return the entries of one storage, which hang together as a tree."""
        found: dict[int, _Entry] = {}
        waiting = [top]
        while waiting:
            number = waiting.pop()
            if number == _NOBODY or number in found:
                continue
            found[number] = entry = self._entries[number]
            waiting += [entry.left, entry.right]
        return list(found.values())


def _follow(start: int, following: "array[int]", get: Callable[[int], bytes]) -> bytes:
    """Return what the sectors of a chain hold, joined."""
    pieces: list[bytes] = []
    sector = start
    while sector < _END:
        if len(pieces) >= len(following):
            raise FileRefused("damaged")
        pieces.append(get(sector))
        sector = following[sector]
    return b"".join(pieces)
