"""What Party A has found of each period's work."""

from typing import ClassVar, Self
from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import APPEND_ONLY, Ledger
from contracts.models import AssessmentPeriod, Clause, Contract

from .rules import Outcome

#: What a row of one table alone cannot say of what it points at.
BELONGS_TOGETHER = pgtrigger.Trigger(
    name="belongs_together",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT FROM contracts_assessmentperiod
            WHERE id = NEW.period_id AND contract_id = NEW.contract_id
        ) OR EXISTS (
            SELECT FROM contracts_clause
            WHERE id = NEW.clause_id AND contract_id <> NEW.contract_id
        ) OR EXISTS (
            SELECT FROM kpi_verdict
            WHERE id = NEW.corrects_id AND period_id <> NEW.period_id
        ) THEN
            RAISE EXCEPTION 'verdict_belongs_to_one_contract_and_period'
            USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class VerdictQuerySet(models.QuerySet["Verdict"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def standing(self) -> Self:
        """Leave out what a later verdict has corrected."""
        return self.filter(correction=None)


class Verdict(Ledger):
    """Party A's decision whether a period's agreed work was done (第八条2).

    Append-only. One that was wrong is corrected by a later one that names it; what
    stands of a period is the last of that chain.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="verdicts", verbose_name=_("contract")
    )
    period = models.ForeignKey(
        AssessmentPeriod,
        models.PROTECT,
        related_name="verdicts",
        verbose_name=_("assessment period"),
    )
    fulfilled = models.BooleanField(_("fulfilled"))
    reason = models.TextField(_("reason"), blank=True)
    clause = models.ForeignKey(
        Clause,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("clause"),
    )
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="correction",
        verbose_name=_("corrects"),
    )
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("decided by"),
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = VerdictQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        triggers: ClassVar = [APPEND_ONLY, BELONGS_TOGETHER]
        constraints: ClassVar = [
            # With one correction a verdict at most, one stands of each period.
            models.UniqueConstraint(
                fields=["period"],
                condition=Q(corrects=None),
                name="verdict_one_a_period",
            ),
            models.CheckConstraint(
                condition=Q(fulfilled=True) | Q(clause__isnull=False) & ~Q(reason=""),
                name="verdict_of_failure_says_why",
            ),
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(reason=""),
                name="verdict_correction_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(corrects=F("id")),
                name="verdict_corrects_an_earlier_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.outcome}"

    @property
    def outcome(self) -> Outcome:
        return Outcome.FULFILLED if self.fulfilled else Outcome.NOT_FULFILLED
