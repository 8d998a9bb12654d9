"""Cutting fonts down to the characters used, where HarfBuzz cannot be asked by WeasyPrint.

WeasyPrint wants the system library libharfbuzz-subset. Without it, it falls back on
fontTools, which takes eighteen times as long over a Chinese font. uharfbuzz, which made
the fonts, brings the same code along.
"""

from collections.abc import Iterable
from typing import Any

import uharfbuzz as hb

DROPPED = [
    int.from_bytes(tag.encode(), "big")
    for tag in (
        "BASE", "DSIG", "EBDT", "EBLC", "EBSC", "GPOS", "GSUB", "JSTF", "LTSH", "PCLT", "SVG ",
    )
]  # fmt: skip


def install(fonts: Any) -> None:
    """Let `weasyprint.pdf.fonts` subset with uharfbuzz, if it cannot by itself."""
    if fonts.harfbuzz_subset is None:
        fonts.Font.subset = subset


def subset(self: Any, to_unicode: dict[int, str], hinting: bool) -> None:
    """Take the place of `Font.subset` of WeasyPrint 70.

    In two steps as there: the glyphs that are used, under the numbers they have, then
    away with the empty ones behind the last.
    """
    if not to_unicode:
        return
    flags = hb.SubsetFlags.PASSTHROUGH_UNRECOGNIZED | hb.SubsetFlags.DESUBROUTINIZE
    if self.missing:
        flags |= hb.SubsetFlags.NOTDEF_OUTLINE
    face = hb.Face(hb.Blob(self.file_content), self.index)
    face = _cut(face, to_unicode, flags | hb.SubsetFlags.RETAIN_GIDS)
    if not hinting:
        flags |= hb.SubsetFlags.NO_HINTING
    face = _cut(face, range(max(to_unicode) + 1), flags)
    self.file_content = bytes(face.blob.data)


def _cut(face: Any, glyphs: Iterable[int], flags: Any) -> Any:
    wanted = hb.SubsetInput()
    wanted.flags = flags
    wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(glyphs)
    wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(DROPPED)
    return hb.subset(face, wanted)
