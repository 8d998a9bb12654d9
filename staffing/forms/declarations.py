"""What is asked of the vendor when it declares something. Nothing here saves."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contracts.forms.base import ContractForm, PaperField, day, text
from staffing.models import DeclarationKind


class DeclarationForm(ContractForm):
    """Asks for a signed declaration and the days that it covers."""

    kind = forms.ChoiceField(
        label=_("What is declared"),
        choices=DeclarationKind,
        widget=forms.RadioSelect,
    )
    covers_from = day(_("Covers from"))
    expires_on = day(_("Covers to"), help_text=_("This day is covered, too."))
    document = PaperField(label=_("Signed declaration"), help_text=_("As a scan."))
    text = text(_("Remark"), required=False, rows=2)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        covers_from: date | None = cleaned.get("covers_from")
        expires_on: date | None = cleaned.get("expires_on")
        if covers_from and expires_on and expires_on < covers_from:
            self.add_error(
                "expires_on",
                ValidationError(_("It ends before it begins."), code="order"),
            )
        return cleaned
