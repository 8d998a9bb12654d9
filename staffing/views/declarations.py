"""What the vendor has declared, and until when; labour contracts and insured months."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import require_http_methods, require_safe

from contracts.access import ContractRequest, requires
from contracts.models import Contract
from contracts.views.matters import attempt
from staffing.actions.declarations import declare
from staffing.forms.declarations import DeclarationForm
from staffing.models import Declaration, DeclarationKind, Person
from staffing.rules.papers import Standing, months_missing, standing

A_PAGE = 50
WORDS: dict[Standing, Promise] = {
    Standing.MISSING: pgettext("paper", "Missing"),
    Standing.AHEAD: pgettext("paper", "Not yet in force"),
    Standing.VALID: pgettext("paper", "In force"),
    Standing.EXPIRING: pgettext("paper", "Expires within 30 days"),
    Standing.EXPIRED: pgettext("paper", "Expired"),
}
TONES = {
    Standing.MISSING: "bad",
    Standing.AHEAD: "info",
    Standing.VALID: "good",
    Standing.EXPIRING: "warn",
    Standing.EXPIRED: "bad",
}
#: Of what somebody has to see to, the worst first.
ORDER = (
    Standing.MISSING,
    Standing.EXPIRED,
    Standing.EXPIRING,
    Standing.AHEAD,
    Standing.VALID,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A declaration, and how it stands; one that was renewed troubles nobody."""

    declaration: Declaration
    standing: Standing
    renewed: bool

    @property
    def word(self) -> Promise:
        return WORDS[self.standing]

    @property
    def tone(self) -> str:
        return "neutral" if self.renewed else TONES[self.standing]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is declared today of a kind, and until when."""

    label: Any
    standing: Standing
    until: date | None

    @property
    def word(self) -> Promise:
        return WORDS[self.standing]

    @property
    def tone(self) -> str:
        return TONES[self.standing]


@dataclass(frozen=True, slots=True)
class Labour:
    """Somebody's labour contract, and the months that no insurance is recorded for."""

    person: Person
    standing: Standing
    missing: list[date]

    @property
    def owes(self) -> bool:
        return bool(self.missing) or self.standing in ORDER[:3]

    @property
    def word(self) -> Promise:
        return WORDS[self.standing]

    @property
    def tone(self) -> str:
        return TONES[self.standing]

    @property
    def order(self) -> tuple[bool, int, int]:
        return not self.owes, ORDER.index(self.standing), -len(self.missing)


def labour_of(contract: Contract, *, at: datetime) -> list[Labour]:
    """Return how everybody's labour contract and insurance stand, the worst first."""
    today = localdate(at)
    people = Person.objects.of(contract).present()
    people = people.select_related("post").prefetch_related("insurance")
    found = [
        Labour(
            one,
            standing(one.labour_from, one.labour_to, today),
            months_missing(
                one.begins_on,
                one.leaves_on,
                {month.month for month in one.insurance.all()},
                today,
            ),
        )
        for one in people
    ]
    return sorted(found, key=lambda one: one.order)


@require_safe
@requires("staffing.view_people")
def declarations(request: ContractRequest) -> HttpResponse:
    at = now()
    labour = labour_of(request.contract, at=at)
    owing = [one for one in labour if one.owes]
    rows = Declaration.objects.of(request.contract)
    shown = request.GET.get("show", "")
    tabs = [
        ("", pgettext("tab", "Declarations"), rows.count()),
        ("owing", pgettext("tab", "Labour papers to see to"), len(owing)),
        ("labour", pgettext("tab", "Labour papers of everybody"), len(labour)),
    ]
    shown = shown if shown in {name for name, _label, _number in tabs} else ""
    context: dict[str, Any] = {
        "shown": shown,
        "tabs": [
            {
                "label": label,
                "count": number,
                "href": f"?show={name}" if name else "?",
                "current": name == shown,
            }
            for name, label, number in tabs
        ],
        "kinds": _kinds(request.contract, localdate(at)),
        "labour": owing if shown == "owing" else labour,
    }
    if not shown:
        rows = rows.select_related("document", "recorded_by")
        page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        context["pages"] = page.paginator.get_elided_page_range(page.number)
        context["lines"] = _lines(list(page), request.contract, localdate(at))
    return render(request, "staffing/declarations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.declare")
def new(request: ContractRequest) -> HttpResponse:
    posted, at = request.method == "POST", now()
    form = DeclarationForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
        initial={"covers_from": localdate(at)},
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: declare(
                request.contract, by=request.user, at=at, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, _("Done. It is on record."))
            return redirect(_list(request))
    return render(
        request,
        "staffing/declaration_new.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def _kinds(contract: Contract, today: date) -> list[Kind]:
    """Return, kind by kind, the declaration that reaches furthest of those that hold."""
    held: dict[str, Declaration] = {}
    for one in Declaration.objects.of(contract).order_by("expires_on", "pk"):
        if one.covers_from <= today or one.kind not in held:
            held[one.kind] = one
    found = []
    for value, label in DeclarationKind.choices:
        last = held.get(value)
        starts_on, ends_on = (
            (last.covers_from, last.expires_on) if last else (None, None)
        )
        found.append(Kind(label, standing(starts_on, ends_on, today), ends_on))
    return found


def _lines(rows: list[Declaration], contract: Contract, today: date) -> list[Line]:
    every = Declaration.objects.of(contract).order_by("expires_on")
    furthest = dict(every.values_list("kind", "expires_on"))
    return [
        Line(
            one,
            standing(one.covers_from, one.expires_on, today),
            renewed=one.expires_on < furthest[one.kind],
        )
        for one in rows
    ]


def _list(request: ContractRequest) -> str:
    return reverse("staffing:declarations", args=[request.contract.number])
