"""Notices between the parties: the list, one of them, and its way to being served."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.actions import notices as actions
from contracts.actions.documents import DocumentRefused
from contracts.actions.notices import NoticeRefused
from contracts.filters.notices import NoticeFilter
from contracts.forms.notices import NoticeForm, ServeForm, WithdrawForm
from contracts.models import (
    AuditEntry,
    Contact,
    Notice,
    NoticeStatus,
    Side,
    TransitionRefused,
)

TONES = {NoticeStatus.SERVED: "good", NoticeStatus.WITHDRAWN: "bad"}


@require_safe
@requires("contracts.view")
def notices(request: ContractRequest) -> HttpResponse:
    found = NoticeFilter(
        request.GET,
        Notice.objects.of(request.contract).visible_to(request.role),
        contract=request.contract,
    )
    shown = page(
        found.qs.select_related("clause").defer("body"),
        "-drafted_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(found.qs),
        "narrowed": bool(request.GET),
    }
    return render(request, "contracts/notices.html", context)


@require_safe
@requires("contracts.view")
def notice(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _notice(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.notify")
def new(request: ContractRequest) -> HttpResponse:
    at, side = now(), Side.of(request.role)
    form = NoticeForm(
        request.POST or None,
        contract=request.contract,
        side=side,
        at=at,
        initial={name: request.GET.get(name, "") for name in ("kind", "told")},
    )
    if form.is_valid():
        try:
            drafted = actions.draft(
                request.contract,
                side=side,
                by=request.user,
                at=at,
                **form.cleaned_data,
            )
        except NoticeRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is kept. Nobody else sees it yet."))
            return redirect(drafted)
    return render(
        request,
        "contracts/notice_form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.notify")
def edit(request: ContractRequest, pk: int) -> HttpResponse:
    changed, at = _own(request, pk), now()
    if changed.status != NoticeStatus.DRAFT:
        refusal = _("It is issued: what it says stands. Withdraw it, or write another.")
        return _page(request, changed, refusal=refusal, status=422)
    form = NoticeForm(
        request.POST or None,
        contract=request.contract,
        side=Side(changed.side),
        notice=changed,
        at=at,
        initial=_as_drafted(changed),
    )
    if form.is_valid():
        given = {
            name: value for name, value in form.cleaned_data.items() if name != "token"
        }
        try:
            actions.amend(changed, by=request.user, at=at, **given)
        except (NoticeRefused, TransitionRefused) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The draft is changed."))
            return redirect(changed)
    return render(
        request,
        "contracts/notice_form.html",
        {"form": form, "notice": changed},
        status=422 if form.is_bound else 200,
    )


@require_POST
@requires("contracts.notify")
def issue(request: ContractRequest, pk: int) -> HttpResponse:
    issued = _own(request, pk)
    try:
        actions.issue(issued, by=request.user, at=now())
    except (NoticeRefused, TransitionRefused) as refusal:
        again = _own(request, pk)  # as somebody else has left it
        return _page(request, again, refusal=str(refusal), status=422)
    messages.success(
        request, _("It has its number. Print it, seal it, and send it on its way.")
    )
    return redirect(issued)


def _step(
    name: str,
    make: Callable[..., forms.Form],
    take: Callable[..., None],
) -> Callable[..., Any]:
    """Return the view of a step that asks something first."""

    @require_POST
    @requires("contracts.notify")
    def view(request: ContractRequest, pk: int) -> HttpResponse:
        moved = _own(request, pk)
        form, words = make(request.POST, request.FILES), ""
        if form.is_valid():
            try:
                take(moved, form, by=request.user, at=now())
            except (NoticeRefused, DocumentRefused, TransitionRefused) as refusal:
                words = str(refusal)  # not on the form, which may be there no more
            else:
                return redirect(moved)
        again = _own(request, pk)  # as somebody else has left it
        return _page(request, again, asked={name: form}, refusal=words, status=422)

    view.__name__ = name
    return view


def _serve(moved: Notice, form: ServeForm, **told: Any) -> None:
    scan, proof = form.cleaned_data["scan"], form.cleaned_data["proof"]
    actions.serve(moved, delivery=form.delivery, scan=scan, proof=proof, **told)


def _withdraw(moved: Notice, form: WithdrawForm, **told: Any) -> None:
    actions.withdraw(moved, **form.cleaned_data, **told)


serve = _step("serve", ServeForm, _serve)
withdraw = _step("withdraw", WithdrawForm, _withdraw)


def _notice(request: ContractRequest, pk: int) -> Notice:
    visible = (
        Notice.objects.of(request.contract)
        .visible_to(request.role)
        .select_related(
            "contract",
            "clause",
            "obligation",
            "contact",
            "scan",
            "proof",
            "drafted_by",
            "issued_by",
        )
    )
    return get_object_or_404(visible, pk=pk)


def _own(request: ContractRequest, pk: int) -> Notice:
    """Return a notice of the person's own party: the other's is not theirs to move."""
    own = Notice.objects.of(request.contract).filter(side=Side.of(request.role))
    return get_object_or_404(own.select_related("contract", "clause"), pk=pk)


def _page(
    request: ContractRequest,
    shown: Notice,
    *,
    asked: dict[str, forms.Form] | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = asked or {}
    own = shown.side == Side.of(request.role)
    sent_to = shown.contact.named_system if shown.contact else ""
    context = {
        "notice": shown,
        "own": own,
        "acts": own and "contracts.notify" in request.may,
        "told": Contact.objects.filter(notice=shown).first(),
        "dues": shown.dues.select_related("obligation__clause").order_by("due_at"),
        "events": _events(shown, own=own),
        "serve": asked.get("serve") or ServeForm(initial={"sent_to": sent_to}),
        "withdraw": asked.get("withdraw") or WithdrawForm(),
        "refusal": refusal,
    }
    return render(request, "contracts/notice.html", context, status=status)


def _events(shown: Notice, *, own: bool) -> list[dict[str, Any]]:
    """Return what happened to a notice, newest first; its drafting to its own party."""
    entries = (
        AuditEntry.objects.about(shown).select_related("by").order_by("-at", "-pk")
    )
    return [
        {
            "title": _title(entry),
            "at": shown.served_at or entry.at
            if entry.became == NoticeStatus.SERVED
            else entry.at,
            "recorded_at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": TONES.get(NoticeStatus(entry.became), "info"),
        }
        for entry in entries
        if own or entry.became != NoticeStatus.DRAFT
    ]


def _title(entry: AuditEntry) -> str:
    if entry.was == entry.became:
        return _("Draft changed")
    return str(NoticeStatus(entry.became).label)


def _as_drafted(shown: Notice) -> dict[str, Any]:
    fields = ("kind", "clause", "title", "body", "obligation", "due_on")
    said: dict[str, Any] = {name: getattr(shown, name) for name in fields}
    return said | {"told": Contact.objects.filter(notice=shown).first()}
