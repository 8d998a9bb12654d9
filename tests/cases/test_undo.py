"""An import taken back: whole, by two people, and no further than nobody has touched."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from cases import actions
from cases.actions import undo
from cases.models import (
    Batch,
    BatchStatus,
    Before,
    Caller,
    Case,
    CaseStatus,
    Entry,
    EntryKind,
)
from cases.search import found
from contracts.models import TransitionRefused
from tests.cases.test_intake import counts, imported, row
from tests.factories import NOON, make_contract, make_user

pytestmark = pytest.mark.django_db

SECOND = "20260601000002"


def undone(batch: Batch, at=NOON) -> Batch:
    undo.ask_undo(batch, reason="传错文件", by=make_user(), at=at)
    undo.undo(batch, by=make_user(), at=at)
    actions.work_on(batch, at=at)
    batch.refresh_from_db()
    return batch


def kept(batch):
    return [one.case.number for one in batch.listed.of_kind("kept")]


def values(case):
    """Return all of an order that an import may have changed."""
    case.refresh_from_db()
    caller = Caller.objects.get(case=case)
    told = {field.attname: getattr(case, field.attname) for field in Case._meta.fields}
    told["row_digest"] = bytes(told["row_digest"])
    said = (caller.name, caller.phone, caller.address, caller.further)
    hashes = bytes(caller.phone_hash), bytes(caller.phone_end_hash)
    return told, said, hashes


def replayed(case):
    return case.entries.exclude(status="").order_by("pk").last().status


def test_new_orders_become_void_and_their_ledgers_say_so():
    batch = imported(make_contract(), row(), row(工单编号=SECOND))

    undone(batch)

    assert batch.status == BatchStatus.UNDONE
    for case in Case.objects.all():
        assert (case.status, replayed(case)) == (CaseStatus.VOID, CaseStatus.VOID)
        line = case.entries.get(kind=EntryKind.REVERSED)
        assert (line.text, line.batch, line.recorded_by) == (
            "传错文件",
            batch,
            batch.undone_by,
        )


def test_changed_orders_get_back_all_they_had():
    contract = make_contract()
    imported(contract, row())
    case = Case.objects.get()
    before = values(case)
    changed = row(
        标题="改了", 来电人="李四", 村社区="乙社区", 主办单位="乙办", 网格="08"
    )
    changed |= {
        "村/社区": "乙社区",
        "来电人电话/账号": "13800000009",
        "派单时间": "2026-06-01 09:30:00",
        "工单状态": "已办结",
        "办结时间": "2026-06-02 10:00:00",
        "是否有效回访": "是",
        "是否满意": "满意",
    }
    batch = imported(contract, changed)
    assert values(case) != before

    undone(batch)

    assert values(case) == before
    assert replayed(case) == CaseStatus.RECEIVED
    assert list(found(Case.objects.all(), "塌陷", phones=False)) == [case]
    line = case.entries.get(kind=EntryKind.REVERSED)
    assert line.changes["title"] == ["改了", "路面塌陷"]


def test_what_was_before_is_in_the_database_but_not_in_clear():
    contract = make_contract()
    imported(contract, row())
    imported(contract, row(来电人="李四"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT values FROM cases_before")
        stored = bytes(cursor.fetchone()[0])

    assert "张三" in Before.objects.get().values
    assert "张三".encode() not in stored


def test_what_was_worked_on_since_stays_and_is_named():
    batch = imported(make_contract(), row(), row(工单编号=SECOND))
    actions.sign(
        Case.objects.get(number=SECOND), token=uuid4(), by=make_user(), at=NOON
    )

    undone(batch)

    assert kept(batch) == [SECOND]
    assert Case.objects.get(number=SECOND).status == CaseStatus.SIGNED
    assert Case.objects.exclude(number=SECOND).get().status == CaseStatus.VOID


def test_what_a_later_import_changed_stays_until_that_is_undone():
    contract = make_contract()
    first = imported(contract, row())
    later = imported(contract, row(标题="改了"))

    undone(later)
    undone(first)

    assert kept(first) == []
    assert Case.objects.get().status == CaseStatus.VOID

    other = make_contract()
    first = imported(other, row())
    imported(other, row(标题="改了"))
    undone(first)
    assert kept(first) == [row()["工单编号"]]


def test_looking_at_a_caller_is_no_work():
    batch = imported(make_contract(), row())
    actions.reveal(Case.objects.get(), reason="核实", by=make_user(), at=NOON)

    undone(batch)

    assert kept(batch) == []


def test_who_asks_does_not_do_it():
    batch, by = imported(make_contract(), row()), make_user()
    undo.ask_undo(batch, reason="传错文件", by=by, at=NOON)

    with pytest.raises(TransitionRefused):
        undo.undo(batch, by=by, at=NOON)


def test_it_can_be_left_as_it_is():
    batch, by = imported(make_contract(), row()), make_user()
    undo.ask_undo(batch, reason="传错文件", by=by, at=NOON)

    undo.leave(batch, by=by, at=NOON)

    assert (batch.status, batch.undo_reason) == (BatchStatus.DONE, "")


def test_an_undone_order_comes_back_with_its_number_and_can_go_again():
    contract = make_contract()
    undone(imported(contract, row()))

    again = imported(contract, row(标题="又来了"), at=NOON + timedelta(hours=1))

    case = Case.objects.get()
    assert counts(again)[1:3] == (0, 1)
    assert (case.status, replayed(case), case.title) == (
        CaseStatus.RECEIVED,
        CaseStatus.RECEIVED,
        "又来了",
    )
    undone(again)
    case.refresh_from_db()
    assert (case.status, replayed(case), case.title) == (
        CaseStatus.VOID,
        CaseStatus.VOID,
        "路面塌陷",
    )


def test_one_that_was_killed_half_way_has_undone_nothing(monkeypatch):
    batch = imported(make_contract(), row())
    undo.ask_undo(batch, reason="传错文件", by=make_user(), at=NOON)
    undo.undo(batch, by=make_user(), at=NOON)

    def dies(*_given):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(undo, "end_alarms", dies)
        patch.setattr(undo, "copy_in", dies)
        for _try in range(actions.intake.MOST_TRIES):
            with pytest.raises(SystemExit):
                actions.work_on(batch, at=NOON)
    assert Case.objects.get().status == CaseStatus.RECEIVED

    actions.work_on(batch, at=NOON)  # given up: a person has to look

    batch.refresh_from_db()
    assert (batch.status, bool(batch.refusal)) == (BatchStatus.DONE, True)
    assert not Entry.objects.filter(kind=EntryKind.REVERSED).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_undo_it_once():
    orders = [row(工单编号=f"2026060100{n:04}") for n in range(30)]
    batch = imported(make_contract(), *orders)
    undo.ask_undo(batch, reason="传错文件", by=make_user(), at=NOON)
    undo.undo(batch, by=make_user(), at=NOON)
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

    assert Batch.objects.get().status == BatchStatus.UNDONE
    assert Entry.objects.filter(kind=EntryKind.REVERSED).count() == 30
