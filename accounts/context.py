"""What every page is given, whatever it shows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import User
from .roles import what_administers

THEME_COOKIE = "theme"
THEMES = ("light", "dark", "system")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's part of the context. Contracts are looked up when shown."""
    theme = request.COOKIES.get(THEME_COOKIE)
    # An error may come before anybody has asked who it is.
    user = getattr(request, "user", None)
    signed_in = isinstance(user, User) or bool(user and user.is_authenticated)
    return {
        "theme": theme if theme in THEMES else "system",
        "memberships": SimpleLazyObject(
            lambda: user.current_memberships if user and signed_in else []
        ),
        "administers": what_administers(user.duty)
        if user and signed_in
        else frozenset(),
    }
