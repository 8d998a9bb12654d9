"""What a contract says, and which one to open."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.roles import what_administers
from contracts.access import ContractRequest, requires
from contracts.models import Contract
from contracts.overview import overview

#: What duties have to do: their action → its name, and the URL of its page.
DUTIES = {
    "accounts.people": (_("People"), "accounts:people"),
    "contracts.memberships": (_("Roles on contracts"), "memberships:list"),
    "accounts.log": (_("Sign-ins"), "accounts:log"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to begin: a contract, or what a duty has to do."""

    name: str | Promise
    href: str
    contract: Contract | None = None
    role: str = ""


@require_safe
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Lead people to where they work; where there are several such places, ask."""
    places = _places(request.user) if isinstance(request.user, User) else []
    if len(places) == 1:
        return redirect(places[0].href)
    return render(request, "contracts/choose.html", {"places": places})


@require_safe
@requires("contracts.view")
def contract(request: ContractRequest) -> HttpResponse:
    at = now()
    return render(
        request,
        "contracts/contract.html",
        {
            "at": at,
            "overview": overview(request.contract, at=at),
            "all_open": request.GET.get("clauses") == "open",
        },
    )


def _places(user: User) -> list[Place]:
    administered = what_administers(user.duty)
    return [
        Place(name, reverse(url))
        for action, (name, url) in DUTIES.items()
        if action in administered
    ] + [
        Place(
            membership.contract.title,
            reverse("reports:home", args=[membership.contract.number]),
            membership.contract,
            membership.get_role_display(),
        )
        for membership in user.current_memberships
    ]
