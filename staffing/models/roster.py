"""The plan: a month's roster in versions, and who is to be where and when."""

from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import uuid4

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Callout, Contract, Workflow
from contracts.models.fields import person as who

from .person import Person
from .post import Pattern, Post

ONE_DAY = timedelta(days=1)


def span(begins: str, ends: str) -> Func:
    return Func(
        F(begins),
        F(ends),
        RangeBoundary(),
        function="tstzrange",
        output_field=DateTimeRangeField(),
    )


class RosterStatus(models.TextChoices):
    DRAFT = "draft", pgettext("roster", "Draft")
    PUBLISHED = "published", pgettext("roster", "Published")
    REPLACED = "replaced", pgettext("roster", "Replaced")
    DROPPED = "dropped", pgettext("roster", "Dropped")


class RosterQuerySet(models.QuerySet["Roster"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Roster(Workflow):
    """A version of a month's plan. One is drafted at a time, one holds at a time."""

    NEXT: ClassVar = {
        RosterStatus.DRAFT: {RosterStatus.PUBLISHED, RosterStatus.DROPPED},
        RosterStatus.PUBLISHED: {RosterStatus.REPLACED},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="rosters", verbose_name=_("contract")
    )
    month = models.DateField(_("month"))  # its first day
    version = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=RosterStatus,
        default=RosterStatus.DRAFT,
        editable=False,
    )
    made_at = models.DateTimeField(_("made at"))
    made_by = who(_("made by"))
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    published_by = who(_("published by"), null=True, editable=False)
    #: Minutes that nobody is planned for when it was published, and why all the same.
    gap_minutes = models.PositiveIntegerField(
        _("minutes not covered"), null=True, editable=False
    )
    gap_reason = models.TextField(_("reason for the gaps"), blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = RosterQuerySet.as_manager()

    class Meta:
        verbose_name = _("roster")
        verbose_name_plural = _("rosters")
        ordering: ClassVar = ["-month", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "month", "version"], name="roster_one_a_version"
            ),
            models.UniqueConstraint(
                fields=["contract", "month"],
                condition=Q(status=RosterStatus.DRAFT),
                name="roster_one_draft_a_month",
            ),
            models.UniqueConstraint(
                fields=["contract", "month"],
                condition=Q(status=RosterStatus.PUBLISHED),
                name="roster_one_published_a_month",
            ),
            models.CheckConstraint(
                condition=Q(status__in=RosterStatus.values),
                name="roster_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="roster_month_is_its_first_day"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[RosterStatus.PUBLISHED, RosterStatus.REPLACED])
                | Q(
                    published_at__isnull=False,
                    published_by__isnull=False,
                    gap_minutes__isnull=False,
                )
                & (Q(gap_minutes=0) | ~Q(gap_reason="")),
                name="roster_is_published_with_a_reason_for_its_gaps",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} V{self.version}"

    def get_absolute_url(self) -> str:
        return reverse(
            "staffing:roster", args=[self.contract.number, f"{self.month:%Y-%m}"]
        )


class ShiftState(models.TextChoices):
    DRAFT = "draft", pgettext("shift", "Draft")
    HOLDS = "holds", pgettext("shift", "Planned")
    REPLACED = "replaced", pgettext("shift", "Replaced")


class ShiftQuerySet(models.QuerySet["Shift"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def holding(self) -> Self:
        """Keep the plan as it stands: of published rosters, with all changes since."""
        return self.filter(state=ShiftState.HOLDS)

    def between(self, begins: Any, ends: Any) -> Self:
        """Keep those that have a minute in a stretch of time."""
        return self.filter(starts_at__lt=ends, ends_at__gt=begins)


@pghistory.track()
class Shift(models.Model):
    """Somebody's time on a post. One person is in one place, and rests in between.

    `rested_at` is when the rest after it is over; earlier for a reason that is said.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="shifts", verbose_name=_("contract")
    )
    roster = models.ForeignKey(
        Roster, models.PROTECT, related_name="shifts", verbose_name=_("roster")
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="shifts",
        verbose_name=pgettext("staffing", "person"),
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        related_name="shifts",
        verbose_name=pgettext("staffing", "post"),
    )
    pattern = models.ForeignKey(
        Pattern,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="shifts",
        verbose_name=_("shift pattern"),
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    rested_at = models.DateTimeField(_("rested at"))
    state = models.CharField(
        _("state"), max_length=8, choices=ShiftState, default=ShiftState.DRAFT
    )
    note = models.CharField(_("remark"), max_length=200, blank=True)
    #: Emergency work at no fee（第八条 3）.
    callout = models.ForeignKey(
        Callout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="shifts",
        verbose_name=_("callout"),
    )

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("staffing", "shift")
        verbose_name_plural = pgettext("staffing", "shifts")
        ordering: ClassVar = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ShiftState.values), name="shift_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at"))
                & Q(ends_at__lte=F("starts_at") + models.Value(ONE_DAY)),
                name="shift_lasts_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(rested_at__gte=F("ends_at")),
                name="shift_is_followed_by_rest",
            ),
            *(
                ExclusionConstraint(
                    name=f"shift_one_place_at_a_time_{state}",
                    expressions=[
                        ("person", RangeOperators.EQUAL),
                        (span("starts_at", "rested_at"), RangeOperators.OVERLAPS),
                    ],
                    condition=Q(state=state),
                    deferrable=Deferrable.IMMEDIATE,
                )
                for state in (ShiftState.DRAFT.value, ShiftState.HOLDS.value)
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "starts_at"], name="shift_by_start"),
            models.Index(fields=["roster"], name="shift_by_roster"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d %H:%M}"
