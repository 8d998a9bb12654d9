"""What the clock does for reports: it finds what is owed, and makes it."""

import structlog
from celery import shared_task
from django.core.cache import cache
from django.utils.timezone import now

from contracts.models import Package

from . import actions, packages
from .models import Issue, Schedule
from .selfcheck import TICK

log = structlog.get_logger(__name__)


@shared_task
def plan() -> None:
    """Write down the reports that are owed by now. Safe to repeat: see `actions.plan`."""
    cache.set(TICK, now(), timeout=None)
    for schedule in Schedule.objects.active().select_related("contract"):
        if count := actions.plan(schedule, at=now()):
            log.info("reports owed", schedule=schedule.pk, count=count)


@shared_task
def sweep_issues() -> None:
    """Hand out one task for each report that is still to be made."""
    for pk in Issue.objects.owed().order_by("day").values_list("pk", flat=True):
        make.delay(issue_id=pk)


@shared_task
def make(*, issue_id: int) -> None:
    """Make one report. Safe to repeat: see `actions.make`."""
    issue = Issue.objects.select_related("contract").get(pk=issue_id)
    actions.make(issue, at=now())


@shared_task
def sweep_packages() -> None:
    """Hand out one task for each handover package that is still to be made."""
    for pk in Package.objects.owed().order_by("pk").values_list("pk", flat=True):
        make_package.delay(package_id=pk)


@shared_task
def make_package(*, package_id: int) -> None:
    """Make one handover package. Safe to repeat: see `packages.make`."""
    package = Package.objects.select_related("contract", "asked_by").get(pk=package_id)
    packages.make(package, at=now())
