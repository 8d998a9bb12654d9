"""Party A wants somebody replaced: within 20 days, by somebody it approves（第六条（一）3）."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import (
    Contract,
    NoticeRoute,
    NoticeStatus,
    Reading,
    Side,
    TransitionRefused,
)
from contracts.rules.calendar import BEIJING
from staffing.actions import demands, departures
from staffing.models import (
    Breach,
    BreachKind,
    Demand,
    DemandStatus,
    Person,
    PersonStatus,
    Refusal,
)
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, signed_in
from tests.factories import (
    make_clause,
    make_contract,
    make_document,
    make_notice,
    make_user,
    make_year,
)
from tests.staffing.factories import make_person, make_post
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    make_year(2026, m06_19="端午节", m06_20="端午节", m06_21="端午节")
    contract = make_contract()
    make_clause(contract, ref="第六条（一）3")
    return contract


def demand(contract: Contract, **given: Any) -> Demand:
    asked: dict[str, Any] = {
        "reason": "多次差错",
        "notice": None,
        "demanded_on": date(2026, 6, 1),
        "token": uuid4(),
        "at": noon(6, 1),
    }
    asked |= given
    asked["person"] = given.get("person") or make_person(contract)
    asked["by"] = given.get("by") or make_user(contract)
    return demands.demand(contract, **asked)


def fulfil(wanted: Demand, begins_on: date, at: datetime) -> None:
    newcomer = make_person(wanted.contract, begins_on=begins_on, name="周八")
    demands.fulfil(wanted, newcomer=newcomer, by=make_user(), at=at)


def refuse(wanted: Demand, newcomer: Person, **given: Any) -> Refusal:
    said: dict[str, Any] = {
        "reason": "无相关经验",
        "token": uuid4(),
        "by": make_user(),
        "at": noon(6, 10),
    }
    return demands.refuse_newcomer(wanted, newcomer=newcomer, **said | given)


def find(contract: Contract, at: datetime) -> list[str]:
    demands.find_demand_breaches(contract, at=at)
    standing = Breach.objects.of(contract).standing().order_by("pk")
    return list(standing.values_list("kind", flat=True))


def test_20_days_from_1_june_roll_from_the_21st_to_the_22nd(contract):
    wanted = demand(contract)

    assert wanted.replace_by == date(2026, 6, 22)
    assert wanted.deadline.nominal_on == date(2026, 6, 21)


def test_they_do_not_roll_where_it_is_read_so(contract):
    Reading.objects.create(
        contract=contract,
        key="day_off_rule",
        value="keep",
        adopted_on=date(2026, 5, 1),
    )

    assert demand(contract).replace_by == date(2026, 6, 21)


def served(contract: Contract, **given: Any) -> Any:
    paper = make_document(contract)
    facts = {
        "status": NoticeStatus.SERVED,
        "year": 2026,
        "serial": 1,
        "issued_at": noon(6, 1),
        "issued_by": make_user(),
        "scan": paper,
        "route": NoticeRoute.values[0],
        "signed_at": noon(6, 2),
        "signed_by": "李四",
        "proof": paper,
        "served_on": date(2026, 6, 2),
    }
    return make_notice(contract, **facts | given)


def test_with_a_notice_they_run_from_its_service(contract):
    notice = served(contract)

    wanted = demand(contract, notice=notice, demanded_on=None, at=noon(6, 5))

    assert wanted.demanded_on == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("notice", "field"),
    [
        ({"status": NoticeStatus.DRAFT, "serial": None, "year": None}, "notice"),
        ({"side": Side.B}, "notice"),
        (None, "demanded_on"),
    ],
)
def test_there_is_a_day_to_run_from(contract, notice, field):
    made = None
    if notice:
        draft = notice.get("status") == NoticeStatus.DRAFT
        made = make_notice(contract) if draft else served(contract, **notice)

    with pytest.raises(MatterRefused) as refusal:
        demand(contract, notice=made, demanded_on=None)

    assert refusal.value.field == field


def test_the_day_of_a_demand_has_come(contract):
    with pytest.raises(MatterRefused) as refusal:
        demand(contract, demanded_on=date(2026, 6, 2))

    assert refusal.value.field == "demanded_on"


def test_the_same_form_sent_twice_is_one_demand_and_another_is_refused(contract):
    person, token = make_person(contract), uuid4()
    first, again = (demand(contract, person=person, token=token) for _ in range(2))

    assert first == again
    with pytest.raises(MatterRefused):
        demand(contract, person=person)


def test_a_replacement_in_time_leaves_nothing_and_the_other_is_gone(contract):
    wanted = demand(contract)

    fulfil(wanted, date(2026, 6, 22), at=noon(6, 23))

    wanted.person.refresh_from_db()
    assert (wanted.status, wanted.replaced_on) == ("fulfilled", date(2026, 6, 22))
    assert wanted.person.status == PersonStatus.LEFT
    assert wanted.person.leaves_on == date(2026, 6, 21)
    assert find(contract, noon(6, 24)) == []


def test_a_replacement_to_come_ends_the_others_time_by_the_clock(contract):
    wanted = demand(contract)
    fulfil(wanted, date(2026, 6, 20), at=noon(6, 15))
    wanted.person.refresh_from_db()
    assert wanted.person.status == PersonStatus.APPROVED
    assert wanted.person.leaves_on == date(2026, 6, 19)

    departures.settle_departures(contract, at=noon(6, 20))

    wanted.person.refresh_from_db()
    assert wanted.person.status == PersonStatus.LEFT


def test_one_day_late_is_one_breach_of_500(contract):
    wanted = demand(contract)
    assert find(contract, noon(6, 22)) == []

    assert find(contract, noon(6, 23)) == [BreachKind.REPLACEMENT]
    fulfil(wanted, date(2026, 6, 23), at=noon(6, 23))
    assert find(contract, noon(6, 24)) == [BreachKind.REPLACEMENT]

    breach = Breach.objects.get()
    assert (breach.tariff, breach.happened_on) == (500, date(2026, 6, 23))
    assert breach.clause.ref == "第六条（一）3"
    assert "06-23到岗" in breach.explained[0]


def test_told_late_but_replaced_in_time_the_breach_is_taken_back(contract):
    wanted = demand(contract)
    find(contract, noon(6, 23))

    fulfil(wanted, date(2026, 6, 22), at=noon(6, 24))

    assert find(contract, noon(6, 24)) == []
    assert Breach.objects.get().withdrawn_why


def test_late_and_unfit_stand_side_by_side(contract):
    wanted = demand(contract)
    unfit = [
        make_person(contract, status=PersonStatus.PROPOSED, begins_on=None)
        for _ in range(2)
    ]
    for newcomer in unfit:
        refuse(wanted, newcomer)

    kinds = find(contract, noon(6, 23))

    assert kinds == [BreachKind.REPLACEMENT, BreachKind.UNFIT, BreachKind.UNFIT]
    assert find(contract, noon(6, 24)) == kinds


def test_a_demand_withdrawn_takes_its_breaches_back(contract):
    wanted = demand(contract)
    refuse(wanted, make_person(contract, status=PersonStatus.PROPOSED))
    find(contract, noon(6, 23))

    demands.withdraw(wanted, note="已改进", by=make_user(), at=noon(6, 24))

    assert find(contract, noon(6, 24)) == []
    assert wanted.withdrawn_note == "已改进"


def test_a_newcomer_refused_is_refused_in_the_file_and_once(contract):
    wanted, token = demand(contract), uuid4()
    newcomer = make_person(contract, status=PersonStatus.PROPOSED, begins_on=None)

    first, again = (refuse(wanted, newcomer, token=token) for _ in range(2))

    assert first == again
    newcomer.refresh_from_db()
    assert newcomer.status == PersonStatus.REFUSED
    with pytest.raises(MatterRefused):
        refuse(wanted, newcomer)


def test_nobody_refuses_whom_they_proposed(contract):
    by = make_user()
    newcomer = make_person(contract, status=PersonStatus.PROPOSED, by=by)

    with pytest.raises(MatterRefused):
        refuse(demand(contract), newcomer, by=by)


@pytest.mark.parametrize(
    "given",
    [
        {"status": PersonStatus.PROPOSED},
        {"begins_on": date(2026, 5, 31)},  # was there before
        {"post": Role.CLERK},
    ],
)
def test_not_everybody_replaces_somebody(contract, given):
    wanted = demand(contract)
    given = {"begins_on": date(2026, 6, 10)} | given
    if role := given.get("post"):
        given["post"] = make_post(contract, role)

    newcomer = make_person(contract, **given)

    with pytest.raises(MatterRefused) as refusal:
        demands.fulfil(wanted, newcomer=newcomer, by=make_user(), at=noon(6, 10))

    assert refusal.value.field == "newcomer"


def test_nobody_replaces_themselves_in_the_database_either(contract):
    wanted = demand(contract)

    with pytest.raises(IntegrityError, match="demand_is_for_another"):
        Demand.objects.filter(pk=wanted.pk).update(
            status=DemandStatus.FULFILLED,
            newcomer=wanted.person,
            replaced_on=date(2026, 6, 2),
        )


def test_a_demand_is_fulfilled_once(contract):
    wanted = demand(contract)
    stale = Demand.objects.get()
    fulfil(wanted, date(2026, 6, 10), at=noon(6, 11))

    with pytest.raises(TransitionRefused):
        fulfil(stale, date(2026, 6, 10), at=noon(6, 11))


# --- Pages --------------------------------------------------------------------------------


@pytest.fixture
def running() -> Contract:
    return make_running_contract(now())


def joined(contract: Contract, **given: Any) -> Person:
    return make_person(contract, begins_on=localdate(now()) - 20 * DAY, **given)


def test_the_way_of_a_demand_on_its_page(running):
    client = signed_in(running, Role.SUPERVISOR)
    form = {
        "person": joined(running).pk,
        "reason": "多次差错",
        "demanded_on": localdate(now()) - DAY,
        "token": uuid4(),
    }
    url = reverse("staffing:demand-new", args=[running.number])
    answers = [client.post(url, form) for _ in range(2)]
    wanted = Demand.objects.get()
    assert [answer.url for answer in answers] == [wanted.get_absolute_url()] * 2
    assert "Why this day?" in client.get(wanted.get_absolute_url()).text

    unfit = make_person(running, status=PersonStatus.PROPOSED, begins_on=None)
    step = reverse("staffing:demand-refuse", args=[running.number, wanted.pk])
    refused = {"newcomer": unfit.pk, "reason": "无经验", "token": uuid4()}
    assert [client.post(step, refused).status_code for _ in range(2)] == [302, 302]
    assert wanted.refusals.count() == 1
    assert client.post(step, {}).status_code == 422

    newcomer = make_person(running, begins_on=localdate(now()), name="周八")
    step = reverse("staffing:demand-fulfil", args=[running.number, wanted.pk])
    assert client.post(step, {"newcomer": newcomer.pk}).status_code == 302
    wanted.refresh_from_db()
    assert wanted.status == DemandStatus.FULFILLED


def test_a_demand_without_a_day_is_refused_at_the_field(running):
    url = reverse("staffing:demand-new", args=[running.number])
    form = {"person": joined(running).pk, "reason": "多次差错", "token": uuid4()}

    answer = signed_in(running, Role.LEADER).post(url, form)

    assert answer.status_code == 422
    assert "demanded_on" in answer.context["form"].errors


def test_the_list_costs_the_same_with_one_row_and_with_three(running):
    url = reverse("staffing:demands", args=[running.number])
    client = signed_in(running, Role.MANAGER)
    given = {"demanded_on": localdate(now()) - DAY, "at": now()}
    demand(running, person=joined(running), **given)
    one = queries(client, url)
    for _ in range(2):
        demand(running, person=joined(running), **given)

    assert queries(client, url) == one
