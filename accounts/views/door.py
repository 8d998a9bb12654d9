"""The way in and out, and what the door looks like."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as login_with_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions
from accounts.access import PersonRequest, next_url
from accounts.browser import browser_of
from accounts.context import THEME_COOKIE, THEMES
from accounts.forms import CodeForm, SignInForm
from accounts.models import User

ONE_YEAR = 31_536_000
#: A wait that is over before one has typed the next code goes unmentioned.
WORTH_SAYING = timedelta(seconds=5)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_url(request))
    form = SignInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if not isinstance(user, User):
            form.add_error(None, _("User name and password do not go together."))
        elif user.start_password_is_over(now()):
            form.add_error(
                None, _("This start password is too old. Ask for another one.")
            )
        else:
            login(request, user)
            return redirect(next_url(request))

    return render(
        request,
        "accounts/sign_in.html",
        {"form": form, "next": next_url(request)},
        status=422 if form.is_bound else 200,
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("You have signed out."))
    return redirect(settings.LOGIN_URL)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@sensitive_post_parameters("code")
def second_factor_check(request: PersonRequest) -> HttpResponse:
    """Ask for the code that completes a sign-in."""
    device = request.user.second_factor
    if device is None or request.user.is_verified():
        return redirect(next_url(request))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if actions.second_factor_holds(
            device, form.cleaned_data["code"], browser=browser_of(request), at=now()
        ):
            login_with_device(request, device)
            request.session.cycle_key()
            return redirect(next_url(request))
        form.add_error("code", _wrong_code(device, at=now()))

    return render(
        request,
        "accounts/second_factor_check.html",
        {"form": form, "next": next_url(request)},
        status=422 if form.is_bound else 200,
    )


def _wrong_code(device: TOTPDevice, *, at: datetime) -> str:
    device.refresh_from_db()
    _allowed, why = device.verify_is_allowed()
    until = why["locked_until"] if why else at
    if until - at < WORTH_SAYING:
        return _("This code does not fit, or has been used.")
    return _("Every wrong code doubles the wait. Try again at %(time)s.") % {
        "time": f"{localtime(until):%H:%M:%S}"
    }


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that the person wants, in a cookie of this browser."""
    chosen = request.POST.get("theme")
    if chosen not in THEMES:
        return HttpResponseBadRequest()
    response = redirect(next_url(request))
    response.set_cookie(
        THEME_COOKIE,
        chosen,
        max_age=ONE_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
