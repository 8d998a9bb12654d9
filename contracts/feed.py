"""Deadlines as an iCalendar (RFC 5545), which other programs subscribe to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .deadlines import Line, in_span, is_daily, lines_of, own_days
from .models import Contract, Due, DueStatus, Mode, Side
from .rules.periods import Span
from .standing import DONE_LATE

#: A line has so many octets at most (RFC 5545, 3.1).
LONGEST_LINE = 75
#: What was done longer ago is in the program, and no calendar's business any more.
KEPT = timedelta(days=92)
#: Of what comes round daily, so much before and after today: nobody plans for a report
#: of next spring.
DAILY_SHOWN = timedelta(days=14)

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the calendar: a day, or a moment where it ends at one."""

    uid: str
    on: date | datetime
    summary: str
    description: str = ""
    url: str = ""
    cancelled: bool = False


def to_text(name: str, events: Iterable[Event], *, at: datetime) -> str:
    """Return the calendar as text, its lines folded and ended as the standard has it.

    >>> handover = Event("due-7@demo", date(2027, 5, 7), "移交；涉密", "第十条5, 3 days")
    >>> text = to_text("Contract", [handover], at=datetime(2026, 6, 1, 4, tzinfo=UTC))
    >>> print(text.replace("\\r\\n", "\\n"))
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Hotline contract performance//Deadlines//ZH
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    NAME:Contract
    X-WR-CALNAME:Contract
    REFRESH-INTERVAL;VALUE=DURATION:PT1H
    BEGIN:VEVENT
    UID:due-7@demo
    DTSTAMP:20260601T040000Z
    DTSTART;VALUE=DATE:20270507
    SUMMARY:移交；涉密
    DESCRIPTION:第十条5\\, 3 days
    TRANSP:TRANSPARENT
    END:VEVENT
    END:VCALENDAR
    <BLANKLINE>
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Hotline contract performance//Deadlines//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_escaped(name)}",
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        *(line for event in events for line in _lines_of(event, at)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def events_of(
    contract: Contract, *, side: str, site: str, at: datetime
) -> Iterator[Event]:
    """Yield what a party's calendar shows; both parties', if `side` is blank.

    No names, no numbers of people: a due that rests on a notice or another paper is
    called by its obligation alone, since people write the titles of papers. `site` is
    the address that paths are under.
    """
    today = localdate(at)
    dues = Due.objects.of(contract).select_related("obligation__clause")
    # What is owed stays, however old; what was dropped goes from their calendars too.
    shown = dues.owed() | in_span(dues, Span(today - KEPT, contract.ends_before + KEPT))
    if side:
        shown = shown.filter(obligation__side=side)
    shown = shown.defer("explained").order_by("due_at", "pk")
    daily: dict[tuple[date, str], list[Line]] = {}
    for line in lines_of(contract, shown, at):
        if line.due is None:
            continue
        if is_daily(line.due.obligation):
            near = abs(line.day - today) <= DAILY_SHOWN
            if near and line.due.status != DueStatus.DROPPED:
                daily.setdefault((line.day, line.side), []).append(line)
        else:
            yield _event_of(contract, line, line.due, site)
    for (day, of), lines in daily.items():
        yield _daily_event(contract, day, of, lines)
    for line in own_days(contract):
        if line.side in ("", side) or not side:
            yield Event(
                f"{line.key}@{contract.number}",
                line.day,
                f"{line.title} {line.label}".strip(),
                _description(contract, line),
                f"{site}{line.href}" if line.href else "",
            )


def _event_of(contract: Contract, line: Line, due: Due, site: str) -> Event:
    on_a_paper = due.obligation.mode == Mode.ON_EVENT
    label = "" if on_a_paper else line.label
    standing = line.standing
    return Event(
        uid=f"due-{due.pk}@{contract.number}",
        on=line.ends_at or line.day,
        summary=f"{_mark(line)}{line.title} {label}".strip(),
        description=_description(
            contract, line, str(standing.word if standing else "")
        ),
        url=f"{site}{line.href}",
        cancelled=due.status == DueStatus.DROPPED,
    )


def _daily_event(
    contract: Contract, day: date, side: str, lines: Sequence[Line]
) -> Event:
    late = sum(line.late for line in lines)
    summary = ngettext("%(count)d daily", "%(count)d daily", len(lines)) % {
        "count": len(lines)
    }
    titles = "、".join(str(line.title) for line in lines)
    return Event(
        uid=f"daily-{day}-{side}@{contract.number}",
        on=day,
        summary=f"{_mark(lines[0]) if late else ''}{summary} · {titles}",
        description=f"{contract} · {Side(side).label}",
    )


def _mark(line: Line) -> str:
    """Return what goes before a title: that it is late, or done."""
    due = line.due
    if line.late:
        return f"[{_('Late')}] "
    if due is not None and not due.owed and due.status != DueStatus.DROPPED:
        return f"[{DONE_LATE.word if line.standing is DONE_LATE else _('Done')}] "
    return ""


def _description(contract: Contract, line: Line, standing: str = "") -> str:
    clause = line.clause.ref if line.clause else ""
    parts = (str(contract), str(line.side_in_words), clause, standing)
    return " · ".join(filter(None, parts))


def _lines_of(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(event.uid)}"
    yield f"DTSTAMP:{_utc(at)}"
    if isinstance(event.on, datetime):
        yield f"DTSTART:{_utc(event.on)}"
    else:
        yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
    yield f"SUMMARY:{_escaped(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{_escaped(event.description)}"
    if event.url:
        yield f"URL:{event.url}"
    if event.cancelled:
        yield "STATUS:CANCELLED"
    yield "TRANSP:TRANSPARENT"  # a deadline keeps nobody busy
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Return text as a value may hold it (RFC 5545, 3.3.11).

    >>> _escaped("a,b;c\\\\d\\ne\\x07")
    'a\\\\,b\\\\;c\\\\\\\\d\\\\ne'
    """
    text = CONTROL.sub("", text.replace("\r\n", "\n"))
    for plain, escaped in (
        ("\\", "\\\\"),
        (";", "\\;"),
        (",", "\\,"),
        ("\n", "\\n"),
    ):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, no character cut in two.

    >>> [len(piece.encode()) for piece in _folded("永" * 60).split("\\r\\n")]
    [75, 73, 34]
    """
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += octets
    return "\r\n".join([*pieces, piece])
