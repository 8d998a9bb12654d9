"""What is asked of whoever assesses. Nothing here saves."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Clause, ClauseKind, Contract

from .models import Verdict

REASON_LENGTH = 2000


class ClauseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    def label_from_instance(self, clause: Clause) -> str:
        return f"{clause.ref} {clause.title}"


class VerdictForm(forms.Form):
    """Asks whether a period's agreed work was done. The token makes it one verdict."""

    fulfilled = forms.TypedChoiceField(
        label=pgettext_lazy("assessment", "Verdict"),
        choices=[
            ("yes", _("Fulfilled: the agreed work was done")),
            ("no", _("Not fulfilled: agreed work was not done")),
        ],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    clause = ClauseField(
        Clause.objects.none(),
        label=_("Clause that was not fulfilled"),
        required=False,
        empty_label="—",
    )
    reason = forms.CharField(
        label=_("What was not done, or why this verdict"),
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed where the work was not done. Both parties can read it."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clauses = contract.clauses.exclude(kind=ClauseKind.HEADING)
        self.fields["clause"].queryset = clauses  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("fulfilled") is False:
            if not cleaned.get("reason") and "reason" not in self.errors:
                self.add_error(
                    "reason",
                    ValidationError(_("Say what was not done."), code="no_reason"),
                )
            if not cleaned.get("clause") and "clause" not in self.errors:
                self.add_error(
                    "clause",
                    ValidationError(
                        _("Name the clause that was not fulfilled."), code="no_clause"
                    ),
                )
        return cleaned


class CorrectionForm(VerdictForm):
    """Asks for what is true instead of a verdict that stands, and why."""

    def __init__(self, *args: Any, verdict: Verdict, **kwargs: Any) -> None:
        given = {
            "fulfilled": "yes" if verdict.fulfilled else "no",
            "clause": verdict.clause_id,
        }
        super().__init__(*args, contract=verdict.contract, initial=given, **kwargs)
        reason = self.fields["reason"]
        reason.required = True
        reason.label = _("What is true instead, and why")
        reason.help_text = _(
            "The verdict corrected stays on record. Both parties can read this."
        )
