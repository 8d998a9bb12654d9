"""When what the parties owe each other falls due: once, again and again, or on an event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, ClassVar, Self

from .calendar import (
    BEIJING,
    ONE_DAY,
    CalendarMissing,
    DayOff,
    Deadline,
    Unit,
    WorkCalendar,
    days_after,
    hours_after,
    workdays_after,
    workdays_before,
)
from .cycles import AssessedPeriod, Cycle, cycles
from .periods import Span
from .problems import Fault, Problem, Refused
from .tables import REFERENCE, RULE, SENTENCE, SLUG, Plain, between, read, text
from .tables import to_plain as value_to_plain

A_YEAR_OF_DAYS = 366
A_MONTH_OF_HOURS = 744
TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d"


class Mode(StrEnum):
    """How often something falls due."""

    ONCE = "once"
    RECURRING = "recurring"
    ON_EVENT = "on_event"
    STANDING = "standing"  # always owed, and never due by itself


class Owner(StrEnum):
    """Which party owes it."""

    A = "a"
    B = "b"


class Since(StrEnum):
    """The contract's own days, to count from."""

    SIGNED = "signed"
    EFFECTIVE = "effective"
    START = "start"  # the first day of the term
    END = "end"  # its last


class Event(StrEnum):
    """What starts a clock once it has happened; with `before`, what is to happen.

    Where both parties owe the same on an event, such as telling a new address, it is
    for the party that it has happened to.
    """

    # In the service itself
    URGENT_CASE = "urgent_case"
    TASK_GIVEN = "task_given"
    ANALYSIS_ASKED = "analysis_asked"
    REPORT_RETURNED = "report_returned"
    TRAINING_HELD = "training_held"
    TRAINING_FAILED = "training_failed"
    CALLOUT = "callout"
    # Checks, findings, money
    CHECK_CALLED = "check_called"
    ORAL_OPINION = "oral_opinion"
    DEMAND = "demand"
    RECTIFIED = "rectified"
    PAYMENT_ASKED = "payment_asked"
    FUNDS_LATE = "funds_late"
    DAMAGE = "damage"
    LEAK = "leak"
    # People
    JOINING = "joining"
    LEAVE_WANTED = "leave_wanted"
    LEFT = "left"
    REPLACEMENT_ASKED = "replacement_asked"
    REPLACEMENT_PROPOSED = "replacement_proposed"
    # Changes, notices, the end
    SERVICE_CHANGED = "service_changed"
    CHANGE_ASKED = "change_asked"
    EXTRA_AGREED = "extra_agreed"
    NOTICE_SERVED = "notice_served"
    CONTACT_CHANGED = "contact_changed"
    FORCE_MAJEURE = "force_majeure"
    TERMINATION_SERVED = "termination_served"
    POLICY_NOTICE = "policy_notice"
    ENDING_AGREED = "ending_agreed"
    CONTRACT_ENDED = "contract_ended"  # at its time or before
    ENDED_EARLY = "ended_early"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRule:
    """From when, and how long. No start at all: always owed.

    Counted from one of the contract's days (`since`), from the end of each cycle
    (`every`) or from what happened (`event`); or the day is fixed (`on`). `before`
    counts back, and from the beginning of the cycle. A day is over at midnight, unless
    `at` says an earlier time. `chosen_by_a`: Party A sets the
    day when the event happens.
    """

    since: Since | None = None
    on: date | None = None
    every: Cycle | None = None
    event: Event | None = None
    workdays: Annotated[int, between(0, A_YEAR_OF_DAYS)] | None = None
    days: Annotated[int, between(0, A_YEAR_OF_DAYS)] | None = None
    hours: Annotated[int, between(1, A_MONTH_OF_HOURS)] | None = None
    before: bool = False
    at: Annotated[str, text(5, blank=True, pattern=TIME_OF_DAY)] = ""
    chosen_by_a: bool = False

    @classmethod
    def from_plain(cls, plain: Mapping[str, Plain] | None) -> Self:
        """Return what `to_plain` has made JSON of. Raises Refused."""
        table = dict(plain or {})
        if "on" in table:
            table["on"] = date.fromisoformat(table["on"])
        problems: list[Problem] = []
        rule = read(cls, table, "", problems)
        if rule is None:
            raise Refused(problems)
        return rule

    def to_plain(self) -> dict[str, Plain]:
        """Return what JSON can hold of it.

        >>> DueRule(since=Since.EFFECTIVE, workdays=10).to_plain()
        {'since': 'effective', 'workdays': 10}
        """
        return {name: _plain(part) for name, part in self._given().items()}

    @property
    def mode(self) -> Mode:
        """How often it falls due, which follows from what it is counted from."""
        if self.event:
            return Mode.ON_EVENT
        if self.every:
            return Mode.RECURRING
        return Mode.ONCE if self.since or self.on else Mode.STANDING

    def faults(self) -> Iterator[Problem]:
        given = self._given()
        starts = [name for name in STARTS if name in given]
        counts = [name for name in COUNTS if name in given]
        if given and len(starts) != 1:
            yield _not_one_of(STARTS, starts)
        if given and starts != ["on"] and len(counts) != 1:
            yield _not_one_of(COUNTS, counts)
        for name, other in CLASHES:
            if name in given and other in given:
                yield _clash(name, other)

    def _given(self) -> dict[str, Any]:
        """Return the parts that say something. A count of 0 does."""
        parts = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: part
            for name, part in parts.items()
            if part is not None and part is not False and part != ""
        }


STARTS = ("since", "on", "every", "event")
COUNTS = ("workdays", "days", "hours", "chosen_by_a")
#: What makes no sense together: hours need a moment to start from, and are one to end at.
CLASHES = (
    *product((*COUNTS, "before"), ("on",)),
    *product(("hours", "chosen_by_a"), ("since", "every", "before", "at")),
)


def _clash(path: str, other: str) -> Problem:
    return Problem(Fault.CLASH, path, {"other": other})


def _not_one_of(choices: Sequence[str], found: Sequence[str]) -> Problem:
    params = {"choices": ", ".join(choices), "found": ", ".join(found) or "–"}
    return Problem(Fault.NOT_ONE_OF, params=params)


@dataclass(frozen=True, slots=True)
class ObligationFacts:
    """What one party owes by a clause, as a contract file states it.

    `rules` are the ids of the rules that it carries out (docs/rules.md). `due` says
    when, `due_in_words` the same to people; `evidence` what proves that it was done.
    """

    NAMED_BY: ClassVar[str] = "key"

    key: Annotated[str, text(60, pattern=SLUG)]
    clause: Annotated[str, text(REFERENCE)]
    rules: tuple[Annotated[str, text(3, pattern=RULE)], ...]
    owner: Owner
    mode: Mode
    title: Annotated[str, text(80)]
    due_in_words: Annotated[str, text(SENTENCE)]
    evidence: Annotated[str, text(SENTENCE)]
    accepted_by_a: bool = False
    due: DueRule = DueRule()

    def faults(self) -> Iterator[Problem]:
        if not self.rules:
            yield Problem(Fault.BLANK, "rules")
        if len(set(self.rules)) != len(self.rules):
            yield Problem(Fault.TWICE, "rules")
        if self.mode is not self.due.mode:
            yield _clash("mode", f"due ({self.due.mode})")
        if self.accepted_by_a and self.owner is Owner.A:
            yield _clash("accepted_by_a", f"owner ({self.owner})")


@dataclass(frozen=True, slots=True)
class Occasion:
    """One time that something falls due by the contract's own dates.

    `label` names it among those of its obligation, and stays when a calendar moves the
    day; "" if there is but one. `covers` is the cycle it is owed for. Where `deadline`
    is None, there is no calendar yet for the year `missing`.
    """

    label: str
    deadline: Deadline | None
    covers: Span | None = None
    missing: int | None = None


def occasions(
    rule: DueRule,
    *,
    signed_on: date,
    effective_on: date,
    term: Span,
    periods: Sequence[AssessedPeriod],
    calendar: WorkCalendar,
    roll: bool = True,
) -> list[Occasion]:
    """Return every time that the rule falls due by dates alone, in their order.

    None where it waits for an event, or is always owed. `roll`: whether natural days
    that end on a day off run on to the next working day; a daily cycle never does,
    since the desk has no day off. Reports of the day are owed at ten the next morning:

    >>> calendar = WorkCalendar(official_years=frozenset({2026}))
    >>> daily = occasions(
    ...     DueRule(every=Cycle.DAY, days=1, at="10:00"),
    ...     signed_on=date(2026, 4, 21),
    ...     effective_on=date(2026, 4, 21),
    ...     term=Span(date(2026, 5, 1), date(2027, 5, 1)),
    ...     periods=[],
    ...     calendar=calendar,
    ... )
    >>> len(daily), daily[0].label, daily[0].deadline.due_at.isoformat()
    (365, '2026-05-01', '2026-05-02T10:00:00+08:00')
    """
    if rule.on:
        fixed = Deadline(rule.on, rule.on, 0, Unit.DAYS)
        return [Occasion("", _at_its_time(rule, fixed))]
    starts: list[tuple[str, Span | None, date]] = []
    if rule.since:
        days = {
            Since.SIGNED: signed_on,
            Since.EFFECTIVE: effective_on,
            Since.START: term.starts_on,
            Since.END: term.last_on,
        }
        starts = [("", None, days[rule.since])]
    elif rule.every:
        roll = roll and rule.every is not Cycle.DAY
        starts = [
            (label, span, span.starts_on if rule.before else span.last_on)
            for label, span in cycles(rule.every, term, periods)
        ]
    return [
        _occasion(rule, start, calendar, roll, label=label, covers=span)
        for label, span, start in starts
    ]


def due_after(
    rule: DueRule, event_at: datetime, calendar: WorkCalendar, *, roll: bool = True
) -> Deadline:
    """Return when something is due that an event at this moment sets off.

    With `before`, the event is still to come: leave on 15 October 2026 is applied for
    by 18 September (六（二）11). The other party hears of a force majeure within 24
    hours (九):

    >>> tell = DueRule(event=Event.FORCE_MAJEURE, hours=24)
    >>> began = datetime(2026, 9, 30, 22, 30, tzinfo=BEIJING)
    >>> due_after(tell, began, WorkCalendar()).due_at.isoformat()
    '2026-10-01T22:30:00+08:00'

    Raises CalendarMissing, and ValueError for a rule that no event sets off or whose
    day Party A chooses.
    """
    if rule.event is None or rule.chosen_by_a:
        raise ValueError("No event says when this is due.")
    if event_at.tzinfo is None:
        raise ValueError("A moment without a time zone is not a moment.")
    if rule.hours is not None:
        return hours_after(event_at, rule.hours)
    return _count(rule, event_at.astimezone(BEIJING).date(), calendar, roll)


def to_plain(deadline: Deadline) -> dict[str, Plain]:
    """Return what JSON can hold of a deadline, for `from_plain` to read back.

    >>> plain = to_plain(hours_after(datetime(2026, 9, 30, 22, tzinfo=BEIJING), 24))
    >>> plain["due_at"], plain["unit"]
    ('2026-10-01T22:00:00+08:00', 'hours')
    """
    plain = {one.name: _plain(getattr(deadline, one.name)) for one in fields(deadline)}
    plain["left_out"] = [[str(left.day), left.holiday] for left in deadline.left_out]
    return plain


def from_plain(plain: Mapping[str, Plain]) -> Deadline:
    """Return the deadline that `to_plain` has made JSON of."""
    return Deadline(
        due_on=date.fromisoformat(plain["due_on"]),
        start_on=date.fromisoformat(plain["start_on"]),
        count=plain["count"],
        unit=Unit(plain["unit"]),
        counted=tuple(map(date.fromisoformat, plain["counted"])),
        left_out=tuple(
            DayOff(date.fromisoformat(day), holiday)
            for day, holiday in plain["left_out"]
        ),
        provisional=plain["provisional"],
        nominal_on=_read(date.fromisoformat, plain["nominal_on"]),
        start_at=_read(_moment, plain["start_at"]),
        due_at=_read(_moment, plain["due_at"]),
    )


def _occasion(
    rule: DueRule,
    start: date,
    calendar: WorkCalendar,
    roll: bool,
    *,
    label: str,
    covers: Span | None,
) -> Occasion:
    """Return the occasion counted from a day, without its date if a calendar is missing."""
    try:
        return Occasion(label, _count(rule, start, calendar, roll), covers)
    except CalendarMissing as missing:
        return Occasion(label, None, covers, missing.year)


def _count(rule: DueRule, start: date, calendar: WorkCalendar, roll: bool) -> Deadline:
    if rule.workdays is not None:
        count = workdays_before if rule.before else workdays_after
        return _at_its_time(rule, count(start, rule.workdays, calendar))
    days = rule.days or 0
    if rule.before:
        return _at_its_time(rule, _days_before(start, days, calendar, roll))
    return _at_its_time(rule, days_after(start, days, calendar, roll=roll))


def _days_before(
    start: date, count: int, calendar: WorkCalendar, roll: bool
) -> Deadline:
    """Return the day so many natural days before; the working day before a day off."""
    nominal = due = start - ONE_DAY * count
    left_out: list[DayOff] = []
    while roll and count and not calendar.is_workday(due):
        left_out.insert(0, calendar.day_off(due))
        due -= ONE_DAY
    return Deadline(
        due_on=due,
        start_on=start,
        count=count,
        unit=Unit.DAYS,
        counted=tuple(nominal + ONE_DAY * n for n in range(1, count + 1)),
        left_out=tuple(left_out),
        provisional=bool(roll and count)
        and any(map(calendar.is_provisional, (due, nominal))),
        nominal_on=nominal if due != nominal else None,
    )


def _at_its_time(rule: DueRule, deadline: Deadline) -> Deadline:
    """Return the deadline with the time of day at which the rule has it end."""
    if not rule.at:
        return deadline
    ends = datetime.combine(
        deadline.due_on, time.fromisoformat(rule.at), tzinfo=BEIJING
    )
    return replace(deadline, due_at=ends)


# --- As JSON ------------------------------------------------------------------------


def _plain(value: Any) -> Plain:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):  # a moment is one as well
        return value.isoformat()
    return value_to_plain(value)


def _read(kind: Callable[[str], Any], raw: str | None) -> Any:
    return None if raw is None else kind(raw)


def _moment(raw: str) -> datetime:
    return datetime.fromisoformat(raw).astimezone(BEIJING)
