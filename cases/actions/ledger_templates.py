"""Party A's formats of the ledger: put on record version by version, offered, retired."""

from datetime import datetime
from hashlib import file_digest
from io import BytesIO
from typing import IO, Any, cast
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from cases.exports.filling import fill
from cases.exports.layout import (
    TITLES,
    Layout,
    LayoutRefused,
    as_columns,
    read,
)
from cases.models import LedgerTemplate
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.models import Contract, TransitionRefused
from contracts.sheets.refusal import FileRefused, in_words

#: What a format may be named: on the sheet of a workbook there is no room for more.
LONGEST_SHEET = LedgerTemplate._meta.get_field("sheet").max_length or 0


@transaction.atomic(durable=True)
def put(
    contract: Contract,
    *,
    name: str,
    file: "File[Any]",
    token: UUID,
    by: User,
    at: datetime,
) -> LedgerTemplate:
    """Put a format on record, as the next version of that name.

    Earlier versions stay as they are. The same `token` again is the same form sent
    twice. Raises LayoutRefused, in words, for a workbook that is no format.
    """
    source = cast(IO[bytes], file)
    found = read(source, file.name or "")
    _try(source, found)
    hold(contract)
    templates = LedgerTemplate.objects.of(contract)
    if known := templates.filter(token=token).first():
        return known
    last = templates.filter(name=name).aggregate(last=Max("version"))["last"] or 0
    source.seek(0)
    template = LedgerTemplate(
        contract=contract,
        name=name,
        version=last + 1,
        digest=file_digest(source, "sha256").hexdigest(),  # type: ignore[arg-type]
        sheet=found.sheet[:LONGEST_SHEET],
        row=found.number,
        columns=as_columns(found),
        token=token,
        uploaded_at=at,
        uploaded_by=by,
    )
    source.seek(0)
    # Its own name on disk: what people call their files is not ours to trust.
    template.file.save(f"{token}.xlsx", file, save=False)
    template.save()
    trail.record(template, "uploaded", by=by, at=at, note=template.digest)
    return template


def _try(source: IO[bytes], found: Layout) -> None:
    """Fill a format once with nothing in it, so that none fails when it is needed."""
    try:
        with in_words():
            fill(
                source,
                BytesIO(),
                found,
                [[None] * len(found.keys)] * 2,
                titles=dict.fromkeys(TITLES, ""),
                mark="",
                facts=list,
            )
    except (FileRefused, StopIteration) as refusal:
        raise LayoutRefused(
            _(
                "The file is damaged and cannot be read. Open it, save it again and send that."
            )
        ) from refusal


@transaction.atomic(durable=True)
def retire(template: LedgerTemplate, *, by: User, at: datetime) -> None:
    """Offer a format no longer. What was made by it still names it."""
    offered = LedgerTemplate.objects.offered().filter(pk=template.pk)
    if not offered.update(retired_at=at):
        raise TransitionRefused(_("Somebody else got here first."))
    trail.record(template, "retired", by=by, at=at)
