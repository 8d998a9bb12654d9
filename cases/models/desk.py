"""How a desk is set up: its lists of words, who works for a unit, saved views."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract

from .reference import Unit


class TermKind(models.TextChoices):
    """A list that the desk keeps itself."""

    URGENT_WORD = "urgent_word", _("Words that make an order urgent")
    RETURN_REASON = "return_reason", _("Reasons to return an order")
    DECLINE_REASON = "decline_reason", _("Reasons of a unit to decline")
    EXCLUSION_REASON = "exclusion_reason", _("Reasons for exclusion")
    CHECK = "check", _("What a reply is checked for")
    CONTACT_CAUSE = "contact_cause", _("Why a caller was not contacted")
    SOLUTION_CAUSE = "solution_cause", _("Why a matter was not solved")
    SATISFACTION_CAUSE = "satisfaction_cause", _("Why a caller was not satisfied")
    ERROR = "error", _("Errors found in a re-check")


class TermQuerySet(models.QuerySet["DeskTerm"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


class DeskTerm(models.Model):
    """An item of such a list. One that is no longer offered stays for what used it."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="+", verbose_name=_("contract")
    )
    kind = models.CharField(_("list"), max_length=20, choices=TermKind)
    text = models.CharField(_("text"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("offered"), default=True)

    objects = TermQuerySet.as_manager()

    class Meta:
        verbose_name = _("term of the desk")
        verbose_name_plural = _("terms of the desk")
        ordering: ClassVar = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "text"], name="term_once_in_a_list"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=TermKind.values), name="term_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class UnitMemberQuerySet(models.QuerySet["UnitMember"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(unit__contract=contract)


class UnitMember(models.Model):
    """Who speaks for a handling unit: signs, answers and sees its orders, and no others."""

    unit = models.ForeignKey(
        Unit, models.CASCADE, related_name="members", verbose_name=_("handling unit")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="units",
        verbose_name=_("person"),
    )
    since = models.DateTimeField(_("since"))

    objects = UnitMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a unit")
        verbose_name_plural = _("members of units")
        constraints = [
            models.UniqueConstraint(fields=["unit", "user"], name="unit_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.user}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def for_(self, user: object) -> Self:
        """Keep one's own views, and those that others share."""
        return self.filter(Q(owner=user) | Q(shared=True))


class SavedView(models.Model):
    """Filters, sorting and columns of the list under a name, one's own or everybody's."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="+", verbose_name=_("contract")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=40)
    shared = models.BooleanField(_("for everybody"), default=False)
    query = models.CharField(_("filters"), max_length=2000, blank=True)
    columns = ArrayField(
        models.CharField(max_length=30),
        default=list,
        blank=True,
        verbose_name=_("columns"),
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    made_at = models.DateTimeField(_("made at"))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering: ClassVar = ["-shared", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "owner", "name"], name="view_one_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name
