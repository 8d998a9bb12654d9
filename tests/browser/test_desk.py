"""The desk's daily work in the browser, by mouse and by key."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils.timezone import localtime, now
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.roles import Role
from cases import actions as cases
from cases.models import Batch, Case, CaseStatus
from contracts.models import Contract
from tests.factories import PASSWORD, make_unit
from tests.world import (
    DAY,
    HOUR,
    make_file,
    make_open_case,
    make_people,
    make_running_contract,
)


@pytest.fixture
def contract(live_server: Any) -> Contract:
    return make_running_contract(now())


@pytest.fixture
def people(contract: Contract) -> dict[str, User]:
    return make_people(contract)


@pytest.fixture
def case(contract: Contract) -> Case:
    return make_open_case(contract, now(), unit=make_unit(contract))


def sign_in(page: Page, user: User) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def step(page: Page, name: str) -> Locator:
    """Return the form of a step, called up if it is not there."""
    form = page.locator(f'form[action*="/{name}/"]')
    if not form.count():
        page.locator(f'a[data-step="{name}"]').click()
    return form


def send(form: Locator) -> None:
    form.locator("button").click()


def minute(moment: Any) -> str:
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def test_an_order_goes_across_the_desk_without_a_page_being_loaded(
    open_as, contract, people, case
):
    agent = open_as()
    sign_in(agent, people[Role.AGENT])
    agent.goto(reverse("cases:list", args=[contract.number]))
    agent.get_by_role("link", name=case.number).click()
    agent.evaluate("window.loadedOnce = true")
    lines = agent.locator(".timeline > li")

    send(step(agent, "sign"))
    expect(lines).to_have_count(2)
    send(step(agent, "transfer"))
    expect(lines).to_have_count(3)
    send(step(agent, "accept"))
    expect(lines).to_have_count(4)
    reply = step(agent, "reply")
    reply.locator("[name=result]").fill("已修复")
    reply.locator("[name=reply]").fill("已告知来电人")
    send(reply)
    expect(lines).to_have_count(5)
    assert agent.evaluate("window.loadedOnce")

    closer = open_as(people[Role.CLOSER])
    closer.goto(case.get_absolute_url())
    review = step(closer, "review")
    review.locator("[name=note]").fill("已核对")
    send(review)
    expect(closer.locator(".timeline > li")).to_have_count(6)
    send(step(closer, "close"))
    expect(closer.locator(".timeline > li")).to_have_count(7)
    assert Case.objects.get().status == CaseStatus.CLOSED


def test_a_refusal_comes_in_place_and_keeps_what_was_typed(open_as, people, case):
    page = open_as(people[Role.AGENT])
    page.goto(case.get_absolute_url())
    send(step(page, "sign"))
    expect(page.locator(".timeline > li")).to_have_count(2)
    page.evaluate("window.loadedOnce = true")
    form = step(page, "transfer")
    form.locator("[name=note]").fill("请核实")
    form.locator("[name=inner_due_at]").fill(minute(case.due_at + DAY))

    with page.expect_response("**/transfer/") as answer:
        send(form)

    expect(page.locator("[data-errors]")).to_be_focused()
    assert answer.value.status == 422
    assert page.evaluate("window.loadedOnce")
    assert form.locator("[name=note]").input_value() == "请核实"


def test_who_comes_second_is_told_who_was_first(open_as, people, case):
    page = open_as(people[Role.AGENT])
    page.goto(case.get_absolute_url())
    other = open_as(people[Role.MANAGER])
    other.goto(case.get_absolute_url())
    send(step(other, "sign"))
    expect(other.locator(".timeline > li")).to_have_count(2)

    send(step(page, "sign"))

    expect(page.locator("[data-errors]")).to_contain_text(
        f"Somebody else got here first. {people[Role.MANAGER].name} did this"
    )
    expect(page.locator(".timeline > li")).to_have_count(2)


def test_a_file_moves_on_while_one_looks_at_it(open_as, people, contract, tmp_path):
    page = open_as(people[Role.CLERK])
    page.goto(reverse("cases:import", args=[contract.number]))
    path = tmp_path / "orders.csv"
    path.write_bytes(make_file(now()).read())
    page.locator("[name=file]").set_input_files(path)
    assert "orders.csv" in page.locator("[data-drop-file]").inner_text()
    page.get_by_role("button", name="Upload and check").click()
    page.get_by_role("progressbar").wait_for()

    cases.work_on(Batch.objects.get(), at=now())
    page.get_by_role("button", name="Import").click()
    page.get_by_role("progressbar").wait_for()
    cases.work_on(Batch.objects.get(), at=now())

    page.get_by_text("The file has been imported.").wait_for()
    assert Case.objects.count() == 2


def test_keys_lead_through_the_list_and_from_order_to_order(open_as, people, contract):
    at = now()
    orders = [
        make_open_case(contract, at, counted_at=at - n * HOUR) for n in range(1, 4)
    ]
    page = open_as(people[Role.AGENT])
    keys = page.keyboard
    page.goto(reverse("cases:list", args=[contract.number]))

    keys.press("?")
    expect(page.locator("#keys")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    for key in "jjk":
        keys.press(key)
    expect(page.get_by_role("link", name=orders[0].number)).to_be_focused()
    for key, order in zip(("Enter", "j", "j", "k"), (0, 1, 2, 1), strict=True):
        keys.press(key)
        page.wait_for_url(f"**/cases/{orders[order].pk}/")


def test_slash_leads_to_the_search_and_is_not_typed(open_as, people, case):
    page = open_as(people[Role.AGENT])
    page.goto(case.get_absolute_url())

    page.keyboard.press("/")

    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(case.number)
    page.keyboard.press("Enter")
    expect(page.locator("#orders tbody a")).to_have_text([case.number])


def test_the_first_act_is_reached_and_taken_by_key_alone(open_as, people, case):
    page = open_as(people[Role.AGENT])
    page.goto(case.get_absolute_url())
    keys, act = page.keyboard, page.locator("form.act").first

    keys.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    keys.press("Enter")
    for _stop in range(8):
        keys.press("Tab")
        if act.evaluate("act => act.contains(document.activeElement)"):
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    keys.press("Control+Enter")

    expect(page.locator(".timeline > li")).to_have_count(2)
    assert outline != "none"
