"""One work order: its page, and the steps taken on it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.paging import mark, page
from accounts.roles import PARTY_B, Role
from accounts.templatetags.frame import moment
from cases import actions
from cases.actions.applications import last_line
from cases.clocks import clocks
from cases.forms import AnswerForm, CorrectForm, RevealForm, StepForm
from cases.models import Caller, Case, Entry, EntryKind
from cases.origins import origins
from cases.repeats import repeats_of
from cases.rules.values import mask_text
from cases.steps import (
    AnswerStep,
    Step,
    form_of,
    open_applications,
    open_steps,
)
from cases.templatetags.cases import changes
from contracts.access import ContractRequest, requires
from contracts.actions.documents import DocumentRefused
from contracts.models import TransitionRefused

from .lists import filter_of, query_of_list

#: Lines that change nothing for whoever is about to take a step.
BESIDE = (EntryKind.REVEALED, EntryKind.CORRECTION, EntryKind.RECHECKED)
#: Figures of the greatest key there can be, and no more.
LONGEST_KEY = 18


@require_GET
@requires("cases.view")
def show(request: ContractRequest, pk: int) -> HttpResponse:
    return page_of(request, case_of(request, pk))


@require_GET
@requires("cases.view")
def beside(request: ContractRequest, pk: int) -> HttpResponse:
    """Show what an order repeats, and where each of its values comes from.

    A page of its own, which the order's page takes in once it stands.
    """
    case = case_of(request, pk)
    seen = Case.objects.of(request.contract).seen_by(request.user, request.role)
    context = {
        "case": case,
        "repeats": repeats_of(case, seen=seen),
        "origins": origins(case),
    }
    part = "#parts" if request.htmx else ""
    return render(request, f"cases/beside.html{part}", context)


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that shows the form of one step on an order, and takes it."""

    @require_http_methods(["GET", "POST"])
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        case, at = case_of(request, pk), now()
        if request.method == "GET":
            if case.status not in step.open_from:
                return redirect(back_to(request, case))
            form = form_of(step, case, at=at, seen=last_line(case))
            return page_of(request, case, shown={step.name: form})
        form = step.form(*_sent(request, case), case=case, at=at)
        if form.is_valid():
            stale = case.status in step.open_from and _news(request, case)
            try:
                if stale:
                    form.add_error(None, stale)
                else:
                    step.take(case, by=request.user, at=at, **form.given())
                    return redirect(back_to(request, case))
            except (TransitionRefused, DocumentRefused) as refusal:
                case = case_of(request, pk)  # as somebody else has left it
                form.add_error(None, _why(refusal, step, case))
        return page_of(request, case, shown={step.name: form}, status=422)

    take.__name__ = step.name
    return take


def answer_view(step: AnswerStep) -> Callable[..., Any]:
    """Return the view that shows what can be said to an application, and takes it."""

    @require_http_methods(["GET", "POST"])
    @requires(step.action)
    def take(request: ContractRequest, pk: int, application: int) -> HttpResponse:
        case, at = case_of(request, pk), now()
        asked = get_object_or_404(case.applications, pk=application)
        if request.method == "GET":
            if asked.status not in step.open_from:
                return redirect(back_to(request, case))
            form = step.form(case=case, at=at, application=asked)
            return page_of(request, case, answering={asked.pk: (step.name, form)})
        form = step.form(request.POST, case=case, at=at, application=asked)
        if form.is_valid():
            try:
                step.take(asked, by=request.user, at=at, **form.given())
            except TransitionRefused as refusal:
                case = case_of(request, pk)
                form.add_error(None, str(refusal))
            else:
                return redirect(back_to(request, case))
        return page_of(
            request, case, answering={asked.pk: (step.name, form)}, status=422
        )

    take.__name__ = step.name
    return take


def _sent(request: ContractRequest, case: Case) -> tuple[QueryDict, Any]:
    """Return what was sent, as one would see it now: sent again, it is not stale."""
    sent = request.POST.copy()
    if "seen" in sent:
        sent["seen"] = str(last_line(case))
    return sent, request.FILES


def _news(request: ContractRequest, case: Case) -> list[str]:
    """Return what others have written to the ledger since the form was shown."""
    seen = request.POST.get("seen", "")
    if not seen.isascii() or not seen.isdecimal() or len(seen) > LONGEST_KEY:
        return []
    news = (
        case.entries.seen_by(request.role)
        .filter(pk__gt=int(seen))
        .exclude(kind__in=BESIDE)
        .exclude(recorded_by=request.user)
        .select_related("recorded_by")
        .order_by("pk")
    )
    lines = [
        _("%(at)s %(who)s: %(what)s. %(changes)s %(text)s")
        % {
            "at": moment(one.recorded_at),
            "who": one.recorded_by or _("the program"),
            "what": one.get_kind_display(),
            "changes": "；".join(
                f"{change.label} {change.was or '—'} → {change.became or '—'}"
                for change in changes(one)
            ),
            "text": mask_text(one.text),
        }
        for one in news
    ]
    if not lines:
        return []
    return [
        _(
            "Since you opened this page the following has happened. What you typed is "
            "still here: look at it, and send it again if it still holds."
        ),
        *lines,
    ]


def _why(refusal: Exception, step: Step, case: Case) -> str:
    """Say why a step was refused; where somebody was first, who that was and when."""
    moves = case.entries.exclude(status="").select_related("recorded_by")
    last = moves.order_by("pk").last()
    if last is None or case.status in step.open_from:
        return str(refusal)
    first = _(
        "%(who)s did this at %(at)s: %(what)s. Nothing of yours was changed or lost."
    ) % {
        "who": last.recorded_by or _("the program"),
        "at": moment(last.recorded_at),
        "what": last.get_kind_display(),
    }
    return f"{_('Somebody else got here first.')} {first}"


@require_POST
@requires("cases.correct")
def correct(request: ContractRequest, pk: int, entry: int) -> HttpResponse:
    case, at = case_of(request, pk), now()
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(request.POST, case=case, at=at)
    if form.is_valid():
        try:
            actions.correct(wrong, by=request.user, at=at, **form.given())
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(back_to(request, case))
    return page_of(request, case, correcting=(wrong, form), status=422)


@require_GET
@requires("cases.correct")
def correction(request: ContractRequest, pk: int, entry: int) -> HttpResponse:
    case = case_of(request, pk)
    wrong = get_object_or_404(Entry.objects.filter(case=case), pk=entry)
    form = CorrectForm(case=case, at=now())
    return page_of(request, case, correcting=(wrong, form))


@require_POST
@requires("cases.reveal")
def reveal(request: ContractRequest, pk: int) -> HttpResponse:
    """Show the caller's data this once. The page is not kept by the browser."""
    case = case_of(request, pk)
    form = RevealForm(request.POST)
    if form.is_valid():
        try:
            caller = actions.reveal(
                case, by=request.user, at=now(), **form.cleaned_data
            )
        except TransitionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return page_of(request, case, revealed=caller)
    return page_of(request, case, reveal_form=form, status=422)


def case_of(request: ContractRequest, pk: int) -> Case:
    """Return an order that the person may see. Raises Http404.

    With what every page of it shows and no more: PostgreSQL thinks longer about how to
    join nine tables than it takes to read them.
    """
    cases = (
        Case.objects.of(request.contract)
        .seen_by(request.user, request.role)
        .select_related(
            "unit", "platform_unit", "community", "category", "batch", "caller"
        )
    )
    case = get_object_or_404(cases, pk=pk)
    case.contract = request.contract
    return case


def page_of(
    request: ContractRequest,
    case: Case,
    *,
    shown: dict[str, StepForm] | None = None,
    answering: dict[int, tuple[str, AnswerForm]] | None = None,
    correcting: tuple[Entry, forms.Form] | None = None,
    reveal_form: forms.Form | None = None,
    revealed: Caller | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render one order; for htmx, only the part of it that a step changes."""
    at = now()
    part = "#work" if request.htmx and not revealed else ""
    entries = (
        case.entries.seen_by(request.role)
        .select_related("recorded_by", "correction", "batch")
        .order_by(TruncMinute("at").desc(), "-pk")
    )
    context = {
        "case": case,
        "steps": open_steps(
            case, request.may, at=at, seen=last_line(case), shown=shown or {}
        ),
        "applications": []
        if request.role == Role.UNIT
        else open_applications(case, request.may, shown=answering or {}),
        "clocks": clocks(case, at=at),
        "at": at,
        "entries": entries,
        "correcting": correcting,
        "reveal_form": reveal_form or RevealForm(),
        "revealed": revealed,
        "handles": request.role in PARTY_B,
        "neighbours": {} if part else _neighbours(request, case),
        "query": query_of_list(request.GET),
    }
    return render(request, f"cases/case.html{part}", context, status=status)


def _neighbours(request: ContractRequest, case: Case) -> dict[str, Case | None]:
    """Return the orders before and after this one in the list one came from."""
    found = filter_of(request, now())
    by = found.sorted_by
    here = mark(case, by)
    if not here:
        return {}
    rows = found.qs.only("id", "number", "contract", "counted_at", "due_at")
    after = page(rows, by, after=here, size=1, pieces=found.pieces).rows
    before = page(rows, by, before=here, size=1, pieces=found.pieces).rows
    return {
        "previous": before[0] if before else None,
        "next": after[0] if after else None,
    }


def back_to(request: HttpRequest, case: Case) -> str:
    query = query_of_list(request.GET)
    return case.get_absolute_url() + (f"?{query}" if query else "")
