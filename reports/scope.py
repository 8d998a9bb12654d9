"""What a report or a page is about: a contract, some hours, and how they are read."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.timezone import get_default_timezone, localdate, localtime

from cases.models import Case
from cases.models.case import CaseQuerySet
from cases.rules.indicators import Basis, Weights, weights_of
from contracts.models import AssessmentPeriod, Contract, Reading
from contracts.rules.readings import DailyCut, Readings

from .rules import MIDNIGHT, NOON, Hours, daily_hours

CUTS = {DailyCut.NOON: NOON, DailyCut.MIDNIGHT: MIDNIGHT}

Where = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What one daily report is about, and how its figures are to be read."""

    contract: Contract
    day: date
    hours: Hours
    at: datetime
    period: AssessmentPeriod | None
    weights: Weights
    warn_at: tuple[Decimal, ...]

    @property
    def cases(self) -> CaseQuerySet:
        return Case.objects.of(self.contract)

    @property
    def running(self) -> Hours | None:
        """The period so far: from its first midnight to the end of the day's hours."""
        if self.period is None:
            return None
        starts_at = midnight(self.period.starts_on)
        return Hours(starts_at, max(starts_at, self.hours.ends_at))

    def within(self, hours: Hours, basis: Basis = Basis.FULL) -> CaseQuerySet:
        return self.cases.counted_between(hours.starts_at, hours.ends_at).on_basis(
            basis
        )


def scope_of(contract: Contract, day: date, *, at: datetime) -> Scope:
    """Return what the report of a day covers, by the readings in force on that day."""
    readings = Reading.objects.of(contract).in_force(day)
    hours = hours_of(day, readings)
    return Scope(
        contract=contract,
        day=day,
        hours=hours,
        at=at,
        period=AssessmentPeriod.objects.of(contract).holding(day).first(),
        weights=weights_of(readings.score),
        warn_at=readings.internal_limits.warn_at,
    )


def hours_of(day: date, readings: Readings) -> Hours:
    return daily_hours(day, cut=CUTS[readings.daily_cut], zone=get_default_timezone())


def since(hours: Hours) -> Where:
    return (
        ("since", hours.starts_at.isoformat()),
        ("until", hours.ends_at.isoformat()),
    )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), get_default_timezone())


def clock(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M}"


def days(hours: Hours) -> list[Hours]:
    """Cut a stretch into days that end when it ends, the first one maybe short."""
    days, end = [], hours.ends_at
    while end > hours.starts_at:
        start = max(end - timedelta(days=1), hours.starts_at)
        days.append(Hours(start, end))
        end = start
    return days[::-1]


def last_day(hours: Hours) -> date:
    return localdate(hours.ends_at - timedelta(microseconds=1))
