"""How far a task has come with a file. Not of record: in the cache, and it may be gone."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

from .models import Batch

KEPT = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows done, of how many; `total` is None while that is not known."""

    done: int = 0
    total: int | None = None


def report(batch: Batch, done: int, total: int | None) -> None:
    """Say how far a task has come. A cache that is away is no reason to stop."""
    with suppress(RedisError):
        cache.set(_key(batch), (done, total), KEPT)


def progress_of(batch: Batch) -> Progress:
    """Return how far a task has come with a file, as far as is known."""
    try:
        known: Any = cache.get(_key(batch))
    except RedisError:
        known = None
    return Progress(*known) if known else Progress()


def _key(batch: Batch) -> str:
    return f"batch:{batch.pk}:progress"
