"""What a contract file may no longer say otherwise, once the contract is loaded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from contracts.models import Contract, Party
from contracts.rules.contract_file import ContractFile, PartyFacts

#: What stands on the paper: its path in a file → where the record has it.
OF_CONTRACT = {
    "title": "title",
    "signed_on": "signed_on",
    "effective_on": "effective_on",
    "starts_on": "starts_on",
    "ends_on": "term.last_on",
    "price": "price",
    "court": "court",
    "party_a.name": "party_a.name",
    "party_b.name": "party_b.name",
    "copies.party_a": "copies_a",
    "copies.party_b": "copies_b",
    "assessment.first_day": "first_day",
}
OF_CONTACT = {
    "address": "address",
    "postcode": "postcode",
    "contact": "person",
    "telephone": "telephone",
}
OF_STAGE = {
    "rate": "rate",
    "amount": "amount",
    "clause": "clause.ref",
    "opens_on": "opens_on",
    "target_on": "target_on",
}
#: Of what has fallen due already: who owes it, and when.
OF_OBLIGATION = {"owner": "side", "mode": "mode"}
#: Of an organisation, whatever contract it is on. A payee account is not exchanged by
#: loading a file.
OF_PARTY = {"credit_code": "credit_code", "bank": "bank", "account": "account"}

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where a file says `found`, and what is loaded says `loaded`."""

    path: str
    found: Any
    loaded: Any

    def __str__(self) -> str:
        return _(
            "%(path)s: the file says “%(found)s”, but “%(loaded)s” is what was loaded."
        ) % {"path": self.path, "found": self.found, "loaded": self.loaded}


class ContractLocked(Exception):
    """A file that says otherwise than the contract as it was signed and loaded."""

    def __init__(self, different: Iterable[Difference]) -> None:
        self.differences = tuple(different)
        super().__init__("\n".join(map(str, self.differences)))


def differences(file: ContractFile, contract: Contract | None) -> Iterator[Difference]:
    """Yield where a file contradicts what is loaded. What either leaves blank does not."""
    yield from _of_party("party_a", file.party_a)
    yield from _of_party("party_b", file.party_b)
    if contract is None:
        return
    yield from _compare(OF_CONTRACT, file, contract)
    yield from _of_contact(contract, "a", file.party_a)
    yield from _of_contact(contract, "b", file.party_b)
    yield from _of_stages(file, contract)
    yield from _of_clauses(file, contract)
    yield from _of_readings(file, contract)
    yield from _of_obligations(file, contract)


def _of_party(path: str, facts: PartyFacts) -> Iterator[Difference]:
    if party := Party.objects.filter(name=facts.name).first():
        yield from _compare(OF_PARTY, facts, party, f"{path}.")


def _of_contact(
    contract: Contract, side: str, facts: PartyFacts
) -> Iterator[Difference]:
    """Compare with the contact of the contract's head, whatever was notified since."""
    first = contract.contacts.filter(side=side).order_by("holds_from").first()
    if first:
        yield from _compare(OF_CONTACT, facts, first, f"party_{side}.")


def _of_stages(file: ContractFile, contract: Contract) -> Iterator[Difference]:
    stated = {stage.number: stage for stage in file.stages}
    loaded = {stage.number: stage for stage in contract.stages.select_related("clause")}
    for number in sorted(stated.keys() | loaded.keys()):
        path = f"stages[{number}]"
        if number not in stated:
            yield Difference(path, NOTHING, loaded[number].amount)
        elif number not in loaded:
            yield Difference(path, stated[number].amount, NOTHING)
        else:
            yield from _compare(OF_STAGE, stated[number], loaded[number], f"{path}.")


def _of_clauses(file: ContractFile, contract: Contract) -> Iterator[Difference]:
    stated = {clause.ref for clause in file.clauses}
    for ref, title in contract.clauses.values_list("ref", "title"):
        if ref not in stated:
            yield Difference(f"clauses[{ref}]", NOTHING, title)


def _of_readings(file: ContractFile, contract: Contract) -> Iterator[Difference]:
    """Compare readings with those adopted; a later day may bring another one.

    Except where the term's periods rest on it: they are cut already.
    """
    adopted: dict[str, dict[date, Any]] = {}
    for key, day, value in contract.readings.values_list("key", "adopted_on", "value"):
        adopted.setdefault(key, {})[day] = value
    for one in file.readings:
        of_point = adopted.get(one.key)
        if of_point is None:
            continue
        path, newest = f"readings[{one.key}]", max(of_point)
        if one.adopted_on in of_point:
            yield from _differ(f"{path}.value", one.value, of_point[one.adopted_on])
        elif one.adopted_on < newest:
            yield Difference(f"{path}.adopted_on", one.adopted_on, newest)
        elif one.key == "period_option":
            yield from _differ(f"{path}.value", one.value, of_point[newest])


def _of_obligations(file: ContractFile, contract: Contract) -> Iterator[Difference]:
    """Compare what has dues: they were counted by its rule, and stand."""
    with_dues = contract.obligations.filter(dues__isnull=False).distinct()
    loaded = {one.key: one for one in with_dues}
    for facts in file.obligations:
        if one := loaded.get(facts.key):
            path = f"obligations[{facts.key}]"
            yield from _compare(OF_OBLIGATION, facts, one, f"{path}.")
            found, rule = facts.due.to_plain(), one.due_rule or {}
            if found != rule:
                yield Difference(f"{path}.due", _in_toml(found), _in_toml(rule))


def _in_toml(rule: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"{name} = {value}" for name, value in sorted(rule.items()))
        or NOTHING
    )


def _compare(
    places: Mapping[str, str], stated: object, loaded: object, prefix: str = ""
) -> Iterator[Difference]:
    for path, where in places.items():
        yield from _differ(
            f"{prefix}{path}", attrgetter(path)(stated), attrgetter(where)(loaded)
        )


def _differ(path: str, found: Any, loaded: Any) -> Iterator[Difference]:
    if found != loaded and "" not in (found, loaded):
        yield Difference(path, found, loaded)
