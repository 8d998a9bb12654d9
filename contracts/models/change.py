"""What may happen to a contract on its way: changes, extras, callouts, force majeure, holds.

Each is asked for, then consented to in writing, then has effect; never the other way
round (四, 六（一）4 and 5, 六（二）6, 八 3, 九).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .clause import Clause
from .contract import Contract, Side
from .fields import money, paper, person
from .notice import Notice
from .period import PaymentStage
from .workflow import Workflow


class RequestStatus(models.TextChoices):
    REQUESTED = "requested", pgettext("request", "Asked for")
    CONSENTED = "consented", pgettext("request", "Consented to")
    REFUSED = "refused", pgettext("request", "Refused")
    WITHDRAWN = "withdrawn", pgettext("request", "Withdrawn")


CONSENTED = Q(status=RequestStatus.CONSENTED)
IN_WRITING = Q(
    consent__isnull=False, consented_on__isnull=False, decided_by__isnull=False
)


class Request(Workflow):
    """Something that one party asks for and the other consents to in writing, or not."""

    NEXT: ClassVar = {
        RequestStatus.REQUESTED: {
            RequestStatus.CONSENTED,
            RequestStatus.REFUSED,
            RequestStatus.WITHDRAWN,
        },
    }

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=RequestStatus,
        default=RequestStatus.REQUESTED,
        editable=False,
    )
    serial = models.PositiveSmallIntegerField(_("number"), editable=False)
    title = models.CharField(_("title"), max_length=80)
    reason = models.TextField(_("reason"), max_length=2000)
    request = paper(_("written request"))
    requested_on = models.DateField(_("asked for on"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))
    consent = paper(_("written consent"))
    consented_on = models.DateField(_("consented to on"), null=True, editable=False)
    effective_on = models.DateField(_("takes effect on"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=RequestStatus.values),
                name="%(class)s_status_is_known",
            ),
            models.CheckConstraint(
                condition=~CONSENTED | IN_WRITING,
                name="%(class)s_is_consented_to_in_writing",
            ),
            models.CheckConstraint(
                condition=Q(consented_on=None) | Q(consented_on__gte=F("requested_on")),
                name="%(class)s_consent_follows_request",
            ),
            models.CheckConstraint(
                condition=Q(effective_on=None)
                | CONSENTED & Q(effective_on__gte=F("consented_on")),
                name="%(class)s_takes_effect_after_consent",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("recorded_by"))
                | Q(status=RequestStatus.WITHDRAWN),
                name="%(class)s_has_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["contract", "serial"], name="%(class)s_one_a_number"
            ),
        ]


class ChangeKind(models.TextChoices):
    CONTENT = "content", _("What is done")
    STAFF = "staff", _("Who does it")
    MANNER = "manner", _("How it is done")


class ChangeQuerySet(models.QuerySet["Change"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Change(Request):
    """Something in the service that is to be done otherwise (六（一）4、六（二）6).

    Party B asks and Party A consents; where Party A changes the content itself within
    the scope of the service, Party B has to follow and its consent is not needed.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="changes", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="changes", verbose_name=_("clause")
    )
    side = models.CharField(_("asked for by"), max_length=1, choices=Side)
    kind = models.CharField(_("what changes"), max_length=8, choices=ChangeKind)
    was = models.TextField(_("as it is now"), max_length=2000)
    becomes = models.TextField(_("as it is to be"), max_length=2000)
    wanted_from = models.DateField(_("wanted from"))
    within_scope = models.BooleanField(
        _("within the scope of the service"), default=True
    )

    objects = ChangeQuerySet.as_manager()

    class Meta(Request.Meta):
        abstract = False
        verbose_name = pgettext("contract", "change")
        verbose_name_plural = pgettext("contract", "changes")
        ordering: ClassVar = ["-serial"]
        constraints: ClassVar = [
            *Request.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="change_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="change_side_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:change", args=[self.contract.number, self.pk])


class ExtraQuerySet(models.QuerySet["Extra"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def consented(self) -> Self:
        return self.filter(CONSENTED)

    def total(self) -> Decimal:
        """Return the sum of these extras in CNY; 0 if there are none."""
        zero = models.Value(0, output_field=models.DecimalField())
        return Decimal(self.aggregate(total=Coalesce(Sum("amount"), zero))["total"])


@pghistory.track()
class Extra(Request):
    """An extra item that Party A has confirmed in writing: the only way the price moves (四)."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="extras", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="extras", verbose_name=_("clause")
    )
    amount = money(_("amount (CNY)"))
    stage = models.ForeignKey(
        PaymentStage,
        models.PROTECT,
        related_name="extras",
        verbose_name=_("paid with stage"),
    )

    objects = ExtraQuerySet.as_manager()

    class Meta(Request.Meta):
        abstract = False
        verbose_name = _("extra")
        verbose_name_plural = _("extras")
        ordering: ClassVar = ["-serial"]
        constraints: ClassVar = [
            *Request.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="extra_amount_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:extra", args=[self.contract.number, self.pk])


class CalloutStatus(models.TextChoices):
    ORDERED = "ordered", pgettext("callout", "Ordered")
    ACKNOWLEDGED = "acknowledged", pgettext("callout", "Acknowledged")
    DONE = "done", pgettext("callout", "Done")
    REFUSED = "refused", pgettext("callout", "Refused")
    CANCELLED = "cancelled", pgettext("callout", "Cancelled")


class CalloutQuerySet(models.QuerySet["Callout"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Callout(Workflow):
    """An order of Party A in an emergency: other times, places or content, at no fee (八 3)."""

    NEXT: ClassVar = {
        CalloutStatus.ORDERED: {
            CalloutStatus.ACKNOWLEDGED,
            CalloutStatus.REFUSED,
            CalloutStatus.CANCELLED,
        },
        CalloutStatus.ACKNOWLEDGED: {
            CalloutStatus.DONE,
            CalloutStatus.REFUSED,
            CalloutStatus.CANCELLED,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="callouts", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="callouts", verbose_name=_("clause")
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=CalloutStatus,
        default=CalloutStatus.ORDERED,
        editable=False,
    )
    serial = models.PositiveSmallIntegerField(_("number"), editable=False)
    title = models.CharField(_("emergency"), max_length=80)
    task = models.TextField(_("what is to be done"), max_length=2000)
    place = models.CharField(_("place"), max_length=120)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    heads = models.PositiveSmallIntegerField(_("people wanted"))
    acknowledge_by = models.DateTimeField(_("to be acknowledged by"))
    order = paper(_("order, sealed scan"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    ordered_at = models.DateTimeField(_("ordered at"))
    ordered_by = person(_("ordered by"))
    acknowledged_at = models.DateTimeField(
        _("acknowledged at"), null=True, editable=False
    )
    acknowledged_by = person(_("acknowledged by"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, editable=False)
    ended_by = person(_("ended by"), null=True, editable=False)
    extra_hours = models.DecimalField(
        _("extra hours, at no fee"),
        max_digits=7,
        decimal_places=1,
        null=True,
        editable=False,
    )
    outcome = models.TextField(_("outcome"), blank=True, editable=False)

    objects = CalloutQuerySet.as_manager()

    class Meta:
        verbose_name = _("callout")
        verbose_name_plural = _("callouts")
        ordering: ClassVar = ["-serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "serial"], name="callout_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(status__in=CalloutStatus.values),
                name="callout_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="callout_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(heads__gt=0), name="callout_needs_people"
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[CalloutStatus.ACKNOWLEDGED, CalloutStatus.DONE]
                )
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="callout_acknowledgement_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=CalloutStatus.REFUSED) | ~Q(outcome=""),
                name="callout_refusal_is_reasoned",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:callout", args=[self.contract.number, self.pk])

    @property
    def acknowledged_late(self) -> bool:
        return (
            self.acknowledged_at is not None
            and self.acknowledged_at > self.acknowledge_by
        )

    def is_unanswered(self, at: datetime) -> bool:
        """Tell whether nobody has acknowledged it by when it was to be."""
        return self.status == CalloutStatus.ORDERED and at > self.acknowledge_by


class Cause(models.TextChoices):
    """What is said to have made performance impossible (九)."""

    DISASTER = "disaster", _("Natural disaster")
    EPIDEMIC = "epidemic", _("Epidemic")
    UNREST = "unrest", _("War or unrest")
    POLICY = "policy", _("Change of policy")
    ORDER = "order", _("Order of a higher authority")
    STAFF = "staff", _("Loss of staff")
    EQUIPMENT = "equipment", _("Failure of Party B's equipment")
    MANAGEMENT = "management", _("Party B's own management")


#: What lies in Party B's own hands is no force majeure (九).
OWN_CAUSES = frozenset({Cause.STAFF, Cause.EQUIPMENT, Cause.MANAGEMENT})


class ForceMajeureStatus(models.TextChoices):
    REPORTED = "reported", pgettext("force majeure", "Reported")
    ACCEPTED = "accepted", pgettext("force majeure", "Accepted")
    REFUSED = "refused", pgettext("force majeure", "Refused")


class ForceMajeureQuerySet(models.QuerySet["ForceMajeure"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class ForceMajeure(Workflow):
    """An event that one party says has kept it from performing (九).

    Told within 24 hours, proved within seven working days, both counted from when it
    began. A cause of Party B's own is recorded as refused, and never accepted.
    """

    NEXT: ClassVar = {
        ForceMajeureStatus.REPORTED: {
            ForceMajeureStatus.ACCEPTED,
            ForceMajeureStatus.REFUSED,
        },
    }

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="force_majeures",
        verbose_name=_("contract"),
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="force_majeures", verbose_name=_("clause")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ForceMajeureStatus,
        default=ForceMajeureStatus.REPORTED,
        editable=False,
    )
    serial = models.PositiveSmallIntegerField(_("number"), editable=False)
    side = models.CharField(_("reported by"), max_length=1, choices=Side)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    title = models.CharField(_("title"), max_length=80)
    affects = models.TextField(_("what it affects"), max_length=2000)
    began_at = models.DateTimeField(_("began at"))
    over_at = models.DateTimeField(_("over at"), null=True, blank=True)
    told_at = models.DateTimeField(_("told at"))
    notice = models.ForeignKey(
        Notice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="force_majeures",
        verbose_name=_("notice"),
    )
    proof = paper(_("proof"))
    proved_at = models.DateTimeField(_("proved at"), null=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)

    objects = ForceMajeureQuerySet.as_manager()

    class Meta:
        verbose_name = _("force majeure")
        verbose_name_plural = _("force majeures")
        ordering: ClassVar = ["-serial"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "serial"], name="force_majeure_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ForceMajeureStatus.values),
                name="force_majeure_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=Cause.values), name="force_majeure_cause_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=ForceMajeureStatus.ACCEPTED)
                | ~Q(cause__in=OWN_CAUSES) & Q(proof__isnull=False),
                name="force_majeure_is_accepted_on_proof_of_no_own_cause",
            ),
            models.CheckConstraint(
                condition=Q(began_at__lte=F("told_at")),
                name="force_majeure_is_told_after_it_began",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("recorded_by")),
                name="force_majeure_has_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:force-majeure", args=[self.contract.number, self.pk])


class HoldStatus(models.TextChoices):
    """How a hold stands, by whether it has an end. No column: the end says it."""

    RUNNING = "running", pgettext("hold", "Running")
    LIFTED = "lifted", pgettext("hold", "Lifted")


class HoldQuerySet(models.QuerySet["Hold"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def running(self) -> Self:
        return self.filter(until_on=None)

    def lifted(self) -> Self:
        return self.exclude(until_on=None)

    def on(self, day: date) -> Self:
        """Keep those that a day falls in: the stages they are of are not late on it."""
        over = Q(until_on__lt=day)
        return self.filter(since_on__lte=day).exclude(over)


@pghistory.track()
class Hold(models.Model):
    """That public funds for a payment have not come yet: waiting is no lateness (六（一）5)."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="holds", verbose_name=_("contract")
    )
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="holds", verbose_name=_("clause")
    )
    stage = models.ForeignKey(
        PaymentStage,
        models.PROTECT,
        related_name="holds",
        verbose_name=_("payment stage"),
    )
    reason = models.CharField(_("reason"), max_length=200)
    since_on = models.DateField(_("since"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    paper = paper(_("paper"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = person(_("recorded by"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, editable=False)
    lifted_by = person(_("lifted by"), null=True, editable=False)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering: ClassVar = ["-since_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=Q(until_on=None),
                name="hold_one_at_a_time_of_a_stage",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("since_on")),
                name="hold_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.since_on}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:hold", args=[self.contract.number, self.pk])

    @property
    def status(self) -> HoldStatus:
        return HoldStatus.LIFTED if self.until_on else HoldStatus.RUNNING

    def get_status_display(self) -> str:
        return str(self.status.label)
