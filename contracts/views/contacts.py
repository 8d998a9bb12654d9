"""Where the parties are to be written to, over time."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from contracts.access import ContractRequest, requires
from contracts.actions import contacts as actions
from contracts.forms.notices import ContactForm
from contracts.models import Contact, Due, Side


@dataclass(frozen=True, slots=True)
class Line:
    """A contact, and until which day it held or holds; None while no other follows."""

    contact: Contact
    until: date | None
    holds: bool


@require_safe
@requires("contracts.view")
def contacts(request: ContractRequest) -> HttpResponse:
    today = localdate()
    dues = Due.objects.select_related("obligation__clause")
    found = (
        Contact.objects.of(request.contract)
        .visible_to(request.role)
        .select_related("notice", "recorded_by")
        .prefetch_related(Prefetch("dues", queryset=dues))
    )
    own = Side.of(request.role)
    context = {
        "sides": [
            (side, _lines([one for one in found if one.side == side], today))
            for side in Side
        ],
        "own": own,
        "at": now(),
    }
    return render(request, "contracts/contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.notify")
def new(request: ContractRequest) -> HttpResponse:
    at, side = now(), Side.of(request.role)
    own = Contact.objects.of(request.contract).filter(side=side)
    holds = own.on(localdate(at)).first()
    form = ContactForm(
        request.POST or None,
        contract=request.contract,
        holds=holds,
        at=at,
        initial={part: getattr(holds, part, "") for part in ContactForm.PARTS},
    )
    if form.is_valid():
        actions.change(
            request.contract, side=side, by=request.user, at=at, **form.cleaned_data
        )
        messages.success(
            request,
            _(
                "The change is recorded. The old contact holds until a notice is served."
            ),
        )
        return redirect("contracts:contacts", request.contract.number)
    return render(
        request,
        "contracts/contact_new.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


def _lines(found: list[Contact], today: date) -> list[Line]:
    """Put those still to be told first, then the newest that holds, then the earlier."""
    waiting = [Line(one, None, holds=False) for one in found if one.holds_from is None]
    told = sorted(
        (one for one in found if one.holds_from), key=_holds_from, reverse=True
    )
    ends = [None, *(one.holds_from for one in told)]
    return waiting + [
        Line(one, end, holds=_holds_from(one) <= today and (end is None or end > today))
        for one, end in zip(told, ends, strict=False)
    ]


def _holds_from(contact: Contact) -> date:
    return contact.holds_from or date.max
