"""Whether the person at the screen is still the one who signed in."""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest

from . import actions
from .browser import browser_of
from .models import User

#: How long a confirmation holds, so that several acts in a row need one only.
HOLDS_FOR = timedelta(minutes=5)
CONFIRMED_AT = "identity_confirmed_at"
CODE_LENGTH = 6


def is_confirmed(request: HttpRequest, *, at: datetime) -> bool:
    """Say whether the person has entered password or code a short while ago."""
    confirmed: float | None = request.session.get(CONFIRMED_AT)
    return (
        confirmed is not None
        and 0 <= at.timestamp() - confirmed < HOLDS_FOR.total_seconds()
    )


def confirm(request: HttpRequest, proof: str, *, at: datetime) -> bool:
    """Check the person's password, or the code of their second factor.

    Recorded and counted like an attempt to sign in.
    """
    user = request.user
    if not isinstance(user, User):
        return False
    device = user.second_factor
    if device and len(proof) == CODE_LENGTH and proof.isdecimal():
        holds = actions.second_factor_holds(
            device, proof, browser=browser_of(request), at=at
        )
    else:
        holds = (
            authenticate(request, username=user.username, password=proof) is not None
        )
    if holds:
        request.session[CONFIRMED_AT] = at.timestamp()
    return holds
