"""What is asked of whoever takes a call, in the order in which a caller tells it."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.models import Category, Community, Unit
from cases.rules import cells
from cases.rules.cells import Limit
from cases.rules.values import normalise_phone
from contracts.models import Contract

from .base import Moment, text_field

#: What a deadline is usually given as; any other is given as a moment.
LIMITS = {
    "24h": (Limit(24, cells.Unit.HOUR), _("24 hours")),
    "3w": (Limit(3, cells.Unit.WORKDAY), _("3 working days")),
    "7d": (Limit(7, cells.Unit.DAY), _("7 days")),
}
MOMENT = "moment"
_LEVEL = 60  # characters


class RegisterForm(forms.Form):
    """Takes down a call; the token makes the same form sent twice one order."""

    phone = forms.CharField(
        label=_("Telephone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"type": "tel", "autofocus": True, "autocomplete": "off"}
        ),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    address = forms.CharField(
        label=_("Address"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    confidential = forms.BooleanField(
        label=_("The caller asks to stay unnamed"), required=False
    )
    content = text_field(_("What it is about"), rows=3)
    kind = forms.CharField(
        label=_("Type of claim"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"list": "kinds", "autocomplete": "off"}),
    )
    category = forms.CharField(
        label=_("Category"),
        max_length=180,
        required=False,
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
        help_text=_("Levels with -> between them."),
    )
    community = forms.ModelChoiceField(
        Community.objects.none(),
        label=_("Community"),
        required=False,
        empty_label="—",
    )
    spot = forms.CharField(label=_("Place"), max_length=200, required=False)
    urgent = forms.BooleanField(
        label=_("It cannot wait: sound the alarm"), required=False
    )
    limit = forms.ChoiceField(
        label=_("To be done within"),
        choices=[
            *((key, label) for key, (_limit, label) in LIMITS.items()),
            (MOMENT, _("by the moment below")),
        ],
        initial="7d",
    )
    due_at = Moment(label=_("To be done by"), required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("Handling unit"),
        required=False,
        empty_label="—",
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        for name, model in (("community", Community), ("unit", Unit)):
            self.fields[name].queryset = model.objects.of(contract)  # type: ignore[attr-defined]
        self.categories = Category.objects.of(contract).values_list("name", flat=True)

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not normalise_phone(phone).isdecimal():
            raise ValidationError(_("This is not a telephone number."), code="phone")
        return phone

    def clean_category(self) -> tuple[str, ...]:
        path = cells.category(self.cleaned_data["category"])
        if any(len(level) > _LEVEL for level in path):
            raise ValidationError(
                _("A level is longer than %(most)d characters."),
                code="too_long",
                params={"most": _LEVEL},
            )
        return path

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        due_at = cleaned.get("due_at")
        if cleaned.get("limit") != MOMENT:
            cleaned["due_at"] = None
        elif "due_at" in cleaned and due_at is None:
            self.add_error("due_at", ValidationError(_("Say by when."), code="missing"))
        elif due_at and due_at <= self.at:
            self.add_error(
                "due_at", ValidationError(_("This moment has passed."), code="past")
            )
        known = LIMITS.get(cleaned.get("limit", ""))
        cleaned["limit"] = known[0] if known else None
        return cleaned
