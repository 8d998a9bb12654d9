"""Orders that repeat others: some days of them, and two put together or parted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.roles import PARTY_B
from cases.actions import merges as actions
from cases.forms.quality import MergeForm, PartForm, SpanForm
from cases.models import Case, Merge
from cases.models.case import CaseQuerySet
from cases.repeats import A_PAGE, group_complaints, repeat_callers, repeat_places
from contracts.access import ContractRequest, requires
from contracts.models import TransitionRefused


@require_GET
@requires("cases.view")
def repeats(request: ContractRequest) -> HttpResponse:
    """Show who called again in some days, and what was complained of again."""
    form = SpanForm(request.GET, today=localdate())
    context = {"form": form, "most": A_PAGE, "handles": request.role in PARTY_B}
    if form.is_valid():
        seen = Case.objects.of(request.contract).seen_by(request.user, request.role)
        cases = seen.counted_between(*form.hours)
        context |= {
            "groups": group_complaints(cases),
            "callers": repeat_callers(cases),
            "places": repeat_places(cases),
        }
    return render(
        request, "cases/repeats.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@requires("cases.merge")
def merge(request: ContractRequest, pk: int) -> HttpResponse:
    """Ask which order this one is handled with, and why; `into` proposes one."""
    child, at = get_object_or_404(_cases(request), pk=pk), now()
    form = MergeForm(
        request.POST if request.method == "POST" else None,
        case=child,
        at=at,
        initial={"into": request.GET.get("into", "")},
    )
    if form.is_valid():
        try:
            actions.merge(child, by=request.user, at=at, **form.given())
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The two are handled as one from now on."))
            return redirect(child)
    return render(
        request,
        "cases/merge.html",
        {
            "form": form,
            "case": child,
            "into": _of_number(request, form["into"].value() or "", child),
            "handles": request.role in PARTY_B,
        },
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "POST"])
@requires("cases.merge")
def part(request: ContractRequest, pk: int) -> HttpResponse:
    """Ask why two orders are parted again."""
    merges = Merge.objects.of(request.contract).select_related(
        "parent__contract", "child__contract", "merged_by"
    )
    standing = get_object_or_404(merges, pk=pk)
    form = PartForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.part(standing, by=request.user, at=now(), **form.cleaned_data)
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Each of the two goes on by itself."))
            return redirect(standing.child)
    return render(
        request,
        "cases/part.html",
        {"form": form, "merge": standing, "handles": request.role in PARTY_B},
        status=422 if form.is_bound else 200,
    )


def _of_number(request: ContractRequest, number: str, child: Case) -> Case | None:
    """Return the order that a form names, to be looked at beside the other."""
    if "\0" in number:
        return None
    return _cases(request).filter(number=number.strip()).exclude(pk=child.pk).first()


def _cases(request: ContractRequest) -> CaseQuerySet:
    seen = Case.objects.of(request.contract).seen_by(request.user, request.role)
    return seen.select_related("contract", "category", "unit")
