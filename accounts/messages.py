"""Reminders: owed, delivered, acknowledged, withdrawn.

What an app plans, it owes and withdraws here within a transaction of its own: `owe`,
`withdraw` and `keep_only` open none. The rest are actions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from smtplib import SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import WAITING, Channel, Delivery, DeliveryOutcome, Message, User
from .rules import AFTER, next_digest, repeats, wait_after

log = structlog.get_logger(__name__)

#: A person and a thing, by their keys.
Subject = tuple[int, str]

#: So many are delivered on the page of messages with one run.
BATCH = 1000


class MessageRefused(Exception):
    """Something that cannot be done to a message, in words for the person."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is to be said to a person about a thing, once it has come to a step.

    `template` is a message id, marked with `gettext_noop` where it is defined; `params`
    are what JSON can hold. `url` is a path of ours. Whatever may fall due anew (a day
    that was moved) has the day in `about`, behind a colon.
    """

    user: User
    about: str
    step: str
    template: str
    url: str
    params: Mapping[str, Any] = field(default_factory=dict)
    contract_number: str = ""
    due_at: datetime | None = None
    urgent: bool = False

    @property
    def subject(self) -> Subject:
        return self.user.pk, self.about


# --- Planned ---------------------------------------------------------------------------------


def owe(reminders: Iterable[Reminder], *, at: datetime) -> int:
    """Write down reminders that are not there yet; return how many were new.

    Of several about one thing to one person the last counts. Run it again, or twice at
    once, and nobody is reminded twice of one step. A new step takes the place of an
    earlier one that still waits; one that only says again what was said before
    (`rules.repeats`) is not owed to who has acknowledged that.
    """
    last = {one.subject: one for one in reminders}
    # In one order, or two planners at once would wait for each other.
    wanted = dict(sorted(last.items()))
    said = _said(wanted.values())
    new = {
        subject: one
        for subject, one in wanted.items()
        if not any(_settles(was, one) for was in said[subject])
    }
    passed = [was.pk for subject in new for was in said[subject] if was.made_at < at]
    Message.objects.filter(WAITING, pk__in=passed).update(withdrawn_at=at)
    Message.objects.bulk_create(
        [_message(one, at=at) for one in new.values()], ignore_conflicts=True
    )
    return len(new)


def withdraw(*abouts: str, at: datetime) -> int:
    """Withdraw what waits about things that are settled; return how many.

    "contracts.due:12" stands for itself and for "contracts.due:12:2026-05-08", though
    not for "contracts.due:123".
    """
    return Message.objects.filter(WAITING, _about(abouts)).update(withdrawn_at=at)


def keep_only(
    kind: str, abouts: Collection[str], *, contract_number: str, at: datetime
) -> int:
    """Withdraw what waits about things of a kind that are not among those still open.

    For a planner that runs again and again: it owes what is open and withdraws the
    rest, whatever has settled it. `kind` is the beginning of the keys, up to a colon.
    """
    rest = Message.objects.filter(WAITING, _about([kind])).exclude(about__in=abouts)
    return rest.filter(contract_number=contract_number).update(withdrawn_at=at)


def _said(reminders: Collection[Reminder]) -> Mapping[Subject, list[Message]]:
    """Return what these people have been told about these things so far."""
    said: dict[Subject, list[Message]] = defaultdict(list)
    for was in Message.objects.filter(
        user__in={one.user.pk for one in reminders},
        about__in={one.about for one in reminders},
    ):
        said[was.user_id, was.about].append(was)
    return said


def _settles(was: Message, one: Reminder) -> bool:
    """Tell whether after an earlier message another one need not be said."""
    heard = was.acknowledged_at is not None and was.step.startswith(AFTER)
    return was.step == one.step or (heard and repeats(one.step))


def _message(one: Reminder, *, at: datetime) -> Message:
    here = at.astimezone(get_default_timezone())
    digest = next_digest(here, digest_at=settings.MESSAGE_DIGEST_AT)
    return Message(
        user=one.user,
        about=one.about,
        step=one.step,
        contract_number=one.contract_number,
        template=one.template,
        params=dict(one.params),
        url=one.url,
        due_at=one.due_at,
        urgent=one.urgent,
        made_at=at,
        next_try_at=at if one.urgent else digest,
    )


def _about(keys: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for key in keys:
        found |= Q(about=key) | Q(about__startswith=f"{key}:")
    return found


# --- Read ------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def acknowledge(message: Message, *, by: User, at: datetime) -> None:
    """Note that the person has read a message. Once more changes nothing.

    Raises MessageRefused if it is somebody else's.
    """
    if message.user_id != by.pk:
        raise MessageRefused(_("This message is somebody else's."))
    Message.objects.filter(WAITING, pk=message.pk).update(acknowledged_at=at)


@transaction.atomic(durable=True)
def acknowledge_all(*, by: User, up_to: int, at: datetime) -> int:
    """Note that a person has read all that waits, and return how much that was.

    `up_to` is the key of the newest that was there to be read: what has come since
    goes on waiting.
    """
    waiting = Message.objects.waiting(by).filter(pk__lte=up_to)
    return waiting.update(acknowledged_at=at)


@transaction.atomic(durable=True)
def set_mail_address(person: User, address: str) -> None:
    """Have a person's reminders mailed there; nowhere for ""."""
    person.email = address
    person.save(update_fields=["email"])


# --- Delivered -------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def deliver_in_app(*, at: datetime) -> int:
    """Record what waits on its reader's page of messages; return how much is new there.

    What somebody has acknowledged before needs no other proof that it came.
    """
    shown = Delivery.objects.filter(message=OuterRef("pk"), channel=Channel.IN_APP)
    fresh = Message.objects.filter(WAITING, ~Exists(shown)).order_by("pk")
    new = list(fresh[:BATCH])
    _record(new, Channel.IN_APP, DeliveryOutcome.SENT, at=at)
    return len(new)


def deliver_mail(*, at: datetime) -> int:
    """Send each person what they are owed by mail, in one mail; return how many went.

    A mail that fails is tried again after growing pauses and keeps none of the others.
    Whoever is killed between sending and recording will send that one mail again.
    """
    if not settings.MESSAGE_BY_MAIL:
        return 0
    owed = Message.objects.owed_by_mail(at)
    people = User.objects.filter(pk__in=owed.values("user")).order_by("pk")
    return sum(_mail(person, at=at) for person in people)


def _mail(person: User, *, at: datetime) -> bool:
    found = _claim(person, at=at)
    if not found:
        return False
    try:
        _compose(person, found).send()
    except Exception as error:  # whatever the way of mail raises, the others get theirs
        log.warning("mail failed", user=person.pk, error=_named(error))
        _record_mail(found, DeliveryOutcome.FAILED, detail=_named(error), at=at)
        return False
    _record_mail(found, DeliveryOutcome.SENT, at=at)
    return True


@transaction.atomic(durable=True)
def _claim(person: User, *, at: datetime) -> list[Message]:
    """Return what a person is owed by mail and nobody else is sending.

    The try is counted and the next one put off before anything is sent: nobody waits
    for a lock as long as a mail server takes.
    """
    owed = Message.objects.owed_by_mail(at).filter(user=person)
    found = list(
        owed.order_by(
            "-urgent", F("due_at").asc(nulls_last=True), "pk"
        ).select_for_update(of=("self",), skip_locked=True)
    )
    for message in found:
        message.tries += 1
        message.next_try_at = at + wait_after(message.tries)
    Message.objects.bulk_update(found, ["tries", "next_try_at"])
    return found


@transaction.atomic(durable=True)
def _record_mail(
    found: Collection[Message],
    outcome: DeliveryOutcome,
    *,
    at: datetime,
    detail: str = "",
) -> None:
    if outcome == DeliveryOutcome.SENT:
        keys = [message.pk for message in found]
        Message.objects.filter(pk__in=keys).update(mailed_at=at)
    _record(found, Channel.MAIL, outcome, detail=detail, at=at)


def _record(
    found: Iterable[Message],
    channel: Channel,
    outcome: DeliveryOutcome,
    *,
    at: datetime,
    detail: str = "",
) -> None:
    Delivery.objects.bulk_create(
        [
            Delivery(
                message=message, channel=channel, at=at, outcome=outcome, detail=detail
            )
            for message in found
        ],
        # Somebody beside us was first, or was killed between sending and recording.
        ignore_conflicts=True,
    )


def _compose(person: User, found: Collection[Message]) -> EmailMessage:
    """Write the mail in the language of the house: a mail knows no cookie."""
    with translation.override(settings.LANGUAGE_CODE):
        urgent = any(message.urgent for message in found)
        subject = ngettext(
            "%(count)d message waits for you",
            "%(count)d messages wait for you",
            len(found),
        ) % {"count": len(found)}
        if urgent:
            subject = _("Urgent: %(subject)s") % {"subject": subject}
        body = render_to_string(
            "accounts/mail.txt",
            {"person": person, "found": found, "site": settings.SITE_URL},
        )
    return EmailMessage(subject, body, to=[person.email])


def _named(error: Exception) -> str:
    """Return what went wrong, without the address that a mail server repeats."""
    code = f" {error.smtp_code}" if isinstance(error, SMTPResponseException) else ""
    return f"{type(error).__name__}{code}"
