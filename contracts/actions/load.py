"""A contract's facts, out of the file that states them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.models import User
from contracts.models import (
    AssessmentPeriod,
    AuditEntry,
    CalendarDay,
    CalendarYear,
    Clause,
    Contact,
    Contract,
    Due,
    Obligation,
    Party,
    PaymentStage,
    Reading,
    Side,
    subject_of,
)
from contracts.rules.calendar_file import CalendarFile
from contracts.rules.contract_file import ContractFile, PartyFacts

from .calendar import put_year
from .clocks import put_dues
from .locked import ContractLocked, differences
from .periods import put_periods

Written = Counter[type[Model]]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The contract that was loaded, and how many rows of each model that has written."""

    contract: Contract
    written: Written = field(default_factory=Counter)

    @property
    def changed(self) -> bool:
        return self.written.total() > 0


@transaction.atomic(durable=True)
def load(
    file: ContractFile,
    *,
    calendars: Mapping[int, CalendarFile] | None = None,
    at: datetime,
    by: User | None = None,
) -> LoadResult:
    """Create a contract with all that its file states, or bring it up to the file.

    What stands on the signed paper cannot be changed by loading another file: raises
    ContractLocked. Our own words on it can, blanks can be filled in, and a reading
    can be adopted anew, from a later day on. `calendars` brings years that are not
    known yet; `replace_year` is for those that are. What the parties owe each other
    falls due for the whole term at once. Loading twice changes nothing.
    """
    return put_contract(file, calendars=calendars, at=at, by=by)


def put_contract(
    file: ContractFile,
    *,
    calendars: Mapping[int, CalendarFile] | None = None,
    at: datetime,
    by: User | None = None,
) -> LoadResult:
    """Do what `load` does, inside the transaction of whatever brings the file."""
    known = (
        Contract.objects.select_for_update(no_key=True)
        .filter(number=file.number)
        .first()
    )
    if different := list(differences(file, known)):
        raise ContractLocked(different)

    written: Written = Counter()
    party_a, party_b = (
        _put_party(facts, written) for facts in (file.party_a, file.party_b)
    )
    contract = known or _create(file, party_a, party_b, written)
    _bring_up(contract, {"short_title": file.short_title}, written)
    _put_contact(contract, Side.A, file.party_a, written)
    _put_contact(contract, Side.B, file.party_b, written)
    _put_clauses(contract, file, written)
    _put_stages(contract, file, written)
    _put_readings(contract, file, by, written)
    for year, calendar in (calendars or {}).items():
        _put_calendar(calendar, _source_of(year, file), written, at=at, by=by)
    _put_obligations(contract, file, written)
    if dues := put_dues(contract, on=contract.signed_on):
        written[Due] += dues
    if written:
        AuditEntry.objects.create(
            contract=contract,
            at=at,
            by=by,
            subject=subject_of(contract),
            was="loaded" if known else "",
            became="loaded",
            note=" ".join(
                f"{model._meta.model_name}={count}" for model, count in written.items()
            ),
        )
    return LoadResult(contract, written)


def _create(
    file: ContractFile, party_a: Party, party_b: Party, written: Written
) -> Contract:
    contract = Contract.objects.create(
        number=file.number,
        title=file.title,
        short_title=file.short_title,
        party_a=party_a,
        party_b=party_b,
        signed_on=file.signed_on,
        effective_on=file.effective_on,
        starts_on=file.term.starts_on,
        ends_before=file.term.ends_before,
        price=file.price,
        copies_a=file.copies.party_a,
        copies_b=file.copies.party_b,
        court=file.court,
        first_day=file.assessment.first_day,
    )
    written[Contract] += 1
    written[AssessmentPeriod] += put_periods(contract, file.as_read.period_option)
    return contract


def _put_party(facts: PartyFacts, written: Written) -> Party:
    given = {
        "address": facts.address,
        "postcode": facts.postcode,
        "credit_code": facts.credit_code,
        "representative": facts.representative,
        "bank": facts.bank,
        "account": facts.account,
    }
    party, created = Party.objects.get_or_create(name=facts.name, defaults=given)
    if created:
        written[Party] += 1
    else:
        _fill_in(party, given, written)
    return party


def _put_contact(
    contract: Contract, side: Side, facts: PartyFacts, written: Written
) -> None:
    given = {
        "person": facts.contact,
        "telephone": facts.telephone,
        "address": facts.address,
        "postcode": facts.postcode,
    }
    contact, created = Contact.objects.get_or_create(
        contract=contract, side=side, holds_from=contract.signed_on, defaults=given
    )
    if created:
        written[Contact] += 1
    else:
        _fill_in(contact, given, written)


def _put_clauses(contract: Contract, file: ContractFile, written: Written) -> None:
    clauses = {clause.ref: clause for clause in contract.clauses.all()}
    for order, (facts, depth) in enumerate(file.outline(), start=1):
        parent = clauses[facts.parent] if facts.parent else None
        values = {
            "parent_id": parent.pk if parent else None,
            "order": order,
            "depth": depth,
            "title": facts.title,
            "summary": facts.summary,
            "kind": facts.kind.value,
            "rules": list(facts.rules),
        }
        if clause := clauses.get(facts.ref):
            _bring_up(clause, values, written)
        else:
            clauses[facts.ref] = Clause.objects.create(
                contract=contract, ref=facts.ref, **values
            )
            written[Clause] += 1


def _put_stages(contract: Contract, file: ContractFile, written: Written) -> None:
    stages = {stage.number: stage for stage in contract.stages.all()}
    clauses = {clause.ref: clause for clause in contract.clauses.all()}
    for facts in file.stages:
        if stage := stages.get(facts.number):
            _bring_up(stage, {"condition": facts.condition}, written)
        else:
            PaymentStage.objects.create(
                contract=contract,
                number=facts.number,
                clause=clauses[facts.clause],
                rate=facts.rate,
                amount=facts.amount,
                opens_on=facts.opens_on,
                target_on=facts.target_on,
                condition=facts.condition,
            )
            written[PaymentStage] += 1


def _put_readings(
    contract: Contract, file: ContractFile, by: User | None, written: Written
) -> None:
    readings = {
        (reading.key, reading.adopted_on): reading
        for reading in contract.readings.all()
    }
    for facts in file.readings:
        if reading := readings.get((facts.key, facts.adopted_on)):
            _bring_up(reading, {"ref": facts.clause}, written)
        else:
            Reading.objects.create(
                contract=contract,
                key=facts.key,
                ref=facts.clause,
                value=facts.value,
                adopted_on=facts.adopted_on,
                adopted_by=by,
            )
            written[Reading] += 1


def _put_obligations(contract: Contract, file: ContractFile, written: Written) -> None:
    obligations = {one.key: one for one in contract.obligations.all()}
    clauses = {clause.ref: clause for clause in contract.clauses.all()}
    for order, facts in enumerate(file.obligations, start=1):
        values = {
            "clause_id": clauses[facts.clause].pk,
            "rules": list(facts.rules),
            "side": facts.owner.value,
            "mode": facts.mode.value,
            "title": facts.title,
            "due_rule": facts.due.to_plain() or None,
            "due_in_words": facts.due_in_words,
            "evidence": facts.evidence,
            "accepted_by_a": facts.accepted_by_a,
            "order": order,
        }
        if obligation := obligations.get(facts.key):
            _bring_up(obligation, values, written)
        else:
            Obligation.objects.create(contract=contract, key=facts.key, **values)
            written[Obligation] += 1


def _put_calendar(
    calendar: CalendarFile,
    source: str,
    written: Written,
    *,
    at: datetime,
    by: User | None,
) -> None:
    if not CalendarYear.objects.filter(year=calendar.year).exists():
        put_year(calendar, source=source, at=at, by=by)
        written[CalendarYear] += 1
        written[CalendarDay] += len(calendar.days)


def _source_of(year: int, file: ContractFile) -> str:
    return next((one.source for one in file.calendars if one.year == year), "")


def _fill_in(row: Model, given: dict[str, str], written: Written) -> None:
    """Give a row those values for which it has a blank."""
    blanks = {name: value for name, value in given.items() if not getattr(row, name)}
    _bring_up(row, blanks, written)


def _bring_up(row: Model, values: dict[str, Any], written: Written) -> None:
    """Give a row these values, and save those that it did not have."""
    news = {
        name: value for name, value in values.items() if getattr(row, name) != value
    }
    if news:
        for name, value in news.items():
            setattr(row, name, value)
        row.save(update_fields=list(news))
        written[type(row)] += 1
