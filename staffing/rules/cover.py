"""Who was there, minute by minute: what was covered, and the gaps（第二条 1，R02）.

Moments are whole minutes since 1970, UTC. A minute counts as covered by everybody who
was there in any part of it: two clocks that are a few seconds apart make no gap, and a
minute in which nobody was there is one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from math import floor
from operator import attrgetter

from contracts.rules.calendar import BEIJING, ONE_DAY

MINUTES_A_DAY = 24 * 60
_MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Presence:
    """One person's time on a post, from its first minute to before its last."""

    person: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Need:
    """A stretch of minutes in which so many are to be there."""

    starts: int
    ends: int
    heads: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of minutes in which `missing` too few were there."""

    starts: int
    ends: int
    missing: int

    @property
    def minutes(self) -> int:
        return self.ends - self.starts

    @property
    def starts_at(self) -> datetime:
        return moment_of(self.starts)

    @property
    def ends_at(self) -> datetime:
        return moment_of(self.ends)


@dataclass(frozen=True, slots=True)
class DayCover:
    """One day of a post: `needed` minutes, less the gaps, are covered."""

    day: date
    needed: int
    gaps: tuple[Gap, ...]

    @property
    def uncovered(self) -> int:
        return sum(gap.minutes for gap in self.gaps)

    @property
    def covered(self) -> int:
        return self.needed - self.uncovered


@dataclass(frozen=True, slots=True)
class Rule:
    """So many between two times of day; the same time twice is the whole day."""

    starts_at: time
    ends_at: time
    heads: int
    workdays_only: bool = False


def minute_of(moment: datetime) -> int:
    """Return the minute that a moment lies in."""
    return floor(moment.timestamp()) // _MINUTE


def minute_after(moment: datetime) -> int:
    """Return the first minute of which no part lies before a moment."""
    return -(floor(-moment.timestamp()) // _MINUTE)


def moment_of(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * _MINUTE, tz=UTC)


def midnight(day: date) -> int:
    """Return the first minute of a day in Beijing."""
    return minute_of(datetime.combine(day, time(), tzinfo=BEIJING))


def presence(
    person: int, starts_at: datetime, ends_at: datetime | None, *, until: datetime
) -> Presence:
    """Return the minutes of somebody's time; what has no end yet goes on `until`.

    Off at 08:00:20 is there in the minute of 08:00, as is who comes on at 08:00:40:

    >>> eight = datetime(2026, 6, 1, 8, tzinfo=BEIJING)
    >>> one = presence(1, eight - ONE_DAY, eight.replace(second=20), until=eight)
    >>> two = presence(2, eight.replace(second=40), None, until=eight + ONE_DAY)
    >>> one.ends - two.starts
    1
    """
    return Presence(
        person, minute_of(starts_at), minute_after(ends_at if ends_at else until)
    )


def needs_of(day: date, rules: Iterable[Rule], *, workday: bool) -> Iterator[Need]:
    """Yield what a day asks for; a rule that ends before it begins runs into the next.

    >>> night = Rule(time(22), time(6), 1)
    >>> [(need.ends - need.starts) for need in needs_of(date(2026, 6, 1), [night], workday=True)]
    [480]
    """
    for rule in rules:
        if rule.heads and (workday or not rule.workdays_only):
            start = midnight(day) + _of_day(rule.starts_at)
            length = _of_day(rule.ends_at) - _of_day(rule.starts_at)
            yield Need(
                start, start + (length % MINUTES_A_DAY or MINUTES_A_DAY), rule.heads
            )


def gaps(present: Iterable[Presence], needs: Iterable[Need]) -> list[Gap]:
    """Return where fewer were there than were to be, in order, none touching its equal.

    Where needs overlap the greatest holds. A person counts once, however often they
    signed. Nobody between 08:00 and 08:01 is a gap of one minute:

    >>> day = [Need(480, 1440, 1)]
    >>> gaps([Presence(1, 481, 900), Presence(2, 890, 1440)], day)
    [Gap(starts=480, ends=481, missing=1)]
    """
    changes: dict[int, list[tuple[int, int]]] = {}
    for who in _merged(present):
        changes.setdefault(who.starts, []).append((0, 1))
        changes.setdefault(who.ends, []).append((0, -1))
    for need in needs:
        changes.setdefault(need.starts, []).append((need.heads, 1))
        changes.setdefault(need.ends, []).append((need.heads, -1))
    found: list[Gap] = []
    here, wanted = 0, dict[int, int]()
    for minute, until in pairwise(sorted(changes)):
        for heads, more in changes[minute]:
            if heads:
                wanted[heads] = wanted.get(heads, 0) + more
            else:
                here += more
        most = max((heads for heads, times in wanted.items() if times), default=0)
        if most > here:
            _add(found, Gap(minute, until, most - here))
    return found


def day_covers(
    days: Sequence[date],
    present: Iterable[Presence],
    rules_of: Iterable[tuple[date, Sequence[Rule], bool]],
    *,
    until: int | None = None,
) -> list[DayCover]:
    """Return each day of a post: what it needed, and its gaps, cut at midnight.

    `rules_of` says of each day which rules hold, and whether it is a working day; give
    the day before as well, for what runs over midnight. With `until`, minutes from then
    on have not come yet, and are neither needed nor missed. Coverage and gaps are the
    whole of what was needed, whatever the clocks say: 1,440 minutes for a post that is
    never to be empty.
    """
    if not days:
        return []
    first, last = midnight(days[0]), midnight(days[-1] + ONE_DAY)
    end = last if until is None else max(first, min(last, until))
    needs = [
        Need(max(need.starts, first), min(need.ends, end), need.heads)
        for day, rules, workday in rules_of
        for need in needs_of(day, rules, workday=workday)
        if need.ends > first and need.starts < end
    ]
    missing = gaps(present, needs)
    needed = gaps((), needs)  # with nobody there, all of it
    return [
        DayCover(
            day,
            sum(gap.minutes for gap in _within(needed, midnight(day))),
            tuple(_within(missing, midnight(day))),
        )
        for day in days
    ]


def _of_day(at: time) -> int:
    return at.hour * 60 + at.minute


def _merged(present: Iterable[Presence]) -> Iterator[Presence]:
    """Yield each person's minutes once, however often they are said."""
    last: Presence | None = None
    for one in sorted(present, key=lambda who: (who.person, who.starts)):
        if last and last.person == one.person and one.starts <= last.ends:
            last = Presence(last.person, last.starts, max(last.ends, one.ends))
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _add(found: list[Gap], gap: Gap) -> None:
    """Add a gap, or make the last one longer that goes on in it."""
    if found and found[-1].ends == gap.starts and found[-1].missing == gap.missing:
        gap = Gap(found.pop().starts, gap.ends, gap.missing)
    found.append(gap)


def _within(found: Sequence[Gap], start: int) -> Iterator[Gap]:
    end = start + MINUTES_A_DAY
    for gap in found[bisect_right(found, start, key=attrgetter("ends")) :]:
        if gap.starts >= end:
            break
        yield Gap(max(gap.starts, start), min(gap.ends, end), gap.missing)
