"""The confidentiality agreement: its wordings, who has signed which, who is to sign."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy as pgettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from contracts.access import ContractRequest, requires
from contracts.forms.steps import StepForm
from contracts.matters import OpenStep, Step
from contracts.models import Contract
from contracts.views.matters import attempt
from staffing.actions import agreements as actions
from staffing.forms.agreements import (
    ApproveTextForm,
    RefuseTextForm,
    SignedForm,
    TextForm,
)
from staffing.models import Agreement, AgreementText, Person, TextStatus

TONES = {
    TextStatus.SUBMITTED: "accent",
    TextStatus.APPROVED: "good",
    TextStatus.REFUSED: "bad",
}


def _waits(text: AgreementText, _side: Any) -> bool:
    return bool(text.status == TextStatus.SUBMITTED)


STEPS = (
    Step("approve", "staffing.approve", ApproveTextForm, actions.approve_text, _waits),
    Step(
        "refuse",
        "staffing.approve",
        RefuseTextForm,
        actions.refuse_text,
        _waits,
        grave=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who has to have signed, what they signed last, and whether that will do."""

    person: Person
    signed: Agreement | None
    newest: AgreementText | None
    today: date

    @property
    def owes(self) -> bool:
        """Whether they are to sign what they have not: that, or anything at all."""
        if self.newest is None:
            return self.signed is None
        return self.signed is None or self.signed.text_id != self.newest.pk

    @property
    def late(self) -> bool:
        by = self.newest.sign_by if self.newest else None
        return self.owes and by is not None and by < self.today

    @property
    def word(self) -> Promise:
        if self.signed is None:
            return pgettext("agreement", "None on file")
        if self.late:
            return pgettext("agreement", "Older wording, overdue")
        if self.owes:
            return pgettext("agreement", "Older wording")
        return pgettext("agreement", "Signed")

    @property
    def tone(self) -> str:
        if self.signed is None or self.late:
            return "bad"
        return "warn" if self.owes else "good"

    @property
    def order(self) -> tuple[bool, bool, bool]:
        """Who has signed nothing comes first, then who is late, then who is to sign."""
        return self.signed is not None, not self.late, not self.owes


def signers(contract: Contract, *, at: datetime) -> list[Signer]:
    """Return everybody who is there, whose signature is missing most first."""
    newest = AgreementText.objects.of(contract).approved().first()
    signed = Agreement.objects.select_related("text", "document", "filed_by")
    people = Person.objects.of(contract).present().select_related("post")
    people = people.prefetch_related(
        Prefetch("agreements", signed.order_by("-text__version"), to_attr="signed")
    )
    found = [
        Signer(one, one.signed[0] if one.signed else None, newest, localdate(at))  # type: ignore[attr-defined]
        for one in people
    ]
    return sorted(found, key=lambda one: one.order)


@require_safe
@requires("staffing.view_people")
def agreements(request: ContractRequest) -> HttpResponse:
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.declare")
def new(request: ContractRequest) -> HttpResponse:
    posted, at = request.method == "POST", now()
    form = TextForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
    )
    if form.is_valid():
        made = attempt(
            form,
            lambda: actions.submit_text(
                request.contract, by=request.user, at=at, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, _("Submitted. Party A decides on it."))
            return redirect(made)
    return render(
        request,
        "staffing/agreement_new.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view by which Party A decides on a wording."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        texts = AgreementText.objects.of(request.contract).select_related("contract")
        text, at = get_object_or_404(texts, pk=pk), now()
        form = step.form(request.POST, record=text, at=at)
        if form.is_valid():
            taken = attempt(
                form,
                lambda: (
                    step.take(text, by=request.user, at=at, **form.cleaned_data) or text
                ),
            )
            if taken:
                messages.success(request, _("Done. It is on record."))
                return redirect(taken)
        return _page(request, refused={step.name: form}, status=422)

    return take


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.file")
def file(request: ContractRequest, pk: int) -> HttpResponse:
    """File the copy that somebody has signed."""
    posted, at = request.method == "POST", now()
    people = Person.objects.of(request.contract).select_related("contract", "post")
    person = get_object_or_404(people, pk=pk)
    form = SignedForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
    )
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in SIGNED}
        made = attempt(
            form,
            lambda: actions.file_agreement(person, by=request.user, at=at, **given),
        )
        if made:
            messages.success(request, _("The signed copy is on file."))
            return redirect(_list(request))
    context = {
        "form": form,
        "person": person,
        "approved": AgreementText.objects.of(request.contract).approved().exists(),
    }
    return render(
        request,
        "staffing/agreement_file.html",
        context,
        status=422 if form.errors else 200,
    )


SIGNED = ("text", "signed_on", "document")


def _page(
    request: ContractRequest,
    *,
    refused: dict[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, refused = now(), refused or {}
    texts = list(
        AgreementText.objects.of(request.contract)
        .select_related("document", "submitted_by", "decided_by")
        .annotate(copies=Count("agreements"))
        .order_by("-version")
    )
    waiting = next((one for one in texts if _waits(one, None)), None)
    steps = [
        OpenStep(step, refused.get(step.name) or step.form(record=waiting, at=at))
        for step in STEPS
        if waiting and step.action in request.may
    ]
    if waiting and waiting.submitted_by_id == request.user.pk:
        steps = []
    shown = {one.step.name for one in steps}
    everybody = signers(request.contract, at=at)
    show_all = request.GET.get("show") == "all"
    owing = [one for one in everybody if one.owes]
    context = {
        "texts": [(text, TONES[TextStatus(text.status)]) for text in texts],
        "newest": next((t for t in texts if t.status == TextStatus.APPROVED), None),
        "waiting_text": waiting,
        "steps": steps,
        "closed": [form for name, form in refused.items() if name not in shown],
        "signers": everybody if show_all else owing,
        "show_all": show_all,
        "tabs": [
            {
                "label": pgettext("agreement", "To sign"),
                "count": len(owing),
                "href": "?",
                "current": not show_all,
            },
            {
                "label": pgettext("agreement", "Everybody"),
                "count": len(everybody),
                "href": "?show=all",
                "current": show_all,
            },
        ],
    }
    return render(request, "staffing/agreements.html", context, status=status)


def _list(request: ContractRequest) -> str:
    return reverse("staffing:agreements", args=[request.contract.number])
