"""Work orders coming in by file: received, checked, and imported whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import file_digest
from pathlib import PurePath
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases import sheets
from cases.models import Batch, BatchFault, BatchStatus
from cases.sheets import FileRefused
from contracts.models import Contract, TransitionRefused
from contracts.turns import turn

from .rows import Outcome, take_in

#: After so many tries that ended with the worker's death, a person has to look.
MOST_TRIES = 3

#: Status → the one that follows when the task has done its work.
AFTER = {
    BatchStatus.CHECKING: BatchStatus.CHECKED,
    BatchStatus.IMPORTING: BatchStatus.DONE,
}


@transaction.atomic(durable=True)
def receive_file(
    contract: Contract, *, file: "File[Any]", token: UUID, by: User, at: datetime
) -> Batch:
    """Keep a file of work orders, to be checked by a task.

    The same `token` again is the same form sent twice: its batch comes back. Raises
    FileRefused for what can be seen to be no table of orders without reading it.
    """
    # One at a time, or the same form sent twice at once would not know of itself.
    Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    if known := Batch.objects.of(contract).filter(token=token).first():
        return known
    name = PurePath(file.name or "").name[:200]
    sheets.inspect(cast(BinaryIO, file), name)
    file.seek(0)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    batch = Batch(
        contract=contract,
        token=token,
        name=name,
        digest=digest,
        size=file.size or 0,
        uploaded_at=at,
        uploaded_by=by,
    )
    # Its own name on disk: what people call their files is not ours to trust.
    batch.file.save(f"{token}{PurePath(name).suffix.lower()}", file, save=False)
    batch.save()
    return batch


@transaction.atomic(durable=True)
def confirm(batch: Batch, *, by: User, at: datetime) -> None:
    """Have a checked file imported, without its faulty rows."""
    batch.move(BatchStatus.IMPORTING, by=by, at=at, tries=0)


@transaction.atomic(durable=True)
def cancel(batch: Batch, *, by: User, at: datetime) -> None:
    """Leave a file where it is. A task at work on it undoes what it has done."""
    batch.move(BatchStatus.CANCELLED, by=by, at=at, finished_at=at)


@transaction.atomic(durable=True)
def retry(batch: Batch, *, by: User, at: datetime) -> None:
    """Check a refused file once more, after what stood in its way is gone."""
    batch.move(
        BatchStatus.CHECKING, by=by, at=at, tries=0, refusal="", finished_at=None
    )


def work_on(batch: Batch, *, at: datetime) -> None:
    """Check or import a file, whichever its status asks for.

    Whole or not at all: whoever is killed half-way leaves the batch as it was, to be
    begun again. Where somebody else is at work on it, or has cancelled it meanwhile,
    nothing happens. One that has brought its worker down again and again is refused.
    """
    with turn("batch", batch.pk) as mine:
        if not mine:
            return
        try:
            if _begin(batch):
                _work_on(batch, at=at)
            elif batch.tries >= MOST_TRIES:
                _refuse(
                    batch,
                    _(
                        "The file was tried several times, and the program ended each time."
                    ),
                    at=at,
                )
        except FileRefused as refusal:
            _refuse(batch, refusal.message, at=at)
        except TransitionRefused:
            return  # cancelled, or done by somebody else: all of it is rolled back


@transaction.atomic(durable=True)
def _begin(batch: Batch) -> bool:
    """Count a try at a file, and say whether there is one left."""
    owed = Batch.objects.owed().filter(pk=batch.pk, tries__lt=MOST_TRIES)
    counted = owed.update(tries=F("tries") + 1)
    batch.refresh_from_db()
    return bool(counted)


@transaction.atomic(durable=True)
def _work_on(batch: Batch, *, at: datetime) -> None:
    dry = batch.status == BatchStatus.CHECKING
    outcome = import_batch(batch, at=at, dry=dry)
    if dry:
        _keep_faults(batch, outcome)
    batch.move(
        AFTER[BatchStatus(batch.status)],
        by=batch.uploaded_by,
        at=at,
        new=outcome.new,
        changed=outcome.changed,
        same=outcome.same,
        faulty=outcome.faulty,
        columns=outcome.columns,
        tries=0,
        finished_at=at,
    )


def import_batch(batch: Batch, *, at: datetime, dry: bool) -> Outcome:
    """Take in the rows of a file, and say what they were.

    A dry run is the same import, rolled back; so it cannot say something else.
    Raises FileRefused where the file cannot be read.
    """
    with _undone_if(dry), batch.file.open() as file:
        reading = sheets.read(cast(BinaryIO, file), batch.name)
        return take_in(batch, reading, at=at)


class _Undo(Exception):
    """Thrown to roll a dry run back."""


@contextmanager
def _undone_if(dry: bool) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            if dry:
                raise _Undo
    except _Undo:
        pass


def _keep_faults(batch: Batch, outcome: Outcome) -> None:
    batch.faults.all().delete()
    BatchFault.objects.bulk_create(
        (
            BatchFault(
                batch=batch,
                sheet=fault.sheet[:60],
                row=fault.row,
                column=fault.column[:60],
                code=fault.code,
                message=str(fault.message)[:300],
                value=fault.value[:120],
                warning=fault.warning,
            )
            for fault in outcome.faults
        ),
        batch_size=2000,
    )


@transaction.atomic(durable=True)
def _refuse(batch: Batch, why: str, *, at: datetime) -> None:
    batch.refresh_from_db()
    batch.move(
        BatchStatus.REFUSED,
        by=batch.uploaded_by,
        at=at,
        refusal=why[:400],
        finished_at=at,
    )
