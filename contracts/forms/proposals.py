"""What is asked of people about what one proposes and another signs. Nothing here saves."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.forms import ConfirmsIdentity

from .base import text

NOTE = 500


class AdoptForm(ConfirmsIdentity):
    """Asks for the second signature, and who gives it. `seen` is what was looked at."""

    verb = pgettext("proposal", "Adopt")
    means = _("It holds from its day on, and what is shown below happens at once.")

    note = text(_("Note"), required=False, rows=2, most=NOTE)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Several stand on one page, and a label is its own form's.
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)


class _StepForm(forms.Form):
    """A step that asks for words alone."""

    verb: Any = ""
    means: Any = ""

    def __init__(
        self, *args: Any, request: HttpRequest, at: datetime, **kwargs: Any
    ) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)


class RefuseForm(_StepForm):
    verb = pgettext("proposal", "Refuse")
    means = _("Nothing changes. Whoever proposed it sees why.")

    note = text(_("Reason"), rows=2, most=NOTE)


class WithdrawForm(_StepForm):
    verb = pgettext("proposal", "Withdraw")
    means = _("Nothing changes, and another proposal can be made.")

    note = text(_("Reason"), required=False, rows=2, most=NOTE)


class RecomputeForm(ConfirmsIdentity):
    """Asks for the dues to be counted anew, as the page has shown."""

    reason = text(_("Reason"), rows=2, most=150)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)
