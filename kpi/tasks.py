"""What the clock does for assessment."""

from celery import shared_task
from django.utils.timezone import now

from contracts.models import Contract
from contracts.turns import turn

from . import reminders


@shared_task
def warn() -> None:
    """Warn of months running not fulfilled. Safe to repeat, and to run twice."""
    for contract in Contract.objects.all():
        with turn("kpi.warn", contract.pk) as mine:
            if mine:
                reminders.warn(contract, at=now())
