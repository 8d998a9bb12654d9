"""Everything that writes who is on post: signed on, signed off, told later, confirmed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.messages import withdraw
from accounts.models import User
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused
from contracts.models import Callout, Contract, Membership
from staffing import reminders
from staffing.models import (
    Person,
    PersonStatus,
    Post,
    Shift,
    StaffingTerms,
    Stint,
)

from .breaches import find_gaps

#: Nobody is on post for longer in one go.
LONGEST = timedelta(days=1)


def file_of(contract: Contract, user: User) -> Person:
    """Return the file of whoever asks. Raises MatterRefused where there is none."""
    people = Person.objects.of(contract).filter(user=user, status=PersonStatus.APPROVED)
    person = people.select_related("post", "contract").first()
    if person is None:
        raise MatterRefused(
            _("You have no file in the team. Ask the project manager for one.")
        )
    return person


@transaction.atomic(durable=True)
def sign_on(
    contract: Contract,
    *,
    callout: Callout | None = None,
    token: UUID,
    by: User,
    at: datetime,
) -> Stint:
    """Sign whoever asks on to their post, now. The same `token` again is the same.

    On to the shift that is on, or begins soon; without one it is noted as not planned.
    Raises MatterRefused for who is on post already, or has no file.
    """
    hold(contract)
    if known := Stint.objects.of(contract).filter(token=token).first():
        return known
    person = file_of(contract, by)
    if Stint.objects.open().filter(person=person).exists():
        raise MatterRefused(_("You are on post already."))
    shift = shift_at(person, at)
    stint = Stint.objects.create(
        contract=contract,
        person=person,
        post=shift.post if shift else person.post,
        shift=shift,
        callout=callout or (shift.callout if shift else None),
        on_at=at,
        on_told_at=at,
        on_told_by=by,
        token=token,
    )
    Membership.objects.of(contract).filter(user=by).update(on_duty_since=at)
    if shift:
        withdraw(reminders.about_shift(shift), at=at)
    return stint


def shift_at(person: Person, at: datetime) -> Shift | None:
    """Return the planned shift that somebody who signs on at a moment comes to."""
    terms = StaffingTerms.objects.filter(contract=person.contract).first()
    early = timedelta(minutes=(terms or StaffingTerms()).early_minutes)
    shifts = person.shifts.holding().filter(starts_at__lte=at + early, ends_at__gt=at)
    return shifts.select_related("post", "callout").order_by("-starts_at").first()


@transaction.atomic(durable=True)
def sign_off(contract: Contract, *, by: User, at: datetime) -> Stint:
    """Sign whoever asks off their post, now. Raises MatterRefused for who is not on."""
    hold(contract)
    person = file_of(contract, by)
    stint = Stint.objects.open().filter(person=person).first()
    if stint is None:
        raise MatterRefused(_("You are not on post."))
    end(stint, off_at=at, by=by, at=at)
    return stint


def end(
    stint: Stint,
    *,
    off_at: datetime,
    by: User | None,
    at: datetime,
    forgotten: bool = False,
) -> None:
    """End somebody's time on post, in the caller's transaction."""
    stint.off_at = max(off_at, stint.on_at + timedelta(seconds=1))
    stint.off_told_at, stint.off_told_by, stint.forgotten = at, by, forgotten
    stint.save(update_fields=["off_at", "off_told_at", "off_told_by", "forgotten"])
    if user := stint.person.user:
        Membership.objects.of(stint.contract).filter(user=user).update(
            on_duty_since=None
        )


@transaction.atomic(durable=True)
def claim(
    person: Person,
    *,
    post: Post,
    on_at: datetime,
    off_at: datetime,
    reason: str,
    corrects: Stint | None = None,
    callout: Callout | None = None,
    token: UUID,
    by: User,
    at: datetime,
) -> Stint:
    """Say afterwards when somebody was on post. It counts once Party A confirms it.

    With `corrects` instead of what was signed, which counts until then. The same `token`
    again is the same. Raises MatterRefused.
    """
    contract = hold(person.contract)
    if known := Stint.objects.of(contract).filter(token=token).first():
        return known
    if on_at >= off_at:
        raise MatterRefused(_("The end lies before the beginning."), "off_at")
    if off_at - on_at > LONGEST:
        raise MatterRefused(_("Nobody is on post for over 24 hours."), "off_at")
    if off_at > at:
        raise MatterRefused(_("This moment has not come yet."), "off_at")
    if corrects and (
        corrects.person_id != person.pk
        or hasattr(corrects, "correction")
        or not corrects.standing
    ):
        raise MatterRefused(_("This line was corrected before, or is not theirs."))
    stint = Stint.objects.create(
        contract=contract,
        person=person,
        post=post,
        callout=callout,
        on_at=on_at,
        on_told_at=at,
        on_told_by=by,
        off_at=off_at,
        off_told_at=at,
        off_told_by=by,
        said_later=True,
        standing=False,
        reason=reason,
        corrects=corrects,
        token=token,
    )
    trail.record(stint, "claimed", by=by, at=at, note=reason)
    return stint


@transaction.atomic(durable=True)
def confirm(stint: Stint, *, by: User, at: datetime) -> None:
    """Confirm for Party A what was told afterwards; gaps of its days are found anew.

    Raises MatterRefused for one's own claim, and where the person was signed on
    elsewhere, or on the same post, in some of these minutes.
    """
    held = _held(stint, by)
    if held.corrects:
        Stint.objects.filter(pk=held.corrects.pk).update(standing=False)
    try:
        with transaction.atomic():
            Stint.objects.filter(pk=held.pk).update(
                standing=True, confirmed_at=at, confirmed_by=by
            )
    except IntegrityError:
        raise MatterRefused(
            _(
                "%(name)s was on post in some of these minutes already. Ask for a "
                "correction of that line instead."
            )
            % {"name": held.person.name}
        ) from None
    trail.record(held, "confirmed", by=by, at=at)
    days = {localtime(moment).date() for moment in (held.on_at, held.off_at) if moment}
    if held.corrects:
        days |= {
            localtime(moment).date()
            for moment in (held.corrects.on_at, held.corrects.off_at)
            if moment
        }
    find_gaps(held.contract, sorted(days), at=at)


@transaction.atomic(durable=True)
def disbelieve(stint: Stint, *, note: str, by: User, at: datetime) -> None:
    """Refuse for Party A what was told afterwards. It stays on record, and counts not."""
    if not note.strip():
        raise MatterRefused(_("A refusal says why."), "note")
    held = _held(stint, by)
    # What it was to correct can be corrected by another claim.
    Stint.objects.filter(pk=held.pk).update(refused_at=at, corrects=None)
    trail.record(held, "not confirmed", by=by, at=at, note=note)


def _held(stint: Stint, by: User) -> Stint:
    held = (
        Stint.objects.select_for_update(of=("self",))
        .select_related("person", "contract", "corrects")
        .get(pk=stint.pk)
    )
    if held.confirmed_at or held.refused_at or not held.said_later:
        raise MatterRefused(_("This has been decided before."))
    if held.on_told_by_id == by.pk:
        raise MatterRefused(_("Nobody confirms what they said themselves."))
    return held
