"""The end of a contract before its time, or at it. Nothing ends by itself."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.roles import PARTY_B, Role

from .clause import Clause
from .contract import Contract
from .fields import money, paper, person
from .notice import Notice
from .workflow import Workflow


class TerminationRoute(models.TextChoices):
    EXPIRY = "expiry", _("Expiry of the term")
    AGREEMENT = "agreement", _("Agreement of both parties")
    IMMEDIATE = "immediate", _("At once, on one of six grounds")
    THREE_MONTHS = "three_months", _("Three months running not fulfilled")
    CALLOUT_REFUSED = "callout_refused", _("Callout not followed")
    POLICY = "policy", _("Reform or change of policy")


class TerminationStatus(models.TextChoices):
    DRAFT = "draft", pgettext("termination", "Draft")
    PROPOSED = "proposed", pgettext("termination", "Proposed")
    APPROVED = "approved", pgettext("termination", "Approved")
    NOTIFIED = "notified", pgettext("termination", "Notice served")
    CARRIED_OUT = "carried_out", pgettext("termination", "Carried out")
    WITHDRAWN = "withdrawn", pgettext("termination", "Withdrawn")


#: From here on both parties know of it.
KNOWN_TO_B = (TerminationStatus.NOTIFIED, TerminationStatus.CARRIED_OUT)
DECIDED = (TerminationStatus.APPROVED, *KNOWN_TO_B)


class TerminationQuerySet(models.QuerySet["Termination"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def visible_to(self, role: Role) -> Self:
        """Show Party B only what it has been notified of."""
        return self.filter(notice__isnull=False) if role in PARTY_B else self


@pghistory.track()
class Termination(Workflow):
    """A termination that is being considered, decided or carried out (八 2、八 3、十二（二）).

    `figures` are those of the day it was approved, frozen; amounts in CNY.
    """

    NEXT: ClassVar = {
        TerminationStatus.DRAFT: {
            TerminationStatus.PROPOSED,
            TerminationStatus.WITHDRAWN,
        },
        TerminationStatus.PROPOSED: {
            TerminationStatus.DRAFT,
            TerminationStatus.APPROVED,
            TerminationStatus.WITHDRAWN,
        },
        TerminationStatus.APPROVED: {
            TerminationStatus.NOTIFIED,
            TerminationStatus.WITHDRAWN,
        },
        TerminationStatus.NOTIFIED: {
            TerminationStatus.CARRIED_OUT,
            TerminationStatus.WITHDRAWN,
        },
    }

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="terminations",
        verbose_name=_("contract"),
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=TerminationStatus,
        default=TerminationStatus.DRAFT,
        editable=False,
    )
    route = models.CharField(_("route"), max_length=16, choices=TerminationRoute)
    clause = models.ForeignKey(
        Clause,
        models.PROTECT,
        related_name="terminations",
        verbose_name=_("clause or ground"),
    )
    reason = models.TextField(_("reason"), max_length=4000)
    ends_on = models.DateField(_("last day of service"))
    paid = money(_("paid so far (CNY)"), default=0)
    deducted = money(_("deductions not taken yet (CNY)"), default=0)
    damage = money(_("damage beyond the penalty (CNY)"), default=0)
    agreed = money(_("agreed balance to Party B (CNY)"), null=True, blank=True)
    figures_note = models.CharField(_("where the figures are from"), max_length=200)
    evidence = paper(_("evidence"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = person(_("drafted by"))
    proposed_by = person(_("proposed by"), null=True, editable=False)
    proposed_at = models.DateTimeField(_("proposed at"), null=True, editable=False)
    approved_by = person(_("approved by"), null=True, editable=False)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    figures = models.JSONField(_("figures"), null=True, editable=False)
    notice = models.OneToOneField(
        Notice,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="termination",
        verbose_name=_("notice"),
    )

    objects = TerminationQuerySet.as_manager()

    class Meta:
        verbose_name = _("termination")
        verbose_name_plural = _("terminations")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=TerminationStatus.values),
                name="termination_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(route__in=TerminationRoute.values),
                name="termination_route_is_known",
            ),
            models.CheckConstraint(
                condition=Q(paid__gte=0, deducted__gte=0, damage__gte=0),
                name="termination_sums_are_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=DECIDED)
                | Q(
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                    proposed_by__isnull=False,
                    figures__isnull=False,
                ),
                name="termination_is_approved_with_its_figures",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("proposed_by"))
                & ~Q(approved_by=F("drafted_by")),
                name="termination_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=KNOWN_TO_B) | Q(notice__isnull=False),
                name="termination_is_known_by_notice",
            ),
            models.UniqueConstraint(
                fields=["contract"],
                condition=Q(status__in=DECIDED),
                name="termination_one_decided_a_contract",
            ),
        ]

    def __str__(self) -> str:
        return str(self.ends_on)

    def get_absolute_url(self) -> str:
        return reverse("billing:termination", args=[self.contract.number, self.pk])
