"""The accounts of people, for the system administrator."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_http_methods,
    require_safe,
)
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions
from accounts.access import AdministratorRequest, administers
from accounts.actions import AccountRefused
from accounts.filters import PersonFilter
from accounts.forms import AccountActForm, PersonForm
from accounts.models import START_PASSWORD_LASTS, AccountChangeKind, User

A_PAGE = 50
EVENTS = 100  # more of one person's history than anybody reads


@dataclass(frozen=True, slots=True)
class Act:
    """Something that an administrator does to an account."""

    name: str
    verb: Promise
    meaning: Promise
    action: Callable[..., str | None]
    grave: bool = False


ACTS = {
    act.name: act
    for act in (
        Act(
            "suspend",
            gettext_lazy("Suspend the account"),
            gettext_lazy(
                "What this person has open ends at once, and nobody can sign in with"
                " the account. Nothing they did is lost."
            ),
            actions.suspend,
            grave=True,
        ),
        Act(
            "reinstate",
            gettext_lazy("Reinstate the account"),
            gettext_lazy("This person can sign in again, with the password of before."),
            actions.reinstate,
        ),
        Act(
            "reset-password",
            gettext_lazy("Reset the password"),
            gettext_lazy(
                "What this person has open ends at once. You are shown a start password"
                " to hand to them; they replace it at their first sign-in."
            ),
            actions.reset_password,
            grave=True,
        ),
        Act(
            "reset-second-factor",
            gettext_lazy("Reset the second factor"),
            gettext_lazy(
                "For a device that was lost. Make sure that it is this person who asks:"
                " until another one is set up, the password alone lets in."
            ),
            actions.reset_second_factor,
            grave=True,
        ),
    )
}

#: How the timeline shows what happened to an account.
TONES: dict[str, str] = {
    AccountChangeKind.CREATED: "good",
    AccountChangeKind.REINSTATED: "good",
    AccountChangeKind.SUSPENDED: "bad",
    AccountChangeKind.PASSWORD_RESET: "warn",
    AccountChangeKind.SECOND_FACTOR_RESET: "warn",
}


@require_safe
@administers("accounts.people")
def people(request: AdministratorRequest) -> HttpResponse:
    devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    found = PersonFilter(
        request.GET,
        User.objects.annotate(has_second_factor=Exists(devices)).order_by("username"),
    )
    page = Paginator(found.qs, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/people.html",
        {
            "filter": found,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administers("accounts.people")
@sensitive_post_parameters("proof")
def new_person(request: AdministratorRequest) -> HttpResponse:
    form = PersonForm(
        request.POST if request.method == "POST" else None, request=request, at=now()
    )
    if form.is_valid():
        try:
            person, password = actions.create_person(
                **form.cleaned_data, by=request.user, at=now()
            )
        except AccountRefused as refusal:
            form.add_error("username", str(refusal))
        else:
            return _start_password(request, person, password)

    return render(
        request,
        "accounts/new_person.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_safe
@administers("accounts.people")
def person(request: AdministratorRequest, pk: int) -> HttpResponse:
    shown = get_object_or_404(User, pk=pk)
    events = [
        {
            "title": change.get_kind_display(),
            "at": change.at,
            "by": change.by,
            "text": change.note,
            "tone": TONES.get(change.kind, "info"),
        }
        for change in shown.changes.select_related("by").order_by("-at", "-pk")[:EVENTS]
    ]
    return render(
        request,
        "accounts/person.html",
        {
            "person": shown,
            "second_factor": shown.second_factor,
            "acts": [] if shown == request.user else _open_acts(shown),
            "events": events,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administers("accounts.people")
@sensitive_post_parameters("proof")
def act(request: AdministratorRequest, pk: int, name: str) -> HttpResponse:
    """Ask why, and who asks; then do one of `ACTS` to an account."""
    shown = get_object_or_404(User, pk=pk)
    if name not in ACTS:
        raise Http404
    form = AccountActForm(
        request.POST if request.method == "POST" else None, request=request, at=now()
    )
    if form.is_valid():
        try:
            password = ACTS[name].action(
                shown, **form.cleaned_data, by=request.user, at=now()
            )
        except AccountRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            if password:
                return _start_password(request, shown, password)
            messages.success(request, _("Done: %(act)s") % {"act": ACTS[name].verb})
            return redirect(shown)

    return render(
        request,
        "accounts/act.html",
        {"form": form, "person": shown, "act": ACTS[name]},
        status=422 if form.is_bound else 200,
    )


def _open_acts(shown: User) -> list[Act]:
    """Return what can be done to an account as it is."""
    if not shown.is_active:
        return [ACTS["reinstate"]]
    names = ["reset-password", "suspend"]
    if shown.second_factor:
        names.insert(1, "reset-second-factor")
    return [ACTS[name] for name in names]


def _start_password(
    request: AdministratorRequest, shown: User, password: str
) -> HttpResponse:
    # In the answer itself and not after a redirect: it is kept nowhere in between.
    return render(
        request,
        "accounts/start_password.html",
        {
            "person": shown,
            "password": password,
            "days": START_PASSWORD_LASTS.days,
        },
    )
