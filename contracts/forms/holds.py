"""What is asked of whoever records that public funds have not come (六（一）5)."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import Clause, Contract, PaymentStage

from .base import ClauseField, ContractForm, PaperField, day, text
from .changes import StageField
from .steps import StepForm


class HoldForm(ContractForm):
    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    stage = StageField(PaymentStage.objects.none(), label=_("Payment stage"))
    reason = forms.CharField(label=_("Reason"), max_length=200)
    since_on = day(_("Funds missing since"))
    paper = PaperField(label=_("Paper"), required=False)

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["stage"].queryset = contract.stages.all()  # type: ignore[attr-defined]
        self.fields["since_on"].initial = localdate(at)


class LiftForm(StepForm):
    verb = _("Lift the hold")
    means = _("The funds have come: from here on a payment may be late again.")

    until_on = day(_("Funds came on"))
    note = text(_("Note"), required=False, rows=2)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        self.fields["until_on"].initial = localdate(at)
