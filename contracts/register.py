"""What the pages of the open points show: how each is read, was read, and might be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils.timezone import localdate

from accounts.roles import Role

from .actions.readings import CUTS_THE_TERM, preview
from .actions.recompute import Kind, Move
from .models import Contract, Reading, ReadingProposal
from .rules.cycles import AssessedPeriod
from .rules.periods import PERIODS_IN_A_QUARTER, Span, periods_of
from .rules.readings import BY_KEY, POINTS, Point


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One reading that was adopted, and what it says."""

    reading: Reading
    in_words: str


@dataclass(frozen=True, slots=True)
class PointSheet:
    """An open point: how it is read now, before and from a later day on.

    `now` is None while nobody has adopted a reading: then it is read as by default.
    """

    point: Point
    in_words: str
    by_default: bool
    now: ReadingLine | None
    former: Sequence[ReadingLine]
    coming: Sequence[ReadingLine]
    waiting: ReadingProposal | None

    @property
    def switchable(self) -> bool:
        return len(self.point.choices) != 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a reading, as it is and as it would be."""

    name: str
    was: str
    becomes: str

    @property
    def changes(self) -> bool:
        return self.was != self.becomes


@dataclass(frozen=True, slots=True)
class QuarterOfPeriods:
    """A quarter of settlement with its periods, as the term is cut or would be."""

    number: int
    periods: Sequence[AssessedPeriod]

    @property
    def span(self) -> Span:
        return Span(self.periods[0].span.starts_on, self.periods[-1].span.ends_before)

    @property
    def remainder(self) -> bool:
        return len(self.periods) < PERIODS_IN_A_QUARTER


@dataclass(frozen=True, slots=True)
class Cut:
    """How the term is cut into periods, one way or the other."""

    quarters: Sequence[QuarterOfPeriods]

    @property
    def periods(self) -> int:
        return sum(len(quarter.periods) for quarter in self.quarters)


@dataclass(frozen=True, slots=True)
class ReadingPreview:
    """What a proposed reading changes."""

    point: Point
    was: str
    becomes: str
    parts: Sequence[Part]
    cuts: tuple[Cut, Cut] | None  # as it is, as it would be
    moves: Sequence[Move]


def register(contract: Contract, role: Role, *, at: datetime) -> list[PointSheet]:
    """Return every open point of a contract, as it stands at a moment."""
    today = localdate(at)
    adopted: dict[str, list[Reading]] = {}
    for reading in contract.readings.select_related("adopted_by", "proposal").order_by(
        "-adopted_on"
    ):
        adopted.setdefault(reading.key, []).append(reading)
    waiting = {
        proposal.key: proposal
        for proposal in contract.reading_proposals.visible_to(role)
        .waiting()
        .select_related("proposed_by")
    }
    return [
        _sheet(point, adopted.get(point.key, []), waiting.get(point.key), today)
        for point in POINTS
    ]


def preview_of(proposal: ReadingProposal) -> ReadingPreview:
    """Return what adopting a proposal would change, as things stand."""
    point, contract = BY_KEY[proposal.key], proposal.contract
    standing, becomes = standing_of(contract, point), point.from_value(proposal.value)
    cuts = None
    if point.key == CUTS_THE_TERM:
        periods = periods_of(
            contract.term, first_day=contract.first_day, option=becomes
        )
        cuts = (cut_of(contract.periods.all()), cut_of(periods))
    return ReadingPreview(
        point,
        point.in_words(standing),
        point.in_words(becomes),
        list(_parts(point, standing, becomes)),
        cuts,
        preview(proposal),
    )


def standing_of(contract: Contract, point: Point) -> Any:
    """Return the reading of a point that was adopted last, or else its default."""
    newest = contract.readings.filter(key=point.key).order_by("adopted_on").last()
    return point.from_value(newest.value) if newest else point.default


def counted(moves: Sequence[Move]) -> list[tuple[Kind, int]]:
    """Return how many dues each kind of move is of, leaving out those of none."""
    found = [move.kind for move in moves]
    return [(kind, found.count(kind)) for kind in Kind if kind in found]


def _sheet(
    point: Point, readings: list[Reading], waiting: ReadingProposal | None, today: date
) -> PointSheet:
    lines = [
        ReadingLine(one, point.in_words(point.from_value(one.value)))
        for one in readings
    ]
    coming = [line for line in lines if line.reading.adopted_on > today]
    past = lines[len(coming) :]
    now = past[0] if past else None
    reading = point.from_value(now.reading.value) if now else point.default
    return PointSheet(
        point,
        point.in_words(reading),
        reading == point.default,
        now,
        past[1:],
        coming,
        waiting,
    )


def _parts(point: Point, was: Any, becomes: Any) -> list[Part]:
    return [
        Part(
            point.words[name],
            _said(point, getattr(was, name)),
            _said(point, getattr(becomes, name)),
        )
        for name in point.parts
    ]


def _said(point: Point, value: Any) -> str:
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return point.words.get(str(value), str(value))


def cut_of(periods: Any) -> Cut:
    return Cut(
        [
            QuarterOfPeriods(number, list(group))
            for number, group in groupby(periods, key=attrgetter("quarter"))
        ]
    )
