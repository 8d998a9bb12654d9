"""What lists of documents can be narrowed to, all of it in the URL."""

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import Clause, Contract, Document, DocumentKind


class DocumentFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    q = filters.CharFilter(
        label=_("Title or file name"), method="search", max_length=100
    )
    kind = filters.ChoiceFilter(label=_("Kind"), choices=DocumentKind)
    clause = filters.ModelChoiceFilter(
        label=_("Clause"), queryset=Clause.objects.none()
    )

    class Meta:
        model = Document
        fields: list[str] = []

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["clause"].queryset = contract.clauses.all()

    def search(
        self, documents: QuerySet[Document], _name: str, value: str
    ) -> QuerySet[Document]:
        return documents.filter(Q(title__icontains=value) | Q(name__icontains=value))
