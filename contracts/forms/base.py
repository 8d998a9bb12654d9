"""What forms about a contract have in common."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from contracts.actions.documents import DocumentRefused, check_file
from contracts.models import Clause, Contract

#: A moment at the end of time overflows in another time zone.
FIRST_YEAR, LAST_YEAR = 2000, 2100
ACCEPTED = ".pdf,.ofd,.jpg,.jpeg,.png,.tif,.tiff,.docx,.xlsx,.zip"


def text(
    label: Any, *, required: bool = True, rows: int = 3, most: int = 2000, **given: Any
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        **given,
    )


def check_year(value: date) -> None:
    """Refuse a year that no contract of ours is in, and no clock can count with."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("Enter a day between %(first)d and %(last)d."),
            code="year",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


def day(label: Any, **given: Any) -> forms.DateField:
    """Ask for a day, with the browser's own control."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=[check_year], **given)


def moment(label: Any, **given: Any) -> forms.DateTimeField:
    """Ask for a moment to the minute, with the browser's own control."""
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
    )
    return forms.DateTimeField(
        label=label, widget=widget, validators=[check_year], **given
    )


def money(label: Any, **given: Any) -> forms.DecimalField:
    """Ask for an amount in CNY, to the fen."""
    return forms.DecimalField(
        label=label, max_digits=14, decimal_places=2, min_value=0, **given
    )


class PaperField(forms.FileField):
    """Asks for a file that is put on record as a document."""

    widget = forms.ClearableFileInput(attrs={"accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> "UploadedFile[Any] | None":
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            try:
                check_file(file)
            except DocumentRefused as refusal:
                raise ValidationError(str(refusal), code="refused") from refusal
        return file  # type: ignore[no-any-return]


class ClauseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a clause, by its reference and title."""

    def label_from_instance(self, clause: Clause) -> str:
        return f"{clause.ref} {clause.title}"


class ContractForm(forms.Form):
    """A form on a page of a contract. The token makes the same form sent twice one record."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self.at = at
        for field in self.fields.values():
            if isinstance(field, ClauseField):
                field.queryset = contract.clauses.all()

    def clean_token(self) -> UUID | None:
        """Return the token as it is kept: the same one on two contracts is two."""
        token: UUID | None = self.cleaned_data["token"]
        return token and uuid5(token, self.contract.number)
