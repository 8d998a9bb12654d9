"""What waits, beside the menu's links."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from cases.models import Case

from .home import DESK_OF


def waiting(request: HttpRequest) -> dict[str, Any]:
    """Return how much waits behind a page, by its URL name. Counted only if shown."""
    return {"waiting": SimpleLazyObject(lambda: _counts(request))}


def _counts(request: HttpRequest) -> dict[str, int]:
    contract = getattr(request, "contract", None)
    if contract is None:
        return {}
    role = request.role  # type: ignore[attr-defined]  # past the door
    seen = Case.objects.of(contract).seen_by(request.user, role)
    desk = DESK_OF.get(role, ())
    return {"cases:list": seen.filter(status__in=desk).count()}
