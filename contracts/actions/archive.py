"""The archive: paper that is bound, files that are backed up (六（二）13)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    AuditEntry,
    Clause,
    Contract,
    Document,
    DocumentKind,
    Volume,
    VolumeKind,
    subject_of,
)

from . import documents as papers
from .numbers import hold


class ArchiveRefused(Exception):
    """A volume that is not taken into the archive, in words for whoever offers it."""


@transaction.atomic(durable=True)
def bind(
    contract: Contract,
    *,
    clause: Clause,
    number: str,
    kind: str,
    title: str,
    starts_on: date,
    ends_on: date,
    pages: int,
    place: str,
    bound_on: date,
    backup: "File[Any] | None",
    documents: Iterable[Document],
    token: UUID,
    by: User,
    at: datetime,
) -> Volume:
    """Enter a volume into the register; the same `token` again gives the same one back.

    An electronic one comes with the record of its backup. Raises ArchiveRefused, and
    DocumentRefused.
    """
    hold(contract)
    if known := Volume.objects.of(contract).filter(token=token).first():
        return known
    if Volume.objects.of(contract).filter(number=number).exists():
        raise ArchiveRefused(_("There is a volume with this binding number already."))
    if kind == VolumeKind.ELECTRONIC and backup is None:
        raise ArchiveRefused(
            _("What is kept electronically needs the record of its backup.")
        )
    record = (
        papers.put(
            contract,
            file=backup,
            kind=DocumentKind.BACKUP,
            title=f"{number} {title}"[:120],
            clause=clause,
            by=by,
            at=at,
        )
        if backup
        else None
    )
    volume = Volume.objects.create(
        contract=contract,
        clause=clause,
        number=number,
        kind=kind,
        title=title,
        starts_on=starts_on,
        ends_on=ends_on,
        pages=pages,
        place=place,
        bound_on=bound_on,
        backup=record,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    volume.documents.set(_own(contract, documents))
    _note(volume, "bound", by=by, at=at, note=number)
    return volume


@transaction.atomic(durable=True)
def attach(
    volume: Volume, *, documents: Iterable[Document], by: User, at: datetime
) -> None:
    """Say which documents lie in a volume, besides those it holds already."""
    own = _own(volume.contract, documents)
    volume.documents.add(*own)
    # The note is for both parties to read.
    names = ", ".join(one.title for one in own if not one.only_party_a)
    _note(volume, "attached", by=by, at=at, note=names)


def _own(contract: Contract, documents: Iterable[Document]) -> list[Document]:
    """Return the documents, all of which are the contract's own. Raises ArchiveRefused."""
    found = list(documents)
    if any(document.contract_id != contract.pk for document in found):
        raise ArchiveRefused(_("A document of another contract has no place here."))
    return found


def _note(volume: Volume, became: str, *, by: User, at: datetime, note: str) -> None:
    AuditEntry.objects.create(
        contract_id=volume.contract_id,
        at=at,
        by=by,
        subject=subject_of(volume),
        became=became,
        note=note,
    )
