"""The clocks of an order: which run, how far they are, and why they end when they do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import CalendarDay, Reading
from contracts.rules.readings import BY_KEY, InternalLimits, Readings

from .models import Application, ApplicationKind, Case, CaseStatus, Urgency
from .rules.clocks import (
    Clock,
    Extension,
    Pause,
    Workdays,
    pauses_of,
    workdays_of,
)

LIMITS = BY_KEY["internal_limits"]

#: The unit has still to answer.
UNANSWERED = frozenset(
    {CaseStatus.TRANSFERRED, CaseStatus.HANDLING, CaseStatus.DECLINED}
)


@dataclass(frozen=True, slots=True)
class Warning:
    """A step of a clock at which people are warned."""

    percent: int
    at: datetime


@dataclass(frozen=True, slots=True)
class GrantedPause:
    """A pause, and the application it was granted to."""

    pause: Pause
    application: Application


@dataclass(frozen=True, slots=True)
class NamedClock:
    """A clock on the order's page, what it measures, and all that led to its end.

    `since` says what started it, `limit` whose limit it is; a limit of the desk's own
    rests on a `clause` as it is read since `read_since`, or by default. Its bar is
    `drawn_from` where it would have begun, had it never stood still.
    """

    name: Any
    clock: Clock
    since: Any
    limit: Any
    drawn_from: datetime
    percent: int
    left: timedelta
    still: bool
    workdays: Workdays | None
    warnings: tuple[Warning, ...]
    pauses: tuple[GrantedPause, ...] = ()
    clause: str = ""
    read_since: date | None = None

    @property
    def used(self) -> timedelta:
        return self.clock.length - self.left


@dataclass(frozen=True, slots=True)
class _Found:
    name: Any
    clock: Clock
    since: Any
    limit: Any
    internal: bool = False


def is_urgent(case: Case) -> bool:
    """Say whether an order cannot wait: by the platform's word, or by its own."""
    return case.urgency == Urgency.URGENT or bool(case.urgent_because)


def begins_at(case: Case) -> datetime:
    """Return when the handling that an order is in began on the platform."""
    return case.reopened_at or case.counted_at


def whole_clock(
    case: Case, extensions: list[Application] | None = None
) -> Clock | None:
    """Return the clock that the platform has set to this handling of an order.

    Extensions are looked for where the order says that there are some. There is no
    clock without a deadline, nor where an order ended otherwise than by closing.
    """
    if case.due_at is None or not (case.is_open or case.closed_at):
        return None
    if extensions is None:
        extensions = extensions_of(case)
    stopped_at = None if case.is_open else case.closed_at
    pauses = _pauses(case, case.due_at, extensions)
    return Clock(begins_at(case), case.due_at, stopped_at, pauses)


def _pauses(
    case: Case, due_at: datetime, extensions: list[Application]
) -> tuple[Pause, ...]:
    return pauses_of(
        (
            Extension(one.decided_at, one.granted_until)
            for one in extensions
            if one.decided_at and one.granted_until
        ),
        due_before=due_at - case.paused,
    )


def extensions_of(case: Case) -> list[Application]:
    """Return the extensions granted to this handling of an order, the oldest first."""
    if not case.paused:
        return []
    granted = Application.objects.filter(
        case=case, kind=ApplicationKind.EXTENSION, decided_at__gte=begins_at(case)
    ).granted()
    return list(granted.order_by("decided_at", "pk"))


def extended(case: Case, *, until: datetime, at: datetime) -> dict[str, Any]:
    """Return what an extension, granted at a moment, makes of an order's fields.

    For whoever records the platform's answer, to set with it. An extension to no later
    end than there is moves the deadline and stops nothing.
    """
    if case.due_at is None or until <= case.due_at:
        return {"due_at": until}
    free_from = max(at, case.paused_until or at)
    length = until - case.due_at
    return {
        "due_at": until,
        "paused": case.paused + length,
        "paused_until": min(free_from, case.due_at) + length,
    }


def clocks(case: Case, *, at: datetime) -> list[NamedClock]:
    """Return the clocks of an order, as they stand at a moment (第二条 2).

    Signing, first contact, the unit's answer, the platform's deadline: of this
    handling. The platform's deadline wins; where it gave none there is no clock.
    """
    row, limits = _limits(case)
    extensions = extensions_of(case)
    found = list(_found(case, limits, extensions))
    if not found:
        return []
    calendar = CalendarDay.objects.all().calendar()
    return [
        NamedClock(
            name=one.name,
            clock=one.clock,
            since=one.since,
            limit=one.limit,
            drawn_from=(one.clock.stopped_at or at) - one.clock.used(at),
            percent=one.clock.percent(at),
            left=one.clock.left(at),
            still=one.clock.paused_at(at),
            workdays=workdays_of(one.clock, calendar, at=at),
            warnings=_warnings(one.clock, limits.warn_at),
            pauses=_granted(one.clock, extensions),
            clause=LIMITS.clause if one.internal else "",
            read_since=row.adopted_on if one.internal and row else None,
        )
        for one in found
    ]


def _found(
    case: Case, limits: InternalLimits, extensions: list[Application]
) -> Iterator[_Found]:
    started_at = case.reopened_at or case.received_at
    again = case.reopened_at is not None
    since = _("dispatched again") if again else _("received")
    urgent = is_urgent(case)
    if _signs(case):
        minutes = limits.urgent_sign_minutes if urgent else limits.sign_minutes
        yield _Found(
            _("Signing"),
            _internal(started_at, minutes, case.signed_at),
            since,
            _within(minutes, urgent=urgent),
            internal=True,
        )
    if _contacts(case):
        minutes = limits.urgent_contact_minutes if urgent else limits.contact_minutes
        yield _Found(
            _("First contact"),
            _internal(started_at, minutes, case.first_contact_at),
            since,
            _within(minutes, urgent=urgent),
            internal=True,
        )
    if case.inner_due_at and case.transferred_at:
        yield _Found(
            _("The unit's answer"),
            _inner(case, case.transferred_at, case.inner_due_at, extensions),
            _("transferred to the unit"),
            _("set by hand when the order was transferred"),
        )
    if whole := whole_clock(case, extensions):
        yield _Found(
            _("Handling again") if again else _("Platform's deadline"),
            whole,
            _("dispatched again") if again else _("dispatched"),
            _("given anew by the platform, which wins")
            if again
            else _("given by the platform, which wins"),
        )


def _signs(case: Case) -> bool:
    if case.status in (CaseStatus.RECEIVED, CaseStatus.REOPENED):
        return True
    return case.signed_at is not None and _of_this_handling(case, case.signed_at)


def _contacts(case: Case) -> bool:
    """Say whether somebody is to be called, or has been."""
    if case.first_contact_at is not None:
        return _of_this_handling(case, case.first_contact_at)
    return case.is_open


def _of_this_handling(case: Case, moment: datetime) -> bool:
    return case.reopened_at is None or moment >= case.reopened_at


def _internal(started_at: datetime, minutes: int, stopped_at: datetime | None) -> Clock:
    # What was done in an earlier handling has stopped none of this one's clocks.
    done_at = stopped_at if stopped_at and stopped_at >= started_at else None
    return Clock(started_at, started_at + timedelta(minutes=minutes), done_at)


def _inner(
    case: Case,
    transferred_at: datetime,
    inner_due_at: datetime,
    extensions: list[Application],
) -> Clock:
    """Return the unit's clock: what was granted since it has the order is its own too."""
    replied_at = None if case.status in UNANSWERED else case.replied_at
    pauses = _pauses(case, case.due_at, extensions) if case.due_at else ()
    later = tuple(pause for pause in pauses if pause.began_at >= transferred_at)
    return Clock(transferred_at, inner_due_at, replied_at, later)


def _within(minutes: int, *, urgent: bool) -> Any:
    words = (
        _("internal limit of %(minutes)d minutes, being urgent")
        if urgent
        else _("internal limit of %(minutes)d minutes")
    )
    return words % {"minutes": minutes}


def _warnings(clock: Clock, shares: tuple[Decimal, ...]) -> tuple[Warning, ...]:
    return tuple(Warning(int(share * 100), clock.reached_at(share)) for share in shares)


def _granted(clock: Clock, extensions: list[Application]) -> tuple[GrantedPause, ...]:
    """Pair each pause with what it was granted to, by the moment it was."""
    by_moment = {one.decided_at: one for one in extensions}
    pairs = zip(
        sorted(clock.pauses, key=lambda pause: pause.began_at),
        clock.standing_still(),
        strict=True,
    )
    return tuple(
        GrantedPause(placed, by_moment[asked.began_at]) for asked, placed in pairs
    )


def limits_of(case: Case) -> InternalLimits:
    """Return the desk's own limits as they were read when the order came."""
    return _limits(case)[1]


def _limits(case: Case) -> tuple[Reading | None, InternalLimits]:
    """Return these limits, and the row they rest on where somebody adopted one."""
    rows = Reading.objects.of(case.contract).on(localdate(case.counted_at))
    row = rows.filter(key=LIMITS.key).first()
    if row is None:
        return None, Readings().internal_limits
    limits: InternalLimits = LIMITS.from_value(row.value)
    return row, limits
