"""Pages of what was not as agreed: facts with what they rest on, and no decision."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from staffing.filters.departures import BreachFilter
from staffing.models import Breach


@require_safe
@requires("staffing.view_people")
def breaches(request: ContractRequest) -> HttpResponse:
    found = BreachFilter(request.GET, queryset=Breach.objects.of(request.contract))
    shown = page(
        found.qs.select_related("clause", "post", "person"),
        "-found_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": bool(request.GET),
        "page": shown,
        "count": count(found.qs),
    }
    return render(request, "staffing/breaches.html", context)


@require_safe
@requires("staffing.view_people")
def breach(request: ContractRequest, pk: int) -> HttpResponse:
    rows = Breach.objects.of(request.contract).select_related(
        "clause",
        "post",
        "person",
        "shift__person",
        "departure__person",
        "demand__person",
        "refusal__demand__person",
        "refusal__newcomer",
    )
    record = get_object_or_404(rows, pk=pk)
    others = Breach.objects.of(request.contract).standing().exclude(pk=record.pk)
    context = {
        "record": record,
        # Two clauses may name a sum for the same thing; whoever decides looks at both.
        "others": others.filter(person=record.person_id or 0)[:20],
    }
    return render(request, "staffing/breach.html", context)
