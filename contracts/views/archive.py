"""The register of the archive."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.roles import PARTY_B
from contracts.access import ContractRequest, requires
from contracts.actions import archive as actions
from contracts.actions.archive import ArchiveRefused
from contracts.actions.documents import DocumentRefused
from contracts.filters.property import VolumeFilter
from contracts.forms.archive import AttachForm, VolumeForm
from contracts.models import AuditEntry, Volume

A_PAGE = 50


@require_safe
@requires("contracts.view")
def volumes(request: ContractRequest) -> HttpResponse:
    shown = Q(documents__only_party_a=False) if request.role in PARTY_B else Q()
    found = VolumeFilter(
        request.GET,
        Volume.objects.of(request.contract)
        .select_related("backup")
        .annotate(held=Count("documents", filter=shown))
        .order_by("number"),
    )
    rows = found.qs.order_by(*found.qs.query.order_by, "pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "contracts/volumes.html",
        {
            "filter": found,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "narrowed": bool(request.GET),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.archive")
def volume_new(request: ContractRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = VolumeForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        role=request.role,
        at=now(),
    )
    if form.is_valid():
        try:
            made = actions.bind(
                request.contract, by=request.user, at=now(), **form.cleaned_data
            )
        except (ArchiveRefused, DocumentRefused) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The volume is in the register."))
            return redirect(made)
    return render(
        request,
        "contracts/volume_new.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_safe
@requires("contracts.view")
def volume(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _volume(request, pk))


@require_POST
@requires("contracts.archive")
def volume_attach(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _volume(request, pk)
    form = AttachForm(
        request.POST, contract=request.contract, role=request.role, at=now()
    )
    if form.is_valid():
        try:
            actions.attach(
                shown,
                documents=form.cleaned_data["documents"],
                by=request.user,
                at=now(),
            )
        except ArchiveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(shown)
    return _page(request, shown, form, status=422)


def _volume(request: ContractRequest, pk: int) -> Volume:
    volumes = Volume.objects.of(request.contract).select_related(
        "contract", "clause", "backup", "recorded_by"
    )
    return get_object_or_404(volumes, pk=pk)


def _page(
    request: ContractRequest,
    shown: Volume,
    form: AttachForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may = "contracts.archive" in request.may
    entries = AuditEntry.objects.about(shown).select_related("by").order_by("-pk")
    titles = {
        "bound": _("Entered into the register"),
        "attached": _("Documents added"),
    }
    events: list[dict[str, Any]] = [
        {
            "title": titles.get(entry.became, entry.became),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
        }
        for entry in entries
    ]
    context = {
        "volume": shown,
        "documents": shown.documents.all().visible_to(request.role),
        "form": form
        or (
            AttachForm(contract=request.contract, role=request.role, at=now())
            if may
            else None
        ),
        "events": events,
    }
    return render(request, "contracts/volume.html", context, status=status)
