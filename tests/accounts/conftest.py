"""People at the door: how they come in, in tests."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.roles import Duty
from tests.factories import PASSWORD, make_user

ADDRESS = "127.0.0.1"  # the test client's own


@pytest.fixture(autouse=True)
def _demo_accounts_need_no_code(settings: Any) -> None:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def person(db: None) -> User:
    return make_user(username="zhangsan", name="张三")


@pytest.fixture
def sign_in(client: Client) -> Callable[..., Any]:
    """Send the sign-in form, as a browser would."""

    def send(username: str = "zhangsan", password: str = PASSWORD, **more: str) -> Any:
        form = {"username": username, "password": password, **more}
        return client.post(reverse("accounts:sign-in"), form)

    return send


@pytest.fixture
def administrator(db: None) -> User:
    return make_administrator(Duty.SYSTEM)


@pytest.fixture
def as_administrator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def make_administrator(duty: Duty) -> User:
    """Make somebody with a duty; a demo account, so that no code is asked for."""
    return make_user(duty=duty, demo=True)


def make_device(user: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=user, name="TOTP")


def code_of(key: bytes, *, at: datetime | None = None) -> str:
    """Return the code that a device with this key shows."""
    elapsed = int(time.time() - (at or now()).timestamp())
    return f"{totp(key, t0=elapsed):06}"
