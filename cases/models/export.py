"""The ledger going out: Party A's formats, permits for personal data, files made."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contracts.models import Contract, Workflow


class LedgerTemplateQuerySet(models.QuerySet["LedgerTemplate"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def offered(self) -> Self:
        return self.filter(retired_at=None)


class LedgerTemplate(models.Model):
    """Party A's format of the ledger: a workbook with placeholders, version by version."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    name = models.CharField(_("name"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    file = models.FileField(_("file"), upload_to="templates/%Y/%m")
    digest = models.CharField(_("SHA-256"), max_length=64)
    sheet = models.CharField(_("sheet"), max_length=60)
    row = models.PositiveIntegerField(_("row of the placeholders"))
    columns = models.JSONField(_("columns"), default=list)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    retired_at = models.DateTimeField(_("no longer offered from"), null=True)

    objects = LedgerTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger format")
        verbose_name_plural = _("ledger formats")
        ordering: ClassVar = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name", "version"],
                name="ledger_template_one_a_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("cases:ledger-template", args=[self.contract.number, self.pk])


class PermitStatus(models.TextChoices):
    ASKED = "asked", _("Asked")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")


class PermitQuerySet(models.QuerySet["Permit"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def held_by(self, user: User, at: datetime) -> Self:
        """Keep what a person was granted and may still use."""
        return self.filter(
            asked_by=user, status=PermitStatus.GRANTED, valid_until__gt=at
        )


class Permit(Workflow):
    """Leave to take personal data out of the product, given by Party A (第十条 3)."""

    NEXT: ClassVar = {
        PermitStatus.ASKED: {PermitStatus.GRANTED, PermitStatus.REFUSED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=PermitStatus,
        default=PermitStatus.ASKED,
        editable=False,
    )
    purpose = models.TextField(_("purpose"), max_length=1000)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    answer = models.CharField(_("answer"), max_length=400, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)

    objects = PermitQuerySet.as_manager()

    class Meta:
        verbose_name = _("export permit")
        verbose_name_plural = _("export permits")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PermitStatus.values),
                name="permit_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
                name="permit_is_given_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status="granted") | Q(valid_until__isnull=False),
                name="permit_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by} {self.asked_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("cases:permit", args=[self.contract.number, self.pk])


class ExportStatus(models.TextChoices):
    OWED = "owed", _("Being made")
    MADE = "made", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class ExportQuerySet(models.QuerySet["Export"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def owed(self) -> Self:
        return self.filter(status=ExportStatus.OWED)

    def stale(self, at: datetime) -> Self:
        """Keep those whose file is to be deleted, or should have been."""
        return self.filter(
            Q(status=ExportStatus.MADE, expires_at__lte=at)
            | Q(status=ExportStatus.EXPIRED, file__gt="")
        )


class Export(Workflow):
    """The ledger as somebody saw it on the screen, as a file that is kept for a while."""

    NEXT: ClassVar = {
        ExportStatus.OWED: {
            ExportStatus.MADE,
            ExportStatus.FAILED,
            ExportStatus.CANCELLED,
        },
        ExportStatus.MADE: {ExportStatus.EXPIRED},
        ExportStatus.FAILED: {ExportStatus.OWED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ExportStatus,
        default=ExportStatus.OWED,
        editable=False,
    )
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    columns = ArrayField(
        models.CharField(max_length=30), default=list, verbose_name=_("columns")
    )
    language = models.CharField(max_length=10, default="zh-hans")
    template = models.ForeignKey(
        LedgerTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ledger format"),
    )
    permit = models.ForeignKey(
        Permit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exports",
        verbose_name=_("export permit"),
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    asked_at = models.DateTimeField(_("as of"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("asked by"),
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    file = models.FileField(_("file"), upload_to="exports/%Y/%m", blank=True)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    rows = models.PositiveIntegerField(_("rows"), null=True, blank=True)
    complete = models.PositiveIntegerField(_("whole rows"), null=True, blank=True)
    late = models.PositiveIntegerField(_("rows recorded late"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    failure = models.CharField(_("why it failed"), max_length=400, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=ExportStatus.values),
                name="export_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="made")
                | (~Q(digest="") & Q(expires_at__isnull=False)),
                name="export_is_made_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M} {self.asked_by}"

    def get_absolute_url(self) -> str:
        return reverse("cases:export", args=[self.contract.number, self.pk])
