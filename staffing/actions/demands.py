"""Everything that writes demands for replacement, and newcomers refused（第六条（一）3）."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import clocks, trail
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused, check_come, check_within
from contracts.models import CalendarDay, Contract, Notice, NoticeStatus, Side
from contracts.rules.calendar import ONE_DAY, CalendarMissing, WorkCalendar
from contracts.rules.obligations import to_plain
from staffing.models import (
    BreachKind,
    Demand,
    DemandStatus,
    Person,
    PersonStatus,
    Refusal,
)
from staffing.rules.departures import (
    REPLACE_DAYS,
    REPLACEMENT_TARIFF,
    replace_by,
)

from .clearance import settle
from .lapses import Lapse, reconcile
from .leaving import check_newcomer, check_not_seen_after, depart, joined_on

CLAUSE = "第六条（一）3"
#: What the paper trail calls it.
NEWCOMER_REFUSED = "newcomer refused"


@transaction.atomic(durable=True)
def demand(
    contract: Contract,
    *,
    person: Person,
    reason: str,
    notice: Notice | None,
    demanded_on: date | None,
    token: UUID,
    by: User,
    at: datetime,
) -> Demand:
    """Demand for Party A that somebody be replaced within 20 days（第六条（一）3）.

    They run from the day its notice was served, or else from `demanded_on`. The same
    `token` again gives the same demand back. Raises MatterRefused.
    """
    hold(contract)
    if known := Demand.objects.of(contract).filter(token=token).first():
        return known
    _check_there(contract, person)
    day = _start(contract, notice, demanded_on, at=at)
    made = Demand(
        contract=contract,
        person=person,
        reason=reason,
        notice=notice,
        demanded_on=day,
        demanded_at=at,
        demanded_by=by,
        token=token,
    )
    _count(made, CalendarDay.objects.all().calendar())
    made.save()
    trail.record(made, DemandStatus.OPEN, by=by, at=at)
    return made


@transaction.atomic(durable=True)
def fulfil(demand: Demand, *, newcomer: Person, by: User, at: datetime) -> None:
    """Record who is there instead, and from when; the other is gone the day before.

    The newcomer is approved and has joined since. Raises MatterRefused and
    TransitionRefused.
    """
    hold(demand.contract)
    begins_on = check_newcomer(demand.person, newcomer, since=demand.demanded_on)
    _end(demand.person, begins_on - ONE_DAY, by=by, at=at)
    demand.move(
        DemandStatus.FULFILLED,
        by=by,
        at=at,
        note=newcomer.name,
        newcomer=newcomer,
        replaced_on=begins_on,
    )
    settle(demand.contract, at=at)


@transaction.atomic(durable=True)
def refuse_newcomer(
    demand: Demand,
    *,
    newcomer: Person,
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> Refusal:
    """Put down that a newcomer for this place is not fit either（第六条（一）3）.

    Whoever is still proposed is refused with it. The same `token` again gives the same
    refusal back. Raises MatterRefused, and TransitionRefused once it is over.
    """
    hold(demand.contract)
    if known := demand.refusals.filter(token=token).first():
        return known
    _check_refusable(demand, newcomer, by)
    refusal = Refusal.objects.create(
        demand=demand,
        newcomer=newcomer,
        reason=reason,
        refused_at=at,
        refused_by=by,
        token=token,
    )
    if newcomer.status == PersonStatus.PROPOSED:
        newcomer.move(
            PersonStatus.REFUSED,
            by=by,
            at=at,
            note=reason,
            decided_at=at,
            decided_by=by,
            decided_note=reason,
        )
    trail.record(demand, NEWCOMER_REFUSED, by=by, at=at, note=newcomer.name)
    return refusal


@transaction.atomic(durable=True)
def withdraw(demand: Demand, *, note: str, by: User, at: datetime) -> None:
    """Take a demand back, for Party A: what it had set off is not claimed either."""
    demand.move(DemandStatus.WITHDRAWN, by=by, at=at, note=note, withdrawn_note=note)


@transaction.atomic(durable=True)
def find_demand_breaches(contract: Contract, *, at: datetime) -> None:
    """Make breaches agree with the demands: late is one, each unfit newcomer another.

    Both may stand. Run it again, or twice at once, and nothing more happens.
    """
    hold(contract)
    today = localdate(at)
    calendar = CalendarDay.objects.all().calendar()
    standing = Demand.objects.of(contract).exclude(status=DemandStatus.WITHDRAWN)
    late, unknown = [], []
    for one in standing.select_related("contract", "person", "newcomer"):
        if one.replace_by is None and _count(one, calendar):
            one.save(update_fields=["replace_by", "replace_by_explained"])
        if one.replace_by is None:
            unknown.append(one.pk)
        elif lapse := _lapse(one, one.replace_by, today=today):
            late.append(lapse)
    reconcile(
        contract,
        BreachKind.REPLACEMENT,
        "demand",
        late,
        clause=CLAUSE,
        tariff=REPLACEMENT_TARIFF,
        at=at,
        unknown=unknown,
    )
    refused = Refusal.objects.filter(demand__in=standing)
    reconcile(
        contract,
        BreachKind.UNFIT,
        "refusal",
        [_unfit(one) for one in refused.select_related("demand__person", "newcomer")],
        clause=CLAUSE,
        tariff=REPLACEMENT_TARIFF,
        at=at,
    )


def _lapse(demand: Demand, due: date, *, today: date) -> Lapse | None:
    """Return that somebody was, or is, replaced too late; nothing after the service."""
    if due > demand.contract.term.last_on:
        return None
    replaced_on = joined_on(demand.newcomer)
    if (replaced_on or today) <= due:
        return None
    became = f"实际于{replaced_on}到岗" if replaced_on else "至今未调整"
    return Lapse(
        cause=demand,
        person=demand.person,
        happened_on=due + ONE_DAY,
        explained=[
            f"{demand.demanded_on}要求调整{demand.person.name}，"
            f"应于{due}前（{REPLACE_DAYS}日内）调整，{became}"
        ],
    )


def _unfit(refusal: Refusal) -> Lapse:
    return Lapse(
        cause=refusal,
        person=refusal.demand.person,
        happened_on=localdate(refusal.refused_at),
        explained=[
            f"拟接替{refusal.demand.person.name}的{refusal.newcomer.name}"
            f"经甲方审核仍不符合要求：{refusal.reason}"
        ],
    )


# --- What they share ------------------------------------------------------------------


def _check_there(contract: Contract, person: Person) -> None:
    if person.contract_id != contract.pk:
        raise MatterRefused(_("This person is of another contract."), "person")
    if person.status != PersonStatus.APPROVED:
        raise MatterRefused(
            _("%(name)s is not on post.") % {"name": person.name}, "person"
        )
    if Demand.objects.of(contract).running().filter(person=person).exists():
        raise MatterRefused(
            _("It is demanded already that %(name)s be replaced.")
            % {"name": person.name},
            "person",
        )


def _start(
    contract: Contract, notice: Notice | None, day: date | None, *, at: datetime
) -> date:
    """Return the day from which the 20 days run."""
    if notice is None:
        if day is None:
            raise MatterRefused(
                _("Say on which day it was demanded, or name the notice."),
                "demanded_on",
            )
        check_come(day, "demanded_on", at=at)
        check_within(contract, day, "demanded_on")
        return day
    if notice.contract_id != contract.pk or notice.side != Side.A:
        raise MatterRefused(_("This is not a notice of Party A."), "notice")
    if notice.status != NoticeStatus.SERVED or notice.served_on is None:
        raise MatterRefused(_("This notice is not served yet (第十三条)."), "notice")
    if day is not None and day != notice.served_on:
        raise MatterRefused(
            _("The notice was served on %(served)s: the 20 days run from then.")
            % {"served": notice.served_on},
            "demanded_on",
        )
    return notice.served_on


def _count(demand: Demand, calendar: WorkCalendar) -> bool:
    """Count by when somebody is to be replaced; False if a year has no calendar yet."""
    roll = clocks.rolls(demand.contract, demand.demanded_on)
    try:
        deadline = replace_by(demand.demanded_on, calendar, roll=roll)
    except CalendarMissing:
        return False
    demand.replace_by = deadline.due_on
    demand.replace_by_explained = to_plain(deadline)
    return True


def _end(person: Person, last_day: date, *, by: User, at: datetime) -> None:
    """See that somebody is gone by a day, who may have left before."""
    if person.status != PersonStatus.APPROVED:
        return
    if person.leaves_on and person.leaves_on <= last_day:
        return
    if person.begins_on is None or last_day < person.begins_on:
        raise MatterRefused(
            _("%(name)s would leave on %(day)s, before joining.")
            % {"name": person.name, "day": last_day},
            "newcomer",
        )
    check_not_seen_after(person, last_day, "newcomer")
    if last_day < localdate(at):
        depart(person, last_day, by=by, at=at)
    else:
        Person.objects.filter(pk=person.pk).update(leaves_on=last_day)


def _check_refusable(demand: Demand, newcomer: Person, by: User) -> None:
    field = "newcomer"
    if demand.status != DemandStatus.OPEN:
        raise MatterRefused(_("This demand is over."))
    if newcomer.contract_id != demand.contract_id or newcomer.pk == demand.person_id:
        raise MatterRefused(_("Somebody else of the team takes the post over."), field)
    if newcomer.status not in (PersonStatus.PROPOSED, PersonStatus.REFUSED):
        raise MatterRefused(
            _("%(name)s is approved: who is approved is fit.")
            % {"name": newcomer.name},
            field,
        )
    if newcomer.post_id != demand.person.post_id:
        raise MatterRefused(
            _("%(name)s is on another post.") % {"name": newcomer.name}, field
        )
    if by.pk == newcomer.proposed_by_id:
        raise MatterRefused(_("Nobody decides on a person they proposed themselves."))
    if demand.refusals.filter(newcomer=newcomer).exists():
        raise MatterRefused(
            _("%(name)s was refused for this place already.") % {"name": newcomer.name},
            field,
        )
