"""The confidentiality agreement（第十条 4）: its wordings, and who has signed which."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_come, check_within
from contracts.models import Clause, Contract, DocumentKind
from staffing.models import Agreement, AgreementText, Person, TextStatus

from .clearance import settle

#: What the trail of a person says once a signed copy is on file.
FILED = "agreement_filed"
RULE = "R41"


@transaction.atomic(durable=True)
def submit_text(
    contract: Contract,
    *,
    document: "File[Any]",
    changed: str,
    token: UUID,
    by: User,
    at: datetime,
) -> AgreementText:
    """Submit a wording for Party A to approve; one waits at a time.

    The same `token` again gives the same wording back. Raises MatterRefused.
    """
    hold(contract)
    texts = AgreementText.objects.of(contract)
    if known := texts.filter(token=token).first():
        return known
    if waiting := texts.filter(status=TextStatus.SUBMITTED).first():
        raise MatterRefused(
            _("%(version)s has not been decided on yet (第十条4).")
            % {"version": waiting}
        )
    version = (texts.aggregate(last=Max("version"))["last"] or 0) + 1
    if version > 1 and not changed.strip():
        raise MatterRefused(
            _("Say what is new in it: everybody is to sign again."), "changed"
        )
    text = AgreementText.objects.create(
        contract=contract,
        version=version,
        document=put(
            contract,
            file=document,
            kind=DocumentKind.AGREEMENT,
            title=_("Wording of the confidentiality agreement, V%(version)d")
            % {"version": version},
            clause=_clause(contract),
            by=by,
            at=at,
        ),
        changed=changed,
        token=token,
        submitted_at=at,
        submitted_by=by,
    )
    trail.record(text, TextStatus.SUBMITTED, by=by, at=at, note=changed)
    return text


@transaction.atomic(durable=True)
def approve_text(
    text: AgreementText, *, sign_by: date, note: str, by: User, at: datetime
) -> None:
    """Approve a wording for Party A: everybody signs it by a day.

    Raises MatterRefused and TransitionRefused.
    """
    if sign_by < localdate(at):
        raise MatterRefused(_("This day is over already."), "sign_by")
    check_within(text.contract, sign_by, "sign_by")
    _decide(text, TextStatus.APPROVED, note=note, by=by, at=at, sign_by=sign_by)


@transaction.atomic(durable=True)
def refuse_text(text: AgreementText, *, note: str, by: User, at: datetime) -> None:
    """Refuse a wording for Party A; the one approved before goes on to hold.

    Raises MatterRefused and TransitionRefused.
    """
    if not note.strip():
        raise MatterRefused(_("Say what is wrong with it."), "note")
    _decide(text, TextStatus.REFUSED, note=note, by=by, at=at)


def _decide(
    text: AgreementText,
    to: TextStatus,
    *,
    note: str,
    by: User,
    at: datetime,
    **also: Any,
) -> None:
    if by.pk == text.submitted_by_id:
        raise MatterRefused(_("Nobody decides on what they have submitted themselves."))
    text.move(
        to,
        by=by,
        at=at,
        note=note,
        decided_at=at,
        decided_by=by,
        decided_note=note,
        **also,
    )


@transaction.atomic(durable=True)
def file_agreement(
    person: Person,
    *,
    text: AgreementText,
    signed_on: date,
    document: "File[Any]",
    by: User,
    at: datetime,
) -> Agreement:
    """Put the copy that somebody has signed on file; their door may open with it.

    The same form again gives the same copy back. Raises MatterRefused.
    """
    contract = hold(person.contract)
    held = Person.objects.of(contract).filter(pk=person.pk)
    if not held.present().select_for_update(no_key=True).exists():
        raise MatterRefused(_("They have left, or were refused."))
    _check_text(contract, text, signed_on, at=at)
    if known := Agreement.objects.filter(person=person, text=text).first():
        if (known.signed_on, known.filed_by_id) == (signed_on, by.pk):
            return known
        raise MatterRefused(
            _("A copy of %(version)s that they signed on %(day)s is on file already.")
            % {"version": text, "day": known.signed_on},
            "text",
        )
    made = Agreement.objects.create(
        person=person,
        text=text,
        signed_on=signed_on,
        document=put(
            contract,
            file=document,
            kind=DocumentKind.PERSONAL,
            title=_("Confidentiality agreement %(version)s, signed by %(name)s")
            % {"version": text, "name": person.name},
            clause=_clause(contract),
            by=by,
            at=at,
        ),
        filed_at=at,
        filed_by=by,
    )
    trail.record(person, FILED, by=by, at=at, note=f"{text} {signed_on}")
    settle(contract, at=at)
    return made


def _check_text(
    contract: Contract, text: AgreementText, signed_on: date, *, at: datetime
) -> None:
    if text.contract_id != contract.pk:
        raise MatterRefused(_("This wording is of another contract."), "text")
    if text.status != TextStatus.APPROVED or text.decided_at is None:
        raise MatterRefused(_("Party A has not approved this wording."), "text")
    check_come(signed_on, "signed_on", at=at)
    approved_on = localdate(text.decided_at)
    if signed_on < approved_on:
        raise MatterRefused(
            _("%(version)s was approved on %(day)s only; it is signed after that.")
            % {"version": text, "day": approved_on},
            "signed_on",
        )


def _clause(contract: Contract) -> Clause | None:
    return contract.clauses.filter(rules__contains=[RULE]).first()
