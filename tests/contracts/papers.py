"""Papers that forms hand in, and what people make of forms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localtime

from accounts.roles import Role
from contracts.models import Contract
from tests.factories import make_user

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def scan(name: str = "scan.pdf") -> SimpleUploadedFile:
    """Return a sealed paper as it is uploaded."""
    return SimpleUploadedFile(name, b"%PDF-1.7 sealed", "application/pdf")


def minute(moment: datetime) -> str:
    """Return a moment as the browser's control sends it."""
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def signed_in(contract: Contract, role: Role) -> Client:
    client = Client()
    client.force_login(make_user(contract, role, demo=True))
    return client


def post(client: Client, url: str, form: dict[str, Any]) -> Any:
    """Send a form, its files from the beginning however often it is sent."""
    for value in form.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return client.post(url, form)


def tried(act: Callable[[], Any]) -> Callable[[], Any]:
    """Return the act, which gives back its refusal instead of raising it."""

    def try_() -> Any:
        try:
            return act()
        except Exception as refusal:
            return refusal

    return try_
