"""Orders that cannot wait: rung, acknowledged, climbed; and those pressed to answer."""

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from contracts.models import Contract

from .case import Case, UrgingLevel, with_units_of
from .reference import Unit


class Rung(models.IntegerChoices):
    """Who has to acknowledge an alarm; who does not leaves it to the next."""

    DESK = 0, _("the desk")
    MANAGER = 1, _("the project manager")
    PARTY_A = 2, _("Party A's supervisor")
    LEADER = 3, _("Party A's leader")


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(case__contract=contract)

    def seen_by(self, user: Any, role: str) -> Self:
        """Keep what a person may see in their role: a unit that of its own orders."""
        if role != Role.UNIT:
            return self
        return self.filter(with_units_of(user, "case__"))

    def ringing(self) -> Self:
        """Keep those that nobody has acknowledged yet."""
        return self.filter(acknowledged_at=None, ended_at=None)

    def tracked(self) -> Self:
        """Keep those of orders that are not finished yet (第二条 2: 跟踪反馈)."""
        return self.filter(ended_at=None)


class Alarm(models.Model):
    """An urgent order (第二条 2): why it is one, who was told, who has it in hand."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="alarms", verbose_name=_("work order")
    )
    cause = models.CharField(_("cause"), max_length=120)
    rung = models.PositiveSmallIntegerField(_("told"), choices=Rung, default=Rung.DESK)
    raised_at = models.DateTimeField(_("raised at"))
    climbed_at = models.DateTimeField(_("told at"))
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    followed_up_at = models.DateTimeField(_("followed up at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(ended_at=None),
                name="alarm_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(rung__in=Rung.values), name="alarm_rung_is_known"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alarm_is_acknowledged_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.cause}"


class UrgingKind(models.TextChoices):
    URGING = "urging", _("Urging")
    SUPERVISION = "supervision", _("Supervision")


class UrgingQuerySet(models.QuerySet["Urging"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def seen_by(self, user: Any, role: str) -> Self:
        """Keep what a person may see in their role: a unit that of its own orders."""
        if role != Role.UNIT:
            return self
        return self.filter(with_units_of(user, "case__"))

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def unanswered(self) -> Self:
        return self.filter(answered_at=None)


class Urging(models.Model):
    """Somebody was pressed to answer: when, by whom, and when they read and answered it.

    Numbered, so that it can be printed（催办单、督办单）.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, related_name="urgings", verbose_name=_("work order")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=UrgingKind)
    level = models.CharField(_("level"), max_length=12, choices=UrgingLevel)
    serial = models.PositiveIntegerField(_("serial number"))
    year = models.PositiveSmallIntegerField(_("year"))
    attempt = models.PositiveSmallIntegerField(_("handling it is of"), default=1)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("sent to"),
    )
    text = models.TextField(_("text"), max_length=4000)
    channel = models.CharField(_("way"), max_length=40, blank=True)
    leader = models.CharField(_("instructed by"), max_length=60, blank=True)
    answer_by = models.DateTimeField(_("answer by"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("sent by"),
    )
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("read by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = UrgingQuerySet.as_manager()

    class Meta:
        verbose_name = _("urging")
        verbose_name_plural = _("urgings")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "year", "serial"],
                name="urging_one_a_number",
            ),
            # The clock presses once for each step of each handling.
            models.UniqueConstraint(
                fields=["case", "attempt", "level"],
                condition=Q(level__in=["half", "near", "last", "overdue"]),
                name="urging_one_a_step",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=UrgingKind.values), name="urging_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=UrgingLevel.values), name="urging_level_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "-sent_at", "-id"], name="urging_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("cases:urging", args=[self.contract.number, self.pk])

    @property
    def number(self) -> str:
        """The number as it is printed: year and serial."""
        return f"〔{self.year}〕{self.serial}"
