"""Every form does its work in a browser that runs no script."""

from base64 import b32decode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.roles import Duty, Role
from cases import actions as cases
from cases.models import Batch, BatchStatus, Case, CaseStatus
from contracts.models import Contract, Membership
from reports.models import Issue
from tests.accounts.conftest import code_of
from tests.factories import PASSWORD, make_unit, make_user
from tests.world import (
    DAY,
    NAME,
    PHONE,
    make_file,
    make_open_case,
    make_people,
    make_running_contract,
    make_schedule,
)


@pytest.fixture
def contract(live_server: Any) -> Contract:
    return make_running_contract(now())


@pytest.fixture
def people(contract: Contract) -> dict[str, User]:
    return make_people(contract)


@pytest.fixture
def page(open_as: Any) -> Page:
    """A page of a browser that runs no script."""
    return open_as(java_script_enabled=False)  # type: ignore[no-any-return]


def form_to(page: Page, end: str) -> Locator:
    """Return the form that is sent to an address with this end, called up or unfolded."""
    form = page.locator(f'form[method=post][action*="/{end}/"]')
    link = page.locator(f'a[data-step="{end}"]')
    if not form.count() and link.count():
        link.first.click()
    folded = page.locator("details:not([open])", has=form)
    if folded.count():
        folded.locator("summary").first.click()
    return form


def send(form: Locator, **values: str) -> None:
    """Fill a form in, by the names of its fields, press its button, and wait for the page."""
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        kind = field.first.get_attribute("type")
        if kind in ("radio", "checkbox"):
            form.locator(f"[name={name}][value={value}]").check()
        elif field.evaluate("field => field.localName") == "select":
            field.select_option(value)
        else:
            field.fill(value)
    with form.page.expect_navigation():
        form.locator("button:not([name])").last.click()


def told(page: Page) -> str:
    """Return what the page says is wrong, in its summary above the form."""
    return page.locator("[data-errors] li").inner_text()


def stands_at(status: CaseStatus) -> Case:
    return Case.objects.get(status=status)


def in_an_hour() -> str:
    """Return a moment that has not come yet, as a browser sends it."""
    return f"{localtime() + timedelta(hours=1):%Y-%m-%dT%H:%M}"


def just_now() -> str:
    return f"{localtime():%Y-%m-%dT%H:%M}"


# --- An order ----------------------------------------------------------------------------


def test_signing_in_says_what_is_wrong_and_leads_on(page, contract, people):
    page.goto(url_of("cases:list", contract))
    agent = people[Role.AGENT]

    send(page.locator("form.form"), username=agent.username, password="wrong")
    assert page.get_by_role("alert").is_visible()
    assert page.locator("[name=username]").input_value() == agent.username

    send(page.locator("form.form"), password=PASSWORD)
    assert page.url.endswith(url_of("cases:list", contract))


def test_a_list_is_narrowed(page, contract, people, become):
    found = make_open_case(contract, now(), urgency="urgent")
    make_open_case(contract, now(), title="漏水", content="漏水")
    become(page, people[Role.SUPERVISOR])
    page.goto(url_of("cases:list", contract))

    page.locator("main form details.more > summary").click()
    page.locator("main form [name=urgency]").select_option("urgent")
    page.locator("main form [name=q]").fill("路灯")
    page.locator("main form.filters button").first.click()

    expect(page.locator("#orders tbody th")).to_have_text([found.number])
    assert page.locator(".chip").count() == 2
    page.locator(".chip").first.click()
    assert page.locator(".chip").count() == 1


def test_the_search_box_searches(page, contract, people, become):
    found = make_open_case(contract, now())
    become(page, people[Role.AGENT])
    page.goto(url_of("reports:home", contract))

    page.locator("#search").fill(found.number)
    page.locator("#search").press("Enter")

    expect(page.locator("#orders tbody th")).to_have_text([found.number])


def test_an_order_goes_from_signing_to_closing(page, contract, people, become):
    case = make_open_case(contract, now(), unit=make_unit(contract))
    become(page, people[Role.AGENT])
    page.goto(case.get_absolute_url())

    send(form_to(page, "sign"))
    refused(page, "transfer", note="请核实", inner_due_at=after(case.due_at))
    send(form_to(page, "transfer"), inner_due_at=just_before(case.due_at))
    refused(page, "accept", happened_at=in_an_hour())
    send(form_to(page, "accept"), happened_at=just_now())
    refused(page, "reply", result="已修复", reply="已告知", happened_at=in_an_hour())
    send(form_to(page, "reply"), happened_at=just_now())
    become(page, people[Role.CLOSER])
    page.reload()
    refused(page, "review", passed="no")
    send(form_to(page, "review"), passed="yes", note="其余已核")
    refused(page, "close", note="平台已办结", happened_at=in_an_hour())
    send(form_to(page, "close"), happened_at=just_now())

    assert Case.objects.get().status == CaseStatus.CLOSED
    assert page.locator(".timeline > li").count() == 7


def refused(page: Page, step: str, **values: str) -> None:
    """Take a step that is refused: the page says so, and keeps what was typed."""
    send(form_to(page, step), **values)
    form = form_to(page, step)
    assert form.locator("[data-errors] li").count() == 1
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        if field.first.get_attribute("type") == "radio":
            field = form.locator(f"[name={name}]:checked")
        assert field.input_value() == value


def after(moment: datetime | None) -> str:
    return f"{localtime(moment) + DAY:%Y-%m-%dT%H:%M}"


def just_before(moment: datetime | None) -> str:
    return f"{localtime(moment) - DAY:%Y-%m-%dT%H:%M}"


def test_an_order_is_urged_a_line_corrected_and_a_caller_shown(
    page, contract, people, become
):
    case = make_open_case(contract, now())
    become(page, people[Role.MANAGER])
    page.goto(case.get_absolute_url())

    refused(page, "urge", text=" ")
    send(form_to(page, "urge"), text="请尽快")
    page.locator(".event-acts a").first.click()
    refused(page, "correct", text=" ")
    send(form_to(page, "correct"), text="说错了")
    refused(page, "reveal", reason="    ")
    send(form_to(page, "reveal"), reason="回访来电人")

    assert page.locator("[data-personal] dd").all_inner_texts()[:2] == [NAME, PHONE]
    assert case.entries.count() == 4


# --- A file ------------------------------------------------------------------------------


def test_a_file_comes_in(page, contract, people, become, tmp_path):
    become(page, people[Role.CLERK])
    upload(page, contract, tmp_path, b"nothing like a table", "orders.txt")
    work_on_it(page)
    assert page.get_by_text("The file was not imported").is_visible()
    send(form_to(page, "retry"))
    work_on_it(page)

    file = make_file(now(), faulty=True).read()
    upload(page, contract, tmp_path, file, "orders.csv")
    work_on_it(page)
    with page.expect_download() as download:
        page.locator("a[href$='/faults/']").click()
    send(form_to(page, "confirm"))
    work_on_it(page)

    assert page.get_by_text("The file has been imported.").is_visible()
    assert Path(download.value.path()).read_text("utf-8-sig").count("\n") == 2
    assert Case.objects.count() == 1


def test_a_file_that_cannot_be_one_is_refused_at_once(
    page, contract, people, become, tmp_path
):
    become(page, people[Role.CLERK])

    upload(page, contract, tmp_path, b"%PDF-1.7", "orders.pdf")

    assert page.locator("[data-errors] li").count() == 1
    assert not Batch.objects.exists()


def test_a_file_is_left_where_it_is(page, contract, people, become, tmp_path):
    become(page, people[Role.CLERK])
    upload(page, contract, tmp_path, make_file(now()).read(), "orders.csv")

    send(form_to(page, "cancel"))

    assert Batch.objects.get().status == BatchStatus.CANCELLED


def upload(
    page: Page, contract: Contract, folder: Path, data: bytes, name: str
) -> None:
    path = folder / name
    path.write_bytes(data)
    page.goto(url_of("cases:import", contract))
    page.locator("[name=file]").set_input_files(path)
    page.locator("main form button").click()


def work_on_it(page: Page) -> None:
    """Do what a worker does, and look again."""
    cases.work_on(Batch.objects.latest("pk"), at=now())
    page.get_by_role("link", name="Look again").click()


# --- Reports -------------------------------------------------------------------------------


def test_a_report_is_looked_at_and_asked_for(page, contract, people, become):
    make_schedule(contract, now())
    become(page, people[Role.CLERK])
    page.goto(url_of("reports:issues", contract))
    tomorrow, today = f"{localdate() + DAY}", f"{localdate()}"

    page.locator("[name=day]").fill(tomorrow)
    page.locator("main form button").click()
    assert page.locator("[data-errors] li").count() == 1
    assert page.locator("[name=day]").input_value() == tomorrow

    page.locator("[name=day]").fill(today)
    page.locator("main form button").click()
    send(form_to(page, "ask"))

    assert page.url.endswith(Issue.objects.get().get_absolute_url())
    assert page.get_by_role("link", name="Look again").is_visible()


def test_the_times_of_the_report_are_changed(page, contract, people, become):
    schedule = make_schedule(contract, now())
    become(page, people[Role.SUPERVISOR])
    page.goto(url_of("reports:schedule", contract))

    send(page.locator("main form"), issue_time="00:10", due_time="02:00")

    schedule.refresh_from_db()
    assert f"{schedule.issue_time:%H:%M} {schedule.due_time:%H:%M}" == "00:10 02:00"


def test_ledgers_are_verified(page, contract, people, become):
    become(page, people[Role.SUPERVISOR])
    page.goto(url_of("contracts:ledger", contract))

    send(form_to(page, "verify"))

    assert page.get_by_text("Verified").is_visible()


# --- One's own -----------------------------------------------------------------------------


def test_language_and_theme_are_switched_where_one_is(page, contract, people, become):
    become(page, people[Role.AGENT])
    page.goto(url_of("cases:list", contract) + "?q=1")

    page.get_by_role("button", name="简体中文").click()
    page.locator(".person").click()
    page.locator("button[value=dark]").click()

    page_itself = page.locator("html")
    assert page_itself.get_attribute("lang") == "zh-hans"
    assert page_itself.get_attribute("data-theme") == "dark"
    assert page.url.endswith("?q=1")


def test_a_password_is_changed(page, contract, people, become):
    agent = people[Role.AGENT]
    become(page, agent)
    page.goto("/accounts/me/password/")
    new = {"new": "Another-one-8x", "again": "Another-one-8x"}

    send(page.locator("main form"), proof="wrong", **new)
    assert page.locator("[data-errors] li").count() == 1
    send(page.locator("main form"), proof=PASSWORD, **new)

    agent.refresh_from_db()
    assert agent.check_password("Another-one-8x")
    assert page.get_by_role("status").filter(has_text="changed").is_visible()


def test_sessions_are_ended(page, contract, people, become, open_as):
    agent = people[Role.AGENT]
    become(page, agent)
    others = [open_as(agent) for _n in range(3)]
    for other in others:
        other.goto("/accounts/me/sessions/")
    page.goto("/accounts/me/sessions/")

    page.get_by_role("button", name="End", exact=True).first.click()
    assert page.locator("tbody tr").count() == 3
    page.get_by_role("button", name="End all others").click()
    assert page.locator("tbody tr").count() == 1
    page.locator(".person").click()
    page.get_by_role("button", name="Sign out").click()

    assert agent.sessions.count() == 0
    assert page.url.endswith("/accounts/sign-in/")


def test_a_second_factor_is_set_up_and_asked_for(page, contract, people, become):
    agent = people[Role.AGENT]
    become(page, agent)
    page.goto("/accounts/me/second-factor/")
    page.locator("details.more > summary").click()
    key = b32decode(page.locator("code").inner_text().replace(" ", ""))

    send(page.locator("main form"), code="000000")
    assert page.locator("[data-errors] li").count() == 1
    send(page.locator("main form"), code=code_of(key))
    become(page, agent)
    page.goto("/accounts/me/sessions/")
    send(page.locator("main form.form"), code="000000")

    assert page.url.split("?")[0].endswith("/accounts/me/code/")
    assert agent.second_factor is not None


# --- People and their roles ------------------------------------------------------------------


def test_an_account_is_made_suspended_and_reinstated(page, people, become):
    become(page, people[Duty.SYSTEM])
    page.goto("/accounts/people/new/")
    form, new = page.locator("main form"), {"username": "lisi", "name": "李四"}

    send(form, **new | {"username": people[Role.AGENT].username}, proof=PASSWORD)
    assert page.locator("[data-errors] li").count() == 1
    assert page.locator("[name=name]").input_value() == "李四"
    send(form, username="lisi", proof=PASSWORD)
    assert page.locator("#start-password").is_visible()

    person = User.objects.get(username="lisi")
    for act, is_active in (("suspend", False), ("reinstate", True)):
        page.goto(reverse("accounts:act", args=[person.pk, act]))
        send(form, note="按通知")
        person.refresh_from_db()
        assert person.is_active == is_active


def test_a_wrong_proof_keeps_the_reason(page, people, become):
    become(page, people[Duty.SYSTEM])
    suspending = reverse("accounts:act", args=[people[Role.AGENT].pk, "suspend"])
    page.goto(suspending)

    send(page.locator("main form"), note="离职", proof="wrong")

    assert page.locator("[data-errors] li").count() == 1
    assert page.locator("[name=note]").input_value() == "离职"
    assert people[Role.AGENT].is_active


def test_a_role_is_given_changed_and_taken_away(page, contract, people, become):
    become(page, people[Duty.SECURITY])
    newcomer, form = make_user(), page.locator("main form")
    page.goto(reverse("memberships:grant"))
    role = {"user": f"{newcomer.pk}", "contract": f"{contract.pk}", "role": "agent"}

    send(form, **role, note="入职", proof="wrong")
    assert page.locator("[data-errors] li").count() == 1
    assert page.locator("[name=user]").input_value() == role["user"]
    send(form, proof=PASSWORD)
    given = Membership.objects.get(user=newcomer)
    page.goto(reverse("memberships:change", args=[given.pk]))
    send(form, role="clerk", note="转岗")
    given.refresh_from_db()
    page.goto(reverse("memberships:revoke", args=[given.pk]))
    send(form, note="离职")

    assert given.role == Role.CLERK
    assert not newcomer.memberships.exists()


def url_of(name: str, contract: Contract) -> str:
    return reverse(name, args=[contract.number])
