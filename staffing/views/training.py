"""Trainings: planned, approved, held, accepted or held again, each on one page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.paging import count, page
from contracts.access import ContractRequest, requires, side_of
from contracts.forms.steps import StepForm
from contracts.matters import OpenStep, Step
from contracts.models import AuditEntry, Due
from contracts.views.matters import attempt
from staffing.actions import training as actions
from staffing.filters.training import TrainingFilter
from staffing.forms.training import (
    AcceptForm,
    AgainForm,
    ApproveForm,
    CancelForm,
    PlanAgainForm,
    PlanForm,
    ResultForm,
    SendBackForm,
)
from staffing.models import Attendance, Person, PersonStatus, Training, TrainingStatus
from staffing.rules.papers import pass_rate

TONES: dict[str, str] = {
    TrainingStatus.PLANNED: "accent",
    TrainingStatus.SENT_BACK: "warn",
    TrainingStatus.APPROVED: "info",
    TrainingStatus.HELD: "accent",
    TrainingStatus.ACCEPTED: "good",
    TrainingStatus.AGAIN: "bad",
    TrainingStatus.CANCELLED: "neutral",
}
#: Whoever may do one of these sees who was there, and how each did.
SEES_SCORES = {"staffing.view_people", "staffing.train"}
#: What a plan that was not accepted begins the next one with.
REPEATED = ("title", "content", "place", "trainer", "pass_mark")


def _planned(training: Training, _side: Any) -> bool:
    return bool(training.status == TrainingStatus.PLANNED)


def _held(training: Training, _side: Any) -> bool:
    return bool(training.status == TrainingStatus.HELD)


def _to_come(training: Training, _side: Any) -> bool:
    return TrainingStatus.CANCELLED in Training.NEXT.get(training.status, ())


STEPS = (
    Step("approve", "staffing.approve", ApproveForm, actions.approve, _planned),
    Step("send-back", "staffing.approve", SendBackForm, actions.send_back, _planned),
    Step("accept", "staffing.approve", AcceptForm, actions.accept, _held),
    Step("again", "staffing.approve", AgainForm, actions.hold_again, _held),
    Step("cancel", "staffing.train", CancelForm, actions.cancel, _to_come, grave=True),
)
#: Step → whose work it judges: nobody is shown a step on what is their own.
JUDGES = {
    "approve": "planned_by_id",
    "send-back": "planned_by_id",
    "accept": "held_by_id",
    "again": "held_by_id",
}


@require_safe
@requires("staffing.view")
def trainings(request: ContractRequest) -> HttpResponse:
    found = TrainingFilter(request.GET, queryset=Training.objects.of(request.contract))
    present = Q(attendances__present=True)
    passed = present & Q(attendances__score__gte=F("pass_mark"))
    rows = found.qs.select_related("due__obligation").annotate(
        there=Count("attendances", filter=present),
        passed=Count("attendances", filter=passed),
    )
    shown = page(
        rows,
        "-starts_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "filter": found,
        "narrowed": any(request.GET.get(name) for name in found.filters),
        "page": shown,
        "lines": [
            (one, TONES[one.status], pass_rate(one.passed, one.there))
            for one in shown.rows
        ],
        "count": count(found.qs),
    }
    return render(request, "staffing/trainings.html", context)


@require_safe
@requires("staffing.view")
def training(request: ContractRequest, pk: int) -> HttpResponse:
    return _page(request, _training(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.train")
def new(request: ContractRequest) -> HttpResponse:
    """Plan a training; `again` names the one it repeats, `due` what it is for."""
    form = _form(PlanForm, request, initial=_proposed(request))
    if form.is_valid():
        made = attempt(
            form,
            lambda: actions.plan(
                request.contract, by=request.user, at=form.at, **form.cleaned_data
            ),
        )
        if made:
            messages.success(request, _("Submitted. Party A decides on the plan."))
            return redirect(made)
    return _plan_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.train")
def again(request: ContractRequest, pk: int) -> HttpResponse:
    """Submit a plan once more that was sent back."""
    shown = _training(request, pk)
    if request.method != "POST" and shown.status != TrainingStatus.SENT_BACK:
        return redirect(shown)
    form = _form(PlanAgainForm, request, initial=_as_it_is(shown))
    if form.is_valid() and attempt(
        form,
        lambda: actions.plan_again(shown, by=request.user, at=form.at, **form.asked),
    ):
        messages.success(request, _("Submitted. Party A decides on the plan."))
        return redirect(shown)
    return _plan_page(request, form, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.train")
def result(request: ContractRequest, pk: int) -> HttpResponse:
    """Record who was there, how each did, and what came of it."""
    shown = _training(request, pk)
    if request.method != "POST" and shown.status != TrainingStatus.APPROVED:
        return redirect(shown)
    form = _form(ResultForm, request, people=_invited(shown))
    if form.is_valid() and attempt(
        form,
        lambda: actions.submit_result(
            shown,
            attended=form.attended,
            result=form.cleaned_data["result"],
            materials=form.cleaned_data["materials"],
            token=form.cleaned_data["token"],
            by=request.user,
            at=form.at,
        ),
    ):
        messages.success(request, _("Submitted. Party A decides on the result."))
        return redirect(shown)
    return render(
        request,
        "staffing/training_result.html",
        {"form": form, "training": shown},
        status=422 if form.errors else 200,
    )


def step_view(step: Step) -> Callable[..., Any]:
    """Return the view that takes one step on a training."""

    @require_POST
    @requires(step.action)
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        shown, at = _training(request, pk), now()
        form = step.form(request.POST, record=shown, at=at)
        if form.is_valid():
            taken = attempt(
                form,
                lambda: (
                    step.take(shown, by=request.user, at=at, **form.cleaned_data)
                    or shown
                ),
            )
            if taken:
                messages.success(request, _("Done. It is on record."))
                return redirect(taken)
        # As somebody else may have left it.
        return _page(
            request, _training(request, pk), refused={step.name: form}, status=422
        )

    return take


def _training(request: ContractRequest, pk: int) -> Training:
    rows = Training.objects.of(request.contract).select_related(
        "contract",
        "plan",
        "due__obligation__clause",
        "repeats",
        "repeated_by",
        "planned_by",
        "approved_by",
        "held_by",
        "accepted_by",
    )
    return get_object_or_404(rows, pk=pk)


def _page(
    request: ContractRequest,
    shown: Training,
    *,
    refused: dict[str, StepForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, side, refused = now(), side_of(request.role), refused or {}
    steps = [
        OpenStep(step, refused.get(step.name) or step.form(record=shown, at=at))
        for step in STEPS
        if step.action in request.may and step.is_open(shown, side)
        if getattr(shown, JUDGES.get(step.name, ""), None) != request.user.pk
    ]
    open_ = {one.step.name for one in steps}
    attendances = list(shown.attendances.select_related("person__post"))
    there = [one for one in attendances if one.present]
    passed = [one for one in there if _passed(one, shown)]
    context = {
        "training": shown,
        "tone": TONES[shown.status],
        "steps": steps,
        # A step that is not open any more has no form to say why on.
        "closed": [form for name, form in refused.items() if name not in open_],
        "to_hold": shown.status == TrainingStatus.APPROVED,
        "has_ended": shown.ends_at <= at,
        "to_plan_again": shown.status == TrainingStatus.SENT_BACK,
        "to_repeat": shown.status == TrainingStatus.AGAIN
        and not hasattr(shown, "repeated_by"),
        "attendances": [(one, _passed(one, shown)) for one in attendances],
        "sees_scores": not SEES_SCORES.isdisjoint(request.may),
        "there": len(there),
        "passed": len(passed),
        "share": pass_rate(len(passed), len(there)),
        "materials": list(shown.materials.all()),
        "events": _events(shown),
        "at": at,
    }
    return render(request, "staffing/training.html", context, status=status)


def _passed(one: Attendance, shown: Training) -> bool:
    """Say whether somebody passed; `Attendance.passed` would look each training up."""
    return one.score is not None and one.score >= shown.pass_mark


def _events(shown: Training) -> list[dict[str, Any]]:
    """Return what happened to a training, newest first, as the timeline shows it."""
    words: dict[str, Any] = dict(TrainingStatus.choices)
    entries = AuditEntry.objects.about(shown).select_related("by").order_by("-pk")
    return [
        {
            "title": words.get(entry.became, entry.became),
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": TONES.get(entry.became, "neutral"),
        }
        for entry in entries
    ]


def _plan_page(
    request: ContractRequest, form: PlanForm, shown: Training | None = None
) -> HttpResponse:
    back = reverse("staffing:trainings", args=[request.contract.number])
    context = {
        "form": form,
        "training": shown,
        "back": shown.get_absolute_url() if shown else back,
    }
    return render(
        request,
        "staffing/training_new.html",
        context,
        status=422 if form.errors else 200,
    )


def _form(kind: type[Any], request: ContractRequest, **given: Any) -> Any:
    posted = request.method == "POST"
    return kind(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=now(),
        **given,
    )


def _proposed(request: ContractRequest) -> dict[str, Any]:
    """Return what a plan begins with: one that is to be held again, or a due."""
    asked, due = request.GET.get("again", ""), request.GET.get("due", "")
    if asked.isdecimal():
        failed = Training.objects.of(request.contract).filter(
            status=TrainingStatus.AGAIN, repeated_by=None
        )
        if earlier := failed.filter(pk=asked[:18]).first():
            same = {name: getattr(earlier, name) for name in REPEATED}
            return same | {"repeats": earlier.pk, "due": earlier.due_id}
    if due.isdecimal():
        owed: QuerySet[Due] = actions.dues_of_training(request.contract).owed()
        if wanted := owed.filter(pk=due[:18]).select_related("obligation").first():
            title = f"{wanted.obligation.title} {wanted.label}".strip()
            return {"due": wanted.pk, "title": title[:80]}
    return {}


def _as_it_is(shown: Training) -> dict[str, Any]:
    times = {name: localtime(getattr(shown, name)) for name in ("starts_at", "ends_at")}
    same = {name: getattr(shown, name) for name in REPEATED}
    return same | times | {"due": shown.due_id}


def _invited(shown: Training) -> "QuerySet[Person]":
    """Return who may have been there: who is on the team, and who left it since."""
    people = Person.objects.of(shown.contract).select_related("post")
    left = Q(status=PersonStatus.LEFT, leaves_on__gte=localdate(shown.starts_at))
    return people.present() | people.filter(left)
