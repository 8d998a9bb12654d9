"""Pages of the plan: the grid of a month, and all that fills it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.templatetags.frame import day as day_in_words
from contracts.access import ContractRequest, requires
from contracts.actions.refusals import MatterRefused
from contracts.models import Contract
from contracts.sheets.refusal import FileRefused
from contracts.views.matters import attempt
from staffing import sheets
from staffing.actions import rosters as actions
from staffing.actions.rosters import CellsRefused, Fault
from staffing.forms.rosters import FileForm, PublishForm, RotationForm, ShiftForm
from staffing.grid import grid_of
from staffing.models import (
    Pattern,
    Person,
    PersonStatus,
    Roster,
    RosterStatus,
    Shift,
    ShiftState,
)
from staffing.rules.months import days_of, month_after, month_before, month_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What the cells of the grid are called in a form: c-PERSON-DAY.
CELL = "c"
_PARTS = 3


def asked_month(request: ContractRequest) -> date:
    """Return the month that a page is asked for; where it makes no sense, this one."""
    today = localdate(now())
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return month_of(min(max(today, request.contract.starts_on), _last(request)))
    return min(
        max(asked, month_of(request.contract.effective_on)), month_of(_last(request))
    )


def _last(request: ContractRequest) -> date:
    return request.contract.term.last_on


@require_safe
@requires("staffing.view")
def roster(request: ContractRequest) -> HttpResponse:
    return _page(request, asked_month(request))


@require_POST
@requires("staffing.plan")
def draft(request: ContractRequest) -> HttpResponse:
    form = _TokenForm(request.POST)
    month = asked_month(request)
    if form.is_valid() and attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.draft(
            request.contract, month, by=request.user, at=now(), **form.cleaned_data
        ),
    ):
        return redirect(_url(request, month))
    return _page(request, month, form=form, status=422)


class _TokenForm(forms.Form):
    token = forms.UUIDField()


@require_POST
@requires("staffing.plan")
def fill(request: ContractRequest) -> HttpResponse:
    """Save the cells of the grid; what was typed stays where one of them cannot be so."""
    month = asked_month(request)
    cells = _cells(request.POST)
    return _filled(
        request,
        month,
        cells,
        lambda roster: actions.fill(roster, cells, by=request.user, at=now()),
    )


@require_POST
@requires("staffing.plan")
def copy(request: ContractRequest) -> HttpResponse:
    return _filled(
        request,
        asked_month(request),
        {},
        lambda roster: actions.copy_four_weeks(roster, by=request.user, at=now()),
    )


def _filled(
    request: ContractRequest,
    month: date,
    typed: Mapping[tuple[int, date], str],
    act: Callable[[Roster], int],
) -> HttpResponse:
    roster, form = _draft(request, month), forms.Form({})
    changed, faults = tried(form, lambda: act(roster))
    if changed is None:
        return _page(request, month, form=form, typed=typed, faults=faults, status=422)
    messages.success(
        request,
        ngettext("%(count)d cell changed.", "%(count)d cells changed.", changed)
        % {"count": changed},
    )
    return redirect(_url(request, month))


def tried(form: forms.Form, act: Callable[[], int]) -> tuple[int | None, list[Fault]]:
    """Return how many cells changed; where none may, None, why (on the form), and which."""
    try:
        return act(), []
    except CellsRefused as refusal:
        form.add_error(None, str(refusal))
        return None, list(refusal.faults)
    except MatterRefused as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
        return None, []


def said(faults: list[Fault]) -> list[tuple[str, str]]:
    """Return of each fault whose cell it is, and what is wrong with it."""
    return [
        (f"{fault.person.name} {day_in_words(fault.day)}", fault.words)
        for fault in faults
    ]


def _cells(posted: Mapping[str, str]) -> dict[tuple[int, date], str]:
    """Return the cells that a form says: whose, which day, which letters."""
    cells = {}
    for name, value in posted.items():
        parts = name.split("-")
        if len(parts) != _PARTS or parts[0] != CELL or not parts[1].isdecimal():
            continue
        try:
            day = datetime.strptime(parts[2], "%Y%m%d").date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
        cells[int(parts[1]), day] = "".join(value.split())[:4]
    return cells


@require_POST
@requires("staffing.plan")
def publish(request: ContractRequest) -> HttpResponse:
    month = asked_month(request)
    roster = _draft(request, month)
    form, faults = PublishForm(request.POST), list[Fault]()
    if form.is_valid():
        done, faults = tried(
            form,
            lambda: (
                actions.publish(roster, by=request.user, at=now(), **form.cleaned_data)
                or 0
            ),
        )
        if done is not None:
            messages.success(request, _("Published. It holds from now on."))
            return redirect(_url(request, month))
    return _page(request, month, publish_form=form, faults=faults, status=422)


@require_POST
@requires("staffing.plan")
def drop(request: ContractRequest) -> HttpResponse:
    month = asked_month(request)
    roster, form = _draft(request, month), forms.Form({})
    if attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.drop(roster, by=request.user, at=now()) or roster,
    ):
        return redirect(_url(request, month))
    return _page(request, month, form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.plan")
def rotation(request: ContractRequest) -> HttpResponse:
    month = asked_month(request)
    roster, posted = _draft(request, month), request.method == "POST"
    form = RotationForm(
        request.POST if posted else None, roster=roster, days=days_of(month)
    )
    faults: list[Fault] = []
    if form.is_valid():
        # In the order of the boxes that were ticked, as the page shows them.
        changed, faults = tried(
            form,
            lambda: actions.generate(
                roster, by=request.user, at=now(), **form.cleaned_data
            ),
        )
        if changed is not None:
            return redirect(_url(request, month))
    context = {
        "form": form,
        "faults": said(faults),
        "month": month,
        **_back(request, month),
    }
    status = 422 if form.errors else 200
    return render(request, "staffing/rotation.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.plan")
def shift(request: ContractRequest) -> HttpResponse:
    """Plan somebody for hours of their own."""
    month = asked_month(request)
    roster = _draft(request, month)
    form = ShiftForm(
        request.POST if request.method == "POST" else None, contract=request.contract
    )
    if form.is_valid() and attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.add_shift(
            roster, by=request.user, at=now(), **form.cleaned_data
        ),
    ):
        return redirect(_url(request, month))
    own = roster.shifts.filter(state=ShiftState.DRAFT, pattern=None)
    context = {
        "form": form,
        "own": own.select_related("person", "post", "callout"),
        "month": month,
        **_back(request, month),
    }
    status = 422 if form.errors else 200
    return render(request, "staffing/shift.html", context, status=status)


@require_POST
@requires("staffing.plan")
def remove_shift(request: ContractRequest, pk: int) -> HttpResponse:
    shifts = Shift.objects.of(request.contract).select_related("roster")
    found = shifts.filter(pk=pk, state=ShiftState.DRAFT).first()
    if found is None:
        raise Http404
    form = forms.Form({})
    attempt(
        form,  # type: ignore[arg-type]
        lambda: actions.remove_shift(found, by=request.user, at=now()),
    )
    month = found.roster.month
    return redirect(
        f"{reverse('staffing:shift', args=[request.contract.number])}?month={month:%Y-%m}"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.plan")
def import_(request: ContractRequest) -> HttpResponse:
    """Take a roster in from a workbook: all of it, or none and what is wrong with it."""
    month = asked_month(request)
    roster, posted = _draft(request, month), request.method == "POST"
    form = FileForm(request.POST if posted else None, request.FILES if posted else None)
    faults: list[tuple[str, str]] = []
    if form.is_valid():
        try:
            faults = _imported(request, roster, form)
        except FileRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            if not faults and not form.errors:
                messages.success(request, _("The roster is taken in."))
                return redirect(_url(request, month))
    context = {"form": form, "faults": faults, "month": month, **_back(request, month)}
    status = 422 if form.errors or faults else 200
    return render(request, "staffing/roster_import.html", context, status=status)


def _imported(
    request: ContractRequest, roster: Roster, form: FileForm
) -> list[tuple[str, str]]:
    """Take the rows in, and return what is wrong with which row; nothing, if all is well."""
    lines = sheets.read_roster(form.cleaned_data["file"], roster.month)
    people = {one.name: one for one in planned_for(request.contract)}
    rows = {}
    faults = []
    cells: dict[tuple[int, date], str] = {}
    for line in lines:
        where = _("Row %(row)s, %(name)s") % {"row": line.row, "name": line.name[:40]}
        if line.name not in people:
            faults.append((where, _("Nobody of this name may be planned for.")))
        elif people[line.name].pk in rows:
            faults.append((where, _("This name stands in two rows.")))
        else:
            person = people[line.name]
            rows[person.pk] = line.row
            cells |= {
                (person.pk, day): _off(letters) for day, letters in line.letters.items()
            }
    if faults:
        return faults
    _changed, refused = tried(
        form, lambda: actions.fill(roster, cells, by=request.user, at=now())
    )
    return [
        (
            _("Row %(row)s, %(name)s, %(day)s")
            % {
                "row": rows.get(fault.person.pk, ""),
                "name": fault.person.name,
                "day": fault.day,
            },
            fault.words,
        )
        for fault in refused
    ]


def _off(letters: str) -> str:
    return "" if letters == "休" else letters[:4]


@require_safe
@requires("staffing.view")
def export(request: ContractRequest) -> HttpResponse:
    month = asked_month(request)
    grid = grid_of(request.contract, month, drafted=_drafts(request))
    book = sheets.write_roster(f"{month:%Y-%m}", grid.days, grid.people, grid.letters)
    return download(book, f"roster-{month:%Y-%m}.xlsx")


def download(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _drafts(request: ContractRequest) -> bool:
    return "staffing.plan" in request.may and request.GET.get("show") != "holding"


def _draft(request: ContractRequest, month: date) -> Roster:
    """Return the draft of a month. Raises Http404 where there is none."""
    rosters = Roster.objects.of(request.contract).select_related("contract")
    found = rosters.filter(month=month, status=RosterStatus.DRAFT).first()
    if found is None:
        raise Http404
    return found


def planned_for(contract: Contract) -> list[Person]:
    """Return who may be planned for at all."""
    approved = Person.objects.of(contract).filter(status=PersonStatus.APPROVED)
    return list(approved)


def _url(request: ContractRequest, month: date) -> str:
    roster = reverse("staffing:roster", args=[request.contract.number])
    return f"{roster}?month={month:%Y-%m}"


def _back(request: ContractRequest, month: date) -> dict[str, str]:
    return {"back": _url(request, month), "back_label": _("Roster")}


def _page(
    request: ContractRequest,
    month: date,
    *,
    form: forms.Form | None = None,
    publish_form: PublishForm | None = None,
    typed: Mapping[tuple[int, date], str] | None = None,
    faults: list[Fault] | None = None,
    status: int = 200,
) -> HttpResponse:
    weeks = weeks_of(month)
    week = _asked_week(request, len(weeks))
    grid = grid_of(
        request.contract,
        month,
        drafted=_drafts(request),
        days=weeks[week - 1] if week else None,
        typed=typed,
    )
    editable = grid.state == ShiftState.DRAFT
    context = {
        "grid": grid,
        "editable": editable,
        "faults": said(faults or []),
        "form": form,
        "publish_form": publish_form or PublishForm(),
        "token": uuid4(),
        "week": week,
        "weeks": range(1, len(weeks) + 1),
        "before": month_before(month),
        "after": month_after(month),
        "patterns": Pattern.objects.of(request.contract).in_use(),
        "today": localdate(now()),
    }
    return render(request, "staffing/roster.html", context, status=status)


def _asked_week(request: ContractRequest, most: int) -> int:
    """Return which week of the month is asked for; 0 for all of it."""
    asked = request.GET.get("week", "")
    return int(asked) if asked in map(str, range(1, most + 1)) else 0


def weeks_of(month: date) -> list[list[date]]:
    """Return the days of a month by weeks, Monday first."""
    weeks: list[list[date]] = []
    for day in days_of(month):
        if not weeks or day.weekday() == 0:
            weeks.append([])
        weeks[-1].append(day)
    return weeks
