"""The daily report: what the 24 hours brought, and how the period stands (第二条 4).

Every figure counts orders by the moment they were dispatched, and says its basis.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from cases.models import CaseStatus, Satisfaction, Unit, Urgency
from cases.models.case import CaseQuerySet
from cases.rules.indicators import (
    Basis,
    Place,
    Rates,
    Tally,
    change,
    points,
    ranking,
    rates,
    share,
    total,
)
from cases.rules.values import mask_text
from contracts.models import AssessmentPeriod, Contract, Membership

from .document import (
    Chart,
    ChartKind,
    Column,
    Document,
    Fact,
    Figure,
    Kind,
    Paragraph,
    Section,
    Series,
    Table,
)
from .rules import Hours
from .scope import Scope, Where, clock, days, last_day, midnight, since

#: Longest lists on paper; the figure above them says how many there are in all.
LISTED = 20
HOTTEST = 5
RANKED = 3


def number_of(contract: Contract, day: date) -> str:
    """Return the issue number: the how-manieth day of service it is about."""
    return _("Issue %(count)d") % {"count": (day - contract.starts_on).days + 1}


def build(scope: Scope, *, version: int = 1, seal: str = "") -> Document:
    """Return the daily report of a scope, in the language that is active."""
    sections = [
        _overall(scope),
        _ranks(scope),
        _hot_spots(scope),
        _companies(scope),
        _backlog(scope),
        _urgent(scope),
        _unhappy(scope),
        _communities(scope),
        _on_duty(scope),
    ]
    return Document(
        title=_("%(contract)s: daily report") % {"contract": scope.contract},
        number=number_of(scope.contract, scope.day),
        version=version,
        issued_at=scope.at,
        facts=_facts(scope),
        sections=tuple(sections),
        notes=_notes(scope),
        signatures=(
            Fact(_("Prepared by"), None),
            Fact(_("Reviewed by"), None),
            Fact(_("Issued by"), None),
        ),
        seal=seal,
    )


def _facts(scope: Scope) -> tuple[Fact, ...]:
    return (
        Fact(_("Day"), scope.day, Kind.DAY),
        Fact(
            _("Hours covered"),
            _("%(start)s to %(end)s (not included)")
            % {
                "start": clock(scope.hours.starts_at),
                "end": clock(scope.hours.ends_at),
            },
        ),
        Fact(
            _("Assessment period"),
            f"{scope.period.label} ({scope.period.starts_on} – {scope.period.span.last_on})"
            if scope.period
            else None,
        ),
        Fact(_("Basis"), _("Full basis, unless a line says otherwise")),
        Fact(_("Data as of"), scope.at, Kind.MOMENT),
    )


def _notes(scope: Scope) -> tuple[str, ...]:
    weights = scope.weights
    return (
        _(
            "An order belongs to the hours in which it was dispatched; without a time of "
            "dispatch, to those of the call."
        ),
        _(
            "V is the number of orders with a valid callback. Contacted, solved: their "
            "number ÷ V. Satisfied: (satisfied + %(partly)s × basically satisfied) ÷ V."
        )
        % {"partly": weights.partly},
        _(
            "Score = (contacted × %(contacted)s + solved × %(solved)s + satisfied × "
            "%(satisfied)s) × 100, to one place. Without a valid callback there is no rate."
        )
        % {
            "contacted": weights.contacted,
            "solved": weights.solved,
            "satisfied": weights.satisfied,
        },
        _(
            "The full basis takes all orders; the assessed basis leaves out what was "
            "excluded, deferred or returned."
        ),
    )


# --- Sections ---------------------------------------------------------------------------


def _overall(scope: Scope) -> Section:
    blocks: list[Paragraph | Table | Chart] = [
        Paragraph(_day_in_words(scope)),
        _bases_table(scope, _("These 24 hours"), scope.hours, scope.hours.before()),
    ]
    if scope.running:
        blocks.append(
            _bases_table(
                scope,
                _("Assessment period so far"),
                scope.running,
                _same_length_before(scope),
            )
        )
        blocks += _trends(scope, scope.running)
    return Section(_("Overall"), tuple(blocks))


def _day_in_words(scope: Scope) -> str:
    now, before = (
        scope.within(hours).tally() for hours in (scope.hours, scope.hours.before())
    )
    closed = scope.cases.closed_between(
        scope.hours.starts_at, scope.hours.ends_at
    ).count()
    ours, theirs = rates(now, scope.weights), rates(before, scope.weights)
    received = ngettext(
        "In these 24 hours %(count)d order came in, %(moved)s.",
        "In these 24 hours %(count)d orders came in, %(moved)s.",
        now.volume,
    ) % {"count": now.volume, "moved": _moved(now.volume, before.volume)}
    done = ngettext(
        "%(count)d order was closed.", "%(count)d orders were closed.", closed
    ) % {"count": closed}
    if not now.valid:
        return received + done + _("None of them has been called back validly yet.")
    return (
        received
        + done
        + _(
            "Of those called back, %(solved)s are solved, %(solved_moved)s; satisfied are "
            "%(satisfied)s, %(satisfied_moved)s."
        )
        % {
            "solved": _percent(ours.solved),
            "solved_moved": _moved_points(ours.solved, theirs.solved),
            "satisfied": _percent(ours.satisfied),
            "satisfied_moved": _moved_points(ours.satisfied, theirs.satisfied),
        }
    )


def _bases_table(scope: Scope, title: str, now: Hours, before: Hours) -> Table:
    names = {Basis.FULL: _("Full basis"), Basis.ASSESSED: _("Assessed basis")}
    rows = []
    for basis, name in names.items():
        tally = scope.within(now, basis).tally()
        earlier = scope.within(before, basis).tally()
        ours, theirs = rates(tally, scope.weights), rates(earlier, scope.weights)
        where = (*since(now), ("basis", str(basis)))
        grown = change(tally.volume, earlier.volume)
        rows.append(
            (
                name,
                Figure(tally.volume, where),
                _("new") if grown.is_new else grown.by,
                Figure(tally.valid, (*where, ("valid", "yes"))),
                ours.contacted,
                ours.solved,
                points(ours.solved, theirs.solved),
                ours.satisfied,
                points(ours.satisfied, theirs.satisfied),
                ours.score,
            )
        )
    return Table(
        title=title,
        columns=(
            Column(_("Basis")),
            Column(pgettext("count", "Received"), Kind.COUNT),
            Column(_("Against before"), Kind.CHANGE),
            Column(_("Valid callbacks"), Kind.COUNT),
            Column(pgettext("rate", "Contacted"), Kind.RATE),
            Column(pgettext("rate", "Solved"), Kind.RATE),
            Column(_("± points"), Kind.POINTS),
            Column(pgettext("rate", "Satisfied"), Kind.RATE),
            Column(_("± points"), Kind.POINTS),
            Column(pgettext("indicator", "Score"), Kind.SCORE),
        ),
        rows=tuple(rows),
        note=_("Compared with %(start)s to %(end)s.")
        % {"start": clock(before.starts_at), "end": clock(before.ends_at)},
    )


def _trends(scope: Scope, running: Hours) -> list[Chart]:
    """Return volume and rates day by day since the period began."""
    by_days = days(running)
    tallies = [scope.within(hours).tally() for hours in by_days]
    labels = tuple(f"{last_day(hours):%m-%d}" for hours in by_days)
    by_day = [rates(tally, scope.weights) for tally in tallies]
    volume = Chart(
        kind=ChartKind.BAR,
        title=_("Orders received by day"),
        unit=pgettext("unit of count", "orders"),
        categories=labels,
        series=(
            Series(
                pgettext("count", "Received"),
                tuple(
                    Figure(tally.volume, since(hours))
                    for tally, hours in zip(tallies, by_days, strict=True)
                ),
            ),
        ),
        across=_("Day"),
    )
    lines = Chart(
        kind=ChartKind.LINE,
        title=_("Three rates by day"),
        unit="%",
        categories=labels,
        series=(
            Series(
                pgettext("rate", "Contacted"), tuple(one.contacted for one in by_day)
            ),
            Series(pgettext("rate", "Solved"), tuple(one.solved for one in by_day)),
            Series(
                pgettext("rate", "Satisfied"), tuple(one.satisfied for one in by_day)
            ),
        ),
        across=_("Day"),
        values=Kind.RATE,
    )
    return [volume, lines]


def _ranks(scope: Scope) -> Section:
    hours = scope.running or scope.hours
    tallies = scope.within(hours).filter(unit__isnull=False).tallies_by("unit")
    names = Unit.objects.in_bulk(tallies)
    places = ranking(
        ((names[pk], tally) for pk, tally in tallies.items()), scope.weights
    )
    scored = [place for place in places if place.number is not None]
    words = _("No unit has a valid callback yet.")
    if scored:
        words = _("Ahead: %(first)s. Behind: %(last)s.") % {
            "first": _names(scored[:RANKED]),
            "last": _names(scored[::-1][:RANKED]),
        }
    return Section(
        _("Ranking of units in the assessment period"),
        (Paragraph(words), _rank_table(scope, hours, places)),
    )


def _rank_table(scope: Scope, hours: Hours, places: Sequence[Place[Unit]]) -> Table:
    rows = tuple(_rank_row(place, hours) for place in places)
    together = total(place.tally for place in places)
    return Table(
        title=_("Handling units"),
        columns=(
            Column(_("No."), Kind.COUNT),
            Column(_("Unit")),
            Column(pgettext("count", "Received"), Kind.COUNT),
            Column(pgettext("count", "Closed"), Kind.COUNT),
            Column(_("Valid callbacks"), Kind.COUNT),
            Column(pgettext("count", "Contacted"), Kind.COUNT),
            Column(pgettext("count", "Solved"), Kind.COUNT),
            Column(pgettext("count", "Satisfied"), Kind.COUNT),
            Column(pgettext("count", "Basically satisfied"), Kind.COUNT),
            Column(_("Contacted %"), Kind.RATE),
            Column(_("Solved %"), Kind.RATE),
            Column(_("Satisfied %"), Kind.RATE),
            Column(pgettext("indicator", "Score"), Kind.SCORE),
        ),
        rows=rows,
        total=(
            None,
            _("All units, weighted"),
            *_counts(together),
            *_rates(rates(together, scope.weights)),
        )
        if rows
        else (),
        note=_(
            "By score, then by volume. The total is made from sums, not from means."
        ),
    )


def _rank_row(
    place: Place[Unit], hours: Hours
) -> tuple[Figure | Decimal | int | str | None, ...]:
    where = (*since(hours), ("unit", str(place.name.pk)))
    received, closed, valid, contacted, solved, satisfied, partly = _counts(place.tally)
    called_back = (*where, ("valid", "yes"))
    return (
        place.number,
        place.name.name,
        Figure(received, where),
        closed,
        Figure(valid, called_back),
        Figure(contacted, (*called_back, ("contacted", "yes"))),
        Figure(solved, (*called_back, ("solved", "yes"))),
        Figure(
            satisfied, (*called_back, ("satisfaction", Satisfaction.SATISFIED.value))
        ),
        Figure(partly, (*called_back, ("satisfaction", Satisfaction.PARTLY.value))),
        *_rates(place.rates),
    )


def _hot_spots(scope: Scope) -> Section:
    counted = scope.within(scope.hours)
    whole = counted.count()
    tallies = counted.filter(category__isnull=False).tallies_by(
        "category", "category__name"
    )
    hottest = sorted(tallies.items(), key=lambda item: (-item[1].volume, item[0][1]))
    rows = tuple(
        (
            number,
            name,
            Figure(tally.volume, (*since(scope.hours), ("category", str(pk)))),
            share(tally.volume, whole),
        )
        for number, ((pk, name), tally) in enumerate(hottest[:HOTTEST], start=1)
    )
    return Section(
        _("What people call about"),
        (
            Table(
                title=_("The five largest categories"),
                columns=(
                    Column(_("No."), Kind.COUNT),
                    Column(_("Category")),
                    Column(_("Orders"), Kind.COUNT),
                    Column(_("Share"), Kind.RATE),
                ),
                rows=rows,
            ),
        ),
    )


def _companies(scope: Scope) -> Section:
    found = scope.within(scope.hours).exclude(company="")
    where = (*since(scope.hours), ("company", "yes"))
    table = _listing(
        _("Claims of companies"), found, where, first=("company", _("Company"))
    )
    return Section(_("Companies"), (table,))


def _backlog(scope: Scope) -> Section:
    cases, at = scope.cases, scope.at
    near_from = int(max(scope.warn_at) * 100)
    overdue = cases.overdue(at)
    counted: list[tuple[str, CaseQuerySet, Where]] = [
        (
            _("To be signed"),
            cases.filter(status=CaseStatus.RECEIVED),
            (("status", CaseStatus.RECEIVED.value),),
        ),
        (_("Open in all"), cases.open(), (("open", "yes"),)),
        (
            _("Past %(percent)d %% of its time") % {"percent": near_from},
            cases.past(near_from, at),
            (("due", "near"),),
        ),
        (_("Overdue"), overdue, (("due", "overdue"),)),
    ]
    figures = Table(
        title=_("Waiting now"),
        columns=(Column(_("Orders that are")), Column(_("Count"), Kind.COUNT)),
        rows=tuple(
            (name, Figure(found.count(), where)) for name, found, where in counted
        ),
    )
    listing = _listing(
        _("Overdue, longest first"), overdue, (("due", "overdue"),), by="due_at"
    )
    return Section(_("Waiting and overdue"), (figures, listing))


def _urgent(scope: Scope) -> Section:
    found = scope.within(scope.hours).filter(urgency=Urgency.URGENT)
    where = (*since(scope.hours), ("urgency", Urgency.URGENT.value))
    return Section(_("Urgent"), (_listing(_("Urgent orders"), found, where),))


def _unhappy(scope: Scope) -> Section:
    hours = scope.hours
    found = scope.cases.closed_between(hours.starts_at, hours.ends_at).filter(
        satisfaction=Satisfaction.DISSATISFIED
    )
    where = (
        ("closed_since", hours.starts_at.isoformat()),
        ("closed_until", hours.ends_at.isoformat()),
        ("satisfaction", Satisfaction.DISSATISFIED.value),
    )
    table = _listing(
        _("Closed in these hours, and the caller dissatisfied"), found, where
    )
    return Section(_("Dissatisfied"), (table,))


def _communities(scope: Scope) -> Section:
    tallies = scope.within(scope.hours).tallies_by("community", "community__name")
    rows = sorted(tallies.items(), key=lambda item: (-item[1].volume, item[0][1] or ""))
    named = [(pk, name, tally.volume) for (pk, name), tally in rows if pk]
    unnamed = sum(tally.volume for (pk, _name), tally in rows if not pk)
    chart = Chart(
        kind=ChartKind.BAR,
        title=_("Orders by community"),
        unit=pgettext("unit of count", "orders"),
        categories=tuple(name for _pk, name, _volume in named),
        series=(
            Series(
                pgettext("count", "Received"),
                tuple(
                    Figure(volume, (*since(scope.hours), ("community", str(pk))))
                    for pk, _name, volume in named
                ),
            ),
        ),
        across=_("Community"),
    )
    words = ngettext(
        "%(count)d order names no community.",
        "%(count)d orders name no community.",
        unnamed,
    ) % {"count": unnamed}
    return Section(_("Communities"), (chart, Paragraph(words)))


def _on_duty(scope: Scope) -> Section:
    members = (
        Membership.objects.of(scope.contract)
        .on_duty()
        .select_related("user")
        .order_by("on_duty_since")
    )
    rows = tuple(
        (str(member.user), str(member.get_role_display()), member.on_duty_since)
        for member in members
    )
    table = Table(
        title=_("Signed on when the report was made"),
        columns=(
            Column(_("Name")),
            Column(_("Post")),
            Column(_("Since"), Kind.MOMENT),
        ),
        rows=rows,
    )
    return Section(_("On duty"), (table,))


# --- Parts -------------------------------------------------------------------------------


def _listing(
    title: str,
    found: CaseQuerySet,
    where: Where,
    *,
    by: str = "counted_at",
    first: tuple[str, str] | None = None,
) -> Table:
    """Return the first orders of many, and in the note how many there are."""
    cases = found.select_related("unit").order_by(by, "pk")[:LISTED]
    count = found.count()
    columns = [
        Column(pgettext("work order", "Order")),
        *([Column(first[1])] if first else []),
        Column(_("About")),
        Column(_("Unit")),
        Column(_("Due"), Kind.MOMENT),
    ]
    rows = tuple(
        (
            Figure(case.number, (("q", case.number),)),
            *([mask_text(getattr(case, first[0]))] if first else []),
            _shortened(case.title or case.content),
            case.unit.name if case.unit else None,
            case.due_at,
        )
        for case in cases
    )
    note = ngettext("%(count)d order in all.", "%(count)d orders in all.", count) % {
        "count": count
    }
    if count > LISTED:
        note += " " + _("The first %(count)d are listed.") % {"count": LISTED}
    return Table(title=title, columns=tuple(columns), rows=rows, note=note)


def _shortened(text: str, most: int = 40) -> str:
    masked = mask_text(text)
    return masked if len(masked) <= most else masked[: most - 1] + "…"


def _same_length_before(scope: Scope) -> Hours:
    """Return the part of the period before this one that had gone by at this point."""
    running = scope.running
    assert running is not None and scope.period is not None  # noqa: S101, PT018
    before = (
        AssessmentPeriod.objects.of(scope.contract)
        .filter(number=scope.period.number - 1)
        .first()
    )
    if before is None:
        return running.before()
    starts_at = midnight(before.starts_on)
    return Hours(
        starts_at,
        min(
            starts_at + (running.ends_at - running.starts_at),
            midnight(before.ends_before),
        ),
    )


def _counts(tally: Tally) -> tuple[int, ...]:
    return (
        tally.volume,
        tally.closed,
        tally.valid,
        tally.contacted,
        tally.solved,
        tally.satisfied,
        tally.partly,
    )


def _rates(of: Rates) -> tuple[Decimal | None, ...]:
    return of.contacted, of.solved, of.satisfied, of.score


def _names(places: Iterable[Place[Unit]]) -> str:
    return _(", ").join(
        _("%(unit)s (%(score)s)") % {"unit": place.name, "score": place.rates.score}
        for place in places
    )


def _percent(rate: Decimal | None) -> str:
    return "—" if rate is None else f"{rate * 100:.2f}%"


def _moved(now: int, before: int) -> str:
    grown = change(now, before)
    if grown.by is None:
        return _("with nothing to compare")
    if not grown.by:
        return _("as many as before")
    words = (
        _("%(percent)s more than before")
        if grown.by > 0
        else _("%(percent)s fewer than before")
    )
    return words % {"percent": _percent(abs(grown.by))}


def _moved_points(now: Decimal | None, before: Decimal | None) -> str:
    moved = points(now, before)
    if moved is None:
        return _("with nothing to compare")
    if not moved:
        return _("unchanged")
    words = _("up %(points)s points") if moved > 0 else _("down %(points)s points")
    return words % {"points": abs(moved)}
