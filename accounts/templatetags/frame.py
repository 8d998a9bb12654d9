"""What every page shows in the same way: figures, days, durations, icons, links."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django import forms, template
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.choices import flatten_choices
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext, ngettext, pgettext_lazy
from lucide.templatetags.lucide import lucide

register = template.Library()

NOTHING = "—"
#: Keeps a figure and its unit on one line.
FIXED_SPACE = "\N{NO-BREAK SPACE}"
ONE_DAY = timedelta(days=1)
SPACE = re.compile(r"\s+")

# --- Figures and times -------------------------------------------------------------------


@register.filter
def dash(value: object) -> object:
    """Return `value`, or a dash where there is none. Nought is a value.

    >>> dash(""), dash(None), dash(0)
    ('—', '—', 0)
    """
    return NOTHING if value is None or value == "" else value


@register.filter
def count(value: int | None) -> str:
    """Return a number of things with its thousands set apart.

    >>> count(1800), count(None)
    ('1,800', '—')
    """
    return NOTHING if value is None else f"{value:,}"


@register.filter
def money(amount: Decimal | int | None) -> str:
    """Return an amount in CNY to the fen. The unit stands in the label beside it.

    >>> money(Decimal("1163820")), money(None)
    ('1,163,820.00', '—')
    """
    return NOTHING if amount is None else f"{amount:,.2f}"


@register.filter
def rate(fraction: Decimal | None) -> str:
    """Return a fraction in per cent, to one place. No base, no rate: a dash.

    >>> rate(Decimal("0.9345")), rate(None)
    ('93.5\\xa0%', '—')
    """
    if fraction is None:
        return NOTHING
    percent = (fraction * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{percent}{FIXED_SPACE}%"


@register.filter
def points(change: Decimal | None) -> str:
    """Return by how many percentage points a rate has moved, with its sign.

    >>> points(Decimal("0.012")), points(Decimal("-0.004")), points(Decimal(0))
    ('+1.2', '-0.4', '0.0')
    """
    if change is None:
        return NOTHING
    moved = (change * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{moved:+}" if moved else "0.0"


@register.filter
def day(value: date | datetime | None) -> str:
    """Return a date with its weekday, of a moment the date in Beijing."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = localtime(value, get_default_timezone()).date()
    return f"{value:%Y-%m-%d} {_weekday(value)}"


@register.filter
def moment(value: datetime | None) -> str:
    """Return a date with its weekday and the time, in Beijing."""
    if value is None:
        return NOTHING
    here = localtime(value, get_default_timezone())
    return f"{day(here)} {here:%H:%M}"


@register.filter
def until(value: datetime | None) -> str:
    """Return the end of a time for something: midnight as 24:00 of the day before."""
    if value is None:
        return NOTHING
    here = localtime(value, get_default_timezone())
    if here.time() == time():
        return f"{day(here - timedelta(days=1))} 24:00"
    return moment(value)


@register.filter
def duration(length: timedelta | None) -> str:
    """Return a length of time as people say it, in its two largest units."""
    if length is None:
        return NOTHING
    minutes = abs(length) // timedelta(minutes=1)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    said = [
        days and ngettext("%(count)d day", "%(count)d days", days) % {"count": days},
        hours and gettext("%(count)d h") % {"count": hours},
        minutes and not days and gettext("%(count)d min") % {"count": minutes},
    ]
    return " ".join(part for part in said if part) or gettext("under a minute")


#: Lazy, and one of them looked up at a time: a list says hundreds of days.
_WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


def _weekday(value: date) -> str:
    return str(_WEEKDAYS[value.weekday()])


# --- Tones and icons -----------------------------------------------------------------------

#: Tone → the icon that stands beside the word, since colour alone tells nothing.
TONES = {
    "neutral": "circle-dashed",
    "accent": "circle-dot",
    "info": "info",
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
}

#: Statuses by their word, which means the same wherever it is one. What is not here is
#: neutral, unless it brings a `tone` of its own.
TONE_OF = {
    "accent": "active checking endorsed handling importing open owed reviewed running submitted "
    "transferred",
    "info": "agreed applied asked checked issued new notified planned provisional received replied sent signed",
    "good": "accepted adopted approved archived called_back closed confirmed consented done fulfilled granted in made paid passed refilled second_factor",
    "warn": "asking changed declined deferred late locked proposed reopened returning undo_asked undoing urgent waiting",
    "bad": "dissatisfied ended failed faulty lost overdue refused second_refused void",
}
_TONE = {word: tone for tone, words in TONE_OF.items() for word in words.split()}

#: What Django calls the level of a message → its tone.
_TONE |= {"success": "good", "warning": "warn", "error": "bad", "debug": "neutral"}
_TONE |= {tone: tone for tone in TONES}


@register.filter
def tone(value: object) -> str:
    """Return the tone of a status: its own, or the one its word has everywhere.

    >>> tone("closed"), tone("overdue"), tone("whatever"), tone(None)
    ('good', 'bad', 'neutral', 'neutral')
    """
    own = getattr(value, "tone", None)
    return own if own in TONES else _TONE.get(str(value), "neutral")


@register.filter
def tone_icon(value: object) -> str:
    """Return the name of the icon that goes with a status or a tone."""
    return TONES[tone(value)]


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Draw an icon. It says nothing to a screen reader: a word does, beside it."""
    return _icon(str(name), size)


@register.simple_tag
def badge(label: object, of: object = "neutral", mark: str = "") -> SafeString:
    """Show a status as its word and an icon, in the tone of `of`, a status or a tone."""
    return format_html(
        '<span class="badge badge--{}">{}{}</span>',
        tone(of),
        _icon(mark or tone_icon(of), 12),
        label,
    )


@lru_cache(maxsize=256)
def _icon(name: str, size: int) -> SafeString:
    # How its lines are drawn stands in the style sheet: a list has hundreds of icons.
    lines = SPACE.sub(" ", lucide(name).partition(">")[2]).replace("> <", "><").strip()
    return SafeString(  # nosec B703  # a drawing of the package
        f'<svg class="icon" viewBox="0 0 24 24" width="{size}" height="{size}" '
        f'aria-hidden="true">{lines}'
    )


# --- A deadline as a bar ---------------------------------------------------------------------

WARN_FROM, BAD_FROM, ALL = 50, 80, 100  # per cent of the time there was


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of the time for something is used up, and that in words."""

    percent: int
    tone: str
    words: str
    overdue: bool


@register.simple_tag
def deadline(
    start: datetime | None,
    due: datetime | date | None,
    *,
    at: datetime,
    done_at: datetime | None = None,
) -> str:
    """Show how `due` comes nearer; once it is done, whether that was in time.

    A date is due until its last minute. Without `due` there is a dash.
    """
    if due is None:
        return NOTHING
    if not isinstance(due, datetime):
        due = datetime.combine(due + ONE_DAY, time(), get_default_timezone())
    bar = bar_of(start or due, due, at=at, done_at=done_at)
    return format_html(
        '<span class="deadline deadline--{}" title="{}">'
        '<svg class="deadline-bar" viewBox="0 0 100 4" preserveAspectRatio="none" '
        'aria-hidden="true"><rect width="100" height="4"/><rect width="{}" height="4"/>'
        '</svg><span class="deadline-words">{}{}</span></span>',
        bar.tone,
        moment(due),
        bar.percent,
        _icon("clock-alert", 12) if bar.overdue else "",
        bar.words,
    )


def bar_of(
    start: datetime, due: datetime, *, at: datetime, done_at: datetime | None = None
) -> Bar:
    """Measure the time from `start` to `due` at the moment `at`, or when it was done."""
    end = done_at or at
    length = duration(due - end)
    overdue = end > due
    used = (
        ALL
        if end >= due or due <= start
        else max((end - start) * ALL // (due - start), 0)
    )
    if done_at:
        words = gettext("Done %(length)s late") if overdue else gettext("Done in time")
        tone = "bad" if overdue else "done"
    else:
        words = gettext("%(length)s overdue") if overdue else gettext("%(length)s left")
        tone = _bar_tone(used, overdue=overdue)
    return Bar(used, tone, words % {"length": length}, overdue)


def _bar_tone(used: int, *, overdue: bool) -> str:
    if overdue:
        return "overdue"
    if used >= BAD_FROM:
        return "bad"
    return "warn" if used >= WARN_FROM else "good"


# --- Links that keep what the URL says ---------------------------------------------------------

#: Where one is in a list: void as soon as the list is another one.
PLACE = ("after", "before", "page")


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """Return this page's query string with `changes`; None takes a parameter out."""
    params = _params(context)
    for name, value in changes.items():
        if value is None:
            params.pop(name, None)
        else:
            params[name] = str(value)
    return f"?{params.urlencode()}"


@register.inclusion_tag("components/sort_head.html", takes_context=True)
def sort_head(
    context: Context, field: str, label: str, kind: str = "", first: str = "ascending"
) -> dict[str, Any]:
    """Make a table's head a link that sorts by `field`, and turns the order round.

    `kind` is the column's class; `first` the order that the first click asks for.
    """
    params = _params(context)
    as_it_is = params.get("sort", "")
    up, down = field, f"-{field}"
    params["sort"] = {up: down, down: up}.get(
        as_it_is, down if first == "descending" else up
    )
    for name in PLACE:
        params.pop(name, None)
    return {
        "label": label,
        "kind": kind,
        "href": f"?{params.urlencode()}",
        "order": {up: "ascending", down: "descending"}.get(as_it_is, ""),
    }


class Chip(NamedTuple):
    """One thing a list is narrowed down to, and the way out of it."""

    label: str
    text: str
    href: str


@register.inclusion_tag("components/filters.html", takes_context=True)
def filters(context: Context, form: forms.Form, shown: int = 5) -> dict[str, Any]:
    """Show a filter's form: the first fields openly, the rest folded, what is set as chips."""
    params = _params(context)
    # The order of rows is chosen at the heads of the table.
    fields = [field for field in form.visible_fields() if field.name != "sort"]
    for field in fields:
        _name_ends(field)
    chips = {field.html_name: list(_chips(field, params)) for field in fields}
    more = fields[shown:]
    return {
        "form": form,
        "shown": fields[:shown],
        "more": more,
        "more_set": sum(len(chips[field.html_name]) for field in more),
        "chips": [chip for field in fields for chip in chips[field.html_name]],
        "sort": params.get("sort", ""),
    }


def _chips(field: forms.BoundField, params: QueryDict) -> Iterator[Chip]:
    for name in _names(field):
        for value in params.getlist(name):
            if value.strip():
                without = params.copy()
                without.setlist(name, [v for v in params.getlist(name) if v != value])
                for place in PLACE:
                    without.pop(place, None)
                text = _edge(name) + _shown(field, value)
                yield Chip(str(field.label), text, f"?{without.urlencode()}")


def _names(field: forms.BoundField) -> list[str]:
    """Return the names a field has in the query; a range has two."""
    widget = field.field.widget
    parts = widget.get_context(field.html_name, None, {})["widget"].get(
        "subwidgets", ()
    )
    if isinstance(widget, forms.MultiWidget):
        return [part["name"] for part in parts]
    return [field.html_name]


def _name_ends(field: forms.BoundField) -> None:
    """Give the two ends of a range a name each, for those who do not see the dash."""
    widget = field.field.widget
    if isinstance(widget, forms.MultiWidget):
        for part, end in zip(
            widget.widgets, [gettext("from"), gettext("to")], strict=False
        ):
            part.attrs.setdefault("aria-label", f"{field.label} {end}")


def _edge(name: str) -> str:
    if name.endswith(("_after", "_min")):
        return "≥ "
    return "≤ " if name.endswith(("_before", "_max")) else ""


def _shown(field: forms.BoundField, value: str) -> str:
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "✓"
    if isinstance(field.field.widget, forms.DateTimeInput):
        with suppress(ValueError, OverflowError):  # then it is shown as it was typed
            return moment(datetime.fromisoformat(value).astimezone())
    choices: Iterable[tuple[Any, Any]] = getattr(field.field.widget, "choices", ())
    pairs: Iterable[tuple[Any, Any]] = flatten_choices(choices)
    for key, label in pairs:
        if str(key) == value:
            return str(label)
    return value if len(value) <= 40 else f"{value[:39]}…"  # noqa: PLR2004  # one line


def _params(context: Context) -> QueryDict:
    request: HttpRequest | None = context.get("request")
    return QueryDict(mutable=True) if request is None else request.GET.copy()
