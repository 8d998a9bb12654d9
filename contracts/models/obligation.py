"""What each party owes, and each time it falls due."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import (
    Count,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    Value,
)
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import Ledger, User
from contracts.rules.calendar import BEIJING, ONE_DAY, Deadline
from contracts.rules.obligations import Mode as ModeRule
from contracts.rules.obligations import from_plain

from .clause import Clause
from .contract import Contract, Side
from .document import Document
from .fields import person
from .workflow import Workflow


class Mode(models.TextChoices):
    ONCE = ModeRule.ONCE.value, pgettext("obligation", "Once")
    RECURRING = ModeRule.RECURRING.value, pgettext("obligation", "Again and again")
    ON_EVENT = ModeRule.ON_EVENT.value, pgettext("obligation", "On an event")
    STANDING = ModeRule.STANDING.value, pgettext("obligation", "Always")


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def with_counts(self, at: datetime) -> Self:
        """Annotate how many of its dues are `late`, `open`, `returned`, `waiting`, `done`.

        Each due is in one of them at most; `late` are those not done in time yet,
        returned ones among them; `returned` those that still have time.
        """
        late = late_at(at, "dues__")
        counts = {
            "late": late,
            "open": Q(dues__status=DueStatus.OPEN) & ~late,
            "returned": Q(dues__status=DueStatus.RETURNED) & ~late,
            "waiting": Q(dues__status=DueStatus.DELIVERED, accepted_by_a=True),
            "done": Q(dues__status=DueStatus.ACCEPTED)
            | Q(dues__status=DueStatus.DELIVERED, accepted_by_a=False),
        }
        return self.annotate(
            **{name: Count("dues", filter=found) for name, found in counts.items()}
        )


@pghistory.track()
class Obligation(models.Model):
    """Something that one party owes the other, by a clause.

    `due_rule` says when, as `rules.obligations.DueRule` reads it; `due_in_words` says
    the same to people.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="obligations", verbose_name=_("contract")
    )
    key = models.SlugField(_("key"), max_length=60)
    clause = models.ForeignKey(
        Clause, models.PROTECT, related_name="obligations", verbose_name=_("clause")
    )
    rules = ArrayField(
        models.CharField(max_length=4),
        default=list,
        blank=True,
        verbose_name=_("rules"),
    )
    side = models.CharField(pgettext("party", "owed by"), max_length=1, choices=Side)
    mode = models.CharField(_("how often"), max_length=10, choices=Mode)
    title = models.CharField(_("title"), max_length=80)
    due_rule = models.JSONField(_("rule of its due moment"), null=True, blank=True)
    due_in_words = models.CharField(_("due"), max_length=200, blank=True)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True)
    accepted_by_a = models.BooleanField(_("accepted by Party A"), default=False)
    order = models.PositiveSmallIntegerField(_("order"))

    objects = ObligationQuerySet.as_manager()
    late: int  # these five only after with_counts()
    open: int
    returned: int
    waiting: int
    done: int

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        ordering: ClassVar = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "key"], name="obligation_one_a_key"
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="obligation_side_is_known"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=Mode.values), name="obligation_mode_is_known"
            ),
            models.CheckConstraint(
                condition=Q(mode=Mode.STANDING) | Q(due_rule__isnull=False),
                name="obligation_has_a_rule_unless_standing",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("contracts:obligation", args=[self.contract.number, self.pk])


class DueStatus(models.TextChoices):
    OPEN = "open", pgettext("due", "To do")
    DELIVERED = "delivered", pgettext("due", "Delivered")
    ACCEPTED = "accepted", pgettext("due", "Accepted")
    RETURNED = "returned", pgettext("due", "Returned")
    DROPPED = "dropped", pgettext("due", "No longer owed")


#: What somebody has still to do.
OWED = (DueStatus.OPEN, DueStatus.RETURNED)


def late_at(at: datetime, path: str = "") -> Q:
    """Return what is true of dues that are owed, and late, at a moment.

    What was returned has until the day on which it is to be done again; days of
    waiting for public funds do not count (六（一）5).
    """
    held = F(f"{path}held_days") * Value(ONE_DAY)
    return Q(**{f"{path}status__in": OWED, f"{path}waits_for_funds": False}) & (
        Q(**{f"{path}again_on": None, f"{path}due_at__lte": _moment(Value(at) - held)})
        | Q(**{f"{path}again_on__lt": at.astimezone(BEIJING).date()})
    )


def _moment(expression: Any) -> Any:
    return ExpressionWrapper(expression, output_field=models.DateTimeField())


#: What can start a clock. A due rests on one of them, or on the contract's own dates.
CAUSES = (
    "notice",
    "contact",
    "change",
    "callout",
    "force_majeure",
    "termination",
    "damage",
    "acceptance",
    "extra",
    "hold",
)


class DueQuerySet(models.QuerySet["Due"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def owed(self) -> Self:
        """Keep what somebody has still to do, or to do again."""
        return self.filter(status__in=OWED)

    def overdue(self, at: datetime) -> Self:
        return self.filter(late_at(at))

    def delivered_late(self) -> Self:
        return self.filter(
            Q(
                again_on=None,
                delivered_at__gt=_moment(F("due_at") + F("held_days") * Value(ONE_DAY)),
            )
            | Q(delivered_at__date__gt=F("again_on"))
        )

    def waiting_for_acceptance(self) -> Self:
        return self.filter(status=DueStatus.DELIVERED, obligation__accepted_by_a=True)


@pghistory.track()
class Due(Workflow):
    """One time that an obligation falls due.

    `due_at` is the moment from which it is too late. `explained` is the `Deadline` it
    was counted as, with the calendar as it stood then; a new calendar moves nothing
    unless `recompute` does. Where the calendar of a year is missing, there is no date
    yet, and `missing_year` says so; what an event set off keeps `since` when, to be
    counted once there is one.
    """

    NEXT: ClassVar = {
        DueStatus.OPEN: {DueStatus.DELIVERED, DueStatus.DROPPED},
        DueStatus.DELIVERED: {DueStatus.ACCEPTED, DueStatus.RETURNED},
        DueStatus.RETURNED: {DueStatus.DELIVERED, DueStatus.DROPPED},
        # What went with its period comes back with it (actions.recompute).
        DueStatus.DROPPED: {DueStatus.OPEN},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="dues", verbose_name=_("contract")
    )
    obligation = models.ForeignKey(
        Obligation, models.PROTECT, related_name="dues", verbose_name=_("obligation")
    )
    label = models.CharField(_("occasion"), max_length=80)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=DueStatus,
        default=DueStatus.OPEN,
        editable=False,
    )
    due_on = models.DateField(_("due on"), null=True)
    due_at = models.DateTimeField(_("due before"), null=True)
    explained = models.JSONField(_("how it was counted"), null=True)
    provisional = models.BooleanField(_("provisional"), default=False)
    missing_year = models.PositiveSmallIntegerField(_("missing year"), null=True)

    notice = models.ForeignKey(
        "contracts.Notice", models.PROTECT, null=True, related_name="dues"
    )
    contact = models.ForeignKey(
        "contracts.Contact", models.PROTECT, null=True, related_name="dues"
    )
    change = models.ForeignKey(
        "contracts.Change", models.PROTECT, null=True, related_name="dues"
    )
    callout = models.ForeignKey(
        "contracts.Callout", models.PROTECT, null=True, related_name="dues"
    )
    force_majeure = models.ForeignKey(
        "contracts.ForceMajeure", models.PROTECT, null=True, related_name="dues"
    )
    termination = models.ForeignKey(
        "contracts.Termination", models.PROTECT, null=True, related_name="dues"
    )
    damage = models.ForeignKey(
        "contracts.Damage", models.PROTECT, null=True, related_name="dues"
    )
    acceptance = models.ForeignKey(
        "contracts.Acceptance", models.PROTECT, null=True, related_name="dues"
    )

    extra = models.ForeignKey(
        "contracts.Extra", models.PROTECT, null=True, related_name="dues"
    )
    hold = models.ForeignKey(
        "contracts.Hold", models.PROTECT, null=True, related_name="dues"
    )

    waits_for_funds = models.BooleanField(
        _("waits for public funds"), default=False, editable=False
    )
    held_days = models.PositiveSmallIntegerField(
        _("days of waiting for public funds"), default=0, editable=False
    )
    delivered_at = models.DateTimeField(_("delivered at"), null=True, editable=False)
    delivered_by = person(_("delivered by"), null=True, editable=False)
    delivered_note = models.TextField(_("what was delivered"), blank=True)
    evidence = models.ManyToManyField(
        Document, related_name="dues", blank=True, verbose_name=_("evidence")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True)
    again_on = models.DateField(_("to be done again by"), null=True, blank=True)
    returns = models.PositiveSmallIntegerField(_("times returned"), default=0)

    objects = DueQuerySet.as_manager()

    class Meta:
        verbose_name = _("due")
        verbose_name_plural = _("dues")
        ordering: ClassVar = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation", "label"], name="due_one_an_occasion"
            ),
            models.CheckConstraint(
                condition=Q(status__in=DueStatus.values), name="due_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    due_on__isnull=False, due_at__isnull=False, missing_year=None
                )
                | Q(due_on=None, due_at=None, missing_year__isnull=False),
                name="due_has_a_date_or_misses_a_calendar",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[DueStatus.DELIVERED, DueStatus.ACCEPTED])
                | Q(delivered_at__isnull=False),
                name="due_is_accepted_after_delivery",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[DueStatus.ACCEPTED, DueStatus.RETURNED])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="due_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("delivered_by")),
                name="due_has_four_eyes",
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(
                    Func(
                        *(F(f"{cause}_id") for cause in CAUSES),
                        function="num_nonnulls",
                        output_field=IntegerField(),
                    ),
                    1,
                ),
                name="due_rests_on_one_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "due_at"], name="due_by_moment"),
            models.Index(
                fields=["due_at"], condition=Q(status__in=OWED), name="due_owed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("contracts:due", args=[self.contract.number, self.pk])

    @property
    def deadline(self) -> Deadline | None:
        """How its date was counted; None where a calendar is missing."""
        return from_plain(self.explained) if self.explained and self.due_on else None

    @property
    def owed(self) -> bool:
        return self.status in OWED

    @property
    def ends_at(self) -> datetime | None:
        """The moment from which it is too late: of what was returned, its new day's end.

        As many days later as it had to wait for public funds (六（一）5).
        """
        if self.again_on:
            return datetime.combine(self.again_on + ONE_DAY, time(), tzinfo=BEIJING)
        return self.due_at and self.due_at + self.held_days * ONE_DAY

    def is_overdue(self, at: datetime) -> bool:
        if not self.owed or self.waits_for_funds or self.ends_at is None:
            return False
        return at >= self.ends_at

    @property
    def waits_for_acceptance(self) -> bool:
        return self.status == DueStatus.DELIVERED and self.obligation.accepted_by_a

    @property
    def late_by(self) -> timedelta | None:
        """How late it was delivered; None if in time, or not delivered yet."""
        if self.delivered_at is None or self.ends_at is None:
            return None
        late = self.delivered_at - self.ends_at
        return late if late > timedelta() else None

    def deliver(
        self,
        *,
        by: User | None,
        at: datetime,
        delivered_at: datetime | None = None,
        note: str = "",
    ) -> None:
        """Record that it was done; `delivered_at` is when, where that was not just now.

        For whoever knows of the fact, inside its own transaction. Raises
        TransitionRefused.
        """
        self.move(
            DueStatus.DELIVERED,
            by=by,
            at=at,
            note=note,
            delivered_at=delivered_at or at,
            delivered_by=by,
            delivered_note=note,
        )


class DueMove(Ledger):
    """That a due was counted anew, and came out on another day."""

    due = models.ForeignKey(
        Due, models.PROTECT, related_name="moves", verbose_name=_("due")
    )
    was_on = models.DateField(_("was due on"), null=True)
    became_on = models.DateField(_("is due on"), null=True)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))
    by = person(_("by"), null=True)

    class Meta(Ledger.Meta):
        verbose_name = _("move of a due")
        verbose_name_plural = _("moves of dues")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.due} {self.was_on} → {self.became_on}"
