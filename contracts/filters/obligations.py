"""What the register of obligations and the calendar of deadlines can be narrowed to."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contracts.models import Clause, Contract, Due, DueStatus, Mode, Obligation, Side

STATUSES = [
    ("owed", _("Owed")),
    ("overdue", _("Late")),
    ("waiting", _("Waiting for acceptance")),
    ("done", _("Done")),
]


class ClauseFilter(filters.ModelChoiceFilter):  # type: ignore[misc]  # it has no types
    """Narrows to a clause, named by its reference and title."""

    class field_class(filters.fields.ModelChoiceField):  # type: ignore[misc]  # noqa: N801  # its name
        def label_from_instance(self, clause: Clause) -> str:
            return f"{clause.ref} {clause.title}"


class OfContract(filters.FilterSet):  # type: ignore[misc]
    """A filter whose lists of names are those of one contract."""

    #: Filters whose choices belong to a contract.
    NAMED: tuple[str, ...] = ()

    def __init__(
        self, data: Any, *, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.at = at
        for name in self.NAMED:
            one = self.filters[name]
            one.queryset = one.queryset.model.objects.filter(contract=contract)

    @property
    def form(self) -> Any:
        """The form, its lists of names read once: they are shown, and told apart as chips."""
        form = super().form
        for name in self.NAMED:
            widget = form.fields[name].widget
            widget.choices = list(widget.choices)
        return form

    def leave(self, rows: Any, name: str, value: str) -> Any:
        """Where one is in the page: no narrowing."""
        return rows


class ObligationFilter(OfContract):
    """The obligations of one contract, narrowed."""

    NAMED = ("clause",)

    q = filters.CharFilter(label=_("Words"), method="search", max_length=100)
    side = filters.ChoiceFilter(label=pgettext_lazy("party", "Owed by"), choices=Side)
    mode = filters.ChoiceFilter(label=_("How often"), choices=Mode)
    clause = ClauseFilter(label=_("Clause"), queryset=Clause.objects.none())
    rule = filters.CharFilter(label=_("Rule"), method="by_rule", max_length=4)
    standing = filters.ChoiceFilter(
        label=_("Standing"), choices=STATUSES[1:3], method="by_standing"
    )

    class Meta:
        model = Obligation
        fields: list[str] = []

    def search(self, rows: Any, name: str, value: str) -> QuerySet[Obligation]:
        return rows.filter(  # type: ignore[no-any-return]
            Q(title__icontains=value)
            | Q(due_in_words__icontains=value)
            | Q(evidence__icontains=value)
        )

    def by_rule(self, rows: Any, name: str, value: str) -> QuerySet[Obligation]:
        return rows.filter(rules__contains=[value.upper()])  # type: ignore[no-any-return]

    def by_standing(self, rows: Any, name: str, value: str) -> QuerySet[Obligation]:
        counted = "late" if value == "overdue" else "waiting"
        return rows.filter(**{f"{counted}__gt": 0})  # type: ignore[no-any-return]


class DeadlineFilter(OfContract):
    """The dues of one contract, narrowed. `month` and `show` say where one looks."""

    NAMED = ("clause", "obligation")

    q = filters.CharFilter(label=_("Words"), method="search", max_length=100)
    side = filters.ChoiceFilter(
        label=pgettext_lazy("party", "Owed by"),
        choices=Side,
        field_name="obligation__side",
    )
    status = filters.ChoiceFilter(
        label=_("Standing"), choices=STATUSES, method="by_status"
    )
    clause = ClauseFilter(
        label=_("Clause"),
        queryset=Clause.objects.none(),
        field_name="obligation__clause",
    )
    obligation = filters.ModelChoiceFilter(
        label=_("Obligation"), queryset=Obligation.objects.none()
    )
    month = filters.CharFilter(method="leave", widget=forms.HiddenInput)
    show = filters.CharFilter(method="leave", widget=forms.HiddenInput)

    class Meta:
        model = Due
        fields: list[str] = []

    def search(self, rows: Any, name: str, value: str) -> QuerySet[Due]:
        return rows.filter(  # type: ignore[no-any-return]
            Q(obligation__title__icontains=value) | Q(label__icontains=value)
        )

    def by_status(self, rows: Any, name: str, value: str) -> QuerySet[Due]:
        if value == "owed":
            return rows.owed()  # type: ignore[no-any-return]
        if value == "overdue":
            return rows.overdue(self.at)  # type: ignore[no-any-return]
        if value == "waiting":
            return rows.waiting_for_acceptance()  # type: ignore[no-any-return]
        return rows.filter(  # type: ignore[no-any-return]
            Q(status=DueStatus.ACCEPTED)
            | Q(status=DueStatus.DELIVERED, obligation__accepted_by_a=False)
        )
