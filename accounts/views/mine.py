"""A person's own sessions, password and second factor."""

from base64 import b32encode

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_otp import login as login_with_device

from accounts import actions
from accounts.access import PersonRequest, next_url
from accounts.forms import PasswordForm, SecondFactorForm
from accounts.models import Session
from accounts.sessions import HAS_SECOND_FACTOR


@require_safe
@login_required
def sessions(request: PersonRequest) -> HttpResponse:
    return render(
        request,
        "accounts/sessions.html",
        {
            "sessions": request.user.sessions.living(now()).order_by("-seen_at"),
            "this": Session(session_key=str(request.session.session_key)).handle,
        },
    )


@require_POST
@login_required
def end_session(request: PersonRequest) -> HttpResponse:
    """End one of one's sessions, named by its handle."""
    for session in request.user.sessions.all():
        if session.handle == request.POST.get("session"):
            actions.end_session(session.pk, at=now())
            messages.success(request, _("The session has been ended."))
            return redirect("accounts:sessions")
    raise Http404


@require_POST
@login_required
def end_other_sessions(request: PersonRequest) -> HttpResponse:
    ended = actions.end_other_sessions(
        request.user, keep=str(request.session.session_key), at=now()
    )
    messages.success(
        request,
        ngettext(
            "%(count)d other session has been ended.",
            "%(count)d other sessions have been ended.",
            ended,
        )
        % {"count": ended},
    )
    return redirect("accounts:sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@sensitive_post_parameters()
def password(request: PersonRequest) -> HttpResponse:
    form = PasswordForm(
        request.POST if request.method == "POST" else None, request=request, at=now()
    )
    if form.is_valid():
        actions.change_password(
            request.user,
            form.cleaned_data["new"],
            keep=str(request.session.session_key),
            at=now(),
        )
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password has been changed."))
        return redirect(next_url(request))

    forced = request.user.password_is_old(now())
    return render(
        request,
        "accounts/password.html",
        {
            "form": form,
            "next": next_url(request),
            "forced": forced,
            "layout": _layout(forced=forced),
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@sensitive_post_parameters()
def second_factor(request: PersonRequest) -> HttpResponse:
    """Set up a second factor, or put another one in its place."""
    present = request.user.second_factor
    form = SecondFactorForm(
        request.POST if request.method == "POST" else None,
        user=request.user,
        request=request,
        at=now(),
    )
    if form.is_valid():
        device = actions.set_second_factor(
            request.user, form.key, step=form.cleaned_data["step"], at=now()
        )
        login_with_device(request, device)
        request.session[HAS_SECOND_FACTOR] = True
        request.session.cycle_key()
        messages.success(request, _("Your second factor has been set up."))
        return redirect(next_url(request))

    forced = request.user.needs_second_factor and not present
    return render(
        request,
        "accounts/second_factor.html",
        {
            "form": form,
            "present": present,
            "forced": forced,
            "layout": _layout(forced=forced),
            "next": next_url(request),
            "qr": segno.make(form.device.config_url, error="m").svg_data_uri(
                scale=4, border=4, light="#fff", omitsize=True
            ),
            "secret": _in_groups(b32encode(form.device.bin_key).decode()),
        },
        status=422 if form.is_bound else 200,
    )


def _layout(*, forced: bool) -> str:
    """Return the frame; without a menu for whoever would be sent back here from it."""
    return "door.html" if forced else "base.html"


def _in_groups(letters: str) -> str:
    """Return letters four by four, for somebody who types them."""
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))
