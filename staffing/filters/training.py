"""What the list of trainings can be narrowed to, all of it in the URL."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from staffing.models import Training, TrainingStatus


class TrainingFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    status = filters.MultipleChoiceFilter(label=_("Status"), choices=TrainingStatus)
    q = filters.CharFilter(
        label=pgettext("training", "Title, trainer or place"),
        method="search",
        max_length=80,
    )

    class Meta:
        model = Training
        fields: list[str] = []

    def search(
        self, rows: "QuerySet[Training]", _name: str, value: str
    ) -> "QuerySet[Training]":
        return rows.filter(
            Q(title__icontains=value)
            | Q(trainer__icontains=value)
            | Q(place__icontains=value)
        )
