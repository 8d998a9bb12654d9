"""What is asked of people who bring files in, and who look for orders."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _

from cases.models import Batch, BatchMode
from cases.rules.headers import ALIASES, CALLER, Field


class UploadForm(forms.Form):
    """Takes a file of work orders. What is in it is checked in the background."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("xlsx, xls, csv or a web page with a table, 30 MB at most."),
        widget=forms.FileInput(
            attrs={"accept": ".xlsx,.xls,.csv,.tsv,.txt,.htm,.html"}
        ),
        max_length=200,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ConfirmForm(forms.Form):
    """Asks what is to be taken of a file with faulty rows."""

    mode = forms.ChoiceField(
        label=_("Take over"),
        choices=BatchMode.choices,
        initial=BatchMode.GOOD_ROWS,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_mode(self) -> str:
        return self.cleaned_data["mode"] or BatchMode.GOOD_ROWS


class UndoForm(forms.Form):
    """Asks why an import is to be undone."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Somebody else has to do it. The reason stands on each order."),
    )


class LayoutForm(forms.Form):
    """Asks what is not known of a file's columns, and for a name to know it by again."""

    name = forms.CharField(
        label=_("Name of the layout"),
        max_length=60,
        help_text=_("Files with these headings are read the same way from now on."),
    )

    def __init__(
        self, *args: Any, batch: Batch, head: dict[str, Any], **kwargs: Any
    ) -> None:
        kwargs.setdefault("auto_id", "layout_%s")
        super().__init__(*args, **kwargs)
        self.question = batch.question
        self.columns = head["columns"]
        self.fields["name"].initial = (
            batch.question.get("like") or batch.name.rpartition(".")[0]
        )[:60]

    def read_as(self) -> dict[str, str]:
        """Return what the person says: heading → field, "" to keep it as it is."""
        raise NotImplementedError


class ColumnsForm(LayoutForm):
    """Asks of each column which it is, where no head of the file is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            ("", _("keep as it is")),
            *((str(field), ALIASES[field][0]) for field in Field),
        ]
        for number, column in enumerate(self.columns):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=column["heading"],
                choices=choices,
                initial=column["field"],
                required=False,
            )

    def rows(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        """Yield the question about each column, and what stands in it."""
        for number, column in enumerate(self.columns):
            yield self[f"column-{number}"], column["samples"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        taken: dict[str, str] = {}
        for heading, field in self.read_as().items():
            if field and field in taken and field not in CALLER:
                raise ValidationError(
                    _("“%(one)s” and “%(other)s” cannot both be “%(field)s”."),
                    code="twice",
                    params={
                        "one": taken[field],
                        "other": heading,
                        "field": ALIASES[Field(field)][0],
                    },
                )
            taken[field] = heading
        return cleaned

    def read_as(self) -> dict[str, str]:
        return {
            column["heading"]: self.cleaned_data.get(f"column-{number}", "")
            for number, column in enumerate(self.columns)
        }


class DriftForm(LayoutForm):
    """Asks of each column that an earlier file had which of the new ones it is now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = [one["heading"] for one in self.columns if not one["field"]]
        choices = [
            ("", _("None: the file has it no longer")),
            *((heading, heading) for heading in free),
        ]
        for number, gone in enumerate(self.question["lost"]):
            self.fields[f"lost-{number}"] = forms.ChoiceField(
                label=_("“%(heading)s” is gone. Which is the same?")
                % {"heading": gone["heading"]},
                choices=choices,
                initial=gone["proposed"],
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [
            heading
            for number in range(len(self.question["lost"]))
            if (heading := cleaned.get(f"lost-{number}"))
        ]
        if len(set(chosen)) < len(chosen):
            raise ValidationError(
                _("One column cannot be two of the earlier ones."), code="twice"
            )
        return cleaned

    def read_as(self) -> dict[str, str]:
        read = {one["heading"]: one["field"] for one in self.columns}
        for number, gone in enumerate(self.question["lost"]):
            if heading := self.cleaned_data.get(f"lost-{number}"):
                read[heading] = gone["field"]
        return read


class SearchForm(forms.Form):
    """The one search box."""

    q = forms.CharField(
        required=False, max_length=100, validators=[ProhibitNullCharactersValidator()]
    )
