"""What the contract says, clause by clause, and how its open points are read."""

from datetime import date
from typing import ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contracts.rules.readings import Readings

from .contract import Contract


class ClauseKind(models.TextChoices):
    HEADING = "heading", _("Heading")
    DUTY_OF_A = "duty_of_a", _("Duty of Party A")
    DUTY_OF_B = "duty_of_b", _("Duty of Party B")
    RIGHT_OF_A = "right_of_a", _("Right of Party A")
    RIGHT_OF_B = "right_of_b", _("Right of Party B")
    MUTUAL = "mutual", _("Both parties")
    RULE = "rule", _("Rule")


class Clause(models.Model):
    """One place in the contract, down to the item, summed up in our own words.

    `ref` is the paper's own reference, as text: its numbering has gaps and is never
    computed with.
    """

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="clauses", verbose_name=_("contract")
    )
    ref = models.CharField(_("reference"), max_length=40)
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    order = models.PositiveSmallIntegerField(_("order"))
    depth = models.PositiveSmallIntegerField(_("depth"))
    title = models.CharField(_("title"), max_length=80)
    summary = models.TextField(_("summary"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=ClauseKind)
    rules = ArrayField(
        models.CharField(max_length=4),
        default=list,
        blank=True,
        verbose_name=_("rules"),
    )

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering: ClassVar = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "ref"], name="clause_one_a_reference"
            ),
            models.UniqueConstraint(
                fields=["contract", "order"],
                name="clause_one_a_place",
                deferrable=models.Deferrable.DEFERRED,  # clauses change places at once
            ),
            models.CheckConstraint(
                condition=Q(kind__in=ClauseKind.values), name="clause_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class ReadingQuerySet(models.QuerySet["Reading"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def on(self, day: date) -> Self:
        """Keep, of each point, the reading that holds on a day."""
        return (
            self.filter(adopted_on__lte=day)
            .order_by("contract", "key", "-adopted_on")
            .distinct("contract", "key")
        )

    def in_force(self, day: date) -> Readings:
        """Return the readings that hold on a day, as the rules take them.

        A point that nobody has adopted yet holds as the product reads it by default.
        """
        return Readings.from_values(dict(self.on(day).values_list("key", "value")))


@pghistory.track()
class Reading(models.Model):
    """How one open point of the contract is read, from a day on."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="readings", verbose_name=_("contract")
    )
    key = models.CharField(_("point"), max_length=40)
    ref = models.CharField(_("reference"), max_length=40, blank=True)
    value = models.JSONField(_("reading"))
    adopted_on = models.DateField(_("adopted on"))
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("adopted by"),
    )

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "key", "adopted_on"],
                name="reading_one_a_point_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.adopted_on}"
