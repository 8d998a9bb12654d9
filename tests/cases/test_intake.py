"""Files of orders: checked first, then imported whole or not at all."""

import csv
import io
import threading
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse

from accounts.roles import Role
from cases import actions
from cases.actions import rows
from cases.models import (
    Alarm,
    Batch,
    BatchMode,
    BatchStatus,
    Caller,
    Case,
    CaseStatus,
    Entry,
    EntryKind,
    Satisfaction,
    Urgency,
)
from cases.origins import origins
from cases.search import found
from contracts.models import AuditEntry, TransitionRefused
from tests.factories import NOON, make_case, make_contract, make_unit, make_user

pytestmark = pytest.mark.django_db

HEADINGS = [
    "工单编号", "工单来源", "工单类型", "问题分类", "标题", "主要内容", "工单状态", "来电人",
    "来电人电话/账号", "村/社区", "小区点位", "主办单位", "来电时间", "派单时间", "办理时限",
    "办结时间", "回复内容", "是否有效回访", "是否联系", "是否解决", "是否满意", "网格",
]  # fmt: skip

ROW = {
    "工单编号": "20260601000001",
    "工单来源": "市级",
    "工单类型": "投诉",
    "问题分类": "城市管理->市政设施->道路破损",
    "标题": "路面塌陷",
    "主要内容": "小区北门路面塌陷，联系电话13800000002。",
    "工单状态": "办理中",
    "来电人": "张三",
    "来电人电话/账号": "13800000001",
    "村/社区": "甲社区",
    "小区点位": "甲1号院",
    "主办单位": "城市管理办公室",
    "来电时间": "2026-06-01 08:00:00",
    "派单时间": "2026-06-01 08:30:00",
    "办理时限": "2026-06-08 08:00:00",
    "网格": "07",
}


def row(**changes):
    return ROW | changes


def as_xlsx(*orders, title="工单导出") -> "ContentFile[bytes]":
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, title)
        sheet.write_row(1, 0, HEADINGS)
        for number, order in enumerate(orders, start=2):
            sheet.write_row(number, 0, [order.get(name, "") for name in HEADINGS])
    return ContentFile(file.getvalue(), "orders.xlsx")


def as_csv(*orders, encoding="gb18030") -> "ContentFile[bytes]":
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    writer.writerows([order.get(name, "") for name in HEADINGS] for order in orders)
    return ContentFile(file.getvalue().encode(encoding), "orders.csv")


def received(contract, file) -> Batch:
    return actions.receive_file(
        contract, file=file, token=uuid4(), by=make_user(), at=NOON
    )


def checked(contract, file) -> Batch:
    batch = received(contract, file)
    actions.work_on(batch, at=NOON)
    batch.refresh_from_db()
    return batch


def imported(contract, *orders, at=NOON) -> Batch:
    batch = checked(contract, as_xlsx(*orders))
    actions.confirm(batch, by=batch.uploaded_by, at=at)
    actions.work_on(batch, at=at)
    batch.refresh_from_db()
    return batch


def counts(batch):
    return batch.status, batch.new, batch.changed, batch.same, batch.faulty


def test_a_check_says_what_the_import_will_do_and_writes_nothing():
    contract = make_contract()

    batch = checked(contract, as_xlsx(row(), row(工单编号="20260601000002")))

    assert counts(batch) == (BatchStatus.CHECKED, 2, 0, 0, 0)
    assert (Case.objects.count(), Entry.objects.count()) == (0, 0)


@pytest.mark.parametrize("file", [as_xlsx, as_csv])
def test_an_order_is_what_the_row_says(file):
    contract = make_contract()
    batch = checked(contract, file(row()))
    actions.confirm(batch, by=batch.uploaded_by, at=NOON)

    actions.work_on(batch, at=NOON)

    case = Case.objects.get()
    assert (case.number, case.source, case.kind) == ("20260601000001", "city", "投诉")
    assert case.category.name == "城市管理->市政设施->道路破损"
    assert (case.community.name, case.unit.name) == ("甲社区", "城市管理办公室")
    assert case.counted_at.isoformat() == "2026-06-01T00:30:00+00:00"
    assert case.due_at.isoformat() == "2026-06-08T00:00:00+00:00"
    assert (case.status, case.extra) == (CaseStatus.RECEIVED, {"网格": "07"})
    assert (case.batch, case.caller.name, case.caller.phone) == (
        batch,
        "张三",
        "13800000001",
    )


def test_what_the_platform_has_closed_comes_in_closed_with_its_history():
    closed = row(工单状态="已办结", 办结时间="2026-06-01 10:00:00")
    called = row(
        工单编号="20260601000002",
        工单状态="已办结",
        办结时间="2026-06-01 10:00:00",
        是否有效回访="是",
        是否联系="是",
        是否解决="否",
        是否满意="基本满意",
    )

    imported(make_contract(), closed, called)

    first, second = Case.objects.order_by("number")
    assert [entry.kind for entry in first.entries.order_by("pk")] == [
        "received",
        "closed",
    ]
    assert [entry.kind for entry in second.entries.order_by("pk")] == [
        "received",
        "closed",
        "called_back",
    ]
    assert (second.valid_callback, second.solved, second.satisfaction) == (
        True,
        False,
        Satisfaction.PARTLY,
    )
    for case in (first, second):
        assert case.entries.order_by("-pk").first().status == case.status


def test_the_same_file_again_adds_nothing():
    contract = make_contract()
    imported(contract, row(), row(工单编号="20260601000002"))
    entries = Entry.objects.count()

    again = imported(contract, row(), row(工单编号="20260601000002"))

    assert counts(again) == (BatchStatus.DONE, 0, 0, 2, 0)
    assert Entry.objects.count() == entries


def test_a_changed_row_becomes_an_entry_with_before_and_after():
    contract = make_contract()
    imported(contract, row())

    batch = imported(contract, row(标题="路面大面积塌陷"))

    assert counts(batch) == (BatchStatus.DONE, 0, 1, 0, 0)
    entry = Entry.objects.get(kind=EntryKind.CHANGED)
    assert entry.changes == {"title": ["路面塌陷", "路面大面积塌陷"]}
    case = Case.objects.get()
    assert case.title == "路面大面积塌陷"
    assert list(found(Case.objects.all(), "大面", phones=False)) == [case]


def test_an_empty_cell_takes_nothing_away():
    contract = make_contract()
    imported(contract, row())
    silent = row()
    silent["村/社区"] = silent["小区点位"] = ""

    batch = imported(contract, silent)

    assert counts(batch) == (BatchStatus.DONE, 0, 0, 1, 0)
    assert Case.objects.get().community.name == "甲社区"


def test_the_platform_closes_what_is_open_here():
    contract = make_contract()
    imported(contract, row())
    case = Case.objects.get()
    actions.sign(case, token=uuid4(), by=make_user(), at=NOON)

    imported(contract, row(工单状态="已办结", 办结时间="2026-06-02 10:00:00"))

    case.refresh_from_db()
    assert case.status == CaseStatus.CLOSED
    assert case.entries.order_by("-pk").first().status == CaseStatus.CLOSED


def test_an_older_export_opens_nothing_again():
    contract = make_contract()
    imported(contract, row(工单状态="已办结", 办结时间="2026-06-02 10:00:00"))

    imported(contract, row())

    assert Case.objects.get().status == CaseStatus.CLOSED


def test_the_desks_choice_of_a_unit_outlasts_an_import():
    contract = make_contract()
    imported(contract, row())
    case, ours = Case.objects.get(), make_unit(contract)
    told = {"by": make_user(), "at": NOON}
    actions.sign(case, token=uuid4(), **told)
    actions.transfer(case, unit=ours, inner_due_at=None, note="", token=uuid4(), **told)

    imported(contract, row(主办单位="综合行政执法队"))

    case.refresh_from_db()
    assert (case.unit, case.platform_unit.name) == (ours, "综合行政执法队")


def test_no_personal_data_reach_the_ledger():
    contract = make_contract()
    imported(contract, row())
    changed = row(来电人="李四", 主要内容="请回电13800000003。")
    changed["来电人电话/账号"] = "13800000004"

    imported(contract, changed)

    written = str(list(Entry.objects.values_list("text", "changes")))
    assert not {"张三", "李四", "13800000001", "13800000003", "13800000004"} & {
        secret
        for secret in ("张三", "李四", "13800000001", "13800000003", "13800000004")
        if secret in written
    }
    assert "138****0004" in written
    assert Caller.objects.get().phone == "13800000004"


def test_personal_data_are_not_in_the_database_in_clear():
    imported(make_contract(), row())

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM cases_caller")
        stored = b"".join(map(bytes, cursor.fetchone()))

    assert "张三".encode() not in stored
    assert b"13800000001" not in stored


def test_faulty_rows_are_named_and_left_out():
    contract = make_contract()
    batch = checked(
        contract,
        as_xlsx(
            row(), row(工单编号=""), row(工单编号="20260601000003", 派单时间="昨天")
        ),
    )

    assert counts(batch) == (BatchStatus.CHECKED, 1, 0, 0, 2)
    assert [(fault.row, fault.column) for fault in batch.faults.all()] == [
        (4, "工单编号"),
        (5, "派单时间"),
    ]
    actions.confirm(batch, by=batch.uploaded_by, at=NOON)
    actions.work_on(batch, at=NOON)
    assert Case.objects.count() == 1


def test_a_file_that_cannot_be_read_is_refused_in_words():
    batch = checked(make_contract(), ContentFile("没有表头\n1,2\n".encode(), "x.csv"))

    assert batch.status == BatchStatus.REFUSED
    assert batch.refusal


def test_what_is_no_table_is_refused_at_the_door():
    with pytest.raises(actions.FileRefused):
        received(make_contract(), ContentFile(b"%PDF-1.7", "orders.pdf"))


def test_the_same_upload_sent_twice_is_one_batch():
    contract, token, by = make_contract(), uuid4(), make_user()

    batches = [
        actions.receive_file(contract, file=as_xlsx(row()), token=token, by=by, at=NOON)
        for _n in range(2)
    ]

    assert batches[0] == batches[1]


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_import_leaves_nothing(monkeypatch):
    contract = make_contract()
    batch = checked(contract, as_xlsx(row(), row(工单编号="20260601000002")))
    actions.confirm(batch, by=batch.uploaded_by, at=NOON)
    monkeypatch.setattr(rows, "CHUNK", 1)
    first_chunk_done = rows.report

    def cancel_meanwhile(one, done, total):
        first_chunk_done(one, done, total)
        pressed = threading.Thread(target=cancelled, args=[batch.pk])
        pressed.start()
        pressed.join()

    monkeypatch.setattr(rows, "report", cancel_meanwhile)
    actions.work_on(batch, at=NOON)

    batch.refresh_from_db()
    assert batch.status == BatchStatus.CANCELLED
    assert Case.objects.count() == 0


def cancelled(pk):
    try:
        batch = Batch.objects.get(pk=pk)
        actions.cancel(batch, by=batch.uploaded_by, at=NOON)
    except TransitionRefused:
        pass  # pressed once is enough
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_two_workers_import_a_file_once():
    contract = make_contract()
    batch = checked(
        contract, as_xlsx(*(row(工单编号=f"2026060100{n:04}") for n in range(50)))
    )
    actions.confirm(batch, by=batch.uploaded_by, at=NOON)
    together = threading.Barrier(2)

    def work():
        together.wait()
        actions.work_on(Batch.objects.get(pk=batch.pk), at=NOON)
        connection.close()

    workers = [threading.Thread(target=work) for _n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    batch.refresh_from_db()
    assert counts(batch) == (BatchStatus.DONE, 50, 0, 0, 0)
    assert Entry.objects.filter(kind=EntryKind.RECEIVED).count() == 50


def test_what_brings_its_worker_down_is_given_up_after_some_tries(monkeypatch):
    batch = received(make_contract(), as_xlsx(row()))

    def dies(*given, **more):
        raise SystemExit

    monkeypatch.setattr(actions.intake, "import_batch", dies)
    for _try in range(actions.intake.MOST_TRIES):
        with pytest.raises(SystemExit):
            actions.work_on(batch, at=NOON)
    actions.work_on(batch, at=NOON)

    batch.refresh_from_db()
    assert batch.status == BatchStatus.REFUSED


def test_the_good_rows_are_taken_without_the_faulty():
    batch = checked(make_contract(), as_xlsx(row(), row(工单编号="")))

    actions.confirm(batch, mode=BatchMode.GOOD_ROWS, by=batch.uploaded_by, at=NOON)
    actions.work_on(batch, at=NOON)

    assert (batch.status, Case.objects.count()) == (BatchStatus.DONE, 1)


def test_all_rows_or_none_are_none_where_one_is_faulty():
    batch = checked(make_contract(), as_xlsx(row(), row(工单编号="")))

    with pytest.raises(TransitionRefused, match="1 rows are faulty"):
        actions.confirm(batch, mode=BatchMode.WHOLE, by=batch.uploaded_by, at=NOON)

    assert (batch.status, Case.objects.count()) == (BatchStatus.CHECKED, 0)


def test_an_open_order_that_is_no_longer_in_the_export_is_named_and_left():
    contract = make_contract()
    gone, closed, later, earlier = (f"2026060100000{n}" for n in range(2, 6))
    imported(
        contract,
        row(),
        row(工单编号=gone, 派单时间="2026-06-01 09:00:00"),
        row(工单编号=closed, 派单时间="2026-06-01 09:00:00", 工单状态="已办结"),
        row(工单编号=later, 派单时间="2026-06-01 11:00:00"),
        row(工单编号=earlier, 派单时间="2026-05-31 09:00:00"),
    )
    make_case(contract, counted_at=NOON - timedelta(hours=3))  # never in any file
    last = row(工单编号="20260601000009", 派单时间="2026-06-01 10:00:00")

    batch = imported(contract, row(), last)

    listed = batch.listed.of_kind("vanished")
    assert (batch.vanished, [one.case.number for one in listed]) == (1, [gone])
    assert Case.objects.get(number=gone).status == CaseStatus.RECEIVED


def test_each_value_leads_to_the_row_of_the_file_it_came_from():
    contract = make_contract()
    first = imported(contract, row())
    second = imported(
        contract, row(工单编号="20260601000002"), row(标题="路面大面积塌陷")
    )

    case = Case.objects.get(number=row()["工单编号"])
    found = {str(one.label): one.entry for one in origins(case)}

    assert (found["content"].batch, found["content"].sheet, found["content"].row) == (
        first,
        "Sheet1",
        3,
    )
    assert (found["title"].batch, found["title"].row) == (second, 4)


def test_an_archived_order_is_locked_and_named():
    contract = make_contract()
    imported(contract, row())
    Case.objects.update(status=CaseStatus.ARCHIVED)

    batch = imported(contract, row(标题="改了"))

    assert Case.objects.get().title == "路面塌陷"
    assert counts(batch) == (BatchStatus.DONE, 0, 0, 1, 0)
    assert batch.listed.of_kind("locked").count() == 1


def test_how_an_earlier_handling_ended_closes_none_that_goes_on():
    contract = make_contract()
    ended = row(工单状态="已办结", 办结时间="2026-06-02 10:00:00")
    imported(contract, ended)
    case = Case.objects.get()
    reopened_at = NOON + timedelta(days=3)
    Case.objects.update(
        status=CaseStatus.REOPENED, reopened_at=reopened_at, closed_at=None
    )

    imported(contract, ended | {"标题": "改了"})
    case.refresh_from_db()
    assert (case.status, case.closed_at, case.title) == (
        CaseStatus.REOPENED,
        None,
        "改了",
    )

    imported(contract, ended | {"办结时间": "2026-06-09 10:00:00"})
    case.refresh_from_db()
    assert case.status == CaseStatus.CLOSED


def test_what_is_urgent_by_its_words_rings_and_stays_urgent():
    contract = make_contract()
    imported(contract, row(标题="漏水", 主要内容="家里停暖三天"))
    case = Case.objects.get()

    imported(contract, row(标题="漏水", 主要内容="家里停暖三天", 网格="08"))

    case.refresh_from_db()
    assert (case.urgency, case.urgent_because) == (Urgency.URGENT, "停暖")
    assert Alarm.objects.get().case == case


def test_a_closed_order_rings_no_more():
    contract = make_contract()
    imported(contract, row())
    assert Alarm.objects.tracked().count() == 1

    imported(contract, row(工单状态="已办结", 办结时间="2026-06-01 10:00:00"))

    assert Alarm.objects.tracked().count() == 0


def test_the_source_is_taken_out_as_it_came_and_that_is_recorded(client):
    contract = make_contract()
    by = make_user(contract, Role.CLERK, demo=True)
    batch = checked(contract, as_csv(row()))
    client.force_login(by)
    url = reverse("cases:source", args=[contract.number, batch.pk])

    answer = client.get(url)
    content = answer.getvalue()
    with default_storage.open(batch.file.name, "wb") as file:
        file.write(b"changed")
    damaged = client.get(url)

    assert sha256(content).hexdigest() == batch.digest
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    opened = AuditEntry.objects.about(batch).get(became="opened")
    assert (opened.by, opened.note) == (by, batch.digest)
    assert damaged.status_code == 409


def test_who_asked_for_an_undoing_is_shown_no_button_for_it(client):
    contract = make_contract()
    batch = imported(contract, row())
    people = [make_user(contract, Role.CLERK, demo=True) for _n in range(2)]
    names = ("undo-ask", "undo", "undo-leave")
    ask, undo, _leave = (
        reverse(f"cases:{name}", args=[contract.number, batch.pk]) for name in names
    )

    client.force_login(people[0])
    silent = client.post(ask, {"reason": ""})
    client.post(ask, {"reason": "传错文件"})
    own = client.get(batch.get_absolute_url())
    refused = client.post(undo)
    client.force_login(people[1])
    others = client.get(batch.get_absolute_url())
    done = client.post(undo)

    assert (silent.status_code, refused.status_code, done.status_code) == (
        422,
        422,
        302,
    )
    shown = [f'action="{undo}"' in page.text for page in (own, others)]
    assert shown == [False, True]


def test_a_refused_file_can_be_checked_again():
    batch = checked(make_contract(), ContentFile("没有表头\n1,2\n".encode(), "x.csv"))

    actions.retry(batch, by=batch.uploaded_by, at=NOON + timedelta(hours=1))

    assert (batch.status, batch.refusal) == (BatchStatus.CHECKING, "")
