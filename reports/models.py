"""Reports that are owed, and reports that were issued, frozen."""

from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, Workflow

from .document import Document


class Kind(models.TextChoices):
    DAILY = "daily", _("Daily report")


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def active(self) -> Self:
        return self.filter(active=True)


@pghistory.track()
class Schedule(models.Model):
    """When in the day a kind of report is made, and by when it is owed (第二条 4)."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="schedules", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    issue_time = models.TimeField(_("made at"))
    due_time = models.TimeField(_("owed by"))
    owed_since = models.DateField(_("owed since"))
    active = models.BooleanField(_("in force"), default=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("report schedule")
        verbose_name_plural = _("report schedules")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind"], name="schedule_one_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="schedule_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.get_kind_display()}"


class IssueStatus(models.TextChoices):
    OWED = "owed", _("Being made")
    ISSUED = "issued", _("Issued")
    FAILED = "failed", _("Failed")


ISSUED = Q(status=IssueStatus.ISSUED)
COMPLETE = Q(issued_at__isnull=False) & ~Q(digest="")


class IssueQuerySet(models.QuerySet["Issue"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def issued(self) -> Self:
        return self.filter(ISSUED)

    def owed(self) -> Self:
        return self.filter(status=IssueStatus.OWED)


class Issue(Workflow):
    """One report, of one span, in one version. Frozen when it is issued.

    `document` is the report itself; the files are the same in other shapes.
    """

    NEXT: ClassVar = {
        IssueStatus.OWED: {IssueStatus.ISSUED, IssueStatus.FAILED},
        IssueStatus.FAILED: {IssueStatus.OWED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="issues", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    number = models.CharField(_("issue number"), max_length=40)
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=IssueStatus,
        default=IssueStatus.OWED,
        editable=False,
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    asked_at = models.DateTimeField(_("asked for at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked for by"),
    )
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    cut_at = models.DateTimeField(_("data as of"), null=True, blank=True)
    content = models.JSONField(_("content"), default=dict)
    digest = models.CharField(_("SHA-256 of the content"), max_length=64, blank=True)
    seal = models.CharField(_("newest seal"), max_length=64, blank=True)
    xlsx = models.FileField(_("workbook"), upload_to="issues/%Y/%m", blank=True)
    pdf = models.FileField(_("PDF"), upload_to="issues/%Y/%m", blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering: ClassVar = ["-day", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "day", "version"],
                name="issue_one_a_day_and_version",
            ),
            models.CheckConstraint(
                condition=Q(status__in=IssueStatus.values), name="issue_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="issue_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="issue_has_a_span"
            ),
            models.CheckConstraint(
                condition=~ISSUED | COMPLETE, name="issue_is_complete_once_issued"
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__status="issued"),
                func="""
                    RAISE EXCEPTION 'an issued report is frozen'
                    USING ERRCODE = 'restrict_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("reports:issue", args=[self.contract.number, self.pk])

    @property
    def late(self) -> bool:
        """Say whether it came after its time (第二条 4)."""
        return bool(self.due_at and self.issued_at and self.issued_at > self.due_at)

    def document(self) -> Document:
        return Document.from_json(self.content)
