"""What is asked of people about the handover. Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.models import HandoverLine

from .base import ContractForm


class LinesForm(ContractForm):
    """Asks which lines a step is taken on, and what there is to say about them."""

    selected = forms.ModelMultipleChoiceField(
        HandoverLine.objects.none(),
        label=_("Lines"),
        error_messages={"required": _("Select the lines first.")},
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # They are ticked in the list, which is no part of what the form shows.
        self.fields["token"].required = False
        self.fields["selected"].queryset = (  # type: ignore[attr-defined]
            HandoverLine.objects.of(self.contract).select_related("contract")
        )


class RefuseForm(LinesForm):
    """The same, where what is missing has to be said."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
        self.fields["note"].error_messages["required"] = _("Say what is missing.")
