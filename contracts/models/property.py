"""Things and papers: what Party A has provided, what was damaged, what is archived."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .clause import Clause
from .contract import Contract, Side
from .document import Document
from .fields import money, paper, person
from .workflow import Workflow


class AssetStatus(models.TextChoices):
    IN_USE = "in_use", pgettext("asset", "In use")
    RETURNED = "returned", pgettext("asset", "Returned")
    LOST = "lost", pgettext("asset", "Lost")


class AssetQuerySet(models.QuerySet["Asset"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def in_use(self) -> Self:
        return self.filter(status=AssetStatus.IN_USE)


@pghistory.track()
class Asset(Workflow):
    """A room, a device or another thing for the service, and whose it is (六（一）6、六（二）5)."""

    NEXT: ClassVar = {
        AssetStatus.IN_USE: {AssetStatus.RETURNED, AssetStatus.LOST},
        AssetStatus.LOST: {AssetStatus.RETURNED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="assets", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="assets", verbose_name=_("clause")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=AssetStatus,
        default=AssetStatus.IN_USE,
        editable=False,
    )
    number = models.CharField(_("number"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    owner = models.CharField(_("belongs to"), max_length=1, choices=Side)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    price = money(_("price (CNY)"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    condition = models.CharField(_("condition when issued"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    returned_on = models.DateField(_("returned on"), null=True, editable=False)
    returned_condition = models.CharField(
        _("condition when returned"), max_length=200, blank=True, editable=False
    )
    paper = paper(_("signed list"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering: ClassVar = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="asset_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(status__in=AssetStatus.values), name="asset_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(owner__in=Side.values), name="asset_owner_is_known"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0, quantity__gt=0),
                name="asset_price_and_quantity_are_sane",
            ),
            models.CheckConstraint(
                condition=Q(returned_on=None) | Q(returned_on__gte=F("issued_on")),
                name="asset_returns_after_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:asset", args=[self.contract.number, self.pk])


class DamageStatus(models.TextChoices):
    REPORTED = "reported", pgettext("damage", "Reported")
    CHARGED = "charged", pgettext("damage", "To be paid by Party B")
    WEAR = "wear", pgettext("damage", "Normal wear, exempt")
    DISMISSED = "dismissed", pgettext("damage", "Not charged")


class DamageQuerySet(models.QuerySet["Damage"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def charged(self) -> Self:
        return self.filter(status=DamageStatus.CHARGED)


@pghistory.track()
class Damage(Workflow):
    """Harm to a thing of Party A's. It comes off the last payment alone (八 4)."""

    NEXT: ClassVar = {
        DamageStatus.REPORTED: {
            DamageStatus.CHARGED,
            DamageStatus.WEAR,
            DamageStatus.DISMISSED,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="damages", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="damages", verbose_name=_("clause")
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="damages", verbose_name=_("asset")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=DamageStatus,
        default=DamageStatus.REPORTED,
        editable=False,
    )
    found_on = models.DateField(_("found on"))
    what = models.TextField(_("what is damaged"), max_length=1000)
    evidence = paper(_("evidence"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))
    amount = money(_("amount (CNY)"), default=0, editable=False)
    top_up_on = models.DateField(
        _("shortfall to be topped up by"), null=True, editable=False
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)

    objects = DamageQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("asset", "damage")
        verbose_name_plural = pgettext("asset", "damages")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DamageStatus.values),
                name="damage_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status=DamageStatus.CHARGED, amount__gt=0)
                | ~Q(status=DamageStatus.CHARGED) & Q(amount=0),
                name="damage_costs_once_charged",
            ),
            models.CheckConstraint(
                condition=Q(status=DamageStatus.REPORTED)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="damage_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("recorded_by")), name="damage_has_four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.found_on}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:damage", args=[self.contract.number, self.pk])


class VolumeKind(models.TextChoices):
    PAPER = "paper", pgettext("archive", "Paper, bound")
    ELECTRONIC = "electronic", pgettext("archive", "Electronic, backed up")


class VolumeQuerySet(models.QuerySet["Volume"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Volume(models.Model):
    """A bound volume or a backed-up set of the archive, with its number (六（二）13)."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="volumes", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="volumes", verbose_name=_("clause")
    )
    number = models.CharField(_("binding number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=VolumeKind)
    title = models.CharField(_("title"), max_length=120)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    pages = models.PositiveIntegerField(_("pages or files"))
    place = models.CharField(_("where it is kept"), max_length=120)
    backup = paper(_("record of the backup"))
    documents = models.ManyToManyField(
        Document, related_name="volumes", blank=True, verbose_name=_("documents")
    )
    bound_on = models.DateField(_("bound or backed up on"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))

    objects = VolumeQuerySet.as_manager()

    class Meta:
        verbose_name = _("volume")
        verbose_name_plural = _("volumes")
        ordering: ClassVar = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="volume_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=VolumeKind.values), name="volume_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")), name="volume_has_a_span"
            ),
            models.CheckConstraint(
                condition=~Q(kind=VolumeKind.ELECTRONIC) | Q(backup__isnull=False),
                name="volume_electronic_has_a_backup",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:volume", args=[self.contract.number, self.pk])
