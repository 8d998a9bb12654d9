"""What is asked of people about the archive. Nothing here saves."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from contracts.models import Clause, Document, VolumeKind

from .base import ClauseField, ContractForm, PaperField, day


def _documents() -> forms.ModelMultipleChoiceField:  # type: ignore[type-arg]
    return forms.ModelMultipleChoiceField(
        Document.objects.none(),
        label=_("Documents in it"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )


class _WithDocuments(ContractForm):
    """Offers the documents of the contract that this role may see."""

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].queryset = (  # type: ignore[attr-defined]
            Document.objects.of(self.contract)
            .visible_to(role)
            .newest()
            .order_by("-uploaded_at")
        )


class VolumeForm(_WithDocuments):
    """Asks for a volume to be entered into the register of the archive."""

    number = forms.CharField(label=_("Binding number"), max_length=40)
    kind = forms.ChoiceField(label=_("Kind"), choices=VolumeKind)
    title = forms.CharField(label=_("Title"), max_length=120)
    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    starts_on = day(_("From"))
    ends_on = day(_("To"))
    pages = forms.IntegerField(
        label=_("Pages or files"), min_value=1, max_value=2_000_000_000
    )
    place = forms.CharField(label=_("Where it is kept"), max_length=120)
    bound_on = day(_("Bound or backed up on"))
    backup = PaperField(
        label=_("Record of the backup"),
        required=False,
        help_text=_("For what is kept electronically: the log with its digests."),
    )
    documents = _documents()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].initial = self.contract.clauses.filter(
            rules__contains=["R39"]
        ).first()

    def clean_bound_on(self) -> date:
        bound_on: date = self.cleaned_data["bound_on"]
        if bound_on > localdate(self.at):
            raise ValidationError(_("This day has not come yet."), code="future")
        return bound_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error(
                "ends_on",
                ValidationError(_("This is before the first day."), code="backwards"),
            )
        electronic = cleaned.get("kind") == VolumeKind.ELECTRONIC
        if electronic and "backup" in cleaned and not cleaned["backup"]:
            self.add_error(
                "backup",
                ValidationError(
                    _("What is kept electronically needs the record of its backup."),
                    code="required",
                ),
            )
        return cleaned


class AttachForm(_WithDocuments):
    """Asks which further documents lie in a volume."""

    documents = _documents()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["documents"].required = True
