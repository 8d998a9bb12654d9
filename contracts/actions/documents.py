"""Papers and files that are put on record."""

from datetime import datetime
from hashlib import file_digest
from pathlib import PurePath
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import Clause, Contract, Document, DocumentKind, DocumentOpening
from contracts.rules.file_kinds import (
    LONGEST_BEGINNING,
    MOST_BYTES,
    ending,
    is_what_it_says,
)

from .numbers import hold

log = structlog.get_logger(__name__)


class DocumentRefused(Exception):
    """A file that is not put on record, in words for whoever handed it in."""


class DocumentDamaged(Exception):
    """A file that is not what was put on record, in words for whoever asked for it."""


def check_file(file: "File[Any]") -> None:
    """Raise DocumentRefused for a file that is empty, too large or not of a known kind."""
    if not file.size:
        raise DocumentRefused(_("The file is empty."))
    if file.size > MOST_BYTES:
        raise DocumentRefused(
            _("The file has %(size)s MB; %(most)s MB are the most.")
            % {"size": -(-file.size // 2**20), "most": MOST_BYTES // 2**20}
        )
    file.seek(0)
    beginning = file.read(LONGEST_BEGINNING)
    file.seek(0)
    if not is_what_it_says(file.name or "", beginning):
        raise DocumentRefused(
            _(
                "PDF, OFD, JPEG, PNG, TIFF, DOCX, XLSX and ZIP are taken; this file is "
                "none of them, whatever its name says."
            )
        )


@transaction.atomic(durable=True)
def add(
    contract: Contract,
    *,
    file: "File[Any]",
    kind: DocumentKind,
    title: str,
    token: UUID,
    by: User,
    at: datetime,
    clause: Clause | None = None,
    replaces: Document | None = None,
    only_party_a: bool = False,
) -> Document:
    """Put a file on record; the same `token` again gives the same document back."""
    hold(contract)
    if known := Document.objects.of(contract).filter(token=token).first():
        return known
    if replaces and Document.objects.filter(replaces=replaces).exists():
        raise DocumentRefused(_("There is a newer version of this document already."))
    return put(
        contract,
        file=file,
        kind=kind,
        title=title,
        token=token,
        by=by,
        at=at,
        clause=clause,
        replaces=replaces,
        only_party_a=only_party_a,
    )


def put(
    contract: Contract,
    *,
    file: "File[Any]",
    kind: DocumentKind,
    title: str,
    by: User,
    at: datetime,
    token: UUID | None = None,
    clause: Clause | None = None,
    replaces: Document | None = None,
    only_party_a: bool = False,
) -> Document:
    """Put a file on record inside the transaction of whatever it proves."""
    check_file(file)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    name = PurePath(file.name or "").name
    document = Document(
        contract=contract,
        kind=kind,
        title=title,
        clause=clause,
        name=name[-200:],
        size=file.size,
        digest=digest,
        version=replaces.version + 1 if replaces else 1,
        replaces=replaces,
        only_party_a=only_party_a,
        token=token or uuid4(),
        uploaded_at=at,
        uploaded_by=by,
    )
    # Its own name on disk: what people call their files is not ours to trust.
    document.file.save(f"{document.token}.{ending(name)}", file, save=False)
    document.save()
    return document


@transaction.atomic(durable=True)
def take_out(document: Document, *, by: User, at: datetime) -> "File[Any]":
    """Return a document's file to be read, and record that somebody opens it.

    Raises DocumentDamaged where its bytes are not those that were put on record.
    """
    try:
        file = document.file.open()
    except OSError as problem:
        raise _damaged(document, by, at) from problem
    if file_digest(file, "sha256").hexdigest() != document.digest:
        file.close()
        raise _damaged(document, by, at)
    file.seek(0)
    DocumentOpening.objects.create(document=document, by=by, at=at)
    return file


def _damaged(document: Document, by: User, at: datetime) -> DocumentDamaged:
    log.error("document.damaged", document=document.pk, by=by.pk, at=at.isoformat())
    return DocumentDamaged(
        _(
            "The file on disk is not the one that was put on record: its SHA-256 differs, "
            "or it is gone. It is not handed out. Have it restored from the backup."
        )
    )
