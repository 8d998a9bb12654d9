"""What an import leaves behind besides orders: what it replaced, and what to look at."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.cipher import EncryptedTextField

from .batch import Batch
from .case import Case
from .entry import Entry


class Before(models.Model):
    """What an order was before an import changed it, for the import to be undone.

    Hangs on the first line that the import wrote for the order. The ledger shows the
    same changes, but masked; here they are whole, and so encrypted.
    """

    entry = models.OneToOneField(
        Entry, models.PROTECT, primary_key=True, related_name="before"
    )
    values = EncryptedTextField(_("values"))

    class Meta:
        verbose_name = _("earlier values")
        verbose_name_plural = _("earlier values")

    def __str__(self) -> str:
        return str(self.entry_id)


class BatchCaseKind(models.TextChoices):
    """Why an order is to be looked at on account of an import."""

    VANISHED = "vanished", _("No longer in the export")
    LOCKED = "locked", _("Archived, and so not changed")
    KEPT = "kept", _("Worked on since, and so not undone")


class BatchCaseQuerySet(models.QuerySet["BatchCase"]):
    def of_kind(self, kind: BatchCaseKind) -> Self:
        return self.filter(kind=kind)


class BatchCase(models.Model):
    """An order that an import did nothing to, and that somebody may want to look at."""

    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="listed", verbose_name=_("import")
    )
    case = models.ForeignKey(
        Case, models.CASCADE, related_name="+", verbose_name=_("work order")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=BatchCaseKind)

    objects = BatchCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("order of an import")
        verbose_name_plural = _("orders of an import")
        ordering: ClassVar = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=BatchCaseKind.values),
                name="batch_case_kind_is_known",
            ),
            models.UniqueConstraint(
                fields=["batch", "case", "kind"], name="batch_case_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"
