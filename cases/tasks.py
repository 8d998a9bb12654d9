"""What is done with files in the background."""

from celery import shared_task
from django.utils.timezone import now

from . import actions
from .models import Batch


@shared_task
def sweep_batches() -> None:
    """Hand out one task for each file that is still to be checked or imported."""
    for pk in Batch.objects.owed().values_list("pk", flat=True):
        work_on_batch.delay(batch_id=pk)


@shared_task
def work_on_batch(*, batch_id: int) -> None:
    """Check or import one file. Safe to repeat: see `actions.work_on`."""
    batch = Batch.objects.select_related("contract").get(pk=batch_id)
    actions.work_on(batch, at=now())
