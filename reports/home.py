"""What each role needs to see first: what came, what waits, how the period stands."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Least, TruncDate
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from accounts.roles import Role
from cases.desk import units_of
from cases.models import Case, CaseStatus, Unit, Urging
from cases.rules.indicators import Rates, Tally, change, rates
from contracts.models import AssessmentPeriod, Contract

from .document import Chart, ChartKind, Figure, Kind, Series, show
from .rules import Hours
from .scope import Scope, Where, midnight, scope_of, since

DAYS = 30
#: Lines of a unit's first page: what falls due first, what it was pressed about.
SHOWN = 20

#: What waits for a role: the statuses in which an order is on its desk.
DESK_OF = {
    Role.AGENT: (
        CaseStatus.RECEIVED,
        CaseStatus.SIGNED,
        CaseStatus.TRANSFERRED,
        CaseStatus.HANDLING,
    ),
    Role.CLOSER: (CaseStatus.REPLIED, CaseStatus.REVIEWED),
    Role.MANAGER: (
        CaseStatus.RECEIVED,
        CaseStatus.SIGNED,
        CaseStatus.HANDLING,
        CaseStatus.REPLIED,
        CaseStatus.REVIEWED,
    ),
    Role.SUPERVISOR: (CaseStatus.RECEIVED, CaseStatus.HANDLING, CaseStatus.REPLIED),
    Role.UNIT: (CaseStatus.TRANSFERRED, CaseStatus.HANDLING),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that opens its list."""

    label: str
    figure: str
    where: Where = ()
    tone: str = ""
    change: str = ""
    up: bool | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The first page of somebody who may see orders."""

    today: list[Tile]
    waiting: list[Tile]
    period: AssessmentPeriod | None
    standing: list[Tile]
    volumes: Chart


@dataclass(frozen=True, slots=True)
class UnitHome:
    """The first page of somebody who speaks for handling units."""

    units: list[Unit]
    waiting: list[Tile]
    due: list[Case]  # each with `answer_by`, the nearer of its two deadlines
    urgings: list[Urging]


def home_of(contract: Contract, role: Role, *, at: datetime) -> Home:
    """Return what a role sees first, as of a moment. On the full basis."""
    today = localdate(at)
    scope = scope_of(contract, today, at=at)
    return Home(
        today=_today(scope, today, at),
        waiting=_waiting(scope, role, at),
        period=scope.period,
        standing=_standing(scope, at),
        volumes=_volumes(scope, today),
    )


def _today(scope: Scope, today: date, at: datetime) -> list[Tile]:
    so_far = Hours(midnight(today), midnight(today) + timedelta(days=1))
    yesterday = so_far.before()
    now, before = (scope.within(hours).count() for hours in (so_far, yesterday))
    closed = scope.cases.closed_between(so_far.starts_at, so_far.ends_at).count()
    closed_where = (
        ("closed_since", so_far.starts_at.isoformat()),
        ("closed_until", so_far.ends_at.isoformat()),
    )
    return [
        Tile(_("Received today"), f"{now:,}", since(so_far)),
        Tile(_("Received yesterday"), f"{before:,}", since(yesterday)),
        Tile(_("Closed today"), f"{closed:,}", closed_where),
    ]


def _waiting(scope: Scope, role: Role, at: datetime) -> list[Tile]:
    by_status = dict(
        scope.cases.open().order_by().values_list("status").annotate(Count("pk"))
    )
    near_from = int(max(scope.warn_at) * 100)
    overdue = scope.cases.overdue(at).count()
    near = scope.cases.past(near_from, at).count()
    tiles = [
        Tile(
            str(status.label),
            f"{by_status.get(status, 0):,}",
            (("status", status.value),),
        )
        for status in DESK_OF.get(role, ())
    ]
    return [
        *tiles,
        Tile(
            _("Past %(percent)d %% of its time") % {"percent": near_from},
            f"{near:,}",
            (("due", "near"),),
            tone="warn" if near else "",
        ),
        Tile(
            _("Overdue"),
            f"{overdue:,}",
            (("due", "overdue"),),
            tone="bad" if overdue else "",
        ),
    ]


def _standing(scope: Scope, at: datetime) -> list[Tile]:
    """Return volume and the three rates of the running assessment period."""
    if scope.period is None:
        return []
    hours = Hours(midnight(scope.period.starts_on), midnight(scope.period.ends_before))
    tally = scope.within(hours).tally()
    where = since(hours)
    called_back = (*where, ("valid", "yes"))
    found = rates(tally, scope.weights)
    return [
        Tile(
            pgettext("count", "Received"),
            f"{tally.volume:,}",
            where,
            change=_against(scope, tally, at),
        ),
        Tile(_("Valid callbacks"), f"{tally.valid:,}", called_back),
        *_rate_tiles(found, called_back),
    ]


def _rate_tiles(found: Rates, called_back: Where) -> list[Tile]:
    return [
        Tile(
            pgettext("rate", "Contacted"),
            show(found.contacted, Kind.RATE),
            (*called_back, ("contacted", "yes")),
        ),
        Tile(
            pgettext("rate", "Solved"),
            show(found.solved, Kind.RATE),
            (*called_back, ("solved", "yes")),
        ),
        Tile(
            pgettext("rate", "Satisfied"),
            show(found.satisfied, Kind.RATE),
            (*called_back, ("satisfaction", "satisfied")),
        ),
        Tile(pgettext("indicator", "Score"), show(found.score, Kind.SCORE)),
    ]


def _against(scope: Scope, tally: Tally, at: datetime) -> str:
    """Say how the period compares with the same stretch of the one before it."""
    assert scope.period is not None  # noqa: S101  # asked for only within a period
    gone = at - midnight(scope.period.starts_on)
    before = (
        AssessmentPeriod.objects.of(scope.contract)
        .filter(number=scope.period.number - 1)
        .first()
    )
    if before is None:
        return ""
    starts_at = midnight(before.starts_on)
    ends_at = min(starts_at + gone, midnight(before.ends_before))
    moved = change(tally.volume, scope.within(Hours(starts_at, ends_at)).count())
    if moved.by is None:
        return ""
    return _("%(change)s against the same days of %(period)s") % {
        "change": show(moved.by, Kind.CHANGE),
        "period": before.label,
    }


def _volumes(scope: Scope, today: date) -> Chart:
    first = today - timedelta(days=DAYS - 1)
    hours = Hours(midnight(first), midnight(today) + timedelta(days=1))
    counted: dict[Any, int] = dict(
        scope.within(hours)
        .order_by()
        .annotate(day=TruncDate("counted_at"))
        .values_list("day")
        .annotate(Count("pk"))
    )
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return Chart(
        kind=ChartKind.BAR,
        title=_("Orders received in the last 30 days"),
        unit=pgettext("unit of count", "orders"),
        categories=tuple(f"{day:%m-%d}" for day in days),
        series=(
            Series(
                pgettext("count", "Received"),
                tuple(
                    Figure(
                        counted.get(day, 0),
                        since(Hours(midnight(day), midnight(day) + timedelta(days=1))),
                    )
                    for day in days
                ),
            ),
        ),
        across=_("Day"),
    )


# --- Of a handling unit ------------------------------------------------------------------

#: In hand again because the answer was not enough.
SENT_BACK = Q(status=CaseStatus.HANDLING, replied_at__gte=F("accepted_at"))


def unit_home(contract: Contract, user: User, *, at: datetime) -> UnitHome:
    """Return what somebody sees first who speaks for units: their orders, and no others."""
    with_unit = (
        Case.objects.of(contract)
        .seen_by(user, Role.UNIT)
        .filter(status__in=DESK_OF[Role.UNIT])
        .annotate(answer_by=Least("inner_due_at", "due_at"))
    )
    return UnitHome(
        units=list(units_of(user, contract)),
        waiting=_waiting_for_unit(with_unit, at),
        due=list(
            with_unit.select_related("unit").order_by(
                F("answer_by").asc(nulls_last=True), "pk"
            )[:SHOWN]
        ),
        urgings=list(
            Urging.objects.of(contract)
            .seen_by(user, Role.UNIT)
            .filter(unit=F("case__unit"))
            .unread()
            .select_related("case")[:SHOWN]
        ),
    )


def _waiting_for_unit(with_unit: Any, at: datetime) -> list[Tile]:
    tomorrow = midnight(localdate(at) + timedelta(days=1))
    counted = with_unit.aggregate(
        transferred=Count("pk", filter=Q(status=CaseStatus.TRANSFERRED)),
        handling=Count("pk", filter=Q(status=CaseStatus.HANDLING)),
        today=Count("pk", filter=Q(answer_by__gt=at, answer_by__lt=tomorrow)),
        overdue=Count("pk", filter=Q(answer_by__lte=at)),
        sent_back=Count("pk", filter=SENT_BACK),
    )
    return [
        Tile(
            pgettext("unit", "To be signed"),
            f"{counted['transferred']:,}",
            (("status", CaseStatus.TRANSFERRED.value),),
        ),
        Tile(
            str(CaseStatus.HANDLING.label),
            f"{counted['handling']:,}",
            (("status", CaseStatus.HANDLING.value),),
        ),
        Tile(
            pgettext("unit", "Due today"),
            f"{counted['today']:,}",
            tone="warn" if counted["today"] else "",
        ),
        Tile(
            _("Overdue"),
            f"{counted['overdue']:,}",
            tone="bad" if counted["overdue"] else "",
        ),
        Tile(
            _("Sent back in review"),
            f"{counted['sent_back']:,}",
            tone="warn" if counted["sent_back"] else "",
        ),
    ]
