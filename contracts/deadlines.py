"""All deadlines of a contract: what the parties owe, and the days of its own calendar."""

from calendar import Calendar
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from .models import (
    AssessmentPeriod,
    CalendarDay,
    Clause,
    Contract,
    Due,
    DueStatus,
    Obligation,
    PaymentStage,
    Side,
)
from .rules.calendar import BEIJING, CalendarMissing, WorkCalendar
from .rules.cycles import Cycle
from .rules.periods import ONE_DAY, Span
from .standing import ACCEPTED, DONE, DONE_LATE, LATE, Standing, standing_of

#: So many stand in a day of the month; the rest are in the list under it.
IN_A_CELL = 3
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, as a page's address names it: 2026-05."""

    first: date

    @classmethod
    def named(cls, name: str, *, today: date) -> Self:
        """Return the month of that name; this one, if there is none such."""
        try:
            first = date.fromisoformat(f"{name}-01")
        except ValueError:
            first = today.replace(day=1)
        if not FIRST_YEAR <= first.year <= LAST_YEAR:
            first = today.replace(day=1)
        return cls(first)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def span(self) -> Span:
        return Span(self.first, self.next.first)

    @property
    def next(self) -> "Month":
        return Month((self.first + 31 * ONE_DAY).replace(day=1))

    @property
    def previous(self) -> "Month":
        return Month((self.first - ONE_DAY).replace(day=1))


@dataclass(frozen=True, slots=True)
class Line:
    """One deadline: what is to be done by a day, by whom, and how that stands.

    `ends_at` is there where it ends at a time of that day. A line without a due is a
    day of the contract itself, and has no standing.
    """

    day: date
    title: str | Promise
    label: str = ""
    side: str = ""
    clause: Clause | None = None
    href: str = ""
    standing: Standing | None = None
    ends_at: datetime | None = None
    due: Due | None = None
    key: str = ""  # of a day of the contract itself: what tells it from the others

    @property
    def side_in_words(self) -> str | Promise:
        return Side(self.side).label if self.side else _("Both parties")

    @property
    def late(self) -> bool:
        return self.standing is LATE

    @property
    def daily(self) -> bool:
        return self.due is not None and is_daily(self.due.obligation)


@dataclass(frozen=True, slots=True)
class Cell:
    """A day in the month: its lines, how many come round daily, whether it is worked."""

    day: date
    inside: bool
    today: bool
    off: bool
    holiday: str
    lines: Sequence[Line]
    daily: Counter[str]

    @property
    def shown(self) -> Sequence[Line]:
        return self.lines[:IN_A_CELL]

    @property
    def more(self) -> int:
        return max(len(self.lines) - IN_A_CELL, 0)


@dataclass(frozen=True, slots=True)
class DailyGroup:
    """The dues of a month that come round daily for one obligation, counted."""

    obligation: Obligation
    counts: Counter[str]

    @property
    def standing(self) -> Standing:
        return LATE if self.counts["late"] else DONE


@dataclass(frozen=True, slots=True)
class MonthSheet:
    month: Month
    weeks: Sequence[Sequence[Cell]]
    days: Sequence[tuple[date, Sequence[Line]]]
    daily: Sequence[DailyGroup]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the contract's own days a filter leaves: those of a party, of a clause."""

    side: str = ""
    clause: Clause | None = None
    words: str = ""
    dues_only: bool = False

    def keeps(self, line: Line) -> bool:
        return not self.dues_only and (
            (not self.side or line.side in ("", self.side))
            and (self.clause is None or line.clause == self.clause)
            and self.words.casefold() in f"{line.title} {line.label}".casefold()
        )


def is_daily(obligation: Obligation) -> bool:
    return (obligation.due_rule or {}).get("every") == Cycle.DAY


def in_span(dues: QuerySet[Due], span: Span) -> QuerySet[Due]:
    """Keep the dues that fall on these days; what was returned, on its new day."""
    return dues.filter(
        Q(again_on=None, due_on__gte=span.starts_on, due_on__lt=span.ends_before)
        | Q(again_on__gte=span.starts_on, again_on__lt=span.ends_before)
    )


def for_lines(dues: QuerySet[Due]) -> QuerySet[Due]:
    """Fetch with the dues what their lines show, and nothing that they do not."""
    return dues.select_related("obligation__clause").defer("explained")


def lines_of(contract: Contract, dues: Iterable[Due], at: datetime) -> Iterator[Line]:
    for due in dues:
        day = due.again_on or due.due_on
        if day is not None:
            yield Line(
                day=day,
                title=due.obligation.title,
                label=due.label,
                side=due.obligation.side,
                clause=due.obligation.clause,
                href=reverse("contracts:due", args=[contract.number, due.pk]),
                standing=standing_of(due, at),
                ends_at=_time_of_day(due),
                due=due,
            )


def own_days(contract: Contract) -> list[Line]:
    """Return the contract's own days: of payment, of assessment, of its term."""
    stages = contract.stages.select_related("clause")
    periods = contract.periods.all()
    page = reverse("contracts:contract", args=[contract.number])
    lines = [line for stage in stages for line in _of_stage(stage, page)]
    for period in periods:
        lines += _of_period(period, page)
    term = contract.term
    return [
        *lines,
        _own(term.starts_on, _("Service starts"), f"{page}#terms", "term-starts"),
        _own(term.last_on, _("Service ends"), f"{page}#terms", "term-ends"),
    ]


def _of_stage(stage: PaymentStage, page: str) -> Iterator[Line]:
    for day, title, what in (
        (stage.opens_on, _("Payment stage opens"), "opens"),
        (stage.target_on, _("Payment stage to be paid by"), "target"),
    ):
        yield _own(
            day,
            title,
            f"{page}#stages",
            f"stage-{stage.number}-{what}",
            label=str(stage.number),
            side=Side.A,
            clause=stage.clause,
        )


def _of_period(period: AssessmentPeriod, page: str) -> Iterator[Line]:
    ends: list[tuple[date, Promise, str, Side]] = [
        (period.span.last_on, _("Assessment period ends"), "ends", Side.A)
    ]
    if period.improvement_ends_before:
        day = period.improvement_ends_before - ONE_DAY
        ends.append((day, _("Improvement period ends"), "improvement", Side.B))
    for day, title, what, side in ends:
        key = f"period-{period.number}-{what}"
        yield _own(day, title, f"{page}#periods", key, label=period.label, side=side)


def _own(day: date, title: Promise, href: str, key: str, **more: Any) -> Line:
    return Line(day=day, title=title, href=href, key=key, **more)


def month_sheet(
    contract: Contract,
    dues: QuerySet[Due],
    month: Month,
    *,
    wanted: Wanted,
    at: datetime,
) -> MonthSheet:
    """Lay the deadlines of a month out, in weeks and day by day."""
    found = in_span(for_lines(dues.exclude(status=DueStatus.DROPPED)), month.span)
    lines = [
        *lines_of(contract, found, at),
        *(
            line
            for line in own_days(contract)
            if line.day in month.span and wanted.keeps(line)
        ),
    ]
    lines.sort(key=lambda line: (line.day, line.daily, not line.late))
    by_day = {day: list(group) for day, group in groupby(lines, attrgetter("day"))}
    calendar = CalendarDay.objects.all().calendar()
    weeks = Calendar().monthdatescalendar(month.first.year, month.first.month)
    named = [line for line in lines if not line.daily]
    return MonthSheet(
        month=month,
        weeks=[
            [_cell(day, month, by_day.get(day, []), calendar, at) for day in week]
            for week in weeks
        ],
        days=[(day, list(group)) for day, group in groupby(named, attrgetter("day"))],
        daily=_daily(line for line in lines if line.daily),
    )


def _cell(
    day: date,
    month: Month,
    lines: Sequence[Line],
    calendar: WorkCalendar,
    at: datetime,
) -> Cell:
    try:
        off = not calendar.is_workday(day)
    except CalendarMissing:
        off = False
    return Cell(
        day=day,
        inside=day in month.span,
        today=day == localdate(at),
        off=off,
        holiday=calendar.holidays.get(day, ""),
        lines=[line for line in lines if not line.daily],
        daily=_counted(line for line in lines if line.daily),
    )


def _counted(lines: Iterable[Line]) -> Counter[str]:
    """Count lines that come round daily: all, those late, those done."""
    counts: Counter[str] = Counter()
    for line in lines:
        counts["all"] += 1
        counts["late"] += line.late
        counts["done"] += line.standing in (DONE, DONE_LATE, ACCEPTED)
    return counts


def _daily(lines: Iterable[Line]) -> list[DailyGroup]:
    groups: dict[Obligation, list[Line]] = {}
    for line in lines:
        if line.due:
            groups.setdefault(line.due.obligation, []).append(line)
    return [DailyGroup(one, _counted(group)) for one, group in groups.items()]


def _time_of_day(due: Due) -> datetime | None:
    """Return the moment a due ends at, unless it is the end of its day."""
    if due.again_on or due.due_on is None or due.due_at is None:
        return None
    ends_at = due.due_at.astimezone(BEIJING)
    midnight = datetime.combine(due.due_on + ONE_DAY, datetime.min.time(), BEIJING)
    return None if ends_at == midnight else ends_at


def tally(contract: Contract, at: datetime) -> Mapping[str, int]:
    """Count what is late, what falls due within seven days, what waits for acceptance."""
    dues = Due.objects.of(contract)
    today = localdate(at)
    week = Span(today, today + 7 * ONE_DAY)
    return {
        "late": dues.overdue(at).count(),
        "soon": in_span(dues.owed(), week).exclude(pk__in=dues.overdue(at)).count(),
        "waiting": dues.waiting_for_acceptance().count(),
        "undated": dues.owed().filter(due_on=None).count(),
    }
