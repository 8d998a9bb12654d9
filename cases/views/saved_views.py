"""Views of the list that people keep, and show to each other; and who else is here."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import presence
from cases.actions import saved_views as actions
from cases.forms.lists import SaveViewForm, ViewNameForm
from cases.models import Case, SavedView
from contracts.access import ContractRequest, requires

from .lists import query_of_view


@require_http_methods(["GET", "POST"])
@requires("cases.view")
def views(request: ContractRequest) -> HttpResponse:
    """Show the views that somebody may use; keep another."""
    if request.method != "POST":
        return _page(request)
    form = SaveViewForm(
        request.POST, may_share="cases.share_view" in request.may, auto_id="new_%s"
    )
    if form.is_valid():
        try:
            view = actions.save_view(
                request.contract, by=request.user, at=now(), **form.cleaned_data
            )
        except actions.ViewRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            there = reverse("cases:list", args=[request.contract.number])
            return redirect(f"{there}?{query_of_view(view)}")
    return _page(request, form=form, status=422)


@require_POST
@requires("cases.view")
def rename(request: ContractRequest, pk: int) -> HttpResponse:
    own = SavedView.objects.of(request.contract).filter(owner=request.user)
    view = get_object_or_404(own, pk=pk)
    form = ViewNameForm(request.POST)
    if not form.is_valid():
        return _page(request, refusal=str(form.errors["name"][0]), status=422)
    try:
        actions.rename_view(view, name=form.cleaned_data["name"])
    except actions.ViewRefused as refusal:
        return _page(request, refusal=str(refusal), status=422)
    return redirect("cases:views", request.contract.number)


@require_POST
@requires("cases.share_view")
def share(request: ContractRequest, pk: int) -> HttpResponse:
    actions.share_view(_managed(request, pk), shared=bool(request.POST.get("shared")))
    return redirect("cases:views", request.contract.number)


@require_POST
@requires("cases.view")
def delete(request: ContractRequest, pk: int) -> HttpResponse:
    actions.delete_view(_managed(request, pk))
    return redirect("cases:views", request.contract.number)


@require_GET
@requires("cases.view")
def present(request: ContractRequest, pk: int) -> HttpResponse:
    """Name the others who have this order open, and remember that one has it too."""
    cases = Case.objects.of(request.contract).seen_by(request.user, request.role)
    case, at = get_object_or_404(cases.only("pk", "contract"), pk=pk), now()
    presence.seen(case, request.user, at)
    others = presence.others(case, request.user, at)
    return render(
        request, "cases/_presence.html#names", {"case": case, "others": others}
    )


def _managed(request: ContractRequest, pk: int) -> SavedView:
    """Return a view of one's own; of shared ones any, to whoever may share."""
    whose = Q(owner=request.user)
    if "cases.share_view" in request.may:
        whose |= Q(shared=True)
    return get_object_or_404(SavedView.objects.of(request.contract), whose, pk=pk)


def _page(
    request: ContractRequest,
    *,
    form: SaveViewForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    found = SavedView.objects.of(request.contract).for_(request.user)
    shares = "cases.share_view" in request.may
    rows = []
    for view in found.select_related("owner"):
        own = view.owner_id == request.user.pk
        rows.append((view, query_of_view(view), own, own or shares))
    context = {"views": rows, "form": form, "refusal": refusal}
    return render(request, "cases/views.html", context, status=status)
