"""Writes a table of facts as the text of a contract file, for `contract_file` to read."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

#: A day or a year that somebody has written into words.
NAMES_A_YEAR = r"20\d\d"
#: JSON lets this character stand in a text; TOML does not.
DELETE = "\x7f"


def to_toml(table: Mapping[str, Any]) -> str:
    """Return a table as TOML. What is None is left out, as TOML has no word for it.

    >>> print(to_toml({"number": "next-year", "stages": [{"rate": Decimal("0.50")}]}))
    number = "next-year"
    <BLANKLINE>
    [[stages]]
    rate = 0.50
    """
    return "\n".join(_lines(table))


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    later = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            later.append((f"[{name}]", value))
        elif _is_tables(value):
            later.extend((f"[[{name}]]", one) for one in value)
        elif value is not None:
            yield f"{name} = {_value(value)}"
    for head, part in later:
        yield ""
        yield head
        for name, value in part.items():
            if value is not None:
                yield f"{name} = {_value(value)}"


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(one, Mapping) for one in value)
    )


def _value(value: Any) -> str:
    match value:
        case bool():
            said = "true" if value else "false"
        case str():
            said = json.dumps(value, ensure_ascii=False).replace(DELETE, "\\u007f")
        case Decimal():
            said = f"{value:f}"
        case int():
            said = str(value)
        case date():
            said = value.isoformat()
        case Mapping():
            parts = (
                f"{name} = {_value(part)}"
                for name, part in value.items()
                if part is not None
            )
            said = f"{{ {', '.join(parts)} }}"
        case Sequence():
            said = f"[{', '.join(map(_value, value))}]"
        case _:
            raise TypeError(f"{value!r} cannot be written as TOML.")
    return said
