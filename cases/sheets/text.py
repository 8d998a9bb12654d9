"""Reads a table of plain text: comma, semicolon or tab; UTF-8, GB18030 or marked UTF-16."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO

from cases.rules.headers import NO_MAPPING, likeness
from contracts.sheets.refusal import FileRefused
from contracts.sheets.table import MOST_COLUMNS, Row, Sheet

_PIECE = 1 << 20
_ENCODINGS = ("utf-8-sig", "gb18030")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DELIMITERS = (",", "\t", ";")
_HEAD_LINES = 100


class TextTable:
    """A text file as a workbook of one sheet without a name. Raises FileRefused."""

    def __init__(
        self,
        file: IO[bytes],
        head_rows: int,
        mapping: Mapping[str, str] = NO_MAPPING,
    ) -> None:
        self._file = file
        self._mapping = mapping
        self.encoding = encoding_of(file)
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
        """Return the delimiter that makes the most of the table's head.

        Where none makes a head of any row, it is the one that makes the most columns.
        """

        def fit(delimiter: str) -> tuple[int, int]:
            best = widest = 0
            try:
                for _number, cells in islice(
                    self._split(delimiter, _HEAD_LINES), head_rows
                ):
                    texts = [str(cell) for cell in cells]
                    best = max(best, likeness(texts, self._mapping))
                    widest = max(widest, len(texts))
            except (csv.Error, FileRefused):
                pass  # what came before the trouble still counts
            return best, widest

        return max(_DELIMITERS, key=fit)


def encoding_of(file: IO[bytes]) -> str:
    """Return the encoding that all of `file` is in. Raises FileRefused."""
    file.seek(0)
    marked = file.read(2) in _UTF_16
    for encoding in ["utf-16"] if marked else _ENCODINGS:
        if _decodes(file, encoding):
            return encoding
    raise FileRefused("encoding")


def _decodes(file: IO[bytes], encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := file.read(_PIECE):
            if encoding != "utf-16" and b"\x00" in piece:
                raise FileRefused("not_text")
            if "\x00" in decoder.decode(piece):
                raise FileRefused("not_text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
