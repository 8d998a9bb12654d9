"""What proves the ledgers: their seals, and whether they hold."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from contracts import ledger
from contracts.access import ContractRequest, requires
from contracts.turns import turn


@require_safe
@requires("contracts.verify")
def seals(request: ContractRequest) -> HttpResponse:
    return _seals(request)


@require_POST
@requires("contracts.verify")
def verify(request: ContractRequest) -> HttpResponse:
    """Compare all ledgers with their seals while the person waits: seconds, not more."""
    with turn("contracts.verify", 0) as mine:
        verdicts = ledger.verify(ledger.ledgers()) if mine else None
    return _seals(request, verdicts, busy=not mine)


def _seals(
    request: ContractRequest,
    verdicts: list[ledger.Verdict] | None = None,
    *,
    busy: bool = False,
) -> HttpResponse:
    """Render the page of seals; for htmx, only the part that a verification changes."""
    part, at = "#ledgers" if request.htmx else "", now()
    found = {verdict.table: verdict for verdict in verdicts or ()}
    return render(
        request,
        f"contracts/ledger.html{part}",
        {
            "at": at,
            "ledgers": [
                (one, one.newest and at - one.newest.at, found.get(one.table))
                for one in ledger.standings()
            ],
            "verdicts": verdicts,
            "broken": [verdict for verdict in found.values() if not verdict.holds],
            "busy": busy,
        },
    )
