"""What is asked about somebody's labour contract and insurance: that, not how much."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from contracts.forms.base import ContractForm, PaperField, day
from staffing.models import Person


class MonthsField(forms.TypedMultipleChoiceField):
    """Asks for months, to be ticked."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=date.fromisoformat, required=False, **kwargs)

    def offer(self, months: Iterable[date]) -> None:
        self.choices = [(f"{month}", f"{month:%Y-%m}") for month in months]


class LabourForm(ContractForm):
    """Asks from when to when a labour contract runs, and which months were insured.

    What is on record is in `recorded`: it is offered to be taken out alone.
    """

    labour_from = day(_("Labour contract from"), required=False)
    labour_to = day(
        _("Labour contract to"),
        required=False,
        help_text=_("Left blank, it runs until further notice."),
    )
    labour_paper = PaperField(
        label=_("Labour contract, copy"),
        required=False,
        help_text=_("As a scan, with pay and identity number covered."),
    )
    insured = MonthsField(label=_("Insured months to be recorded"))
    proof = PaperField(
        label=_("Proof of insurance"),
        required=False,
        help_text=_("For the months ticked above, without sums."),
    )
    mistaken = MonthsField(
        label=_("Recorded by mistake"), help_text=_("Ticked, they are taken out.")
    )

    def __init__(
        self,
        *args: Any,
        person: Person,
        months: Iterable[date],
        recorded: Iterable[date],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        known, self._months = set(recorded), list(months)
        for name in ("labour_from", "labour_to"):
            self.fields[name].initial = getattr(person, name)
        # Sent twice, the form still knows what it has changed the first time.
        sent = {name: self._sent(name) for name in ("insured", "mistaken")}
        offered = [
            one for one in self._months if one not in known or one in sent["insured"]
        ]
        taken = [one for one in self._months if one in sent["mistaken"]]
        self._offer("insured", offered)
        self._offer("mistaken", sorted({*known, *taken}))
        if not offered:
            del self.fields["proof"]

    def _sent(self, name: str) -> set[date]:
        data = self.data
        months = data.getlist(name) if isinstance(data, QueryDict) else []
        return {one for one in self._months if f"{one}" in months}

    def _offer(self, name: str, months: list[date]) -> None:
        field = self.fields[name]
        if months and isinstance(field, MonthsField):
            field.offer(months)
        else:
            del self.fields[name]

    @property
    def asked(self) -> dict[str, Any]:
        """What the action takes, once the form is valid."""
        nothing: dict[str, Any] = {"insured": [], "mistaken": [], "proof": None}
        return nothing | self.cleaned_data
