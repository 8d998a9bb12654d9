"""Who signed in, and what was done to accounts, for the audit administrator."""

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_filters import FilterSet

from accounts import paging
from accounts.access import AdministratorRequest, administers
from accounts.filters import AccountChangeFilter, SignInFilter
from accounts.models import AccountChange, SignIn


@require_safe
@administers("accounts.log")
def sign_ins(request: AdministratorRequest) -> HttpResponse:
    found = SignInFilter(request.GET, SignIn.objects.select_related("user"))
    return _list(request, "accounts/sign_ins.html", found)


@require_safe
@administers("accounts.log")
def account_changes(request: AdministratorRequest) -> HttpResponse:
    found = AccountChangeFilter(
        request.GET, AccountChange.objects.select_related("person", "by")
    )
    return _list(request, "accounts/account_changes.html", found)


def _list(
    request: AdministratorRequest, template: str, found: FilterSet
) -> HttpResponse:
    rows: QuerySet[Model] = found.qs
    page = paging.page(
        rows,
        "-at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return render(
        request,
        template,
        {"filter": found, "page": page, "count": paging.count(rows)},
    )
