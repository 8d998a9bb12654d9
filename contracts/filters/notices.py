"""What lists of notices can be narrowed to, all of it in the URL."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Clause, Contract, Notice, NoticeKind, NoticeStatus, Side


class NoticeFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    q = filters.CharFilter(label=_("Number or words"), method="search", max_length=100)
    side = filters.ChoiceFilter(label=_("Sent by"), choices=Side)
    kind = filters.ChoiceFilter(label=_("Kind"), choices=NoticeKind)
    status = filters.ChoiceFilter(label=_("Status"), choices=NoticeStatus)
    clause = filters.ModelChoiceFilter(
        label=_("Clause"), queryset=Clause.objects.none()
    )

    class Meta:
        model = Notice
        fields: list[str] = []

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["clause"].queryset = contract.clauses.all()

    def search(
        self, notices: QuerySet[Notice], _name: str, value: str
    ) -> QuerySet[Notice]:
        said = Q(title__icontains=value) | Q(body__icontains=value)
        if value.isdecimal():
            said |= Q(serial=int(value))
        return notices.filter(said)
