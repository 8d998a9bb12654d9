"""The contract itself, walked in the browser from its loading to its handover.

Each subject has a test of its own, on the days on which the contract was in force: the
program's clock is put to them, so that every date stands on the page as it was counted.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from contracts.models import Contract, Package
from contracts.tasks import seal
from reports.tasks import make_package
from tests.factories import CHINA, PASSWORD, make_user

from .test_without_script import form_to, told
from .walk import Walk, cells, clocks, fact, fill, send, status, take

SUPERVISOR, LEADER, MANAGER = Role.SUPERVISOR, Role.LEADER, Role.MANAGER
FILE = settings.BASE_DIR / "contracts" / "data" / "yongdinglu-2026.toml"
LAST_DAY = datetime(2027, 5, 6, 10, tzinfo=CHINA)
PAPER = {
    "name": "盖章件.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4 sealed\n%%EOF",
}


class _AnyDatetime(type):
    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, datetime)


@pytest.fixture
def put_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Return what makes it another time wherever the program asks Django for it."""
    stands = [timezone.now()]

    class Stopped(datetime, metaclass=_AnyDatetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return stands[-1].astimezone(tz)

    monkeypatch.setattr(timezone, "datetime", Stopped)
    return stands.append


@pytest.fixture
def walk(live_server: Any, open_as: Any, become: Any, put_clock: Any) -> Walk:
    put_clock(LAST_DAY)  # so nobody's password is old on the days before it
    call_command("load_contract", FILE, verbosity=0)
    contract = Contract.objects.get()
    people = {
        role: make_user(contract, role, demo=True)
        for role in (SUPERVISOR, LEADER, MANAGER)
    }
    return Walk(open_as(), contract, people, become, put_clock)


# --- As it was signed --------------------------------------------------------------------

STAGES = """
50.0% 1,163,820.00 2026-04-21 2026-05-08
30.0% 698,292.00 2026-09-01 2026-09-30
20.0% 465,528.00 2027-05-01 2027-05-31
"""
PERIODS = """
2026-05-01 2026-05-18 18 2026-06-18
2026-05-19 2026-06-18 31 2026-07-18
2026-06-19 2026-07-18 30 2026-08-18
2026-07-19 2026-08-18 31 2026-09-18
2026-08-19 2026-09-18 31 2026-10-18
2026-09-19 2026-10-18 30 2026-11-18
2026-10-19 2026-11-18 31 2026-12-18
2026-11-19 2026-12-18 30 2027-01-18
2026-12-19 2027-01-18 31 2027-02-18
2027-01-19 2027-02-18 31 2027-03-18
2027-02-19 2027-03-18 28 2027-04-18
2027-03-19 2027-04-18 31 2027-04-30
2027-04-19 2027-04-30 12 —
"""
QUARTERS = ["2026-05-01", "2026-07-19", "2026-10-19", "2027-01-19", "2027-04-19"]


def test_its_days_and_sums_stand_on_its_page(walk):
    walk.on("2026-04-22 09:00")
    page = walk.page
    walk.open(SUPERVISOR, "contracts:contract")

    assert "2,327,640.00" in page.locator(".tiles").inner_text()
    assert fact(page, "Service") == "2026-05-01 Fri – 2027-04-30 Fri"
    assert fact(page, "Team ready").startswith("2026-05-08 Fri")
    secret = fact(page, "Confidential material handed over")
    assert re.match(r"2027-05-07 Fri\s+provisional", secret)
    why = page.locator("#terms details.why").first
    why.locator("summary").click()
    days = why.locator(".days").first.locator("li")
    assert days.count() == 10
    assert days.first.inner_text().startswith("2026-04-22")
    assert cells(page, "#stages tbody tr", [1, 2, 4, 5]) == STAGES.split()
    assert page.locator("#stages tfoot .number").inner_text() == "2,327,640.00"
    rows = "#periods tbody tr:not(.quarter)"
    assert cells(page, rows, [1, 2, 3, 4]) == PERIODS.split()
    spans = page.locator("#periods .quarter small").all_inner_texts()
    assert [span.split()[0] for span in spans] == QUARTERS


# --- Acceptances and notices -------------------------------------------------------------


def test_team_and_training_are_accepted_the_second_time(walk):
    walk.on("2026-05-06 15:00")
    page = walk.page
    form = walk.open(SUPERVISOR, "contracts:acceptance-new")
    given = {"clause": "第五条（一）1", "members": "张三、李四", "scan": PAPER}
    training = {"kind": "Training", "title": "岗前培训", "due": "队伍组好、培训做完"}
    item = {"items-0-what": "考试成绩", "items-0-passed": "Not as agreed"}
    send(form, ends=422, **given, **training, **item, result="Refused")
    assert "Say what is missing" in told(page)
    for name, value in {"title": "岗前培训", "items-0-what": "考试成绩"}.items():
        assert form.locator(f"[name={name}]").input_value() == value
    send(form, conditions="两人没有通过", again_by="2026-05-08", scan=PAPER)
    assert status(page) == "Refused"
    assert "2026-05-19 Tue" in clocks(page)[0]  # the tenth working day from then

    walk.on("2026-05-08 16:00")
    walk.turn_to(SUPERVISOR)
    page.get_by_role("link", name="Record it again").click()
    passed = {"items-0-passed": "As agreed", "result": "Passed"}
    send(form, **passed, members="张三、李四", scan=PAPER)
    assert status(page) == "Passed"
    page.locator("main dd a", has_text="队伍组好").click()
    assert status(page) == "Accepted"
    assert "2026-05-08" in fact(page, "Decided")

    team = {"kind": "Team", "title": "队伍到位", "items-0-what": "四类岗位"}
    send(walk.open(SUPERVISOR, "contracts:acceptance-new"), **given, **team)
    assert status(page) == "Passed"


RECTIFY = {"kind": "Demand to rectify", "clause": "第六条（一）1", "title": "限期整改"}
BY_HAND = {"route": "By hand", "signed_by": "李四", "scan": PAPER, "proof": PAPER}


def issue_notice(walk: Walk, by: Role, **values: Any) -> None:
    """Draft a notice and issue it; it is ready to be served then."""
    send(walk.open(by, "contracts:notice-new"), body="请按合同办理。", **values)
    walk.step("issue")


def test_a_notice_by_hand_or_courier_counts_from_its_service(walk):
    walk.on("2026-06-01 16:50")
    page = walk.page
    replace = {
        "kind": "Demand to replace",
        "clause": "第六条（一）3",
        "title": "更换座席",
    }
    issue_notice(walk, SUPERVISOR, **replace, obligation="按要求换人")
    fill(form_to(page, "serve"), route="By hand", signed_by="李四", scan=PAPER)
    assert page.locator("[name=proof]:invalid").count()  # the browser stops it
    walk.step("serve", ends=422, proof=PAPER)
    assert "it does not count as served without this" in told(page)
    assert page.locator("[name=signed_by]").input_value() == "李四"
    assert clocks(page) == []

    walk.step("serve", signed_at="2026-06-01T16:40", scan=PAPER, proof=PAPER)
    assert status(page) == "Served"
    due = page.locator("[aria-labelledby=clocks] .wide", has_text="按要求换人")
    due.locator("summary").click()
    assert "2026-06-22 Mon" in due.inner_text()
    assert "Counting alone gives 2026-06-21 Sun" in due.inner_text()

    issue_notice(walk, SUPERVISOR, **RECTIFY, due_on="2026-06-10")
    walk.on("2026-06-03 09:00")
    walk.turn_to(SUPERVISOR)
    sent = {"route": "By courier", "waybill": "EMS1", "logged_on": "2026-06-02"}
    walk.step("serve", **sent, scan=PAPER, proof=PAPER)
    assert fact(page, "Courier's log, signed on") == "2026-06-02 Tue"
    assert any("2026-06-10 Wed" in line for line in clocks(page))


def test_a_notice_through_a_mailbox_counts_once_that_is_named(walk):
    walk.on("2026-06-01 09:00")
    page = walk.page
    issue_notice(walk, SUPERVISOR, **RECTIFY, due_on="2026-06-10")
    sent = {"route": "Through a mailbox", "sent_to": "b@example.com", "arrived": True}
    sent |= {"sent_at": "2026-06-01T09:00", "scan": PAPER, "proof": PAPER}
    walk.step("serve", ends=422, **sent)
    assert "names no mailbox or system" in page.get_by_role("alert").first.inner_text()
    assert page.locator("[name=sent_to]").input_value() == "b@example.com"

    contact = {"person": "李四", "telephone": "13800000001"}
    moved = {"named_system": "b@example.com", "changed_at": "2026-06-01T08:00"}
    send(walk.open(MANAGER, "contracts:contact-new"), **contact, **moved)
    page.get_by_role("link", name="Draft the notice").click()
    form = page.locator("main form.form")
    send(form, clause="第十三条", title="变更联系方式", body="联系方式变更如下。")
    walk.step("issue")
    walk.step("serve", **BY_HAND, signed_at="2026-06-01T09:00")

    issue_notice(walk, SUPERVISOR, **RECTIFY, due_on="2026-06-10")
    walk.step("serve", **sent)
    assert status(page) == "Served"
    assert fact(page, "Mailbox or system") == "b@example.com"


# --- Changes, extras, force majeure ------------------------------------------------------


def test_a_change_is_refused_and_another_consented_to(walk):
    walk.on("2026-05-06 10:00")
    page = walk.page
    asked = {
        "kind": "Who does it",
        "title": "座席排班方案",
        "was": "三班",
        "becomes": "四班",
    }
    asked |= {"reason": "夜间来电增多", "wanted_from": "2026-05-11", "request": PAPER}
    send(walk.open(MANAGER, "contracts:change-new"), **asked)
    assert "2026-05-12 Tue" in clocks(page)[0]
    walk.turn_to(SUPERVISOR)
    walk.step("refuse", note="人手不够")
    assert status(page) == "Refused"
    assert "人手不够" in page.locator("main").inner_text()

    send(walk.open(MANAGER, "contracts:change-new"), **asked)
    walk.turn_to(SUPERVISOR)
    early = {"consented_on": "2026-05-05", "effective_on": "2026-05-11", "note": "同意"}
    walk.step("consent", ends=422, consent=PAPER, **early)
    assert (
        "The consent is of 2026-05-05, before the request of 2026-05-06 "
        "(第六条（二）6)." in told(page)
    )
    for name, value in early.items():
        field = form_to(page, "consent").locator(f"[name={name}]")
        assert field.input_value() == value
    assert status(page) == "Asked for"

    days = {"consented_on": "2026-05-06", "effective_on": "2026-05-05"}
    walk.step("consent", ends=422, consent=PAPER, **days)
    assert "before the paper of 2026-05-06" in told(page)
    walk.step("consent", consent=PAPER, effective_on="2026-05-11")
    assert status(page) == "Consented to"
    assert fact(page, "Takes effect on") == "2026-05-11 Mon"


def test_the_price_moves_by_an_extra_that_the_leader_confirms(walk):
    walk.on("2026-07-01 10:00")
    page = walk.page
    form = walk.open(MANAGER, "contracts:extra-new")
    asked = {"title": "增设夜间专席", "reason": "来电增多", "stage": "2 · 698,292.00"}
    send(form, ends=422, **asked, amount="2327640.01", request=PAPER)
    assert "no more than the contract's price of 2,327,640.00" in told(page)
    assert form.locator("[name=reason]").input_value() == "来电增多"
    send(form, amount="20000.00", request=PAPER)
    walk.turn_to(SUPERVISOR)
    assert not page.locator('form[action*="/consent/"]').count()
    assert fact(page, "Price now (CNY)").startswith("2,327,640.00")

    walk.turn_to(LEADER)
    walk.step("consent", consent=PAPER)
    assert status(page) == "Consented to"
    walk.open(LEADER, "contracts:contract")
    assert "2,347,640.00" in page.locator(".tiles").inner_text()


def test_force_majeure_is_accepted_on_proof_and_never_for_an_own_cause(walk):
    walk.on("2026-07-01 20:00")
    page = walk.page
    event = {"affects": "两日无法到岗", "began_at": "2026-07-01T08:00"}
    form = walk.open(MANAGER, "contracts:force-majeure-new")
    send(form, **event, cause="Natural disaster", title="暴雨")
    shown = "\n".join(clocks(page))
    assert "2026-07-02 Thu 08:00" in shown
    assert "2026-07-10 Fri" in shown
    walk.turn_to(SUPERVISOR)
    walk.step("accept", ends=422, note="情况属实")
    assert "There is no proof yet (第九条)." in told(page)
    assert form_to(page, "accept").locator("[name=note]").input_value() == "情况属实"
    walk.turn_to(MANAGER)
    walk.step("prove", proof=PAPER)
    walk.turn_to(SUPERVISOR)
    walk.step("accept", note="情况属实")
    assert status(page) == "Accepted"

    walk.open(MANAGER, "contracts:force-majeure-new")
    send(form, **event, cause="Loss of staff", title="三人离职")
    walk.turn_to(LEADER)
    walk.step("accept", ends=422)
    assert re.search("Loss of staff is Party B's own cause.*第九条", told(page))
    walk.step("refuse", note="乙方自身原因")
    assert status(page) == "Refused"


# --- The end -----------------------------------------------------------------------------

ON_THREE_DAYS = {
    "At once": ["1,629,348.00 B", "1,629,348.00 B", "1,629,348.00 B"],
    "Reform": ["577,127.18 B", "398,568.49 A", "1,163,820.00 A"],
}


def test_an_end_is_reckoned_on_three_days(walk):
    walk.on("2026-07-15 10:00")
    page = walk.page
    form = walk.open(LEADER, "billing:compute")
    days = {"first_on": "2026-07-31", "second_on": "2026-12-31"}
    for route, balances in ON_THREE_DAYS.items():
        send(form, route=route, paid="1163820.00", **days, third_on="2027-04-30")
        found = page.locator("tfoot tr").last.locator("td").all_inner_texts()
        sums = [f"{cell.split()[0]} {cell.split('Party ')[1][0]}" for cell in found]
        assert sums == balances
    assert "2,327,640.00 × 92 ÷ 365" in page.locator("tbody").first.inner_text()


def test_an_end_for_breach_is_paid_on_the_working_saturday(walk):
    walk.on("2026-09-28 10:00")
    page = walk.page
    proof = {"kind": "Evidence", "title": "调查报告", "file": PAPER}
    send(walk.open(SUPERVISOR, "contracts:document-new"), **proof)
    ground = {"route": "At once", "clause": "第十二条（二）3（3）", "reason": "转包"}
    sums = {"paid": "1163820.00", "figures_note": "付款台账", "evidence": "调查报告"}
    form = walk.open(SUPERVISOR, "billing:start")
    send(form, ends=422, **ground, **sums, ends_on="2027-05-01")
    assert "outside the term of service (第三条)" in told(page)
    send(form, ends_on="2026-10-10")
    walk.step("propose")
    place = page.url
    walk.turn_to(LEADER)
    walk.step("approve", proof=PASSWORD)
    assert status(page) == "Approved"

    walk.on("2026-09-30 10:00")
    notice = {"kind": "Termination", "clause": ground["clause"], "title": "解除合同"}
    issue_notice(walk, SUPERVISOR, **notice)
    walk.step("serve", **BY_HAND, signed_at="2026-09-30T10:00")
    page.goto(place)
    walk.step("notify", notice="〔2026〕")

    assert fact(page, "Refund and penalty paid").startswith("2026-10-10 Sat")
    assert "1,629,348.00" in page.locator("tfoot").inner_text()


def test_what_is_handed_over_is_verified_offline(walk, tmp_path):
    page = walk.page
    report = {"kind": "Report", "title": "年报", "file": PAPER}
    send(walk.open(MANAGER, "contracts:document-new"), **report)
    seal()
    walk.open(MANAGER, "contracts:handover")
    walk.step("draw-up")
    take(page, "Hand over the selected lines")
    walk.open(SUPERVISOR, "contracts:handover")
    take(page, "Accept the selected lines")
    lines = page.locator("#lines tbody tr").count()
    assert page.locator("#lines .badge", has_text="Accepted").count() == lines > 0

    page.get_by_role("link", name="Record the written acceptance").click()
    form = page.locator("main form.form")
    record = {"clause": "第六条（二）12", "title": "移交验收", "members": "张三、李四"}
    send(form, **record, **{"items-0-what": "全部清单"}, scan=PAPER)
    assert "Handover · 第六条（二）12" in page.locator("main").inner_text()
    walk.open(SUPERVISOR, "contracts:handover")
    assert "移交验收" in page.locator("main").inner_text()

    walk.step("ask")
    make_package(package_id=Package.objects.get().pk)
    expect(page.locator("#package")).to_contain_text("Digest of the manifest")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Package.objects.get().digest[:12] in download.value.suggested_filename
    ended = verify(Path(download.value.path()), tmp_path)
    assert ended.returncode == 0, ended.stdout


def verify(package: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the script of a package on it, as whoever received it does."""
    with ZipFile(package) as zip_:
        script = zip_.extract("verify.py", folder)
    return subprocess.run(  # noqa: S603  # the script under test
        [sys.executable, "-I", script, str(package)],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
