"""Confidentiality agreements（第十条 4）and what the vendor declares from time to time."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import Ledger
from contracts.models import Contract, Document, Workflow
from contracts.models.fields import person as who


class TextStatus(models.TextChoices):
    SUBMITTED = "submitted", pgettext("agreement", "Submitted")
    APPROVED = "approved", pgettext("agreement", "Approved")
    REFUSED = "refused", pgettext("agreement", "Refused")


class AgreementTextQuerySet(models.QuerySet["AgreementText"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def approved(self) -> Self:
        """Keep the approved ones, the one that is to be signed now first."""
        return self.filter(status=TextStatus.APPROVED).order_by("-version")


@pghistory.track()
class AgreementText(Workflow):
    """A version of the agreement's wording, which Party A approves（第十条 4）."""

    NEXT: ClassVar = {TextStatus.SUBMITTED: {TextStatus.APPROVED, TextStatus.REFUSED}}

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="agreement_texts",
        verbose_name=_("contract"),
    )
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=TextStatus,
        default=TextStatus.SUBMITTED,
        editable=False,
    )
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="+", verbose_name=_("text")
    )
    changed = models.TextField(_("what is new"), blank=True)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = who(_("submitted by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = who(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)
    #: Until when everybody has to sign the new wording.
    sign_by = models.DateField(_("to be signed by"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = AgreementTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording of the agreement")
        verbose_name_plural = _("wordings of the agreement")
        ordering: ClassVar = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "version"], name="agreementtext_one_a_version"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TextStatus.values),
                name="agreementtext_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status=TextStatus.SUBMITTED)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="agreementtext_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("submitted_by")),
                name="agreementtext_has_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"V{self.version}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:agreements", args=[self.contract.number])


class Agreement(Ledger):
    """A signed copy on file. A later wording is signed on a later row."""

    person = models.ForeignKey(
        "staffing.Person",
        models.PROTECT,
        related_name="agreements",
        verbose_name=pgettext("staffing", "person"),
    )
    text = models.ForeignKey(
        AgreementText,
        models.PROTECT,
        related_name="agreements",
        verbose_name=_("wording"),
    )
    signed_on = models.DateField(_("signed on"))
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="+", verbose_name=_("signed copy")
    )
    filed_at = models.DateTimeField(_("filed at"))
    filed_by = who(_("filed by"))

    class Meta(Ledger.Meta):
        verbose_name = _("signed agreement")
        verbose_name_plural = _("signed agreements")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "text"], name="agreement_once_a_wording"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.text}"


class DeclarationKind(models.TextChoices):
    LABOUR = "labour", _("Labour contracts, wages and insurance are in order")
    NO_SUBCONTRACT = "no_subcontract", _("Nothing is passed on or subcontracted")


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


class Declaration(Ledger):
    """What the vendor declares for a while（第六条（二）7、8）."""

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="declarations",
        verbose_name=_("contract"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=DeclarationKind)
    covers_from = models.DateField(_("covers from"))
    expires_on = models.DateField(_("covers to"))
    text = models.TextField(_("remark"), blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, related_name="+", verbose_name=_("signed declaration")
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = who(_("recorded by"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = DeclarationQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering: ClassVar = ["-expires_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=DeclarationKind.values),
                name="declaration_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(covers_from__lte=F("expires_on")),
                name="declaration_covers_some_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.covers_from}"
