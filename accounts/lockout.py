"""Sign-ins as django-axes sees them: into the ledger, and shut out after five failures.

axes guards the way to the password check and answers for it; its memory is our ledger,
so that what is counted is what is recorded, and nobody can make it forget.
"""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.base import AxesHandler
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from . import actions, rules
from .access import next_url
from .browser import browser_of
from .forms import SignInForm
from .models import SignIn, SignInOutcome, User
from .sessions import HAS_SECOND_FACTOR

TOO_MANY_REQUESTS = 429
ONE_MINUTE = timedelta(minutes=1)


class LedgerHandler(AxesHandler):  # type: ignore[misc]  # axes has no types
    """What axes asks at every sign-in. The setting AXES_HANDLER names it."""

    def is_locked(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> bool:
        return locked_until(request, _username(credentials), at=now()) is not None

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, Any],
        request: Any = None,
        **_signal: Any,
    ) -> None:
        """Record a wrong password; from the fifth on, axes answers with `locked_out`."""
        username = _username(credentials)
        locked = locked_until(request, username, at=now())
        actions.record_sign_in(
            SignInOutcome.LOCKED if locked else SignInOutcome.REFUSED,
            username=username,
            user=User.objects.filter(username=username).first(),
            browser=browser_of(request),
            at=now(),
        )
        if locked or locked_until(request, username, at=now()):
            request.axes_locked_out = True
            request.axes_credentials = credentials

    def user_logged_in(
        self, sender: object, request: Any, user: User, **_signal: Any
    ) -> None:
        browser, at = browser_of(request), now()
        request.session.begin(at=at, address=browser.address, agent=browser.agent)
        request.session[HAS_SECOND_FACTOR] = user.second_factor is not None
        actions.record_sign_in(
            SignInOutcome.IN, username=user.username, user=user, browser=browser, at=at
        )

    def user_logged_out(
        self, sender: object, request: HttpRequest, user: User | None, **_signal: Any
    ) -> None:
        if user:
            actions.record_sign_in(
                SignInOutcome.OUT,
                username=user.username,
                user=user,
                browser=browser_of(request),
                at=now(),
            )


def locked_until(
    request: HttpRequest, username: str, *, at: datetime
) -> datetime | None:
    """Return until when an account is locked for this address; None if it is not."""
    address = browser_of(request).address
    return rules.locked_until(
        SignIn.objects.failures_in_a_row(username, address), at=at
    )


def locked_out(
    request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any]
) -> HttpResponse:
    """Say when to try again, in the same words whether or not there is such an account.

    Whoever guesses at an open session, to confirm who they are, loses it.
    """
    at, username = now(), _username(credentials)
    until = locked_until(request, username, at=at) or at
    if request.user.is_authenticated:
        logout(request)
    response = render(
        request,
        "accounts/sign_in.html",
        {
            "form": SignInForm(initial={"username": username}),
            "locked_until": until + ONE_MINUTE,  # it is shown without its seconds
            "next": next_url(request),
        },
        status=TOO_MANY_REQUESTS,
    )
    response["Retry-After"] = str(max(int((until - at).total_seconds()), 1))
    return response


def _username(credentials: dict[str, Any] | None) -> str:
    return str((credentials or {}).get("username") or "")
