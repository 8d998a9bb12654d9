"""A report that is issued is delivered: what it was owed for is done, late if it is late."""

from datetime import date, datetime, timedelta

import pytest

from contracts.models import AuditEntry, Due, DueStatus
from contracts.rules.calendar import BEIJING
from reports import actions
from reports.models import Issue, Kind
from tests.factories import (
    NOON,
    make_contract,
    make_due,
    make_obligation,
    make_user,
)

pytestmark = pytest.mark.django_db

JUNE_1 = date(2026, 6, 1)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def due(contract):
    """The daily report of 1 June, owed by 10:00 on the day after."""
    obligation = make_obligation(
        contract,
        key="daily-report",
        due_rule={"every": "day", "days": 1, "at": "10:00"},
        accepted_by_a=False,
    )
    ends_at = datetime(2026, 6, 2, 10, tzinfo=BEIJING)
    return make_due(obligation, date(2026, 6, 2), label="2026-06-01", due_at=ends_at)


def issue(contract, *, at, by=None, day=JUNE_1):
    """Have the report of a day made at a moment."""
    actions.make(actions.ask(contract, day, by=by or make_user(), at=at), at=at)
    return Issue.objects.filter(day=day).latest("version")


def test_issuing_delivers_the_due_of_that_day(contract, due):
    clerk = make_user()
    other = make_due(due.obligation, date(2026, 6, 3), label="2026-06-02")

    made = issue(contract, at=NOON + timedelta(hours=1), by=clerk)

    due.refresh_from_db()
    assert (due.status, due.delivered_by) == (DueStatus.DELIVERED, clerk)
    assert due.delivered_at == made.issued_at
    assert due.delivered_note == made.number
    assert due.late_by is None
    assert AuditEntry.objects.about(due).count() == 1
    other.refresh_from_db()
    assert other.status == DueStatus.OPEN


def test_a_late_issue_is_a_late_due(contract, due):
    issue(contract, at=due.due_at + timedelta(hours=3))

    due.refresh_from_db()
    assert due.late_by == timedelta(hours=3)
    assert list(Due.objects.delivered_late()) == [due]


def test_a_new_version_leaves_the_first_delivery_as_it_was(contract, due):
    first = issue(contract, at=NOON + timedelta(hours=1))

    issue(contract, at=NOON + timedelta(days=3))

    due.refresh_from_db()
    assert due.delivered_at == first.issued_at


def test_what_was_returned_is_delivered_by_the_next_version(contract, due):
    issue(contract, at=NOON)
    due.refresh_from_db()
    decided = {"decided_at": NOON, "decided_by": make_user()}
    due.move(DueStatus.RETURNED, by=None, at=NOON, again_on=JUNE_1, **decided)

    issue(contract, at=NOON + timedelta(hours=2))

    due.refresh_from_db()
    assert due.status == DueStatus.DELIVERED
    assert due.delivered_at == NOON + timedelta(hours=2)


def test_what_was_delivered_by_hand_does_not_keep_a_report_from_being_issued(
    contract, due
):
    due.deliver(by=make_user(), at=NOON)

    assert issue(contract, at=NOON + timedelta(hours=1)).issued_at


def test_a_contract_without_the_obligation_issues_as_before(contract):
    make_due(make_obligation(contract), JUNE_1, label="2026-06-01")

    assert issue(contract, at=NOON).issued_at
    assert not Due.objects.filter(status=DueStatus.DELIVERED).exists()


def test_every_kind_of_report_says_what_it_fulfils():
    assert set(actions.OBLIGATIONS) == set(Kind)
