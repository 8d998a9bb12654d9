"""Changes to a plan that holds: leave, and shifts that change hands."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import User
from contracts.models import Contract, Workflow
from contracts.models.fields import person as who

from .person import Person
from .roster import Shift


class LeaveKind(models.TextChoices):
    PERSONAL = "personal", pgettext("leave", "Personal")
    SICK = "sick", pgettext("leave", "Sick")
    ANNUAL = "annual", pgettext("leave", "Annual")
    OTHER = "other", pgettext("leave", "Other")


class AskedStatus(models.TextChoices):
    ASKED = "asked", pgettext("roster", "Asked for")
    AGREED = "agreed", pgettext("roster", "Agreed by the other")
    GRANTED = "granted", pgettext("roster", "Granted")
    REFUSED = "refused", pgettext("roster", "Refused")
    WITHDRAWN = "withdrawn", pgettext("roster", "Withdrawn")


class LeaveQuerySet(models.QuerySet["Leave"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def waiting(self) -> Self:
        return self.filter(status=AskedStatus.ASKED)

    def own(self, user: User) -> Self:
        """Keep those of somebody's own, or that they have asked for."""
        return self.filter(Q(person__user=user) | Q(asked_by=user))


@pghistory.track()
class Leave(Workflow):
    """Time that somebody asks not to be planned for. Who grants it is somebody else."""

    NEXT: ClassVar = {
        AskedStatus.ASKED: {
            AskedStatus.GRANTED,
            AskedStatus.REFUSED,
            AskedStatus.WITHDRAWN,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="leaves", verbose_name=_("contract")
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="leaves",
        verbose_name=pgettext("staffing", "person"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LeaveKind)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    reason = models.TextField(_("reason"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=AskedStatus,
        default=AskedStatus.ASKED,
        editable=False,
    )
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = who(_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = who(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("staffing", "leave")
        verbose_name_plural = pgettext("staffing", "leaves")
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=AskedStatus.values),
                name="leave_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="leave_has_a_length"
            ),
            models.CheckConstraint(
                condition=~Q(status=AskedStatus.GRANTED)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="leave_has_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:leave", args=[self.contract.number, self.pk])


class SwapQuerySet(models.QuerySet["Swap"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def waiting(self) -> Self:
        return self.filter(status__in=(AskedStatus.ASKED, AskedStatus.AGREED))

    def own(self, user: User) -> Self:
        """Keep those of somebody's own shifts, or that they are to take or asked for."""
        mine = Q(shift__person__user=user) | Q(taker__user=user)
        return self.filter(mine | Q(asked_by=user))


@pghistory.track()
class Swap(Workflow):
    """A shift that somebody else is to work, maybe for one of theirs."""

    NEXT: ClassVar = {
        AskedStatus.ASKED: {
            AskedStatus.AGREED,
            AskedStatus.REFUSED,
            AskedStatus.WITHDRAWN,
        },
        AskedStatus.AGREED: {
            AskedStatus.GRANTED,
            AskedStatus.REFUSED,
            AskedStatus.WITHDRAWN,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="swaps", verbose_name=_("contract")
    )
    shift = models.ForeignKey(
        Shift,
        models.PROTECT,
        related_name="given_away",
        verbose_name=pgettext("staffing", "shift"),
    )
    taker = models.ForeignKey(
        Person, models.PROTECT, related_name="swaps", verbose_name=_("taken by")
    )
    in_return = models.ForeignKey(
        Shift,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="given_in_return",
        verbose_name=_("in return for"),
    )
    reason = models.TextField(_("reason"), blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=AskedStatus,
        default=AskedStatus.ASKED,
        editable=False,
    )
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = who(_("asked by"))
    agreed_at = models.DateTimeField(_("agreed at"), null=True, editable=False)
    agreed_by = who(_("agreed by"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = who(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = SwapQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("staffing", "swap")
        verbose_name_plural = pgettext("staffing", "swaps")
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=AskedStatus.values), name="swap_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(in_return=F("shift")), name="swap_is_of_two_shifts"
            ),
            models.CheckConstraint(
                condition=~Q(status=AskedStatus.GRANTED)
                | Q(decided_by__isnull=False)
                & ~Q(decided_by=F("asked_by"))
                & ~Q(decided_by=F("agreed_by")),
                name="swap_is_granted_by_a_third",
            ),
            models.UniqueConstraint(
                fields=["shift"],
                condition=Q(status__in=[AskedStatus.ASKED, AskedStatus.AGREED]),
                name="swap_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shift} → {self.taker}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:swap", args=[self.contract.number, self.pk])
