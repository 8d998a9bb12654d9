"""A zip file from a stranger: what it lists is checked before any of it is unpacked."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from .refusal import FileRefused

MEGABYTE = 1 << 20
MOST_INFLATED = 200 * MEGABYTE
MOST_MEMBERS = 1_000
_PIECE = 1 << 16
_LISTED = b"PK\x01\x02"
_LOCAL_HEADER = 30
_ENCRYPTED = 0x1


class Archive:
    """The members of a zip file, to be read in pieces. Raises FileRefused."""

    def __init__(self, file: IO[bytes]) -> None:
        _count_members(file)
        self._zip = ZipFile(file)
        members = self._zip.infolist()
        _check_names(members)
        _check_contents(members)
        _check_places(members, self._zip.start_dir)
        self._members = {member.filename.casefold(): member for member in members}

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._members

    def size(self, name: str) -> int:
        """Return how many bytes the member has, unpacked."""
        return self._members[name.casefold()].file_size

    def pieces(self, name: str) -> Iterator[bytes]:
        """Unpack a member. Never gives more than the size it is listed with."""
        count = 0
        with self._zip.open(self._members[name.casefold()]) as member:
            while piece := member.read(_PIECE):
                count += len(piece)
                if count > MOST_INFLATED:
                    raise FileRefused("inflated", most=MOST_INFLATED // MEGABYTE)
                yield piece


def _count_members(file: IO[bytes]) -> None:
    """Refuse a long list before ZipFile makes an object of each of its lines."""
    file.seek(0)
    count, tail = 0, b""
    while piece := file.read(MEGABYTE):
        count += (tail + piece).count(_LISTED)
        tail = piece[1 - len(_LISTED) :]
    if count > MOST_MEMBERS:
        raise FileRefused("too_many_members", most=MOST_MEMBERS)


def _check_names(members: list[ZipInfo]) -> None:
    names = {member.filename.casefold() for member in members}
    if len(names) < len(members) or any(map(_is_odd, members)):
        raise FileRefused("odd_members")
    if any(PurePosixPath(name).name == "vbaproject.bin" for name in names):
        raise FileRefused("macros")


def _is_odd(member: ZipInfo) -> bool:
    name = member.orig_filename
    path = PurePosixPath(name)
    return (
        not name.isprintable()
        or "\\" in name
        or ":" in name
        or path.is_absolute()
        or ".." in path.parts
    )


def _check_contents(members: list[ZipInfo]) -> None:
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise FileRefused("encrypted")
    # Of other methods zipfile unpacks a whole piece at once, however large it grows.
    if any(
        member.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for member in members
    ):
        raise FileRefused("damaged")
    if sum(member.file_size for member in members) > MOST_INFLATED:
        raise FileRefused("inflated", most=MOST_INFLATED // MEGABYTE)


def _check_places(members: list[ZipInfo], listing: int) -> None:
    """Refuse members that share bytes: a small file that unpacks to a huge one."""
    spans = sorted(
        (
            member.header_offset,
            member.header_offset + _LOCAL_HEADER + member.compress_size,
        )
        for member in members
    )
    spans.append((listing, listing))
    if spans[0][0] < 0 or any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise FileRefused("overlap")
