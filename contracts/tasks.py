"""What the clock does for contracts."""

from celery import shared_task
from django.utils.timezone import now

from . import ledger
from .actions import reminders
from .models import Contract
from .turns import turn


@shared_task
def seal() -> None:
    """Seal what the ledgers have gained. Safe to repeat: see `ledger.seal`."""
    for model in ledger.ledgers():
        ledger.seal(model, at=now())


@shared_task
def remind() -> None:
    """Owe people the reminders that have come due. Safe to repeat, and to run twice."""
    for contract in Contract.objects.all():
        with turn("contracts.remind", contract.pk) as mine:
            if mine:
                reminders.remind(contract, at=now())
