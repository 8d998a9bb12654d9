"""What the clock does about people."""

from celery import shared_task
from django.utils.timezone import now

from . import actions


@shared_task
def end_sessions_that_are_over() -> None:
    """Sign out who went away. Safe to repeat: see `actions`."""
    actions.end_sessions_that_are_over(at=now())
