"""What is asked of people who bring files in, and who look for orders."""

from uuid import uuid4

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _


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
