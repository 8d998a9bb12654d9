"""Who calls again, what is complained of again: by one order, and in some days."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, Q

from .actions.family import BEHIND, LEADING
from .models import Caller, Case, CaseStatus, Category, Merge
from .models.case import CaseQuerySet
from .rules.repeats import (
    AGAIN_WITHIN,
    GROUP_OF,
    GROUP_WITHIN,
    Call,
    Group,
    groups,
    month_and_year,
)

#: Other orders of the caller that are shown, and of the place that are looked at.
FEW, MOST = 5, 200

#: Rows of each table on the page of repeats.
A_PAGE = 50

#: What is shown of another order.
SHOWN = ("number", "title", "status", "counted_at", "parent", "contract")


# --- By one order --------------------------------------------------------------------------


@dataclass(slots=True)
class Related:
    """Another order that may be about the same matter, and why."""

    case: Case
    same_caller: bool = False
    same_place: bool = False

    @property
    def likely(self) -> bool:
        return self.same_caller and self.same_place

    @property
    def leads(self) -> bool:
        """Say whether others may be handled with it."""
        return self.case.status in LEADING and self.case.parent_id is None


@dataclass(frozen=True, slots=True)
class Repeats:
    """What an order repeats. Without a telephone, or a place, there is no number."""

    in_month: int | None
    in_year: int | None
    at_place: int | None
    group: Group | None
    related: Sequence[Related]
    merge: Merge | None
    children: Sequence[Merge]
    joins: bool

    @property
    def free(self) -> bool:
        """Say whether the order may be handled with another."""
        return self.joins and not self.merge and not self.children


def repeats_of(case: Case, *, seen: CaseQuerySet) -> Repeats:
    """Return what an order repeats, by its caller and by its place and category.

    The calls of a month and of a year（月次、年次）are counted over the whole contract, up
    to this order. Of other orders nothing is told that is not among `seen`.
    """
    real = seen.exclude(status=CaseStatus.VOID)
    hash_ = case.caller.phone_hash
    in_month, in_year = _calls(case, bytes(hash_)) if hash_ else (None, None)
    theirs = _of_caller(case, real, bytes(hash_)) if hash_ else []
    placed = bool(case.spot and case.category_id)
    there = _at_place(case, real) if placed else []
    merges = Merge.objects.standing().filter(Q(parent=case) | Q(child=case))
    standing = list(merges.select_related("parent__contract", "child__contract"))
    return Repeats(
        in_month,
        in_year,
        at_place=_times(case, there) if placed else None,
        group=_group(case, there),
        related=_related(case, theirs, there),
        merge=next((one for one in standing if one.child_id == case.pk), None),
        children=[one for one in standing if one.parent_id == case.pk],
        joins=case.status in BEHIND,
    )


def _calls(case: Case, hash_: bytes) -> tuple[int, int]:
    """Return the how-manieth call of its month, and of its year, an order is."""
    month, year = month_and_year(case.counted_at)
    up_to_this = Q(counted_at__lt=case.counted_at) | Q(
        counted_at=case.counted_at, pk__lte=case.pk
    )
    found = (
        Case.objects.filter(
            up_to_this,
            contract=case.contract_id,
            caller__phone_hash=hash_,
            counted_at__gte=year,
        )
        .exclude(status=CaseStatus.VOID)
        .aggregate(year=Count("pk"), month=Count("pk", filter=Q(counted_at__gte=month)))
    )
    return found["month"], found["year"]


def _of_caller(case: Case, real: CaseQuerySet, hash_: bytes) -> list[Case]:
    theirs = real.filter(caller__phone_hash=hash_).exclude(pk=case.pk)
    return list(theirs.order_by("-counted_at", "-pk").only(*SHOWN)[:FEW])


def _at_place(case: Case, real: CaseQuerySet) -> list[Any]:
    """Return the orders of the same place and category: thirty days back, seven on."""
    there = real.filter(
        spot=case.spot,
        category=case.category_id,
        counted_at__gt=case.counted_at - AGAIN_WITHIN,
        counted_at__lt=case.counted_at + GROUP_WITHIN,
    )
    with_callers = there.annotate(hash=F("caller__phone_hash"))
    return list(with_callers.order_by("-counted_at", "-pk").only(*SHOWN)[:MOST])


def _times(case: Case, there: Iterable[Case]) -> int:
    """Return how often the place was complained of in thirty days, up to this order."""
    this = (case.counted_at, case.pk)
    return sum((one.counted_at, one.pk) <= this for one in there)


def _group(case: Case, there: Iterable[Any]) -> Group | None:
    """Return the group complaint that an order belongs to."""
    found = groups(_call(one) for one in there)
    return next(
        (group for group in found if case.pk in (call.key for call in group.calls)),
        None,
    )


def _call(case: Any) -> Call:
    return Call(case.counted_at, case.pk, bytes(case.hash) if case.hash else None)


def _related(
    case: Case, theirs: Iterable[Case], there: Iterable[Case]
) -> list[Related]:
    """Return the orders likely about the same matter, the likeliest first."""
    by_key = {one.pk: Related(one, same_caller=True) for one in theirs}
    others = [one for one in there if one.pk != case.pk]
    for one in others:
        if one.pk in by_key:
            by_key[one.pk].same_place = True
    for one in others[:FEW]:
        by_key.setdefault(one.pk, Related(one, same_place=True))
    return sorted(
        by_key.values(), key=lambda one: (one.likely, one.case.counted_at), reverse=True
    )


# --- In some days --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RepeatCaller:
    """Somebody who has called more than once, masked, with the last of their orders."""

    caller: Caller
    times: int


@dataclass(frozen=True, slots=True)
class RepeatPlace:
    """A place with more than one order of a category; `last` is the newest of them."""

    spot: str
    category: Category
    times: int
    callers: int
    last: int
    group: Group | None = None


def repeat_callers(cases: CaseQuerySet) -> list[RepeatCaller]:
    """Return who called most often, twice at least."""
    found = (
        Caller.objects.filter(case__in=_real(cases), phone_hash__isnull=False)
        .values("phone_hash")
        .annotate(times=Count("pk"), last=Max("pk"))
        .filter(times__gte=2)
        .order_by("-times", "-last")[:A_PAGE]
    )
    times = {row["last"]: row["times"] for row in found}
    callers = Caller.objects.select_related("case").in_bulk(list(times))
    return [RepeatCaller(callers[pk], times[pk]) for pk in times]


def repeat_places(cases: CaseQuerySet) -> list[RepeatPlace]:
    """Return the places complained of most often, twice at least."""
    return _places(_by_place(cases).filter(times__gte=2).order_by("-times", "-last"))


def group_complaints(cases: CaseQuerySet) -> list[RepeatPlace]:
    """Return the group complaints among these orders, of most callers first."""
    busy = _places(
        _by_place(cases).filter(callers__gte=GROUP_OF).order_by("-callers", "-last")
    )
    calls: dict[tuple[str, int], list[Call]] = defaultdict(list)
    at_these = _real(cases).filter(
        spot__in={place.spot for place in busy},
        category__in={place.category.pk for place in busy},
    )
    rows = at_these.order_by().values_list(
        "spot", "category", "counted_at", "pk", "caller__phone_hash"
    )
    for spot, category, at, pk, hash_ in rows:
        calls[spot, category].append(Call(at, pk, bytes(hash_) if hash_ else None))
    found = [
        RepeatPlace(
            place.spot,
            place.category,
            len(group.calls),
            group.callers,
            last=group.calls[-1].key,
            group=group,
        )
        for place in busy
        for group in groups(calls[place.spot, place.category.pk])
    ]
    return sorted(found, key=lambda one: (one.callers, one.times), reverse=True)


def _real(cases: CaseQuerySet) -> CaseQuerySet:
    return cases.exclude(status=CaseStatus.VOID).order_by()


def _by_place(cases: CaseQuerySet) -> Any:
    return (
        _real(cases)
        .exclude(spot="")
        .filter(category__isnull=False)
        .values("spot", "category")
        .annotate(
            times=Count("pk"),
            callers=Count("caller__phone_hash", distinct=True),
            last=Max("pk"),
        )
    )


def _places(found: Any) -> list[RepeatPlace]:
    rows = list(found[:A_PAGE])
    categories = Category.objects.in_bulk({row["category"] for row in rows})
    return [
        RepeatPlace(
            row["spot"],
            categories[row["category"]],
            row["times"],
            row["callers"],
            row["last"],
        )
        for row in rows
    ]
