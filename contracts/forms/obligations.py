"""What is asked of people about what the parties owe each other. Nothing here saves."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Side

from .base import ContractForm, PaperField, day, moment, text
from .steps import StepForm

#: More files than this belong in one archive.
MOST_FILES = 10


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class PapersField(PaperField):
    """Asks for files that are put on record as documents, each checked as one is alone."""

    widget = SeveralFiles(attrs=PaperField.widget.attrs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("These are more than %(most)d files; put them into one archive."),
                code="too_many",
                params={"most": MOST_FILES},
            )
        cleaned = [super(PapersField, self).clean(file, initial) for file in files]
        return [file for file in cleaned if file]


class DeliverForm(StepForm):
    verb = pgettext_lazy("due", "Deliver")

    delivered_at = moment(_("Done at"))
    note = text(_("What was delivered"))
    evidence = PapersField(
        label=_("Evidence"),
        required=False,
        help_text=_("One file or several; each is kept with its digest."),
    )
    returns = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["returns"].initial = self.record.returns
        self.fields["delivered_at"].initial = localtime(self.at).replace(
            second=0, microsecond=0
        )

    def clean_delivered_at(self) -> datetime:
        delivered_at: datetime = self.cleaned_data["delivered_at"]
        if delivered_at > self.at:
            raise ValidationError(_("This moment has not come yet."), code="future")
        return delivered_at


class AcceptForm(StepForm):
    verb = pgettext_lazy("due", "Accept")

    note = text(_("Note"), required=False, rows=2)


class ReturnForm(StepForm):
    verb = pgettext_lazy("due", "Return")

    reason = text(_("What is missing"))
    again_on = day(_("To be done again by"))

    def clean_again_on(self) -> date:
        again_on: date = self.cleaned_data["again_on"]
        if again_on < localdate(self.at):
            raise ValidationError(_("This day is over already."), code="past")
        return again_on


class DropForm(StepForm):
    verb = pgettext_lazy("due", "No longer owed")

    reason = text(_("Why it is no longer owed"))


class FeedForm(ContractForm):
    """Asks for a calendar feed."""

    side = forms.ChoiceField(
        label=_("Whose deadlines"),
        choices=[("", _("Both parties")), *Side.choices],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The filter on the same page asks for a side as well.
        kwargs.setdefault("auto_id", "feed_%s")
        super().__init__(*args, **kwargs)


class BeginForm(ContractForm):
    """Asks what has happened, and when, that an obligation waits for."""

    verb = _("It has happened")

    what = forms.CharField(
        label=_("What has happened"),
        max_length=80,
        help_text=_("In a few words, without names of citizens."),
    )
    happened_at = moment(_("When"))
    due_on = day(
        _("To be done by"),
        required=False,
        help_text=_("Only where Party A chooses the day."),
    )
