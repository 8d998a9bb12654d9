"""What the clock does for contracts."""

from celery import shared_task
from django.utils.timezone import now

from . import ledger


@shared_task
def seal() -> None:
    """Seal what the ledgers have gained. Safe to repeat: see `ledger.seal`."""
    for model in ledger.ledgers():
        ledger.seal(model, at=now())
