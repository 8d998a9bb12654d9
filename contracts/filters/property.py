"""What the lists of assets and of volumes can be narrowed to, all of it in the URL."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.models import Asset, AssetStatus, Side, Volume, VolumeKind


class AssetFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    q = filters.CharFilter(
        label=_("Number, name or place"), method="search", max_length=80
    )
    owner = filters.ChoiceFilter(label=_("Belongs to"), choices=Side)
    status = filters.ChoiceFilter(label=_("Status"), choices=AssetStatus)
    sort = filters.OrderingFilter(
        fields=["number", "price", "issued_on"], label=pgettext("list", "Order")
    )

    class Meta:
        model = Asset
        fields: list[str] = []

    def search(
        self, assets: QuerySet[Asset], _name: str, value: str
    ) -> QuerySet[Asset]:
        return assets.filter(
            Q(number__icontains=value)
            | Q(name__icontains=value)
            | Q(place__icontains=value)
        )


class VolumeFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    q = filters.CharFilter(
        label=_("Binding number, title or place"), method="search", max_length=80
    )
    kind = filters.ChoiceFilter(label=_("Kind"), choices=VolumeKind)
    sort = filters.OrderingFilter(
        fields=["number", "starts_on", "bound_on"], label=pgettext("list", "Order")
    )

    class Meta:
        model = Volume
        fields: list[str] = []

    def search(
        self, volumes: QuerySet[Volume], _name: str, value: str
    ) -> QuerySet[Volume]:
        return volumes.filter(
            Q(number__icontains=value)
            | Q(title__icontains=value)
            | Q(place__icontains=value)
        )
