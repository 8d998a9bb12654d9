"""What happens to every request before it reaches a page, and to every answer."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from . import actions
from .access import PersonRequest
from .browser import browser_of
from .sessions import HAS_SECOND_FACTOR

log = structlog.get_logger(__name__)

Answer = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
UNPROCESSABLE = 422
LONGEST_PATH = 300

#: Finer than this nobody needs to know when a person was last there.
SEEN_EVERY = timedelta(minutes=1)
#: Sent by what a page asks for by itself; that is no sign of a person.
POLL_HEADER = "X-Poll"
#: To htmx: show this, and ask no more.
STOP_POLLING = 286

#: Pages for everybody at every moment.
OPEN_BEFORE = (
    "accounts:sign-in",
    "accounts:sign-out",
    "accounts:theme",
    "set_language",
    "healthz",
)


class NumberedRequest:
    """Gives every request a number to quote, and writes one line about it to the log.

    The line has neither query string nor address: both can be personal data.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: PersonRequest) -> HttpResponse:
        began = time.monotonic()
        request.number = uuid4().hex[:12]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request.number)

        response = self.get_response(request)

        response["X-Request-Number"] = request.number
        log.info(
            "answered",
            method=request.method,
            path=_logged_path(request),
            status=response.status_code,
            ms=round((time.monotonic() - began) * 1000),
        )
        structlog.contextvars.clear_contextvars()
        return response


def _logged_path(request: HttpRequest) -> str:
    """Return the path; of an address with a secret in it, its pattern."""
    match = request.resolver_match
    if match and "secret" in match.kwargs:
        return f"/{match.route}"
    return request.path[:LONGEST_PATH]


class ChosenLanguage:
    """Chinese, unless the person has switched to another language.

    Not what the browser asks for: half of the desk's browsers ask for English.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = (
            chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        )
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response


class SessionLimits:
    """Ends sessions that nobody used for a while, or that have lasted long enough.

    And keeps what people behind the door see out of every cache.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: PersonRequest) -> HttpResponse:
        had_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if request.user.is_authenticated:
            _keep_or_end(request, at=now())
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in:
            response["Cache-Control"] = "no-store, private"
        elif _is_sent_to_sign_in(request, response):
            was_at_work = request.method not in SAFE_METHODS or bool(request.htmx)
            if had_session or was_at_work:
                return _session_ended(request, response)
        return response


def _keep_or_end(request: PersonRequest, *, at: datetime) -> None:
    session = request.session
    structlog.contextvars.bind_contextvars(user=request.user.pk)
    if session.signed_in_at is None or session.seen_at is None:
        browser = browser_of(request)
        session.begin(at=at, address=browser.address, agent=browser.agent)
    elif (
        at - session.seen_at > settings.SESSION_IDLE
        or at - session.signed_in_at > settings.SESSION_LASTS
    ):
        actions.end_session(str(session.session_key), at=at)
        session.flush()
        request.user = AnonymousUser()  # type: ignore[assignment]
    elif at - session.seen_at >= SEEN_EVERY and not _is_poll(request):
        session.see(at)


def _is_poll(request: HttpRequest) -> bool:
    return request.headers.get(POLL_HEADER) == "1"


def _is_sent_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """Say whether a page answered that one has to sign in first."""
    return (
        isinstance(response, HttpResponseRedirect)
        and urlsplit(response.url).path == resolve_url(settings.LOGIN_URL)
        and _view_name(request) not in OPEN_BEFORE
    )


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _session_ended(request: PersonRequest, to_sign_in: HttpResponse) -> HttpResponse:
    """Say that the session has ended, where the person will see it.

    What they were typing stays on the screen where it can; after a form without
    script, the way back leads to the page that it was on.
    """
    reads = request.method in SAFE_METHODS
    page = _page_at_work(request)
    if request.htmx and (_is_poll(request) or not reads):
        notice = render(
            request,
            "accounts/session_ended.html",
            {"nothing_was_saved": not reads},
            status=STOP_POLLING if reads else UNPROCESSABLE,
        )
        return reswap(retarget(notice, "#main"), "afterbegin")
    if reads:
        messages.info(request, _("Your session has ended. Sign in again to go on."))
    else:
        messages.warning(
            request,
            _(
                "Your session had ended, so nothing was saved. Sign in and send it again."
            ),
        )
    if request.htmx:
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return to_sign_in if reads else redirect_to_login(page)


def _page_at_work(request: PersonRequest) -> str:
    """Return the page that a request was sent from; home if it does not say."""
    sent_from = urlsplit(
        request.htmx.current_url or request.headers.get("Referer") or ""
    )
    if sent_from.netloc != request.get_host():
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path


class SignInComplete:
    """Lets nobody on who has yet to show a second factor, or to choose a password."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: PersonRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        here = _view_name(request)
        if not request.user.is_authenticated or here in OPEN_BEFORE:
            return None
        step = _next_step(request)
        if step in ("", here):
            return None
        goal = request.get_full_path() if request.method in SAFE_METHODS else ""
        url = f"{reverse(step)}?{urlencode({'next': goal})}" if goal else reverse(step)
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _next_step(request: PersonRequest) -> str:
    """Return the page on which the person has to do something first; "" for none.

    A code before the password, or a stolen password could be changed without one.
    """
    user = request.user
    if not user.is_verified() and request.session.get(HAS_SECOND_FACTOR):
        return "accounts:second-factor-check"
    if user.password_is_old(now()):
        return "accounts:password"
    if not user.is_verified() and user.needs_second_factor:
        return "accounts:second-factor"
    return ""
