"""What is asked of whoever plans."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.base import day, moment, text
from contracts.models import Callout, Contract
from staffing.models import Pattern, Person, PersonStatus, Post, Roster

#: A cycle of turns is not longer.
LONGEST_CYCLE = 60
OFF = "休"


class PublishForm(forms.Form):
    reason = text(_("Reason for minutes that are not covered"), required=False, rows=2)


class RotationForm(forms.Form):
    """Asks who takes turns, through which cycle of letters."""

    people = forms.ModelMultipleChoiceField(
        Person.objects.none(),
        label=_("Who takes turns, in this order"),
        widget=forms.CheckboxSelectMultiple,
    )
    cycle = forms.CharField(
        label=_("Cycle"),
        max_length=2 * LONGEST_CYCLE,
        help_text=_(
            "One letter a day, 休 for a day off: 早早中中休夜夜休. Everybody goes through "
            "the same cycle."
        ),
    )
    stagger = forms.IntegerField(
        label=_("Days between two people"), min_value=0, max_value=31, initial=2
    )
    begin = forms.IntegerField(
        label=_("The first person begins with letter number"),
        min_value=1,
        max_value=LONGEST_CYCLE,
        initial=1,
    )
    first = day(pgettext("rotation", "From"))
    last = day(pgettext("rotation", "To"))

    def __init__(
        self, *args: Any, roster: Roster, days: list[date], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        people: Any = self.fields["people"]
        people.queryset = (
            Person.objects.of(roster.contract)
            .filter(status=PersonStatus.APPROVED)
            .select_related("post")
        )
        people.label_from_instance = lambda one: f"{one.name} {one.post}"
        self.fields["first"].initial, self.fields["last"].initial = days[0], days[-1]
        self._letters = set(
            Pattern.objects.of(roster.contract)
            .in_use()
            .values_list("letter", flat=True)
        )

    def clean_cycle(self) -> list[str]:
        """Return the letters of the cycle, a blank for a day off."""
        cycle = "".join(self.cleaned_data["cycle"].split())
        if unknown := set(cycle) - self._letters - {OFF}:
            raise ValidationError(
                _("There is no shift with the letter %(letter)s."),
                code="unknown",
                params={"letter": min(unknown)},
            )
        return ["" if letter == OFF else letter for letter in cycle]

    def clean_begin(self) -> int:
        return int(self.cleaned_data["begin"]) - 1


class ShiftForm(forms.Form):
    """Asks for hours of somebody's own."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Name"))
    post = forms.ModelChoiceField(
        Post.objects.none(), label=pgettext("staffing", "Post")
    )
    starts_at = moment(pgettext("time", "From"))
    ends_at = moment(pgettext("time", "To"))
    callout = forms.ModelChoiceField(
        Callout.objects.none(),
        label=_("Callout"),
        required=False,
        help_text=_("Work that was ordered in an emergency costs nothing (第八条3)."),
    )
    note = forms.CharField(
        label=_("Remark"),
        max_length=200,
        required=False,
        help_text=_("Needed where there is less rest than agreed: why."),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["person"].queryset = Person.objects.of(contract).filter(
            status=PersonStatus.APPROVED
        )
        fields["post"].queryset = Post.objects.of(contract)
        fields["callout"].queryset = Callout.objects.of(contract).order_by("-pk")


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("Roster as a workbook"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text=_(
            "Names in the first column, a column for each day: as it is exported."
        ),
    )


class ClaimForm(forms.Form):
    """Asks when somebody was on post, told afterwards."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    person = forms.ModelChoiceField(Person.objects.none(), label=_("Name"))
    post = forms.ModelChoiceField(
        Post.objects.none(), label=pgettext("staffing", "Post")
    )
    on_at = moment(_("Signed on at"))
    off_at = moment(_("Signed off at"))
    reason = text(_("Why it was not signed, and what proves it"), rows=3)
    callout = forms.ModelChoiceField(
        Callout.objects.none(), label=_("Callout"), required=False
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["person"].queryset = Person.objects.of(contract).exclude(
            status__in=(PersonStatus.PROPOSED, PersonStatus.REFUSED)
        )
        fields["post"].queryset = Post.objects.of(contract)
        fields["callout"].queryset = Callout.objects.of(contract).order_by("-pk")
