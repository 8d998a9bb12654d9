"""What is asked of people who handle orders. Nothing here saves."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.desk import terms
from cases.models import Flag, TermKind, Unit

from .base import Moment, StepForm, text_field


class SignForm(StepForm):
    verb = _("Sign")


class TransferForm(StepForm):
    verb = pgettext_lazy("order", "Transfer")

    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Handling unit"), empty_label="—"
    )
    inner_due_at = Moment(
        label=_("Inner deadline"),
        required=False,
        help_text=_("Proposed from the platform's deadline, which wins."),
    )
    note = text_field(_("Note to the unit"), required=False, rows=2)

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


class DeclineForm(StepForm):
    verb = _("Declined by the unit")

    reason = forms.ChoiceField(label=_("Reason"))
    text = text_field(_("Explanation"), rows=2)
    happened_at = Moment(label=_("Declined at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((r, r) for r in terms(self.case.contract, TermKind.DECLINE_REASON)),
        ]


class ContactForm(StepForm):
    verb = _("Contact with the caller")

    way = forms.ChoiceField(
        label=_("Way"),
        choices=[(way, way) for way in ("电话", "见面", "短信", "微信", "其他")],
    )
    reached = forms.TypedChoiceField(
        label=_("The caller was reached"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    text = text_field(pgettext_lazy("caller", "What was said"), rows=2)
    happened_at = Moment(label=_("Contacted at"))


class ReopenForm(StepForm):
    verb = _("Dispatched again")

    due_at = Moment(label=_("New deadline"), required=False)
    happened_at = Moment(label=_("Dispatched again at"))
    note = text_field(_("Why it was dispatched again"), rows=2)

    def clean_due_at(self) -> datetime | None:
        due_at: datetime | None = self.cleaned_data["due_at"]
        if due_at and due_at <= self.at:
            raise ValidationError(_("This moment has passed."), code="past")
        return due_at


class ArchiveForm(StepForm):
    verb = pgettext_lazy("order", "Archive")

    note = text_field(_("Note"), required=False, rows=2)


class FlagForm(StepForm):
    verb = _("Flags")

    flags = forms.MultipleChoiceField(
        label=_("Flags"),
        choices=Flag,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = text_field(_("Reason"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["flags"].initial = self.case.flags


class ReplyForm(StepForm):
    verb = pgettext_lazy("order", "Reply")

    result = text_field(_("What was done"))
    reply = text_field(_("What the caller was told"))
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
    checks = forms.MultipleChoiceField(
        label=_("Found in order"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = text_field(
        _("Reason"),
        required=False,
        rows=2,
        help_text=_("Needed to send it back, and to pass it with an item left open."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = terms(self.case.contract, TermKind.CHECK)
        field: Any = self.fields["checks"]
        field.choices = [(item, item) for item in self.items]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("passed") is None or cleaned.get("note"):
            return cleaned
        if not cleaned["passed"]:
            self.add_error(
                "note",
                ValidationError(
                    _("Say what the unit has to do better."), code="no_reason"
                ),
            )
        elif set(self.items) - set(cleaned.get("checks", self.items)):
            self.add_error(
                "note",
                ValidationError(
                    _("Say why it passes with an item left open."), code="left_open"
                ),
            )
        return cleaned


class CloseForm(StepForm):
    verb = pgettext_lazy("order", "Close")

    happened_at = Moment(label=_("Closed on the platform at"))
    note = text_field(_("Note"), required=False, rows=2)


class CorrectForm(StepForm):
    verb = _("Correct")

    text = text_field(_("What is true instead, and why"))


class RevealForm(forms.Form):
    """Asks why a caller's data are needed."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Who looked, when and why is written to the ledger."),
    )
