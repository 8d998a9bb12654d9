"""People leave: asked for in time or not, consented to or not, refilled or not."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.models.session import Session
from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import AuditEntry, Contract, Membership, TransitionRefused
from contracts.rules.calendar import BEIJING
from staffing.actions import departures
from staffing.models import (
    Breach,
    BreachKind,
    Departure,
    DepartureStatus,
    PersonStatus,
    ShiftState,
)
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in
from tests.factories import (
    make_clause,
    make_contract,
    make_user,
    make_year,
)
from tests.staffing.factories import make_person, make_post
from tests.staffing.plans import make_cleared, make_shift
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

LEAVES = date(2026, 10, 15)


def noon(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    off: dict[str, Any] = {f"m10_{day:02}": "国庆节" for day in range(1, 8)}
    mid_autumn: dict[str, Any] = {f"m09_{day}": "中秋节" for day in (25, 26, 27)}
    year = make_year(2026, m05_04="劳动节", m05_05="劳动节", **mid_autumn, **off)
    for day in (date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)):
        year.days.create(day=day, is_workday=True, name="调休")
    contract = make_contract()
    make_clause(contract, ref="第六条（二）11")
    return contract


def apply(contract: Contract, **given: Any) -> Departure:
    asked: dict[str, Any] = {
        "applied_on": date(2026, 9, 18),
        "leaves_on": LEAVES,
        "reason": "个人原因",
        "paper": scan(),
        "token": uuid4(),
        "at": noon(9, 20),
    }
    asked |= given
    asked["person"] = given.get("person") or make_person(contract)
    asked["by"] = given.get("by") or make_user(contract, Role.MANAGER)
    return departures.apply(contract, **asked)


def leave(contract: Contract, **given: Any) -> Departure:
    """Let somebody ask, be consented to and go, each in time."""
    departure = apply(contract, **given)
    by = make_user(contract)
    departures.consent(departure, note="", by=by, at=noon(9, 21))
    departures.record_left(departure, left_on=LEAVES, by=by, at=noon(10, 16))
    return departure


def refill(departure: Departure, begins_on: date) -> None:
    newcomer = make_person(departure.contract, begins_on=begins_on, name="周八")
    by = make_user(departure.contract, Role.MANAGER)
    at = datetime.combine(begins_on, datetime.min.time(), BEIJING) + 12 * DAY / 24
    departures.refill(departure, newcomer=newcomer, by=by, at=at)


def find(contract: Contract, at: datetime) -> list[Breach]:
    departures.find_departure_breaches(contract, at=at)
    standing = Breach.objects.of(contract).standing()
    return list(standing.filter(kind=BreachKind.DEPARTURE))


# --- Asking -------------------------------------------------------------------------------


def test_an_application_keeps_by_when_it_was_due_and_how_that_was_counted(contract):
    departure = apply(contract)

    assert departure.apply_by == date(2026, 9, 18)
    assert departure.apply_deadline.nominal_on == date(2026, 9, 19)
    assert departure.paper.title.endswith("离岗申请")
    assert AuditEntry.objects.about(departure).get().became == "applied"


def test_an_application_too_late_is_recorded_all_the_same(contract):
    departure = apply(contract, applied_on=date(2026, 10, 9), at=noon(10, 9))

    assert departure.applied_on > departure.apply_by


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"leaves_on": date(2026, 4, 30)}, "leaves_on"),  # before joining
        ({"leaves_on": date(2026, 5, 1)}, "leaves_on"),
        ({"leaves_on": date(2026, 9, 17)}, "leaves_on"),  # before asking
        ({"leaves_on": date(2027, 5, 1)}, "leaves_on"),  # after the contract
        ({"applied_on": date(2026, 9, 21)}, "applied_on"),  # still to come
    ],
)
def test_a_day_that_cannot_be_is_refused_at_its_field(contract, given, field):
    with pytest.raises(MatterRefused) as refusal:
        apply(contract, **given)

    assert refusal.value.field == field
    assert not Departure.objects.exists()


def test_the_same_form_sent_twice_is_one_departure(contract):
    person, token = make_person(contract), uuid4()
    first, again = (apply(contract, person=person, token=token) for _ in range(2))

    assert first == again


def test_somebody_leaves_once_unless_it_was_withdrawn(contract):
    departure = apply(contract)
    with pytest.raises(MatterRefused, match="on record"):
        apply(contract, person=departure.person)

    departures.withdraw(departure, note="留下", by=make_user(), at=noon(9, 21))

    assert apply(contract, person=departure.person).status == "applied"


def test_a_year_without_a_calendar_leaves_the_day_open(contract):
    departure = apply(contract, leaves_on=date(2027, 1, 15))

    assert departure.apply_by is None
    assert departure.apply_deadline is None


# --- Deciding -----------------------------------------------------------------------------


@pytest.mark.parametrize("decide", [departures.consent, departures.refuse])
def test_nobody_decides_on_what_they_recorded(contract, decide):
    by = make_user(contract)
    departure = apply(contract, by=by)

    with pytest.raises(MatterRefused):
        decide(departure, note="不", by=by, at=noon(9, 21))


def test_the_database_has_four_eyes_as_well(contract):
    departure = apply(contract)

    with (
        pytest.raises(IntegrityError, match="departure_has_four_eyes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE staffing_departure SET decided_by_id = applied_by_id WHERE id = %s",
            [departure.pk],
        )


def test_the_database_knows_no_consent_without_its_day(contract):
    departure = apply(contract)

    with pytest.raises(IntegrityError, match="departure_is_consented_to_on_a_day"):
        Departure.objects.filter(pk=departure.pk).update(
            status="consented", decided_at=noon(9, 21), decided_by=make_user()
        )


def test_with_consent_the_last_day_stands_in_the_file(contract):
    departure = apply(contract)

    departures.consent(departure, note="", by=make_user(), at=noon(9, 21))
    departure.person.refresh_from_db()

    assert departure.person.leaves_on == LEAVES
    assert departure.person.status == PersonStatus.APPROVED


def test_a_consent_withdrawn_takes_the_last_day_out_of_the_file(contract):
    departure = apply(contract)
    departures.consent(departure, note="", by=make_user(), at=noon(9, 21))

    departures.withdraw(departure, note="留下", by=make_user(), at=noon(9, 22))
    departure.person.refresh_from_db()

    assert departure.person.leaves_on is None


def test_a_consent_does_not_come_after_the_last_day(contract):
    departure = apply(contract)

    with pytest.raises(MatterRefused):
        departures.consent(departure, note="", by=make_user(), at=noon(10, 16))


def test_a_refusal_says_why(contract):
    with pytest.raises(MatterRefused) as refusal:
        departures.refuse(apply(contract), note=" ", by=make_user(), at=noon(9, 21))

    assert refusal.value.field == "note"


# --- Leaving ------------------------------------------------------------------------------


def test_leaving_shuts_the_door_ends_sessions_and_empties_the_plan(contract):
    user = make_user(contract, Role.AGENT)
    person = make_cleared(contract, user=user)
    Session.objects.create(session_key="k", user=user, expire_date=noon(12, 1))
    before, after = (
        make_shift(person, noon(10, day), contract=contract) for day in (15, 17)
    )
    departure = apply(contract, person=person)

    departures.record_left(
        departure, left_on=LEAVES, by=make_user(contract), at=noon(10, 16)
    )

    person.refresh_from_db()
    assert (person.status, person.leaves_on) == (PersonStatus.LEFT, LEAVES)
    assert Membership.objects.get(user=user).cleared_at is None
    assert not Session.objects.filter(user=user).exists()
    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.state, after.state) == (ShiftState.HOLDS, ShiftState.REPLACED)
    assert departure.refill_by == date(2026, 10, 22)


@pytest.mark.parametrize(
    ("left_on", "at"),
    [
        (date(2026, 4, 30), noon(10, 16)),  # before joining
        (date(2026, 10, 17), noon(10, 16)),  # to come
    ],
)
def test_a_last_day_that_cannot_be_is_refused(contract, left_on, at):
    with pytest.raises(MatterRefused) as refusal:
        departures.record_left(apply(contract), left_on=left_on, by=make_user(), at=at)

    assert refusal.value.field == "left_on"


def test_somebody_gone_who_never_asked_is_recorded_once(contract):
    given = {
        "person": make_person(contract),
        "left_on": date(2026, 7, 31),
        "reason": "未到岗，联系不上",
        "token": uuid4(),
        "by": make_user(contract),
        "at": noon(8, 3),
    }
    first, again = (departures.record_gone(contract, **given) for _ in range(2))

    assert first == again
    assert (first.status, first.applied_on) == (DepartureStatus.LEFT, None)


def test_by_the_clock_people_leave_after_their_last_day_and_not_on_it(contract):
    departure = apply(contract)
    departures.consent(departure, note="", by=make_user(), at=noon(9, 21))
    midnight = datetime(2026, 10, 16, tzinfo=BEIJING)

    assert departures.settle_departures(contract, at=midnight - DAY / 1440) == 0
    assert departures.settle_departures(contract, at=midnight) == 1
    assert departures.settle_departures(contract, at=midnight + DAY) == 0
    departure.refresh_from_db()
    assert (departure.status, departure.left_on) == (DepartureStatus.LEFT, LEAVES)
    left = AuditEntry.objects.about(departure).get(became="left")
    assert left.by is None


def test_a_departure_before_a_year_without_calendar_is_counted_once_there_is_one(
    contract,
):
    last = date(2026, 12, 31)
    departure = apply(contract, leaves_on=last)
    departures.record_left(departure, left_on=last, by=make_user(), at=noon(1, 1, 2027))
    assert departure.refill_by is None

    make_year(2027, m01_01="元旦")
    departures.find_departure_breaches(contract, at=noon(1, 2, 2027))
    departure.refresh_from_db()

    assert departure.refill_by == date(2027, 1, 8)


# --- Refilling ----------------------------------------------------------------------------


def test_a_post_is_refilled_from_the_newcomers_first_day(contract):
    departure = leave(contract)

    refill(departure, date(2026, 10, 22))

    assert departure.status == DepartureStatus.REFILLED
    assert departure.refilled_on == date(2026, 10, 22)
    assert find(contract, noon(10, 23)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"status": PersonStatus.PROPOSED},
        {"begins_on": None},
        {"begins_on": date(2026, 5, 1)},  # a colleague who was there before
        {"begins_on": date(2026, 10, 30)},  # still to come
        {"post": Role.CLERK},
        {"elsewhere": True},
    ],
)
def test_not_everybody_refills_a_post(contract, given):
    departure = leave(contract)
    given = {"begins_on": date(2026, 10, 20), "name": "周八"} | given
    if role := given.get("post"):
        given["post"] = make_post(contract, role)
    taken = given.pop("elsewhere", False)
    newcomer = make_person(contract, **given)
    if taken:
        other = leave(contract)
        departures.refill(other, newcomer=newcomer, by=make_user(), at=noon(10, 21))

    with pytest.raises(MatterRefused) as refusal:
        departures.refill(departure, newcomer=newcomer, by=make_user(), at=noon(10, 21))

    assert refusal.value.field == "newcomer"


def test_a_post_is_refilled_once(contract):
    departure = leave(contract)
    refill(departure, date(2026, 10, 20))

    with pytest.raises(TransitionRefused):
        refill(Departure.objects.get(), date(2026, 10, 21))


# --- Breaches -----------------------------------------------------------------------------


def test_a_post_refilled_one_day_late_is_one_breach_of_1000(contract):
    departure = leave(contract)
    refill(departure, date(2026, 10, 23))

    (breach,) = find(contract, noon(10, 24))

    assert breach.tariff == 1000
    assert breach.happened_on == LEAVES
    assert breach.clause.ref == "第六条（二）11"
    assert breach.departure == departure
    assert len(breach.explained) == 1


def test_several_faults_of_one_departure_are_still_one_breach(contract):
    departures.record_gone(
        contract,
        person=make_person(contract),
        left_on=date(2026, 7, 31),
        reason="不辞而别",
        token=uuid4(),
        by=make_user(),
        at=noon(8, 3),
    )
    (breach,) = find(contract, noon(8, 3))
    assert len(breach.explained) == 2

    (grown,) = find(contract, noon(8, 10))  # nobody has come by 7 August

    assert grown.pk == breach.pk
    assert len(grown.explained) == 3
    assert find(contract, noon(8, 10)) == [grown]
    assert Breach.objects.count() == 1


def test_a_breach_whose_fault_is_gone_is_taken_back_and_may_come_again(contract):
    departure = leave(contract)
    (breach,) = find(contract, noon(10, 23))

    refill(departure, date(2026, 10, 22))  # told late, but there in time

    assert find(contract, noon(10, 24)) == []
    breach.refresh_from_db()
    assert breach.withdrawn_at == noon(10, 24)
    assert breach.withdrawn_why

    departure.newcomer.begins_on = date(2026, 10, 26)  # put right since
    departure.newcomer.save()

    assert len(find(contract, noon(10, 27))) == 1


def test_a_departure_that_has_not_happened_is_no_breach(contract):
    apply(contract, applied_on=date(2026, 10, 9), at=noon(10, 9))

    assert find(contract, noon(10, 10)) == []


def test_consent_refused_and_gone_all_the_same_is_a_fault(contract):
    departure = apply(contract)
    departures.refuse(departure, note="人手不足", by=make_user(), at=noon(9, 21))
    departures.record_left(departure, left_on=LEAVES, by=make_user(), at=noon(10, 16))

    (breach,) = find(contract, noon(10, 16))

    assert breach.explained == ["未经甲方同意离岗"]


def test_after_the_service_nobody_need_follow(contract):
    make_year(2027, m04_05="清明节")
    last = date(2027, 4, 29)
    departure = apply(contract, leaves_on=last)
    departures.consent(departure, note="", by=make_user(), at=noon(9, 21))
    departures.settle_departures(contract, at=noon(4, 30, 2027))
    departure.refresh_from_db()

    assert departure.refill_by is None
    assert find(contract, noon(6, 1, 2027)) == []


def test_a_breach_cannot_be_unsaid(contract):
    refill(leave(contract), date(2026, 10, 23))
    (breach,) = find(contract, noon(10, 24))

    with pytest.raises(Exception, match=r"[Cc]annot|permission|read.?only"):
        Breach.objects.filter(pk=breach.pk).update(tariff=1)


# --- Pages --------------------------------------------------------------------------------


@pytest.fixture
def running() -> Contract:
    return make_running_contract(now())


def ask_on_page(client: Any, contract: Contract, **given: Any) -> Any:
    today = localdate(now())
    form: dict[str, Any] = {
        "applied_on": today,
        "leaves_on": today + 40 * DAY,
        "reason": "个人原因",
        "paper": scan(),
        "token": uuid4(),
    }
    url = reverse("staffing:departure-new", args=[contract.number])
    return post(client, url, form | given)


def joined(contract: Contract, **given: Any) -> Any:
    return make_person(contract, begins_on=localdate(now()) - 20 * DAY, **given)


def test_on_the_page_a_form_sent_twice_is_one_departure(running):
    client, person, token = signed_in(running, Role.MANAGER), joined(running), uuid4()

    answers = [
        ask_on_page(client, running, person=person.pk, token=token) for _ in range(2)
    ]

    assert [answer.url for answer in answers] == [
        Departure.objects.get().get_absolute_url()
    ] * 2
    assert Departure.objects.count() == 1


def test_on_the_page_a_day_before_joining_is_refused_at_its_field(running):
    answer = ask_on_page(
        signed_in(running, Role.MANAGER),
        running,
        person=joined(running).pk,
        leaves_on=localdate(now()) - 25 * DAY,
    )

    assert answer.status_code == 422
    assert "leaves_on" in answer.context["form"].errors


def test_the_page_explains_the_day_and_warns_of_leaving_early(running):
    client = signed_in(running, Role.MANAGER)
    ask_on_page(client, running, person=joined(running).pk)
    departure = Departure.objects.get()

    page = client.get(departure.get_absolute_url())

    assert "Why this day?" in page.text
    assert page.context["early"]
    assert not page.context["asked_late"]


def test_the_way_of_a_departure_on_its_page(running):
    manager, supervisor = (
        signed_in(running, role) for role in (Role.MANAGER, Role.SUPERVISOR)
    )
    ask_on_page(manager, running, person=joined(running).pk)
    departure = Departure.objects.get()

    def take(client: Any, step: str, form: dict[str, Any]) -> int:
        args = [running.number, departure.pk]
        return client.post(  # type: ignore[no-any-return]
            reverse(f"staffing:departure-{step}", args=args), form
        ).status_code

    today = localdate(now())
    assert take(supervisor, "refuse", {}) == 422
    assert take(supervisor, "consent", {}) == 302
    assert take(supervisor, "consent", {}) == 422  # it is consented to already
    assert take(manager, "left", {"left_on": today - DAY}) == 302
    newcomer = make_person(running, begins_on=today, name="周八")
    assert take(manager, "refill", {"newcomer": newcomer.pk}) == 302
    departure.refresh_from_db()
    assert departure.status == DepartureStatus.REFILLED


def test_gone_without_asking_on_the_page(running):
    url = reverse("staffing:departure-gone", args=[running.number])
    form = {
        "person": joined(running).pk,
        "left_on": localdate(now()) - DAY,
        "reason": "联系不上",
        "token": uuid4(),
    }

    answer = signed_in(running, Role.SUPERVISOR).post(url, form)

    assert answer.status_code == 302
    assert "irregular" in signed_in(running, Role.LEADER).get(answer.url).text


@pytest.mark.parametrize("name", ["departures", "breaches"])
def test_lists_cost_the_same_with_one_row_and_with_three(running, name):
    url = reverse(f"staffing:{name}", args=[running.number])
    client = signed_in(running, Role.SUPERVISOR)

    def add() -> None:
        departures.record_gone(
            running,
            person=joined(running),
            left_on=localdate(now()) - 10 * DAY,
            reason="联系不上",
            token=uuid4(),
            by=make_user(),
            at=now() - timedelta(days=1),
        )
        departures.find_departure_breaches(running, at=now())

    add()
    one = queries(client, url)
    add()
    add()

    assert queries(client, url) == one


def test_a_breach_is_explained_on_its_page(running):
    make_clause(running, ref="第六条（二）11", title="离岗")
    departure = departures.record_gone(
        running,
        person=joined(running),
        left_on=localdate(now()) - DAY,
        reason="联系不上",
        token=uuid4(),
        by=make_user(),
        at=now(),
    )
    (breach,) = find(running, now())

    page = signed_in(running, Role.LEADER).get(breach.get_absolute_url()).text

    for said in (*breach.explained, "第六条（二）11", "1,000.00"):
        assert said in page
    assert departure.get_absolute_url() in page


@pytest.mark.parametrize(("kind", "shown"), [("departure", 1), ("gap", 0)])
def test_breaches_are_narrowed_to_a_kind_and_days(running, kind, shown):
    day = localdate(now()) - DAY
    departures.record_gone(
        running,
        person=joined(running),
        left_on=day,
        reason="联系不上",
        token=uuid4(),
        by=make_user(),
        at=now(),
    )
    find(running, now())
    url = reverse("staffing:breaches", args=[running.number])
    client = signed_in(running, Role.MANAGER)

    page = client.get(url, {"kind": kind, "happened_min": day, "happened_max": day})

    assert len(page.context["page"].rows) == shown
