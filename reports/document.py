"""What a report says, before it is a page, a sheet or a paper.

A document is frozen words and figures: whoever makes it has translated its words and
asked its questions, and whatever draws it only draws. Its JSON is what an issue keeps,
and its digest is what proves that nothing in it has changed since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple, TypeAlias
from urllib.parse import urlencode

from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import pgettext_lazy

NOTHING = "—"
MOST_SERIES = 5  # as many colours as eyes and printers tell apart
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)

Value: TypeAlias = str | int | Decimal | date | datetime | None


class Kind(StrEnum):
    """What a value is, and so how it is written and on which side it stands."""

    TEXT = "text"
    COUNT = "count"
    RATE = "rate"  # a fraction
    CHANGE = "change"  # a fraction, with its sign
    POINTS = "points"  # percentage points, with their sign
    SCORE = "score"  # out of a hundred
    MONEY = "money"  # CNY
    DAY = "day"
    MOMENT = "moment"


#: The kinds that are numbers, and how they are written.
WRITTEN = {
    Kind.COUNT: ",",
    Kind.RATE: ".2%",
    Kind.CHANGE: "+.2%",
    Kind.POINTS: "+.2f",
    Kind.SCORE: ".1f",
    Kind.MONEY: ",.2f",
}


def show(value: Value, kind: Kind) -> str:
    """Return a value as people read it. Where there is none, "—".

    >>> show(Decimal("0.8765"), Kind.RATE), show(Decimal("2327640"), Kind.MONEY)
    ('87.65%', '2,327,640.00')
    >>> show(None, Kind.SCORE)
    '—'
    """
    match value:
        case None | "":
            return NOTHING
        case datetime():
            return f"{localtime(value, get_default_timezone()):%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d} {WEEKDAYS[value.weekday()]}"
        case int() | Decimal():
            return _figure(value, kind)
    return value  # words in a column of figures, such as "new", stay words


def _figure(value: int | Decimal, kind: Kind) -> str:
    how = WRITTEN.get(kind, "")
    return format(Decimal(value), how if value else how.removeprefix("+"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A value that opens the list of what was counted for it.

    `where` is the query of that list. Which list it is, only the page knows.
    """

    value: Value
    where: tuple[tuple[str, str], ...] = ()

    @property
    def query(self) -> str:
        return urlencode(self.where)


Cell: TypeAlias = Value | Figure


def value_of(cell: Cell) -> Value:
    return cell.value if isinstance(cell, Figure) else cell


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: Value
    kind: Kind = Kind.TEXT

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def shown(self) -> str:
        return show(self.value, self.kind)


@dataclass(frozen=True, slots=True)
class Paragraph:
    block: ClassVar = "paragraph"

    text: str


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    kind: Kind = Kind.TEXT

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def side(self) -> str:
        """What a page calls its cells: numbers stand right, days do not break."""
        if self.kind in WRITTEN:
            return "number"
        return "" if self.kind is Kind.TEXT else "fixed"


class Shown(NamedTuple):
    """A cell as a page writes it."""

    text: str
    query: str
    side: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, with a row of totals where that means something."""

    block: ClassVar = "table"

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for row in (*self.rows, self.total):
            if row and len(row) != len(self.columns):
                raise ValueError(f"A row of {self.title!r} does not fit its columns.")

    @property
    def shown_rows(self) -> list[list[Shown]]:
        return [self._shown(row) for row in self.rows]

    @property
    def shown_total(self) -> list[Shown]:
        return self._shown(self.total)

    def _shown(self, row: tuple[Cell, ...]) -> list[Shown]:
        return [
            Shown(
                text=show(value_of(cell), column.kind),
                query=cell.query if isinstance(cell, Figure) else "",
                side=column.side,
            )
            for column, cell in zip(self.columns, row, strict=False)
        ]


class ChartKind(StrEnum):
    BAR = "bar"
    LINE = "line"
    STACKED = "stacked"


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each of a chart's categories; `None` is a gap."""

    label: str
    values: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Up to five series over the same categories.

    `across` says what the categories are (a day, a community), `unit` what is counted,
    `values` how the figures are written.
    """

    block: ClassVar = "chart"

    kind: ChartKind
    title: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    across: str = ""
    values: Kind = Kind.COUNT

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", ChartKind(self.kind))
        object.__setattr__(self, "values", Kind(self.values))
        if self.values not in WRITTEN:
            raise ValueError(f"{self.values} cannot be drawn.")
        if len(self.series) > MOST_SERIES:
            raise ValueError(f"{self.title!r} has more series than can be told apart.")
        if any(len(line.values) != len(self.categories) for line in self.series):
            raise ValueError(f"A series of {self.title!r} does not fit its categories.")

    @property
    def table(self) -> Table:
        """The chart's own numbers, to stand beside it: a row for each category."""
        columns = (
            Column(self.across),
            *(Column(s.label, self.values) for s in self.series),
        )
        values = (line.values for line in self.series)
        return Table(
            self.title, columns, tuple(zip(self.categories, *values, strict=True))
        )


Block: TypeAlias = Paragraph | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, without a number of its own, and what stands under it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One issue of a report.

    `facts` say what it rests on (period, basis, data cut), `notes` how its figures are
    made. A signature without a value is a place to sign. `seal` is the newest digest of
    the ledgers when it was drawn up: both parties hold it on paper.
    """

    title: str
    issued_at: datetime
    sections: tuple[Section, ...]
    number: str = ""  # 期号
    version: int = 1
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    signatures: tuple[Fact, ...] = ()
    seal: str = ""

    @property
    def issued(self) -> str:
        return show(self.issued_at, Kind.MOMENT)

    def to_json(self) -> dict[str, Any]:
        """Return the one way to write this document down, fit for a JSONField.

        Raises TypeError for what has no place in one: a float, a lazy
        translation, a moment without its zone.
        """
        return {"format": 1, "document": _packed(self)["document"]}

    @classmethod
    def from_json(cls, packed: Any) -> "Document":
        """Return the document that was written down. Raises ValueError if none was."""
        match packed:
            case {"format": 1, "document": dict(document)}:
                return cls(**{key: _unpacked(part) for key, part in document.items()})
        raise ValueError("This is not a document, or one of another format.")

    def digest(self) -> str:
        """Return the SHA-256, in hexadecimal, of what is written down.

        Of its canonical text: sorted keys, no blanks, UTF-8. So it comes out the same
        after a trip through PostgreSQL's jsonb, which keeps neither order nor blanks.
        """
        text = json.dumps(
            self.to_json(), ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        return sha256(text.encode()).hexdigest()


#: What a value or part is called where it is written down.
PARTS: Mapping[str, type] = {
    part.__name__.lower(): part
    for part in (
        Document, Section, Paragraph, Table, Column, Chart, Series, Fact, Figure,
    )
}  # fmt: skip


def _packed(part: object) -> Any:
    match part:
        case bool():
            pass
        case None | str() | int():
            return part
        case Decimal():
            return {"decimal": str(part)}
        case datetime() if part.tzinfo:
            return {"moment": part.astimezone(UTC).isoformat()}
        case date() if not isinstance(part, datetime):
            return {"day": part.isoformat()}
        case tuple():
            return [_packed(item) for item in part]
        case _ if is_dataclass(part):
            name = type(part).__name__.lower()
            return {
                name: {
                    field.name: _packed(getattr(part, field.name))
                    for field in fields(part)
                }
            }
    raise TypeError(f"{part!r} has no place in a document.")


def _unpacked(packed: Any) -> Any:
    if isinstance(packed, list):
        return tuple(_unpacked(item) for item in packed)
    if not isinstance(packed, dict):
        return packed
    ((name, content),) = packed.items()
    match name:
        case "decimal":
            return Decimal(content)
        case "moment":
            return datetime.fromisoformat(content)
        case "day":
            return date.fromisoformat(content)
    return PARTS[name](**{key: _unpacked(item) for key, item in content.items()})
