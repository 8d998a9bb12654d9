"""Assessment periods and payment stages: how the term and the price are cut up."""

from datetime import date
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from contracts.rules.periods import Span

from .clause import Clause
from .contract import Contract


class AssessmentPeriodQuerySet(models.QuerySet["AssessmentPeriod"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def holding(self, day: date) -> Self:
        """Keep the periods that a day falls in."""
        return self.filter(starts_on__lte=day, ends_before__gt=day)


@pghistory.track()
class AssessmentPeriod(models.Model):
    """A stretch of the term that Party A assesses as one (附件（三）1). Half-open."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="periods", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    label = models.CharField(_("label"), max_length=20)
    starts_on = models.DateField(_("starts on"))
    ends_before = models.DateField(_("ends before"))
    quarter = models.PositiveSmallIntegerField(_("quarter"))
    improvement_ends_before = models.DateField(
        _("improvement ends before"), null=True, blank=True
    )
    closed_at = models.DateTimeField(
        _("closed at"), null=True, blank=True, editable=False
    )

    objects = AssessmentPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment period")
        verbose_name_plural = _("assessment periods")
        ordering: ClassVar = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="period_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_before")),
                name="period_has_a_length",
            ),
            ExclusionConstraint(
                name="period_overlaps_none",
                expressions=[
                    ("contract", RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_before"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def span(self) -> Span:
        return Span(self.starts_on, self.ends_before)


#: What stands on the signed paper stays.
AS_SIGNED = pgtrigger.ReadOnly(
    name="as_signed",
    fields=["contract", "number", "clause", "rate", "amount", "opens_on", "target_on"],
)


@pghistory.track()
class PaymentStage(models.Model):
    """A part of the price that falls due together (五（一）). Amount in CNY."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="stages", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="+", verbose_name=_("clause")
    )
    rate = models.DecimalField(_("share of the price"), max_digits=5, decimal_places=4)
    amount = models.DecimalField(_("amount (CNY)"), max_digits=14, decimal_places=2)
    opens_on = models.DateField(_("opens on"))
    target_on = models.DateField(_("to be paid by"))
    condition = models.CharField(_("condition"), max_length=200)

    class Meta:
        verbose_name = _("payment stage")
        verbose_name_plural = _("payment stages")
        ordering: ClassVar = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="stage_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="stage_amount_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(rate__gt=0, rate__lte=1), name="stage_rate_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("target_on")),
                name="stage_opens_before_its_target",
            ),
        ]
        triggers: ClassVar = [AS_SIGNED]

    def __str__(self) -> str:
        return f"{self.contract} {self.number}"
