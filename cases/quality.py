"""What is asked of finished orders: how callers were served, and which are drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.utils.timezone import get_default_timezone, localdate

from contracts.models import AssessmentPeriod, Contract, Reading

from .models import Case, CaseStatus, Draw, Entry, EntryKind, Quota, Unit
from .models.case import CaseQuerySet
from .rules.indicators import (
    Basis,
    Place,
    Rates,
    Tally,
    Weights,
    ranking,
    rates,
    total,
    weights_of,
)
from .rules.samples import digest_of, sample, sample_of_each

# --- Callbacks -----------------------------------------------------------------------------

#: Field of an order that keeps the cause of a no → how that no is found in the list.
CAUSES: Mapping[str, Mapping[str, str]] = {
    "contact_cause": {"contacted": "no"},
    "solution_cause": {"solved": "no"},
    "satisfaction_cause": {"satisfaction": "dissatisfied"},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the units of a period stand on one basis, the best first, and all together."""

    basis: Basis
    places: list[Place[int | None]]
    together: Tally
    rates: Rates


def hours_of(period: AssessmentPeriod) -> tuple[datetime, datetime]:
    """Return the moments a period runs between, the second one out."""
    return _midnight(period.starts_on), _midnight(period.ends_before)


def weights_in(period: AssessmentPeriod, *, at: datetime) -> Weights:
    """Return how a period's rates are weighed: as read on its last day, or so far."""
    day = min(period.ends_before - timedelta(days=1), localdate(at))
    return weights_of(Reading.objects.of(period.contract).in_force(day).score)


def standings(
    cases: CaseQuerySet, period: AssessmentPeriod, *, at: datetime
) -> list[Standing]:
    """Return how units stand in a period by what callers said, on both bases."""
    weights = weights_in(period, at=at)
    counted = cases.counted_between(*hours_of(period))
    return [
        _standing(basis, counted.on_basis(basis).tallies_by("unit"), weights)
        for basis in Basis
    ]


def _standing(
    basis: Basis, tallies: Mapping[int | None, Tally], weights: Weights
) -> Standing:
    together = total(tallies.values())
    return Standing(
        basis,
        ranking(tallies.items(), weights),
        together,
        rates(together, weights),
    )


def causes_in(
    cases: CaseQuerySet, period: AssessmentPeriod
) -> dict[str, list[tuple[str, int]]]:
    """Return how often each cause of a no was given, the most frequent first."""
    told = (
        cases.counted_between(*hours_of(period))
        .on_basis(Basis.FULL)
        .filter(valid_callback=True)
        .order_by()
    )
    return {
        field: list(
            told.exclude(**{field: ""})
            .values_list(field)
            .annotate(times=Count("pk"))
            .order_by("-times", field)
        )
        for field in CAUSES
    }


def names_of(contract: Contract, keys: Iterable[int | None]) -> dict[int | None, str]:
    """Return the names of handling units by their keys."""
    wanted = [key for key in keys if key is not None]
    return dict(
        Unit.objects.of(contract).filter(pk__in=wanted).values_list("pk", "name")
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), get_default_timezone())


# --- Samples -------------------------------------------------------------------------------


def population_of(
    contract: Contract, since: datetime, until: datetime, quota: str
) -> dict[str, str]:
    """Return the numbers of orders closed in [since, until), each with its group.

    The group is the key of the unit, or of whoever closed the order here; "" where the
    quota asks for nobody in particular, or there is none.
    """
    closed = (
        Case.objects.of(contract)
        .closed_between(since, until)
        .exclude(status=CaseStatus.VOID)
        .order_by()
    )
    if quota == Quota.UNIT:
        keys: dict[str, Any] = dict(closed.values_list("number", "unit"))
    elif quota == Quota.CLOSER:
        keys = dict.fromkeys(closed.values_list("number", flat=True))
        # An import writes the closing of what the platform has closed: nobody's act.
        closings = Entry.objects.filter(
            case__in=closed, kind=EntryKind.CLOSED, batch=None
        )
        keys |= closings.order_by("pk").values_list("case__number", "recorded_by")
    else:
        keys = dict.fromkeys(closed.values_list("number", flat=True))
    return {number: str(key or "") for number, key in keys.items()}


def drawn_from(
    population: Mapping[str, str], size: int, seed: int, quota: str
) -> list[str]:
    """Return the sample that a seed draws. Raises ValueError where a quota is too large."""
    if quota:
        return sample_of_each(population, size, seed)
    return sample(population, size, seed)


@dataclass(frozen=True, slots=True)
class Again:
    """What the same seed draws now."""

    same_population: bool
    same_sample: bool
    population: int
    digest: str


def draw_again(draw: Draw) -> Again:
    """Draw a sample once more, from the orders as they are now."""
    population = population_of(draw.contract, draw.since, draw.until, draw.quota)
    digest = digest_of(population)
    try:
        numbers = drawn_from(population, draw.size, draw.seed, draw.quota)
    except ValueError:  # more groups now than there are places
        numbers = []
    return Again(
        digest == draw.digest, numbers == draw.numbers, len(population), digest
    )
