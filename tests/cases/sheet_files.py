"""Files for the tests of reading: good ones, and such as no spreadsheet program makes."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import pytest
import xlsxwriter

from cases.sheets import FileRefused, read

PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

HEAD = ["工单编号", "主要内容", "派单时间"]
ORDER = ["20260501100000", "楼道灯不亮", "2026-05-01 08:00:00"]


def as_text(
    rows: Iterable[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def as_book(*sheets: Iterable[Sequence[Any]], **options: Any) -> io.BytesIO:
    """Return a workbook of `sheets`, each a list of rows; None is an empty cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as book:
        dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        book.default_date_format = dated
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    file.seek(0)
    return file


def as_zip(members: Mapping[str, str | bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    file.seek(0)
    return file


def parts(sheet: str, *, strings: str = "", styles: str = "") -> dict[str, str | bytes]:
    """Return the parts of a workbook of one sheet, whose rows are the XML `sheet`."""
    return {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="a" Type="{OFFICE}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="b" Type="{OFFICE}/sharedStrings" Target="/xl/t.xml"/>'
        f'<Relationship Id="c" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/t.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData>'
        "<pageMargins/></worksheet>",
    }


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, texts: Sequence[str], more: str = "") -> str:
    """Return the XML of a row of texts, and of `more` cells after them."""
    cells = "".join(
        inline(f"{chr(ord('A') + column)}{number}", text)
        for column, text in enumerate(texts)
    )
    return f'<row r="{number}">{cells}{more}</row>'


HEAD_AND_ORDER = row(1, HEAD) + row(2, ORDER)


def refusal(file: IO[bytes], name: str) -> str:
    """Return the code that reading all of `file` is refused with."""
    with pytest.raises(FileRefused) as refused:
        list(read(file, name))
    assert refused.value.message
    return refused.value.code
