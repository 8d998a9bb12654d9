"""The contract, who concluded it, and who works on it."""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import PARTY_B, Role
from contracts.rules.periods import Span

from . import fields


@pghistory.track()
class Party(models.Model):
    """An organisation that concludes contracts."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    credit_code = models.CharField(
        _("unified social credit code"), max_length=18, blank=True
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    representative = models.CharField(
        _("legal representative"), max_length=60, blank=True
    )
    bank = models.CharField(_("bank"), max_length=120, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")

    def __str__(self) -> str:
        return self.name


#: What stands on the signed paper stays. The price moves by an `Extra` alone (四).
AS_SIGNED = pgtrigger.ReadOnly(
    name="as_signed",
    fields=[
        "number",
        "title",
        "party_a",
        "party_b",
        "signed_on",
        "effective_on",
        "starts_on",
        "ends_before",
        "price",
        "copies_a",
        "copies_b",
        "court",
        "first_day",
    ],
)


class ContractQuerySet(models.QuerySet["Contract"]):
    def of_user(self, user: User) -> Self:
        """Keep the contracts on which the person has a role."""
        return self.filter(memberships__user=user)


@pghistory.track()
class Contract(models.Model):
    """What two parties agreed: for how long, and for how much (CNY)."""

    number = models.SlugField(_("number"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    short_title = models.CharField(_("short title"), max_length=60)
    party_a = models.ForeignKey(
        Party, models.PROTECT, related_name="+", verbose_name=_("Party A")
    )
    party_b = models.ForeignKey(
        Party, models.PROTECT, related_name="+", verbose_name=_("Party B")
    )
    signed_on = models.DateField(_("signed on"))
    effective_on = models.DateField(_("effective on"))
    starts_on = models.DateField(_("service starts on"))
    ends_before = models.DateField(_("service ends before"))
    price = models.DecimalField(_("price (CNY)"), max_digits=14, decimal_places=2)
    copies_a = models.PositiveSmallIntegerField(_("copies for Party A"))
    copies_b = models.PositiveSmallIntegerField(_("copies for Party B"))
    court = models.CharField(_("court"), max_length=120)
    first_day = models.PositiveSmallIntegerField(
        _("assessment periods begin on day"), default=19
    )

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0), name="contract_price_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_before")),
                name="contract_term_has_a_length",
            ),
            models.CheckConstraint(
                condition=~Q(party_a=F("party_b")),
                name="contract_has_two_parties",
            ),
            models.CheckConstraint(
                condition=Q(first_day__range=(1, 31)),
                name="contract_first_day_is_a_day_of_the_month",
            ),
        ]
        triggers: ClassVar = [AS_SIGNED]

    def __str__(self) -> str:
        return self.short_title

    def get_absolute_url(self) -> str:
        return reverse("contracts:contract", args=[self.number])

    @property
    def term(self) -> Span:
        return Span(self.starts_on, self.ends_before)

    @property
    def price_now(self) -> Decimal:
        """The price as signed, and the extras confirmed in writing since (四), in CNY."""
        return self.price + self.extras.consented().total()


#: Whoever administers accounts, rights or logs sees neither cases nor money.
NO_DUTY = pgtrigger.Trigger(
    name="no_duty",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id"),  # type: ignore[no-untyped-call]
    func="""
        IF EXISTS (
            SELECT FROM accounts_user WHERE id = NEW.user_id AND duty <> ''
        ) THEN
            RAISE EXCEPTION 'membership_of_nobody_with_a_duty'
            USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def cleared(self) -> Self:
        """Keep those to whom doors are open, as `Membership.is_cleared`."""
        return self.exclude(role__in=sorted(PARTY_B), cleared_at=None)

    def on_duty(self) -> Self:
        """Keep those who have signed on and not off."""
        return self.filter(on_duty_since__isnull=False)


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class Membership(models.Model):
    """A person's role on a contract. Whoever has none does not see the contract."""

    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("contract"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="memberships",
        verbose_name=_("person"),
    )
    role = models.CharField(_("role"), max_length=12, choices=Role)
    on_duty_since = models.DateTimeField(
        _("on duty since"), null=True, blank=True, editable=False
    )
    #: Since when somebody of Party B may be on duty: approved, and bound to secrecy
    #: （第六条（一）3、第十条 4）. Pushed down by the roster; until then no door opens.
    cleared_at = models.DateTimeField(
        _("cleared at"), null=True, blank=True, editable=False
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("role on a contract")
        verbose_name_plural = _("roles on contracts")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "user"], name="membership_one_role_a_contract"
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="membership_role_is_known"
            ),
        ]
        triggers: ClassVar = [NO_DUTY]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    @property
    def is_cleared(self) -> bool:
        """Say whether the person may come in: Party A's may, Party B's once cleared."""
        return self.role not in PARTY_B or self.cleared_at is not None


class Side(models.TextChoices):
    A = "a", _("Party A")
    B = "b", _("Party B")

    @classmethod
    def of(cls, role: Role) -> "Side":
        """Return the party that somebody of a role works for."""
        return cls.B if role in PARTY_B else cls.A

    @property
    def other(self) -> "Side":
        return Side.A if self is Side.B else Side.B


class ContactQuerySet(models.QuerySet["Contact"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def visible_to(self, role: Role) -> Self:
        """Show each party its own contacts, and the other's once it was told of them."""
        return self.filter(Q(side=Side.of(role)) | Q(holds_from__isnull=False))

    def to_be_told(self) -> Self:
        """Keep those that no notice tells the other party of yet."""
        return self.filter(holds_from=None, notice=None)

    def on(self, day: date) -> Self:
        """Keep, of each party, where it is to be written to on a day."""
        return (
            self.filter(holds_from__lte=day)
            .order_by("contract", "side", "-holds_from")
            .distinct("contract", "side")
        )


@pghistory.track()
class Contact(models.Model):
    """Where one party is to be written to, from a day on (十三).

    The old one holds until the other side is told of the new one by a notice: until
    then `holds_from` is empty. `changed_at` is when the 72 hours for telling began.
    """

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="contacts", verbose_name=_("contract")
    )
    side = models.CharField(_("party"), max_length=1, choices=Side)
    person = models.CharField(_("contact person"), max_length=60, blank=True)
    telephone = models.CharField(_("telephone"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    named_system = models.CharField(
        _("mailbox or system named for notices"), max_length=120, blank=True
    )
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    holds_from = models.DateField(_("holds from"), null=True, blank=True)
    notice = models.OneToOneField(
        "contracts.Notice",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="told_contact",
        verbose_name=_("told by"),
    )
    token = models.UUIDField(unique=True, null=True, editable=False)
    recorded_at = models.DateTimeField(_("recorded at"), null=True, editable=False)
    recorded_by = fields.person(_("recorded by"), null=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering: ClassVar = ["side", "-holds_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "side", "holds_from"],
                name="contact_one_a_side_and_day",
            ),
            models.CheckConstraint(
                condition=Q(side__in=Side.values), name="contact_side_is_known"
            ),
            models.CheckConstraint(
                condition=Q(holds_from__isnull=False) | Q(changed_at__isnull=False),
                name="contact_holds_or_is_still_to_be_told",
            ),
        ]

    def __str__(self) -> str:
        # Dues are called after it, and what is stored is never translated.
        party = "甲" if self.side == Side.A else "乙"
        changed = self.changed_at and localdate(self.changed_at)
        return f"{party}方联系方式 {changed or self.holds_from}"
