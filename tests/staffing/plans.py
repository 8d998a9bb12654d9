"""Plans of shifts that tests of changes to them begin with."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from staffing.models import Person, Roster, RosterStatus, Shift, ShiftState
from tests.factories import NOON, make_user
from tests.staffing.factories import make_agreement, make_person, make_text

HOURS_8 = timedelta(hours=8)


def make_roster(person: Person, day: date) -> Roster:
    """Make the month's roster that holds, or return it."""
    month = day.replace(day=1)
    found = Roster.objects.of(person.contract).filter(
        month=month, status=RosterStatus.PUBLISHED
    )
    return found.first() or Roster.objects.create(
        contract=person.contract,
        month=month,
        version=1,
        status=RosterStatus.PUBLISHED,
        made_at=NOON,
        made_by=make_user(),
        published_at=NOON,
        published_by=make_user(),
        gap_minutes=0,
    )


def make_shift(person: Person, starts_at: datetime, **given: Any) -> Shift:
    """Plan eight hours for somebody, with eight hours of rest, in a plan that holds."""
    defaults = {
        "contract": person.contract,
        "roster": make_roster(person, localdate(starts_at)),
        "post": person.post,
        "starts_at": starts_at,
        "ends_at": starts_at + HOURS_8,
        "rested_at": starts_at + 2 * HOURS_8,
        "state": ShiftState.HOLDS,
    }
    return Shift.objects.create(person=person, **defaults | given)


def make_cleared(contract: Any, **given: Any) -> Person:
    """Make somebody who may be on duty: approved, begun, the agreement on file."""
    person = make_person(contract, **given)
    text = contract.agreement_texts.first() or make_text(contract)
    make_agreement(person, text)
    return person
