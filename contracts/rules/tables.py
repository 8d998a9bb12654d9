"""Reads a table of TOML or JSON into a frozen dataclass, and names all that does not fit.

The dataclass is the schema: its fields are the keys, their types the types, a default
makes a key optional, and `Annotated` says what else must be true of a value. Nothing
stops at the first problem; whatever can be read is read.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import UnionType
from typing import (
    Annotated,
    Any,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from .money import to_fen
from .problems import Fault, Problem

#: What JSON can say, without floats: a Decimal is written as text.
Plain = Any
Check = Callable[[Any], Iterator[Problem]]
Made = TypeVar("Made")

#: How much of a kind a file may say, and what its names look like.
REFERENCE = 40
SENTENCE = 200
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
#: R01 to R64, as docs/rules.md lists them.
RULE = r"R(0[1-9]|[1-5]\d|6[0-4])"

#: What fourteen digits, two of them fen, can hold.
TOO_MUCH_MONEY = Decimal(10) ** 12
PLACES_OF_A_SHARE = 4


@runtime_checkable
class Checked(Protocol):
    """A dataclass whose fields must also fit each other."""

    def faults(self) -> Iterator[Problem]: ...


def text(most: int, *, blank: bool = False, pattern: str = "") -> Check:
    """Allow text of at most so many characters: `Annotated[str, text(60)]`."""

    def check(value: str) -> Iterator[Problem]:
        if len(value) > most:
            yield Problem(Fault.TOO_LONG, params={"most": str(most)})
        if not value.strip():
            if not blank:
                yield Problem(Fault.BLANK)
        elif pattern and not re.fullmatch(pattern, value):
            yield Problem(Fault.BAD_PATTERN, params={"found": value})

    return check


def between(least: int, most: int) -> Check:
    """Allow numbers in a range, both ends in."""

    def check(value: Decimal | int) -> Iterator[Problem]:
        if not least <= value <= most:
            params = {"found": str(value), "least": str(least), "most": str(most)}
            yield Problem(Fault.OUT_OF_RANGE, params=params)

    return check


def _is_share(value: Decimal) -> Iterator[Problem]:
    if not 0 < value <= 1 or round(value, PLACES_OF_A_SHARE) != value:
        yield Problem(Fault.NOT_A_SHARE, params={"found": str(value)})


def _is_money(value: Decimal) -> Iterator[Problem]:
    if not 0 < value < TOO_MUCH_MONEY or to_fen(value) != value:
        yield Problem(Fault.NOT_AN_AMOUNT, params={"found": str(value)})


#: A part of a whole: more than 0, at most 1, to four decimal places.
Share = Annotated[Decimal, _is_share]
#: A positive amount in CNY, to the fen.
Money = Annotated[Decimal, _is_money]


def read(
    kind: type[Made], table: object, path: str, problems: list[Problem]
) -> Made | None:
    """Return the dataclass that `table` describes, or None and say why in `problems`."""
    known_before = len(problems)
    values = read_fields(kind, table, path, problems)
    if len(problems) > known_before:
        return None

    made = kind(**values)
    if isinstance(made, Checked):
        problems.extend(problem.under(path) for problem in made.faults())
    return made if len(problems) == known_before else None


def read_fields(
    kind: type, table: object, path: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return those fields of `kind` that `table` holds as they should be."""
    if not isinstance(table, Mapping):
        problems.append(Problem(Fault.NOT_A_TABLE, path))
        return {}

    known = {one.name: one for one in fields(kind)}
    problems.extend(
        Problem(Fault.UNKNOWN, _join(path, str(key)))
        for key in table
        if key not in known
    )
    kinds = get_type_hints(kind, include_extras=True)
    values = {}
    for name, one in known.items():
        here = _join(path, name)
        if name in table:
            value = convert(kinds[name], table[name], here, problems)
            if value is not None:
                values[name] = value
        elif one.default is MISSING and one.default_factory is MISSING:
            problems.append(Problem(Fault.MISSING, here))
    return values


def convert(kind: Any, raw: object, path: str, problems: list[Problem]) -> Any:
    """Return `raw` as a `kind`, or None and say why in `problems`."""
    kind = _without_none(kind)
    if kind is object:
        return raw
    if get_origin(kind) is Annotated:
        bare, check = get_args(kind)
        return _convert_checked(bare, check, raw, path, problems)
    if get_origin(kind) is tuple:
        return _convert_list(get_args(kind)[0], raw, path, problems)
    if isinstance(kind, type) and is_dataclass(kind):
        return read(kind, raw, path, problems)
    if issubclass(kind, StrEnum):
        return _convert_choice(kind, raw, path, problems)

    take, fault = TAKE[kind]
    value = take(raw)
    if value is None:
        problems.append(Problem(fault, path))
    return value


def to_plain(value: object) -> Plain:
    """Return what JSON can hold of a value that `convert` reads back.

    >>> to_plain((Decimal("0.50"), Decimal("0.80")))
    ['0.50', '0.80']
    """
    if is_dataclass(value):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, Decimal) else value


def _without_none(kind: Any) -> Any:
    """Return what a value that may be left out is, once it is there."""
    return get_args(kind)[0] if get_origin(kind) in {Union, UnionType} else kind


def _convert_checked(
    kind: Any, check: Check, raw: object, path: str, problems: list[Problem]
) -> Any:
    value = convert(kind, raw, path, problems)
    if value is None:
        return None
    wrong = [problem.under(path) for problem in check(value)]
    problems.extend(wrong)
    return None if wrong else value


def _convert_list(
    kind: Any, raw: object, path: str, problems: list[Problem]
) -> tuple[Any, ...] | None:
    if not isinstance(raw, list | tuple):
        problems.append(Problem(Fault.NOT_A_LIST, path))
        return None
    made = tuple(
        convert(kind, item, f"{path}[{_name(kind, item, number)}]", problems)
        for number, item in enumerate(raw, start=1)
    )
    return None if None in made else made


def _convert_choice(
    kind: type[StrEnum], raw: object, path: str, problems: list[Problem]
) -> StrEnum | None:
    if isinstance(raw, str) and raw in list(kind):
        return kind(raw)
    choices = ", ".join(kind)
    params = {"choices": choices, "found": str(raw)}
    problems.append(Problem(Fault.NOT_A_CHOICE, path, params))
    return None


def _name(kind: Any, item: object, number: int) -> str:
    """Return what an item of a list is called: its own name, or else its place."""
    key = getattr(kind, "NAMED_BY", None)
    name = item.get(key) if isinstance(item, Mapping) else None
    return name if isinstance(name, str) and name.strip() else str(number)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(raw: object) -> str | None:
    return raw if isinstance(raw, str) else None


def _truth(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _whole(raw: object) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _date(raw: object) -> date | None:
    return raw if isinstance(raw, date) and not isinstance(raw, datetime) else None


def _number(raw: object) -> Decimal | None:
    """Return an exact number. A float is none: it has been rounded already."""
    if isinstance(raw, bool) or not isinstance(raw, Decimal | int | str):
        return None
    try:
        number = Decimal(raw)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


TAKE: dict[Any, tuple[Callable[[object], Any], Fault]] = {
    str: (_text, Fault.NOT_TEXT),
    bool: (_truth, Fault.NOT_A_TRUTH),
    int: (_whole, Fault.NOT_WHOLE),
    date: (_date, Fault.NOT_A_DATE),
    Decimal: (_number, Fault.NOT_A_NUMBER),
}
