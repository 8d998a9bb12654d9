"""What the vendor declares for a while（第六条（二）7、8）is put on record here."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_within
from contracts.models import Contract, DocumentKind
from staffing.models import Declaration, DeclarationKind

#: Kind → the rule whose clause it answers.
RULES = {DeclarationKind.LABOUR: "R32", DeclarationKind.NO_SUBCONTRACT: "R33"}


@transaction.atomic(durable=True)
def declare(
    contract: Contract,
    *,
    kind: DeclarationKind,
    covers_from: date,
    expires_on: date,
    text: str,
    document: "File[Any]",
    token: UUID,
    by: User,
    at: datetime,
) -> Declaration:
    """Put a signed declaration on record, with the days that it covers. It never changes.

    The same `token` again gives the same declaration back. Raises MatterRefused.
    """
    hold(contract)
    if known := Declaration.objects.of(contract).filter(token=token).first():
        return known
    if expires_on < covers_from:
        raise MatterRefused(_("It ends before it begins."), "expires_on")
    check_within(contract, covers_from, "covers_from")
    check_within(contract, expires_on, "expires_on")
    kind = DeclarationKind(kind)
    made = Declaration.objects.create(
        contract=contract,
        kind=kind,
        covers_from=covers_from,
        expires_on=expires_on,
        text=text,
        document=put(
            contract,
            file=document,
            kind=DocumentKind.PROOF,
            title=f"{kind.label} {covers_from} – {expires_on}"[:120],
            clause=contract.clauses.filter(rules__contains=[RULES[kind]]).first(),
            by=by,
            at=at,
        ),
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    trail.record(made, kind, by=by, at=at, note=f"{covers_from} – {expires_on}")
    return made
