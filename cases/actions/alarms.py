"""The urgent flow（紧急流转）: raised by hand, acknowledged, followed up, ended."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.messages import owe, withdraw
from accounts.models import User
from accounts.templatetags.frame import moment
from cases import reminders
from cases.models import Alarm, Case, EntryKind, Rung
from cases.rules.values import mask_text
from contracts.models import TransitionRefused

from .lines import write, written

CAUSE = 120


@transaction.atomic(durable=True)
def alarm(
    case: Case, *, cause: str, said: str, told: str, token: UUID, by: User, at: datetime
) -> None:
    """Put an order into the urgent flow by hand: what was said, and who was told.

    The desk, the project manager and Party A hear of it at once. The same `token`
    again is the same form sent twice. Raises TransitionRefused for an order that is
    finished, or in the urgent flow already.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("A finished order needs no alarm."))
    if Alarm.objects.tracked().filter(case=case).exists():
        raise TransitionRefused(
            _("The order is in the urgent flow already. Write what you did about it.")
        )
    because = mask_text(cause)[:CAUSE]
    Case.objects.filter(pk=case.pk).update(urgent_because=because)
    raised = Alarm.objects.create(
        case=case, cause=because, rung=Rung.PARTY_A, raised_at=at, climbed_at=at
    )
    text = "\n".join(part for part in (cause, said, told) if part)
    write(case, EntryKind.ALARMED, token=token, by=by, at=at, text=text)
    owe(reminders.of_alarms(case.contract, [raised]), at=at)


@transaction.atomic(durable=True)
def acknowledge(alarm: Alarm, *, by: User, at: datetime) -> None:
    """Take an urgent order in hand, so that its alarm climbs no further.

    Raises TransitionRefused where somebody else was first, and says who.
    """
    mine = Alarm.objects.ringing().filter(pk=alarm.pk)
    if not mine.update(acknowledged_at=at, acknowledged_by=by):
        alarm.refresh_from_db()
        if alarm.acknowledged_at is None:
            raise TransitionRefused(_("The order is finished; its alarm has ended."))
        raise TransitionRefused(
            _("%(who)s acknowledged this at %(at)s.")
            % {"who": alarm.acknowledged_by, "at": moment(alarm.acknowledged_at)}
        )
    write(alarm.case, EntryKind.ACKNOWLEDGED, token=None, by=by, at=at)
    withdraw(reminders.about_alarm(alarm), at=at)


@transaction.atomic(durable=True)
def follow_up(
    case: Case,
    *,
    text: str,
    happened_at: datetime,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Note what has been done about an order meanwhile（跟踪反馈）. Changes no status.

    The same `token` again is the same note sent twice. Raises TransitionRefused once
    the order is finished.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if not locked.is_open:
        raise TransitionRefused(_("The order is finished; nothing is followed up."))
    tracked = Alarm.objects.tracked().filter(case=case, raised_at__lte=at)
    tracked.update(followed_up_at=at)
    write(
        case,
        EntryKind.FOLLOWED_UP,
        token=token,
        by=by,
        at=at,
        happened_at=happened_at,
        text=text,
    )


def followed_up(case: Case) -> bool:
    """Say whether an order may be closed as far as its alarm goes.

    Where there is one, somebody has to have noted what was done since it was raised.
    """
    return not Alarm.objects.tracked().filter(case=case, followed_up_at=None).exists()


def end_alarm(case: Case, *, at: datetime) -> None:
    """End the alarm of an order that is finished, in the caller's transaction."""
    for one in Alarm.objects.tracked().filter(case=case):
        Alarm.objects.filter(pk=one.pk).update(ended_at=at)
        withdraw(reminders.about_alarm(one), at=at)
