"""The return desk: what was asked for orders, and what still waits for an answer."""

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.paging import count, page
from cases.filters import ApplicationFilter
from cases.models import Application, ApplicationKind, ApplicationStatus
from contracts.access import ContractRequest, requires


@require_GET
@requires("cases.applications")
def applications(request: ContractRequest) -> HttpResponse:
    """List applications, the newest first; of what is listed, how many by reason."""
    found = ApplicationFilter(
        request.GET,
        Application.objects.of(request.contract),
        contract=request.contract,
    )
    shown = page(
        found.qs.select_related("case", "asked_by"),
        "-asked_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    reasons = (
        found.qs.order_by()
        .values("kind", "reason", "status")
        .annotate(number=Count("pk"))
        .order_by("kind", "-number", "reason")
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(found.qs),
        "narrowed": bool(request.GET),
        "reasons": [
            {
                "kind": ApplicationKind(row["kind"]).label,
                "reason": row["reason"],
                "status": ApplicationStatus(row["status"]),
                "number": row["number"],
            }
            for row in reasons
        ],
    }
    return render(request, "cases/applications.html", context)
