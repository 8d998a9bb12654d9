"""Departures, demands, leave, swaps and breaches on the pages of the world."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils.timezone import localdate, localtime, now

from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract
from staffing.actions import absences, demands, departures
from staffing.models import (
    Breach,
    Demand,
    Departure,
    Leave,
    LeaveKind,
    Person,
    PersonStatus,
    Swap,
)
from tests.contracts.papers import scan
from tests.factories import make_clause, make_user
from tests.staffing.factories import make_person
from tests.staffing.plans import make_cleared, make_shift
from tests.stage import Place, World

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def add_departures(world: World) -> None:
    """Make a departure and a demand in each state, what came of them, leave and swaps."""
    contract, at = world.contract, now()
    for ref, title in (("第六条（二）11", "人员离岗"), ("第六条（一）3", "人员调整")):
        make_clause(contract, ref=ref, title=title)
    manager, supervisor = world.people[Role.MANAGER], world.people[Role.SUPERVISOR]
    _depart(contract, manager, supervisor, at)
    _demand(contract, supervisor, at)
    departures.find_departure_breaches(contract, at=at)
    demands.find_demand_breaches(contract, at=at)
    _ask(contract, manager, supervisor, at)


def places_of_departures(world: World) -> list[Place]:
    """Return the lists, the forms, and a record in each of its states."""
    lists = ("departures", "demands", "absences", "swaps", "breaches")
    forms = {
        "departure-new": Role.MANAGER,
        "departure-gone": Role.SUPERVISOR,
        "demand-new": Role.LEADER,
        "leave-new": Role.MANAGER,
        "swap-new": Role.MANAGER,
    }
    return [
        *(_place(world, name, Role.SUPERVISOR) for name in lists),
        *(_place(world, name, who) for name, who in forms.items()),
        *(
            _place(world, name, Role.SUPERVISOR, record.pk)
            for name, model in (
                ("departure", Departure),
                ("demand", Demand),
                ("leave", Leave),
                ("swap", Swap),
                ("breach", Breach),
            )
            for record in model.objects.of(world.contract)
        ),
    ]


def _place(world: World, name: str, who: str, *args: Any) -> Place:
    name = f"staffing:{name}"
    return Place(name, world.url(name, *args), who)


def _joined(contract: Contract, days: int, **given: Any) -> Person:
    return make_person(contract, begins_on=localdate(now()) - days * DAY, **given)


def _depart(contract: Contract, manager: User, supervisor: User, at: datetime) -> None:
    today = localdate(at)

    def asked(days: int = 30) -> Departure:
        return departures.apply(
            contract,
            person=_joined(contract, 25),
            applied_on=today - DAY,
            leaves_on=today + days * DAY,
            reason="回原籍照顾家人",
            paper=scan(),
            token=uuid4(),
            by=manager,
            at=at,
        )

    asked()
    departures.consent(asked(), note="同意", by=supervisor, at=at)
    departures.refuse(asked(5), note="人手不足", by=supervisor, at=at)
    departures.withdraw(asked(), note="留任", by=manager, at=at)
    for days in (20, 12):  # the second of them is refilled, late
        gone = departures.record_gone(
            contract,
            person=_joined(contract, 25),
            left_on=today - days * DAY,
            reason="未到岗，联系不上",
            token=uuid4(),
            by=manager,
            at=at,
        )
    newcomer = _joined(contract, 1, name="吴九")
    departures.refill(gone, newcomer=newcomer, by=manager, at=at)


def _demand(contract: Contract, supervisor: User, at: datetime) -> None:
    def wanted(days: int) -> Demand:
        return demands.demand(
            contract,
            person=_joined(contract, 28),
            reason="多次差错，态度生硬",
            notice=None,
            demanded_on=localdate(at) - days * DAY,
            token=uuid4(),
            by=supervisor,
            at=at,
        )

    wanted(2)
    late = wanted(27)
    unfit = make_person(contract, status=PersonStatus.PROPOSED, begins_on=None)
    demands.refuse_newcomer(
        late, newcomer=unfit, reason="无相关经验", token=uuid4(), by=supervisor, at=at
    )
    newcomer = _joined(contract, 1, name="郑十")
    demands.fulfil(wanted(10), newcomer=newcomer, by=supervisor, at=at)
    demands.withdraw(wanted(3), note="已改进", by=supervisor, at=at)


def _ask(contract: Contract, manager: User, supervisor: User, at: datetime) -> None:
    morning = (localtime(at) + 2 * DAY).replace(hour=8, minute=0)
    morning = morning.replace(second=0, microsecond=0)
    giver, taker = (
        make_cleared(
            contract,
            name=name,
            user=make_user(contract, Role.AGENT),
            begins_on=localdate(at) - 20 * DAY,
        )
        for name in ("钱一", "冯二")
    )
    for number in range(4):
        leave = absences.ask_leave(
            contract,
            person=giver,
            kind=LeaveKind.PERSONAL,
            starts_at=morning + (10 + number) * DAY,
            ends_at=morning + (10 + number) * DAY + 12 * HOUR,
            reason="家事",
            token=uuid4(),
            by=manager,
            at=at,
        )
        make_shift(giver, leave.starts_at)
        shift = make_shift(giver, morning + 2 * number * DAY)
        back = make_shift(taker, morning + 2 * number * DAY + 12 * HOUR)
        swap = absences.ask_swap(
            contract,
            shift=shift,
            taker=taker,
            in_return=back if number == 1 else None,
            reason="",
            token=uuid4(),
            by=giver.user,  # type: ignore[arg-type]
            at=at,
        )
        _decide(number, leave, swap, supervisor, at)


def _decide(
    number: int, leave: Leave, swap: Swap, supervisor: User, at: datetime
) -> None:
    """Leave the first as it is, grant the next, refuse the third, withdraw the last."""
    if number == 1:
        absences.agree(swap, by=swap.taker.user, at=at)  # type: ignore[arg-type]
        absences.grant_leave(leave, note="", by=supervisor, at=at)
        absences.grant_swap(swap, note="", by=supervisor, at=at)
    elif number == 2:
        absences.refuse(leave, note="人手不足", by=supervisor, at=at)
        absences.refuse(swap, note="不宜连班", by=supervisor, at=at)
    elif number == 3:
        absences.withdraw(leave, note="不去了", by=leave.asked_by, at=at)
        absences.withdraw(swap, note="不换了", by=swap.asked_by, at=at)
