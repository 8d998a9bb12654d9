"""What is asked of whoever sets a desk up."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.base import day
from staffing.models import Pattern, Post, StaffingTerms
from staffing.rules.cover import MINUTES_A_DAY, Rule

SHORTEST = 15
#: So many stretches of a day can have a minimum of their own.
ROWS = 4


class MinimumForm(forms.Form):
    """One row: so many between two times of day."""

    heads = forms.IntegerField(
        label=_("At least"), min_value=0, max_value=99, required=False
    )
    starts_at = forms.TimeField(
        label=pgettext("time", "From"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )
    ends_at = forms.TimeField(
        label=pgettext("time", "To"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )
    workdays_only = forms.BooleanField(label=_("Working days only"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("heads") and None in (
            cleaned.get("starts_at"),
            cleaned.get("ends_at"),
        ):
            raise ValidationError(
                _("Say from when to when; 00:00 to 00:00 is the whole day."),
                code="no_times",
            )
        return cleaned


Minimums = forms.formset_factory(MinimumForm, extra=ROWS, max_num=ROWS)


class HoldsFromForm(forms.Form):
    holds_from = day(_("Holds from"))

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holds_from"].initial = localdate(at)


def rules_of(minimums: Any) -> list[Rule]:
    """Return what a filled-in set of rows asks for."""
    return [
        Rule(row["starts_at"], row["ends_at"], row["heads"], row["workdays_only"])
        for row in minimums.cleaned_data
        if row.get("heads")
    ]


def rows_of(post: Post, at: datetime) -> list[dict[str, Any]]:
    """Return what is asked of a post now, as rows of the form."""
    latest = (
        post.minimums.filter(holds_from__lte=localdate(at))
        .order_by("-holds_from")
        .first()
    )
    if latest is None:
        return []
    return [
        {
            "heads": one.heads,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "workdays_only": one.workdays_only,
        }
        for one in post.minimums.filter(holds_from=latest.holds_from)
    ]


class PatternForm(forms.Form):
    letter = forms.CharField(
        label=_("Letter in the grid"),
        max_length=1,
        help_text=_("One character, as it is typed into the roster."),
    )
    name = forms.CharField(label=_("Name"), max_length=20)
    starts_at = forms.TimeField(
        label=pgettext("time", "From"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    minutes = forms.IntegerField(
        label=_("Length (minutes)"),
        min_value=SHORTEST,
        max_value=MINUTES_A_DAY,
        help_text=_("480 is eight hours. A shift may run over midnight."),
    )

    def __init__(
        self, *args: Any, pattern: Pattern | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if pattern:
            for name in self.fields:
                self.fields[name].initial = getattr(pattern, name)

    def clean_letter(self) -> str:
        letter: str = self.cleaned_data["letter"]
        if letter.isspace() or letter in "*+/-":
            raise ValidationError(
                _("This character means something else in the grid."), code="reserved"
            )
        return letter


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = StaffingTerms
        fields = (
            "rest_minutes",
            "early_minutes",
            "grace_minutes",
            "sign_off_minutes",
        )
        labels = {
            "rest_minutes": pgettext("staffing", "Rest between two shifts (minutes)")
        }
