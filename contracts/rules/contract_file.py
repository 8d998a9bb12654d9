"""Reads a contract's facts from TOML, and names everything in it that cannot be.

The dataclasses are the file's schema, key by key; `contracts/data` has an example with
the keys explained.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from .credit_code import check_character, is_valid, is_well_formed
from .money import NotAnAmount, from_words
from .obligations import ObligationFacts
from .periods import LONGEST_MONTH, Span
from .problems import Fault, Problem, Refused
from .readings import BY_KEY, POINTS, Point, Readings
from .stages import Stage, check_stages
from .tables import (
    REFERENCE,
    RULE,
    SENTENCE,
    SLUG,
    Money,
    Share,
    between,
    convert,
    read_fields,
    text,
    to_plain,
)

PARAGRAPH = 1000
FILE_NAME = r"[\w-]+\.csv"


class ContractFileError(Refused):
    """A contract file that was not taken, for all the reasons in `problems`."""


class ClauseKind(StrEnum):
    """What a clause does."""

    HEADING = "heading"
    DUTY_OF_A = "duty_of_a"
    DUTY_OF_B = "duty_of_b"
    RIGHT_OF_A = "right_of_a"
    RIGHT_OF_B = "right_of_b"
    MUTUAL = "mutual"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """An organisation, and where it is written to. Persons are left empty in a file."""

    name: Annotated[str, text(120)]
    address: Annotated[str, text(200)]
    postcode: Annotated[str, text(10, blank=True)]
    credit_code: Annotated[str, text(18, blank=True)]
    bank: Annotated[str, text(120, blank=True)]
    account: Annotated[str, text(40, blank=True)]
    representative: Annotated[str, text(60, blank=True)]
    contact: Annotated[str, text(60, blank=True)]
    telephone: Annotated[str, text(40, blank=True)]

    def faults(self) -> Iterator[Problem]:
        if self.credit_code and not is_well_formed(self.credit_code):
            found = {"found": self.credit_code}
            yield Problem(Fault.BAD_PATTERN, "credit_code", found)

    def doubts(self) -> Iterator[Problem]:
        """Name what may be a slip of the pen on the paper, and is taken as it stands."""
        if self.credit_code and not is_valid(self.credit_code):
            body, last = self.credit_code[:-1], self.credit_code[-1]
            params = {"found": last, "other": check_character(body)}
            yield Problem(Fault.CHECK_CHARACTER, "credit_code", params)


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """How many copies were made, and how many each party holds."""

    total: Annotated[int, between(1, 100)]
    party_a: Annotated[int, between(0, 100)]
    party_b: Annotated[int, between(0, 100)]

    def faults(self) -> Iterator[Problem]:
        held = self.party_a + self.party_b
        if held != self.total:
            params = {"found": str(held), "other": str(self.total)}
            yield Problem(Fault.DOES_NOT_ADD_UP, params=params)


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """On which day of the month assessment periods begin, and where that stands."""

    first_day: Annotated[int, between(1, LONGEST_MONTH)]
    clause: Annotated[str, text(REFERENCE)]


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One payment stage. Amount in CNY; both days are in the time for it."""

    number: Annotated[int, between(1, 20)]
    rate: Share
    amount: Money
    amount_in_words: Annotated[str, text(100)]
    clause: Annotated[str, text(REFERENCE)]
    opens_on: date
    target_on: date
    condition: Annotated[str, text(SENTENCE)]

    @property
    def as_rule(self) -> Stage:
        window = Span.through(self.opens_on, self.target_on)
        return Stage(self.number, self.rate, self.amount, window)

    def faults(self) -> Iterator[Problem]:
        yield from _words_fault("amount_in_words", self.amount_in_words, self.amount)
        yield from _order_fault("opens_on", self.opens_on, "target_on", self.target_on)


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post that Party B must fill."""

    NAMED_BY: ClassVar[str] = "key"

    key: Annotated[str, text(20, pattern=SLUG)]
    title: Annotated[str, text(40)]
    clause: Annotated[str, text(REFERENCE)]


@dataclass(frozen=True, slots=True)
class ClauseFacts:
    """One place in the contract, summed up. `parent` is the place it is part of.

    `rules` are the ids of the rules that rest on it (docs/rules.md).
    """

    NAMED_BY: ClassVar[str] = "ref"

    ref: Annotated[str, text(REFERENCE)]
    kind: ClauseKind
    title: Annotated[str, text(80)]
    summary: Annotated[str, text(PARAGRAPH, blank=True)] = ""
    parent: Annotated[str, text(REFERENCE, blank=True)] = ""
    rules: tuple[Annotated[str, text(3, pattern=RULE)], ...] = ()

    def faults(self) -> Iterator[Problem]:
        if self.kind is not ClauseKind.HEADING and not self.summary.strip():
            yield Problem(Fault.BLANK, "summary")


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """How an open point is read, and since when; `value` as JSON can hold it."""

    NAMED_BY: ClassVar[str] = "key"

    key: Annotated[str, text(40)]
    clause: Annotated[str, text(REFERENCE)]
    adopted_on: date
    value: object


@dataclass(frozen=True, slots=True)
class CalendarSource:
    """A year's work calendar: a CSV beside the contract file, and where it is from."""

    year: Annotated[int, between(2000, 2100)]
    file: Annotated[str, text(60, pattern=FILE_NAME)]
    source: Annotated[str, text(SENTENCE)]


@dataclass(frozen=True, slots=True)
class ContractFile:
    """The facts of one contract. Amounts in CNY; `ends_on` is the last day of the term."""

    number: Annotated[str, text(60, pattern=SLUG)]
    title: Annotated[str, text(200)]
    short_title: Annotated[str, text(60)]
    signed_on: date
    effective_on: date
    starts_on: date
    ends_on: date
    price: Money
    price_in_words: Annotated[str, text(100)]
    court: Annotated[str, text(120)]
    party_a: PartyFacts
    party_b: PartyFacts
    copies: CopyFacts
    assessment: AssessmentFacts
    stages: tuple[StageFacts, ...]
    posts: tuple[PostFacts, ...]
    clauses: tuple[ClauseFacts, ...]
    readings: tuple[ReadingFacts, ...]
    calendars: tuple[CalendarSource, ...]
    obligations: tuple[ObligationFacts, ...]

    @property
    def term(self) -> Span:
        return Span.through(self.starts_on, self.ends_on)

    @property
    def as_read(self) -> Readings:
        """The readings as the rules take them."""
        return Readings.from_values({one.key: one.value for one in self.readings})

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What looks like a slip, and was taken all the same."""
        return tuple(
            problem.under(side)
            for side, party in (("party_a", self.party_a), ("party_b", self.party_b))
            for problem in party.doubts()
        )

    def outline(self) -> list[tuple[ClauseFacts, int]]:
        """Return the clauses in their order, each with how deep it lies, from 0."""
        depths = {"": -1}
        for clause in self.clauses:
            depths[clause.ref] = depths[clause.parent] + 1
        return [(clause, depths[clause.ref]) for clause in self.clauses]


def parse(content: str) -> ContractFile:
    """Return the facts that the text of a contract file holds.

    Raises ContractFileError, with all that is wrong, unless everything is there, is of
    its kind and fits together.
    """
    try:
        # Not through float: 0.1 must stay 0.1.
        table = tomllib.loads(content.removeprefix("\ufeff"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        not_toml = Problem(Fault.NOT_TOML, params={"detail": str(error)})
        raise ContractFileError([not_toml]) from error

    problems: list[Problem] = []
    values = read_fields(ContractFile, table, "", problems)
    problems.extend(_faults_of_money(values))
    problems.extend(_faults_of_dates(values))
    problems.extend(_faults_of_lists(values))
    problems.extend(_faults_of_clauses(_tables(table, "clauses")))
    problems.extend(_faults_of_references(table))
    problems.extend(_faults_of_readings(_tables(table, "readings")))
    if problems:
        raise ContractFileError(problems)
    values["readings"] = tuple(map(_in_plain, values["readings"]))
    return ContractFile(**values)


def _in_plain(reading: ReadingFacts) -> ReadingFacts:
    point = BY_KEY[reading.key]
    return replace(reading, value=to_plain(point.from_value(reading.value)))


def _faults_of_money(values: Mapping[str, Any]) -> Iterator[Problem]:
    if "price" not in values:
        return
    if "price_in_words" in values:
        words = values["price_in_words"]
        yield from _words_fault("price_in_words", words, values["price"])
    if "stages" in values:
        stages = [stage.as_rule for stage in values["stages"]]
        yield from check_stages(values["price"], stages)


def _faults_of_dates(values: Mapping[str, Any]) -> Iterator[Problem]:
    for earlier, later in (
        ("signed_on", "effective_on"),
        ("effective_on", "ends_on"),
        ("starts_on", "ends_on"),
    ):
        if earlier in values and later in values:
            yield from _order_fault(earlier, values[earlier], later, values[later])
    if "signed_on" in values:
        for one in values.get("obligations", ()):
            if one.due.on:
                path = f"obligations[{one.key}].due.on"
                yield from _order_fault(
                    "signed_on", values["signed_on"], path, one.due.on
                )


def _faults_of_lists(values: Mapping[str, Any]) -> Iterator[Problem]:
    for name, key in (("posts", "key"), ("calendars", "year"), ("obligations", "key")):
        seen = set()
        for item in values.get(name, ()):
            found = getattr(item, key)
            if found in seen:
                yield Problem(Fault.TWICE, f"{name}[{found}]")
            seen.add(found)


def _faults_of_clauses(tables: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """Name the clauses that are there twice, and those whose parent is not before them."""
    seen: set[str] = set()
    for table in tables:
        ref, parent = str(table.get("ref")), str(table.get("parent", ""))
        if parent and parent not in seen:
            params = {"found": parent}
            yield Problem(Fault.NO_SUCH_CLAUSE, f"clauses[{ref}].parent", params)
        if ref in seen:
            yield Problem(Fault.TWICE, f"clauses[{ref}]")
        seen.add(ref)


def _faults_of_references(table: Mapping[str, Any]) -> Iterator[Problem]:
    """Name the places in the file that refer to a clause that there is not."""
    refs = {str(clause.get("ref")) for clause in _tables(table, "clauses")}
    places = {
        f"stages[{number}]": stage
        for number, stage in enumerate(_tables(table, "stages"), start=1)
    }
    for name in ("posts", "obligations"):
        places |= {f"{name}[{one.get('key')}]": one for one in _tables(table, name)}
    if isinstance(table.get("assessment"), Mapping):
        places["assessment"] = table["assessment"]
    for path, place in places.items():
        if "clause" in place and str(place["clause"]) not in refs:
            params = {"found": str(place["clause"])}
            yield Problem(Fault.NO_SUCH_CLAUSE, f"{path}.clause", params)


def _faults_of_readings(tables: list[Mapping[str, Any]]) -> Iterator[Problem]:
    """Name the points that are unknown, missing, twice there or not read as they can be."""
    seen: set[str] = set()
    for table in tables:
        key = str(table.get("key"))
        if key in seen:
            yield Problem(Fault.TWICE, f"readings[{key}]")
        seen.add(key)
        if key not in BY_KEY:
            yield Problem(Fault.UNKNOWN, f"readings[{key}]")
        elif "value" in table:
            yield from _faults_of_value(BY_KEY[key], table["value"])
    for point in POINTS:
        if point.key not in seen:
            yield Problem(Fault.MISSING, f"readings[{point.key}]")


def _faults_of_value(point: Point, value: object) -> list[Problem]:
    """Name what is wrong with a point's value. In a file no part goes without saying."""
    path = f"readings[{point.key}].value"
    problems: list[Problem] = []
    convert(point.kind, value, path, problems)
    if isinstance(value, Mapping):
        problems.extend(
            Problem(Fault.MISSING, f"{path}.{part}")
            for part in point.parts
            if part not in value
        )
    return problems


def _words_fault(path: str, words: str, amount: Decimal) -> Iterator[Problem]:
    try:
        said = from_words(words)
    except NotAnAmount:
        yield Problem(Fault.WORDS_UNREADABLE, path, {"found": words})
    else:
        if said != amount:
            params = {"found": str(said), "other": str(amount)}
            yield Problem(Fault.WORDS_DIFFER, path, params)


def _order_fault(
    earlier: str, first: date, later: str, second: date
) -> Iterator[Problem]:
    if first > second:
        params = {"found": str(first), "other": f"{later} ({second})"}
        yield Problem(Fault.LATER, earlier, params)


def _tables(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the tables in a list of the file, as far as it is one."""
    items = table.get(key)
    if not isinstance(items, list):
        return []
    return [item for item in items if isinstance(item, Mapping)]
