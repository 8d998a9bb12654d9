"""Pages of what a desk is set up with."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from contracts.access import ContractRequest, requires
from contracts.views.matters import attempt
from staffing.actions import posts as actions
from staffing.forms.posts import (
    HoldsFromForm,
    Minimums,
    PatternForm,
    TermsForm,
    rows_of,
    rules_of,
)
from staffing.models import Pattern, Post, StaffingTerms


@require_safe
@requires("staffing.view")
def posts(request: ContractRequest) -> HttpResponse:
    at = now()
    terms = StaffingTerms.objects.filter(contract=request.contract).first()
    context = {
        "posts": [
            (post, rows_of(post, at), post.minimums.order_by("-holds_from"))
            for post in Post.objects.of(request.contract)
        ],
        "patterns": Pattern.objects.of(request.contract).in_use(),
        "terms": terms or StaffingTerms(),
    }
    return render(request, "staffing/posts.html", context)


@require_POST
@requires("staffing.set_up")
def set_up(request: ContractRequest) -> HttpResponse:
    actions.set_up(request.contract, by=request.user, at=now())
    return redirect("staffing:posts", request.contract.number)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.set_up")
def minimums(request: ContractRequest, pk: int) -> HttpResponse:
    at = now()
    post = get_object_or_404(
        Post.objects.of(request.contract).select_related("contract"), pk=pk
    )
    posted = request.POST if request.method == "POST" else None
    rows = Minimums(posted, initial=rows_of(post, at))
    form = HoldsFromForm(posted, at=at)
    if posted is not None and form.is_valid() and rows.is_valid():
        done = attempt(
            form,  # type: ignore[arg-type]
            lambda: (
                actions.set_minimums(
                    post,
                    rules_of(rows),
                    holds_from=form.cleaned_data["holds_from"],
                    by=request.user,
                    at=at,
                )
                or post
            ),
        )
        if done:
            messages.success(request, _("Saved. What held before stays for its days."))
            return redirect("staffing:posts", request.contract.number)
    return render(
        request,
        "staffing/minimums.html",
        {"post": post, "form": form, "rows": rows, **_back(request)},
        status=422 if form.errors or rows.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.plan")
def new_pattern(request: ContractRequest) -> HttpResponse:
    return _pattern(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.plan")
def pattern(request: ContractRequest, pk: int) -> HttpResponse:
    patterns = Pattern.objects.of(request.contract).in_use()
    return _pattern(request, get_object_or_404(patterns, pk=pk))


def _pattern(request: ContractRequest, known: Pattern | None) -> HttpResponse:
    form = PatternForm(
        request.POST if request.method == "POST" else None, pattern=known
    )
    if form.is_valid() and attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.save_pattern(
            request.contract, known, by=request.user, at=now(), **form.cleaned_data
        ),
    ):
        messages.success(request, _("Saved. Shifts keep the hours they were cut to."))
        return redirect("staffing:posts", request.contract.number)
    return render(
        request,
        "staffing/pattern.html",
        {"form": form, "pattern": known, **_back(request)},
        status=422 if form.errors else 200,
    )


@require_POST
@requires("staffing.plan")
def retire_pattern(request: ContractRequest, pk: int) -> HttpResponse:
    known = get_object_or_404(Pattern.objects.of(request.contract), pk=pk)
    actions.retire_pattern(known, by=request.user, at=now())
    return redirect("staffing:posts", request.contract.number)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.set_up")
def terms(request: ContractRequest) -> HttpResponse:
    known = StaffingTerms.objects.filter(contract=request.contract).first()
    form = TermsForm(
        request.POST if request.method == "POST" else None,
        instance=known or StaffingTerms(contract=request.contract),
    )
    if form.is_valid():
        actions.set_terms(
            request.contract, by=request.user, at=now(), **form.cleaned_data
        )
        messages.success(request, _("Saved."))
        return redirect("staffing:posts", request.contract.number)
    return render(
        request,
        "staffing/terms.html",
        {"form": form, **_back(request)},
        status=422 if form.errors else 200,
    )


def _back(request: ContractRequest) -> dict[str, str]:
    back = reverse("staffing:posts", args=[request.contract.number])
    return {"back": back, "back_label": _("Posts and shifts")}
