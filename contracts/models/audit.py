"""What proves the rest: who did what, and seals over it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Ledger

from .contract import Contract


def subject_of(record: models.Model) -> str:
    """Return what audit entries call a record."""
    return f"{record._meta.label_lower}:{record.pk}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def about(self, record: models.Model) -> Self:
        return self.filter(subject=subject_of(record))


class AuditEntry(Ledger):
    """A step somebody took, or the program took when `by` is empty."""

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("contract"),
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    subject = models.CharField(_("subject"), max_length=80)
    was = models.CharField(_("was"), max_length=40, blank=True)
    became = models.CharField(_("became"), max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.subject} {self.was} → {self.became}"


class SealQuerySet(models.QuerySet["Seal"]):
    def of_table(self, table: str) -> Self:
        return self.filter(table=table).order_by("pk")


class Seal(Ledger):
    """The keyed digest of all rows of a ledger since the last seal, and of that seal.

    `digest` covers the whole rows; `tags` holds, for every row in order, its id and a
    short keyed digest of it (8 bytes each), so that a seal that no longer fits can
    name the rows that do not. `columns` are those that counted when it was made.
    """

    table = models.CharField(_("ledger"), max_length=63)
    previous = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        related_name="next",
        verbose_name=_("previous"),
    )
    columns = models.JSONField(_("columns"))
    first_id = models.BigIntegerField(_("first row"))
    last_id = models.BigIntegerField(_("last row"))
    rows = models.PositiveIntegerField(_("rows"))
    tags = models.BinaryField()
    digest = models.CharField(_("digest"), max_length=64)
    at = models.DateTimeField(_("at"))

    objects = SealQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["table"],
                condition=models.Q(previous=None),
                name="seal_chain_has_one_beginning",
            ),
        ]
        indexes = [models.Index(fields=["table", "-id"])]

    def __str__(self) -> str:
        return f"{self.table} {self.digest[:12]}"
