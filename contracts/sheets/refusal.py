"""Why a file cannot be read at all, in words for whoever sent it."""

import csv
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, LargeZipFile

from django.utils.translation import gettext_lazy as _

REFUSALS: Mapping[str, Any] = MappingProxyType(
    {
        "empty": _("The file is empty."),
        "too_large": _("The file is larger than %(most)s MB."),
        "wrong_name": _(
            "The file's name ends in “%(suffix)s”. What can be read is .xlsx, .xls, .csv and .html."
        ),
        "other_office": _("This is an Office file, but not an .xls workbook."),
        "very_old_excel": _(
            "This workbook was made by a program from before 1993. Open it, save it as .xlsx and "
            "send that."
        ),
        "encrypted": _("The file is protected by a password. Save it without one."),
        "no_table": _("This is a web page, but there is no table in it."),
        "single_file_page": _(
            "This is a web page saved in a single file. Open it in a spreadsheet program, save it "
            "as .xlsx and send that."
        ),
        "xml_table": _(
            "This is an XML spreadsheet. Open it in a spreadsheet program, save it as .xlsx and "
            "send that."
        ),
        "too_many_tables": _("There are more than %(most)s tables or sheets in the file."),
        "other_archive": _("This is an archive, but not an .xlsx workbook."),
        "macros": _("The workbook has macros in it. Save it as .xlsx, without macros."),
        "not_text": _("This is neither a workbook nor a table of plain text."),
        "encoding": _("The text is neither in UTF-8 nor in GB18030."),
        "quotes": _("A quotation mark is opened and never closed, or a field is far too long."),
        "too_many_members": _("The archive has more than %(most)s parts. No table needs that."),
        "odd_members": _("The archive has parts with forbidden or repeated names."),
        "overlap": _("The parts of the archive overlap. It was not made by a spreadsheet program."),
        "inflated": _("Unpacked, the file is larger than %(most)s MB."),
        "doctype": _("The workbook carries a document type declaration, which is not allowed."),
        "damaged": _("The file is damaged and cannot be read. Open it, save it again and send that."),
        "no_head": _(
            "No row among the first %(rows)s has the headings of a table of work orders, with the "
            "order number among them."
        ),
        "missing_columns": _("Sheet “%(sheet)s” has no column for: %(columns)s."),
        "too_many_rows": _("There are more than %(most)s rows. Send the file in parts."),
        "too_many_columns": _("Row %(row)s has more than %(most)s columns."),
        "blank_run": _(
            "Row %(row)s comes after more than %(most)s blank rows. Delete the blank rows or what "
            "comes after them."
        ),
    }
)  # fmt: skip


class FileRefused(Exception):
    """A file of which nothing is read. `message` is for the person at the screen."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(code)
        self.code = code
        self.given = given

    @property
    def message(self) -> str:
        return str(REFUSALS[self.code]) % self.given

    def __str__(self) -> str:
        return self.message


#: What the parsers below raise on a file that is not what it says it is.
_DAMAGE = (
    ArithmeticError, BadZipFile, EOFError, ExpatError, LargeZipFile, LookupError,
    NotImplementedError, OSError, RuntimeError, UnicodeError, ValueError, csv.Error,
    struct.error, zlib.error,
)  # fmt: skip


@contextmanager
def in_words() -> Iterator[None]:
    """Turn whatever a parser says of a bad file into FileRefused."""
    try:
        yield
    except csv.Error as error:
        raise FileRefused("quotes") from error
    except _DAMAGE as error:
        raise FileRefused("damaged") from error
