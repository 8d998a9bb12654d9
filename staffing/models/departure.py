"""People who leave, and people whom Party A wants replaced（第六条（一）3、（二）11）."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Contract, Notice, Workflow
from contracts.models.fields import paper as document
from contracts.models.fields import person as who
from contracts.rules.calendar import Deadline
from contracts.rules.obligations import from_plain

from .person import Person


class DepartureStatus(models.TextChoices):
    APPLIED = "applied", pgettext("departure", "Applied for")
    CONSENTED = "consented", pgettext("departure", "Consented to")
    REFUSED = "refused", pgettext("departure", "Not consented to")
    LEFT = "left", pgettext("departure", "Left")
    REFILLED = "refilled", pgettext("departure", "Refilled")
    WITHDRAWN = "withdrawn", pgettext("departure", "Withdrawn")


class DepartureQuerySet(models.QuerySet["Departure"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def running(self) -> Self:
        return self.filter(
            status__in=(
                DepartureStatus.APPLIED,
                DepartureStatus.CONSENTED,
                DepartureStatus.REFUSED,
                DepartureStatus.LEFT,
            )
        )


@pghistory.track()
class Departure(Workflow):
    """Somebody leaves: asked 15 working days before, refilled within 5 after.

    `apply_by` and `refill_by` are kept as they were counted, with the calendar as it
    stood. Whoever is gone without consent has left all the same: it is recorded so.
    """

    NEXT: ClassVar = {
        DepartureStatus.APPLIED: {
            DepartureStatus.CONSENTED,
            DepartureStatus.REFUSED,
            DepartureStatus.WITHDRAWN,
            DepartureStatus.LEFT,
        },
        DepartureStatus.CONSENTED: {DepartureStatus.LEFT, DepartureStatus.WITHDRAWN},
        DepartureStatus.REFUSED: {DepartureStatus.LEFT, DepartureStatus.WITHDRAWN},
        DepartureStatus.LEFT: {DepartureStatus.REFILLED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="departures", verbose_name=_("contract")
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="departures",
        verbose_name=pgettext("staffing", "person"),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=DepartureStatus,
        default=DepartureStatus.APPLIED,
        editable=False,
    )
    applied_on = models.DateField(_("applied for on"), null=True, blank=True)
    leaves_on = models.DateField(_("is to leave on"))
    reason = models.TextField(_("reason"))
    paper = document(_("application, scan"))
    apply_by = models.DateField(_("to be applied for by"), null=True, editable=False)
    apply_by_explained = models.JSONField(null=True, editable=False)
    applied_at = models.DateTimeField(_("recorded at"))
    applied_by = who(_("recorded by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = who(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)
    #: The day of Party A's consent; it stays when the person has left.
    consented_on = models.DateField(_("consented to on"), null=True, editable=False)
    left_on = models.DateField(_("last day on post"), null=True, editable=False)
    refill_by = models.DateField(_("to be refilled by"), null=True, editable=False)
    refill_by_explained = models.JSONField(null=True, editable=False)
    newcomer = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="refills",
        verbose_name=_("newcomer"),
    )
    refilled_on = models.DateField(_("refilled on"), null=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = _("departure")
        verbose_name_plural = _("departures")
        ordering: ClassVar = ["-leaves_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DepartureStatus.values),
                name="departure_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=~Q(status=DepartureStatus.WITHDRAWN),
                name="departure_one_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[DepartureStatus.CONSENTED, DepartureStatus.REFUSED]
                )
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="departure_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("applied_by")),
                name="departure_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=(
                    ~Q(status=DepartureStatus.CONSENTED) | Q(consented_on__isnull=False)
                )
                & (
                    ~Q(status__in=[DepartureStatus.APPLIED, DepartureStatus.REFUSED])
                    | Q(consented_on=None)
                ),
                name="departure_is_consented_to_on_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[DepartureStatus.LEFT, DepartureStatus.REFILLED]
                )
                | Q(left_on__isnull=False),
                name="departure_left_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(status=DepartureStatus.REFILLED)
                & Q(newcomer__isnull=False, refilled_on__isnull=False)
                | ~Q(status=DepartureStatus.REFILLED)
                & Q(newcomer=None, refilled_on=None),
                name="departure_is_refilled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(newcomer=F("person")),
                name="departure_is_refilled_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.leaves_on}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:departure", args=[self.contract.number, self.pk])

    @property
    def apply_deadline(self) -> Deadline | None:
        return self.apply_by_explained and from_plain(self.apply_by_explained)

    @property
    def refill_deadline(self) -> Deadline | None:
        return self.refill_by_explained and from_plain(self.refill_by_explained)


class DemandStatus(models.TextChoices):
    OPEN = "open", pgettext("replacement", "Open")
    FULFILLED = "fulfilled", pgettext("replacement", "Replaced")
    WITHDRAWN = "withdrawn", pgettext("replacement", "Withdrawn")


class DemandQuerySet(models.QuerySet["Demand"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def running(self) -> Self:
        return self.filter(status=DemandStatus.OPEN)


@pghistory.track()
class Demand(Workflow):
    """Party A wants somebody replaced: within 20 days, by somebody it approves."""

    NEXT: ClassVar = {
        DemandStatus.OPEN: {DemandStatus.FULFILLED, DemandStatus.WITHDRAWN},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="demands", verbose_name=_("contract")
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="demands",
        verbose_name=pgettext("staffing", "person"),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=DemandStatus,
        default=DemandStatus.OPEN,
        editable=False,
    )
    reason = models.TextField(_("reason"))
    notice = models.ForeignKey(
        Notice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("notice"),
    )
    demanded_on = models.DateField(_("demanded on"))
    replace_by = models.DateField(_("to be replaced by"), null=True, editable=False)
    replace_by_explained = models.JSONField(null=True, editable=False)
    demanded_at = models.DateTimeField(_("recorded at"))
    demanded_by = who(_("recorded by"))
    newcomer = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        verbose_name=_("newcomer"),
    )
    replaced_on = models.DateField(_("replaced on"), null=True, editable=False)
    withdrawn_note = models.TextField(_("why it was withdrawn"), blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = DemandQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand for replacement")
        verbose_name_plural = _("demands for replacement")
        ordering: ClassVar = ["-demanded_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DemandStatus.values),
                name="demand_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(status=DemandStatus.OPEN),
                name="demand_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status=DemandStatus.FULFILLED)
                & Q(newcomer__isnull=False, replaced_on__isnull=False)
                | ~Q(status=DemandStatus.FULFILLED)
                & Q(newcomer=None, replaced_on=None),
                name="demand_is_fulfilled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(newcomer=F("person")), name="demand_is_for_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.demanded_on}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:demand", args=[self.contract.number, self.pk])

    @property
    def deadline(self) -> Deadline | None:
        return self.replace_by_explained and from_plain(self.replace_by_explained)


class Refusal(models.Model):
    """That Party A did not approve a newcomer for a replacement（第六条（一）3）."""

    demand = models.ForeignKey(
        Demand, models.PROTECT, related_name="refusals", verbose_name=_("demand")
    )
    newcomer = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("newcomer")
    )
    reason = models.TextField(_("reason"))
    refused_at = models.DateTimeField(_("refused at"))
    refused_by = who(_("refused by"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    class Meta:
        verbose_name = _("newcomer refused")
        verbose_name_plural = _("newcomers refused")
        ordering: ClassVar = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "newcomer"], name="refusal_once_a_newcomer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand} {self.newcomer}"
