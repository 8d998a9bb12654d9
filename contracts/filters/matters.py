"""What lists of changes and events can be narrowed to, all of it in the URL."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Acceptance,
    AcceptanceKind,
    Callout,
    CalloutStatus,
    Cause,
    Change,
    ChangeKind,
    Extra,
    ForceMajeure,
    ForceMajeureStatus,
    Hold,
    HoldStatus,
    RequestStatus,
    Result,
    Side,
)


class ChangeFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=RequestStatus)
    kind = filters.ChoiceFilter(label=_("What changes"), choices=ChangeKind)
    side = filters.ChoiceFilter(label=_("Asked for by"), choices=Side)
    q = filters.CharFilter(
        label=_("Title"), field_name="title", lookup_expr="icontains", max_length=80
    )

    class Meta:
        model = Change
        fields: list[str] = []


class ExtraFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=RequestStatus)
    q = filters.CharFilter(
        label=_("Title"), field_name="title", lookup_expr="icontains", max_length=80
    )

    class Meta:
        model = Extra
        fields: list[str] = []


class CalloutFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=CalloutStatus)
    q = filters.CharFilter(label=_("Words"), method="search", max_length=80)

    class Meta:
        model = Callout
        fields: list[str] = []

    def search(
        self, rows: "QuerySet[Callout]", _name: str, value: str
    ) -> "QuerySet[Callout]":
        return rows.filter(Q(title__icontains=value) | Q(place__icontains=value))


class ForceMajeureFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=ForceMajeureStatus)
    cause = filters.MultipleChoiceFilter(label=_("Cause"), choices=Cause)
    side = filters.ChoiceFilter(label=_("Reported by"), choices=Side)

    class Meta:
        model = ForceMajeure
        fields: list[str] = []


class HoldFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.ChoiceFilter(
        label=_("Status"), choices=HoldStatus.choices, method="by_status"
    )

    class Meta:
        model = Hold
        fields: list[str] = []

    def by_status(self, rows: Any, _name: str, value: str) -> "QuerySet[Hold]":
        return rows.running() if value == HoldStatus.RUNNING else rows.lifted()  # type: ignore[no-any-return]


class AcceptanceFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.MultipleChoiceFilter(label=_("Of what"), choices=AcceptanceKind)
    result = filters.MultipleChoiceFilter(label=_("Result"), choices=Result)
    q = filters.CharFilter(
        label=_("Title"), field_name="title", lookup_expr="icontains", max_length=80
    )

    class Meta:
        model = Acceptance
        fields: list[str] = []
