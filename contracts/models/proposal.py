"""What takes a second signature before it counts: other readings, official calendars."""

from typing import ClassVar, Self, TypeVar
from uuid import uuid4

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.roles import PARTY_B, Role

from .contract import Contract
from .fields import paper, person
from .workflow import Workflow


class ProposalStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext("proposal", "Proposed")
    ADOPTED = "adopted", pgettext("proposal", "Adopted")
    REFUSED = "refused", pgettext("proposal", "Refused")
    WITHDRAWN = "withdrawn", pgettext("proposal", "Withdrawn")


Proposed = TypeVar("Proposed", bound="Proposal")


class ProposalQuerySet(models.QuerySet[Proposed]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def visible_to(self, role: Role) -> Self:
        """Show Party B what was adopted, and not what Party A thinks about."""
        return self.filter(status=ProposalStatus.ADOPTED) if role in PARTY_B else self

    def waiting(self) -> Self:
        return self.filter(status=ProposalStatus.PROPOSED)


class Proposal(Workflow):
    """Something that one person of Party A proposes and another signs."""

    NEXT: ClassVar = {
        ProposalStatus.PROPOSED: {
            ProposalStatus.ADOPTED,
            ProposalStatus.REFUSED,
            ProposalStatus.WITHDRAWN,
        },
    }

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=ProposalStatus,
        default=ProposalStatus.PROPOSED,
        editable=False,
    )
    reason = models.TextField(_("reason"), max_length=2000)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = person(_("proposed by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = person(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values),
                name="%(class)s_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status=ProposalStatus.PROPOSED)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="%(class)s_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by"))
                | Q(status=ProposalStatus.WITHDRAWN),
                name="%(class)s_has_four_eyes",
            ),
        ]


@pghistory.track()
class ReadingProposal(Proposal):
    """That an open point be read otherwise from a day on."""

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="reading_proposals",
        verbose_name=_("contract"),
    )
    key = models.CharField(_("point"), max_length=40)
    value = models.JSONField(_("reading"))
    holds_from = models.DateField(_("holds from"))
    reading = models.OneToOneField(
        "contracts.Reading",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="proposal",
        verbose_name=_("reading"),
    )

    objects = ProposalQuerySet["ReadingProposal"].as_manager()

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("proposed reading")
        verbose_name_plural = _("proposed readings")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["contract", "key"],
                condition=Q(status=ProposalStatus.PROPOSED),
                name="readingproposal_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.holds_from}"


@pghistory.track()
class CalendarProposal(Proposal):
    """That a year's official work calendar be taken over. `file` is its text."""

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="calendar_proposals",
        verbose_name=_("contract"),
    )
    year = models.PositiveSmallIntegerField(_("year"))
    source = models.CharField(_("source"), max_length=200)
    file = models.TextField(_("calendar file"))
    paper = paper(_("official notice"))

    objects = ProposalQuerySet["CalendarProposal"].as_manager()

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("proposed calendar")
        verbose_name_plural = _("proposed calendars")
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            *Proposal.Meta.constraints,
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(status=ProposalStatus.PROPOSED),
                name="calendarproposal_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.source}"
