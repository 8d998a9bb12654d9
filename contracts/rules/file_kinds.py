"""What a file handed in as a paper may be: told by its first bytes, not by its name."""

from pathlib import PurePath

#: The largest paper that is taken, in bytes.
MOST_BYTES = 20 * 2**20

#: Ending → what a file of this kind begins with. OFD and the office formats are zip.
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "ofd": (b"PK\x03\x04",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "zip": (b"PK\x03\x04",),
}
LONGEST_BEGINNING = max(len(one) for all_ in BEGINNINGS.values() for one in all_)


def ending(name: str) -> str:
    """Return how a file's name ends, in lower case and without the dot.

    >>> ending("盖章扫描件.PDF")
    'pdf'
    """
    return PurePath(name).suffix.lower().removeprefix(".")


def is_what_it_says(name: str, beginning: bytes) -> bool:
    """Tell whether a file may be taken, and begins as its name says.

    >>> is_what_it_says("notice.pdf", b"%PDF-1.7")
    True
    >>> is_what_it_says("notice.pdf", b"MZ")
    False
    """
    return beginning.startswith(BEGINNINGS.get(ending(name), (b"\0never",)))
