"""Everything that writes files of people: proposed, decided, begun, identified."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import PARTY_B
from contracts.actions import trail
from contracts.actions.documents import put
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_within
from contracts.models import AuditEntry, Contract, DocumentKind, Membership, subject_of
from staffing.models import Identity, Person, PersonStatus, Post, hash_of
from staffing.rules.identity import is_identity, tidy_identity

from .clearance import settle

#: So many identity numbers may somebody look at within an hour.
REVEALS_AN_HOUR = 10
HOUR = timedelta(hours=1)
#: What the paper trail calls it.
REVEALED = "identity revealed"


@transaction.atomic(durable=True)
def propose(
    contract: Contract,
    *,
    name: str,
    post: Post,
    number: str,
    qualification: str,
    paper: "File[Any] | None",
    token: UUID,
    by: User,
    at: datetime,
) -> Person:
    """Propose somebody for the team; Party A decides（第六条（一）3）.

    The same `token` again gives the same person back. Raises MatterRefused for an
    identity number that is none, or of somebody who is in the team already.
    """
    hold(contract)
    if known := Person.objects.of(contract).filter(token=token).first():
        return known
    person = Person.objects.create(
        contract=contract,
        name=name,
        post=post,
        qualification=qualification,
        paper=_filed(contract, paper, name, by=by, at=at),
        proposed_at=at,
        proposed_by=by,
        token=token,
    )
    _identify(person, number)
    trail.record(person, PersonStatus.PROPOSED, by=by, at=at)
    return person


def _identify(person: Person, number: str) -> None:
    number = tidy_identity(number)
    if not is_identity(number):
        raise MatterRefused(
            _("This is no identity number: 18 characters, the last of them a check."),
            "number",
        )
    same = Identity.objects.filter(
        contract=person.contract, number_hash=hash_of(number)
    ).exclude(person=person)
    if there := same.filter(person__in=Person.objects.present()).first():
        raise MatterRefused(
            _("%(name)s has this identity number, and is in the team already.")
            % {"name": there.person.name},
            "number",
        )
    Identity(
        person=person,
        contract=person.contract,
        number=number,
        number_hash=hash_of(number),
    ).save()


def _filed(
    contract: Contract, paper: "File[Any] | None", name: str, *, by: User, at: datetime
) -> Any:
    if not paper:
        return None
    return put(
        contract,
        file=paper,
        kind=DocumentKind.PERSONAL,
        title=f"{name} 资格证明",
        by=by,
        at=at,
    )


@transaction.atomic(durable=True)
def approve(person: Person, *, note: str, by: User, at: datetime) -> None:
    """Approve somebody for duty, for Party A. Raises TransitionRefused."""
    _decide(person, PersonStatus.APPROVED, note=note, by=by, at=at)


@transaction.atomic(durable=True)
def refuse(person: Person, *, note: str, by: User, at: datetime) -> None:
    """Do not approve somebody, and say why. Raises TransitionRefused, MatterRefused."""
    if not note.strip():
        raise MatterRefused(_("A refusal says why."), "note")
    _decide(person, PersonStatus.REFUSED, note=note, by=by, at=at)


def _decide(
    person: Person, to: PersonStatus, *, note: str, by: User, at: datetime
) -> None:
    if by == person.proposed_by:
        raise MatterRefused(_("Nobody decides on a person they proposed themselves."))
    person.move(
        to, by=by, at=at, note=note, decided_at=at, decided_by=by, decided_note=note
    )
    settle(person.contract, at=at)


@transaction.atomic(durable=True)
def propose_again(
    person: Person,
    *,
    qualification: str,
    paper: "File[Any] | None",
    by: User,
    at: datetime,
) -> None:
    """Propose somebody again who was not approved. Raises TransitionRefused."""
    person.move(
        PersonStatus.PROPOSED,
        by=by,
        at=at,
        qualification=qualification or person.qualification,
        paper=_filed(person.contract, paper, person.name, by=by, at=at) or person.paper,
        proposed_at=at,
        proposed_by=by,
        decided_at=None,
        decided_by=None,
        decided_note="",
    )


@transaction.atomic(durable=True)
def begin(
    person: Person, *, begins_on: date, user: User | None, by: User, at: datetime
) -> None:
    """Say from when somebody is on post, and which account is theirs.

    The account has a role of Party B on the contract already. Doors open once all is
    there: approval, agreement, and the day. Raises MatterRefused.
    """
    contract = hold(person.contract)
    person.refresh_from_db()
    if person.status != PersonStatus.APPROVED:
        raise MatterRefused(
            _("Party A approves a person before they begin (article 6(1)3).")
        )
    check_within(contract, begins_on, "begins_on")
    if person.leaves_on and begins_on > person.leaves_on:
        raise MatterRefused(_("They would leave before they begin."), "begins_on")
    earliest = person.shifts.holding().order_by("starts_at").first()
    if earliest and localdate(earliest.starts_at) < begins_on:
        raise MatterRefused(
            _("There is a shift of theirs on %(day)s already.")
            % {"day": localdate(earliest.starts_at)},
            "begins_on",
        )
    if user is not None:
        _check_account(person, user)
    was = person.begins_on
    person.begins_on, person.user = begins_on, user
    try:
        with transaction.atomic():
            person.save(update_fields=["begins_on", "user"])
    except IntegrityError:
        raise MatterRefused(
            _("Somebody else in the team has this account."), "user"
        ) from None
    trail.record(
        person,
        "on post",
        by=by,
        at=at,
        was=f"{was or ''}",
        note=f"{begins_on} {user.username if user else ''}".strip(),
    )
    settle(contract, at=at)


def _check_account(person: Person, user: User) -> None:
    member = Membership.objects.of(person.contract).filter(user=user).first()
    if member is None or member.role not in PARTY_B:
        raise MatterRefused(
            _("This account has no role of Party B on the contract."), "user"
        )
    if member.role != person.post.role:
        raise MatterRefused(
            _("The account's role is %(role)s, and the post is %(post)s.")
            % {"role": member.get_role_display(), "post": person.post.name},
            "user",
        )


@transaction.atomic(durable=True)
def reveal_identity(person: Person, *, reason: str, by: User, at: datetime) -> str:
    """Return somebody's identity number in clear, and write down who saw it and why.

    Raises MatterRefused past the hourly limit.
    """
    identity = Identity.objects.filter(person=person).first()
    if identity is None:
        raise MatterRefused(_("There is no identity number on file."))
    # One at a time per person, or two windows would both be the last one allowed.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    seen = AuditEntry.objects.filter(by=by, became=REVEALED, at__gt=at - HOUR).count()
    if seen >= REVEALS_AN_HOUR:
        raise MatterRefused(
            _("You have looked at %(count)d identity numbers within an hour. Wait.")
            % {"count": seen}
        )
    AuditEntry.objects.create(
        contract_id=person.contract_id,
        at=at,
        by=by,
        subject=subject_of(person),
        became=REVEALED,
        note=reason,
    )
    return identity.number
