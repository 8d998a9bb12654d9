"""The ledger: everything that happened to a work order, in order."""

from datetime import datetime, timedelta
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Ledger, User
from accounts.roles import Role
from contracts.models import AssessmentPeriod, Contract

from .batch import Batch
from .case import Case, CaseStatus


class EntryKind(models.TextChoices):
    RECEIVED = "received", _("Received")
    CHANGED = "changed", _("Changed on the platform")
    SIGNED = "signed", _("Signed")
    TRANSFERRED = "transferred", _("Transferred")
    ACCEPTED = "accepted", _("Accepted by the unit")
    DECLINED = "declined", _("Declined by the unit")
    APPLIED = "applied", _("Application put in")
    FORWARDED = "forwarded", _("Application passed on")
    ANSWERED = "answered", _("Application answered")
    CONTACTED = "contacted", _("Caller contacted")
    FOLLOWED_UP = "followed_up", _("Followed up")
    URGED = "urged", _("Urged")
    SUPERVISED = "supervised", _("Under supervision")
    FLAGGED = "flagged", _("Flags changed")
    ALARMED = "alarmed", _("Alarm raised")
    CLIMBED = "climbed", _("Alarm passed up")
    ACKNOWLEDGED = "acknowledged", _("Alarm acknowledged")
    REPLIED = "replied", _("Replied")
    PASSED = "passed", _("Review passed")
    SENT_BACK = "sent_back", _("Sent back in review")
    CLOSED = "closed", _("Closed")
    CALLED_BACK = "called_back", _("Called back")
    REOPENED = "reopened", _("Dispatched again")
    ARCHIVED = "archived", _("Archived")
    MERGED = "merged", _("Merged")
    PARTED = "parted", _("Parted again")
    RECHECKED = "rechecked", _("Re-checked")
    REVERSED = "reversed", _("Import undone")
    REVEALED = "revealed", _("Personal data shown")
    CORRECTION = "correction", _("Correction")


CORRECTION = Q(kind=EntryKind.CORRECTION)

#: What stays between the desk and Party A.
NOT_FOR_UNITS = (
    EntryKind.APPLIED,
    EntryKind.FORWARDED,
    EntryKind.ANSWERED,
    EntryKind.MERGED,
    EntryKind.PARTED,
    EntryKind.RECHECKED,
    EntryKind.REVEALED,
)


class EntryQuerySet(models.QuerySet["Entry"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(case__contract=contract)

    def seen_by(self, role: str) -> Self:
        """Keep the lines that a role may read.

        A handling unit reads what happened to its orders, but not who looked at the
        caller's data, what was applied for, which other orders it was put together
        with, or how its answers fared in a re-check; nor corrections of such lines.
        """
        if role != Role.UNIT:
            return self
        kept_back = Q()
        for line in ("", "corrects__", "corrects__corrects__"):
            kept_back |= Q(**{f"{line}kind__in": NOT_FOR_UNITS})
        # What a still longer row of corrections began with is not looked for.
        kept_back |= Q(corrects__corrects__corrects__isnull=False)
        return self.exclude(kept_back)

    def standing(self) -> Self:
        """Leave out what a later entry has corrected."""
        return self.filter(correction=None)

    def revealed_to(self, user: User, *, since: datetime) -> Self:
        """Keep what a person has been shown of personal data in the hour before."""
        return self.filter(
            kind=EntryKind.REVEALED, recorded_by=user, at__gt=since - timedelta(hours=1)
        )

    def within(self, period: AssessmentPeriod) -> Self:
        """Keep entries of the period's contract that fall on one of its days."""
        return self.filter(
            case__contract=period.contract_id,
            at__date__gte=period.starts_on,
            at__date__lt=period.ends_before,
        )


class Entry(Ledger):
    """One line of a case's ledger: something that happened, and when we were told.

    Append-only. A mistake is corrected by a later entry that names it, so the
    ledger always shows both what was believed and when that changed. No caller's
    name, number or address is ever on it.
    """

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="entries", verbose_name=_("work order")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EntryKind)
    at = models.DateTimeField(_("at"))
    status = models.CharField(
        _("status from then on"), max_length=20, choices=CaseStatus, blank=True
    )
    text = models.TextField(_("text"), blank=True)
    changes = models.JSONField(_("changes"), default=dict, blank=True)
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="correction",
        verbose_name=_("corrects"),
    )
    batch = models.ForeignKey(
        Batch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("import"),
    )
    #: Where in the import's file it stands.
    sheet = models.CharField(_("sheet"), max_length=60, blank=True)
    row = models.PositiveIntegerField(_("row"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    objects = EntryQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="entry_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["", *CaseStatus.values]),
                name="entry_status_is_known",
            ),
            models.CheckConstraint(
                condition=(CORRECTION & Q(corrects__isnull=False))
                | (~CORRECTION & Q(corrects=None)),
                name="entry_correction_names_what_it_corrects",
            ),
        ]
        indexes = [
            models.Index(fields=["case", "at", "id"], name="entry_of_case"),
            models.Index(
                fields=["recorded_by", "at"],
                name="entry_revealed_to",
                condition=Q(kind=EntryKind.REVEALED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_kind_display()}"

    @property
    def was_corrected(self) -> bool:
        """Say whether a later line corrects this one. Select `correction` with it."""
        return hasattr(self, "correction")
