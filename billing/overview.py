"""What the termination desk shows: sums with their words, dates with their counting."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.roles import PARTY_B, Role
from contracts.models import AuditEntry, CalendarDay, Termination, TerminationStatus
from contracts.overview import KeyDay
from contracts.rules.calendar import CalendarMissing, Deadline, WorkCalendar
from contracts.rules.money import in_words

from .rules import (
    Item,
    Line,
    Owes,
    Reckoning,
    Route,
    earliest_end,
    notice_due,
    refund_due,
    secrets_due,
)

#: Line → its name, and what its formula says in words.
WORDS: dict[Item, tuple[Promise, Promise]] = {
    Item.PRICE: (
        _("Price of the whole term"),
        _("The term has run out; all of it is due."),
    ),
    Item.EARNED: (
        _("Earned to the last day"),
        _(
            "The price by the calendar days served of those in the term, first and last in."
        ),
    ),
    Item.PAID: (
        _("Paid so far"),
        _("What Party A has paid counts against what it owes."),
    ),
    Item.DEDUCTIONS: (
        _("Deductions not taken yet"),
        _("Confirmed, and not taken off a payment."),
    ),
    Item.REFUND: (
        _("Refund of all payments"),
        _("All that was paid goes back; what was served is not set off."),
    ),
    Item.NO_MORE: (
        _("Further payments"),
        _("None. The contract does not speak of a refund here."),
    ),
    Item.PENALTY: (_("Penalty"), _("A fifth of the contract's price.")),
    Item.SHORTFALL: (
        _("Loss beyond the penalty"),
        _("As stated by Party A, as far as the penalty does not cover it."),
    ),
    Item.LOSS: (_("Loss"), _("As stated by Party A: all of it, beside the penalty.")),
    Item.DAMAGE: (_("Damage to things"), _("As stated by Party A, at their price.")),
    Item.AGREED: (_("Agreed sum"), _("As the signed agreement says.")),
}

#: What the program calls the steps of a termination afterwards.
TONES: dict[str, str] = {
    TerminationStatus.PROPOSED: "info",
    TerminationStatus.APPROVED: "warn",
    TerminationStatus.NOTIFIED: "bad",
    TerminationStatus.CARRIED_OUT: "bad",
    TerminationStatus.WITHDRAWN: "neutral",
}


#: Steps that Party B is told of.
TOLD = (
    TerminationStatus.NOTIFIED,
    TerminationStatus.CARRIED_OUT,
    TerminationStatus.WITHDRAWN,
)


@dataclass(frozen=True, slots=True)
class Row:
    """The same line of one reckoning, or of several side by side."""

    name: Promise
    words: Promise
    clause: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Column:
    """What is owed for an end on one day, and the days that follow from it."""

    reckoning: Reckoning
    days: Sequence[KeyDay]

    @property
    def owed_by_a(self) -> Decimal:
        return self.reckoning.owed_by(Owes.A)

    @property
    def owed_by_b(self) -> Decimal:
        return self.reckoning.owed_by(Owes.B)

    @property
    def in_words(self) -> str:
        return in_words(self.reckoning.balance)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Reckonings by the same route on several days, line beside line."""

    rows: Sequence[Row]
    columns: Sequence[Column]


def sheet(reckonings: Sequence[Reckoning], *, served_on: date | None = None) -> Sheet:
    """Lay reckonings of one route side by side, with the days that follow from each."""
    calendar = CalendarDay.objects.all().calendar()
    columns = [
        Column(one, list(_days(one, calendar, served_on=served_on)))
        for one in reckonings
    ]
    # The same facts but for the day give the same lines, in the same order.
    rows = [
        Row(*WORDS[lines[0].item], lines[0].clause, lines)
        for lines in zip(*(one.lines for one in reckonings), strict=True)
    ]
    return Sheet(rows, columns)


def events(termination: Termination, *, role: Role) -> list[dict[str, object]]:
    """Return what happened to a termination, newest first, as the timeline shows it.

    What Party A said to itself before the notice is not for Party B.
    """
    entries = AuditEntry.objects.about(termination).select_related("by")
    if role in PARTY_B:
        entries = entries.filter(became__in=TOLD)
    steps: list[dict[str, object]] = [
        {
            "title": TerminationStatus(entry.became).label,
            "at": entry.at,
            "by": entry.by,
            "text": entry.note,
            "tone": TONES.get(entry.became, "neutral"),
        }
        for entry in entries.order_by("-at", "-pk")
    ]
    if role in PARTY_B:
        return steps
    began = {
        "title": pgettext("termination", "Draft"),
        "at": termination.drafted_at,
        "by": termination.drafted_by,
        "tone": "neutral",
    }
    return [*steps, began]


def _days(
    reckoning: Reckoning, calendar: WorkCalendar, *, served_on: date | None
) -> Iterator[KeyDay]:
    route = reckoning.route
    if route is Route.POLICY and served_on is None:
        yield _key_day(
            _("Notice served at the latest"),
            _("Thirty working days lie between Party A's notice and the end."),
            "第十二条（二）4",
            lambda: notice_due(reckoning.ends_on, calendar),
        )
    if route is Route.POLICY and served_on is not None:
        yield _key_day(
            _("Earliest end"),
            _("The thirtieth working day after Party A's notice was served."),
            "第十二条（二）4",
            lambda: earliest_end(served_on, calendar),
        )
    if route in (Route.IMMEDIATE, Route.THREE_MONTHS) and served_on is not None:
        yield _key_day(
            _("Refund and penalty paid"),
            _("Three working days after Party A's notice was served."),
            "第八条2" if route is Route.THREE_MONTHS else "第十二条（二）3",
            lambda: refund_due(served_on, calendar),
        )
    yield _key_day(
        _("Confidential material handed over"),
        _("Three working days after the contract ends, Party B hands everything over."),
        "第十条5",
        lambda: secrets_due(reckoning.ends_on, calendar),
    )


def _key_day(
    name: Promise, rule: Promise, clause: str, count: Callable[[], Deadline]
) -> KeyDay:
    try:
        return KeyDay(name, rule, clause, count())
    except CalendarMissing as missing:
        return KeyDay(name, rule, clause, None, missing.year)
