"""What the clock does for the roster."""

from celery import shared_task
from django.utils.timezone import now

from contracts.models import Contract
from contracts.turns import turn

from .actions import watch as by_the_clock
from .actions.demands import find_demand_breaches
from .actions.departures import find_departure_breaches, settle_departures


@shared_task
def watch() -> None:
    """Open and shut doors, end what nobody ended, miss who has not come. Safe to repeat."""
    for contract in Contract.objects.all():
        with turn("staffing.watch", contract.pk) as mine:
            if mine:
                settle_departures(contract, at=now())
                by_the_clock.watch(contract, at=now())


@shared_task
def find_breaches() -> None:
    """Look for gaps and lapses, and remind of what falls due. Safe to repeat."""
    for contract in Contract.objects.all():
        with turn("staffing.breaches", contract.pk) as mine:
            if mine:
                by_the_clock.find_late_gaps(contract, at=now())
                find_departure_breaches(contract, at=now())
                find_demand_breaches(contract, at=now())
                by_the_clock.remind(contract, at=now())
