"""Is everything moving? Asked by the machine that watches, and by nobody else."""

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from cases.models import Batch
from contracts.models import Package, Seal

from .models import Issue

#: Set by the planner each time it runs.
TICK = "selfcheck:tick"

#: Work that has waited longer than this means that nobody does it.
PATIENCE = timedelta(minutes=10)


@require_GET
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the database answers; say how old the oldest waiting work is.

    Work that waits too long is said as `stalled` and not as a failure of this
    process: to start the web again would not help it.
    """
    at = now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        state = _state(at)
    except DatabaseError:
        return JsonResponse({"database": False}, status=503)
    return JsonResponse(state)


def _state(at: datetime) -> dict[str, Any]:
    owed = [
        *Batch.objects.owed()
        .order_by("uploaded_at")
        .values_list("uploaded_at", flat=True)[:1],
        *Issue.objects.owed()
        .order_by("asked_at")
        .values_list("asked_at", flat=True)[:1],
        *Package.objects.owed()
        .order_by("asked_at")
        .values_list("asked_at", flat=True)[:1],
    ]
    sealed = Seal.objects.order_by("-pk").values_list("at", flat=True).first()
    oldest = _age(min(owed, default=None), at)
    return {
        "database": True,
        "oldest_due_seconds": oldest,
        "last_tick_seconds": _age(_last_tick(), at),
        "last_seal_seconds": _age(sealed, at),
        "stalled": oldest is not None and oldest > PATIENCE.total_seconds(),
    }


def _last_tick() -> datetime | None:
    try:
        ticked: datetime | None = cache.get(TICK)
    except RedisError:
        return None
    return ticked


def _age(moment: datetime | None, at: datetime) -> int | None:
    return None if moment is None else int((at - moment).total_seconds())
