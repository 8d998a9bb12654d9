"""A contract set up in the pages, from a copy of another one with terms of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from contracts.models import (
    AuditEntry,
    Clause,
    Contract,
    Membership,
    Obligation,
    Reading,
    subject_of,
)
from contracts.rules.contract_copy import NAMES_A_YEAR
from contracts.rules.contract_file import ContractFile
from contracts.rules.readings import POINTS

from .load import put_contract
from .locked import differences
from .numbers import hold

#: The rule that says from which day periods run. The clause it rests on is copied.
PERIODS_RULE = "R62"


class SetUpRefused(Exception):
    """A contract that is not set up; `paths` are the places in the file that are why."""

    def __init__(self, words: str, paths: Iterable[str]) -> None:
        super().__init__(words)
        self.paths = tuple(paths)


@dataclass(frozen=True, slots=True)
class Copied:
    """What another contract starts from: the rows of this one, in their order."""

    contract: Contract
    clauses: list[Clause]
    obligations: list[Obligation]
    readings: dict[str, Reading]  # those in force

    @classmethod
    def of(cls, contract: Contract, *, on: date) -> "Copied":
        return cls(
            contract,
            list(contract.clauses.select_related("parent")),
            list(contract.obligations.select_related("clause")),
            {one.key: one for one in contract.readings.on(on)},
        )

    @property
    def dated_clauses(self) -> list[Clause]:
        """The clauses whose summary names a year: words to go over."""
        return [one for one in self.clauses if re.search(NAMES_A_YEAR, one.summary)]

    @property
    def dated_obligations(self) -> list[Obligation]:
        """What falls due on a day that the paper names."""
        return [one for one in self.obligations if "on" in (one.due_rule or {})]

    @property
    def clause_of_periods(self) -> str:
        named = (one.ref for one in self.clauses if PERIODS_RULE in one.rules)
        return next(named, self.clauses[0].ref if self.clauses else "")

    def to_plain(
        self,
        *,
        adopted_on: date,
        summaries: Mapping[str, str],
        days: Mapping[str, date],
        words: Mapping[str, str],
    ) -> dict[str, Any]:
        """Return what is copied, as a contract file states it.

        With other `summaries` by reference, and other `days` and `words` of what is due
        on a day, by key.
        """
        return {
            "posts": [],
            "calendars": [],  # known already, or still to come
            "clauses": [
                {
                    "ref": one.ref,
                    "kind": one.kind,
                    "title": one.title,
                    "summary": summaries.get(one.ref, one.summary),
                    "parent": one.parent.ref if one.parent else "",
                    "rules": one.rules,
                }
                for one in self.clauses
            ],
            "readings": list(self._readings(adopted_on)),
            "obligations": [
                self._obligation(one, days, words) for one in self.obligations
            ],
        }

    def _readings(self, adopted_on: date) -> Iterator[dict[str, Any]]:
        for point in POINTS:
            reading = self.readings.get(point.key)
            default = point.to_value(point.default)
            yield {
                "key": point.key,
                "clause": (reading and reading.ref) or point.clause,
                "adopted_on": adopted_on,
                "value": reading.value if reading else default,
            }

    @staticmethod
    def _obligation(
        one: Obligation, days: Mapping[str, date], words: Mapping[str, str]
    ) -> dict[str, Any]:
        due = dict(one.due_rule or {})
        if one.key in days:
            due["on"] = days[one.key]
        return {
            "key": one.key,
            "clause": one.clause.ref,
            "rules": one.rules,
            "owner": one.side,
            "mode": one.mode,
            "title": one.title,
            "due_in_words": words.get(one.key, one.due_in_words),
            "evidence": one.evidence,
            "accepted_by_a": one.accepted_by_a,
            "due": due or None,
        }


def check(file: ContractFile, *, by: User) -> None:
    """Raise SetUpRefused for what keeps a file from being set up, place by place.

    How a party is on record is not told: it may be of a contract that `by` cannot see.
    """
    known = Contract.objects.filter(number=file.number).first()
    if known and not _is_the_same(known, file, by):
        raise SetUpRefused(_taken(file), ("number",))
    if different := [one.path for one in differences(file, None)]:
        raise SetUpRefused(
            _(
                "This organisation is on record otherwise. Correct it, or leave it blank."
            ),
            different,
        )


@transaction.atomic(durable=True)
def set_up(source: Contract, file: ContractFile, *, by: User, at: datetime) -> Contract:
    """Set up the contract that a file states, with `by` as its supervisor and nobody else.

    What stands on its paper is locked from then on. The same file again, of the same
    person, gives the contract that is there. Raises SetUpRefused.
    """
    hold(source)
    check(file, by=by)
    if known := Contract.objects.filter(number=file.number).first():
        return known
    try:
        with transaction.atomic():
            contract = put_contract(file, at=at, by=by).contract
    except IntegrityError as error:
        # Somebody has set up another one under this number at the same moment.
        raise SetUpRefused(_taken(file), ("number",)) from error
    membership = Membership.objects.create(
        contract=contract, user=by, role=Role.SUPERVISOR
    )
    AuditEntry.objects.create(
        contract=contract,
        at=at,
        by=by,
        subject=subject_of(by),
        became=membership.role,
        note=f"set-up: {source.number}",
    )
    return contract


def _taken(file: ContractFile) -> str:
    return _("The number %(number)s is taken already.") % {"number": file.number}


def _is_the_same(known: Contract, file: ContractFile, by: User) -> bool:
    supervised = known.memberships.filter(user=by, role=Role.SUPERVISOR)
    return supervised.exists() and not any(differences(file, known))
