"""What the forms of orders have in common."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from cases.models import Case


def text_field(
    label: Any, *, required: bool = True, rows: int = 3, **given: Any
) -> Any:
    return forms.CharField(
        label=label,
        required=required,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": rows}),
        **given,
    )


class Moment(forms.DateTimeField):
    """A moment to the minute, asked for with the browser's own control."""

    def __init__(self, **given: Any) -> None:
        widget = forms.DateTimeInput(
            attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        )
        super().__init__(widget=widget, **given)


class StepForm(forms.Form):
    """A step on an order. The token makes the same form sent twice one step.

    `seen` is the newest line of the ledger when the form was shown: what was written
    since then is shown before anything is done.
    """

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=2**63 - 1
    )

    #: On the button.
    verb: Any = ""

    def __init__(self, *args: Any, case: Case, at: datetime, **kwargs: Any) -> None:
        # Several stand on one page, and a label is its own form's.
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)
        self.case = case
        self.at = at
        if "happened_at" in self.fields:
            self.fields["happened_at"].initial = localtime(at).replace(
                second=0, microsecond=0
            )

    def clean_happened_at(self) -> datetime:
        happened_at: datetime = self.cleaned_data["happened_at"]
        if happened_at > self.at:
            raise ValidationError(_("This moment has not come yet."), code="future")
        # Minutes are all the control can say: an order of 08:10:30 was not
        # received after what happened to it at 08:10.
        if happened_at < self.case.counted_at.replace(second=0, microsecond=0):
            raise ValidationError(
                _("The order had not been dispatched yet at this moment."),
                code="before_dispatch",
            )
        return happened_at

    def given(self) -> dict[str, Any]:
        """Return what the action takes."""
        return {
            name: value for name, value in self.cleaned_data.items() if name != "seen"
        }
