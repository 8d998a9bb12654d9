"""Assets, and damage to them."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, DecimalField, F, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from contracts.access import ContractRequest, requires, side_of
from contracts.actions import property as actions
from contracts.actions.documents import DocumentRefused
from contracts.actions.property import PropertyRefused, left_to_charge
from contracts.filters.property import AssetFilter
from contracts.forms.property import (
    AssetForm,
    DamageForm,
    DecideForm,
    LoseForm,
    ReturnForm,
)
from contracts.models import (
    Asset,
    AssetStatus,
    AuditEntry,
    Damage,
    DamageStatus,
    Side,
    TransitionRefused,
)

A_PAGE = 50

REFUSALS = (PropertyRefused, DocumentRefused, TransitionRefused)


@require_safe
@requires("contracts.view")
def assets(request: ContractRequest) -> HttpResponse:
    of_contract = Asset.objects.of(request.contract)
    counted = of_contract.annotate(harmed=Count("damages")).order_by("number")
    found = AssetFilter(request.GET, counted)
    # Where several have the same price, no two pages may show the same one.
    rows = found.qs.order_by(*found.qs.query.order_by, "pk")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "contracts/assets.html",
        {
            "filter": found,
            "page": page,
            "pages": page.paginator.get_elided_page_range(page.number),
            "narrowed": bool(request.GET),
            "totals": _totals(of_contract),
            "charged": _sum(Damage.objects.of(request.contract).charged(), F("amount")),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.property")
def asset_new(request: ContractRequest) -> HttpResponse:
    form = _form(AssetForm, request)
    if form.is_valid():
        try:
            made = actions.record(
                request.contract, by=request.user, at=now(), **form.cleaned_data
            )
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The asset is on the list."))
            return redirect(made)
    return render(
        request,
        "contracts/asset_new.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_safe
@requires("contracts.view")
def asset(request: ContractRequest, pk: int) -> HttpResponse:
    return _asset_page(request, _asset(request, pk))


@require_POST
@requires("contracts.property")
def asset_return(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _asset(request, pk)
    form = _form(ReturnForm, request, prefix="return")
    return _step(request, shown, "giving_back", form, actions.give_back)


@require_POST
@requires("contracts.property")
def asset_lost(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _asset(request, pk)
    form = _form(LoseForm, request, prefix="lose")
    return _step(request, shown, "losing", form, actions.lose)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.property")
def damage_new(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _asset(request, pk)
    form = _form(DamageForm, request)
    if form.is_valid():
        try:
            made = actions.report_damage(
                shown, by=request.user, at=now(), **form.cleaned_data
            )
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The damage is put down."))
            return redirect(made)
    return render(
        request,
        "contracts/damage_new.html",
        {"form": form, "asset": shown, "not_of_a": shown.owner != Side.A},
        status=422 if form.is_bound else 200,
    )


@require_safe
@requires("contracts.view")
def damage(request: ContractRequest, pk: int) -> HttpResponse:
    return _damage_page(request, _damage(request, pk))


@require_POST
@requires("contracts.charge")
def damage_decide(request: ContractRequest, pk: int) -> HttpResponse:
    shown = _damage(request, pk)
    form = _form(DecideForm, request)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in DECISION}
        try:
            actions.decide(shown, by=request.user, at=now(), **given)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(shown)
    return _damage_page(request, _damage(request, pk), form, status=422)


DECISION = ("outcome", "amount", "top_up_on", "note")


def _step(
    request: ContractRequest, shown: Asset, name: str, form: forms.Form, take: Any
) -> HttpResponse:
    """Take a step on an asset; refused, show its page with the form as it was sent."""
    if form.is_valid():
        given = {key: one for key, one in form.cleaned_data.items() if key != "token"}
        try:
            take(shown, side=side_of(request.role), by=request.user, at=now(), **given)
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(shown)
    return _asset_page(request, _asset(request, shown.pk), {name: form}, status=422)


def _asset_page(
    request: ContractRequest,
    shown: Asset,
    refused: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    owns = shown.owner == side_of(request.role)
    open_to = Asset.NEXT.get(shown.status, ()) if owns else ()
    forms_ = {
        "giving_back": ReturnForm(
            contract=request.contract, at=now(), prefix="return", auto_id="return_%s"
        )
        if AssetStatus.RETURNED in open_to
        else None,
        "losing": LoseForm(
            contract=request.contract, at=now(), prefix="lose", auto_id="lose_%s"
        )
        if AssetStatus.LOST in open_to
        else None,
    }
    damages = Damage.objects.filter(asset=shown).select_related("recorded_by")
    context = {
        "asset": shown,
        "damages": damages,
        "worth": shown.price * shown.quantity,
        "left": left_to_charge(shown),
        "of_a": shown.owner == Side.A,
        "events": _events(shown, dict(AssetStatus.choices)),
        **forms_,
        **(refused or {}),
    }
    return render(request, "contracts/asset.html", context, status=status)


def _damage_page(
    request: ContractRequest,
    shown: Damage,
    form: DecideForm | None = None,
    status: int = 200,
) -> HttpResponse:
    reported = shown.status == DamageStatus.REPORTED
    may = "contracts.charge" in request.may
    own = shown.recorded_by_id == request.user.pk
    context = {
        "damage": shown,
        "most": left_to_charge(shown.asset),
        "dues": shown.dues.select_related("obligation__clause"),
        "own": reported and may and own,
        "form": form
        or (DecideForm(contract=request.contract, at=now()) if may else None),
        "may_decide": reported and may and not own,
        "events": _events(shown, dict(DamageStatus.choices)),
    }
    return render(request, "contracts/damage.html", context, status=status)


def _form(kind: type[Any], request: ContractRequest, **given: Any) -> Any:
    posted = request.method == "POST"
    if "prefix" in given:
        given["auto_id"] = f"{given['prefix']}_%s"
    return kind(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=now(),
        **given,
    )


def _asset(request: ContractRequest, pk: int) -> Asset:
    assets = Asset.objects.of(request.contract).select_related(
        "contract", "clause", "paper", "recorded_by"
    )
    return get_object_or_404(assets, pk=pk)


def _damage(request: ContractRequest, pk: int) -> Damage:
    damages = Damage.objects.of(request.contract).select_related(
        "contract", "clause", "asset", "evidence", "recorded_by", "decided_by"
    )
    return get_object_or_404(damages, pk=pk)


def _totals(assets: QuerySet[Asset]) -> dict[str, Any]:
    """Return how many things Party A has in use here, and what they are worth in CNY."""
    worth = Sum(
        F("price") * F("quantity"),
        filter=Q(owner=Side.A, status=AssetStatus.IN_USE),
        output_field=DecimalField(),
    )
    return assets.aggregate(
        worth=worth,
        in_use=Count("pk", filter=Q(owner=Side.A, status=AssetStatus.IN_USE)),
        lost=Count("pk", filter=Q(owner=Side.A, status=AssetStatus.LOST)),
    )


def _sum(rows: QuerySet[Damage], of: F) -> Decimal:
    total: Decimal | None = rows.aggregate(total=Sum(of))["total"]
    return total or Decimal(0)


def _events(shown: Asset | Damage, labels: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what happened to a thing or a damage, newest first."""
    entries = AuditEntry.objects.about(shown).select_related("by").order_by("-pk")
    return [
        {
            "title": labels.get(entry.became, entry.became),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": entry.became,
        }
        for entry in entries
    ]
