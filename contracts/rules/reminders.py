"""When people are reminded of what falls due: on days when somebody is there to act."""

from datetime import date, timedelta

from .calendar import ONE_DAY, WorkCalendar, workdays_before

#: A reminder comes so many working days ahead.
AHEAD = (3, 1)
#: No run of days off is so long that the working days ahead reach further back.
HORIZON = timedelta(days=31)


def reached(due: date, today: date, calendar: WorkCalendar) -> list[str]:
    """Return the steps of reminding that have come by `today`, the latest one last.

    Three working days and one working day before it is due, when it is, and then on
    every working day after. What falls due on a day off is brought up on the last
    working day before it, since on the day itself nobody would see it. For a duty of
    Friday 8 May 2026, after a holiday that ends on the 5th:

    >>> may_day = {date(2026, 5, day): "劳动节" for day in range(1, 6)}
    >>> in_lieu = {date(2026, 5, 9): "劳动节"}
    >>> calendar = WorkCalendar(may_day, in_lieu, frozenset({2026}))
    >>> due = date(2026, 5, 8)
    >>> reached(due, date(2026, 4, 30), calendar)
    ['before_3']
    >>> reached(due, date(2026, 5, 7), calendar)
    ['before_3', 'before_1']
    >>> reached(due, date(2026, 5, 10), calendar)
    ['before_3', 'before_1', 'at', 'after_1']

    The 9th is a Saturday worked in lieu, the 10th a day off on which nothing new comes.
    A step once reached stays reached. Raises CalendarMissing, but not for what lies far
    ahead.
    """
    if due - today > HORIZON:
        return []
    told_on = due
    while not calendar.is_workday(told_on):
        told_on -= ONE_DAY
    ahead = [
        f"before_{count}"
        for count in AHEAD
        if workdays_before(told_on, count, calendar).due_on <= today
    ]
    if today < told_on:
        return ahead
    late = calendar.workdays_between(due, today)
    return [*ahead, "at", *(f"after_{number}" for number in range(1, late + 1))]
