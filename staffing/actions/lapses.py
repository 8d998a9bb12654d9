"""Lapses put on record as breaches: what is found is compared with what stands."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from contracts.models import Clause, Contract
from staffing.models import Breach, BreachKind, Person

#: Why a breach is taken back. Stored, and so never translated.
NO_LONGER_SO = "据现有记录重新核对，不再成立"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """Something that was not as laid down; `explained` says what, a line each."""

    cause: Model
    person: Person
    happened_on: date
    explained: list[str]


def clause_of(contract: Contract, ref: str) -> Clause | None:
    """Return the contract's clause of that reference, or the first part of it."""
    return contract.clauses.filter(ref__startswith=ref).order_by("order").first()


def reconcile(
    contract: Contract,
    kind: BreachKind,
    by_cause: str,
    lapses: list[Lapse],
    *,
    clause: str,
    tariff: Decimal,
    at: datetime,
    unknown: Collection[int] = (),
) -> None:
    """Make the standing breaches of a kind agree with the lapses, one a cause.

    `by_cause` is the field that names the cause; what rests on causes of `unknown`
    cannot be judged now and stays. To be called under `hold`, so that of two runs at
    once the second finds what the first has written.
    """
    standing: Mapping[int, Breach] = {
        getattr(one, f"{by_cause}_id"): one
        for one in Breach.objects.of(contract).standing().filter(kind=kind)
    }
    rests_on = clause_of(contract, clause)
    for lapse in lapses:
        known = standing.get(lapse.cause.pk)
        if known is None:
            cause: dict[str, Any] = {by_cause: lapse.cause}
            Breach.objects.create(
                contract=contract,
                kind=kind,
                clause=rests_on,
                post_id=lapse.person.post_id,
                person=lapse.person,
                happened_on=lapse.happened_on,
                tariff=tariff,
                explained=lapse.explained,
                found_at=at,
                **cause,
            )
        elif known.explained != lapse.explained:
            Breach.objects.filter(pk=known.pk).update(explained=lapse.explained)
    gone = standing.keys() - {lapse.cause.pk for lapse in lapses} - set(unknown)
    Breach.objects.filter(pk__in=[standing[cause].pk for cause in gone]).update(
        withdrawn_at=at, withdrawn_why=NO_LONGER_SO
    )
