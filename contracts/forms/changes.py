"""What is asked of whoever wants the service otherwise, or more than the price covers."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import (
    ChangeKind,
    Clause,
    Contract,
    Notice,
    NoticeKind,
    PaymentStage,
    Side,
)

from .base import ClauseField, ContractForm, PaperField, day, money, text
from .steps import StepForm

TITLE = 80


class StageField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a payment stage, by its number and sum."""

    def label_from_instance(self, stage: PaymentStage) -> str:
        return f"{stage.number} · {stage.amount:,.2f}"


class RequestForm(ContractForm):
    """What is asked for, why and since when."""

    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    title = forms.CharField(label=_("Title"), max_length=TITLE)
    reason = text(_("Reason"), rows=3)
    requested_on = day(
        _("Asked for on"), help_text=_("The day of the paper; consent follows it.")
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["requested_on"].initial = localdate(at)


class ChangeForm(RequestForm):
    """Asks what Party B wants done otherwise."""

    field_order = ("clause", "kind", "title", "was", "becomes", "reason")

    kind = forms.ChoiceField(label=_("What changes"), choices=ChangeKind)
    was = text(_("As it is now"))
    becomes = text(_("As it is to be"))
    wanted_from = day(_("Wanted from"))
    request = PaperField(
        label=_("Written request"), help_text=_("The sealed paper, as a scan.")
    )


class OwnChangeForm(ChangeForm):
    """Asks what Party A changes by itself."""

    within_scope = forms.BooleanField(
        label=_("Within the scope of the service"),
        required=False,
        help_text=_("What goes beyond it needs an extra."),
    )
    request = PaperField(
        label=_("Paper it rests on"),
        required=False,
        help_text=_("The policy, or whatever it follows from."),
    )


def change_form(side: Side) -> type[ChangeForm]:
    return ChangeForm if side == Side.B else OwnChangeForm


class ExtraForm(RequestForm):
    """Asks for work beyond the price."""

    field_order = ("clause", "title", "reason", "amount", "stage")

    amount = money(
        _("Amount (CNY)"), help_text=_("What the price rises by, if it is confirmed.")
    )
    stage = StageField(PaymentStage.objects.none(), label=_("Paid with stage"))
    request = PaperField(
        label=_("Written request"), help_text=_("The sealed paper, as a scan.")
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["stage"].queryset = contract.stages.all()  # type: ignore[attr-defined]


class ConsentForm(StepForm):
    verb = pgettext("step", "Consent")
    means = _("It has effect from the day below, and not before the paper is signed.")

    consent = PaperField(
        label=_("Written consent"), help_text=_("The sealed paper, as a scan.")
    )
    consented_on = day(_("Consented to on"))
    effective_on = day(_("Takes effect on"))
    note = text(_("Note"), required=False, rows=2)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        today = localdate(at)
        self.fields["consented_on"].initial = today
        self.fields["effective_on"].initial = max(record.wanted_from, today)


class ConfirmForm(StepForm):
    verb = _("Put into effect")
    means = _(
        "Within the scope Party B follows; what tells it so is the notice it was served "
        "with."
    )

    notice = forms.ModelChoiceField(
        Notice.objects.none(),
        label=_("Notice of the change"),
        empty_label="—",
        help_text=_("Party A's own, sealed and served."),
    )
    effective_on = day(_("Takes effect on"))
    note = text(_("Note"), required=False, rows=2)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        notices = Notice.objects.of(record.contract).served()
        self.fields["notice"].queryset = notices.filter(  # type: ignore[attr-defined]
            side=Side.A, kind=NoticeKind.CHANGE
        )
        self.fields["effective_on"].initial = max(record.wanted_from, localdate(at))


class ConsentExtraForm(StepForm):
    verb = _("Confirm the extra")
    means = _("The price rises by this amount, from the day of the paper.")

    consent = PaperField(
        label=_("Written consent"), help_text=_("The sealed paper, as a scan.")
    )
    consented_on = day(_("Consented to on"))
    note = text(_("Note"), required=False, rows=2)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        self.fields["consented_on"].initial = localdate(at)
