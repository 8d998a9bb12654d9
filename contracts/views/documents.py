"""Papers and files on record: the list, one of them, and the way in and out."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_safe,
)

from accounts.paging import count, page
from accounts.roles import Role
from contracts.access import ContractRequest, requires
from contracts.actions import documents as actions
from contracts.actions.documents import DocumentDamaged, DocumentRefused
from contracts.filters.documents import DocumentFilter
from contracts.forms.documents import DocumentForm, VersionForm
from contracts.models import Document, DocumentKind, Membership, Side

#: More openings of one document than anybody reads.
OPENINGS = 100


@require_safe
@requires("contracts.view")
def documents(request: ContractRequest) -> HttpResponse:
    found = DocumentFilter(
        request.GET,
        Document.objects.of(request.contract).visible_to(request.role).newest(),
        contract=request.contract,
    )
    shown = page(
        found.qs.select_related("clause", "uploaded_by"),
        "-uploaded_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "page": shown,
        "count": count(found.qs),
        "narrowed": bool(request.GET),
    }
    return render(request, "contracts/documents.html", context)


@require_safe
@requires("contracts.view")
def document(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _document(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.file")
def new(request: ContractRequest) -> HttpResponse:
    at = now()
    form = DocumentForm(
        request.POST or None,
        request.FILES or None,
        contract=request.contract,
        role=request.role,
        at=at,
    )
    if form.is_valid():
        try:
            filed = actions.add(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except DocumentRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The document is on record."))
            return redirect(filed)
    return render(
        request,
        "contracts/document_new.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.file")
def version(request: ContractRequest, pk: int) -> HttpResponse:
    """Put a newer version beside a document; the old one stays where it is."""
    replaced, at = _document(request, pk), now()
    form = VersionForm(
        request.POST or None,
        request.FILES or None,
        contract=request.contract,
        at=at,
        initial={"title": replaced.title},
    )
    if not _is_own(request, replaced):
        return _page(
            request,
            replaced,
            _("A newer version comes from the party that put it on record."),
            status=403,
        )
    if form.is_valid():
        try:
            newer = actions.add(
                request.contract,
                kind=DocumentKind(replaced.kind),
                clause=replaced.clause,
                only_party_a=replaced.only_party_a,
                replaces=replaced,
                by=request.user,
                at=at,
                **form.cleaned_data,
            )
        except DocumentRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The newer version is on record."))
            return redirect(newer)
    return render(
        request,
        "contracts/document_new.html",
        {"form": form, "replaced": replaced},
        status=422 if form.is_bound else 200,
    )


@require_GET
@requires("contracts.view")
def download(request: ContractRequest, pk: int) -> HttpResponseBase:
    """Send a document's file, to be saved and not shown. Who took it is recorded."""
    wanted = _document(request, pk)
    try:
        file = actions.take_out(wanted, by=request.user, at=now())
    except DocumentDamaged as refusal:
        return _page(request, wanted, str(refusal), status=409)
    return FileResponse(
        file,
        as_attachment=True,
        filename=wanted.name,
        content_type="application/octet-stream",
    )


def _document(request: ContractRequest, pk: int) -> Document:
    visible = (
        Document.objects.of(request.contract)
        .visible_to(request.role)
        .select_related("contract", "clause", "uploaded_by", "replaces", "next_version")
    )
    return get_object_or_404(visible, pk=pk)


def _page(
    request: ContractRequest, shown: Document, refusal: str = "", status: int = 200
) -> HttpResponse:
    openings = shown.openings.select_related("by").order_by("-pk")
    context = {
        "document": shown,
        "versions": _versions(shown, request.role),
        "openings": openings[:OPENINGS],
        "may_replace": "contracts.file" in request.may
        and not hasattr(shown, "next_version")
        and _is_own(request, shown),
        "refusal": refusal,
    }
    return render(request, "contracts/document.html", context, status=status)


def _versions(shown: Document, role: Role) -> list[Document]:
    """Return a document's versions that a role may see, newest first, however many."""
    of_contract = Document.objects.filter(contract=shown.contract_id)
    newer = dict(of_contract.exclude(replaces=None).values_list("replaces_id", "pk"))
    older = {new: old for old, new in newer.items()}
    chain = [shown.pk]
    while chain[0] in newer:
        chain.insert(0, newer[chain[0]])
    while chain[-1] in older:
        chain.append(older[chain[-1]])
    visible = of_contract.visible_to(role).select_related("uploaded_by")
    found = visible.in_bulk(chain)
    return [found[pk] for pk in chain if pk in found]


def _is_own(request: ContractRequest, shown: Document) -> bool:
    """Tell whether the person, or somebody of the same party, put it on record."""
    if shown.uploaded_by == request.user:
        return True
    roles = Membership.objects.of(request.contract).filter(user=shown.uploaded_by)
    return any(
        Side.of(Role(membership.role)) is Side.of(request.role) for membership in roles
    )
