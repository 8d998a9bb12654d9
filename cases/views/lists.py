"""The list of work orders."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from accounts.paging import count, page
from cases.filters import CaseFilter
from cases.models import Case
from contracts.access import ContractRequest, requires


@require_GET
@requires("cases.view")
def listing(request: ContractRequest) -> HttpResponse:
    at = now()
    found = CaseFilter(
        request.GET,
        queryset=Case.objects.of(request.contract).seen_by(request.user, request.role),
        contract=request.contract,
        at=at,
    )
    rows = found.qs
    shown = page(
        rows.select_related("unit", "community").defer(
            "content", "result", "reply", "extra"
        ),
        found.sorted_by,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(rows),
        "at": at,
        "query": query_of_list(request.GET),
    }
    return render(request, "cases/list.html", context)


def query_of_list(given: QueryDict) -> str:
    """Return the filters in a query string, without where in the list one is."""
    kept = given.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    return kept.urlencode()
