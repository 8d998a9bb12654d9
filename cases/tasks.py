"""What is done with files in the background, and about orders by the clock."""

from celery import shared_task
from django.utils.timezone import now

from contracts.models import Contract
from contracts.turns import turn

from . import actions
from .actions import exports
from .models import Batch, Export


@shared_task
def sweep_batches() -> None:
    """Hand out one task for each file that is still to be checked, imported or undone."""
    for pk in Batch.objects.owed().values_list("pk", flat=True):
        work_on_batch.delay(batch_id=pk)


@shared_task
def work_on_batch(*, batch_id: int) -> None:
    """Check, import or undo one file. Safe to repeat: see `actions.work_on`."""
    batch = Batch.objects.select_related("contract").get(pk=batch_id)
    actions.work_on(batch, at=now())


@shared_task
def sweep_exports() -> None:
    """Hand out one task for each export that is still to be made."""
    for pk in Export.objects.owed().order_by("pk").values_list("pk", flat=True):
        make_export.delay(export_id=pk)


@shared_task
def make_export(*, export_id: int) -> None:
    """Make one export. Safe to repeat: see `exports.make`."""
    known = Export.objects.select_related("contract", "asked_by", "template", "permit")
    exports.make(known.get(pk=export_id), at=now())


@shared_task
def expire_exports() -> None:
    """Delete the files whose time is over. Safe to repeat: see `exports.expire`."""
    at = now()
    for export in Export.objects.stale(at).select_related("contract"):
        exports.expire(export, at=at)


@shared_task
def watch() -> None:
    """Let alarms climb, press for answers, end deferrals. Safe to repeat, and to run twice."""
    for contract in Contract.objects.all():
        with turn("cases.watch", contract.pk) as mine:
            if mine:
                actions.end_deferrals(contract, at=now())
                actions.watch(contract, at=now())
