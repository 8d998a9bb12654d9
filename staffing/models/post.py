"""Posts, how many people each needs and when, and the hours that shifts are cut to."""

from datetime import date, time, timedelta
from typing import ClassVar, Self

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.roles import PARTY_B, Role
from contracts.models import Contract

DAY_IN_MINUTES = 24 * 60
ROLES = [(role.value, role.label) for role in Role if role in PARTY_B]


class PostQuerySet(models.QuerySet["Post"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Post(models.Model):
    """A kind of place in the vendor's team（第二条 1）: manager, desk, closing, data."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="posts", verbose_name=_("contract")
    )
    role = models.CharField(_("role"), max_length=12, choices=ROLES)
    name = models.CharField(_("name"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("staffing", "post")
        verbose_name_plural = pgettext("staffing", "posts")
        ordering: ClassVar = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "role"], name="post_one_a_role"
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(PARTY_B)), name="post_role_is_the_vendors"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MinimumQuerySet(models.QuerySet["Minimum"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(post__contract=contract)


@pghistory.track()
class Minimum(models.Model):
    """How many of a post there are to be between two times of day（readings 15）.

    Those of a post with the latest `holds_from` hold together; the ones before were
    right for the days before. `ends_at` at or before `starts_at` is the next day's; the
    same time is the whole day.
    """

    post = models.ForeignKey(
        Post,
        models.PROTECT,
        related_name="minimums",
        verbose_name=pgettext("staffing", "post"),
    )
    holds_from = models.DateField(_("holds from"))
    starts_at = models.TimeField(_("from"), default=time())
    ends_at = models.TimeField(_("to"), default=time())
    workdays_only = models.BooleanField(_("working days only"), default=False)
    heads = models.PositiveSmallIntegerField(_("at least"))

    objects = MinimumQuerySet.as_manager()

    class Meta:
        verbose_name = _("minimum of a post")
        verbose_name_plural = _("minimums of posts")
        ordering: ClassVar = ["post", "-holds_from", "starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "holds_from", "starts_at", "workdays_only"],
                name="minimum_one_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} ≥{self.heads} {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class PatternQuerySet(models.QuerySet["Pattern"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def in_use(self) -> Self:
        return self.filter(retired_on=None)


@pghistory.track()
class Pattern(models.Model):
    """The hours of a kind of shift（早、中、夜、行政, and the desk's own）."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="patterns", verbose_name=_("contract")
    )
    letter = models.CharField(_("letter in the grid"), max_length=2)
    name = models.CharField(_("name"), max_length=20)
    starts_at = models.TimeField(_("from"))
    minutes = models.PositiveSmallIntegerField(_("length (minutes)"))
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    retired_on = models.DateField(_("no longer used from"), null=True, blank=True)

    objects = PatternQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift pattern")
        verbose_name_plural = _("shift patterns")
        ordering: ClassVar = ["order", "starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "letter"],
                condition=Q(retired_on=None),
                name="pattern_one_a_letter",
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(15, DAY_IN_MINUTES)),
                name="pattern_lasts_a_day_at_most",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_at:%H:%M}"

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def ends_on(self, day: date) -> date:
        """Return the day on which a shift that begins on `day` ends."""
        begun = self.starts_at.hour * 60 + self.starts_at.minute
        return day + timedelta(days=(begun + self.minutes) // DAY_IN_MINUTES)


@pghistory.track()
class StaffingTerms(models.Model):
    """What a desk has agreed on where the contract is silent. One row a contract."""

    contract = models.OneToOneField(
        Contract,
        models.PROTECT,
        primary_key=True,
        related_name="staffing_terms",
        verbose_name=_("contract"),
    )
    rest_minutes = models.PositiveSmallIntegerField(
        _("rest between two shifts (minutes)"), default=480
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("nobody is missed before (minutes)"), default=5
    )
    sign_off_minutes = models.PositiveSmallIntegerField(
        _("a forgotten sign-off is made up after (minutes)"), default=120
    )
    early_minutes = models.PositiveSmallIntegerField(
        _("sign-on opens before a shift (minutes)"), default=30
    )

    class Meta:
        verbose_name = _("terms of the roster")
        verbose_name_plural = _("terms of the roster")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rest_minutes__lte=DAY_IN_MINUTES)
                & Q(grace_minutes__lte=120)
                & Q(sign_off_minutes__lte=DAY_IN_MINUTES)
                & Q(early_minutes__lte=240),
                name="staffingterms_are_within_reason",
            )
        ]

    def __str__(self) -> str:
        return str(self.contract)
