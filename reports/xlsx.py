"""A document as a workbook: the report, its data sheet by sheet, and what it rests on.

Numbers are numbers, so that whoever has doubts can add them up; words are words, also
where they begin like a formula. The same document gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import zip_longest
from math import ceil
from typing import Any

import xlsxwriter
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _

from .charts import COLOURS
from .document import (
    NOTHING,
    WRITTEN,
    Cell,
    Chart,
    ChartKind,
    Column,
    Document,
    Kind,
    Paragraph,
    Table,
    value_of,
)
from .geometry import lies_down, wide

FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.RATE: "0.00%",
    Kind.CHANGE: "+0.00%;-0.00%;0.00%",
    Kind.POINTS: "+0.00;-0.00;0.00",
    Kind.SCORE: "0.0",
    Kind.MONEY: "#,##0.00",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
#: What a program may compute that opens the file, or a copy of it as text.
LIKE_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
MOST_IN_A_NAME = 31
MOST_IN_A_CELL = 32_767

A4 = 9
MOST_UPRIGHT = 8  # columns; with more a sheet is printed lying
LEAST_ACROSS = 6  # columns that the title and the text run over
NARROWEST, WIDEST = 9, 44  # columns, in digits
TYPE, LINE, HIGHEST = 11, 17, 400  # points
CHART_WIDTH, CHART_HEIGHT, ROW_HEIGHT = 720, 300, 20  # pixels

HEAD = {"bold": True, "border": 1, "bg_color": "#EEEEEE", "align": "center"}


def write(document: Document) -> bytes:
    """Return the workbook of a document, in the language that is active."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties(
            {
                "title": document.title,
                "created": document.issued_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        _Report(book, document).write()
    return file.getvalue()


class _Book:
    """A workbook with the few things that all its sheets need."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.styles: dict[frozenset[tuple[str, Any]], Any] = {}

    def sheet(self, name: str, widths: Sequence[float]) -> Any:
        """Add a sheet, set up for A4 paper, with its first row always in sight."""
        sheet = self.book.add_worksheet(_sheet_name(name))
        sheet.set_paper(A4)
        if len(widths) > MOST_UPRIGHT:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C— &P / &N —")
        sheet.repeat_rows(0)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def style(self, **looks: Any) -> Any:
        key = frozenset(looks.items())
        if key not in self.styles:
            self.styles[key] = self.book.add_format({"valign": "top"} | looks)
        return self.styles[key]

    def put(
        self,
        sheet: Any,
        row: int,
        column: int,
        cell: Cell,
        kind: Kind = Kind.TEXT,
        **looks: Any,
    ) -> None:
        """Write a cell as what it is: a number, a day, a moment or words."""
        value = value_of(cell)
        match value:
            case datetime():
                local = localtime(value, get_default_timezone()).replace(tzinfo=None)
                style = self.style(num_format=FORMATS[Kind.MOMENT], **looks)
                sheet.write_datetime(row, column, local, style)
            case date():
                style = self.style(num_format=FORMATS[Kind.DAY], **looks)
                sheet.write_datetime(row, column, value, style)
            case int() | Decimal() if kind in WRITTEN:
                style = self.style(num_format=FORMATS[kind], **looks)
                sheet.write_number(row, column, value, style)
            case None:
                sheet.write_blank(row, column, None, self.style(**looks))
            case _:
                if kind in WRITTEN:
                    looks["align"] = "right"
                self.words(sheet, row, column, str(value), **looks)

    def words(self, sheet: Any, row: int, column: int, text: str, **looks: Any) -> None:
        """Write a text as text, whatever it begins with, also once somebody edits it."""
        if text.startswith(LIKE_A_FORMULA):
            looks["quote_prefix"] = True
        if len(text) > MOST_IN_A_CELL:
            text = text[: MOST_IN_A_CELL - 1] + "…"
        sheet.write_string(row, column, text, self.style(text_wrap=True, **looks))

    def table(
        self,
        sheet: Any,
        top: int,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Cell]],
    ) -> int:
        """Write heads and rows, and return the next free row."""
        for index, column in enumerate(columns):
            self.words(sheet, top, index, column.label, **HEAD)
        for row in rows:
            top += 1
            for index, (column, cell) in enumerate(zip(columns, row, strict=True)):
                self.put(sheet, top, index, cell, column.kind, border=1)
        return top + 1


class _Report(_Book):
    """The workbook of one document."""

    def __init__(self, book: Any, document: Document) -> None:
        super().__init__(book)
        blocks = [block for section in document.sections for block in section.blocks]
        self.document = document
        self.tables = [block for block in blocks if isinstance(block, Table)]
        self.charts = [block for block in blocks if isinstance(block, Chart)]
        self.widths = _shared_widths(self.tables)
        self.row = 0  # the next free one of the first sheet

    def write(self) -> None:
        self.sheet_of_report = self.sheet(_("Report"), self.widths)
        for number, table in enumerate(
            filter(lambda table: table.rows, self.tables), start=1
        ):
            self._data(f"{number} {table.title}", table)
        self.drawn = self._charts() if self.charts else {}
        self._report()
        self._notes()

    # --- The first sheet: the report as it reads

    def _report(self) -> None:
        document = self.document
        self._line(document.title, bold=True, font_size=18, align="center")
        if document.number:
            self._line(document.number, align="center")
        for fact in document.facts:
            self._line(f"{fact.label}: {fact.shown}")
        for section in document.sections:
            self.row += 1
            self._line(section.heading, bold=True, font_size=14)
            for block in section.blocks:
                match block:
                    case Paragraph():
                        self._line(block.text)
                    case Table():
                        self._table(block)
                    case Chart():
                        self._chart(block)
        self.row += 1
        for signature in document.signatures:
            self._line(f"{signature.label}: {signature.value or ''}")

    def _line(self, text: str, **looks: Any) -> None:
        """Write a text across the sheet, on as many lines as it takes."""
        larger = looks.get("font_size", TYPE) / TYPE
        room = sum(self.widths) / larger
        lines = sum(max(1, ceil(_digits(part) / room)) for part in text.split("\n"))
        sheet, last = self.sheet_of_report, len(self.widths) - 1
        sheet.set_row(self.row, min(lines * LINE * larger, HIGHEST))
        sheet.merge_range(self.row, 0, self.row, last, "", self.style(**looks))
        self.words(sheet, self.row, 0, text, **looks)
        self.row += 1

    def _table(self, table: Table) -> None:
        if table.title:
            self._line(table.title, bold=True)
        rows = [[_dashed(cell) for cell in row] for row in table.rows]
        nothing = [[NOTHING, *[""] * (len(table.columns) - 1)]]
        sheet = self.sheet_of_report
        self.row = self.table(sheet, self.row, table.columns, rows or nothing)
        for index, (column, cell) in enumerate(
            zip(table.columns, table.total, strict=False)
        ):
            self.put(
                sheet, self.row, index, _dashed(cell), column.kind, border=1, bold=True
            )
        self.row += bool(table.total)
        if table.note:
            self._line(table.note, italic=True)
        self.row += 1

    def _chart(self, chart: Chart) -> None:
        if (drawn := self.drawn.get(chart)) is None:
            self._line(f"{chart.title}: {_('No data for this chart.')}")
        else:
            self.sheet_of_report.insert_chart(self.row, 0, drawn)
            self.row += ceil(CHART_HEIGHT / ROW_HEIGHT) + 1

    # --- Charts, and the sheet they draw

    def _charts(self) -> dict[Chart, Any]:
        """Write the charts' numbers below each other, and return what draws them."""
        name = _sheet_name(_("Chart data"))
        sheet = self.sheet(name, [18.0] * LEAST_ACROSS)
        self.words(sheet, 0, 0, _("Charts are drawn from this sheet."), italic=True)
        drawn, top = {}, 1
        for chart in self.charts:
            self.words(sheet, top, 0, chart.title, bold=True)
            self.words(sheet, top, 1, chart.unit)
            bottom = self.table(sheet, top + 1, chart.table.columns, chart.table.rows)
            if any(
                value_of(cell) is not None for s in chart.series for cell in s.values
            ):
                drawn[chart] = self._native(chart, name, top)
            top = bottom + 1
        return drawn

    def _native(self, chart: Chart, sheet: str, top: int) -> Any:
        """Return a chart of the program that opens the file.

        Even its words are references: given as text, a title that begins with "=" would
        be one to whatever it says.
        """
        kind = "line" if chart.kind is ChartKind.LINE else "column"
        drawn = self.book.add_chart(
            {"type": "bar" if lies_down(chart) else kind}
            | ({"subtype": "stacked"} if chart.kind is ChartKind.STACKED else {})
        )
        first, last = top + 2, top + 1 + len(chart.categories)
        for index in range(len(chart.series)):
            colour = {"color": COLOURS[index]}
            drawn.add_series(
                {
                    "name": [sheet, top + 1, index + 1],
                    "categories": [sheet, first, 0, last, 0],
                    "values": [sheet, first, index + 1, last, index + 1],
                    "line": colour | {"width": 2},
                    "fill": colour,
                }
            )
        drawn.set_title({"name": [sheet, top, 0], "name_font": {"size": 12}})
        drawn.set_x_axis({"name": [sheet, top + 1, 0], "reverse": lies_down(chart)})
        drawn.set_y_axis(
            {
                "name": [sheet, top, 1],
                "num_format": FORMATS[chart.values],
                "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            }
        )
        drawn.set_legend(
            {"none": True} if len(chart.series) == 1 else {"position": "top"}
        )
        drawn.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
        drawn.show_blanks_as("gap")
        return drawn

    # --- The other sheets

    def _data(self, name: str, table: Table) -> None:
        """Write a table by itself, without its total, ready to be filtered and summed."""
        sheet = self.sheet(name, _widths(table))
        self.table(sheet, 0, table.columns, table.rows)
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)

    def _notes(self) -> None:
        """Write what the figures rest on, how they are made, and what proves them."""
        document = self.document
        lines = [
            (_("Report"), document.title),
            (_("Number"), document.number or NOTHING),
            (_("Version"), str(document.version)),
            (_("Drawn up at"), document.issued),
            *((fact.label, fact.shown) for fact in document.facts),
            *((_("How it is counted"), note) for note in document.notes),
            (_("Digest of this report"), document.digest()),
            (_("Newest seal of the ledgers"), document.seal or NOTHING),
        ]
        sheet = self.sheet(_("Notes"), [24, 90])
        for row, (label, text) in enumerate(lines):
            self.words(sheet, row, 0, label, bold=True, border=1)
            self.words(sheet, row, 1, text, border=1)


def _sheet_name(text: str) -> str:
    """Return a text as Excel lets a sheet be called."""
    return text.translate(NOT_IN_A_NAME)[:MOST_IN_A_NAME].strip()


def _dashed(cell: Cell) -> Cell:
    return NOTHING if value_of(cell) is None else cell


def _digits(text: str) -> float:
    """Estimate a text's width in digits, as Excel counts widths."""
    return wide(text) / wide("0")


def _widths(table: Table) -> list[float]:
    rows = [*table.shown_rows, table.shown_total] if table.total else table.shown_rows
    return [
        min(
            max(
                _digits(column.label) + 2,
                *(_digits(row[index].text) + 2 for row in rows),
                NARROWEST,
            ),
            WIDEST,
        )
        for index, column in enumerate(table.columns)
    ]


def _shared_widths(tables: Sequence[Table]) -> list[float]:
    """Return widths in which each of several tables below each other has room."""
    widths = [_widths(table) for table in tables] + [[NARROWEST] * LEAST_ACROSS]
    return [max(column) for column in zip_longest(*widths, fillvalue=0)]
