"""The fact: who signed on and off, and who handed the desk over to whom."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import uuid4

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Callout, Contract
from contracts.models.fields import person as who

from .person import Person
from .post import Post
from .roster import Shift, span


class StintQuerySet(models.QuerySet["Stint"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def standing(self) -> Self:
        """Keep what counts: not corrected since, and confirmed if told afterwards."""
        return self.filter(standing=True)

    def open(self) -> Self:
        """Keep those who are on post now."""
        return self.standing().filter(off_at=None)

    def claimed(self) -> Self:
        """Keep what was told afterwards, and Party A has said nothing to yet."""
        return self.filter(said_later=True, confirmed_at=None, refused_at=None)

    def between(self, begins: datetime, ends: datetime) -> Self:
        return self.filter(Q(off_at=None) | Q(off_at__gt=begins), on_at__lt=ends)


#: What was signed stays. A sign-off is written once; a correction is a row of its own.
SIGNED = pgtrigger.Trigger(
    name="as_signed",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF TG_OP = 'DELETE'
            OR (NEW.person_id, NEW.post_id, NEW.contract_id, NEW.on_at, NEW.on_told_at,
                NEW.on_told_by_id, NEW.said_later)
                IS DISTINCT FROM
               (OLD.person_id, OLD.post_id, OLD.contract_id, OLD.on_at, OLD.on_told_at,
                OLD.on_told_by_id, OLD.said_later)
            OR OLD.off_at IS NOT NULL AND NEW.off_at IS DISTINCT FROM OLD.off_at
            OR NEW.standing AND NOT OLD.standing
                AND NOT (OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL)
        THEN
            RAISE EXCEPTION 'stint_is_corrected_by_another'
            USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    """,
)


@pghistory.track()
class Stint(models.Model):
    """Somebody's time on a post as it was: from signing on to signing off.

    Every moment is there twice: when it was, and when and by whom we were told. What is
    told afterwards (`said_later`) counts once Party A has confirmed it.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="stints", verbose_name=_("contract")
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="stints",
        verbose_name=pgettext("staffing", "person"),
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        related_name="stints",
        verbose_name=pgettext("staffing", "post"),
    )
    shift = models.ForeignKey(
        Shift,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stints",
        verbose_name=pgettext("staffing", "shift"),
    )
    callout = models.ForeignKey(
        Callout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="stints",
        verbose_name=_("callout"),
    )
    on_at = models.DateTimeField(_("signed on at"))
    on_told_at = models.DateTimeField(_("signing on told at"))
    on_told_by = who(_("signing on told by"))
    off_at = models.DateTimeField(_("signed off at"), null=True, blank=True)
    off_told_at = models.DateTimeField(_("signing off told at"), null=True)
    off_told_by = who(_("signing off told by"), null=True)
    #: Signed off by the program, since nobody did.
    forgotten = models.BooleanField(_("sign-off forgotten"), default=False)
    said_later = models.BooleanField(_("told afterwards"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="correction",
        verbose_name=_("corrects"),
    )
    standing = models.BooleanField(_("stands"), default=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = who(_("confirmed by"), null=True)
    refused_at = models.DateTimeField(_("refused at"), null=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = StintQuerySet.as_manager()

    class Meta:
        verbose_name = _("time on post")
        verbose_name_plural = _("times on post")
        ordering: ClassVar = ["on_at", "pk"]
        triggers: ClassVar = [SIGNED]
        constraints = [
            models.CheckConstraint(
                condition=Q(off_at=None) | Q(on_at__lt=F("off_at")),
                name="stint_has_a_length",
            ),
            models.CheckConstraint(
                condition=Q(off_at=None, off_told_at=None)
                | Q(off_at__isnull=False, off_told_at__isnull=False),
                name="stint_end_was_told",
            ),
            models.CheckConstraint(
                condition=Q(said_later=False) | ~Q(reason="") & Q(off_at__isnull=False),
                name="stint_said_later_says_why",
            ),
            models.CheckConstraint(
                condition=Q(said_later=False)
                | Q(standing=False)
                | Q(confirmed_at__isnull=False),
                name="stint_said_later_stands_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None) | Q(standing=False, confirmed_at=None),
                name="stint_refused_does_not_stand",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None, confirmed_by=None)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="stint_is_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(confirmed_by=F("on_told_by")),
                name="stint_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(corrects=F("pk")), name="stint_corrects_another"
            ),
            ExclusionConstraint(
                name="stint_one_post_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    (span("on_at", "off_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(standing=True),
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "on_at"], name="stint_by_start"),
            models.Index(
                fields=["contract"],
                condition=Q(off_at=None, standing=True),
                name="stint_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.on_at:%Y-%m-%d %H:%M}"


class HandoverQuerySet(models.QuerySet["Handover"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def unsigned(self) -> Self:
        """Keep those that the one who takes over has not signed yet."""
        return self.filter(taken_at=None, refused_at=None)


@pghistory.track()
class Handover(models.Model):
    """A desk handed over in writing: both sign, and it stays as it was signed.

    `matters` are the open urgent orders of that moment, without anything of a caller:
    a list of {"number", "title", "status", "due_at"}.
    """

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="desk_handovers",
        verbose_name=_("contract"),
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        related_name="handovers",
        verbose_name=pgettext("staffing", "post"),
    )
    giver = models.ForeignKey(
        Person, models.PROTECT, related_name="given", verbose_name=_("handed over by")
    )
    taker = models.ForeignKey(
        Person, models.PROTECT, related_name="taken", verbose_name=_("taken over by")
    )
    matters = models.JSONField(_("open urgent orders"), default=list)
    open_orders = models.PositiveIntegerField(_("open orders"), default=0)
    unfinished = models.TextField(_("unfinished matters"), blank=True)
    instructions = models.TextField(_("instructions"), blank=True)
    equipment = models.TextField(_("equipment and materials"), blank=True)
    given_at = models.DateTimeField(_("handed over at"))
    given_by = who(_("signed by"))
    taken_at = models.DateTimeField(_("taken over at"), null=True, blank=True)
    taken_by = who(_("countersigned by"), null=True)
    remark = models.TextField(_("remark of the one who takes over"), blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True, blank=True)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover of a desk")
        verbose_name_plural = _("handovers of a desk")
        ordering: ClassVar = ["-given_at", "-pk"]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="as_given",
                fields=[
                    "contract",
                    "post",
                    "giver",
                    "taker",
                    "matters",
                    "open_orders",
                    "unfinished",
                    "instructions",
                    "equipment",
                    "given_at",
                    "given_by",
                ],
            ),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("taker")), name="handover_has_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(taken_by=F("given_by")), name="handover_has_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(taken_by__isnull=False, refused_at=None),
                name="handover_is_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(refused_at=None)
                | Q(taken_by__isnull=False) & ~Q(remark=""),
                name="handover_refusal_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "-given_at"], name="handover_by_moment")
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker} {self.given_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:handover", args=[self.contract.number, self.pk])
