"""The style page: every component in every state, with invented data. Only with DEBUG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET
from django_filters.fields import DateRangeField
from django_filters.widgets import DateRangeWidget

#: The page is the same on every day, so that pictures of it can be compared.
NOW = datetime(2026, 5, 8, 6, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
DIGEST = "9f2c41d07be85a3366c0d1f4e2b7a89055d8e1c3fa64270b9e1d83c5f7062ab4"


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    context = {
        "at": NOW,
        "digest": DIGEST,
        "tones": ["neutral", "accent", "info", "good", "warn", "bad"],
        "tokens": TOKENS,
        "bars": _bars(),
        "rows": _rows(),
        "filter": SampleFilter(request.GET, auto_id="filter_%s"),
        "tabs": _tabs(),
        "events": _events(),
        "empty_form": SampleForm(),
        "faulty_form": _faulty(),
        "step_form": StepForm(),
        "upload_form": UploadForm(),
        "payment_form": PaymentForm(),
        "amount": Decimal("698292.00"),
        "deadline_plain": _deadline(date(2026, 5, 8)),
        "deadline_provisional": _deadline(date(2027, 2, 24), provisional=True),
        "steps": [_("File"), _("Dry run"), _("Import"), _("What happened")],
        "chart": _columns(),
        **_pages(),
    }
    return render(request, "style.html", context)


# --- Colours ---------------------------------------------------------------------------

TOKENS = {
    "surface": ["surface", "surface-soft", "surface-sunk"],
    "text": ["text", "text-soft"],
    "line": ["line", "line-soft"],
    **{
        tone: [tone, f"{tone}-soft"]
        for tone in ("accent", "good", "warn", "bad", "info")
    },
    "series": [f"series-{number}" for number in range(1, 6)],
}


# --- Deadlines and lists -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timed:
    start: datetime
    due: datetime | None
    done_at: datetime | None = None


def _bars() -> list[Timed]:
    """A deadline at each step of its bar, then done in time, done late, and none."""
    passed = [(1, 23), (13, 11), (20, 4), (24 - 1 / 3, 1 / 3), (30, -26)]
    running = [Timed(NOW - gone * HOUR, NOW + left * HOUR) for gone, left in passed]
    done = [
        Timed(NOW - 40 * HOUR, NOW - 16 * HOUR, NOW - 20 * HOUR),
        Timed(NOW - 40 * HOUR, NOW - 16 * HOUR, NOW - 14 * HOUR),
    ]
    return [*running, *done, Timed(NOW, None)]


STATUSES = [
    ("received", gettext_lazy("To be signed")),
    ("handling", gettext_lazy("In hand")),
    ("replied", gettext_lazy("To be reviewed")),
    ("closed", gettext_lazy("Closed, callback open")),
    ("returning", gettext_lazy("Return under review")),
    ("void", gettext_lazy("Void")),
]
UNITS = [("1", "城管办"), ("2", "物业管理科"), ("3", "北苑社区居委会")]


def _rows() -> list[dict[str, Any]]:
    titles = [
        "小区南门路灯连续三晚不亮，夜间出行不便",
        "",
        "地下车库漏水，物业称待雨季后统一维修，业主要求明确时间并说明维修方案与费用来源",
        "咨询居住证办理所需材料",
        "临街商户占道经营",
        "电梯停运超过两天",
    ]
    return [
        {
            "pk": number,
            "number": f"2605080{number:04}",
            "title": title,
            "status": status,
            "status_label": label,
            "unit": UNITS[number % 3][1] if number != 1 else "",
            "caller": "张** 138****0000",
            "times": number * 7 % 5 + 1,
            "timed": timed,
        }
        for number, (title, (status, label), timed) in enumerate(
            zip(titles, STATUSES, _bars(), strict=False)
        )
    ]


def _tabs() -> list[dict[str, Any]]:
    return [
        {"label": _("All"), "href": "?", "current": True, "count": 1800},
        {"label": _("Waiting for me"), "href": "?mine=1", "count": 12},
        {"label": _("Due today"), "href": "?due=today", "count": 0},
        {"label": "北苑片区", "href": "?view=3", "shared": True},
    ]


def _pages() -> dict[str, Any]:
    paginator = Paginator(range(1, 241), 20)
    page = paginator.get_page(6)
    return {
        "page": page,
        "pages": list(paginator.get_elided_page_range(6, on_each_side=1)),
    }


class SampleFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("Number or words"), required=False)
    status = forms.MultipleChoiceField(
        label=gettext_lazy("Status"), choices=STATUSES, required=False
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Handling unit"),
        choices=[("", "———"), *UNITS],
        required=False,
    )
    on = DateRangeField(
        label=gettext_lazy("Dispatched on"),
        widget=DateRangeWidget(attrs={"type": "date"}),
        required=False,
    )
    due = forms.ChoiceField(
        label=gettext_lazy("Deadline"),
        choices=[("", "———"), ("overdue", gettext_lazy("Overdue"))],
        required=False,
    )
    community = forms.CharField(label=gettext_lazy("Community"), required=False)
    urgent = forms.BooleanField(label=gettext_lazy("Urgent"), required=False)


# --- What happened ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    title: str
    at: datetime
    by: str
    tone: str = "neutral"
    recorded_at: datetime | None = None
    text: str = ""
    mark: str = ""
    changes: Sequence[dict[str, str]] = ()


def _events() -> list[Event]:
    change = {"field": _("Deadline"), "was": "2026-05-09 周六 18:00", "became": ""}
    return [
        Event(
            _("Urged"), NOW - HOUR, "李四", "warn", text="电话联系物业，答复今日到场。"
        ),
        Event(
            _("Corrected"),
            NOW - 3 * HOUR,
            "王五",
            "info",
            recorded_at=NOW - 2 * HOUR,
            changes=[
                change,
                {"field": _("Handling unit"), "was": "", "became": "城管办"},
            ],
        ),
        Event(_("Signed"), NOW - 20 * HOUR, "张三", "good"),
        Event(_("Received"), NOW - 21 * HOUR, _("Import"), mark="file-spreadsheet"),
    ]


@dataclass(frozen=True, slots=True)
class SampleDayOff:
    day: date
    holiday: str = ""


def _deadline(due: date, *, provisional: bool = False) -> dict[str, Any]:
    """What a computed deadline brings along: the shape of `contracts.rules.calendar`."""
    days = [due - timedelta(days=back) for back in range(16, -1, -1)]
    holiday = {day: "" for day in days if day.weekday() > 4}  # noqa: PLR2004  # Friday
    name = "春节" if provisional else "劳动节"
    holiday |= dict.fromkeys(days[9:14], name)
    return {
        "due_on": due,
        "counted": [day for day in days if day not in holiday],
        "left_out": [SampleDayOff(day, name) for day, name in sorted(holiday.items())],
        "provisional": provisional,
        "nominal_on": None,
    }


# --- Forms --------------------------------------------------------------------------------------


class SampleForm(forms.Form):
    """A field of each kind there is."""

    token = forms.CharField(widget=forms.HiddenInput, initial="0")
    title = forms.CharField(label=gettext_lazy("Title"), max_length=60)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount (CNY)"),
        help_text=gettext_lazy("Between 100.00 and 2,000.00."),
        min_value=100,
        max_value=2000,
        decimal_places=2,
    )
    on = forms.DateField(
        label=gettext_lazy("Happened on"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    moment = forms.DateTimeField(
        label=gettext_lazy("Replied at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        required=False,
    )
    unit = forms.ChoiceField(label=gettext_lazy("Handling unit"), choices=UNITS)
    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=[("yes", gettext_lazy("Pass")), ("no", gettext_lazy("Send back"))],
        widget=forms.RadioSelect,
    )
    told = forms.MultipleChoiceField(
        label=gettext_lazy("Who was told"),
        choices=UNITS,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(
        label=pgettext_lazy("field", "Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=gettext_lazy("No names or telephone numbers: this is printed."),
    )
    fixed = forms.CharField(
        label=gettext_lazy("Contract number"), disabled=True, initial="SH-2026-018"
    )
    agreed = forms.BooleanField(label=gettext_lazy("The caller was contacted"))


class StepForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("What the caller was told"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Drop a file here, or choose one"))


class PaymentForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Your password once more"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _faulty() -> SampleForm:
    sent = {
        "title": "",
        "amount": "12",
        "on": "2026-13-40",
        "unit": "9",
        "note": "已电话告知",
    }
    form = SampleForm(sent, prefix="faulty")
    form.data = {f"faulty-{name}": value for name, value in sent.items()}
    form.add_error(None, _("This step is not open from here."))
    return form


# --- A chart ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    x: int
    y: int
    height: int
    label: str
    count: int


def _columns() -> dict[str, Any]:
    counts = [52, 61, 48, 75, 90, 83, 44, 39, 66, 71, 88, 102, 95, 58]
    first = date(2026, 4, 25)
    columns = [
        Column(
            x=44 + 48 * number,
            y=170 - round(count * 1.4),
            height=round(count * 1.4),
            label=f"{first + timedelta(days=number):%m-%d}",
            count=count,
        )
        for number, count in enumerate(counts)
    ]
    return {
        "columns": columns,
        "headings": [_("Day"), _("Work orders")],
        "rows": [(column.label, column.count) for column in columns],
    }
