"""Nothing that axe finds stands in anybody's way: what opens, and what answers.

The pages as they come are looked at in test_every_page.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from accounts.roles import Duty, Role
from tests.factories import PASSWORD, make_contract, make_user
from tests.stage import World

#: Over and above what axe looks for by itself: WCAG 2.2 has it.
RULES: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
#: What another theme can change.
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
RUN = """options => axe.run({...options, resultTypes: ["violations"], preload: false})
    .then(results => results.violations.flatMap(
        rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html}`)))"""
SWITCH = "theme => document.documentElement.dataset.theme = theme"

#: Parts that fade in are looked at when they are there.
STILL = {"reduced_motion": "reduce"}
THEMES = ("light", "dark")


def faults(page: Page, themes: Sequence[str] = THEMES) -> Iterator[str]:
    """Yield what axe finds on a page as it stands, by theme, rule and selector."""
    page.evaluate("scrollTo(0, 0)")  # what lies half under the frame is not judged
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for theme in themes:
        options = RULES if theme == "light" else COLOURS
        page.evaluate(SWITCH, theme)
        for fault in page.evaluate(RUN, options):
            yield f"{page.url}, {theme}: {fault}"


def test_axe_finds_nothing_in_what_opens_on_a_page(world: World, open_as):
    page = open_as(world.people[Role.MANAGER], **STILL)
    found: list[str] = []
    page.goto(world.url("cases:list"))

    for opener in (".person", "[popovertarget=orders-columns]", ".pick > summary"):
        page.locator(opener).first.click()
        found += faults(page)
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    found += faults(page)

    assert found == []


def test_axe_finds_nothing_in_what_a_form_answers(world: World, open_as):
    page = open_as(world.people[Role.MANAGER], **STILL)
    found: list[str] = []

    page.goto(world.url("cases:case", world.cases["handling"].pk))
    page.locator("a[data-step=urge]").click()
    page.get_by_label("What was said, to whom").fill(" ")
    page.get_by_role("button", name="Urge").click()
    page.locator("[data-errors]").wait_for()
    found += faults(page)
    show_in_clear(page)
    found += faults(page)

    assert found == []


def show_in_clear(page: Page) -> None:
    page.locator("summary", has_text="Show in clear").click()
    page.get_by_label("Reason").fill("callback")
    page.get_by_role("button", name="Show in clear").click()
    page.locator("[data-personal]").wait_for()


def test_axe_finds_nothing_at_the_door(world: World, open_as):
    page = open_as(**STILL)
    found: list[str] = []

    page.goto("/accounts/sign-in/")
    for _failure in range(5):
        page.get_by_label("User name").fill(world.somebody.username)
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.locator("[role=alert]").wait_for()
        found += faults(page) if not found else []

    assert "locked" in page.locator("[role=alert]").inner_text()
    assert [*found, *faults(page)] == []


def test_axe_finds_nothing_on_a_page_that_is_shown_once(world: World, open_as, become):
    page = open_as(world.people[Duty.SYSTEM], **STILL)
    page.goto(f"/accounts/people/{world.somebody.pk}/reset-password/")
    page.get_by_label("Reason").fill("lost")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Reset the password").click()
    page.locator("#start-password").wait_for()
    found = [*faults(page)]

    become(page, world.people[Role.SUPERVISOR])
    page.goto(world.url("contracts:ledger"))
    page.get_by_role("button", name="Verify now").click()
    page.get_by_text("Verified").wait_for()

    assert [*found, *faults(page)] == []


def test_axe_finds_nothing_on_a_page_that_says_what_went_wrong(settings, open_as):
    settings.ROOT_URLCONF = "tests.browser.urls"
    contract = make_contract()
    found: list[str] = []
    page = open_as(make_user(contract, Role.AGENT), **STILL)

    for path, status in {
        "/suspect/": 400,
        f"/contracts/{contract.number}/reports/schedule/": 403,
        "/nowhere/": 404,
        "/breaks/": 500,
    }.items():
        assert page.goto(path).status == status
        found += faults(page)

    assert found == []


def test_axe_finds_nothing_on_the_page_of_components(settings, open_as):
    settings.ROOT_URLCONF = "tests.browser.urls"
    settings.DEBUG = True
    page = open_as(make_user(make_contract()), **STILL)

    page.goto("/style/")

    assert [*faults(page)] == []
