"""Reminders to people, and every try to deliver one."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import PARTY_A
from accounts.rules import MOST_TRIES, ONE_DAY, quiet

from .ledger import Ledger
from .person import User

WAITING = Q(acknowledged_at=None, withdrawn_at=None)
#: Far enough for what waits to come before all that does not.
CENTURY = 36_525 * ONE_DAY


class MessageState(models.TextChoices):
    """What has become of a message; told from its moments, never stored."""

    WAITING = "waiting", pgettext_lazy("message", "Waiting")
    ACKNOWLEDGED = "acknowledged", pgettext_lazy("message", "Acknowledged")
    WITHDRAWN = "withdrawn", pgettext_lazy("message", "Withdrawn")


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, user: User) -> Self:
        """Keep a person's own, but for contracts on which they have no role any more."""
        return self.filter(user=user)._of_those_concerned()

    def waiting(self, user: User) -> Self:
        return self.of(user).filter(WAITING)

    def with_place(self) -> Self:
        """Annotate each with `place`, a moment: what waits lies after all the rest."""
        return self.annotate(
            place=Case(
                When(WAITING, then=F("made_at") + Value(CENTURY)), default=F("made_at")
            )
        )

    def owed_by_mail(self, at: datetime) -> Self:
        """Keep what is to be mailed by now.

        What is urgent at any hour; the rest from the hour of the daily mail until the
        quiet hours, and only to those who have had no other daily mail today.
        """
        owed = (
            self.filter(
                WAITING,
                mailed_at=None,
                next_try_at__lte=at,
                tries__lt=MOST_TRIES,
                user__is_active=True,
            )
            .exclude(user__email="")
            ._of_those_concerned()
        )
        here = at.astimezone(get_default_timezone())
        early = here.time() < settings.MESSAGE_DIGEST_AT
        if early or quiet(
            here, starts=settings.MESSAGE_QUIET_FROM, ends=settings.MESSAGE_QUIET_UNTIL
        ):
            return owed.filter(urgent=True)
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        had_theirs = Message.objects.filter(
            user=OuterRef("user"), urgent=False, mailed_at__gte=midnight
        )
        return owed.filter(Q(urgent=True) | ~Exists(had_theirs))

    def _of_those_concerned(self) -> Self:
        """Leave out what is about a contract that the person may not look into, now."""
        cleared = Q(memberships__cleared_at__isnull=False) | Q(
            memberships__role__in=sorted(PARTY_A)
        )
        has_role = User.objects.filter(
            cleared,
            pk=OuterRef("user"),
            memberships__contract__number=OuterRef("contract_number"),
        )
        return self.filter(Q(contract_number="") | Exists(has_role))


class Message(models.Model):
    """A reminder owed to a person: that something is due, or what has come of it.

    A courtesy, and never a notice in the sense of the contract. It is written in the
    reader's language when it is read: `template` is a message id, `params` fills it.
    """

    user = models.ForeignKey(
        User, models.PROTECT, related_name="messages", verbose_name=_("person")
    )
    #: What it is about, as a key of the app that planned it: "contracts.due:12".
    about = models.CharField(max_length=100)
    #: How far that is: "before_3", "at", "after_1".
    step = models.CharField(max_length=20)
    contract_number = models.CharField(
        _("contract number"), max_length=60, blank=True, editable=False
    )
    template = models.CharField(max_length=200)
    params = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    urgent = models.BooleanField(_("urgent"), default=False)
    made_at = models.DateTimeField(_("made at"))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    #: When what it was about was settled, or a later step took its place.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)
    next_try_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()
    place: datetime  # only after with_place()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "about", "step"], name="message_once_a_step"
            ),
            models.CheckConstraint(
                condition=Q(url__startswith="/") & ~Q(url__startswith="//"),
                name="message_leads_to_a_page_of_ours",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(withdrawn_at=None),
                name="message_is_over_in_one_way",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], name="message_waiting", condition=WAITING),
            models.Index(
                fields=["next_try_at"],
                name="message_to_mail",
                condition=WAITING & Q(mailed_at=None),
            ),
            models.Index(
                fields=["about"],
                opclasses=["varchar_pattern_ops"],  # sought by its beginning too
                name="message_by_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.about} {self.step}"

    @property
    def text(self) -> str:
        return str(gettext(self.template) % self.params)

    @property
    def state(self) -> MessageState:
        if self.withdrawn_at:
            return MessageState.WITHDRAWN
        if self.acknowledged_at:
            return MessageState.ACKNOWLEDGED
        return MessageState.WAITING


class Channel(models.TextChoices):
    IN_APP = "in_app", _("On the page of messages")
    MAIL = "mail", _("By mail")


class DeliveryOutcome(models.TextChoices):
    SENT = "sent", pgettext_lazy("delivery", "Sent")
    FAILED = "failed", pgettext_lazy("delivery", "Failed")


class Delivery(Ledger):
    """One try to bring a message to its reader, and what came of it."""

    message = models.ForeignKey(
        Message, models.PROTECT, related_name="deliveries", verbose_name=_("message")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    at = models.DateTimeField(_("at"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=DeliveryOutcome)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta(Ledger.Meta):
        verbose_name = _("delivery of a message")
        verbose_name_plural = _("deliveries of messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values),
                name="delivery_channel_is_known",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=DeliveryOutcome.values),
                name="delivery_outcome_is_known",
            ),
            models.UniqueConstraint(
                fields=["message", "channel"],
                condition=Q(outcome=DeliveryOutcome.SENT),
                name="delivery_once_a_channel",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message} {self.get_channel_display()}"
