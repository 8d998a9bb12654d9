"""Reads the rows of a sheet, once it is known which column is which."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from cases.rules import cells
from cases.rules.cells import Limit, Unreadable
from cases.rules.headers import CALLER, PERSONAL, REQUIRED, Columns, Field, tidy
from cases.rules.values import is_secret, mask_name, mask_phone, mask_text
from contracts.rules.cells import Cell
from contracts.sheets.refusal import in_words
from contracts.sheets.table import Broken, Sheet

from .orders import Fault, OrderRow

MOST_CHARACTERS = 32_767
_SHOWN = 40
_DAY_COUNTS = 100_000  # a larger number is a day written without marks
_SOUNDS_PERSONAL = re.compile("人|户主|住户|居民|市民|群众|姓|名|址|账号")
_LOOKED_AT = 1_000
_LEVELS = (Field.CATEGORY_1, Field.CATEGORY_2, Field.CATEGORY_3)

# What a column is read as, and how long it may be.

Parse = Callable[[Cell], Any]
_LIST = 500


#: For columns that say the same few things again and again. None of them personal.
_seldom_new = lru_cache(maxsize=2_048)


def _text(most: int, read: Callable[[Cell], str] = cells.told) -> Parse:
    def parse(cell: Cell) -> str:
        text = read(cell)
        if len(text) > most:
            raise Unreadable("too_long", most=most)
        return text

    return parse


def _texts(split: Callable[[str], tuple[str, ...]], most: int) -> Parse:
    whole, each = _text(_LIST), _text(most)

    def parse(cell: Cell) -> tuple[str, ...]:
        return tuple(map(each, split(whole(cell))))

    return parse


def _due(cell: Cell) -> datetime | Limit | None:
    """A deadline is a moment in one layout and a length of time in another."""
    return cells.limit(cell) or cells.moment(cell)


def _confidential(cell: Cell) -> bool:
    return is_secret(cells.told(cell)) or bool(cells.yes_no(cell))


_LONG_TEXT = _text(MOST_CHARACTERS, cells.plain)

_PARSES: Mapping[Field, Parse] = MappingProxyType(
    {
        Field.NUMBER: cells.order_number,
        Field.DISTRICT_NUMBER: cells.order_number,
        Field.SOURCE: _seldom_new(_text(40)),
        Field.KIND: _seldom_new(_text(20)),
        Field.CATEGORY: _seldom_new(_texts(cells.category, 60)),
        Field.CATEGORY_1: _seldom_new(_text(60)),
        Field.CATEGORY_2: _seldom_new(_text(60)),
        Field.CATEGORY_3: _seldom_new(_text(60)),
        Field.TAGS: _seldom_new(_texts(cells.tags, 30)),
        Field.TITLE: _text(300, cells.line),
        Field.CONTENT: _LONG_TEXT,
        Field.PLATFORM_STATUS: _seldom_new(_text(30)),
        Field.CALLER_NAME: _text(100),
        Field.CALLER_PHONE: _text(100, cells.digits),
        Field.CALLER_ADDRESS: _text(300),
        Field.CONFIDENTIAL: _confidential,
        Field.DISTRICT: _seldom_new(_text(60)),
        Field.STREET: _seldom_new(_text(60)),
        Field.COMMUNITY: _seldom_new(_text(120)),
        Field.SPOT: _seldom_new(_text(200)),
        Field.UNIT: _seldom_new(_text(120)),
        Field.CALLED_AT: cells.moment,
        Field.DISPATCHED_AT: cells.moment,
        Field.DISTRICT_DISPATCHED_AT: cells.moment,
        Field.DUE: _due,
        Field.LIMIT: _due,
        Field.CLOSED_AT: cells.moment,
        Field.RESULT: _LONG_TEXT,
        Field.REPLY: _LONG_TEXT,
        Field.CHANNEL: _seldom_new(_text(40)),
        Field.COMPANY: _text(120),
        Field.NATURE: _seldom_new(_text(40)),
        Field.VALID_CALLBACK: _seldom_new(cells.yes_no),
        Field.CONTACTED: _seldom_new(cells.yes_no),
        Field.SOLVED: _seldom_new(cells.yes_no),
        Field.SATISFACTION: _seldom_new(cells.satisfaction),
        Field.URGENCY: _seldom_new(cells.urgent),
    }
)


class RowReader:
    """Reads the rows of one sheet, whose head says `heads`, row by row.

    `taken` holds where each order is that has been read; the sheets of a file share it.
    """

    def __init__(
        self,
        sheet: Sheet,
        columns: Columns,
        heads: Sequence[Sequence[str]],
        taken: dict[str, tuple[str, int]],
    ) -> None:
        self._sheet = sheet.name
        self._merged = sheet.merged
        self._columns = columns
        self._taken = taken
        self._seen: dict[str, int] = {}
        self._number = columns.fields[Field.NUMBER][0]
        self._heads = [tuple(map(tidy, head)) for head in heads]
        self._plan: list[tuple[int, str, str, Parse]] = [
            (place, "", field, _counted_from(sheet.days_late, _PARSES[field]))
            for field, places in columns.fields.items()
            for place in places
        ]
        for kept, headings in ("extra", columns.extra), ("private", columns.private):
            self._plan += [
                (place, kept, heading, _LONG_TEXT)
                for heading, place in headings.items()
            ]

    def read(self, row: int, given: list[Cell | Broken]) -> Iterator[OrderRow | Fault]:
        """Yield what is wrong with a row, then the order it tells, if it tells one."""
        given += [""] * (len(self._columns.headings) - len(given))
        if self._is_head(given):
            return  # a printed table has it again on every page
        values, faults = self._values(row, given)
        if again := self._again(row, values.get(Field.NUMBER)):
            yield again
            return
        self._check(row, values, faults)
        if faults:
            yield from faults.values()
            return
        order = OrderRow(self._sheet, row, **_folded(values))
        self._taken[order.number] = self._sheet, row
        yield from self._warnings(order)
        yield order

    def _is_head(self, given: Sequence[Cell | Broken]) -> bool:
        number = given[self._number]
        if not isinstance(number, str) or number[:1].isdecimal():
            return False
        if tidied := tidy(number):
            return any(
                tidied in head[self._number : self._number + 1] for head in self._heads
            )
        if len(self._heads) == 1:
            return False
        # The lower row of a head, where the number's own heading is merged.
        texts = tuple(tidy(cell) if isinstance(cell, str) else "" for cell in given)
        return any(texts[: len(head)] == head for head in self._heads)

    def _values(
        self, row: int, given: Sequence[Cell | Broken]
    ) -> tuple[dict[str, Any], dict[str, Fault]]:
        """Return what the cells say, and the faults of those that say nothing clear."""
        values: dict[str, Any] = {"extra": {}, "private": {}}
        faults: dict[str, Fault] = {}
        for place, kept, name, parse in self._plan:
            cell = given[place]
            if cell == "":
                continue
            try:
                if isinstance(cell, Broken):
                    raise Unreadable(cell.code)
                value = parse(cell)
            except Unreadable as error:
                shown = _shown(cell, kept or name)
                faults[name] = self._fault(row, place, error.code, shown, error.given)
            else:
                into = values[kept] if kept else values
                into[name] = _joined(into[name], value) if name in into else value
        return values, faults

    def _again(self, row: int, number: str | None) -> Fault | None:
        """Return a warning where an earlier sheet has this order: it is one order."""
        first = self._taken.get(number or "")
        if not first or first[0] == self._sheet:
            return None
        where = {"row": f"{first[0]} {first[1]}".strip()}
        fault = self._fault(row, self._number, "repeated", number or "", where)
        return replace(fault, warning=True)

    def _check(
        self, row: int, values: Mapping[str, Any], faults: dict[str, Fault]
    ) -> None:
        """Add what is wrong with the row as a whole."""
        for fields in REQUIRED:
            if not any(values.get(field) or field in faults for field in fields):
                field = next(field for field in fields if field in self._columns.fields)
                place = self._columns.fields[field][0]
                faults[field] = self._fault(row, place, "missing")
        number = values.get(Field.NUMBER)
        if number and (first := self._seen.setdefault(number, row)) != row:
            faults[Field.NUMBER] = self._fault(
                row, self._number, "duplicate", number, {"row": str(first)}
            )
        elif not number and faults[Field.NUMBER].code == "missing":
            with in_words():
                first, _column = self._merged().origin(row, self._number)
            if first != row:
                faults[Field.NUMBER] = self._fault(
                    row, self._number, "number_merged", "", {"row": str(first)}
                )

    def _warnings(self, order: OrderRow) -> Iterator[Fault]:
        """Yield what stands in an order that time does not allow. It is taken all the same."""
        arrivals = (
            order.called_at,
            order.dispatched_at,
            order.district_dispatched_at,
        )
        arrived_at = next(at for at in arrivals if at)
        for field, at, code in (
            (Field.DISPATCHED_AT, order.dispatched_at, "dispatched_early"),
            (Field.DUE, order.due_at, "due_early"),
            (Field.CLOSED_AT, order.closed_at, "closed_early"),
        ):
            if at and at < arrived_at:
                fields = self._columns.fields
                place = fields[field if field in fields else Field.LIMIT][0]
                fault = self._fault(order.row, place, code, f"{at:%Y-%m-%d %H:%M}")
                yield replace(fault, warning=True)

    def _fault(
        self,
        row: int,
        place: int,
        code: str,
        value: str = "",
        given: Mapping[str, object] = MappingProxyType({}),
    ) -> Fault:
        column = self._columns.headings[place]
        return Fault(self._sheet, row, column, code, value, given=dict(given))


def _joined(old: Any, new: Any) -> Any:
    """Return what two columns for one thing say together: a second telephone."""
    return f"{old}、{new}" if old and new and old != new else old or new


def _folded(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an order: some columns are one field together."""
    levels = [values.pop(level, "") for level in _LEVELS]
    values["category"] = values.get(Field.CATEGORY) or tuple(filter(None, levels))
    deadlines = [values.pop(field, None) for field in (Field.DUE, Field.LIMIT)]
    values["due_at"] = next((at for at in deadlines if isinstance(at, datetime)), None)
    values["limit"] = next((by for by in deadlines if isinstance(by, Limit)), None)
    tagged = not cells.URGENT_TAGS.isdisjoint(values.get(Field.TAGS, ()))
    values["urgent"] = values.pop(Field.URGENCY, False) or tagged
    for field in (Field.CALLER_NAME, Field.CALLER_PHONE):
        if is_secret(values.get(field, "")):
            values |= {field: "", Field.CONFIDENTIAL: True}
    return values


def _counted_from(days_late: int, parse: Parse) -> Parse:
    """Return `parse` for a workbook whose day counts begin `days_late` after 1900's."""
    if not days_late or parse not in {cells.moment, _due}:
        return parse

    def counted(cell: Cell) -> Any:
        is_count = isinstance(cell, Decimal) and cell < _DAY_COUNTS
        return parse(cell + days_late if is_count else cell)  # type: ignore[operator]

    return counted


def _shown(cell: Cell | Broken, name: str) -> str:
    """Return what a fault may show of `cell`, which stands in the column `name`."""
    text = cell.text if isinstance(cell, Broken) else str(cell)
    text = "".join(filter(str.isprintable, text[:_LOOKED_AT]))
    if name == Field.CALLER_PHONE:
        return mask_phone(text)
    if name in {Field.CALLER_NAME, Field.CALLER_ADDRESS, "private"}:
        return mask_name(text)
    return mask_text(text)[:_SHOWN]


def sample(cell: Cell | Broken, field: Field | None, heading: str) -> str:
    """Return what may be shown of `cell` to whoever says what its column is.

    Nobody has said yet what is personal, so whatever sounds like it is masked.
    """
    if field in CALLER:
        return _shown(cell, field)
    sounds_personal = field is None and (
        _SOUNDS_PERSONAL.search(heading) or any(word in heading for word in PERSONAL)
    )
    if sounds_personal or not heading:
        return _shown(cell, "private")
    shown = cell
    if isinstance(cell, Decimal):
        shown = cells.plain(cell)
    return _shown(shown, "")
