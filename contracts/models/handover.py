"""Giving everything back at the end (六（二）12、十 5): line by line, and as one package."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .clause import Clause
from .contract import Contract
from .fields import paper, person
from .obligation import Due
from .workflow import Workflow


class LineKind(models.TextChoices):
    LEDGER = "ledger", pgettext("handover", "Ledger")
    DATA = "data", pgettext("handover", "Data and files")
    PAPER = "paper", pgettext("handover", "Papers")
    SECRET = "secret", pgettext("handover", "Confidential material")
    ASSET = "asset", pgettext("handover", "Asset")
    PREMISES = "premises", pgettext("handover", "Premises")


class LineStatus(models.TextChoices):
    OPEN = "open", pgettext("handover", "To be handed over")
    HANDED_OVER = "handed_over", pgettext("handover", "Handed over")
    ACCEPTED = "accepted", pgettext("handover", "Accepted")
    REFUSED = "refused", pgettext("handover", "Refused")


class HandoverLineQuerySet(models.QuerySet["HandoverLine"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class HandoverLine(Workflow):
    """One line of the handover list: given by Party B, accepted by Party A in writing."""

    NEXT: ClassVar = {
        LineStatus.OPEN: {LineStatus.HANDED_OVER},
        LineStatus.HANDED_OVER: {LineStatus.ACCEPTED, LineStatus.REFUSED},
        LineStatus.REFUSED: {LineStatus.HANDED_OVER},
    }

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="handover_lines",
        verbose_name=_("contract"),
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="handover_lines", verbose_name=_("clause")
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=LineStatus,
        default=LineStatus.OPEN,
        editable=False,
    )
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind)
    what = models.CharField(_("what"), max_length=160)
    quantity = models.CharField(_("quantity"), max_length=40, blank=True)
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    due = models.ForeignKey(
        Due,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="handover_lines",
        verbose_name=_("due"),
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    handed_over_at = models.DateTimeField(
        _("handed over at"), null=True, editable=False
    )
    handed_over_by = person(_("handed over by"), null=True, editable=False)
    handed_over_note = models.CharField(
        _("what was handed over"), max_length=200, blank=True, editable=False
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.CharField(
        _("decision"), max_length=200, blank=True, editable=False
    )

    objects = HandoverLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover line")
        verbose_name_plural = _("handover lines")
        ordering: ClassVar = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="handover_line_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(status__in=LineStatus.values),
                name="handover_line_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LineKind.values),
                name="handover_line_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status=LineStatus.ACCEPTED)
                | Q(
                    handed_over_at__isnull=False,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
                name="handover_line_is_accepted_after_it_was_given",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("handed_over_by")),
                name="handover_line_has_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


class PackageStatus(models.TextChoices):
    ASKED = "asked", pgettext("package", "Being made")
    READY = "ready", pgettext("package", "Ready")
    FAILED = "failed", pgettext("package", "Failed")


class PackageQuerySet(models.QuerySet["Package"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def owed(self) -> Self:
        return self.filter(status=PackageStatus.ASKED)


class Package(Workflow):
    """Everything about a contract in one file that can be checked without this program."""

    NEXT: ClassVar = {
        PackageStatus.ASKED: {PackageStatus.READY, PackageStatus.FAILED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="packages", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=8,
        choices=PackageStatus,
        default=PackageStatus.ASKED,
        editable=False,
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    asked_at = models.DateTimeField(_("asked for at"))
    asked_by = person(_("asked for by"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    done = models.PositiveIntegerField(_("parts done"), default=0, editable=False)
    parts = models.PositiveIntegerField(_("parts"), default=0, editable=False)
    file = models.FileField(_("file"), upload_to="packages/%Y/%m", blank=True)
    size = models.PositiveBigIntegerField(_("size (bytes)"), default=0)
    digest = models.CharField(_("SHA-256"), max_length=64, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, editable=False)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    receipt = paper(_("written acceptance"))

    objects = PackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover package")
        verbose_name_plural = _("handover packages")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PackageStatus.values),
                name="package_status_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(status=PackageStatus.READY)
                | ~Q(digest="") & Q(made_at__isnull=False),
                name="package_is_ready_with_a_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.asked_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("reports:package", args=[self.contract.number, self.pk])
