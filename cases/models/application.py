"""What the desk asks for an order, and what those who decide have answered."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, Document, Workflow

from .case import Case


class ApplicationKind(models.TextChoices):
    """What may be asked. All but the last are decided outside, on the platform."""

    RETURN = "return", _("Return")
    EXTENSION = "extension", _("Extension")
    EXCLUSION = "exclusion", _("Exclusion")
    DEFERRAL = "deferral", _("Deferral")
    APPEAL = "appeal", _("Appeal")
    VOID = "void", _("Voiding")


class ApplicationStatus(models.TextChoices):
    ASKED = "asked", _("Asked")
    ENDORSED = "endorsed", _("Endorsed by the project manager")
    SUBMITTED = "submitted", _("Submitted to the platform")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


#: Somebody has still to say something.
PENDING = frozenset(
    {
        ApplicationStatus.ASKED,
        ApplicationStatus.ENDORSED,
        ApplicationStatus.SUBMITTED,
    }
)


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def pending(self) -> Self:
        return self.filter(status__in=sorted(PENDING))

    def granted(self) -> Self:
        return self.filter(status=ApplicationStatus.GRANTED)


class Application(Workflow):
    """A return, an extension, an exclusion … of one order: asked, endorsed, answered.

    The project manager looks at it first, where it is theirs to say Party A next; then
    it goes to the platform, and what the platform answers is recorded with its date.
    """

    NEXT: ClassVar = {
        ApplicationStatus.ASKED: {
            ApplicationStatus.ENDORSED,
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.GRANTED,
            ApplicationStatus.REFUSED,
            ApplicationStatus.WITHDRAWN,
        },
        ApplicationStatus.ENDORSED: {
            ApplicationStatus.SUBMITTED,
            ApplicationStatus.REFUSED,
            ApplicationStatus.WITHDRAWN,
        },
        ApplicationStatus.SUBMITTED: {
            ApplicationStatus.GRANTED,
            ApplicationStatus.REFUSED,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    case = models.ForeignKey(
        Case, models.PROTECT, related_name="applications", verbose_name=_("work order")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ApplicationKind)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=ApplicationStatus,
        default=ApplicationStatus.ASKED,
        editable=False,
    )
    reason = models.CharField(_("reason"), max_length=60)
    text = models.TextField(_("explanation"), max_length=4000)
    paper = models.ForeignKey(
        Document,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("evidence"),
    )
    until = models.DateTimeField(_("asked until"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    endorsed_at = models.DateTimeField(_("endorsed at"), null=True, blank=True)
    endorsed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved by Party A at"), null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    answer = models.TextField(_("answer"), max_length=4000, blank=True)
    granted_until = models.DateTimeField(_("granted until"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ApplicationKind.values),
                name="application_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ApplicationStatus.values),
                name="application_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(status__in=sorted(PENDING)),
                name="application_one_of_a_kind_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(endorsed_by=None) | ~Q(endorsed_by=F("asked_by")),
                name="application_is_endorsed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["granted", "refused"])
                | Q(decided_at__isnull=False),
                name="application_is_decided_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(kind="extension", status="granted")
                | Q(granted_until__isnull=False),
                name="application_extension_is_granted_until",
            ),
        ]
        indexes = [
            models.Index(
                fields=["contract", "kind", "-id"],
                name="application_pending",
                condition=Q(status__in=sorted(PENDING)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING
