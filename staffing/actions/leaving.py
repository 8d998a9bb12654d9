"""That people are gone, whoever wanted it: checked, and put down in their file and plan."""

from datetime import date, datetime, time

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions.refusals import MatterRefused, check_come, check_within
from contracts.rules.calendar import BEIJING, ONE_DAY
from staffing.models import Person, PersonStatus, Shift, ShiftState, Stint


def check_left(person: Person, left_on: date, *, at: datetime) -> None:
    """Refuse a last day that is to come, lies before joining, or was not the last."""
    check_come(left_on, "left_on", at=at)
    check_within(person.contract, left_on, "left_on")
    if person.begins_on is None or left_on < person.begins_on:
        raise MatterRefused(
            _("%(name)s joined on %(joined)s, after this day.")
            % {"name": person.name, "joined": person.begins_on},
            "left_on",
        )
    check_not_seen_after(person, left_on, "left_on")


def check_not_seen_after(person: Person, day: date, field: str) -> None:
    """Refuse a last day after which somebody was on post."""
    after = Stint.objects.of(person.contract).filter(
        person=person, standing=True, on_at__gte=_end_of(day)
    )
    if seen := after.order_by("-on_at").first():
        raise MatterRefused(
            _("%(name)s signed on at %(moment)s, after this day.")
            % {
                "name": person.name,
                "moment": f"{localtime(seen.on_at, BEIJING):%Y-%m-%d %H:%M}",
            },
            field,
        )


def check_newcomer(person: Person, newcomer: Person, *, since: date) -> date:
    """Return from when a newcomer is on post; refuse one who does not stand in.

    Approved, of the same post, joined since, and filling nobody else's place.
    """
    field = "newcomer"
    if newcomer.pk == person.pk or newcomer.contract_id != person.contract_id:
        raise MatterRefused(_("Somebody else of the team takes the post over."), field)
    if newcomer.status != PersonStatus.APPROVED:
        raise MatterRefused(
            _("Party A has not approved %(name)s.") % {"name": newcomer.name}, field
        )
    if newcomer.post_id != person.post_id:
        raise MatterRefused(
            _("%(name)s is on another post.") % {"name": newcomer.name}, field
        )
    if newcomer.begins_on is None or newcomer.begins_on < since:
        raise MatterRefused(
            _("%(name)s has not joined since %(day)s: nobody has come in addition.")
            % {"name": newcomer.name, "day": since},
            field,
        )
    elsewhere = newcomer.refills.exclude(person=person).exists()
    if elsewhere or newcomer.replaces.exclude(person=person).exists():
        raise MatterRefused(
            _("%(name)s stands in for somebody else already.")
            % {"name": newcomer.name},
            field,
        )
    return newcomer.begins_on


def joined_on(newcomer: Person | None) -> date | None:
    """Return from when a newcomer is on post, as it may have been put right since."""
    return newcomer.begins_on if newcomer else None


def depart(person: Person, left_on: date, *, by: User | None, at: datetime) -> int:
    """Put down that somebody is gone; return how many shifts fall out of the plan.

    Those that have begun stay: what became of them is a fact.
    """
    person.move(PersonStatus.LEFT, by=by, at=at, leaves_on=left_on)
    fallen = shifts_after(person, left_on, at=at)
    return fallen.update(state=ShiftState.REPLACED)


def shifts_after(person: Person, last_day: date, *, at: datetime) -> "QuerySet[Shift]":
    """Return the planned shifts of somebody that fall out if a day is their last."""
    begins = max(at, _end_of(last_day))
    return Shift.objects.holding().filter(person=person, starts_at__gte=begins)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + ONE_DAY, time(), tzinfo=BEIJING)
