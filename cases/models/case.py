"""A work order, and where it stands."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Role
from cases.rules.indicators import Basis, Tally
from contracts.models import Contract, Workflow

from .batch import Batch
from .reference import Category, Community, Unit


class CaseStatus(models.TextChoices):
    """Where an order may stand."""

    RECEIVED = "received", _("To be signed")
    SIGNED = "signed", _("To be transferred")
    RETURNING = "returning", _("Return under review")
    RETURNED = "returned", _("Returned")
    TRANSFERRED = "transferred", _("To be accepted by the unit")
    HANDLING = "handling", _("In hand")
    DECLINED = "declined", _("Declined by the unit")
    REPLIED = "replied", _("To be reviewed")
    REVIEWED = "reviewed", _("To be closed")
    CLOSED = "closed", _("Closed, callback open")
    REOPENED = "reopened", _("Dispatched again")
    CALLED_BACK = "called_back", _("Called back")
    ARCHIVED = "archived", _("Archived")
    VOID = "void", _("Void")


#: Nothing is waiting for anybody of the desk or of a unit.
FINISHED = frozenset(
    {
        CaseStatus.RETURNED,
        CaseStatus.CLOSED,
        CaseStatus.CALLED_BACK,
        CaseStatus.ARCHIVED,
        CaseStatus.VOID,
    }
)
OPEN = frozenset(CaseStatus) - FINISHED


class Source(models.TextChoices):
    CITY = "city", _("Dispatched by the city")
    DISTRICT = "district", _("Passed on by the district")
    STREET = "street", _("Taken by the street itself")
    OTHER = "other", _("Other")


class Nature(models.TextChoices):
    LEAD = "lead", _("In the lead")
    ASSIST = "assist", _("Assisting")
    FORWARD = "forward", _("Forwarded")


class Urgency(models.TextChoices):
    ORDINARY = "ordinary", _("Ordinary")
    URGENT = "urgent", _("Urgent")


class Satisfaction(models.TextChoices):
    SATISFIED = "satisfied", _("Satisfied")
    PARTLY = "partly", _("Basically satisfied")
    DISSATISFIED = "dissatisfied", _("Dissatisfied")
    UNRATED = "unrated", _("Not rated")


class Exclusion(models.TextChoices):
    """Left out of the assessed basis by a decision made outside."""

    NONE = "none", _("Counted")
    EXCLUDED = "excluded", _("Excluded")
    DEFERRED = "deferred", _("Deferred")


class Flag(models.TextChoices):
    """What stands beside an order's status, put there by hand."""

    HARD = "hard", _("Hard to solve")
    RAISED = "raised", _("Raised to a higher level")
    WHISTLE = "whistle", _("Departments called together")
    KEY = "key", _("Key order")
    REPEAT = "repeat", _("Repeated")


class UrgingLevel(models.TextChoices):
    """Who stands behind a supervision, or which step of the clock behind an urging."""

    HALF = "half", _("50 % of the time gone")
    NEAR = "near", _("75 % of the time gone")
    LAST = "last", _("90 % of the time gone")
    OVERDUE = "overdue", _("Overdue")
    BY_HAND = "by_hand", pgettext_lazy("urging", "By hand")
    DESK = "desk", _("Supervised by the project manager")
    STREET = "street", _("Supervised by the street office")
    LEADER = "leader", _("Supervised by a leader of the street")
    CRITICISM = "criticism", _("Written criticism")


class HasGrams(models.Lookup):
    """`grams__has="'ab' & 'bc'"`: the text contains all of these pairs."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"{lhs} @@ %s::tsquery", [*lhs_params, self.rhs]


SearchVectorField.register_lookup(HasGrams)


def _how_many(**conditions: Any) -> Count:
    return Count("pk", filter=Q(**conditions))


#: What a Tally counts. The answers of callers count where the callback is valid.
COUNTS = {
    "volume": Count("pk"),
    "closed": Count("pk", filter=Q(closed_at__isnull=False)),
    "valid": _how_many(valid_callback=True),
    "contacted": _how_many(valid_callback=True, contacted=True),
    "solved": _how_many(valid_callback=True, solved=True),
    "satisfied": _how_many(valid_callback=True, satisfaction=Satisfaction.SATISFIED),
    "partly": _how_many(valid_callback=True, satisfaction=Satisfaction.PARTLY),
}


def with_units_of(user: Any, order: str = "") -> Q:
    """Return what holds of orders that a person sees who speaks for handling units.

    `order` is the way to them, such as "case__" from what hangs on one.
    """
    # Named one by one: from a subquery the planner cannot tell how many they are.
    units = list(Unit.objects.filter(members__user=user).values_list("pk", flat=True))
    sent = Q(**{f"{order}transferred_at__isnull": False})
    closed = Q(**{f"{order}closed_at__isnull": False})
    return Q(**{f"{order}unit__in": units}) & (sent | closed)


class CaseQuerySet(models.QuerySet["Case"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def seen_by(self, user: Any, role: str) -> Self:
        """Keep what a person may see in their role.

        Whoever speaks for a handling unit sees what was sent to it, and no more: an
        order that the platform dispatched under its name is on the desk at first.
        """
        return self.filter(with_units_of(user)) if role == Role.UNIT else self

    def open(self) -> Self:
        return self.filter(status__in=sorted(OPEN))

    def finished(self) -> Self:
        return self.filter(status__in=sorted(FINISHED))

    def overdue(self, at: datetime) -> Self:
        """Keep open orders whose deadline on the platform has passed."""
        return self.open().filter(due_at__lte=at)

    def past(self, percent: int, at: datetime) -> Self:
        """Keep open orders past a share of their time, but not past all of it."""
        return self.open().filter(due_at__gt=at).having_used(percent, at)

    def having_used(self, percent: int, at: datetime) -> Self:
        """Keep orders whose clock has gone past a share of their time.

        The same arithmetic as `rules.clocks.Clock`, of this handling: what an extension
        has added counts for nothing, and within it the clock stands still.
        """
        begun = Coalesce("reopened_at", "counted_at")
        now = Greatest(Value(at, models.DateTimeField()), "paused_until")
        used, length = (
            ExpressionWrapper(end - begun, models.DurationField())
            - ExpressionWrapper(F("paused"), models.DurationField())
            for end in (now, F("due_at"))
        )
        hundredths, share = (
            ExpressionWrapper(part * Value(factor), models.DurationField())
            for part, factor in ((used, 100), (length, percent))
        )
        return self.filter(GreaterThanOrEqual(hundredths, share))

    def counted_between(self, since: datetime, until: datetime) -> Self:
        """Keep orders whose base time lies in [since, until)."""
        return self.filter(counted_at__gte=since, counted_at__lt=until)

    def closed_between(self, since: datetime, until: datetime) -> Self:
        return self.filter(closed_at__gte=since, closed_at__lt=until)

    def on_basis(self, basis: Basis) -> Self:
        """Keep what counts: on the full basis all, on the assessed one not what is
        excluded, deferred or returned. Orders entered by mistake count on neither."""
        real = self.exclude(status=CaseStatus.VOID)
        if basis is Basis.FULL:
            return real
        return real.filter(exclusion=Exclusion.NONE).exclude(status=CaseStatus.RETURNED)

    def unhappy(self) -> Self:
        """Keep what a valid callback has found wanting: no contact, no solution, no thanks."""
        return self.filter(valid_callback=True).filter(
            Q(contacted=False)
            | Q(solved=False)
            | Q(satisfaction=Satisfaction.DISSATISFIED)
        )

    def tally(self) -> Tally:
        """Count what the indicators are made from, of all these orders together."""
        return Tally(**self.order_by().aggregate(**COUNTS))

    def tallies_by(self, *fields: str) -> dict[Any, Tally]:
        """Count the same for each value of a field, or of several as a tuple."""
        rows = self.order_by().values_list(*fields).annotate(**COUNTS)
        width = len(fields)
        return {
            (row[0] if width == 1 else row[:width]): Tally(*row[width:]) for row in rows
        }


class Case(Workflow):
    """A work order that the platform sent, or that the street took itself.

    `status` is for lists; the ledger (`Entry`) is what happened, and replaying it
    arrives at the same status.
    """

    NEXT: ClassVar = {
        CaseStatus.RECEIVED: {
            CaseStatus.SIGNED,
            CaseStatus.RETURNING,
            CaseStatus.VOID,
        },
        CaseStatus.SIGNED: {
            CaseStatus.TRANSFERRED,
            CaseStatus.RETURNING,
            CaseStatus.VOID,
        },
        # The platform's clock runs on while a return is asked for.
        CaseStatus.RETURNING: {CaseStatus.RETURNED, CaseStatus.SIGNED},
        CaseStatus.TRANSFERRED: {
            CaseStatus.HANDLING,
            CaseStatus.DECLINED,
            CaseStatus.TRANSFERRED,
            CaseStatus.VOID,
        },
        CaseStatus.HANDLING: {
            CaseStatus.REPLIED,
            CaseStatus.TRANSFERRED,
            CaseStatus.VOID,
        },
        CaseStatus.DECLINED: {
            CaseStatus.TRANSFERRED,
            CaseStatus.RETURNING,
            CaseStatus.VOID,
        },
        CaseStatus.REPLIED: {
            CaseStatus.REVIEWED,
            CaseStatus.HANDLING,
            CaseStatus.VOID,
        },
        CaseStatus.REVIEWED: {CaseStatus.CLOSED, CaseStatus.VOID},
        CaseStatus.CLOSED: {
            CaseStatus.CALLED_BACK,
            CaseStatus.REOPENED,
            CaseStatus.VOID,
        },
        CaseStatus.REOPENED: {
            CaseStatus.SIGNED,
            CaseStatus.RETURNING,
            CaseStatus.VOID,
        },
        CaseStatus.CALLED_BACK: {
            CaseStatus.CALLED_BACK,
            CaseStatus.REOPENED,
            CaseStatus.ARCHIVED,
            CaseStatus.VOID,
        },
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="cases", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=CaseStatus,
        default=CaseStatus.RECEIVED,
        editable=False,
    )

    # What the platform says. An import may change it, and the ledger then shows how.
    number = models.CharField(_("order number"), max_length=40)
    district_number = models.CharField(_("district number"), max_length=40, blank=True)
    source = models.CharField(
        _("source"), max_length=10, choices=Source, default=Source.OTHER
    )
    kind = models.CharField(_("type of claim"), max_length=20, blank=True)
    category = models.ForeignKey(
        Category,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
    )
    tags = ArrayField(
        models.CharField(max_length=30),
        default=list,
        blank=True,
        verbose_name=_("tags"),
    )
    title = models.CharField(_("title"), max_length=300, blank=True)
    content = models.TextField(_("content"), blank=True)
    urgency = models.CharField(
        _("urgency"), max_length=10, choices=Urgency, default=Urgency.ORDINARY
    )
    platform_status = models.CharField(
        _("status on the platform"), max_length=30, blank=True
    )
    nature = models.CharField(_("nature"), max_length=10, choices=Nature, blank=True)
    district = models.CharField(_("district"), max_length=60, blank=True)
    street = models.CharField(_("street"), max_length=60, blank=True)
    community = models.ForeignKey(
        Community,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("community"),
    )
    spot = models.CharField(_("place"), max_length=200, blank=True)
    platform_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit on the platform"),
    )
    company = models.CharField(_("company"), max_length=120, blank=True)
    channel = models.CharField(_("way of handling"), max_length=40, blank=True)
    called_at = models.DateTimeField(_("called at"), null=True, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True)
    reply = models.TextField(_("reply"), blank=True)
    valid_callback = models.BooleanField(_("valid callback"), null=True, blank=True)
    contacted = models.BooleanField(_("contacted"), null=True, blank=True)
    solved = models.BooleanField(_("solved"), null=True, blank=True)
    satisfaction = models.CharField(
        _("satisfaction"), max_length=12, choices=Satisfaction, blank=True
    )
    extra = models.JSONField(_("further columns"), default=dict, blank=True)

    # What the desk knows besides.
    counted_at = models.DateTimeField(_("counted at"))
    received_at = models.DateTimeField(_("received at"))
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handling unit"),
    )
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    transferred_at = models.DateTimeField(_("transferred at"), null=True, blank=True)
    inner_due_at = models.DateTimeField(_("inner deadline"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("replied by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    first_contact_at = models.DateTimeField(
        _("first contact at"), null=True, blank=True
    )
    attempts = models.PositiveSmallIntegerField(_("times handled"), default=1)
    #: The beginning of this handling, if it is not the first.
    reopened_at = models.DateTimeField(_("dispatched again at"), null=True, blank=True)
    #: Time that granted extensions have added to this handling.
    paused = models.DurationField(_("extended by"), default=timedelta)
    #: Until when the last of them keeps the clock from running.
    paused_until = models.DateTimeField(
        _("clock stands still until"), null=True, blank=True, editable=False
    )
    urged = models.PositiveSmallIntegerField(_("times urged"), default=0)
    urge_stage = models.PositiveSmallIntegerField(
        _("share of its time last urged at"), default=0, editable=False
    )
    supervised = models.CharField(
        _("supervised by"), max_length=12, choices=UrgingLevel, blank=True
    )
    urgent_because = models.CharField(_("urgent because"), max_length=120, blank=True)
    flags = ArrayField(
        models.CharField(max_length=10, choices=Flag),
        default=list,
        blank=True,
        verbose_name=_("flags"),
    )
    exclusion = models.CharField(
        _("exclusion"), max_length=10, choices=Exclusion, default=Exclusion.NONE
    )
    deferred_until = models.DateTimeField(_("deferred until"), null=True, blank=True)
    called_back_at = models.DateTimeField(_("called back at"), null=True, blank=True)
    contact_cause = models.CharField(_("why not contacted"), max_length=60, blank=True)
    solution_cause = models.CharField(_("why not solved"), max_length=60, blank=True)
    satisfaction_cause = models.CharField(
        _("why not satisfied"), max_length=60, blank=True
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("handled with"),
    )

    # Where it came from.
    batch = models.ForeignKey(
        Batch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("import"),
    )
    sheet = models.CharField(_("sheet"), max_length=60, blank=True)
    row = models.PositiveIntegerField(_("row"), null=True, blank=True)
    row_digest = models.BinaryField(max_length=32, default=bytes, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "number"], name="case_one_a_number"
            ),
            models.CheckConstraint(
                condition=Q(status__in=CaseStatus.values), name="case_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction__in=["", *Satisfaction.values]),
                name="case_satisfaction_is_known",
            ),
            models.CheckConstraint(
                condition=Q(exclusion__in=Exclusion.values),
                name="case_exclusion_is_known",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("replied_by")),
                name="case_review_has_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "-counted_at", "-id"], name="case_newest"),
            models.Index(
                "contract",
                OpClass("number", name="varchar_pattern_ops"),
                name="case_by_number_begun",
            ),
            models.Index(
                fields=["contract", "due_at", "id"],
                name="case_open_by_due",
                condition=Q(status__in=sorted(OPEN)),
            ),
            models.Index(
                fields=["contract", "status", "-counted_at", "-id"],
                name="case_by_status",
            ),
            models.Index(
                fields=["contract", "unit", "-counted_at", "-id"], name="case_by_unit"
            ),
            # What a unit is shown: counted from the index alone (with_units_of).
            models.Index(
                fields=["contract", "unit", "-counted_at", "-id"],
                name="case_sent_to_unit",
                condition=Q(transferred_at__isnull=False) | Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["contract", "community", "-counted_at", "-id"],
                name="case_by_community",
            ),
            models.Index(
                fields=["contract", "category", "-counted_at", "-id"],
                name="case_by_category",
            ),
            models.Index(fields=["contract", "closed_at"], name="case_by_closing"),
            # What few orders have: walking past all others takes seconds.
            models.Index(
                fields=["contract", "source", "-counted_at", "-id"],
                name="case_by_source",
            ),
            models.Index(
                fields=["contract", "satisfaction", "-counted_at", "-id"],
                name="case_by_satisfaction",
            ),
            models.Index(
                fields=["contract", "-counted_at", "-id"],
                name="case_urgent",
                condition=Q(urgency=Urgency.URGENT),
            ),
            *(
                models.Index(
                    fields=["contract", "-counted_at", "-id"],
                    name=f"case_not_{answer}",
                    condition=Q(**{answer: False}),
                )
                for answer in ("valid_callback", "contacted", "solved")
            ),
            *(
                models.Index(
                    fields=["contract", f"{of}_cause", "-counted_at", "-id"],
                    name=f"case_by_{of}_cause",
                    condition=~Q(**{f"{of}_cause": ""}),
                )
                for of in ("contact", "solution", "satisfaction")
            ),
            models.Index(
                fields=["contract", "spot", "category", "counted_at"],
                name="case_by_place",
                condition=~Q(spot=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("cases:case", args=[self.contract.number, self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def flags_shown(self) -> list[str]:
        return [str(Flag(flag).label) for flag in self.flags]


class CaseWords(models.Model):
    """What an order can be found by: pairs of characters of its text.

    Beside the order, not in it: a change of status must not write the index again.
    """

    case = models.OneToOneField(
        Case, models.CASCADE, primary_key=True, related_name="words"
    )
    grams = SearchVectorField()

    class Meta:
        verbose_name = _("searchable text")
        verbose_name_plural = _("searchable texts")
        indexes = [GinIndex(fields=["grams"], name="words_grams")]

    def __str__(self) -> str:
        return str(self.case_id)
