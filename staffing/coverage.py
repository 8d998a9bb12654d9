"""How posts were covered, or are to be: the roster and the sign-ons against the minimums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db.models import Q

from contracts.models import CalendarDay, Contract
from contracts.rules.calendar import ONE_DAY, SATURDAY, CalendarMissing, WorkCalendar

from .models import Minimum, Post, Roster, Shift, Stint
from .rules.cover import (
    DayCover,
    Presence,
    Rule,
    day_covers,
    midnight,
    minute_of,
    moment_of,
    presence,
)

#: Longer than anybody is on post, or planned to be, in one go.
REACH = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class PostCover:
    """A post over some days."""

    post: Post
    days: list[DayCover]

    @property
    def needed(self) -> int:
        return sum(day.needed for day in self.days)

    @property
    def uncovered(self) -> int:
        return sum(day.uncovered for day in self.days)

    @property
    def covered(self) -> int:
        return self.needed - self.uncovered


def planned(
    contract: Contract, days: Sequence[date], *, draft: Roster | None = None
) -> list[PostCover]:
    """Return how the plan that holds covers each post over some days, in full.

    With `draft`, as if that were the plan of its month.
    """
    begins, ends = _bounds(days)
    shifts = Shift.objects.of(contract).between(begins, ends)
    plan = shifts.holding()
    if draft:
        plan = plan.exclude(roster__month=draft.month) | shifts.filter(roster=draft)
    there: dict[int, list[Presence]] = {}
    for post, person, starts_at, ends_at in plan.values_list(
        "post_id", "person_id", "starts_at", "ends_at"
    ):
        one = presence(person, starts_at, ends_at, until=ends_at)
        there.setdefault(post, []).append(one)
    return _covers(contract, days, there, until=None)


def actual(
    contract: Contract, days: Sequence[date], *, at: datetime
) -> list[PostCover]:
    """Return how each post was covered over some days, as far as they have come."""
    begins, ends = _bounds(days)
    stints = (
        Stint.objects.of(contract)
        .standing()
        .filter(Q(off_at=None) | Q(off_at__gt=begins))
        .filter(on_at__gt=begins - REACH, on_at__lt=ends)
        .values_list("post_id", "person_id", "on_at", "off_at")
    )
    there: dict[int, list[Presence]] = {}
    for post, person, on_at, off_at in stints:
        there.setdefault(post, []).append(presence(person, on_at, off_at, until=at))
    return _covers(contract, days, there, until=minute_of(at))


def _bounds(days: Sequence[date]) -> tuple[datetime, datetime]:
    return moment_of(midnight(days[0])), moment_of(midnight(days[-1] + ONE_DAY))


def _covers(
    contract: Contract,
    days: Sequence[date],
    there: Mapping[int, Sequence[Presence]],
    *,
    until: int | None,
) -> list[PostCover]:
    posts = list(Post.objects.of(contract))
    minimums = {
        pk: list(rows)
        for pk, rows in groupby(
            Minimum.objects.of(contract).order_by("post_id", "-holds_from"),
            key=attrgetter("post_id"),
        )
    }
    calendar = CalendarDay.objects.calendar()
    # What runs over midnight belongs to the day before as well.
    asked = [days[0] - ONE_DAY, *days]
    workdays = [_worked(day, calendar) for day in asked]
    return [
        PostCover(
            post,
            day_covers(
                days,
                there.get(post.pk, ()),
                (
                    (day, _rules_on(day, minimums.get(post.pk, []), contract), workday)
                    for day, workday in zip(asked, workdays, strict=True)
                ),
                until=until,
            ),
        )
        for post in posts
    ]


def _worked(day: date, calendar: WorkCalendar) -> bool:
    """Tell whether a day is worked; of a year without a calendar, Monday to Friday."""
    try:
        return calendar.is_workday(day)
    except CalendarMissing:
        return day.weekday() < SATURDAY


def _rules_on(day: date, minimums: Sequence[Minimum], contract: Contract) -> list[Rule]:
    """Return what is asked of a post on a day of the service（第三条）: the latest rows."""
    if not contract.starts_on <= day < contract.ends_before:
        return []
    latest = next((one.holds_from for one in minimums if one.holds_from <= day), None)
    return [
        Rule(one.starts_at, one.ends_at, one.heads, one.workdays_only)
        for one in minimums
        if one.holds_from == latest
    ]
