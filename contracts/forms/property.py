"""What is asked of people about assets and damage. Nothing here saves."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Clause, DamageStatus, Side
from contracts.rules.money import FEN

from .base import ClauseField, ContractForm, PaperField, day, money, text


class AssetForm(ContractForm):
    """Asks for a thing to be put on the list of assets."""

    number = forms.CharField(label=_("Number"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=80)
    owner = forms.ChoiceField(label=_("Belongs to"), choices=Side, initial=Side.A)
    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    quantity = forms.IntegerField(
        label=_("Quantity"), min_value=1, max_value=9999, initial=1
    )
    price = money(_("Price of one (CNY)"))
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    condition = forms.CharField(label=_("Condition when issued"), max_length=200)
    issued_on = day(_("Issued on"))
    paper = PaperField(
        label=_("Signed list"),
        required=False,
        help_text=_("The list that both parties have signed, as a scan."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].initial = self.contract.clauses.filter(
            rules__contains=["R25"]
        ).first()

    def clean_issued_on(self) -> date:
        issued_on: date = self.cleaned_data["issued_on"]
        _check_past(issued_on, localdate(self.at))
        if not self.contract.signed_on <= issued_on < self.contract.ends_before:
            raise ValidationError(
                _("This day lies outside the contract, from signing to its end."),
                code="outside_term",
            )
        return issued_on


class ReturnForm(ContractForm):
    """Asks when and how a thing came back."""

    verb = _("Record its return")

    returned_on = day(_("Returned on"))
    condition = forms.CharField(label=_("Condition when returned"), max_length=200)

    def clean_returned_on(self) -> date:
        returned_on: date = self.cleaned_data["returned_on"]
        _check_past(returned_on, localdate(self.at))
        return returned_on


class LoseForm(ContractForm):
    """Asks how a thing was lost."""

    verb = _("Record its loss")

    note = text(_("What happened"), rows=2, most=500)


class DamageForm(ContractForm):
    """Asks for damage to a thing to be put down."""

    found_on = day(_("Found on"))
    what = text(_("What is damaged"), most=1000)
    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    evidence = PaperField(
        label=_("Evidence"), required=False, help_text=_("A photograph or a record.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The article on liability comes after the one on property.
        self.fields["clause"].initial = self.contract.clauses.filter(
            rules__contains=["R26"]
        ).last()

    def clean_found_on(self) -> date:
        found_on: date = self.cleaned_data["found_on"]
        _check_past(found_on, localdate(self.at))
        return found_on


class DecideForm(ContractForm):
    """Asks what follows from a damage: a charge with its sum, or none with a reason."""

    verb = pgettext("damage", "Decide")

    outcome = forms.ChoiceField(
        label=pgettext("damage", "Decision"),
        choices=[
            choice
            for choice in DamageStatus.choices
            if choice[0] != DamageStatus.REPORTED
        ],
        widget=forms.RadioSelect,
    )
    amount = money(
        _("Amount (CNY)"),
        required=False,
        help_text=_("Only with a charge. No more than the price of the thing."),
    )
    top_up_on = day(
        _("Shortfall to be topped up by"),
        required=False,
        help_text=_("Only with a charge. The day of Party A's choice."),
    )
    note = text(_("Reason"), most=1000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") != DamageStatus.CHARGED:
            # What was filled in for a charge does not hold without one.
            return cleaned | {"amount": None, "top_up_on": None}
        amount: Decimal | None = cleaned.get("amount")
        if "amount" in cleaned and (amount is None or amount < FEN):
            self.add_error(
                "amount",
                ValidationError(_("A charge needs an amount."), code="required"),
            )
        if "top_up_on" in cleaned:
            self._check_top_up(cleaned["top_up_on"])
        return cleaned

    def _check_top_up(self, top_up_on: date | None) -> None:
        if top_up_on is None:
            problem = ValidationError(
                _("A charge needs a day by which a shortfall is topped up."),
                code="required",
            )
        elif top_up_on < localdate(self.at):
            problem = ValidationError(_("This day is past."), code="past")
        else:
            return
        self.add_error("top_up_on", problem)


def _check_past(day_: date, today: date) -> None:
    if day_ > today:
        raise ValidationError(_("This day has not come yet."), code="future")
