"""Leave and swaps change a plan that holds, once somebody else has granted them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import Role
from contracts.actions.refusals import MatterRefused
from contracts.models import Contract, TransitionRefused
from contracts.rules.calendar import BEIJING
from staffing.actions import absences
from staffing.models import AskedStatus, Leave, LeaveKind, Person, Shift, Swap
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, HOUR, minute, signed_in
from tests.factories import make_contract, make_user
from tests.staffing.factories import make_post
from tests.staffing.plans import make_cleared, make_shift
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 8, 12, tzinfo=BEIJING)
MORNING = datetime(2026, 6, 10, 8, tzinfo=BEIJING)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    return make_contract()


def somebody(contract: Contract, **given: Any) -> Person:
    """Make somebody cleared for duty, with an account."""
    return make_cleared(contract, user=make_user(contract, Role.AGENT), **given)


def ask_leave(person: Person, **given: Any) -> Leave:
    asked: dict[str, Any] = {
        "person": person,
        "kind": LeaveKind.PERSONAL,
        "starts_at": MORNING,
        "ends_at": MORNING + DAY,
        "reason": "家事",
        "token": uuid4(),
        "by": person.user,
        "at": AT,
    }
    return absences.ask_leave(person.contract, **asked | given)


def ask_swap(shift: Shift, taker: Person, **given: Any) -> Swap:
    asked: dict[str, Any] = {
        "shift": shift,
        "taker": taker,
        "in_return": None,
        "reason": "",
        "token": uuid4(),
        "by": shift.person.user,
        "at": AT,
    }
    return absences.ask_swap(shift.contract, **asked | given)


def states(person: Person) -> list[str]:
    return list(person.shifts.order_by("pk").values_list("state", flat=True))


def holding(person: Person) -> list[datetime]:
    return [shift.starts_at for shift in Shift.objects.holding().filter(person=person)]


# --- Leave --------------------------------------------------------------------------------


def test_leave_granted_takes_the_shifts_in_it_out_of_the_plan(contract):
    person = somebody(contract)
    for starts_at in (MORNING - DAY, MORNING, MORNING + DAY - HOUR, MORNING + 2 * DAY):
        make_shift(person, starts_at)
    leave = ask_leave(person)
    assert absences.falling_out(leave, at=AT).count() == 2

    fallen = absences.grant_leave(leave, note="", by=make_user(), at=AT)

    assert fallen == 2
    assert states(person) == ["holds", "replaced", "replaced", "holds"]


def test_a_shift_that_has_begun_stays_in_the_plan(contract):
    person = somebody(contract)
    make_shift(person, MORNING)
    leave = ask_leave(person)

    absences.grant_leave(leave, note="", by=make_user(), at=MORNING + HOUR)

    assert states(person) == ["holds"]


def test_neither_who_asked_nor_whose_leave_it_is_grants_it(contract):
    person, manager = somebody(contract), make_user(contract, Role.MANAGER)
    leave = ask_leave(person, by=manager)

    for by in (manager, person.user):
        with pytest.raises(MatterRefused):
            absences.grant_leave(leave, note="", by=by, at=AT)
    with pytest.raises(IntegrityError, match="leave_has_four_eyes"):
        Leave.objects.filter(pk=leave.pk).update(
            status=AskedStatus.GRANTED, decided_by=manager
        )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ends_at": MORNING}, "ends_at"),
        ({"starts_at": AT - DAY, "ends_at": AT}, "ends_at"),
        ({"ends_at": MORNING + 400 * DAY}, "ends_at"),
    ],
)
def test_leave_is_for_a_time_to_come_within_the_contract(contract, given, field):
    with pytest.raises(MatterRefused) as refusal:
        ask_leave(somebody(contract), **given)

    assert refusal.value.field == field


def test_the_same_leave_sent_twice_is_one_and_another_at_that_time_is_refused(contract):
    person, token = somebody(contract), uuid4()

    first, again = (ask_leave(person, token=token) for _ in range(2))

    assert first == again
    with pytest.raises(MatterRefused) as refusal:
        ask_leave(person)
    assert refusal.value.field == "starts_at"


def test_leave_is_withdrawn_by_who_asked_and_by_nobody_else(contract):
    leave = ask_leave(somebody(contract))

    with pytest.raises(MatterRefused):
        absences.withdraw(leave, note="", by=make_user(), at=AT)
    absences.withdraw(leave, note="不去了", by=leave.asked_by, at=AT)

    assert leave.status == AskedStatus.WITHDRAWN


def test_leave_is_decided_once(contract):
    leave = ask_leave(somebody(contract))
    stale = Leave.objects.get()
    absences.refuse(leave, note="人手不足", by=make_user(), at=AT)

    with pytest.raises(TransitionRefused):
        absences.grant_leave(stale, note="", by=make_user(), at=AT)


# --- Swaps --------------------------------------------------------------------------------


def granted(swap: Swap) -> None:
    assert swap.taker.user is not None
    absences.agree(swap, by=swap.taker.user, at=AT)
    absences.grant_swap(swap, note="", by=make_user(), at=AT)


def test_a_swap_hands_the_shift_over_in_the_same_roster(contract):
    giver, taker = somebody(contract), somebody(contract)
    shift = make_shift(giver, MORNING)

    granted(ask_swap(shift, taker))

    assert states(giver) == ["replaced"]
    taken = taker.shifts.get()
    assert (taken.roster, taken.starts_at) == (shift.roster, MORNING)
    assert giver.name in taken.note


def test_two_shifts_change_hands_at_once(contract):
    giver, taker = somebody(contract), somebody(contract)
    # Each would overlap, were the other's not given away with it.
    shift = make_shift(giver, MORNING)
    back = make_shift(taker, MORNING + 4 * HOUR)

    granted(ask_swap(shift, taker, in_return=back))

    assert holding(giver) == [MORNING + 4 * HOUR]
    assert holding(taker) == [MORNING]


def test_nobody_comes_to_work_without_rest_by_a_swap(contract):
    giver, taker = somebody(contract), somebody(contract, name="吴九")
    shift = make_shift(giver, MORNING)
    make_shift(taker, MORNING + 10 * HOUR)
    swap = ask_swap(shift, taker)

    with pytest.raises(MatterRefused, match=r"吴九.*2026-06-10 08:00"):
        granted(swap)

    swap.refresh_from_db()
    assert swap.status == AskedStatus.AGREED
    assert states(giver) == ["holds"]


def test_a_shift_that_has_begun_is_not_swapped(contract):
    giver, taker = somebody(contract), somebody(contract)
    shift = make_shift(giver, MORNING)
    with pytest.raises(MatterRefused, match="has begun"):
        ask_swap(shift, taker, at=MORNING)
    swap = ask_swap(shift, taker)
    absences.agree(swap, by=taker.user, at=AT)

    with pytest.raises(MatterRefused, match="has begun"):
        absences.grant_swap(swap, note="", by=make_user(), at=MORNING)


def test_only_the_other_agrees_and_only_a_third_grants(contract):
    giver, taker = somebody(contract), somebody(contract)
    swap = ask_swap(make_shift(giver, MORNING), taker)
    with pytest.raises(TransitionRefused):
        absences.grant_swap(swap, note="", by=make_user(), at=AT)
    with pytest.raises(MatterRefused):
        absences.agree(swap, by=giver.user, at=AT)
    absences.agree(swap, by=taker.user, at=AT)

    for by in (giver.user, taker.user):
        with pytest.raises(MatterRefused):
            absences.grant_swap(swap, note="", by=by, at=AT)
    with pytest.raises(IntegrityError, match="swap_is_granted_by_a_third"):
        Swap.objects.filter(pk=swap.pk).update(
            status=AskedStatus.GRANTED, decided_by=taker.user
        )


@pytest.mark.parametrize("unfit", ["other post", "no account", "gone by then"])
def test_not_everybody_takes_a_shift_over(contract, unfit):
    taker = {
        "other post": lambda: somebody(contract, post=make_post(contract, Role.CLERK)),
        "no account": lambda: make_cleared(contract),
        "gone by then": lambda: somebody(contract, leaves_on=AT.date()),
    }[unfit]()

    with pytest.raises(MatterRefused) as refusal:
        ask_swap(make_shift(somebody(contract), MORNING), taker)

    assert refusal.value.field == "taker"


def test_a_shift_until_midnight_is_over_on_its_day(contract):
    taker = somebody(contract, leaves_on=MORNING.date())
    shift = make_shift(somebody(contract), MORNING + 8 * HOUR)

    assert ask_swap(shift, taker).status == AskedStatus.ASKED


def test_a_shift_is_swapped_once_at_a_time_and_the_same_form_twice_is_one(contract):
    giver, taker, token = somebody(contract), somebody(contract), uuid4()
    shift = make_shift(giver, MORNING)

    first, again = (ask_swap(shift, taker, token=token) for _ in range(2))

    assert first == again
    with pytest.raises(MatterRefused):
        ask_swap(shift, somebody(contract))
    absences.decline(first, note="不便", by=taker.user, at=AT)
    assert ask_swap(shift, taker).status == AskedStatus.ASKED


def test_what_the_plan_no_longer_holds_is_not_handed_over(contract):
    giver, taker = somebody(contract), somebody(contract)
    swap = ask_swap(make_shift(giver, MORNING), taker)
    absences.agree(swap, by=taker.user, at=AT)
    leave = ask_leave(giver)
    absences.grant_leave(leave, note="", by=make_user(), at=AT)

    with pytest.raises(MatterRefused, match="not planned any more"):
        absences.grant_swap(
            Swap.objects.get(pk=swap.pk), note="", by=make_user(), at=AT
        )


# --- Pages --------------------------------------------------------------------------------


@pytest.fixture
def running() -> Contract:
    return make_running_contract(now())


def here(contract: Contract) -> Person:
    user = make_user(contract, Role.AGENT, demo=True)
    return make_cleared(
        contract, user=user, begins_on=localtime(now()).date() - 20 * DAY
    )


def next_morning() -> datetime:
    tomorrow = localtime(now()) + 2 * DAY
    return tomorrow.replace(hour=8, minute=0, second=0, microsecond=0)


def form_of(person: Person, **given: Any) -> dict[str, Any]:
    asked = {
        "person": person.pk,
        "kind": "sick",
        "starts_at": minute(next_morning()),
        "ends_at": minute(next_morning() + DAY),
        "reason": "就医",
        "token": uuid4(),
    }
    return asked | given


def test_people_ask_for_themselves_and_the_manager_for_anybody(client, running):
    mine, other = here(running), here(running)
    client.force_login(mine.user)
    url = reverse("staffing:leave-new", args=[running.number])

    assert client.post(url, form_of(other)).status_code == 422
    form = form_of(mine)
    assert [client.post(url, form).status_code for _ in range(2)] == [302, 302]
    assert Leave.objects.count() == 1
    manager = signed_in(running, Role.MANAGER)
    assert manager.post(url, form_of(other)).status_code == 302


def test_the_page_shows_how_many_shifts_fall_out_before_granting(client, running):
    person = here(running)
    make_shift(person, next_morning())
    leave = ask_leave(
        person, starts_at=next_morning(), ends_at=next_morning() + DAY, at=now()
    )
    manager = signed_in(running, Role.MANAGER)
    url = leave.get_absolute_url()
    assert "1 planned shift falls out" in manager.get(url).text
    client.force_login(person.user)
    assert client.get(url).context["steps"][0].step.action == "staffing.ask"

    grant = reverse("staffing:leave-grant", args=[running.number, leave.pk])
    assert client.post(grant, {}).status_code == 403
    assert manager.post(grant, {}).status_code == 302
    assert states(person) == ["replaced"]


def test_people_see_their_own_and_not_why_others_are_away(client, running):
    mine, other = here(running), here(running)
    times = {"starts_at": next_morning(), "ends_at": next_morning() + DAY, "at": now()}
    ask_leave(mine, **times)
    theirs = ask_leave(other, **times)
    client.force_login(mine.user)

    listed = client.get(reverse("staffing:absences", args=[running.number]))

    assert [one.person for one in listed.context["page"].rows] == [mine]
    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_the_way_of_a_swap_on_its_page(client, running):
    giver, taker = here(running), here(running)
    shift = make_shift(giver, next_morning())
    client.force_login(giver.user)
    form = {"shift": shift.pk, "taker": taker.pk, "token": uuid4()}
    url = reverse("staffing:swap-new", args=[running.number])
    assert client.post(url, form).status_code == 302
    swap = Swap.objects.get()
    listed = client.get(reverse("staffing:swaps", args=[running.number]))
    assert [one.pk for one in listed.context["page"].rows] == [swap.pk]

    def step(name: str, form: dict[str, Any] | None = None) -> int:
        args = [running.number, swap.pk]
        return client.post(  # type: ignore[no-any-return]
            reverse(f"staffing:swap-{name}", args=args), form or {}
        ).status_code

    assert step("agree") == 422  # the other agrees
    client.force_login(taker.user)
    assert step("agree") == 302
    client.force_login(make_user(running, Role.SUPERVISOR, demo=True))
    assert step("refuse") == 422
    assert step("grant") == 302
    assert holding(taker) == [shift.starts_at]


def test_a_grant_that_leaves_no_rest_says_so_on_the_page(running):
    giver, taker = here(running), here(running)
    swap = ask_swap(make_shift(giver, next_morning()), taker, at=now())
    make_shift(taker, next_morning() + timedelta(hours=9))
    absences.agree(swap, by=taker.user, at=now())
    url = reverse("staffing:swap-grant", args=[running.number, swap.pk])

    answer = signed_in(running, Role.SUPERVISOR).post(url, {})

    assert answer.status_code == 422
    assert "cannot take the shift" in answer.text


@pytest.mark.parametrize("name", ["absences", "swaps"])
def test_lists_cost_the_same_with_one_row_and_with_three(running, name):
    url = reverse(f"staffing:{name}", args=[running.number])
    client = signed_in(running, Role.MANAGER)
    times = {"starts_at": next_morning(), "ends_at": next_morning() + DAY, "at": now()}

    def add() -> None:
        giver, taker = here(running), here(running)
        back = make_shift(taker, next_morning())
        shift = make_shift(giver, next_morning())
        ask_swap(shift, taker, in_return=back, at=now())
        ask_leave(giver, **times)

    add()
    one = queries(client, url)
    add()
    add()

    assert queries(client, url) == one
