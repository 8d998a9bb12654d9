"""Pages of acceptances: what Party A has accepted, and what not."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.actions import acceptances as actions
from contracts.actions.acceptances import Item
from contracts.filters.matters import AcceptanceFilter
from contracts.forms.acceptances import AcceptanceForm, ItemsForm
from contracts.models import Acceptance, Due, Result

from .matters import attempt, events


@require_safe
@requires("contracts.view")
def listing(request: ContractRequest) -> HttpResponse:
    found = AcceptanceFilter(
        request.GET, queryset=Acceptance.objects.of(request.contract)
    )
    shown = page(
        found.qs.select_related("clause", "again", "repeats"),
        "-recorded_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": any(request.GET.get(name) for name in found.filters),
        "page": shown,
        "count": count(found.qs),
    }
    return render(request, "contracts/acceptances.html", context)


@require_safe
@requires("contracts.view")
def show(request: ContractRequest, pk: int) -> HttpResponse:
    rows = Acceptance.objects.of(request.contract).select_related(
        "contract", "clause", "scan", "repeats", "again", "recorded_by"
    )
    shown = get_object_or_404(rows, pk=pk)
    dues = shown.dues.select_related("obligation__clause").order_by("due_at")
    own = Due.objects.of(request.contract).filter(pk=shown.due_id or 0)
    context = {
        "acceptance": shown,
        "items": shown.items.all(),
        "due": own.select_related("obligation__clause").first(),
        "dues": list(dues),
        "events": events(shown, dict(Result.choices)),
        "at": now(),
    }
    return render(request, "contracts/acceptance.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.accept")
def new(request: ContractRequest) -> HttpResponse:
    at, given = now(), {"contract": request.contract}
    if request.method == "POST":
        form = AcceptanceForm(request.POST, request.FILES, at=at, **given)
        items = ItemsForm(request.POST)
        if form.is_valid() and _are_valid(items, form):
            made = attempt(
                form,
                lambda: actions.record(
                    request.contract,
                    items=items.items,
                    by=request.user,
                    at=at,
                    **form.cleaned_data,
                ),
            )
            if made:
                messages.success(request, _("Done. It is on record."))
                return redirect(made)
    else:
        initial, known = _proposed(request)
        form = AcceptanceForm(at=at, initial=initial, **given)
        items = ItemsForm(known=known)
    return render(
        request,
        "contracts/acceptance_new.html",
        {"form": form, "items": items},
        status=422 if form.errors else 200,
    )


def _are_valid(items: ItemsForm, form: AcceptanceForm) -> bool:
    """Tell whether the items are in order; where not, the form says so above itself."""
    if items.is_valid():
        return True
    form.add_error(None, _("An item is not filled in as it should be. Look there."))
    return False


def _proposed(request: ContractRequest) -> tuple[dict[str, Any], list[Item]]:
    """Return what a form begins with: an earlier refusal, a due, or a kind, by its link."""
    again, due = request.GET.get("again", ""), request.GET.get("due", "")
    if again.isdecimal():
        rows = Acceptance.objects.of(request.contract).exclude(result=Result.PASSED)
        if earlier := rows.filter(pk=again[:18], again=None).first():
            initial = {
                "kind": earlier.kind,
                "clause": earlier.clause_id,
                "title": earlier.title,
                "due": earlier.due_id,
                "repeats": earlier.pk,
            }
            failed = earlier.items.filter(passed=False)
            return initial, [Item(one.what, passed=False) for one in failed]
    if due.isdecimal():
        dues = Due.objects.of(request.contract).select_related("obligation")
        if wanted := dues.filter(pk=due[:18]).first():
            title = f"{wanted.obligation.title} {wanted.label}".strip()
            clause = wanted.obligation.clause_id
            return {"due": wanted.pk, "clause": clause, "title": title[:80]}, []
    return {"kind": request.GET.get("kind", "")}, []
