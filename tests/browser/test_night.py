"""One night at the desk, from the file that comes in to an order that counts no longer."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.timezone import localtime, now
from playwright.sync_api import Page

from accounts.roles import Role
from cases import actions
from cases.actions.watch import watch
from cases.models import (
    Alarm,
    Application,
    Batch,
    Case,
    CaseStatus,
    Exclusion,
    Rung,
    Unit,
    UnitMember,
)
from cases.rules.indicators import Basis
from tests.world import DAY, HOUR, make_people, make_running_contract

from .test_without_script import form_to, in_an_hour, just_now, send, told

HEADINGS = "工单编号,标题,主要内容,派单时间,截止时间,主办单位"


@pytest.fixture
def contract(live_server: Any) -> Any:
    return make_running_contract(now())


@pytest.fixture
def people(contract: Any) -> Any:
    return make_people(contract)


@pytest.fixture
def page(open_as: Any) -> Page:
    return open_as(java_script_enabled=False)  # type: ignore[no-any-return]


@pytest.fixture
def take(page: Page, people: Any, become: Any) -> Any:
    """Return what takes a step on an order, as somebody."""

    def step(role: Role, case: Case, name: str, **values: Any) -> None:
        become(page, people[role])
        page.goto(case.get_absolute_url())
        send(form_to(page, name), **values)

    return step


def orders_of_the_night() -> bytes:
    came = localtime() - HOUR
    rows = [
        (1, "漏水", "屋顶漏水，扬言上访", came + 6 * HOUR),
        (2, "路灯", "路灯不亮", came + 5 * DAY),
        (3, "占道", "邻街道占道经营", came + 5 * DAY),
    ]
    lines = [
        f"NIGHT{came:%Y%m%d}{number:03},{title},{content},{came:%Y-%m-%d %H:%M:%S},"
        f"{due:%Y-%m-%d %H:%M:%S},物业中心"
        for number, title, content, due in rows
    ]
    return "\n".join([HEADINGS, *lines]).encode("gb18030")


def test_a_night(page, contract, people, become, take):
    leaking, lamp, stalls = bring_in(page, contract, people, become)
    unit = Unit.objects.of(contract).get(name="物业中心")
    UnitMember.objects.create(unit=unit, user=people[Role.UNIT], since=now())

    an_alarm_climbs_until_somebody_has_it_in_hand(
        page, contract, people, become, leaking
    )
    one_return_is_granted_and_one_refused(take, stalls, lamp)
    the_unit_refuses_and_then_answers(take, unit, leaking)
    the_review_sends_back_and_the_order_is_closed(page, take, leaking)
    who_is_unhappy_is_handled_again(take, unit, leaking)
    what_is_granted_outside_changes_one_basis(take, contract, leaking)


def bring_in(page, contract, people, become):
    become(page, people[Role.CLERK])
    page.goto(reverse("cases:import", args=[contract.number]))
    page.locator("[name=file]").set_input_files(
        {
            "name": "night.csv",
            "mimeType": "text/csv",
            "buffer": ContentFile(orders_of_the_night()).read(),
        }
    )
    page.locator("main form button").first.click()
    actions.work_on(Batch.objects.get(), at=now())
    page.get_by_role("link", name="Look again").click()
    send(form_to(page, "confirm"))
    actions.work_on(Batch.objects.get(), at=now())
    return Case.objects.of(contract).order_by("number")


def an_alarm_climbs_until_somebody_has_it_in_hand(
    page, contract, people, become, leaking
):
    alarm = Alarm.objects.get(case=leaking)
    assert "扬言" in alarm.cause
    watch(contract, at=now() + timedelta(minutes=11))
    alarm.refresh_from_db()
    assert alarm.rung == Rung.MANAGER

    become(page, people[Role.MANAGER])
    page.goto(reverse("cases:alarms", args=[contract.number]))
    assert leaking.number in page.locator("main").inner_text()
    send(form_to(page, "acknowledge"))

    alarm.refresh_from_db()
    assert alarm.acknowledged_by == people[Role.MANAGER]


def one_return_is_granted_and_one_refused(take, granted, refused):
    for case, answer in ((granted, "yes"), (refused, "no")):
        take(Role.AGENT, case, "return", reason="属地不符", text="在邻街道")
        take(Role.MANAGER, case, "endorse", agreed="yes")
        take(Role.AGENT, case, "outcome", granted=answer, answer="平台答复")
    granted.refresh_from_db()
    refused.refresh_from_db()
    assert (granted.status, refused.status) == (CaseStatus.RETURNED, CaseStatus.SIGNED)


def the_unit_refuses_and_then_answers(take, unit, case):
    take(Role.AGENT, case, "sign")
    take(Role.AGENT, case, "transfer", unit=str(unit.pk), inner_due_at=in_an_hour())
    take(
        Role.UNIT,
        case,
        "decline",
        reason="不属本单位职责",
        text="公共部位",
        happened_at=just_now(),
    )
    take(
        Role.AGENT,
        case,
        "transfer",
        unit=str(unit.pk),
        inner_due_at="",
        note="经核实仍由你单位办理",
    )
    take(Role.UNIT, case, "accept", happened_at=just_now())
    take(
        Role.UNIT,
        case,
        "contact",
        way="电话",
        reached="yes",
        text="已约上门",
        happened_at=just_now(),
    )
    answer(take, case)


def answer(take, case):
    take(
        Role.UNIT,
        case,
        "reply",
        result="已修复",
        reply="已告知",
        happened_at=just_now(),
    )


def the_review_sends_back_and_the_order_is_closed(page, take, case):
    take(Role.CLOSER, case, "review", passed="no", note="请附照片")
    answer(take, case)
    take(Role.CLOSER, case, "review", passed="yes", note="核对无误")
    take(Role.CLOSER, case, "close", happened_at=just_now())
    assert "follow" in told(page)
    take(Role.AGENT, case, "follow-up", text="已到现场处置", happened_at=just_now())
    take(Role.CLOSER, case, "close", happened_at=just_now())
    case.refresh_from_db()
    assert case.status == CaseStatus.CLOSED


def who_is_unhappy_is_handled_again(take, unit, case):
    take(
        Role.CLERK,
        case,
        "call-back",
        valid="yes",
        contacted="yes",
        solved="no",
        solution_cause="其他",
        satisfaction="dissatisfied",
        satisfaction_cause="其他",
        happened_at=just_now(),
    )
    assert case.rechecks.open().count() == 1
    take(
        Role.CLERK,
        case,
        "reopen",
        note="诉求人不满意",
        due_at=in_an_hour(),
        happened_at=just_now(),
    )
    take(Role.AGENT, case, "sign")
    take(Role.AGENT, case, "transfer", unit=str(unit.pk), inner_due_at="")
    take(Role.UNIT, case, "accept", happened_at=just_now())
    answer(take, case)
    take(Role.CLOSER, case, "review", passed="yes", note="核对无误")
    take(Role.CLOSER, case, "close", happened_at=just_now())
    case.refresh_from_db()
    assert (case.status, case.attempts) == (CaseStatus.CLOSED, 2)


def what_is_granted_outside_changes_one_basis(take, contract, case):
    before = on_both_bases(contract)
    take(
        Role.CLERK,
        case,
        "exclude",
        kind="exclusion",
        reason="权属单位不在本街道",
        text="见附件",
    )
    take(Role.MANAGER, case, "endorse", agreed="yes")
    take(Role.SUPERVISOR, case, "approve", agreed="yes")
    take(Role.CLERK, case, "outcome", granted="yes", answer="同意剔除")
    case.refresh_from_db()
    assert case.exclusion == Exclusion.EXCLUDED
    assert Application.objects.granted().filter(case=case).count() == 1
    assert on_both_bases(contract) == [before[0], before[1] - 1]


def on_both_bases(contract):
    orders = Case.objects.of(contract)
    return [
        orders.on_basis(basis).tally().volume for basis in (Basis.FULL, Basis.ASSESSED)
    ]
