"""What a step on a record asks for. A status moves once, so there is no token."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .base import text


class StepForm(forms.Form):
    """A step on a record of a contract."""

    #: On the button, and what pressing it means.
    verb: Any = ""
    means: Any = ""

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        # Several stand on one page, and a label is its own form's.
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)
        self.record = record
        self.at = at


class RefuseForm(StepForm):
    verb = pgettext("step", "Refuse")
    means = _("Everything stays as it was. It stays on record.")

    note = text(_("Reason"), rows=2)


class WithdrawForm(StepForm):
    verb = _("Withdraw")
    means = _("As if it had not been asked for. It stays on record.")

    note = text(_("Reason"), rows=2)
