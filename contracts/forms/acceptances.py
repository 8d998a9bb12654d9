"""What is asked of whoever records an acceptance."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.actions.acceptances import MOST_ITEMS, Item
from contracts.models import (
    Acceptance,
    AcceptanceKind,
    Clause,
    Contract,
    Due,
    DueStatus,
    Result,
)

from .base import ClauseField, ContractForm, PaperField, day, text
from .changes import TITLE

#: What is due so soon is offered, though nobody has delivered it yet.
SOON = timedelta(days=31)
#: Digits that no id has.
LONGEST_ID = 19


class DueField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a due, by what is owed and on which occasion."""

    def label_from_instance(self, due: Due) -> str:
        return f"{due.obligation.title} {due.label}".strip()


class AcceptanceForm(ContractForm):
    """Asks what was looked at, by whom, and what came of it."""

    kind = forms.ChoiceField(label=_("Of what"), choices=AcceptanceKind)
    clause = ClauseField(Clause.objects.none(), label=_("Clause"))
    title = forms.CharField(label=_("Title"), max_length=TITLE)
    due = DueField(
        Due.objects.none(),
        label=_("Due that this accepts"),
        required=False,
        empty_label="—",
        help_text=_("It is accepted or returned with this record."),
    )
    repeats = forms.ModelChoiceField(
        Acceptance.objects.none(),
        label=_("Again after"),
        required=False,
        empty_label="—",
        help_text=_("The record by which it was refused, or passed with conditions."),
    )
    held_on = day(_("Held on"))
    members = forms.CharField(label=_("Who took part"), max_length=200)
    result = forms.ChoiceField(label=_("Result"), choices=Result)
    conditions = text(_("Conditions or reasons"), required=False, rows=2)
    again_by = day(_("To be put right by"), required=False)
    scan = PaperField(label=_("Signed record"), help_text=_("As a scan."))

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.fields["held_on"].initial = localdate(at)
        self.fields["due"].queryset = self._dues()  # type: ignore[attr-defined]
        self.fields["repeats"].queryset = self._earlier()  # type: ignore[attr-defined]

    def _dues(self) -> "QuerySet[Due]":
        """Return what can be accepted now or soon, and what was chosen in any case.

        What the same form has moved when it came first must not fail it the second
        time: the action knows its token, and otherwise says better what is wrong.
        """
        dues = Due.objects.of(self.contract).filter(obligation__accepted_by_a=True)
        soon = localdate(self.at) + SOON
        waits = Q(status__in=[DueStatus.DELIVERED, DueStatus.RETURNED])
        waits |= Q(status=DueStatus.OPEN, due_on__lte=soon)
        return dues.filter(waits | self._chosen("due")).select_related("obligation")

    def _earlier(self) -> "QuerySet[Acceptance]":
        rows = Acceptance.objects.of(self.contract).exclude(result=Result.PASSED)
        return rows.filter(Q(again=None) | self._chosen("repeats"))

    def _chosen(self, name: str) -> Q:
        value = f"{self.data.get(name) or self.initial.get(name) or ''}"
        return Q(pk=value) if value.isdecimal() and len(value) < LONGEST_ID else Q(pk=0)


class ItemForm(forms.Form):
    """Asks what one thing was, and whether it was as agreed. A blank row is none."""

    what = forms.CharField(label=_("Item"), max_length=120)
    passed = forms.ChoiceField(
        label=pgettext("item", "Finding"),
        choices=[("yes", _("As agreed")), ("no", _("Not as agreed"))],
        initial="yes",
        required=False,
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


_Items = forms.formset_factory(
    ItemForm,
    extra=MOST_ITEMS,
    max_num=MOST_ITEMS,
    absolute_max=MOST_ITEMS,
    validate_max=True,
)


class ItemsForm(_Items):  # type: ignore[misc,valid-type]  # made by a factory
    """Asks for up to twelve items, one a row; the rows stand there without a script."""

    def __init__(self, *args: Any, known: Iterable[Item] = (), **kwargs: Any) -> None:
        initial = [{"what": item.what, "note": item.note} for item in known]
        super().__init__(*args, prefix="items", initial=initial, **kwargs)

    @property
    def items(self) -> list[Item]:
        """What was filled in, once it is valid."""
        rows = [form.cleaned_data for form in self.forms]
        return [
            Item(row["what"], row["passed"] != "no", row["note"])
            for row in rows
            if row.get("what")
        ]
