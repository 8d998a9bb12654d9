"""What is asked about urgent orders, and of who presses for an answer. Nothing saves."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.models import Unit, UrgingLevel

from .base import Moment, StepForm, text_field

SUPERVISION = (
    UrgingLevel.DESK,
    UrgingLevel.STREET,
    UrgingLevel.LEADER,
    UrgingLevel.CRITICISM,
)


def check_ahead(form: StepForm, name: str) -> datetime | None:
    """Return a moment that has still to come, or none."""
    moment: datetime | None = form.cleaned_data[name]
    if moment and moment <= form.at:
        raise ValidationError(_("This moment has passed."), code="past")
    return moment


class AlarmForm(StepForm):
    verb = _("Urgent flow")

    cause = forms.CharField(label=_("Why it cannot wait"), max_length=120)
    said = text_field(_("What was said on the telephone"), rows=2)
    told = text_field(
        _("Who was told besides"),
        required=False,
        rows=2,
        help_text=_("The desk, the project manager and Party A are told by this step."),
    )


class FollowUpForm(StepForm):
    verb = _("Follow up")

    text = text_field(_("What has been done meanwhile"), rows=2)
    happened_at = Moment(label=_("Done at"))


class UrgeForm(StepForm):
    verb = _("Urge")

    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=_("Sent to"), required=False, empty_label="—"
    )
    channel = forms.CharField(
        label=_("Way"),
        max_length=40,
        required=False,
        help_text=_("By telephone, in the group chat, in person …"),
    )
    text = text_field(_("What was said, to whom"), rows=2)
    answer_by = Moment(label=_("Answer by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.of(  # type: ignore[attr-defined]
            self.case.contract
        )
        self.fields["unit"].initial = self.case.unit_id

    def clean_answer_by(self) -> datetime | None:
        return check_ahead(self, "answer_by")


class SuperviseForm(StepForm):
    verb = _("Supervise")

    level = forms.TypedChoiceField(
        label=_("Level"),
        choices=[(level.value, level.label) for level in SUPERVISION],
        coerce=UrgingLevel,
    )
    leader = forms.CharField(
        label=_("Instructed by"),
        max_length=60,
        required=False,
        help_text=_("The leader's post, where a leader has given the instruction."),
    )
    text = text_field(_("What is to be done"), rows=2)
    answer_by = Moment(label=_("Answer by"))

    def clean_answer_by(self) -> datetime | None:
        return check_ahead(self, "answer_by")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("level") == UrgingLevel.LEADER and not cleaned.get("leader"):
            self.add_error(
                "leader",
                ValidationError(_("Say who gave the instruction."), code="no_leader"),
            )
        return cleaned
