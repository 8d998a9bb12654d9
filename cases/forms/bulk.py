"""What is asked of people who do one thing to many orders."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

#: Orders that one act is done to.
MOST = 200
LARGEST_KEY = 2**63 - 1


class KeysField(forms.Field):
    """The keys of the rows that were ticked."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        try:
            keys = list(dict.fromkeys(map(int, value or [])))
        except ValueError:
            keys = []
        return [key for key in keys if 0 < key <= LARGEST_KEY]

    def validate(self, value: Any) -> None:
        if not value:
            raise ValidationError(
                _("No order was ticked. Tick some in the list first."), code="required"
            )
        if len(value) > MOST:
            raise ValidationError(
                _("These are %(count)d orders; %(most)d at a time are enough."),
                code="too_many",
                params={"count": len(value), "most": MOST},
            )


class ChosenForm(forms.Form):
    """The orders that were ticked, and where in the list that was.

    The token makes the same form sent twice one act on each of them.
    """

    selected = KeysField()
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    back = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
    #: Set by the form that asks what the act needs to know; the list does not.
    asked = forms.BooleanField(widget=forms.HiddenInput, required=False)
