"""What the clock does about people."""

from celery import shared_task
from django.utils.timezone import now

from . import actions, messages


@shared_task
def end_sessions_that_are_over() -> None:
    """Sign out who went away. Safe to repeat: see `actions`."""
    actions.end_sessions_that_are_over(at=now())


@shared_task
def deliver_messages() -> None:
    """Deliver what people are owed. Safe to repeat: see `messages`."""
    messages.deliver_in_app(at=now())
    messages.deliver_mail(at=now())
