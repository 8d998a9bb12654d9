"""One day of the posts: who was planned, who was there, and the minutes without anybody."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.models import Contract
from contracts.rules.calendar import ONE_DAY

from .coverage import actual, planned
from .models import Post, Shift, Stint
from .rules.cover import DayCover, Presence, midnight, moment_of, presence


@dataclass(slots=True)
class Bar:
    """One person's day on a post, in minutes."""

    name: str
    planned: list[Presence] = field(default_factory=list)
    actual: list[Presence] = field(default_factory=list)
    claimed: list[Presence] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DayOfPost:
    """A post's day: how it was planned to be covered, how it was, and by whom."""

    post: Post
    plan: DayCover
    cover: DayCover
    bars: list[Bar]

    @property
    def planned_minutes(self) -> int:
        """Minutes of work that were planned, everybody's together."""
        return sum(
            _within(one, self.cover.day) for bar in self.bars for one in bar.planned
        )

    @property
    def actual_minutes(self) -> int:
        return sum(
            _within(one, self.cover.day) for bar in self.bars for one in bar.actual
        )


def _within(one: Presence, day: date) -> int:
    first = midnight(day)
    last = midnight(day + ONE_DAY)
    return max(0, min(one.ends, last) - max(one.starts, first))


def day_of(contract: Contract, day: date, *, at: datetime) -> list[DayOfPost]:
    """Return each post's day, as far as it has come."""
    begins, ends = moment_of(midnight(day)), moment_of(midnight(day + ONE_DAY))
    shifts = Shift.objects.of(contract).holding().between(begins, ends)
    stints = Stint.objects.of(contract).between(begins, ends)
    bars: dict[int, dict[int, Bar]] = {}
    for shift in shifts.select_related("person"):
        _bar(bars, shift).planned.append(
            presence(shift.person_id, shift.starts_at, shift.ends_at, until=at)
        )
    for stint in stints.standing().select_related("person"):
        _bar(bars, stint).actual.append(
            presence(stint.person_id, stint.on_at, stint.off_at, until=at)
        )
    for stint in stints.claimed().select_related("person"):
        _bar(bars, stint).claimed.append(
            presence(stint.person_id, stint.on_at, stint.off_at, until=at)
        )
    covers = zip(planned(contract, [day]), actual(contract, [day], at=at), strict=True)
    return [
        DayOfPost(plan.post, plan.days[0], real.days[0], _in_order(bars, plan.post))
        for plan, real in covers
    ]


def _bar(bars: dict[int, dict[int, Bar]], one: Shift | Stint) -> Bar:
    of_post = bars.setdefault(one.post_id, {})
    return of_post.setdefault(one.person_id, Bar(one.person.name))


def _in_order(bars: dict[int, dict[int, Bar]], post: Post) -> list[Bar]:
    found: Iterable[Bar] = bars.get(post.pk, {}).values()
    return sorted(found, key=_first)


def _first(bar: Bar) -> int:
    return min(one.starts for one in [*bar.planned, *bar.actual, *bar.claimed])
