"""What Party A has accepted, and what not: on a day, item by item."""

from typing import ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import Ledger

from .clause import Clause
from .contract import Contract
from .fields import paper, person
from .obligation import Due


class AcceptanceKind(models.TextChoices):
    TEAM = "team", pgettext("acceptance", "Team")
    TRAINING = "training", pgettext("acceptance", "Training")
    RECTIFICATION = "rectification", pgettext("acceptance", "Rectification")
    HANDOVER = "handover", pgettext("acceptance", "Handover")


class Result(models.TextChoices):
    PASSED = "passed", pgettext("acceptance", "Passed")
    CONDITIONAL = "conditional", pgettext("acceptance", "Passed with conditions")
    REFUSED = "refused", pgettext("acceptance", "Refused")


class AcceptanceQuerySet(models.QuerySet["Acceptance"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def standing(self) -> Self:
        """Leave out what was accepted or refused again later."""
        return self.filter(again=None)

    def passed(self) -> Self:
        return self.filter(result__in=[Result.PASSED, Result.CONDITIONAL])


class Acceptance(Ledger):
    """The record of one acceptance (五（一）1、六（一）1 and 2、六（二）12). Final once made.

    What was refused is put forward again: a new record that names this one.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="acceptances", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="acceptances", verbose_name=_("clause")
    )
    serial = models.PositiveSmallIntegerField(_("number"), editable=False)
    kind = models.CharField(_("of what"), max_length=14, choices=AcceptanceKind)
    title = models.CharField(_("title"), max_length=80)
    due = models.ForeignKey(
        Due,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="acceptances",
        verbose_name=_("due that this accepts"),
    )
    held_on = models.DateField(_("held on"))
    members = models.CharField(_("who took part"), max_length=200)
    result = models.CharField(_("result"), max_length=12, choices=Result)
    conditions = models.TextField(
        _("conditions or reasons"), max_length=2000, blank=True
    )
    again_by = models.DateField(_("to be put right by"), null=True, blank=True)
    scan = paper(_("signed record"))
    repeats = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="again",
        verbose_name=_("again after"),
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))

    objects = AcceptanceQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering: ClassVar = ["-serial"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contract", "serial"], name="acceptance_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AcceptanceKind.values),
                name="acceptance_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(result__in=Result.values),
                name="acceptance_result_is_known",
            ),
            models.CheckConstraint(
                condition=Q(result=Result.PASSED) | ~Q(conditions=""),
                name="acceptance_says_what_is_missing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:acceptance", args=[self.contract.number, self.pk])


class AcceptanceItem(Ledger):
    """One thing that was looked at, and what was found."""

    acceptance = models.ForeignKey(
        Acceptance,
        models.PROTECT,
        related_name="items",
        verbose_name=_("acceptance"),
    )
    what = models.CharField(_("item"), max_length=120)
    passed = models.BooleanField(_("passed"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta(Ledger.Meta):
        verbose_name = _("item of an acceptance")
        verbose_name_plural = _("items of acceptances")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.what
