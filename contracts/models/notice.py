"""Notices between the parties (十三): legal acts on sealed paper, and when they are served."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.roles import Role
from contracts.rules.service import Delivery, Route

from .clause import Clause
from .contract import Contact, Contract, Side
from .fields import paper, person
from .obligation import Obligation
from .workflow import Workflow


class NoticeKind(models.TextChoices):
    GENERAL = "general", pgettext("notice", "General")
    RECTIFY = "rectify", _("Demand to rectify")
    REPLACE = "replace", _("Demand to replace somebody")
    CONTACT = "contact", _("Change of contact")
    CHANGE = "change", _("Change of service")
    CALLOUT = "callout", _("Callout")
    FORCE_MAJEURE = "force_majeure", _("Force majeure")
    FINDING = "finding", _("Finding")
    DAMAGE = "damage", _("Damage to be paid")
    TERMINATION = "termination", _("Termination")


class NoticeRoute(models.TextChoices):
    BY_HAND = Route.BY_HAND.value, _("By hand")
    COURIER = Route.COURIER.value, _("By courier")
    NAMED_SYSTEM = Route.NAMED_SYSTEM.value, _("Through a mailbox or system named")


class NoticeStatus(models.TextChoices):
    DRAFT = "draft", pgettext("notice", "Draft")
    ISSUED = "issued", pgettext("notice", "Issued")
    SERVED = "served", pgettext("notice", "Served")
    WITHDRAWN = "withdrawn", pgettext("notice", "Withdrawn")


NUMBERED = Q(year__isnull=False, serial__isnull=False, issued_at__isnull=False)
SERVED = Q(
    route__in=NoticeRoute.values,
    scan__isnull=False,
    proof__isnull=False,
    served_on__isnull=False,
)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def visible_to(self, role: Role) -> Self:
        """Show each party its own notices, and the other's once they are issued."""
        return self.filter(Q(side=Side.of(role)) | Q(issued_at__isnull=False))

    def served(self) -> Self:
        return self.filter(status=NoticeStatus.SERVED)


@pghistory.track()
class Notice(Workflow):
    """What one party tells the other in writing, under its seal (十三).

    Clocks that a notice starts run from `served_on`, or `served_at` where the route
    tells the moment. `obligation` is what the other party owes on being served.
    """

    NEXT: ClassVar = {
        NoticeStatus.DRAFT: {NoticeStatus.ISSUED, NoticeStatus.WITHDRAWN},
        NoticeStatus.ISSUED: {NoticeStatus.SERVED, NoticeStatus.WITHDRAWN},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="notices", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=NoticeStatus,
        default=NoticeStatus.DRAFT,
        editable=False,
    )
    side = models.CharField(pgettext("notice", "from"), max_length=1, choices=Side)
    kind = models.CharField(_("kind"), max_length=14, choices=NoticeKind)
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="notices", verbose_name=_("clause")
    )
    title = models.CharField(_("title"), max_length=80)
    body = models.TextField(_("text"), max_length=4000)
    obligation = models.ForeignKey(
        Obligation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="notices",
        verbose_name=_("what the other party owes on being served"),
    )
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = person(_("drafted by"))

    year = models.PositiveSmallIntegerField(_("year"), null=True, editable=False)
    serial = models.PositiveSmallIntegerField(_("number"), null=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"), null=True, editable=False)
    issued_by = person(_("issued by"), null=True, editable=False)
    contact = models.ForeignKey(
        Contact,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("sent to"),
    )

    scan = paper(_("sealed scan"))
    route = models.CharField(_("route"), max_length=12, choices=NoticeRoute, blank=True)
    signed_at = models.DateTimeField(_("signed for at"), null=True, blank=True)
    signed_by = models.CharField(_("signed for by"), max_length=60, blank=True)
    waybill = models.CharField(_("waybill"), max_length=60, blank=True)
    logged_on = models.DateField(_("courier's log, signed on"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    sent_to = models.CharField(_("mailbox or system"), max_length=120, blank=True)
    arrived = models.BooleanField(_("sending reported as successful"), default=False)
    proof = paper(_("proof of service"))
    served_on = models.DateField(_("served on"), null=True, editable=False)
    served_at = models.DateTimeField(_("served at"), null=True, editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "side", "year", "serial"],
                name="notice_one_a_number",
            ),
            models.CheckConstraint(
                condition=Q(status__in=NoticeStatus.values),
                name="notice_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="notice_side_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[NoticeStatus.ISSUED, NoticeStatus.SERVED])
                | NUMBERED,
                name="notice_is_numbered_once_issued",
            ),
            models.CheckConstraint(
                condition=(Q(status=NoticeStatus.SERVED) & SERVED)
                | (~Q(status=NoticeStatus.SERVED) & Q(served_on=None)),
                name="notice_is_served_with_scan_and_proof",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    def get_absolute_url(self) -> str:
        return reverse("contracts:notice", args=[self.contract.number, self.pk])

    @property
    def number(self) -> str:
        """The number on the paper, as official letters carry it; "" while a draft."""
        if self.serial is None:
            return ""
        party = "甲" if self.side == Side.A else "乙"
        return f"{party}方函〔{self.year}〕{self.serial}号"

    @property
    def delivery(self) -> Delivery:
        """What is known of its way, for `rules.service.served`. It must have a route."""
        return Delivery(
            route=Route(self.route),
            signed_at=self.signed_at,
            signed_by=self.signed_by,
            waybill=self.waybill,
            logged_on=self.logged_on,
            sent_at=self.sent_at,
            sent_to=self.sent_to,
            arrived=self.arrived,
        )
