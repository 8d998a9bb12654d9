"""The roster in a browser: from a person's file to a month, a night, a gap, a departure."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract, Membership
from staffing.actions import rosters
from staffing.actions.departures import find_departure_breaches
from staffing.actions.watch import watch
from staffing.models import (
    Breach,
    Departure,
    Handover,
    Person,
    Roster,
    RosterStatus,
    Shift,
)
from tests.factories import make_clause, make_user
from tests.staffing.factories import make_person, make_text
from tests.staffing.plans import make_cleared
from tests.world import make_people, make_running_contract

from .test_contract import PAPER
from .test_without_script import form_to
from .walk import send

DAY = timedelta(days=1)


@pytest.fixture
def contract(live_server: Any) -> Contract:
    return make_running_contract(now())


@pytest.fixture
def people(contract: Contract) -> dict[str, User]:
    return make_people(contract)


@pytest.fixture
def page(open_as: Any) -> Page:
    page: Page = open_as()
    return page


def url(name: str, contract: Contract, *args: Any) -> str:
    return reverse(f"staffing:{name}", args=[contract.number, *args])


def uncleared(contract: Contract) -> User:
    user = make_user(contract, Role.AGENT, demo=True)
    Membership.objects.filter(user=user).update(cleared_at=None)
    return user


def test_a_newcomer_gets_from_their_file_to_their_first_shift(
    page, contract, people, become
):
    newcomer, today = uncleared(contract), localdate()
    become(page, people[Role.SUPERVISOR])
    page.goto(url("posts", contract))
    send(page.locator("main form").last)
    make_text(contract)
    become(page, people[Role.MANAGER])
    page.goto(url("person-new", contract))
    send(
        page.locator("main form.form"),
        name="冯某",
        post="座席岗",
        number="999999199003070012",
    )
    file = page.url
    become(page, people[Role.SUPERVISOR])
    page.goto(file)
    send(form_to(page, "approve"))
    become(page, people[Role.MANAGER])
    page.goto(url("agreement-file", contract, Person.objects.get().pk))
    send(page.locator("main form.form"), signed_on=f"{today}", document=PAPER)
    page.goto(file)
    send(form_to(page, "begin"), begins_on=f"{today}", user=newcomer.username)

    become(page, newcomer)
    page.goto(url("desk", contract))
    send(form_to(page, "sign-on"))

    assert page.get_by_text("座席岗").first.is_visible()
    assert Membership.objects.get(user=newcomer).on_duty_since is not None
    send(form_to(page, "sign-off"))
    assert Membership.objects.get(user=newcomer).on_duty_since is None


def test_a_month_is_drafted_typed_by_keyboard_and_published_with_a_reasoned_gap(
    page, contract, people, become
):
    become(page, people[Role.SUPERVISOR])
    page.goto(url("posts", contract))
    send(page.locator("main form").last)
    person = make_cleared(contract, begins_on=localdate(), name="冯某")
    day = localdate() + DAY
    become(page, people[Role.MANAGER])
    page.goto(f"{url('roster', contract)}?month={day:%Y-%m}")
    send(form_to(page, "draft"))

    cell = page.locator(f"[name='c-{person.pk}-{day:%Y%m%d}']")
    cell.focus()
    page.keyboard.type("早")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(cell).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert Shift.objects.get().starts_at.astimezone().date() == day

    send(form_to(page, "publish"), ends=422)
    assert page.locator("[data-errors] li").count() == 1
    send(form_to(page, "publish"), reason="首月人员未到齐")

    roster = Roster.objects.get()
    assert roster.status == RosterStatus.PUBLISHED
    assert roster.gap_minutes
    assert "首月人员未到齐" in page.locator("main").inner_text()


def test_a_night_is_handed_over_and_both_sign(page, contract, people, become):
    giver = make_cleared(contract, user=people[Role.AGENT], name="冯某")
    taker_user = make_user(contract, Role.AGENT, demo=True)
    make_cleared(contract, user=taker_user, name="陈某")
    become(page, people[Role.AGENT])
    page.goto(url("desk", contract))
    send(form_to(page, "sign-on"))
    page.goto(reverse("reports:hand-over", args=[contract.number]))
    send(page.locator("main form.form"), taker="陈某", unfinished="待回电两件")
    sheet = page.url

    become(page, taker_user)
    page.goto(sheet)
    assert "待回电两件" in page.locator("main").inner_text()
    page.get_by_role("button", name="Take over and sign").click()
    expect(page.get_by_role("button", name="Take over and sign")).to_have_count(0)

    handover = Handover.objects.get()
    assert handover.giver == giver
    assert handover.taken_by == taker_user


def test_a_departure_a_day_late_is_a_fact_and_an_open_page_stops_working(
    page, contract, people, become, open_as
):
    make_clause(contract, ref="第六条（二）11", title="人员离岗")
    user = make_user(contract, Role.AGENT, demo=True)
    person = make_cleared(
        contract, user=user, name="冯某", begins_on=contract.starts_on
    )
    theirs = open_as(user)
    theirs.goto(url("desk", contract))
    expect(theirs.get_by_role("heading", level=1)).to_be_visible()
    become(page, people[Role.MANAGER])
    page.goto(url("departure-gone", contract))
    send(
        page.locator("main form.form"),
        person="冯某",
        left_on=f"{localdate()}",
        reason="未办手续离岗",
    )
    watch(contract, at=now())

    theirs.reload()
    assert "/sign-in/" in theirs.url

    find_departure_breaches(contract, at=now())
    assert Departure.objects.get().person == person
    assert str(Breach.objects.get().tariff) == "1000.00"


def test_dragging_fills_a_week(page, contract, people, become):
    person = make_person(contract, begins_on=localdate())
    manager, day = people[Role.MANAGER], localdate() + DAY
    month = day.replace(day=1)
    rosters.draft(contract, month, token=uuid4(), by=manager, at=now())
    become(page, manager)
    page.goto(f"{url('roster', contract)}?month={day:%Y-%m}")
    fields = page.locator(f"[name^='c-{person.pk}-']")
    if fields.count() < 3:
        month = (month + 40 * DAY).replace(day=1)
        rosters.draft(contract, month, token=uuid4(), by=manager, at=now())
        page.goto(f"{url('roster', contract)}?month={month:%Y-%m}")
    fields.first.fill("早")

    fields.first.hover()
    page.mouse.down()
    for number in (1, 2):
        fields.nth(number).hover()
    page.mouse.up()

    assert [fields.nth(n).input_value() for n in range(3)] == ["早", "早", "早"]
