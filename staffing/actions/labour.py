"""Labour contracts and insured months of the vendor's people: that they are, no sums."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused
from contracts.models import Document, DocumentKind
from staffing.models import InsuranceMonth, Person
from staffing.rules.papers import months

#: What the trail of a person says once these facts have changed.
RECORDED = "labour_recorded"
RULE = "R32"


@transaction.atomic(durable=True)
def record_labour(
    person: Person,
    *,
    labour_from: date | None,
    labour_to: date | None,
    labour_paper: "File[Any] | None",
    insured: Collection[date],
    mistaken: Collection[date],
    proof: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record from when to when somebody's labour contract runs, and insured months.

    `insured` are added to those on record, `mistaken` are taken out; `proof` is that of
    the months added. A copy that is not given stays as it was. The same form again
    changes nothing. Raises MatterRefused.
    """
    hold(person.contract)
    held = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _check(held, labour_from, labour_to, insured, at=at)
    changed = []

    copy = _put(
        held,
        labour_paper,
        title=_("Labour contract of %(name)s"),
        token=uuid5(token, "contract"),
        by=by,
        at=at,
    )
    was = (held.labour_from, held.labour_to, held.labour_paper_id)
    held.labour_from, held.labour_to = labour_from, labour_to
    held.labour_paper = copy or held.labour_paper
    if was != (held.labour_from, held.labour_to, held.labour_paper_id):
        held.save(update_fields=["labour_from", "labour_to", "labour_paper"])
        changed.append(f"{labour_from or '—'} – {labour_to or '—'}")

    known = set(held.insurance.values_list("month", flat=True))
    if added := sorted(set(insured) - known):
        paper = _put(
            held,
            proof,
            title=_("Proof of insurance of %(name)s"),
            token=uuid5(token, "proof"),
            by=by,
            at=at,
        )
        InsuranceMonth.objects.bulk_create(
            InsuranceMonth(
                person=held, month=month, paper=paper, recorded_at=at, recorded_by=by
            )
            for month in added
        )
        changed.append(f"+ {_named(added)}")
    if taken := sorted(known & set(mistaken) - set(insured)):
        held.insurance.filter(month__in=taken).delete()
        changed.append(f"− {_named(taken)}")

    if changed:
        trail.record(held, RECORDED, by=by, at=at, note="; ".join(changed))


def _check(
    person: Person,
    labour_from: date | None,
    labour_to: date | None,
    insured: Collection[date],
    *,
    at: datetime,
) -> None:
    if labour_to and labour_from is None:
        raise MatterRefused(_("Say since when it runs."), "labour_from")
    if labour_from and labour_to and labour_to < labour_from:
        raise MatterRefused(_("It ends before it begins."), "labour_to")
    on_post = months_of(person, at=at)
    if strays := sorted(set(insured) - set(on_post)):
        raise MatterRefused(
            _("%(months)s are no months on post that have begun.")
            % {"months": _named(strays)},
            "insured",
        )


def months_of(person: Person, *, at: datetime) -> list[date]:
    """Return the months on post that can be recorded as insured: up to the current one."""
    if person.begins_on is None:
        return []
    last = localdate(at)
    return months(person.begins_on, min(last, person.leaves_on or last))


def _put(
    person: Person,
    file: "File[Any] | None",
    *,
    title: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Document | None:
    """Put a paper on record; one that came with the same form before is that one."""
    if not file:
        return None
    contract = person.contract
    return Document.objects.of(contract).filter(token=token).first() or put(
        contract,
        file=file,
        kind=DocumentKind.PERSONAL,
        title=title % {"name": person.name},
        clause=contract.clauses.filter(rules__contains=[RULE]).first(),
        token=token,
        by=by,
        at=at,
    )


def _named(found: Iterable[date]) -> str:
    return ", ".join(f"{month:%Y-%m}" for month in found)
