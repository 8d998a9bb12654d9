"""What is asked of people who handle orders. Nothing here saves."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Unit


def _text(label: Any, *, required: bool = True, rows: int = 3, **given: Any) -> Any:
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
    """A step on an order. The token makes the same form sent twice one step."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

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


class SignForm(StepForm):
    verb = _("Sign")


class TransferForm(StepForm):
    verb = pgettext_lazy("order", "Transfer")

    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("Handling unit"))
    inner_due_at = Moment(
        label=_("Inner deadline"),
        required=False,
        help_text=_("Proposed from the platform's deadline, which wins."),
    )
    note = _text(_("Note to the unit"), required=False, rows=2)

    def __init__(
        self, *args: Any, proposed_due_at: datetime | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.of(  # type: ignore[attr-defined]
            self.case.contract
        )
        self.fields["unit"].initial = self.case.unit_id
        if proposed_due_at:
            self.fields["inner_due_at"].initial = localtime(proposed_due_at)

    def clean_inner_due_at(self) -> datetime | None:
        inner: datetime | None = self.cleaned_data["inner_due_at"]
        if inner and self.case.due_at and inner > self.case.due_at:
            raise ValidationError(
                _("The inner deadline lies after the platform's."), code="after_due"
            )
        return inner


class AcceptForm(StepForm):
    verb = _("Accepted by the unit")

    happened_at = Moment(label=_("Accepted at"))


class UrgeForm(StepForm):
    verb = _("Urge")

    text = _text(_("What was said, to whom"), rows=2)


class ReplyForm(StepForm):
    verb = pgettext_lazy("order", "Reply")

    result = _text(_("What was done"))
    reply = _text(_("What the caller was told"))
    contacted = forms.BooleanField(label=_("The caller was contacted"), required=False)
    solved = forms.BooleanField(label=_("The matter is solved"), required=False)
    happened_at = Moment(label=_("Replied at"))


class ReviewForm(StepForm):
    verb = _("Review")

    passed = forms.TypedChoiceField(
        label=_("Verdict"),
        choices=[
            ("yes", _("Pass: it can be closed")),
            ("no", _("Send back to the unit")),
        ],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
        initial="yes",
    )
    note = _text(_("Reason"), required=False, rows=2)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("passed") is False and not cleaned.get("note"):
            self.add_error(
                "note",
                ValidationError(
                    _("Say what the unit has to do better."), code="no_reason"
                ),
            )
        return cleaned


class CloseForm(StepForm):
    verb = pgettext_lazy("order", "Close")

    happened_at = Moment(label=_("Closed on the platform at"))
    note = _text(_("Note"), required=False, rows=2)


class CorrectForm(StepForm):
    verb = _("Correct")

    text = _text(_("What is true instead, and why"))


class RevealForm(forms.Form):
    """Asks why a caller's data are needed."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Who looked, when and why is written to the ledger."),
    )


class UploadForm(forms.Form):
    """Takes a file of work orders. What is in it is checked in the background."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("xlsx or csv (UTF-8 or GB18030), 30 MB at most."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt"}),
        max_length=200,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class SearchForm(forms.Form):
    """The one search box."""

    q = forms.CharField(
        required=False, max_length=100, validators=[ProhibitNullCharactersValidator()]
    )
