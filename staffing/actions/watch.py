"""What the clock does about people by itself: doors, sign-offs that nobody made, no-shows."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from accounts.messages import keep_only, owe
from contracts.actions.numbers import hold
from contracts.models import Contract
from contracts.rules.calendar import ONE_DAY
from staffing import reminders
from staffing.models import Shift, StaffingTerms, Stint

from .breaches import days_before, find_gaps, find_no_shows
from .clearance import settle
from .duty import LONGEST, end

#: Gaps of so many days back are looked at again: a worker that stood still is made up for.
LOOKS_BACK = 7


@transaction.atomic(durable=True)
def watch(contract: Contract, *, at: datetime) -> None:
    """Do by the minute what nobody does by hand. Safe to repeat, and to run twice."""
    held = hold(contract)
    settle(held, at=at)
    sign_off_forgotten(held, at=at)
    missed = find_no_shows(held, at=at)
    owe(reminders.of_no_shows(held, missed), at=at)
    _forget_what_is_over(held, at=at)


@transaction.atomic(durable=True)
def find_late_gaps(contract: Contract, *, at: datetime) -> int:
    """Look for gaps of the last days, and return how many came or went. Safe to repeat."""
    held = hold(contract)
    return find_gaps(held, days_before(localdate(at), LOOKS_BACK), at=at)


def sign_off_forgotten(contract: Contract, *, at: datetime) -> int:
    """End the times on post that nobody ended, at the end of their shift; return how many.

    Whoever stayed longer has it told and confirmed. Without a planned shift a time ends
    after a day.
    """
    terms = StaffingTerms.objects.filter(contract=contract).first() or StaffingTerms()
    patience = timedelta(minutes=terms.sign_off_minutes)
    left = (
        Stint.objects.of(contract)
        .open()
        .filter(Q(shift__ends_at__lte=at - patience) | Q(on_at__lte=at - LONGEST))
        .select_related("shift", "person__user", "contract")
    )
    for stint in left:
        planned_end = stint.shift.ends_at if stint.shift else stint.on_at + LONGEST
        end(stint, off_at=min(planned_end, at), by=None, at=at, forgotten=True)
    return len(left)


def _forget_what_is_over(contract: Contract, *, at: datetime) -> None:
    """Withdraw what was said of shifts that are over, or that somebody came to."""
    missed = (
        Shift.objects.of(contract)
        .holding()
        .filter(starts_at__gt=at - ONE_DAY, ends_at__gt=at, breaches__isnull=False)
        .exclude(stints__standing=True)
    )
    keep_only(
        reminders.SHIFT,
        set(map(reminders.about_shift, missed)),
        contract_number=contract.number,
        at=at,
    )


@transaction.atomic(durable=True)
def remind(contract: Contract, *, at: datetime) -> int:
    """Tell people what of the team falls due or waits, and take back what is done.

    Returns how many reminders were new. Safe to repeat.
    """
    held = hold(contract)
    owed = reminders.of_what_is_owed(held, localdate(at))
    keep_only(
        reminders.OWED, {one.about for one in owed}, contract_number=held.number, at=at
    )
    return owe(owed, at=at)
