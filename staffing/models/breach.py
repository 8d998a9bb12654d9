"""What was not as agreed: facts, which the assessment may take up. No decision yet."""

from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Clause, Contract
from contracts.models.fields import money

from .departure import Demand, Departure, Refusal
from .person import Person
from .post import Post
from .roster import Shift


class BreachKind(models.TextChoices):
    GAP = "gap", pgettext("breach", "Post not covered")
    NO_SHOW = "no_show", pgettext("breach", "Did not come")
    DEPARTURE = "departure", pgettext("breach", "Departure not as laid down")
    REPLACEMENT = "replacement", pgettext("breach", "Replaced too late")
    UNFIT = "unfit", pgettext("breach", "Newcomer not approved")


class BreachQuerySet(models.QuerySet["Breach"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def standing(self) -> Self:
        """Leave out what turned out otherwise."""
        return self.filter(withdrawn_at=None)


@pghistory.track()
class Breach(models.Model):
    """A fact of the roster, found by the program and never deleted.

    `tariff` is what the clause names for each, in CNY; None where it names none.
    `explained` says how the fact was arrived at, for people. One that turns out not to
    be so is withdrawn, with the reason.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="breaches", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=BreachKind)
    clause = models.ForeignKey(
        Clause,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("clause"),
    )
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        null=True,
        related_name="breaches",
        verbose_name=pgettext("staffing", "post"),
    )
    person = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        related_name="breaches",
        verbose_name=pgettext("staffing", "person"),
    )
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="breaches")
    departure = models.ForeignKey(
        Departure, models.PROTECT, null=True, related_name="breaches"
    )
    demand = models.ForeignKey(
        Demand, models.PROTECT, null=True, related_name="breaches"
    )
    refusal = models.ForeignKey(
        Refusal, models.PROTECT, null=True, related_name="breaches"
    )
    happened_on = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("from"), null=True)
    ends_at = models.DateTimeField(_("to"), null=True)
    #: How many of the post were missing.
    missing = models.PositiveSmallIntegerField(_("missing"), null=True)
    tariff = money(_("named by the clause (CNY)"), null=True)
    explained = models.JSONField(_("how it was found"), default=list)
    found_at = models.DateTimeField(_("found at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_why = models.CharField(_("why withdrawn"), max_length=200, blank=True)

    objects = BreachQuerySet.as_manager()

    class Meta:
        verbose_name = _("breach of the roster")
        verbose_name_plural = _("breaches of the roster")
        ordering: ClassVar = ["-happened_on", "-pk"]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="as_found",
                fields=[
                    "contract",
                    "kind",
                    "clause",
                    "post",
                    "person",
                    "shift",
                    "departure",
                    "demand",
                    "refusal",
                    "happened_on",
                    "starts_at",
                    "ends_at",
                    "missing",
                    "tariff",
                    "found_at",
                ],
            ),
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=BreachKind.values), name="breach_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=BreachKind.GAP)
                | Q(post__isnull=False, starts_at__lt=F("ends_at"), missing__gt=0),
                name="breach_gap_is_of_a_post_and_has_a_length",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BreachKind.NO_SHOW) | Q(shift__isnull=False),
                name="breach_no_show_is_of_a_shift",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BreachKind.DEPARTURE) | Q(departure__isnull=False),
                name="breach_departure_is_of_one",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BreachKind.REPLACEMENT) | Q(demand__isnull=False),
                name="breach_replacement_is_of_a_demand",
            ),
            models.CheckConstraint(
                condition=~Q(kind=BreachKind.UNFIT) | Q(refusal__isnull=False),
                name="breach_unfit_is_of_a_newcomer",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_why=""),
                name="breach_withdrawal_says_why",
            ),
            models.UniqueConstraint(
                fields=["post", "starts_at"],
                condition=Q(kind=BreachKind.GAP, withdrawn_at=None),
                name="breach_gap_once",
            ),
            *(
                models.UniqueConstraint(
                    fields=[cause],
                    condition=Q(kind=kind, withdrawn_at=None),
                    name=f"breach_{kind}_once",
                )
                # One departure is one time, whatever was wrong with it (R37).
                for kind, cause in (
                    (BreachKind.NO_SHOW.value, "shift"),
                    (BreachKind.DEPARTURE.value, "departure"),
                    (BreachKind.REPLACEMENT.value, "demand"),
                    (BreachKind.UNFIT.value, "refusal"),
                )
            ),
        ]
        indexes = [
            models.Index(fields=["contract", "happened_on"], name="breach_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.happened_on}"

    def get_absolute_url(self) -> str:
        return reverse("staffing:breach", args=[self.contract.number, self.pk])
