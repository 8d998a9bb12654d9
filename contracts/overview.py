"""What the page of a contract shows: its parties, how far it is, what is due, what is open."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .dossier import standings
from .models import (
    AssessmentPeriod,
    CalendarDay,
    Clause,
    ClauseKind,
    Contact,
    Contract,
    Party,
    PaymentStage,
    Reading,
    Side,
)
from .rules.calendar import CalendarMissing, Deadline, WorkCalendar, workdays_after
from .rules.money import in_words
from .rules.periods import ONE_DAY, PERIODS_IN_A_QUARTER, Span
from .rules.readings import POINTS, Bound, Point, Readings
from .rules.stages import preparation_due
from .standing import Standing

#: Working days after the end for handing over what is confidential (十 5).
HANDOVER_WORKDAYS = 3

#: What somebody has to do stands out.
TONES: dict[str, str] = {ClauseKind.DUTY_OF_A: "info", ClauseKind.DUTY_OF_B: "accent"}


@dataclass(frozen=True, slots=True)
class PartySheet:
    """One side of the contract: the organisation, and where it is written to."""

    side: Side
    party: Party
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a span of days is over, the day itself counted as gone."""

    span: Span
    today: date

    @property
    def gone(self) -> int:
        days = (self.today - self.span.starts_on).days + 1
        return min(max(days, 0), self.span.days)

    @property
    def left(self) -> int:
        return self.span.days - self.gone

    @property
    def ahead(self) -> int:
        """How many days it is until the span begins; 0 if it has."""
        return max((self.span.starts_on - self.today).days, 0)

    @property
    def over(self) -> bool:
        return self.today >= self.span.ends_before


@dataclass(frozen=True, slots=True)
class KeyDay:
    """A day that follows from counting working days.

    Where `deadline` is None, there is no calendar yet for the year `missing`.
    """

    name: Promise
    rule: Promise
    clause: str
    deadline: Deadline | None
    missing: int | None = None


@dataclass(frozen=True, slots=True)
class StageLine:
    stage: PaymentStage
    prepared: KeyDay | None  # of the first stage alone

    @property
    def in_words(self) -> str:
        return in_words(self.stage.amount)


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """An assessment period as it stands on a day."""

    period: AssessmentPeriod
    today: date

    @property
    def span(self) -> Span:
        return self.period.span

    @property
    def improvement_ends_on(self) -> date | None:
        ends_before = self.period.improvement_ends_before
        return ends_before and ends_before - ONE_DAY

    @property
    def running(self) -> bool:
        return self.today in self.span

    @property
    def status(self) -> Promise:
        if self.period.closed_at:
            return pgettext("period", "Closed")
        if self.running:
            return _("Running")
        return (
            _("To come")
            if self.today < self.span.starts_on
            else pgettext("period", "Open")
        )

    @property
    def tone(self) -> str:
        if self.period.closed_at:
            return "good"
        if self.running:
            return "accent"
        return "neutral" if self.today < self.span.starts_on else "info"


@dataclass(frozen=True, slots=True)
class QuarterLine:
    """Periods that are settled together; the last ones may be too few for a quarter."""

    number: int
    lines: Sequence[PeriodLine]

    @property
    def span(self) -> Span:
        return Span(self.lines[0].span.starts_on, self.lines[-1].span.ends_before)

    @property
    def remainder(self) -> bool:
        return len(self.lines) < PERIODS_IN_A_QUARTER


@dataclass(slots=True)
class Branch:
    """A clause with the clauses that are part of it."""

    clause: Clause
    standing: Standing | None = None  # of what is owed by the clause itself
    parts: list["Branch"] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return TONES.get(self.clause.kind, "neutral")


@dataclass(frozen=True, slots=True)
class PointLine:
    """An open point of the contract, and how it is read now.

    `reading` is None while nobody has adopted one: then it is read as by default.
    """

    point: Point
    in_words: str
    by_default: bool
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class Overview:
    contract: Contract
    parties: Sequence[PartySheet]
    term: Progress
    price_in_words: str
    price_now: Decimal  # with the extras confirmed in writing
    days: Sequence[KeyDay]
    stages: Sequence[StageLine]
    quarters: Sequence[QuarterLine]
    clauses: Sequence[Branch]
    points: Sequence[PointLine]
    next_stage: PaymentStage | None

    @property
    def running(self) -> PeriodLine | None:
        lines = (line for quarter in self.quarters for line in quarter.lines)
        return next((line for line in lines if line.running), None)

    @property
    def stages_total(self) -> Decimal:
        return sum((line.stage.amount for line in self.stages), Decimal(0))


def overview(contract: Contract, *, at: datetime) -> Overview:
    """Gather what is known of a contract, as it stands at a moment."""
    today = localdate(at)
    adopted = {
        reading.key: reading
        for reading in Reading.objects.of(contract)
        .on(today)
        .select_related("adopted_by")
    }
    readings = Readings.from_values({key: one.value for key, one in adopted.items()})
    calendar = CalendarDay.objects.all().calendar()
    days = [
        _preparation(contract, readings, calendar),
        _handover(contract, calendar),
    ]
    stages = list(contract.stages.select_related("clause"))
    return Overview(
        contract=contract,
        parties=_parties(contract, today),
        term=Progress(contract.term, today),
        price_in_words=in_words(contract.price),
        price_now=contract.price_now,
        days=days,
        stages=[
            StageLine(stage, days[0] if place == 0 else None)
            for place, stage in enumerate(stages)
        ],
        quarters=_quarters(contract, today),
        clauses=_tree(contract.clauses.all(), standings(contract, at)),
        points=[_point(point, adopted.get(point.key)) for point in POINTS],
        next_stage=next((one for one in stages if today <= one.target_on), None),
    )


def _parties(contract: Contract, today: date) -> list[PartySheet]:
    contacts = {contact.side: contact for contact in contract.contacts.on(today)}
    parties = Party.objects.in_bulk([contract.party_a_id, contract.party_b_id])
    return [
        PartySheet(Side.A, parties[contract.party_a_id], contacts.get(Side.A)),
        PartySheet(Side.B, parties[contract.party_b_id], contacts.get(Side.B)),
    ]


def _preparation(
    contract: Contract, readings: Readings, calendar: WorkCalendar
) -> KeyDay:
    rule = {
        Bound.PARTY_B: _(
            "Ten working days after taking effect, Party B has its team ready and trained."
        ),
        Bound.PARTY_A: _("Ten working days after taking effect, Party A pays."),
    }[readings.first_payment_binds]
    return _key_day(
        _("Team ready"),
        rule,
        "第五条（一）1",
        lambda: preparation_due(contract.effective_on, calendar),
    )


def _handover(contract: Contract, calendar: WorkCalendar) -> KeyDay:
    return _key_day(
        _("Confidential material handed over"),
        _("Three working days after the contract ends, Party B hands everything over."),
        "第十条5",
        lambda: workdays_after(contract.term.last_on, HANDOVER_WORKDAYS, calendar),
    )


def _key_day(
    name: Promise, rule: Promise, clause: str, count: Callable[[], Deadline]
) -> KeyDay:
    try:
        return KeyDay(name, rule, clause, count())
    except CalendarMissing as missing:
        return KeyDay(name, rule, clause, None, missing.year)


def _quarters(contract: Contract, today: date) -> list[QuarterLine]:
    periods = contract.periods.order_by("quarter", "number")
    return [
        QuarterLine(number, [PeriodLine(period, today) for period in group])
        for number, group in groupby(periods, key=attrgetter("quarter"))
    ]


def _tree(
    clauses: Iterable[Clause], stood: Mapping[int, Standing | None]
) -> list[Branch]:
    """Hang each clause, in the contract's order, under the one it is part of."""
    trunk: list[Branch] = []
    branches: dict[int, Branch] = {}
    for clause in clauses:
        branch = branches[clause.pk] = Branch(clause, stood.get(clause.pk))
        parts = branches[clause.parent_id].parts if clause.parent_id else trunk
        parts.append(branch)
    return trunk


def _point(point: Point, reading: Reading | None) -> PointLine:
    value = point.from_value(reading.value) if reading else point.default
    return PointLine(point, point.in_words(value), value == point.default, reading)
