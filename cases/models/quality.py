"""Work that is looked at again: samples drawn, and what was found; orders that are one."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import Clause, Contract

from .case import Case


class Quota(models.TextChoices):
    """Of whom a sample has one order at least."""

    NONE = "", _("Nobody in particular")
    UNIT = "unit", _("Each handling unit")
    CLOSER = "closer", _("Each closing clerk")


class DrawQuerySet(models.QuerySet["Draw"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


class Draw(models.Model):
    """A random sample of finished orders. The same seed draws the same sample again."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="+", verbose_name=_("contract")
    )
    since = models.DateTimeField(_("closed from"))
    until = models.DateTimeField(_("closed before"))
    seed = models.PositiveBigIntegerField(_("seed"))
    size = models.PositiveSmallIntegerField(_("size"))
    quota = models.CharField(
        _("one at least of"),
        max_length=6,
        choices=Quota,
        default=Quota.NONE,
        blank=True,
    )
    population = models.PositiveIntegerField(_("drawn from"))
    #: Of the numbers drawn from: another population is another digest.
    digest = models.CharField(_("SHA-256"), max_length=64)
    numbers = ArrayField(models.CharField(max_length=40), verbose_name=_("drawn"))
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    drawn_at = models.DateTimeField(_("drawn at"))
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("drawn by"),
    )

    objects = DrawQuerySet.as_manager()

    class Meta:
        verbose_name = _("sample")
        verbose_name_plural = _("samples")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__lt=F("until")), name="draw_has_a_span"
            ),
            models.CheckConstraint(
                condition=Q(quota__in=Quota.values), name="draw_quota_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.drawn_at:%Y-%m-%d} {self.seed}"

    def get_absolute_url(self) -> str:
        return reverse("cases:draw", args=[self.contract.number, self.pk])


class RecheckReason(models.TextChoices):
    SAMPLE = "sample", _("Drawn by chance")
    UNHAPPY = "unhappy", _("Unhappy callback")


class RecheckQuerySet(models.QuerySet["Recheck"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(case__contract=contract)

    def open(self) -> Self:
        return self.filter(done_at=None)

    def errors(self) -> Self:
        """Keep errors in the basic work: facts for the assessment (附件（二）1)."""
        return self.filter(error__gt="")


class Recheck(models.Model):
    """A finished order, looked at once more by somebody who had no hand in it."""

    case = models.ForeignKey(
        Case, models.PROTECT, related_name="rechecks", verbose_name=_("work order")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=RecheckReason)
    draw = models.ForeignKey(
        Draw,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rechecks",
        verbose_name=_("sample"),
    )
    attempt = models.PositiveSmallIntegerField(_("handling it is of"), default=1)
    opened_at = models.DateTimeField(_("opened at"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("done by"),
    )
    error = models.CharField(_("error"), max_length=60, blank=True)
    clause = models.ForeignKey(
        Clause,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("clause"),
    )
    note = models.TextField(_("note"), max_length=4000, blank=True)

    objects = RecheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("re-check")
        verbose_name_plural = _("re-checks")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "case"], name="recheck_once_in_a_sample"
            ),
            models.UniqueConstraint(
                fields=["case", "attempt"],
                condition=Q(reason="unhappy"),
                name="recheck_one_a_handling",
            ),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None, error="")
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="recheck_is_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(error="") | Q(clause__isnull=False),
                name="recheck_error_rests_on_a_clause",
            ),
            models.CheckConstraint(
                condition=Q(error="") | ~Q(note=""), name="recheck_error_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.get_reason_display()}"

    def get_absolute_url(self) -> str:
        return reverse("cases:recheck", args=[self.case.contract.number, self.pk])


class MergeQuerySet(models.QuerySet["Merge"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(parent__contract=contract)

    def standing(self) -> Self:
        return self.filter(undone_at=None)


class Merge(models.Model):
    """Two orders about one matter: the child is handled with its parent.

    Nothing of either is changed; parted again, both are as they were.
    """

    parent = models.ForeignKey(
        Case, models.PROTECT, related_name="merges", verbose_name=_("parent")
    )
    child = models.ForeignKey(
        Case, models.PROTECT, related_name="merged_into", verbose_name=_("child")
    )
    reason = models.CharField(_("reason"), max_length=200)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    merged_at = models.DateTimeField(_("merged at"))
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(_("parted at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    undone_reason = models.CharField(_("why parted"), max_length=200, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=Q(undone_at=None),
                name="merge_into_one_parent",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("child")), name="merge_is_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child} → {self.parent}"
