"""The vendor's people: their files, and whether they may be on duty."""

from datetime import date
from typing import ClassVar, Self
from uuid import uuid4

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.cipher import EncryptedTextField, blind
from contracts.models import Contract, Workflow
from contracts.models.fields import paper as document
from contracts.models.fields import person as who

from .agreement import Agreement
from .post import Post

#: What the keyed digest of an identity number is for.
IDENTITY = "staffing_identity.number"


class PersonStatus(models.TextChoices):
    PROPOSED = "proposed", pgettext("person", "Proposed")
    APPROVED = "approved", pgettext("person", "Approved")
    REFUSED = "refused", pgettext("person", "Refused")
    LEFT = "left", pgettext("person", "Left")


class PersonQuerySet(models.QuerySet["Person"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def present(self) -> Self:
        """Keep those who have not left, and were not refused."""
        return self.filter(status__in=(PersonStatus.PROPOSED, PersonStatus.APPROVED))

    def with_agreement(self) -> Self:
        """Keep those whose signed copy of an agreement is on file（第十条 4）."""
        filed = Agreement.objects.filter(person=OuterRef("pk"))
        return self.filter(Exists(filed))

    def cleared(self, day: date) -> Self:
        """Keep those who may be on duty on a day: approved, bound, begun, not gone.

        第六条（一）3 and 第十条 4; the same as `Person.cleared_on`.
        """
        return (
            self.filter(status=PersonStatus.APPROVED, begins_on__lte=day)
            .exclude(leaves_on__lt=day)
            .with_agreement()
        )


@pghistory.track()
class Person(Workflow):
    """Somebody of the vendor's team, whom Party A approves before any duty."""

    NEXT: ClassVar = {
        PersonStatus.PROPOSED: {PersonStatus.APPROVED, PersonStatus.REFUSED},
        PersonStatus.REFUSED: {PersonStatus.PROPOSED},
        PersonStatus.APPROVED: {PersonStatus.LEFT},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="people", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=PersonStatus,
        default=PersonStatus.PROPOSED,
        editable=False,
    )
    name = models.CharField(_("name"), max_length=40)
    post = models.ForeignKey(
        Post,
        models.PROTECT,
        related_name="people",
        verbose_name=pgettext("staffing", "post"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_files",
        verbose_name=_("account"),
    )
    begins_on = models.DateField(_("on post from"), null=True, blank=True)
    #: The last day on post; set when a departure is settled.
    leaves_on = models.DateField(_("last day on post"), null=True, blank=True)
    qualification = models.TextField(_("qualification"), blank=True)
    paper = document(_("proof of qualification"))
    labour_from = models.DateField(_("labour contract from"), null=True, blank=True)
    labour_to = models.DateField(_("labour contract to"), null=True, blank=True)
    labour_paper = document(_("labour contract, copy"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = who(_("proposed by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    decided_by = who(_("decided by"), null=True, editable=False)
    decided_note = models.TextField(_("decision"), blank=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext("staffing", "person")
        verbose_name_plural = pgettext("staffing", "people")
        ordering: ClassVar = ["post__order", "name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=PersonStatus.values),
                name="person_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["contract", "user"],
                condition=~Q(status=PersonStatus.LEFT),
                name="person_one_an_account",
            ),
            models.CheckConstraint(
                condition=Q(status=PersonStatus.PROPOSED)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="person_decision_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("proposed_by")), name="person_has_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(leaves_on=None) | Q(begins_on__lte=F("leaves_on")),
                name="person_leaves_after_joining",
            ),
            models.CheckConstraint(
                condition=~Q(status=PersonStatus.LEFT) | Q(leaves_on__isnull=False),
                name="person_left_on_a_day",
            ),
            models.CheckConstraint(
                condition=Q(labour_to=None) | Q(labour_from__lte=F("labour_to")),
                name="person_labour_contract_has_a_length",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("staffing:person", args=[self.contract.number, self.pk])

    @property
    def has_agreement(self) -> bool:
        return self.agreements.exists()

    def cleared_on(self, day: date) -> bool:
        """Say whether the person may be on duty on a day, as `PersonQuerySet.cleared`."""
        return Person.objects.cleared(day).filter(pk=self.pk).exists()


class Identity(models.Model):
    """Who a person is by law. Encrypted; shown by `reveal_identity` alone."""

    person = models.OneToOneField(
        Person, models.CASCADE, primary_key=True, related_name="identity"
    )
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+")
    number = EncryptedTextField(_("identity number"))
    number_hash = models.BinaryField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        indexes = [
            models.Index(fields=["contract", "number_hash"], name="identity_by_number"),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """The number with its birthday and serial left out: 110***********1234."""
        number = self.number
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"


def hash_of(number: str) -> bytes:
    """Return what an identity number is found by, however it is written."""
    return blind(number, IDENTITY)


@pghistory.track()
class InsuranceMonth(models.Model):
    """That somebody's social insurance was paid for a month（第六条（二）7）."""

    person = models.ForeignKey(
        Person,
        models.PROTECT,
        related_name="insurance",
        verbose_name=pgettext("staffing", "person"),
    )
    month = models.DateField(_("month"))  # its first day
    paper = document(_("proof"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = who(_("recorded by"))

    class Meta:
        verbose_name = _("insured month")
        verbose_name_plural = _("insured months")
        ordering: ClassVar = ["-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "month"], name="insurancemonth_once"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="insurancemonth_is_its_first_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.month:%Y-%m}"
