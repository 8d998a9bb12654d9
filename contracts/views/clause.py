"""The page of a clause: what is owed by it, how that stands, what follows from it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from contracts.access import ContractRequest, requires
from contracts.dossier import dossier


@require_safe
@requires("contracts.view")
def clause(request: ContractRequest, pk: int) -> HttpResponse:
    at = now()
    clauses = request.contract.clauses.select_related("parent")
    shown = get_object_or_404(clauses, pk=pk)
    return render(
        request,
        "contracts/clause.html",
        {
            "dossier": dossier(
                request.contract, shown, role=request.role, may=request.may, at=at
            ),
            "at": at,
        },
    )
