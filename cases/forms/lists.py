"""What is asked of people who look for orders, and keep how they do."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cases.filters import asked_of
from cases.ledger import COLUMNS

MOST = 2000


class ViewNameForm(forms.Form):
    """A view's name."""

    name = forms.CharField(label=_("Name of the view"), max_length=40)


class SaveViewForm(ViewNameForm):
    """Keeps filters, sorting and columns of the list under a name."""

    shared = forms.BooleanField(label=_("Show it to everybody"), required=False)
    query = forms.CharField(
        required=False, max_length=MOST, widget=forms.HiddenInput, strip=False
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "view_%s")
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["shared"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = QueryDict(cleaned.get("query", ""))
        cleaned["query"] = asked_of(given).urlencode()
        cleaned["columns"] = [
            key for key in dict.fromkeys(given.getlist("columns")) if key in COLUMNS
        ]
        cleaned.setdefault("shared", False)
        return cleaned
