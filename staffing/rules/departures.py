"""People who leave, and people whom Party A wants replaced（第六条（一）3、（二）11）."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.rules.calendar import (
    Deadline,
    WorkCalendar,
    days_after,
    workdays_after,
    workdays_before,
)

NOTICE_WORKDAYS = 15
REFILL_WORKDAYS = 5
REPLACE_DAYS = 20
HALF_A_YEAR = 6  # months
DECEMBER = 12

#: What the clauses name for each, in CNY.
DEPARTURE_TARIFF = Decimal("1000.00")
REPLACEMENT_TARIFF = Decimal("500.00")


def apply_by(leaves_on: date, calendar: WorkCalendar) -> Deadline:
    """Return the last working day to apply for leaving on a day（第六条（二）11）.

    15 working days before: those after the application, up to and with the day itself.
    Raises CalendarMissing.
    """
    return workdays_before(leaves_on, NOTICE_WORKDAYS, calendar)


def refill_by(left_on: date, calendar: WorkCalendar) -> Deadline:
    """Return by when somebody else is on the post: 5 working days（第六条（二）11）.

    Counted from the day after the last day on post. After 6 May 2026, with the Saturday
    that is worked in lieu:

    >>> in_lieu = {date(2026, 5, 9): "劳动节"}
    >>> calendar = WorkCalendar({}, in_lieu, frozenset({2026}))
    >>> refill_by(date(2026, 5, 6), calendar).due_on
    datetime.date(2026, 5, 12)

    Raises CalendarMissing.
    """
    return workdays_after(left_on, REFILL_WORKDAYS, calendar)


def replace_by(demanded_on: date, calendar: WorkCalendar, *, roll: bool) -> Deadline:
    """Return by when somebody is replaced: 20 natural days（第六条（一）3）.

    `roll`: a last day that is a day off gives way to the next working day.
    Raises CalendarMissing, though never without `roll`.
    """
    return days_after(demanded_on, REPLACE_DAYS, calendar, roll=roll)


def half_a_year(begins_on: date, *, last_on: date) -> date:
    """Return the day on which half a year on post is full（第六条（二）11）.

    The corresponding day six months on, or the month's last; but never after the
    contract's own last day, `last_on`, since nobody can stay beyond it:

    >>> expiry = date(2027, 4, 30)
    >>> half_a_year(date(2026, 5, 1), last_on=expiry)
    datetime.date(2026, 11, 1)
    >>> half_a_year(date(2026, 11, 16), last_on=expiry)
    datetime.date(2027, 4, 30)
    """
    years, month = divmod(begins_on.month - 1 + HALF_A_YEAR, DECEMBER)
    year, month = begins_on.year + years, month + 1
    day = min(begins_on.day, monthrange(year, month)[1])
    return min(date(year, month, day), last_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How somebody left. `refill_by` is None where nobody need follow any more.

    `consented_for` is the day that Party A has consented to, None if to none.
    """

    left_on: date
    applied_on: date | None = None
    consented_for: date | None = None
    refill_by: date | None = None
    refilled_on: date | None = None


def faults_of(course: Course, calendar: WorkCalendar, *, today: date) -> list[str]:
    """Return what was not as laid down when somebody left, in words（第六条（二）11）.

    However many there are, it is one person and one time. What is stored is Chinese:
    nobody translates it.

    >>> calendar = WorkCalendar(official_years=frozenset({2026}))
    >>> gone = Course(left_on=date(2026, 7, 31), refill_by=date(2026, 8, 7))
    >>> faults_of(gone, calendar, today=date(2026, 8, 8))
    ['未提前书面申请离岗', '未经甲方同意离岗', '应于2026-08-07前补充合格人员，至今未补充']

    Raises CalendarMissing.
    """
    faults = [
        _application(course, calendar),
        _consent(course),
        _refill(course, today),
    ]
    return [fault for fault in faults if fault]


def _application(course: Course, calendar: WorkCalendar) -> str:
    if course.applied_on is None:
        return "未提前书面申请离岗"
    ahead = calendar.workdays_between(course.applied_on, course.left_on)
    if ahead >= NOTICE_WORKDAYS:
        return ""
    return (
        f"{course.applied_on}申请，{course.left_on}离岗，"
        f"仅提前{ahead}个工作日，不足{NOTICE_WORKDAYS}个工作日"
    )


def _consent(course: Course) -> str:
    if course.consented_for is None:
        return "未经甲方同意离岗"
    if course.left_on < course.consented_for:
        return f"甲方同意{course.consented_for}离岗，实际提前于{course.left_on}离岗"
    return ""


def _refill(course: Course, today: date) -> str:
    due = course.refill_by
    if due is None:
        return ""
    if course.refilled_on is None:
        late = today > due
        return f"应于{due}前补充合格人员，至今未补充" if late else ""
    if course.refilled_on > due:
        return f"应于{due}前补充合格人员，实际于{course.refilled_on}到岗"
    return ""
