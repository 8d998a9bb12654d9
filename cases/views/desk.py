"""How the desk is set up: its lists of words, and who speaks for which unit."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import Role
from cases.actions import desk as actions
from cases.desk import DEFAULTS, units_seen_by
from cases.filters import UnitFilter
from cases.forms.desk import (
    AddTermForm,
    FormerMemberForm,
    MemberForm,
    MoveTermForm,
    RenameTermForm,
    TermForm,
)
from cases.models import Case, CaseStatus, DeskTerm, TermKind, Unit, UnitMember
from contracts.access import ContractRequest, requires
from contracts.models import AuditEntry, Membership, subject_of

A_PAGE = 50
EVENTS = 50


# --- Lists of words ----------------------------------------------------------------------


@require_GET
@requires("cases.set_up_desk")
def desk(request: ContractRequest) -> HttpResponse:
    """Show every list with what it offers."""
    of_kind: dict[str, list[DeskTerm]] = defaultdict(list)
    for row in DeskTerm.objects.of(request.contract).order_by("position", "pk"):
        of_kind[row.kind].append(row)
    lists = [
        {
            "kind": kind,
            "own": bool(of_kind[kind]),
            "offered": [row.text for row in of_kind[kind] if row.active]
            if of_kind[kind]
            else DEFAULTS[kind],
        }
        for kind in TermKind
    ]
    return render(request, "cases/desk.html", {"lists": lists})


@require_GET
@requires("cases.set_up_desk")
def desk_list(request: ContractRequest, kind: str) -> HttpResponse:
    return _list_page(request, _kind(kind))


def _change(form_of: type[TermForm], action: Callable[..., None]) -> Callable[..., Any]:
    """Return the view that changes a list in one way."""

    @require_POST
    @requires("cases.set_up_desk")
    def change(request: ContractRequest, kind: str) -> HttpResponse:
        of = _kind(kind)
        form = form_of(request.POST, kind=of)
        if form.is_valid():
            try:
                action(
                    request.contract,
                    of,
                    by=request.user,
                    at=now(),
                    **form.cleaned_data,
                )
            except actions.DeskRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("cases:desk-list", request.contract.number, of.value)
        return _list_page(request, of, form, status=422)

    return change


term_add = _change(AddTermForm, actions.add_term)
term_rename = _change(RenameTermForm, actions.rename_term)
term_move = _change(MoveTermForm, actions.move_term)
term_stop = _change(TermForm, actions.stop_term)
term_offer = _change(TermForm, actions.offer_term)


def _kind(name: str) -> TermKind:
    if name not in TermKind.values:
        raise Http404
    return TermKind(name)


def _list_page(
    request: ContractRequest,
    kind: TermKind,
    refused: TermForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(
        DeskTerm.objects.of(request.contract)
        .filter(kind=kind)
        .order_by("position", "pk")
    )
    offered = [row.text for row in rows if row.active] if rows else DEFAULTS[kind]
    adding = isinstance(refused, AddTermForm)
    context = {
        "kind": kind,
        "terms": [
            {
                "text": text,
                "up": place - 1 if place else None,
                "down": place + 1 if place + 1 < len(offered) else None,
                "rename": RenameTermForm(
                    kind=kind,
                    initial={"term": text, "text": text},
                    auto_id=f"rename_{place}_%s",
                ),
            }
            for place, text in enumerate(offered)
        ],
        "stopped": [row.text for row in rows if not row.active],
        "form": refused if adding else AddTermForm(kind=kind),
        "refused": None if adding else refused,
        "events": _events_of_terms(rows),
    }
    return render(request, "cases/desk_list.html", context, status=status)


def _events_of_terms(rows: list[DeskTerm]) -> list[dict[str, Any]]:
    said = {
        "added": pgettext("term", "Added"),
        "renamed": pgettext("term", "Renamed"),
        "moved": pgettext("term", "Moved"),
        "stopped": pgettext("term", "Offered no longer"),
        "offered": pgettext("term", "Offered again"),
    }
    return _events([subject_of(row) for row in rows], said)


def _events(subjects: list[str], said: dict[str, str]) -> list[dict[str, Any]]:
    """Return what happened to some records, newest first, for a timeline."""
    entries = AuditEntry.objects.filter(subject__in=subjects).select_related("by")
    return [
        {
            "title": said.get(entry.became, entry.became),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
        }
        for entry in entries.order_by("-pk")[:EVENTS]
    ]


# --- Handling units ----------------------------------------------------------------------


@require_GET
@requires("cases.set_up_desk")
def units(request: ContractRequest) -> HttpResponse:
    """Show the handling units, what each has in hand and who speaks for it."""
    found = UnitFilter(request.GET, _units(request))
    rows = found.qs.prefetch_related("members__user")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    counted = (
        Case.objects.of(request.contract)
        .open()
        .filter(unit__in=[unit.pk for unit in page])
        .order_by()
        .values_list("unit")
        .annotate(Count("pk"))
    )
    in_hand: dict[int, int] = dict(counted)
    context = {
        "filter": found,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number),
        "rows": [(unit, in_hand.get(unit.pk, 0)) for unit in page],
        "narrowed": bool(request.GET),
    }
    return render(request, "cases/units.html", context)


@require_GET
@requires("cases.set_up_desk")
def unit(request: ContractRequest, pk: int) -> HttpResponse:
    return _unit_page(request, _unit(request, pk))


@require_POST
@requires("cases.set_up_desk")
def member_add(request: ContractRequest, pk: int) -> HttpResponse:
    one = _unit(request, pk)
    form = MemberForm(request.POST, unit=one)
    if form.is_valid():
        try:
            actions.add_member(one, by=request.user, at=now(), **form.cleaned_data)
        except actions.DeskRefused as refusal:
            form.add_error("user", str(refusal))
        else:
            messages.success(request, _("This person now speaks for the unit."))
            return redirect("cases:unit", request.contract.number, one.pk)
    return _unit_page(request, one, form, status=422)


@require_POST
@requires("cases.set_up_desk")
def member_remove(request: ContractRequest, pk: int) -> HttpResponse:
    one = _unit(request, pk)
    form = FormerMemberForm(request.POST)
    if form.is_valid():
        actions.remove_member(one, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("This person speaks for the unit no longer."))
        return redirect("cases:unit", request.contract.number, one.pk)
    return _unit_page(request, one, refused=form, status=422)


def _units(request: ContractRequest) -> QuerySet[Unit]:
    return units_seen_by(request.user, request.role, request.contract)


def _unit(request: ContractRequest, pk: int) -> Unit:
    return get_object_or_404(_units(request), pk=pk)


def _unit_page(
    request: ContractRequest,
    one: Unit,
    form: MemberForm | None = None,
    *,
    refused: FormerMemberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    by_status: Counter[str] = Counter(
        dict(
            Case.objects.of(request.contract)
            .open()
            .filter(unit=one)
            .order_by()
            .values_list("status")
            .annotate(Count("pk"))
        )
    )
    orders = reverse("cases:list", args=[request.contract.number])
    has_role = Membership.objects.of(request.contract).filter(
        user=OuterRef("user"), role=Role.UNIT
    )
    said = {
        "member_added": _("Speaks for the unit from now on"),
        "member_removed": _("Speaks for the unit no longer"),
    }
    context = {
        "unit": one,
        "open": by_status.total(),
        "statuses": [
            (status, by_status[status], f"{orders}?unit={one.pk}&status={status.value}")
            for status in CaseStatus
            if by_status[status]
        ],
        "members": UnitMember.objects.filter(unit=one)
        .select_related("user")
        .annotate(has_role=Exists(has_role))
        .order_by("user__name", "pk"),
        "form": form or MemberForm(unit=one),
        "refused": refused,
        "events": _events([subject_of(one)], said),
    }
    return render(request, "cases/unit.html", context, status=status)
