"""What lists of roles on contracts can be narrowed to, all of it in the URL."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from contracts.models import Contract, Membership


class MembershipFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    q = filters.CharFilter(
        label=_("Name or user name"), method="search", max_length=150
    )
    contract = filters.ModelChoiceFilter(
        label=_("Contract"), queryset=Contract.objects.order_by("number")
    )
    role = filters.ChoiceFilter(label=_("Role"), choices=Role)

    class Meta:
        model = Membership
        fields: list[str] = []

    def search(
        self, memberships: QuerySet[Membership], _name: str, value: str
    ) -> QuerySet[Membership]:
        return memberships.filter(
            Q(user__name__icontains=value) | Q(user__username__icontains=value)
        )
