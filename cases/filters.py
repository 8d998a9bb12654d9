"""What a list of orders can be narrowed to, all of it in the URL."""

from datetime import UTC, datetime
from typing import Any

import django_filters as filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters.fields import IsoDateTimeField

from cases.models import (
    Case,
    CaseStatus,
    Category,
    Community,
    Satisfaction,
    Source,
    Unit,
    Urgency,
)
from cases.rules.indicators import Basis
from contracts.models import Contract

YES_NO = [("yes", _("Yes")), ("no", _("No"))]

DUE = [
    ("overdue", _("Overdue")),
    ("near", _("Nearly overdue (80 %)")),
    ("half", _("Half its time gone (50 %)")),
]

SORTS = ("-counted_at", "counted_at", "due_at", "-due_at")

BASES = [(Basis.FULL, _("Full basis")), (Basis.ASSESSED, _("Assessed basis"))]


class MomentField(IsoDateTimeField):  # type: ignore[misc]  # it has no types
    """A moment in ISO 8601, whatever its offset: PostgreSQL knows few of them."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError:  # at the ends of time
            raise ValidationError(
                self.error_messages["invalid"], code="invalid"
            ) from None


class MomentFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = MomentField


class CaseFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    """The orders of one contract, narrowed. What a filter cannot read it leaves out."""

    q = filters.CharFilter(label=_("Number or words"), method="search", max_length=100)
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=CaseStatus)
    open = filters.ChoiceFilter(
        label=pgettext_lazy("order", "Open"), choices=YES_NO, method="by_open"
    )
    due = filters.ChoiceFilter(label=_("Deadline"), choices=DUE, method="by_due")
    unit = filters.ModelChoiceFilter(
        label=_("Handling unit"), queryset=Unit.objects.none()
    )
    community = filters.ModelChoiceFilter(
        label=_("Community"), queryset=Community.objects.none()
    )
    category = filters.ModelChoiceFilter(
        label=_("Category"), queryset=Category.objects.none()
    )
    urgency = filters.ChoiceFilter(label=_("Urgency"), choices=Urgency)
    source = filters.ChoiceFilter(label=_("Source"), choices=Source)
    since = MomentFilter(
        label=_("Dispatched from"), field_name="counted_at", lookup_expr="gte"
    )
    until = MomentFilter(
        label=_("Dispatched before"), field_name="counted_at", lookup_expr="lt"
    )
    closed_since = MomentFilter(
        label=_("Closed from"), field_name="closed_at", lookup_expr="gte"
    )
    closed_until = MomentFilter(
        label=_("Closed before"), field_name="closed_at", lookup_expr="lt"
    )
    basis = filters.ChoiceFilter(label=_("Basis"), choices=BASES, method="by_basis")
    valid = filters.ChoiceFilter(
        label=_("Valid callback"), choices=YES_NO, method="by_flag"
    )
    contacted = filters.ChoiceFilter(
        label=pgettext_lazy("flag", "Contacted"), choices=YES_NO, method="by_flag"
    )
    solved = filters.ChoiceFilter(
        label=pgettext_lazy("flag", "Solved"), choices=YES_NO, method="by_flag"
    )
    satisfaction = filters.ChoiceFilter(label=_("Satisfaction"), choices=Satisfaction)
    company = filters.ChoiceFilter(
        label=_("From a company"), choices=YES_NO, method="by_company"
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(
        self, data: Any, *, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.at = at
        for name in ("unit", "community", "category"):
            field = self.filters[name]
            field.queryset = field.queryset.model.objects.of(contract)

    @property
    def form(self) -> Any:
        """The form, its lists of names read once: they are shown, and told apart as chips."""
        form = super().form
        for name in ("unit", "community", "category"):
            widget = form.fields[name].widget
            widget.choices = list(widget.choices)
        return form

    @property
    def sorted_by(self) -> str:
        """The field to sort by, as accounts.paging takes it; newest first by default."""
        asked = self.data.get("sort", "")
        return asked if asked in SORTS else SORTS[0]

    def search(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.found_by(value)  # type: ignore[no-any-return]

    def by_open(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.open() if value == "yes" else rows.finished()  # type: ignore[no-any-return]

    def by_due(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        if value == "overdue":
            return rows.overdue(self.at)  # type: ignore[no-any-return]
        return rows.past(80 if value == "near" else 50, self.at)  # type: ignore[no-any-return]

    def by_basis(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.on_basis(Basis(value))  # type: ignore[no-any-return]

    def by_flag(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        field = "valid_callback" if name == "valid" else name
        return rows.filter(**{field: value == "yes"})  # type: ignore[no-any-return]

    def by_company(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.exclude(company="") if value == "yes" else rows.filter(company="")  # type: ignore[no-any-return]
