"""Work orders coming in by file: received, checked, imported and undone, each whole."""

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
from cases.models import (
    Batch,
    BatchCase,
    BatchCaseKind,
    BatchFault,
    BatchMode,
    BatchStatus,
)
from cases.sheets import FileRefused
from contracts.models import AuditEntry, Contract, TransitionRefused
from contracts.models.audit import subject_of
from contracts.turns import turn

from .mappings import understand
from .rows import Outcome, take_in
from .undo import take_back

#: After so many tries that ended with the worker's death, a person has to look.
MOST_TRIES = 3

#: Status → the one that follows when the task has done its work.
AFTER = {
    BatchStatus.CHECKING: BatchStatus.CHECKED,
    BatchStatus.IMPORTING: BatchStatus.DONE,
}


class FileDamaged(Exception):
    """The bytes on disk are not those that were sent."""


class _NotWhole(Exception):
    """A row is faulty in a file of which all rows were to be taken, or none."""


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
def confirm(
    batch: Batch, *, mode: str = BatchMode.GOOD_ROWS, by: User, at: datetime
) -> None:
    """Have a checked file imported: its good rows, or all of them.

    Raises TransitionRefused where all are to be taken and some are faulty.
    """
    if mode == BatchMode.WHOLE and batch.faulty:
        raise TransitionRefused(
            _(
                "%(count)d rows are faulty, and all rows or none were to be taken. Have "
                "them put right and send the file again, or take the good rows."
            )
            % {"count": batch.faulty}
        )
    batch.move(BatchStatus.IMPORTING, by=by, at=at, note=mode, mode=mode, tries=0)


@transaction.atomic(durable=True)
def cancel(batch: Batch, *, by: User, at: datetime) -> None:
    """Leave a file where it is. A task at work on it undoes what it has done."""
    batch.move(BatchStatus.CANCELLED, by=by, at=at, finished_at=at)


@transaction.atomic(durable=True)
def retry(batch: Batch, *, by: User, at: datetime) -> None:
    """Check a refused file once more, after what stood in its way is gone."""
    batch.move(
        BatchStatus.CHECKING,
        by=by,
        at=at,
        tries=0,
        refusal="",
        mapping=None,
        reading={},
        finished_at=None,
    )


@transaction.atomic(durable=True)
def open_source(batch: Batch, *, by: User, at: datetime) -> "File[Any]":
    """Return the file as it was sent, and record who takes it out.

    Raises FileDamaged where its bytes are not those that were sent.
    """
    damaged = FileDamaged(
        _("The file on disk is not the one that was sent, or it is gone.")
    )
    try:
        file = cast("File[Any]", batch.file.open())
    except OSError as problem:
        raise damaged from problem
    if file_digest(file, "sha256").hexdigest() != batch.digest:
        file.close()
        raise damaged
    file.seek(0)
    AuditEntry.objects.create(
        contract_id=batch.contract_id,
        at=at,
        by=by,
        subject=subject_of(batch),
        became="opened",
        note=batch.digest,
    )
    return file


def work_on(batch: Batch, *, at: datetime) -> None:
    """Check, import or undo a file, whichever its status asks for.

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
                _give_up(
                    batch,
                    _(
                        "The file was tried several times, and the program ended each time."
                    ),
                    at=at,
                )
        except FileRefused as refusal:
            _give_up(batch, refusal.message, at=at)
        except _NotWhole:
            _give_up(batch, _("A row is faulty, so none was taken."), at=at)
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
    if batch.status == BatchStatus.UNDOING:
        take_back(batch, at=at)
        batch.move(BatchStatus.UNDONE, by=batch.undone_by, at=at, undone_at=at, tries=0)
        return
    dry = batch.status == BatchStatus.CHECKING
    if dry and (question := understand(batch)):
        batch.move(
            BatchStatus.ASKING,
            by=batch.uploaded_by,
            at=at,
            question=question,
            tries=0,
            finished_at=at,
        )
        return
    outcome = import_batch(batch, at=at, dry=dry)
    if dry:
        _keep_faults(batch, outcome)
    elif outcome.faulty and batch.mode == BatchMode.WHOLE:
        raise _NotWhole
    _keep_listed(batch, outcome)
    batch.move(
        AFTER[BatchStatus(batch.status)],
        by=batch.uploaded_by,
        at=at,
        new=outcome.new,
        changed=outcome.changed,
        same=outcome.same,
        faulty=outcome.faulty,
        vanished=len(outcome.vanished),
        columns=outcome.columns,
        mapping=batch.mapping,
        reading=batch.reading,
        tries=0,
        finished_at=at,
    )


def import_batch(batch: Batch, *, at: datetime, dry: bool) -> Outcome:
    """Take in the rows of a file, and say what they were.

    A dry run is the same import, rolled back; so it cannot say something else.
    Raises FileRefused where the file cannot be read.
    """
    with _undone_if(dry), batch.file.open() as file:
        reading = sheets.read(cast(BinaryIO, file), batch.name, batch.reading)
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


def _keep_listed(batch: Batch, outcome: Outcome) -> None:
    """Keep which orders are to be looked at, in place of what a check has listed."""
    batch.listed.all().delete()
    kinds = {
        BatchCaseKind.VANISHED: outcome.vanished,
        BatchCaseKind.LOCKED: outcome.locked,
    }
    BatchCase.objects.bulk_create(
        (
            BatchCase(batch=batch, case_id=pk, kind=kind)
            for kind, pks in kinds.items()
            for pk in pks
        ),
        batch_size=2000,
    )


@transaction.atomic(durable=True)
def _give_up(batch: Batch, why: str, *, at: datetime) -> None:
    """Refuse a file; leave one as it is that could not be undone."""
    batch.refresh_from_db()
    undoing = batch.status == BatchStatus.UNDOING
    also: dict[str, Any] = (
        {"undone_by": None, "undo_asked_by": None, "undo_asked_at": None}
        if undoing
        else {"finished_at": at}
    )
    batch.move(
        BatchStatus.DONE if undoing else BatchStatus.REFUSED,
        by=batch.undone_by if undoing else batch.uploaded_by,
        at=at,
        refusal=why[:400],
        **also,
    )
