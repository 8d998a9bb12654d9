"""What the handover list can be narrowed to, all of it in the URL."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from contracts.models import HandoverLine, LineKind, LineStatus


class LineFilter(filters.FilterSet):  # type: ignore[misc]  # it has no types
    kind = filters.ChoiceFilter(label=_("Kind"), choices=LineKind)
    status = filters.ChoiceFilter(label=_("Status"), choices=LineStatus)
    q = filters.CharFilter(
        label=_("What"), field_name="what", lookup_expr="icontains", max_length=80
    )

    class Meta:
        model = HandoverLine
        fields: list[str] = []
