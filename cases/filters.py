"""What a list of orders can be narrowed to, all of it in the URL."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.choices import CallableChoiceIterator
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters.fields import IsoDateTimeField

from accounts.paging import Pieces
from cases.models import (
    PENDING,
    Application,
    ApplicationKind,
    ApplicationStatus,
    Case,
    CaseStatus,
    Category,
    Community,
    Satisfaction,
    Source,
    Unit,
    UnitMember,
    Urgency,
)
from cases.rules.indicators import Basis
from cases.search import found, in_weeks
from contracts.models import Contract

YES_NO = [("yes", _("Yes")), ("no", _("No"))]

DUE = [
    ("overdue", _("Overdue")),
    ("near", _("Nearly overdue (80 %)")),
    ("half", _("Half its time gone (50 %)")),
]

SORTS = ("-counted_at", "counted_at", "due_at", "-due_at")

BASES = [(Basis.FULL, _("Full basis")), (Basis.ASSESSED, _("Assessed basis"))]


class MomentInput(forms.DateTimeInput):
    """The browser's own control. It takes local time, where an address has an offset."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str:
        try:
            moment = parse_datetime(value) if isinstance(value, str) else value
            local = moment and (localtime(moment) if is_aware(moment) else moment)
        except (ValueError, OverflowError):  # not a moment, or at the ends of time
            return ""
        return f"{local:%Y-%m-%dT%H:%M}" if local else ""


class MomentField(IsoDateTimeField):  # type: ignore[misc]  # it has no types
    """A moment in ISO 8601, whatever its offset: PostgreSQL knows few of them."""

    widget = MomentInput

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


class QuickSelect(forms.Select):
    """A list of choices drawn in one go: a template for each costs more than the page."""

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> Any:
        chosen = set(self.format_value(value))
        options = (
            (key, SafeString(" selected") if str(key) in chosen else "", label)
            for key, label in self.choices
        )
        return format_html(
            '<select name="{}"{}>{}</select>',
            name,
            flatatt(self.build_attrs(self.attrs, attrs)),
            format_html_join("", '<option value="{}"{}>{}</option>', options),
        )


def _choices(field: Any, choices: Any) -> list[tuple[Any, Any]]:
    """Return what a list offers. Of records only their names are fetched."""
    if not isinstance(field, forms.ModelChoiceField):
        return list(choices)
    rows: Any = field.queryset
    if rows.model is Category:
        levels = rows.values_list("pk", "third", "second", "first")
        names = [(pk, next(filter(None, path), "")) for pk, *path in levels]
    else:
        names = list(rows.values_list("pk", "name"))
    return [("", field.empty_label), *names]


class HiddenFilter(filters.CharFilter):  # type: ignore[misc]
    """Says how the list is shown, not what is in it; kept when it is narrowed anew."""

    def __init__(self, widget: Any, **kwargs: Any) -> None:
        super().__init__(widget=widget, label="", **kwargs)

    def filter(self, rows: Any, value: Any) -> Any:
        return rows


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
    contact_cause = filters.CharFilter(label=_("Why not contacted"), max_length=60)
    solution_cause = filters.CharFilter(label=_("Why not solved"), max_length=60)
    satisfaction_cause = filters.CharFilter(label=_("Why not satisfied"), max_length=60)
    company = filters.ChoiceFilter(
        label=_("From a company"), choices=YES_NO, method="by_company"
    )
    unhappy = filters.ChoiceFilter(
        label=_("Unhappy callback"), choices=YES_NO[:1], method="by_unhappy"
    )
    columns = HiddenFilter(forms.MultipleHiddenInput)
    rows = HiddenFilter(forms.HiddenInput)

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(
        self,
        data: Any,
        *,
        contract: Contract,
        at: datetime,
        units: QuerySet[Unit] | None = None,
        phones: bool = False,
        **kwargs: Any,
    ) -> None:
        """Offer all units of the contract to filter by, or only `units`.

        With `phones`, words also find callers by the end of their telephone number.
        """
        super().__init__(data, **kwargs)
        self.contract = contract
        self.at = at
        self.phones = phones
        for name in ("unit", "community", "category"):
            field = self.filters[name]
            field.queryset = field.queryset.model.objects.of(contract)
        if units is not None:
            self.filters["unit"].queryset = units

    @property
    def form(self) -> Any:
        """The form, its lists of names read once: they are shown, and told apart as chips."""
        form = super().form
        for field in form.fields.values():
            if type(field.widget) is forms.Select:
                # Asked for only where the form is drawn.
                offer = partial(_choices, field, field.widget.choices)
                field.widget = QuickSelect(
                    field.widget.attrs, CallableChoiceIterator(offer)
                )
        return form

    @property
    def sorted_by(self) -> str:
        """The field to sort by, as accounts.paging takes it; newest first by default."""
        asked = self.data.get("sort", "")
        return asked if asked in SORTS else SORTS[0]

    @cached_property
    def pieces(self) -> Pieces | None:
        """What accounts.paging finds a page of a search by; None where nothing is searched."""
        searched = self.form.is_valid() and self.form.cleaned_data.get("q")
        if searched and self.sorted_by.lstrip("-") == "counted_at":
            return in_weeks(Case.objects.of(self.contract))
        return None

    def search(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return found(rows, value, phones=self.phones)

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

    def by_unhappy(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.unhappy()  # type: ignore[no-any-return]

    def by_company(self, rows: Any, name: str, value: str) -> QuerySet[Case]:
        return rows.exclude(company="") if value == "yes" else rows.filter(company="")  # type: ignore[no-any-return]


#: Of a query string, what says how the list is shown or where in it one is.
HOW = ("columns", "rows", "before", "after")


def asked_of(given: QueryDict) -> QueryDict:
    """Return what a query string asks of the list, without how and where it is shown."""
    kept = QueryDict(mutable=True)
    for name in (*CaseFilter.base_filters, "sort"):
        values = [value for value in given.getlist(name) if value.strip()]
        if values and name not in HOW:
            kept.setlist(name, values)
    return kept


class UnitFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    """The handling units of one contract, narrowed."""

    q = filters.CharFilter(
        label=pgettext_lazy("unit", "Name"),
        field_name="name",
        lookup_expr="icontains",
        max_length=100,
    )
    members = filters.ChoiceFilter(
        label=_("Signs and answers itself"), choices=YES_NO, method="by_members"
    )

    class Meta:
        model = Unit
        fields: list[str] = []

    def by_members(self, units: Any, name: str, value: str) -> QuerySet[Unit]:
        speaks = Exists(UnitMember.objects.filter(unit=OuterRef("pk")))
        return units.filter(speaks if value == "yes" else ~speaks)  # type: ignore[no-any-return]


class ApplicationFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    """What was asked for the orders of one contract, narrowed."""

    q = filters.CharFilter(
        label=_("Order number"), field_name="case__number", max_length=40
    )
    kind = filters.ChoiceFilter(label=_("Kind"), choices=ApplicationKind)
    status = filters.ChoiceFilter(label=_("Status"), choices=ApplicationStatus)
    pending = filters.ChoiceFilter(
        label=_("Waits for an answer"), choices=YES_NO, method="by_pending"
    )
    reason = filters.ChoiceFilter(label=_("Reason"))
    since = MomentFilter(
        label=_("Asked from"), field_name="asked_at", lookup_expr="gte"
    )
    until = MomentFilter(
        label=_("Asked before"), field_name="asked_at", lookup_expr="lt"
    )

    class Meta:
        model = Application
        fields: list[str] = []

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = (
            Application.objects.of(contract)
            .order_by("reason")
            .values_list("reason", flat=True)
            .distinct()
        )
        self.filters["reason"].extra["choices"] = [(one, one) for one in given]

    def by_pending(self, rows: Any, _name: str, value: str) -> QuerySet[Application]:
        return rows.pending() if value == "yes" else rows.exclude(status__in=PENDING)  # type: ignore[no-any-return]
