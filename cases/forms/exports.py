"""What is asked of people who take the ledger out. Nothing here saves."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import ConfirmsIdentity
from accounts.models import User
from accounts.templatetags.frame import moment as shown
from cases.actions.exports import LONGEST_QUERY
from cases.exports.layout import MOST_BYTES
from cases.ledger import COLUMNS
from cases.models import LedgerTemplate, Permit
from contracts.forms.base import ContractForm, moment, text
from contracts.sheets.archive import MEGABYTE

#: A permit that never ends is no permit.
LONGEST_PERMIT = timedelta(days=30)


class PermitField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a permit, by what it is for and how long it holds."""

    def label_from_instance(self, permit: Permit) -> str:
        return f"{permit.purpose[:40]} (≤ {shown(permit.valid_until)})"


class ExportForm(ContractForm):
    """Asks for the orders of a list as a file."""

    query = forms.CharField(
        required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput
    )
    template = forms.ModelChoiceField(
        LedgerTemplate.objects.none(),
        label=_("Ledger format"),
        required=False,
        empty_label=_("No format: the columns below"),
    )
    permit = PermitField(
        Permit.objects.none(),
        label=_("Permit for personal data"),
        required=False,
        empty_label=_("None: callers are masked"),
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a format. In this order; none chosen is the list's own."),
    )

    def __init__(self, *args: Any, by: User, query: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].initial = query
        # Those of the list first, as they stand there: a browser sends them in order.
        keys = dict.fromkeys([*self.initial.get("columns", ()), *COLUMNS])
        self.fields["columns"].choices = [  # type: ignore[attr-defined]
            (key, COLUMNS[key].label) for key in keys
        ]
        formats, permits = self.fields["template"], self.fields["permit"]
        formats.queryset = LedgerTemplate.objects.of(  # type: ignore[attr-defined]
            self.contract
        ).offered()
        held = Permit.objects.of(self.contract).held_by(by, self.at)
        permits.queryset = held  # type: ignore[attr-defined]
        if not held.exists():
            permits.widget = forms.HiddenInput()


class LedgerTemplateForm(ContractForm):
    """Asks for Party A's format as a workbook."""

    name = forms.CharField(
        label=pgettext_lazy("unit", "Name"),
        max_length=60,
        help_text=_("The same name again is the next version of the same format."),
    )
    file = forms.FileField(
        label=_("Workbook"),
        help_text=_("xlsx without formulas and macros, %(most)d MB at most.")
        % {"most": MOST_BYTES // MEGABYTE},
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        max_length=200,
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class AskPermitForm(ContractForm):
    """Asks why callers' data are needed outside."""

    query = forms.CharField(
        required=False, max_length=LONGEST_QUERY, widget=forms.HiddenInput
    )
    purpose = text(
        _("Purpose"),
        most=1000,
        min_length=10,
        help_text=_(
            "What the data are for, who will see them, and when they are deleted."
        ),
    )

    def __init__(self, *args: Any, query: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].initial = query


class DecidePermitForm(ConfirmsIdentity):
    """Asks Party A's leader for an answer, and who they are."""

    granted = forms.TypedChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Grant")), ("no", _("Refuse"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    valid_until = moment(
        _("Valid until"),
        required=False,
        help_text=_("Files made under the permit are deleted then at the latest."),
    )
    answer = forms.CharField(label=_("Note"), max_length=400, required=False)

    def clean_valid_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["valid_until"]
        if until and not self.at < until <= self.at + LONGEST_PERMIT:
            raise ValidationError(
                _("A permit ends within %(count)d days from now."),
                params={"count": LONGEST_PERMIT.days},
                code="not_soon",
            )
        return until

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("granted") and not given.get("valid_until"):
            if "valid_until" not in self.errors:
                self.add_error(
                    "valid_until",
                    ValidationError(_("Say until when it is valid."), code="required"),
                )
        elif given.get("granted") is False and not given.get("answer"):
            self.add_error(
                "answer", ValidationError(_("Say why it is refused."), code="required")
            )
        return super().clean()
