"""Who has which role on which contract, for the security administrator."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AdministratorRequest, administers
from accounts.roles import Role
from contracts.actions import membership as actions
from contracts.actions.membership import MembershipRefused
from contracts.filters.memberships import MembershipFilter
from contracts.forms.memberships import ChangeRoleForm, GrantForm, RevokeForm
from contracts.models import AuditEntry, Membership

A_PAGE = 50
EVENTS = 100  # more of one person's history than anybody reads


@require_safe
@administers("contracts.memberships")
def memberships(request: AdministratorRequest) -> HttpResponse:
    found = MembershipFilter(
        request.GET,
        Membership.objects.select_related("contract", "user").order_by(
            "contract__number", "user__username"
        ),
    )
    page = Paginator(found.qs, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "contracts/memberships.html",
        {
            "filter": found,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "narrowed": bool(request.GET),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administers("contracts.memberships")
@sensitive_post_parameters("proof")
def grant(request: AdministratorRequest) -> HttpResponse:
    form = GrantForm(_posted(request), request=request, at=now())
    if form.is_valid():
        try:
            given = actions.grant_role(**form.cleaned_data, by=request.user, at=now())
        except MembershipRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The role is given."))
            return redirect("memberships:membership", given.pk)

    return render(
        request,
        "contracts/grant.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_safe
@administers("contracts.memberships")
def membership(request: AdministratorRequest, pk: int) -> HttpResponse:
    shown = _membership(pk)
    return render(
        request,
        "contracts/membership.html",
        {"membership": shown, "events": _events(shown)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administers("contracts.memberships")
@sensitive_post_parameters("proof")
def change(request: AdministratorRequest, pk: int) -> HttpResponse:
    shown = _membership(pk)
    form = ChangeRoleForm(_posted(request), request=request, at=now(), membership=shown)
    if form.is_valid():
        try:
            actions.change_role(shown, **form.cleaned_data, by=request.user, at=now())
        except MembershipRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The role is changed."))
            return redirect("memberships:membership", shown.pk)

    return render(
        request,
        "contracts/change_role.html",
        {"form": form, "membership": shown},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administers("contracts.memberships")
@sensitive_post_parameters("proof")
def revoke(request: AdministratorRequest, pk: int) -> HttpResponse:
    shown = _membership(pk)
    form = RevokeForm(_posted(request), request=request, at=now())
    if form.is_valid():
        try:
            actions.revoke_role(shown, **form.cleaned_data, by=request.user, at=now())
        except MembershipRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The role is taken away."))
            return redirect("memberships:list")

    return render(
        request,
        "contracts/revoke_role.html",
        {"form": form, "membership": shown},
        status=422 if form.is_bound else 200,
    )


def _posted(request: AdministratorRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _membership(pk: int) -> Membership:
    memberships = Membership.objects.select_related("contract", "user")
    return get_object_or_404(memberships, pk=pk)


def _events(shown: Membership) -> list[dict[str, object]]:
    """Return what happened to the person's role on this contract, newest first."""
    entries = (
        AuditEntry.objects.about(shown.user)
        .filter(contract=shown.contract)
        .select_related("by")
        .order_by("-at", "-pk")
    )
    return [
        {
            "title": Role(entry.became).label if entry.became else _("Role taken away"),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": "info" if entry.became else "bad",
        }
        for entry in entries[:EVENTS]
    ]
