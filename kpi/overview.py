"""Where the three-months watch stands: each period with its verdict, and the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.timezone import localdate

from contracts.models import AssessmentPeriod, Contract, Reading
from contracts.rules.readings import MonthsRunning, MonthUnit

from .models import Verdict
from .rules import Month, Outcome, Watch, months_as_read, watch


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """An assessment period, what stands of it, and what stood before it was corrected."""

    period: AssessmentPeriod
    today: date
    chain: Sequence[Verdict]  # newest first

    @property
    def verdict(self) -> Verdict | None:
        return self.chain[0] if self.chain else None

    @property
    def former(self) -> Sequence[Verdict]:
        return self.chain[1:]

    @property
    def over(self) -> bool:
        return self.today >= self.period.ends_before

    @property
    def begun(self) -> bool:
        return self.today >= self.period.starts_on

    @property
    def month(self) -> Month:
        outcome = self.verdict.outcome if self.verdict else Outcome.UNDECIDED
        return Month(self.period.label, self.period.span, outcome)


@dataclass(frozen=True, slots=True)
class Overview:
    lines: Sequence[PeriodLine]
    watch: Watch
    reading: MonthsRunning

    @property
    def by_natural_month(self) -> bool:
        return self.reading.unit is MonthUnit.NATURAL_MONTH

    @property
    def waiting(self) -> int:
        """How many periods are over and not decided on."""
        return sum(line.over and line.verdict is None for line in self.lines)


def overview(contract: Contract, *, at: datetime) -> Overview:
    """Return the periods of a contract as decided on, and how near the right to end it is."""
    today = localdate(at)
    chains: dict[int, list[Verdict]] = {}
    verdicts = Verdict.objects.of(contract).select_related("clause", "decided_by")
    for verdict in verdicts.order_by("-pk"):
        chains.setdefault(verdict.period_id, []).append(verdict)
    lines = [
        PeriodLine(period, today, chains.get(period.pk, []))
        for period in contract.periods.all()
    ]
    reading = Reading.objects.of(contract).in_force(today).months_running
    months = months_as_read([line.month for line in lines], reading, term=contract.term)
    return Overview(lines, watch(months, wanted=reading.count), reading)
