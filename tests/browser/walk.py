"""Somebody walks through the pages of a contract, and fills in their forms."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from playwright.sync_api import Locator, Page

from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract
from tests.factories import CHINA

from .test_without_script import form_to

#: The page of a record, without the name of the step that was taken on it.
OF_A_RECORD = re.compile(r"(.*/\d+/).*")
#: Form → what is typed into it, by the names of its fields; of a choice, its words.
Filled = str | bool | dict[str, Any]


@dataclass
class Walk:
    """A browser, those who take turns at it, and the day on which they do."""

    page: Page
    contract: Contract
    people: dict[Role, User]
    become: Callable[[Page, User], None]
    put_clock: Callable[[datetime], None]

    def on(self, moment: str) -> None:
        """Make it another time, in Beijing."""
        self.put_clock(datetime.fromisoformat(moment).replace(tzinfo=CHINA))

    def open(self, role: Role, name: str) -> Locator:
        """Open a page of the contract for somebody, and return its form."""
        self.become(self.page, self.people[role])
        self.page.goto(reverse(name, args=[self.contract.number]))
        return self.page.locator("main form.form")

    def turn_to(self, role: Role) -> None:
        """Let somebody else look at the page that is open."""
        self.become(self.page, self.people[role])
        self.page.goto(OF_A_RECORD.sub(r"\1", self.page.url))

    def step(self, name: str, *, ends: int = 200, **values: Filled) -> None:
        """Take a step of what is on the page."""
        send(form_to(self.page, name), ends=ends, **values)


def fill(form: Locator, **values: Filled) -> None:
    for name, value in values.items():
        field = form.locator(f'[name="{name}"]')
        if isinstance(value, dict):
            field.set_input_files(value)  # type: ignore[arg-type]
        elif isinstance(value, bool):
            field.set_checked(value)
        elif field.evaluate("field => field.localName") == "select":
            option = field.locator("option", has_text=value).first
            field.select_option(option.get_attribute("value"))
        else:
            field.fill(value)


def send(form: Locator, *, ends: int = 200, **values: Filled) -> None:
    """Fill a form in, press its button, and wait for the page that answers."""
    fill(form, **values)
    with form.page.expect_navigation() as answer:
        form.locator("button:not([name])").last.click()
    assert answer.value
    assert answer.value.status == ends, form.page.locator("[data-errors]").inner_text()


def fact(page: Page, name: str) -> str:
    """Return what the page states under a name."""
    head = page.locator("main dt", has_text=re.compile(rf"^\s*{re.escape(name)}\s*$"))
    return head.first.locator("xpath=following-sibling::dd[1]").inner_text()


def clocks(page: Page) -> list[str]:
    """Return what stands beside each clock on the page, its counting folded."""
    return page.locator("section[aria-labelledby=clocks] dd").all_inner_texts()


def status(page: Page) -> str:
    return page.locator("section[aria-labelledby=standing] .badge").first.inner_text()


def cells(page: Page, rows: str, columns: list[int]) -> list[str]:
    """Return the first word of these cells of a table, row by row."""
    found = page.locator(rows).evaluate_all(
        "(rows, columns) => rows.flatMap(row => columns.map(n => row.cells[n].innerText))",
        columns,
    )
    return [text.replace("\xa0", "").split()[0] for text in found]


def take(page: Page, step: str) -> None:
    """Take a step on every line of the list."""
    page.get_by_label("Select all rows").check()
    with page.expect_navigation():
        page.get_by_role("button", name=step).click()
