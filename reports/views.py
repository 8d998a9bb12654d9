"""The first page, and the reports: asked for, looked at, taken away as files."""

from pathlib import PurePath

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.roles import Role
from contracts.access import ContractRequest, requires

from . import actions, daily
from .forms import DayForm, ScheduleForm
from .home import home_of, unit_home
from .models import Issue, Kind, Schedule
from .scope import scope_of

SHOWN = 40


@require_GET
@requires("reports.home")
def home(request: ContractRequest) -> HttpResponse:
    at = now()
    if request.role == Role.UNIT:
        shown = unit_home(request.contract, request.user, at=at)
        return render(request, "reports/home_unit.html", {"at": at, "home": shown})
    sees_cases = "cases.view" in request.may
    context = {
        "at": at,
        "home": home_of(request.contract, request.role, at=at) if sees_cases else None,
        "newest": Issue.objects.of(request.contract).issued().first()
        if "reports.view" in request.may
        else None,
        "stages": request.contract.stages.all()
        if "contracts.view" in request.may
        else None,
    }
    return render(request, "reports/home.html", context)


@require_GET
@requires("reports.view")
def issues(request: ContractRequest) -> HttpResponse:
    schedule = Schedule.objects.of(request.contract).filter(kind=Kind.DAILY).first()
    return _issues_page(
        request,
        day_form=DayForm(
            contract=request.contract,
            today=localdate(),
            initial={"day": localdate()},
        ),
        schedule=schedule,
    )


@require_GET
@requires("reports.view")
def preview(request: ContractRequest) -> HttpResponse:
    """Show the daily report of a day as it would be now. Nothing is kept."""
    form = DayForm(request.GET, contract=request.contract, today=localdate())
    if not form.is_valid():
        return _issues_page(request, day_form=form, status=422)
    day, at = form.cleaned_data["day"], now()
    document = daily.build(scope_of(request.contract, day, at=at))
    return render(
        request, "reports/preview.html", {"document": document, "day": day, "at": at}
    )


@require_POST
@requires("reports.issue")
def ask(request: ContractRequest) -> HttpResponse:
    """Have a day's report made. It is made in the background."""
    form = DayForm(request.POST, contract=request.contract, today=localdate())
    if not form.is_valid():
        return _issues_page(request, day_form=form, status=422)
    issue = actions.ask(
        request.contract, form.cleaned_data["day"], by=request.user, at=now()
    )
    return redirect(issue)


@require_GET
@requires("reports.view")
def issue(request: ContractRequest, pk: int) -> HttpResponse:
    one = _issue(request, pk)
    context = {
        "issue": one,
        "document": one.document() if one.status == "issued" else None,
        "versions": Issue.objects.of(request.contract).filter(
            kind=one.kind, day=one.day
        ),
    }
    part = "#issue" if request.htmx else ""
    return render(request, f"reports/issue.html{part}", context)


@require_GET
@requires("reports.view")
def workbook(request: ContractRequest, pk: int) -> FileResponse:
    return _attachment(_issue(request, pk).xlsx)


@require_GET
@requires("reports.view")
def paper(request: ContractRequest, pk: int) -> FileResponse:
    return _attachment(_issue(request, pk).pdf)


@require_http_methods(["GET", "POST"])
@requires("reports.schedule")
def schedule(request: ContractRequest) -> HttpResponse:
    one = get_object_or_404(Schedule.objects.of(request.contract), kind=Kind.DAILY)
    form = ScheduleForm(request.POST or None, instance=one)
    if request.method == "POST" and form.is_valid():
        actions.reschedule(one, by=request.user, at=now(), **form.cleaned_data)
        return redirect("reports:issues", request.contract.number)
    status = 422 if form.errors else 200
    return render(request, "reports/schedule.html", {"form": form}, status=status)


def _attachment(file: FieldFile) -> FileResponse:
    """Send a file of an issue, to be saved and not shown; 404 before it is made."""
    if not file:
        raise Http404
    name = PurePath(file.name or "").name
    return FileResponse(file.open(), as_attachment=True, filename=name)


def _issue(request: ContractRequest, pk: int) -> Issue:
    found = Issue.objects.of(request.contract).select_related("contract", "asked_by")
    return get_object_or_404(found, pk=pk)


def _issues_page(
    request: ContractRequest,
    *,
    day_form: DayForm,
    schedule: Schedule | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "issues": Issue.objects.of(request.contract).defer("content")[:SHOWN],
        "day_form": day_form,
        "schedule": schedule,
    }
    return render(request, "reports/issues.html", context, status=status)
