"""What is asked of whoever reports, proves and decides on force majeure (九)."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import (
    OWN_CAUSES,
    Cause,
    Clause,
    Contract,
    Notice,
    NoticeKind,
    NoticeStatus,
    Side,
)

from .base import ClauseField, ContractForm, PaperField, moment, text
from .changes import TITLE
from .steps import StepForm


class ForceMajeureForm(ContractForm):
    """Asks what happened to Party B, since when, and when Party A was told."""

    side = Side.B

    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    cause = forms.ChoiceField(
        label=_("Cause"),
        choices=Cause,
        help_text=_("Party B's own causes are recorded and never accepted."),
    )
    title = forms.CharField(label=_("Title"), max_length=TITLE)
    affects = text(_("What it affects"))
    began_at = moment(
        _("Began at"), help_text=_("24 hours and seven working days run from here.")
    )
    told_at = moment(_("Other party told at"))
    notice = forms.ModelChoiceField(
        Notice.objects.none(),
        label=_("Notice it was told by"),
        required=False,
        empty_label="—",
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["told_at"].initial = localtime(at)
        notices = Notice.objects.of(contract).filter(
            side=self.side,
            kind=NoticeKind.FORCE_MAJEURE,
            status__in=[NoticeStatus.ISSUED, NoticeStatus.SERVED],
        )
        self.fields["notice"].queryset = notices  # type: ignore[attr-defined]


class OwnForceMajeureForm(ForceMajeureForm):
    """The same for Party A, to whom Party B's own causes do not happen."""

    side = Side.A

    cause = forms.ChoiceField(
        label=_("Cause"),
        choices=[(one.value, one.label) for one in Cause if one not in OWN_CAUSES],
    )


def force_majeure_form(side: Side) -> type[ForceMajeureForm]:
    return ForceMajeureForm if side == Side.B else OwnForceMajeureForm


class ProveForm(StepForm):
    verb = _("File the proof")
    means = _("From the authority that can attest it.")

    proof = PaperField(label=_("Proof"))
    proved_at = moment(_("Handed in at"))

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        self.fields["proved_at"].initial = localtime(at)


class AcceptForm(StepForm):
    verb = pgettext("force majeure", "Accept")
    means = _("While it lasted, what it affects is nobody's breach.")

    note = text(_("What the parties agreed on"), required=False, rows=2)


class RefuseForceMajeureForm(StepForm):
    verb = pgettext("force majeure", "Refuse")
    means = _("What was not performed counts as not performed.")

    note = text(_("Reason"), rows=2)
