"""The door: who gets in to a page of a contract."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.roles import MAY, PARTY_B, Role, what_may

from .models import Contract, Membership, Side

P = ParamSpec("P")


class ContractRequest(HttpRequest):
    """A request that has passed the door."""

    user: User
    contract: Contract
    role: Role
    may: frozenset[str]  # actions
    htmx: HtmxDetails
    number: str


View = Callable[Concatenate[ContractRequest, P], HttpResponseBase]


def requires(action: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let in the roles that `MAY` take `action` on the contract in the URL.

    To people with no role on it the contract does not exist (404); to people
    whose role is not enough, or who are not cleared for it yet, it does, and they
    are told so (403).
    """
    allowed = MAY[action]  # a misspelt action fails at import, not in production

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(
            request: ContractRequest, number: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            membership = get_object_or_404(
                Membership.objects.select_related("contract"),
                contract__number=number,
                user=request.user,
            )
            request.contract = membership.contract
            request.role = Role(membership.role)
            if not membership.is_cleared:
                return render(request, "contracts/not_cleared.html", status=403)
            request.may = what_may(request.role)
            if membership.role not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]  # read by tests/test_doors.py
        return guarded

    return decorate


def side_of(role: Role) -> Side:
    """Return the party that a role acts for."""
    return Side.B if role in PARTY_B else Side.A
