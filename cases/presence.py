"""Who has an order open right now. Remembered for seconds, and never written down."""

from datetime import datetime, timedelta

from django.core.cache import cache

from accounts.models import User
from cases.models import Case

#: A page asks every 15 seconds; who has not asked for this long has left it.
LASTS = timedelta(seconds=30)


def seen(case: Case, user: User, at: datetime) -> None:
    """Remember that somebody is at an order.

    Of two who come in the same instant one may be forgotten, until they ask again.
    """
    here = _here(case, at) | {user.pk: (user.name or user.username, at)}
    cache.set(_key(case), here, LASTS.total_seconds())


def others(case: Case, user: User, at: datetime) -> list[str]:
    """Return the names of everybody else who is at an order, as they came."""
    return [name for pk, (name, _at) in _here(case, at).items() if pk != user.pk]


def _here(case: Case, at: datetime) -> dict[int, tuple[str, datetime]]:
    found: dict[int, tuple[str, datetime]] = cache.get(_key(case), {})
    return {pk: one for pk, one in found.items() if at - one[1] < LASTS}


def _key(case: Case) -> str:
    return f"presence:{case.pk}"
