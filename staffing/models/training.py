"""Training（第二条 5，第六条（一）2、（二）10）: planned, approved, held, accepted or again."""

from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Contract, Document, Due, Workflow
from contracts.models.fields import paper as document
from contracts.models.fields import person as who

from .person import Person

PASS_MARK = 60


class TrainingStatus(models.TextChoices):
    PLANNED = "planned", pgettext("training", "Plan submitted")
    SENT_BACK = "sent_back", pgettext("training", "Plan sent back")
    APPROVED = "approved", pgettext("training", "Plan approved")
    HELD = "held", pgettext("training", "Held, result submitted")
    ACCEPTED = "accepted", pgettext("training", "Accepted")
    AGAIN = "again", pgettext("training", "To be held again")
    CANCELLED = "cancelled", pgettext("training", "Cancelled")


class TrainingQuerySet(models.QuerySet["Training"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


@pghistory.track()
class Training(Workflow):
    """A training: Party A approves its plan and content before, and its result after."""

    NEXT: ClassVar = {
        TrainingStatus.PLANNED: {
            TrainingStatus.APPROVED,
            TrainingStatus.SENT_BACK,
            TrainingStatus.CANCELLED,
        },
        TrainingStatus.SENT_BACK: {TrainingStatus.PLANNED, TrainingStatus.CANCELLED},
        TrainingStatus.APPROVED: {TrainingStatus.HELD, TrainingStatus.CANCELLED},
        TrainingStatus.HELD: {TrainingStatus.ACCEPTED, TrainingStatus.AGAIN},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="trainings", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=TrainingStatus,
        default=TrainingStatus.PLANNED,
        editable=False,
    )
    title = models.CharField(_("title"), max_length=80)
    content = models.TextField(_("content"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    place = models.CharField(_("place"), max_length=80, blank=True)
    trainer = models.CharField(_("trainer"), max_length=40, blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark"), default=PASS_MARK, validators=[MaxValueValidator(100)]
    )
    plan = document(_("plan"))
    materials = models.ManyToManyField(
        Document, related_name="trainings", blank=True, verbose_name=_("materials")
    )
    #: What the contract asks for at this time, which its acceptance fulfils.
    due = models.ForeignKey(
        Due,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="trainings",
        verbose_name=_("due"),
    )
    repeats = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="repeated_by",
        verbose_name=_("repeats"),
    )
    planned_at = models.DateTimeField(_("submitted at"))
    planned_by = who(_("submitted by"))
    approved_at = models.DateTimeField(_("plan decided at"), null=True, editable=False)
    approved_by = who(_("plan decided by"), null=True, editable=False)
    approved_note = models.TextField(_("decision on the plan"), blank=True)
    result = models.TextField(_("result"), blank=True)
    held_at = models.DateTimeField(_("result submitted at"), null=True, editable=False)
    held_by = who(_("result submitted by"), null=True, editable=False)
    accepted_at = models.DateTimeField(
        _("result decided at"), null=True, editable=False
    )
    accepted_by = who(_("result decided by"), null=True, editable=False)
    accepted_note = models.TextField(_("decision on the result"), blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering: ClassVar = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=TrainingStatus.values),
                name="training_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__lt=F("ends_at")), name="training_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__lte=100), name="training_pass_mark_is_a_score"
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[
                        TrainingStatus.APPROVED,
                        TrainingStatus.HELD,
                        TrainingStatus.ACCEPTED,
                        TrainingStatus.AGAIN,
                    ]
                )
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="training_is_approved_before_it_is_held",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[TrainingStatus.ACCEPTED, TrainingStatus.AGAIN])
                | Q(held_at__isnull=False, accepted_by__isnull=False),
                name="training_is_accepted_after_it_was_held",
            ),
            models.CheckConstraint(
                condition=~Q(approved_by=F("planned_by"))
                & ~Q(accepted_by=F("held_by")),
                name="training_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(repeats=F("pk")), name="training_repeats_another"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("staffing:training", args=[self.contract.number, self.pk])


@pghistory.track()
class Attendance(models.Model):
    """Who was at a training, and how they did in the test."""

    training = models.ForeignKey(
        Training,
        models.PROTECT,
        related_name="attendances",
        verbose_name=_("training"),
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="attendances",
        verbose_name=pgettext("staffing", "person"),
    )
    present = models.BooleanField(_("present"))
    score = models.DecimalField(
        _("score"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = who(_("recorded by"))

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering: ClassVar = ["person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["training", "person"], name="attendance_once"
            ),
            models.CheckConstraint(
                condition=Q(score=None) | Q(score__range=(0, 100), present=True),
                name="attendance_score_is_of_who_was_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.training} {self.person}"

    @property
    def passed(self) -> bool:
        return self.score is not None and self.score >= self.training.pass_mark
