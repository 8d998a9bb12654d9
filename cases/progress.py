"""How far a task has come with a file, in or out. Not of record: it may be gone."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Model
from redis.exceptions import RedisError

KEPT = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows done, of how many; `total` is None while that is not known."""

    done: int = 0
    total: int | None = None


def report(record: Model, done: int, total: int | None) -> None:
    """Say how far a task has come. A cache that is away is no reason to stop."""
    with suppress(RedisError):
        cache.set(_key(record), (done, total), KEPT)


def progress_of(record: Model) -> Progress:
    """Return how far a task has come with a file, as far as is known."""
    try:
        known: Any = cache.get(_key(record))
    except RedisError:
        known = None
    return Progress(*known) if known else Progress()


def _key(record: Model) -> str:
    return f"{record._meta.label_lower}:{record.pk}:progress"
