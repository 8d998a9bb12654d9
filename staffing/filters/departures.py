"""What lists of departures, demands, leave and breaches can be narrowed to, in the URL."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext
from django_filters.widgets import DateRangeWidget

from staffing.models import (
    AskedStatus,
    Breach,
    BreachKind,
    Demand,
    DemandStatus,
    Departure,
    DepartureStatus,
    Leave,
    LeaveKind,
    Swap,
)


def name(field: str) -> filters.CharFilter:
    return filters.CharFilter(
        label=_("Name"), field_name=field, lookup_expr="icontains", max_length=40
    )


def days(field: str, label: object) -> filters.DateFromToRangeFilter:
    return filters.DateFromToRangeFilter(
        field_name=field,
        label=label,
        widget=DateRangeWidget(attrs={"type": "date"}),
    )


class DepartureFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=DepartureStatus)
    q = name("person__name")
    leaves = days("leaves_on", _("Is to leave on"))

    class Meta:
        model = Departure
        fields: list[str] = []


class DemandFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=DemandStatus)
    q = name("person__name")
    demanded = days("demanded_on", _("Demanded on"))

    class Meta:
        model = Demand
        fields: list[str] = []


class LeaveFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=AskedStatus)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=LeaveKind)
    q = name("person__name")

    class Meta:
        model = Leave
        fields: list[str] = []


class SwapFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=AskedStatus)
    q = name("shift__person__name")

    class Meta:
        model = Swap
        fields: list[str] = []


class BreachFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.MultipleChoiceFilter(label=_("Kind"), choices=BreachKind)
    happened = days("happened_on", pgettext("breach", "Day"))
    q = name("person__name")

    class Meta:
        model = Breach
        fields: list[str] = []
