"""The list worked by keyboard alone: found, ticked, acted on, walked through, kept."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils.timezone import now
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.roles import Role
from cases.models import Case, CaseStatus, SavedView
from contracts.models import Contract
from tests.factories import make_unit
from tests.world import HOUR, make_open_case, make_people, make_running_contract

#: More stops than there are between any two parts of the page.
STOPS = 40


@pytest.fixture
def contract(live_server: Any) -> Contract:
    return make_running_contract(now())


@pytest.fixture
def people(contract: Contract) -> dict[str, User]:
    return make_people(contract)


@pytest.fixture
def orders(contract: Contract) -> list[Case]:
    """Make three orders to be signed, and one between them that is signed already."""
    at, unit = now(), make_unit(contract)
    statuses = ("received", "signed", "received", "received")
    return [
        make_open_case(
            contract, at, unit=unit, status=status, counted_at=at - (1 + n) * HOUR
        )
        for n, status in enumerate(statuses)
    ]


@pytest.fixture
def page(open_as: Any, people: dict[str, User], orders: list[Case]) -> Page:
    page: Page = open_as(people[Role.MANAGER])
    page.goto(reverse("cases:list", args=[orders[0].contract.number]))
    return page


def number(page: Page, order: Case) -> Locator:
    """Return the way from the list to an order."""
    return page.locator("#orders").get_by_role("link", name=order.number)


def tick(page: Page, order: Case) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {order.number}")


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until the browser stands on what is looked for."""
    for _stop in range(STOPS):
        page.keyboard.press("Tab")
        if goal.evaluate("goal => goal === document.activeElement"):
            return
    raise AssertionError(f"No way by Tab to {goal}")


def test_an_order_is_found_and_opened(page, orders):
    search, sought = page.locator("#search"), orders[2]

    press(page, "/")
    expect(search).to_be_focused()
    page.keyboard.type(sought.number)
    press(page, "Enter")
    expect(page.locator("#orders tbody tr")).to_have_count(1)
    press(page, "j Enter")

    page.wait_for_url(f"**/cases/{sought.pk}/*")
    expect(page.locator("main")).to_contain_text(sought.number)


def test_each_ticked_order_has_a_result_of_its_own(page, orders):
    press(page, "j x j x")
    expect(tick(page, orders[0])).to_be_checked()
    expect(tick(page, orders[1])).to_be_checked()
    expect(page.locator("[data-selected]")).to_have_text("2")
    expect(page.locator(".bulk")).to_be_visible()
    press(page, "b")
    expect(page.locator(".bulk button").first).to_be_focused()
    press(page, "Enter")

    page.wait_for_url("**/cases/bulk/sign/")
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text=orders[0].number)).to_contain_text("Done")
    expect(rows.filter(has_text=orders[1].number)).to_contain_text(
        "This step is not open from here."
    )
    statuses = {case.pk: case.status for case in Case.objects.all()}
    assert statuses[orders[0].pk] == statuses[orders[1].pk] == CaseStatus.SIGNED
    assert statuses[orders[2].pk] == CaseStatus.RECEIVED


def test_a_takes_all_and_leaves_all(page, orders):
    bar = page.locator(".bulk")

    press(page, "a")
    expect(page.locator("[data-selected]")).to_have_text(f"{len(orders)}")
    expect(bar).to_be_visible()
    press(page, "a")
    expect(bar).to_be_hidden()
    press(page, "b")
    expect(page.locator(".bulk button").first).not_to_be_focused()


def test_the_way_leads_through_the_list_one_came_from(page, contract, orders):
    """What the filters leave out is not on the way, in the order of the list."""
    there = reverse("cases:list", args=[contract.number])
    page.goto(f"{there}?status=received&sort=counted_at")
    last, middle, first = orders[3], orders[2], orders[0]

    press(page, "j Enter")
    page.wait_for_url(f"**/cases/{last.pk}/*")
    for key, order in (("j", middle), ("j", first), ("j", first), ("k", middle)):
        press(page, key)
        page.wait_for_url(f"**/cases/{order.pk}/*status=received*")
    expect(page.locator("h1")).to_be_visible()


def test_a_view_is_kept_and_opened_as_a_tab(page, contract, orders):
    there = reverse("cases:list", args=[contract.number])
    page.goto(f"{there}?status=received")
    name = page.get_by_label("Name of the view")

    tab_to(page, page.get_by_role("button", name="Keep this view"))
    press(page, "Enter")
    expect(name).to_be_visible()
    tab_to(page, name)
    page.keyboard.type("To be signed today")
    press(page, "Control+Enter")
    tab = page.get_by_role("link", name="To be signed today")
    expect(tab).to_have_attribute("aria-current", "page")
    assert SavedView.objects.get().query == "status=received"

    page.goto(there)
    expect(page.locator("#orders tbody tr")).to_have_count(len(orders))
    tab_to(page, tab)
    press(page, "Enter")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.locator("#orders tbody tr")).to_have_count(3)
    expect(number(page, orders[1])).to_have_count(0)


def test_the_keys_are_listed_and_can_be_put_out_of_use(page, orders):
    help_, first = page.locator("#keys"), number(page, orders[0])
    single = help_.locator("[data-single-keys]")

    press(page, "?")
    expect(help_).to_be_visible()
    expect(help_).to_contain_text("x")
    press(page, "j")
    expect(first).not_to_be_focused()
    tab_to(page, single)
    press(page, "Space")
    expect(single).not_to_be_checked()
    press(page, "Escape j")
    expect(help_).to_be_hidden()
    expect(first).not_to_be_focused()
