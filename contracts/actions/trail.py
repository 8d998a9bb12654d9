"""Lines of the paper trail that no move of a status writes."""

from datetime import date, datetime, time
from typing import Any

from django.utils.timezone import localdate

from accounts.models import User
from contracts.models import AuditEntry, subject_of
from contracts.rules.calendar import BEIJING


def record(
    about: Any, became: str, *, by: User, at: datetime, was: str = "", note: str = ""
) -> None:
    """Write that a record was begun, or changed in something other than its status."""
    AuditEntry.objects.create(
        contract_id=about.contract_id,
        at=at,
        by=by,
        subject=subject_of(about),
        was=was,
        became=became,
        note=note,
    )


def moment_of(day: date, *, at: datetime) -> datetime:
    """Return a moment on a day of which no more is known: `at`, if that is today."""
    if day == localdate(at):
        return at
    return datetime.combine(day, time(12), tzinfo=BEIJING)
