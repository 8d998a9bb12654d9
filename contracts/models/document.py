"""Papers and files on record: what each is, its digest, and who has looked at it."""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import Ledger
from accounts.roles import MAY, PARTY_B, Role

from .clause import Clause
from .contract import Contract
from .fields import person


class DocumentKind(models.TextChoices):
    CONTRACT = "contract", _("Contract, signed copy")
    NOTICE = "notice", _("Notice, sealed scan")
    PROOF = "proof", _("Proof of service")
    REQUEST = "request", _("Written request")
    CONSENT = "consent", _("Written consent")
    EVIDENCE = "evidence", _("Evidence")
    ACCEPTANCE = "acceptance", _("Acceptance record")
    PLAN = "plan", _("Plan or roster")
    REPORT = "report", _("Report")
    AGREEMENT = "agreement", _("Agreement")
    BACKUP = "backup", _("Record of a backup")
    PERSONAL = "personal", _("File of a person")
    OTHER = "other", pgettext("document", "Other")


PERSONAL = DocumentKind.PERSONAL
#: Who may open what is in somebody's file: identity, labour contract, agreement.
KEEPS_FILES = MAY["staffing.view_people"]


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def visible_to(self, role: Role) -> Self:
        """Show Party B what is not kept to Party A; files of people to few."""
        shown = self if role in KEEPS_FILES else self.exclude(kind=PERSONAL)
        return shown.filter(only_party_a=False) if role in PARTY_B else shown

    def newest(self) -> Self:
        """Leave out what a later version has replaced."""
        return self.filter(next_version=None)


class Document(Ledger):
    """A file as it was handed in. A new version is a new row that names the old one."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="documents", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=DocumentKind)
    title = models.CharField(_("title"), max_length=120)
    clause = models.ForeignKey(
        Clause,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("clause"),
    )
    file = models.FileField(_("file"), upload_to="documents/%Y/%m", max_length=200)
    name = models.CharField(_("file name"), max_length=200)
    size = models.PositiveIntegerField(_("size (bytes)"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    replaces = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="next_version",
        verbose_name=_("replaces"),
    )
    only_party_a = models.BooleanField(_("for Party A only"), default=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = person(_("uploaded by"))

    objects = DocumentQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="document_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(version=1, replaces=None)
                | Q(version__gt=1, replaces__isnull=False),
                name="document_version_names_the_one_before",
            ),
            models.CheckConstraint(
                condition=~Q(replaces=F("pk")), name="document_replaces_another"
            ),
        ]
        indexes = [models.Index(fields=["contract", "-uploaded_at"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("contracts:document", args=[self.contract.number, self.pk])


class DocumentOpening(Ledger):
    """That somebody has opened a document (六（二）13: Party A may at any time)."""

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="openings", verbose_name=_("document")
    )
    at = models.DateTimeField(_("at"))
    by = person(_("by"))

    class Meta(Ledger.Meta):
        verbose_name = _("opening of a document")
        verbose_name_plural = _("openings of documents")

    def __str__(self) -> str:
        return f"{self.document} {self.at:%Y-%m-%d %H:%M}"
