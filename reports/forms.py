"""What is asked of people who ask for reports."""

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract

from .models import Schedule


class DayForm(forms.Form):
    """Asks which day a report is wanted of."""

    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self, *args: Any, contract: Contract, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.contract, self.today = contract, today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day > self.today:
            raise ValidationError(_("This day has not come yet."), code="future")
        if day not in self.contract.term:
            raise ValidationError(
                _("This day lies outside the term of service."), code="outside_term"
            )
        return day


class TokenForm(forms.Form):
    """Asks for something to be made that needs no more said. Sent twice, it is one."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # not at run time
    """Asks when the daily report is made, and by when it is owed."""

    class Meta:
        model = Schedule
        fields = ["issue_time", "due_time", "active"]
        widgets = {
            "issue_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "due_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
