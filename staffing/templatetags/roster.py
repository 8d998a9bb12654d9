"""The cells of a roster and the bars of a day, drawn at once: there are a thousand."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from staffing.coverage import PostCover
from staffing.day import Bar, DayOfPost
from staffing.grid import Grid
from staffing.models import Person
from staffing.rules.cover import MINUTES_A_DAY, midnight

register = template.Library()

_SATURDAY = 5
#: Monday first; a column of the grid is as wide as one of them.
WEEKDAYS = (
    pgettext_lazy("weekday", "Mo"),
    pgettext_lazy("weekday", "Tu"),
    pgettext_lazy("weekday", "We"),
    pgettext_lazy("weekday", "Th"),
    pgettext_lazy("weekday", "Fr"),
    pgettext_lazy("weekday", "Sa"),
    pgettext_lazy("weekday", "Su"),
)


@register.filter
def weekday(day: date) -> str:
    """Return a weekday as short as can be."""
    return str(WEEKDAYS[day.weekday()])


@register.simple_tag
def roster_rows(grid: Grid, *, editable: bool, today: date) -> SafeString:
    """Draw a row for each person, by post; in a draft, a field for each day to come."""
    rows = []
    for post, people in groupby(grid.people, key=lambda one: one.post):
        rows.append(
            f'<tr class="roster-post"><th scope="rowgroup" colspan="{len(grid.days) + 1}">'
            f"{escape(post.name)}</th></tr>"
        )
        rows += [_row(grid, one, editable=editable, today=today) for one in people]
    return SafeString("".join(rows))  # nosec B703  # all of it is escaped above


def _row(grid: Grid, person: Person, *, editable: bool, today: date) -> str:
    name = escape(person.name)
    cells = []
    for day in grid.days:
        cell = (person.pk, day)
        letters = escape(grid.typed.get(cell, grid.letters.get(cell, "")))
        kind = _kind(day)
        if editable and day >= today:
            cells.append(
                f'<td class="{kind}"><input name="c-{person.pk}-{day:%Y%m%d}"'
                f' value="{letters}" maxlength="4" autocomplete="off"'
                f' aria-label="{name} {day:%m-%d}"></td>'
            )
        else:
            cells.append(f'<td class="{kind}">{letters}</td>')
    return f'<tr><th scope="row" class="fixed">{name}</th>{"".join(cells)}</tr>'


def _kind(day: date) -> str:
    return "off" if day.weekday() >= _SATURDAY else "on"


@register.simple_tag
def cover_row(cover: PostCover, days: Sequence[date], url: str = "") -> SafeString:
    """Draw how many minutes of each day nobody is there; with `url`, the way to each day."""
    of = {one.day: one for one in cover.days}
    cells = []
    for day in days:
        minutes = of[day].uncovered
        words = _("%(day)s: %(minutes)d minutes not covered") % {
            "day": day,
            "minutes": minutes,
        }
        shown = str(minutes) if minutes else ("✓" if of[day].needed else "—")
        if url:
            shown = f'<a href="{escape(url)}?day={day}" aria-label="{escape(words)}">{shown}</a>'
        tone = "bad" if minutes else "good"
        cells.append(
            f'<td class="gap gap--{tone}" title="{escape(words)}">{shown}</td>'
        )
    name = escape(cover.post.name)
    return SafeString(  # nosec B703  # all of it is escaped above
        f'<tr><th scope="row" class="fixed">{name}</th>{"".join(cells)}</tr>'
    )


#: Of the drawing of a day: where the bars begin, how long a day is, how high a line.
LEFT, LONG, LINE = 90, 960, 26


@register.simple_tag
def day_chart(post: DayOfPost) -> SafeString:
    """Draw a post's day: who was planned, who was there, and where nobody was.

    The same figures stand in the tables beside it.
    """
    lines = [*post.bars]
    height = LINE * (len(lines) + 1) + 24
    begins = midnight(post.cover.day)
    parts = [
        f'<svg class="day-chart" viewBox="0 0 {LEFT + LONG + 10} {height}" role="img"'
        f' aria-label="{escape(post.post.name)}">'
    ]
    parts += [_hour(hour, height) for hour in range(0, 25, 2)]
    for gap in post.cover.gaps:
        x, width = _place(gap.starts - begins, gap.ends - begins)
        parts.append(
            f'<rect class="day-gap" x="{x}" y="20" width="{width}" height="{height - 24}">'
            f"<title>{gap.minutes}</title></rect>"
        )
    for number, bar in enumerate(lines):
        parts.append(_bar(bar, begins, 24 + number * LINE))
    return SafeString("".join([*parts, "</svg>"]))  # nosec B703  # all of it is escaped above


def _hour(hour: int, height: int) -> str:
    x = LEFT + LONG * hour // 24
    return (
        f'<line class="day-line" x1="{x}" y1="18" x2="{x}" y2="{height - 4}"/>'
        f'<text class="day-hour" x="{x}" y="12">{hour}</text>'
    )


def _bar(bar: Bar, begins: int, y: int) -> str:
    parts = [f'<text class="day-name" x="0" y="{y + 14}">{escape(bar.name)}</text>']
    for kind, spans in (
        ("plan", bar.planned),
        ("fact", bar.actual),
        ("claim", bar.claimed),
    ):
        for span in spans:
            x, width = _place(span.starts - begins, span.ends - begins)
            top, high = (y, 18) if kind == "plan" else (y + 5, 8)
            parts.append(
                f'<rect class="day-{kind}" x="{x}" y="{top}" width="{width}" height="{high}"/>'
            )
    return "".join(parts)


def _place(starts: int, ends: int) -> tuple[float, float]:
    first, last = max(starts, 0), min(ends, MINUTES_A_DAY)
    x = LEFT + LONG * first / MINUTES_A_DAY
    return round(x, 1), round(max(LONG * (last - first) / MINUTES_A_DAY, 1), 1)
