"""The desk now: who is there, signing on and off, what was told afterwards, handovers."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.actions.refusals import MatterRefused
from contracts.models import Callout
from contracts.views.matters import attempt
from staffing.actions import duty as actions
from staffing.actions import handovers as sheets
from staffing.forms.rosters import ClaimForm
from staffing.models import Handover, Person, PersonStatus, Shift, Stint
from staffing.rules.cover import midnight, moment_of


class SignOnForm(forms.Form):
    """Asks nothing but, in an emergency, which order one comes for."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    callout = forms.ModelChoiceField(
        Callout.objects.none(),
        label=gettext_lazy("Called out for"),
        required=False,
        empty_label="—",
    )

    def __init__(self, *args: Any, callouts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["callout"]
        field.queryset = callouts


class NoteForm(forms.Form):
    note = forms.CharField(max_length=500)


class RemarkForm(forms.Form):
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_safe
@requires("staffing.view")
def desk(request: ContractRequest) -> HttpResponse:
    return _desk(request)


@require_POST
@requires("staffing.sign_on")
def sign_on(request: ContractRequest) -> HttpResponse:
    at = now()
    form = SignOnForm(request.POST, callouts=_callouts(request, at))
    if form.is_valid() and attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.sign_on(
            request.contract, by=request.user, at=at, **form.cleaned_data
        ),
    ):
        messages.success(request, _("You are on post."))
        return redirect("staffing:desk", request.contract.number)
    return _desk(request, form=form, status=422)


@require_POST
@requires("staffing.sign_on")
def sign_off(request: ContractRequest) -> HttpResponse:
    form = forms.Form({})
    if attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.sign_off(request.contract, by=request.user, at=now()),
    ):
        messages.success(request, _("You have signed off."))
        return redirect("staffing:desk", request.contract.number)
    return _desk(request, refusal=form, status=422)


def _callouts(request: ContractRequest, at: datetime) -> Any:
    """Return the orders of an emergency that somebody may have come for."""
    orders = Callout.objects.of(request.contract)
    return orders.filter(status__in=("ordered", "acknowledged"), ends_at__gt=at)


def _desk(
    request: ContractRequest,
    *,
    form: SignOnForm | None = None,
    refusal: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    at = now()
    today = localdate(at)
    ends = moment_of(midnight(today) + 2 * 24 * 60)
    here = Stint.objects.of(request.contract).open().select_related("person", "post")
    shifts = (
        Shift.objects.of(request.contract)
        .holding()
        .filter(ends_at__gt=at, starts_at__lt=ends)
        .select_related("person", "post")
    )
    on_post = list(here.order_by("post__order", "on_at"))
    people = {one.person_id for one in on_post}
    mine = Person.objects.of(request.contract).filter(
        user=request.user, status=PersonStatus.APPROVED
    )
    context = {
        "at": at,
        "on_post": on_post,
        "shifts": [(shift, shift.person_id in people) for shift in shifts],
        "me": mine.first(),
        "my_stint": next(
            (one for one in on_post if one.person.user_id == request.user.pk), None
        ),
        "form": form
        or SignOnForm(callouts=_callouts(request, at), initial={"token": uuid4()}),
        "refusal": refusal,
        "unsigned": Handover.objects.of(request.contract)
        .unsigned()
        .select_related("giver", "taker", "post", "contract")[:20],
        "claims": Stint.objects.of(request.contract)
        .claimed()
        .select_related("person", "post", "on_told_by", "corrects")[:50],
    }
    return render(request, "staffing/desk.html", context, status=status)


# --- Told afterwards -------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.claim")
def claim(request: ContractRequest) -> HttpResponse:
    """Say when somebody was on post; with `corrects`, instead of what was signed."""
    at, posted = now(), request.method == "POST"
    wrong = _corrected(request)
    form = ClaimForm(
        request.POST if posted else None,
        contract=request.contract,
        at=at,
        initial=_initial(wrong),
    )
    if form.is_valid():
        given = dict(form.cleaned_data)
        person = given.pop("person")
        if attempt(
            form,  # type: ignore[arg-type]
            lambda: actions.claim(
                person, corrects=wrong, by=request.user, at=at, **given
            ),
        ):
            messages.success(
                request, _("Written down. It counts once Party A confirms.")
            )
            return redirect("staffing:desk", request.contract.number)
    back = reverse("staffing:desk", args=[request.contract.number])
    return render(
        request,
        "staffing/claim.html",
        {"form": form, "wrong": wrong, "back": back, "back_label": _("The desk now")},
        status=422 if form.errors else 200,
    )


def _corrected(request: ContractRequest) -> Stint | None:
    asked = request.GET.get("corrects", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):  # noqa: PLR2004 - a key
        return None
    stints = Stint.objects.of(request.contract).standing().exclude(off_at=None)
    return stints.select_related("person").filter(pk=asked).first()


def _initial(wrong: Stint | None) -> dict[str, Any]:
    token = {"token": uuid4()}
    if wrong is None:
        return token
    return token | {
        "person": wrong.person_id,
        "post": wrong.post_id,
        "on_at": wrong.on_at,
        "off_at": wrong.off_at,
    }


@require_POST
@requires("staffing.confirm")
def confirm(request: ContractRequest, pk: int) -> HttpResponse:
    stint = get_object_or_404(Stint.objects.of(request.contract), pk=pk)
    return _decided(request, lambda: actions.confirm(stint, by=request.user, at=now()))


@require_POST
@requires("staffing.confirm")
def disbelieve(request: ContractRequest, pk: int) -> HttpResponse:
    stint = get_object_or_404(Stint.objects.of(request.contract), pk=pk)
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    return _decided(
        request,
        lambda: actions.disbelieve(stint, note=note, by=request.user, at=now()),
    )


def _decided(request: ContractRequest, act: Any) -> HttpResponse:
    refusal = forms.Form({})
    try:
        act()
    except MatterRefused as refused:
        refusal.add_error(None, str(refused))
        return _desk(request, refusal=refusal, status=422)
    return redirect("staffing:desk", request.contract.number)


# --- Handed over -----------------------------------------------------------------------------


@require_safe
@requires("staffing.view")
def handovers(request: ContractRequest) -> HttpResponse:
    rows = Handover.objects.of(request.contract).select_related(
        "giver", "taker", "post", "contract"
    )
    shown = page(
        rows,
        "-given_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return render(
        request, "staffing/handovers.html", {"page": shown, "count": count(rows)}
    )


@require_safe
@requires("staffing.view")
def handover(request: ContractRequest, pk: int) -> HttpResponse:
    return _sheet(request, _handover(request, pk))


@require_POST
@requires("staffing.sign_on")
def take_over(request: ContractRequest, pk: int) -> HttpResponse:
    return _answered(request, pk, sheets.take_over)


@require_POST
@requires("staffing.sign_on")
def refuse_handover(request: ContractRequest, pk: int) -> HttpResponse:
    return _answered(request, pk, sheets.refuse_handover)


def _answered(request: ContractRequest, pk: int, act: Any) -> HttpResponse:
    sheet, form = _handover(request, pk), RemarkForm(request.POST)
    if form.is_valid() and attempt(
        form,  # type: ignore[arg-type]
        lambda: act(sheet, by=request.user, at=now(), **form.cleaned_data) or sheet,
    ):
        return redirect(sheet)
    return _sheet(request, _handover(request, pk), form=form, status=422)


def _handover(request: ContractRequest, pk: int) -> Handover:
    rows = Handover.objects.of(request.contract).select_related(
        "giver", "taker", "post", "contract", "given_by", "taken_by"
    )
    return get_object_or_404(rows, pk=pk)


def _sheet(
    request: ContractRequest,
    sheet: Handover,
    *,
    form: RemarkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "sheet": sheet,
        "form": form or RemarkForm(),
        "mine": sheet.taker.user_id == request.user.pk
        and sheet.taken_at is None
        and sheet.refused_at is None,
    }
    return render(request, "staffing/handover.html", context, status=status)
