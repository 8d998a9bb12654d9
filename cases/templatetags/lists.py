"""The rows of the list of orders, drawn at once: a template for each cell costs too much."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.templatetags.frame import NOTHING, badge, deadline
from cases.clocks import begins_at
from cases.ledger import COLUMNS, Column, Reader, shown
from cases.models import Case, CaseStatus, Urgency
from cases.rules.values import mask_text

register = template.Library()

#: Columns as wide as this hold text that is cut to one line.
LONG_FROM = 30
#: Columns that stay on a phone.
FIRST = frozenset({"number", "title", "status", "left", "unit"})
#: Column → the field that its head sorts by.
SORTED_BY = {"left": "due_at", "due_at": "due_at", "counted_at": "counted_at"}

#: Draws what one order says in a column.
Draw = Callable[[Case], str]


@register.filter
def label_of(key: str) -> str:
    """Return a column's head in the reader's language."""
    return str(COLUMNS[key].label)


@register.filter
def sorted_by(key: str) -> str:
    """Return the field that a column's head sorts by; "" for most."""
    return SORTED_BY.get(key, "")


@register.simple_tag
def order_rows(
    lines: Iterable[tuple[Case, str]],
    columns: Sequence[str],
    *,
    at: datetime,
    ticks: bool,
) -> SafeString:
    """Draw the orders of a list, each with the way to it; with `ticks` to be selected."""
    reader, select = Reader(at), _("Select %(number)s")
    draws = [
        DRAWN.get(key, _text)(COLUMNS[key], reader)
        for key in columns
        if key != "number"
    ]
    rows = []
    for case, href in lines:
        number = escape(case.number)
        tick = (
            f'<td class="tick"><input type="checkbox" name="selected" value="{case.pk}"'
            f' form="bulk" data-select aria-label="{select % {"number": number}}"></td>'
            if ticks
            else ""
        )
        cells = "".join(draw(case) for draw in draws)
        rows.append(
            f'<tr>{tick}<th scope="row" class="fixed"><a href="{escape(href)}">{number}'
            f"</a></th>{cells}</tr>"
        )
    return SafeString("\n".join(rows))  # nosec B703  # all of it is escaped above


def _title(_column: Column, _reader: Reader) -> Draw:
    urgent = badge(Urgency.URGENT.label, "bad", "siren")

    def draw(case: Case) -> str:
        title = escape(mask_text(case.title) or NOTHING)
        mark = urgent if case.urgency == Urgency.URGENT else ""
        return f'<td class="long" title="{title}">{mark}{title}</td>'

    return draw


def _status(column: Column, _reader: Reader) -> Draw:
    label = escape(column.label)
    cells = {
        status.value: f'<td data-label="{label}">{badge(status.label, status.value)}</td>'
        for status in CaseStatus
    }
    return lambda case: cells[case.status]


def _left(column: Column, reader: Reader) -> Draw:
    label = escape(column.label)

    def draw(case: Case) -> str:
        bar = deadline(
            begins_at(case), case.due_at, at=reader.at, done_at=case.closed_at
        )
        return f'<td data-label="{label}">{bar}</td>'

    return draw


def _text(column: Column, reader: Reader) -> Draw:
    label, is_long = escape(column.label), column.width >= LONG_FROM
    kind = "long later" if is_long else "fixed"
    if column.key not in FIRST and not is_long:
        kind = "fixed later"

    def draw(case: Case) -> str:
        value = escape(shown(column.says(case, reader)))
        title = f' title="{value}"' if is_long else ""
        return f'<td data-label="{label}" class="{kind}"{title}>{value}</td>'

    return draw


DRAWN: Mapping[str, Callable[[Column, Reader], Draw]] = {
    "title": _title,
    "status": _status,
    "left": _left,
}
