"""What is asked about the confidentiality agreement（第十条 4）. Nothing here saves."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.base import ContractForm, PaperField, day, text
from contracts.forms.steps import StepForm
from contracts.models import Contract
from staffing.models import AgreementText


class TextForm(ContractForm):
    """Asks for a wording that Party A is to approve."""

    document = PaperField(label=_("Wording"), help_text=_("As it is to be signed."))
    changed = text(
        _("What is new in it"),
        required=False,
        rows=2,
        help_text=_("Everybody signs a new wording again: say why there is one."),
    )


class ApproveTextForm(StepForm):
    verb = pgettext("agreement", "Approve")
    means = _("It is signed from now on; whoever has signed an older one signs again.")

    sign_by = day(_("To be signed by everybody by"))
    note = text(_("Note"), required=False, rows=2)


class RefuseTextForm(StepForm):
    verb = pgettext("agreement", "Refuse")
    means = _("The wording approved before goes on to hold. It stays on record.")

    note = text(_("Reason"), rows=2)


class WordingField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for an approved wording, by its version and the day it was approved."""

    def label_from_instance(self, wording: AgreementText) -> str:
        approved_on = wording.decided_at and localdate(wording.decided_at)
        return gettext("V%(version)d, approved %(day)s") % {
            "version": wording.version,
            "day": approved_on,
        }


class SignedForm(ContractForm):
    """Asks for the copy that somebody has signed."""

    text = WordingField(
        AgreementText.objects.none(), label=_("Wording"), empty_label=None
    )
    signed_on = day(_("Signed on"))
    document = PaperField(
        label=_("Signed copy"),
        help_text=_("As a scan. Cover identity numbers: nobody needs them here."),
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        approved = AgreementText.objects.of(contract).approved()
        self.fields["text"].queryset = approved  # type: ignore[attr-defined]
        self.fields["text"].initial = approved.first()
        self.fields["signed_on"].initial = localdate(at)
