"""The list of work orders, and which columns of it somebody sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.paging import SIZE, Page, count, page
from accounts.roles import Role
from cases.desk import units_seen_by
from cases.filters import CaseFilter, asked_of
from cases.forms.bulk import MOST
from cases.ledger import COLUMNS, chosen, fetched_for
from cases.models import Case, SavedView
from cases.queues import queues_of
from contracts.access import ContractRequest, requires

from .bulk import bulk_acts

#: The columns of the list, as this browser's reader left them.
COLUMNS_COOKIE = "columns"
ONE_YEAR = 365 * 24 * 60 * 60
#: Beyond this a count says "more than": nobody reads the exact figure of so many.
COUNTED = 1000
#: How many rows a page may have, the usual number first.
SIZES = (SIZE, MOST)


@require_GET
@requires("cases.view")
def listing(request: ContractRequest) -> HttpResponse:
    at = now()
    found = filter_of(request, at)
    columns = columns_of(request)
    rows = found.qs
    size = size_of(request)
    shown = page(
        _light(rows, columns),
        found.sorted_by,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
        size=size,
        pieces=found.pieces,
    )
    query = query_of_list(request.GET)
    context = {
        "filter": found,
        "page": shown,
        "lines": _lines(request, shown, query),
        "count": count(rows, most=COUNTED, pieces=found.pieces),
        "columns": columns,
        "sizes": [(one, one == size) for one in SIZES],
        "at": at,
        "query": query,
        "tabs": tabs_of(request),
        "acts": bulk_acts(request.may),
        "token": uuid4(),
        "view_token": uuid4(),
        # The form of filters is drawn again when it has changed, or its lists may have.
        "drawn_for": f"{request.user.pk}" if request.role == Role.UNIT else "",
    }
    response = render(request, "cases/list.html", context)
    if "columns" in request.GET:
        _remember(response, columns)
    return response


def filter_of(request: ContractRequest, at: datetime) -> CaseFilter:
    """Return the orders that somebody may see, narrowed as the query string says."""
    return CaseFilter(
        request.GET,
        queryset=Case.objects.of(request.contract).seen_by(request.user, request.role),
        contract=request.contract,
        units=units_seen_by(request.user, request.role, request.contract),
        phones="cases.reveal" in request.may,
        at=at,
    )


def query_of_list(given: QueryDict) -> str:
    """Return the filters in a query string, without where in the list one is."""
    kept = asked_of(given)
    for name in ("columns", "rows"):
        if name in given:
            kept.setlist(name, given.getlist(name))
    return kept.urlencode()


def size_of(request: ContractRequest) -> int:
    asked = request.GET.get("rows", "")
    return next((size for size in SIZES if str(size) == asked), SIZE)


#: What is fetched for any list: the way to an order, and its place in the list.
ALWAYS = (
    *("number", "contract_id", "urgency"),
    *("counted_at", "reopened_at", "due_at", "closed_at"),
)
#: Columns that are said by more, or other, than the field of their name.
LIGHT = {
    "left": (),
    "days": (),
    "unit": ("unit__name",),
    "community": ("community__name",),
    "platform_unit": ("platform_unit__name",),
    "category": ("category__name",),
}


def _light(rows: QuerySet[Case], columns: Sequence[str]) -> QuerySet[Case]:
    """Fetch what the columns say and no more: an order has seventy fields."""
    fields = set(ALWAYS)
    for key in columns:
        if key in LIGHT:
            fields.update(LIGHT[key])
        elif key in FIELDS and not COLUMNS[key].needs:
            fields.add(key)
        else:
            return fetched_for(rows, columns)
    return fetched_for(rows, columns).defer(None).only(*fields)


FIELDS = frozenset(field.name for field in Case._meta.concrete_fields)


def _lines(
    request: ContractRequest, shown: Page[Case], query: str
) -> list[tuple[Case, str]]:
    """Return each order with the way to it, which keeps the list one came from."""
    # One address taken apart: finding a pattern for each row costs more than drawing it.
    before, after = reverse("cases:case", args=[request.contract.number, 0]).rsplit(
        "0", 1
    )
    end = f"{after}?{query}" if query else after
    return [(case, f"{before}{case.pk}{end}") for case in shown.rows]


# --- Tabs ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the list: a queue of the program's, one's own, or somebody's shared one."""

    label: Any
    href: str
    current: bool
    shared: bool = False
    count: None = None  # a figure for each would be a query for each


def tabs_of(request: ContractRequest) -> list[Tab]:
    """Return the views side by side: all, the role's queues, one's own, shared ones."""
    here = _parts(asked_of(request.GET).urlencode())
    columns = tuple(request.GET.getlist("columns"))
    tabs = [
        Tab(one.label, f"?{one.query}", _parts(one.query) == here and not columns)
        for one in queues_of(request.role)
    ]
    views = SavedView.objects.of(request.contract).for_(request.user)
    for view in views.order_by("shared", "name", "pk"):
        same = _parts(view.query) == here and tuple(view.columns) == columns
        tabs.append(Tab(view.name, f"?{query_of_view(view)}", same, view.shared))
    everything = Tab(_("All"), "?", not here and not any(tab.current for tab in tabs))
    return [everything, *tabs]


def query_of_view(view: SavedView) -> str:
    """Return the query string that shows the list as a view keeps it."""
    query = QueryDict(view.query, mutable=True)
    if view.columns:
        query.setlist("columns", view.columns)
    return query.urlencode()


def _parts(query: str) -> list[tuple[str, str]]:
    return sorted(parse_qsl(query))


# --- Columns ---------------------------------------------------------------------------------


def columns_of(request: ContractRequest) -> tuple[str, ...]:
    """Return the columns to show: those asked for, those of last time, the usual ones."""
    asked = request.GET.getlist("columns")
    remembered = request.COOKIES.get(COLUMNS_COOKIE, "").split(",")
    found = chosen(asked or remembered)
    return found if "number" in found else ("number", *found)


@require_GET
@requires("cases.view")
def columns(request: ContractRequest) -> HttpResponse:
    """Offer the columns; the list itself shows what is chosen, and remembers it."""
    shown = columns_of(request)
    rest = [key for key in COLUMNS if key not in shown]
    context = {
        "offered": [(COLUMNS[key], key in shown) for key in (*shown, *rest)],
        "kept": [
            (name, value)
            for name, values in asked_of(request.GET).lists()
            for value in values
        ],
        "query": asked_of(request.GET).urlencode(),
    }
    part = "#choice" if request.htmx else ""
    return render(request, f"cases/columns.html{part}", context)


def _remember(response: HttpResponse, columns: tuple[str, ...]) -> None:
    response.set_cookie(
        COLUMNS_COOKIE,
        ",".join(columns),
        max_age=ONE_YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
