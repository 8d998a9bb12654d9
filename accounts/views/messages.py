"""A person's own messages, and where they are mailed to."""

from django.conf import settings
from django.contrib import messages as told
from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import messages as actions
from accounts import paging
from accounts.access import PersonRequest, next_url
from accounts.forms import AcknowledgeAllForm, MailForm
from accounts.models import Message


@require_safe
@login_required
def listing(request: PersonRequest) -> HttpResponse:
    """Show what waits, or with `?show=all` everything, what waits first."""
    everything = request.GET.get("show") == "all"
    waiting = Message.objects.waiting(request.user)
    rows = Message.objects.of(request.user) if everything else waiting
    page = paging.page(
        rows.with_place(),
        "-place",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    newest = waiting.aggregate(newest=Max("pk"))["newest"]
    return render(
        request,
        "accounts/messages.html",
        {
            "page": page,
            "count": paging.count(rows),
            "everything": everything,
            "read_all": AcknowledgeAllForm(initial={"up_to": newest})
            if newest
            else None,
            "by_mail": settings.MESSAGE_BY_MAIL,
            "at": now(),
        },
    )


@require_POST
@login_required
def acknowledge(request: PersonRequest, pk: int) -> HttpResponse:
    message = get_object_or_404(Message.objects.of(request.user), pk=pk)
    actions.acknowledge(message, by=request.user, at=now())
    return _back(request)


@require_POST
@login_required
def acknowledge_all(request: PersonRequest) -> HttpResponse:
    form = AcknowledgeAllForm(request.POST)
    if not form.is_valid():
        told.error(request, _("Nothing was acknowledged: the page was not complete."))
        return _back(request)
    read = actions.acknowledge_all(by=request.user, at=now(), **form.cleaned_data)
    told.success(
        request,
        ngettext(
            "%(count)d message has been acknowledged.",
            "%(count)d messages have been acknowledged.",
            read,
        )
        % {"count": read},
    )
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mail(request: PersonRequest) -> HttpResponse:
    """Ask where reminders are to be mailed to; nowhere, if that is left empty."""
    form = MailForm(
        request.POST if request.method == "POST" else None,
        initial={"address": request.user.email},
    )
    if form.is_valid():
        actions.set_mail_address(request.user, **form.cleaned_data)
        told.success(request, _("Your mail address has been saved."))
        return redirect("accounts:messages")

    return render(
        request,
        "accounts/mail_address.html",
        {
            "form": form,
            "by_mail": settings.MESSAGE_BY_MAIL,
            "digest_at": settings.MESSAGE_DIGEST_AT,
            "quiet_from": settings.MESSAGE_QUIET_FROM,
            "quiet_until": settings.MESSAGE_QUIET_UNTIL,
        },
        status=422 if form.is_bound else 200,
    )


def _back(request: PersonRequest) -> HttpResponse:
    """Go back to the list as it was shown."""
    here = next_url(request) if "next" in request.POST else "accounts:messages"
    return redirect(here)
