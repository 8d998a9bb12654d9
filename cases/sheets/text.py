"""Reads a table of plain text: comma, semicolon or tab; UTF-8 or GB18030."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import IO

from cases.rules.headers import likeness

from .refusal import FileRefused
from .table import MOST_COLUMNS, Row, Sheet

_PIECE = 1 << 20
_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = (",", "\t", ";")
_HEAD_LINES = 100


class TextTable:
    """A text file as a workbook of one sheet without a name. Raises FileRefused."""

    def __init__(self, file: IO[bytes], head_rows: int) -> None:
        self._file = file
        self.encoding = _encoding(file)
        self._delimiter = self._sniff(head_rows)
        self.sheets = [Sheet("", hidden=False, rows=self._rows)]

    def _rows(self) -> Iterator[Row]:
        return self._split(self._delimiter)

    def _split(self, delimiter: str, lines: int | None = None) -> Iterator[Row]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self.encoding, newline="")
        try:
            records = csv.reader(islice(text, lines), delimiter=delimiter, strict=True)
            for number, record in enumerate(records, start=1):
                if len(record) > MOST_COLUMNS and any(record[MOST_COLUMNS:]):
                    raise FileRefused("too_many_columns", row=number, most=MOST_COLUMNS)
                yield number, list(record[:MOST_COLUMNS])
        finally:
            text.detach()  # or the file would be closed with its wrapper

    def _sniff(self, head_rows: int) -> str:
        """Return the delimiter that makes the most of the table's head."""

        def fit(delimiter: str) -> int:
            best = 0
            try:
                for _number, cells in islice(
                    self._split(delimiter, _HEAD_LINES), head_rows
                ):
                    best = max(best, likeness([str(cell) for cell in cells]))
            except (csv.Error, FileRefused):
                pass  # what came before the trouble still counts
            return best

        return max(_DELIMITERS, key=fit)


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding that all of `file` is in."""
    file.seek(0)
    start = file.read(2)
    if start in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        raise FileRefused("utf_16")
    for encoding in _ENCODINGS:
        if _decodes(file, encoding):
            return encoding
    raise FileRefused("encoding")


def _decodes(file: IO[bytes], encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            if b"\x00" in piece:
                raise FileRefused("not_text")
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
