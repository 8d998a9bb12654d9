"""What is asked of people about documents. Nothing here saves."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.roles import PARTY_A, Role
from contracts.models import Clause, DocumentKind
from contracts.rules.file_kinds import MOST_BYTES

from .base import ClauseField, ContractForm, PaperField

TAKEN = format_lazy(
    _("PDF, OFD, JPEG, PNG, TIFF, DOCX, XLSX or ZIP, {most} MB at most."),
    most=MOST_BYTES // 2**20,
)


def paper(label: Any) -> PaperField:
    """Ask for a file, and say which ones are taken."""
    return PaperField(label=label, help_text=TAKEN, max_length=200)


class DocumentForm(ContractForm):
    """Asks for a file to be put on record. Party A alone may keep one to itself."""

    file = paper(_("File"))
    kind = forms.TypedChoiceField(
        label=_("Kind"), choices=[("", "—"), *DocumentKind.choices], coerce=DocumentKind
    )
    title = forms.CharField(label=_("Title"), max_length=120)
    clause = ClauseField(
        Clause.objects.none(), label=_("Clause"), required=False, empty_label="—"
    )
    only_party_a = forms.BooleanField(
        label=_("For Party A only"),
        required=False,
        help_text=_("Party B will not see that there is such a document."),
    )

    def __init__(self, *args: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if role not in PARTY_A:
            del self.fields["only_party_a"]


class VersionForm(ContractForm):
    """Asks for the file that takes a document's place. The rest stays as it was."""

    file = paper(_("File"))
    title = forms.CharField(label=_("Title"), max_length=120)
