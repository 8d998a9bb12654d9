"""What lists of people and of what they did can be narrowed to, all of it in the URL."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from .models import AccountChange, AccountChangeKind, SignIn, SignInOutcome, User
from .roles import Duty


class AddressFilter(filters.Filter):  # type: ignore[misc]  # it has no types
    """A network address, whole."""

    field_class = forms.GenericIPAddressField


def _choice(**given: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(empty_label=_("All"), **given)


def _days() -> filters.DateFromToRangeFilter:
    return filters.DateFromToRangeFilter(
        label=_("Day"),
        field_name="at",
        widget=filters.widgets.DateRangeWidget(attrs={"type": "date"}),
    )


STATES = [("active", _("Active")), ("suspended", _("Suspended"))]


class PersonFilter(filters.FilterSet):  # type: ignore[misc]
    q = filters.CharFilter(
        label=_("Name or user name"), method="search", max_length=150
    )
    state = _choice(label=_("State"), choices=STATES, method="by_state")
    duty = _choice(label=_("Duty"), choices=Duty)

    class Meta:
        model = User
        fields: list[str] = []

    def search(self, people: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        return people.filter(Q(name__icontains=value) | Q(username__icontains=value))

    def by_state(
        self, people: QuerySet[User], _name: str, value: str
    ) -> QuerySet[User]:
        return people.filter(is_active=value == "active")


class SignInFilter(filters.FilterSet):  # type: ignore[misc]
    username = filters.CharFilter(
        label=_("User name"), lookup_expr="icontains", max_length=150
    )
    outcome = _choice(label=_("Outcome"), choices=SignInOutcome)
    address = AddressFilter(label=_("Address"))
    at = _days()

    class Meta:
        model = SignIn
        fields: list[str] = []


class AccountChangeFilter(filters.FilterSet):  # type: ignore[misc]
    person = filters.CharFilter(
        label=_("Person"),
        field_name="person__username",
        lookup_expr="icontains",
        max_length=150,
    )
    by = filters.CharFilter(
        label=_("By"),
        field_name="by__username",
        lookup_expr="icontains",
        max_length=150,
    )
    kind = _choice(label=_("Change"), choices=AccountChangeKind)
    at = _days()

    class Meta:
        model = AccountChange
        fields: list[str] = []
