"""The door of what belongs to no contract: who administers what."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from .models import User
from .roles import MAY_ADMINISTER, what_administers
from .sessions import SessionStore

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    session: SessionStore
    htmx: HtmxDetails
    number: str  # to quote when something went wrong


class AdministratorRequest(PersonRequest):
    """A request that has passed the door."""

    may: frozenset[str]  # actions


View = Callable[Concatenate[AdministratorRequest, P], HttpResponseBase]


def administers(action: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let in the duties that `MAY_ADMINISTER` let take `action`.

    To people without a duty the page does not exist (404); to those with another one
    it does, and they are told so (403).
    """
    allowed = MAY_ADMINISTER[action]  # a misspelt action fails at import

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(
            request: AdministratorRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.user.duty:
                raise Http404
            if request.user.duty not in allowed:
                raise PermissionDenied
            request.may = what_administers(request.user.duty)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]  # read by tests/test_doors.py
        return guarded

    return decorate


def next_url(request: HttpRequest) -> str:
    """Return where to go on to: the page in `next` if it is one of ours, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
