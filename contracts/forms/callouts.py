"""What is asked of whoever orders in an emergency, and of whoever is ordered (八 3)."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Clause, Contract

from .base import ClauseField, ContractForm, PaperField, moment, text
from .changes import TITLE
from .steps import StepForm

#: Within which an order is proposed to be acknowledged.
TO_ACKNOWLEDGE = timedelta(hours=1)


class CalloutForm(ContractForm):
    """Asks what Party B is to do, where and when. There is no field for a fee."""

    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    title = forms.CharField(label=_("Emergency"), max_length=TITLE)
    task = text(_("What is to be done"))
    place = forms.CharField(label=_("Place"), max_length=120)
    starts_at = moment(_("From"))
    ends_at = moment(_("To"))
    heads = forms.IntegerField(
        label=_("People wanted"), min_value=1, max_value=999, initial=1
    )
    acknowledge_by = moment(_("To be acknowledged by"))
    order = PaperField(
        label=_("Order, sealed scan"),
        required=False,
        help_text=_("In an emergency it may follow; this page is no notice."),
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["acknowledge_by"].initial = localtime(at + TO_ACKNOWLEDGE)


class AcknowledgeForm(StepForm):
    verb = _("Acknowledge")
    means = _("Party B has the order. The moment is written down.")


class FinishForm(StepForm):
    verb = _("Record that it is done")
    means = _("Hours beyond the roster are written down, and cost nothing.")

    ended_at = moment(_("Done at"))
    extra_hours = forms.DecimalField(
        label=_("Extra hours, at no fee"),
        max_digits=7,
        decimal_places=1,
        min_value=0,
        initial=0,
    )
    outcome = text(_("Outcome"), required=False, rows=2)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        self.fields["ended_at"].initial = localtime(at)


class RefuseCalloutForm(StepForm):
    verb = _("Refuse the order")
    means = _(
        "A refusal is on record for good, and gives Party A the right to end the "
        "contract."
    )

    outcome = text(_("Reason"), rows=2)


class CancelCalloutForm(StepForm):
    verb = pgettext("callout", "Call off")
    means = _("Nothing of it is owed any more. It stays on record.")

    outcome = text(_("Reason"), rows=2)
