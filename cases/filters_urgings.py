"""What the list of urgings can be narrowed to, all of it in the URL."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Unit, Urging, UrgingKind, UrgingLevel

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class UrgingFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    read = filters.ChoiceFilter(label=_("Read"), choices=YES_NO, method="by_moment")
    answered = filters.ChoiceFilter(
        label=_("Answered"), choices=YES_NO, method="by_moment"
    )
    level = filters.MultipleChoiceFilter(label=_("Level"), choices=UrgingLevel)
    unit = filters.ModelChoiceFilter(label=_("Sent to"), queryset=Unit.objects.none())
    kind = filters.ChoiceFilter(label=_("Kind"), choices=UrgingKind)
    q = filters.CharFilter(
        label=_("Order number"),
        field_name="case__number",
        lookup_expr="startswith",
        max_length=40,
    )

    class Meta:
        model = Urging
        fields: list[str] = []

    def __init__(self, *args: Any, units: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["unit"].queryset = units

    def by_moment(
        self, rows: "QuerySet[Urging]", name: str, value: str
    ) -> "QuerySet[Urging]":
        return rows.filter(**{f"{name}_at__isnull": value == "no"})
