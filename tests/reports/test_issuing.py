"""Reports that are owed come, once, and stay as they were issued."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from reports import actions
from reports.models import Issue, IssueStatus, Kind, Schedule
from tests.factories import NOON, make_case, make_contract, make_user

pytestmark = pytest.mark.django_db

JUNE_1 = date(2026, 6, 1)


def make_schedule(contract=None, **given):
    defaults = {
        "kind": Kind.DAILY,
        "issue_time": time(12, 10),
        "due_time": time(14),
        "owed_since": JUNE_1,
    }
    return Schedule.objects.create(
        contract=contract or make_contract(), **defaults | given
    )


def days(contract):
    return sorted(Issue.objects.of(contract).values_list("day", flat=True))


@pytest.mark.parametrize(
    ("at", "count"),
    [
        (NOON + timedelta(minutes=9), 0),
        (NOON + timedelta(minutes=10), 1),
        (NOON + timedelta(days=1, minutes=9), 1),
        (NOON + timedelta(days=2, minutes=10), 3),  # two were missed: both are owed
    ],
)
def test_what_should_have_been_made_by_now_is_owed(at, count):
    schedule = make_schedule()

    actions.plan(schedule, at=at)

    assert days(schedule.contract) == [JUNE_1 + timedelta(days=n) for n in range(count)]


def test_planning_again_owes_nothing_more():
    schedule, at = make_schedule(), NOON + timedelta(days=1)

    counts = [actions.plan(schedule, at=at) for _n in range(3)]

    assert counts == [1, 0, 0]


def test_nothing_is_owed_outside_the_term():
    contract = make_contract(starts_on=date(2026, 5, 31), ends_before=date(2026, 6, 2))
    schedule = make_schedule(contract, owed_since=date(2026, 1, 1))

    actions.plan(schedule, at=NOON + timedelta(days=9))

    assert days(contract) == [date(2026, 5, 31), JUNE_1]


@pytest.fixture
def issued(settings):
    case = make_case(counted_at=NOON - timedelta(hours=1))
    schedule = make_schedule(case.contract)
    actions.plan(schedule, at=NOON + timedelta(minutes=10))
    actions.make(Issue.objects.get(), at=NOON + timedelta(minutes=11))
    return Issue.objects.get()


def test_an_issue_has_its_content_its_files_and_its_digest(issued, settings):
    assert issued.status == IssueStatus.ISSUED
    assert issued.document().digest() == issued.digest
    files = [
        Path(settings.MEDIA_ROOT, one.name).read_bytes()
        for one in (issued.pdf, issued.xlsx)
    ]
    assert [content[:4] for content in files] == [b"%PDF", b"PK\x03\x04"]


def test_an_issue_is_on_time_until_it_is_owed(issued):
    assert not issued.late
    assert issued.due_at == NOON + timedelta(hours=2)


def test_an_issue_is_frozen(issued):
    for change in (
        lambda: Issue.objects.update(content={}),
        lambda: Issue.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            change()


def test_making_it_again_changes_nothing(issued):
    actions.make(Issue.objects.get(), at=NOON + timedelta(hours=5))

    assert Issue.objects.get().issued_at == issued.issued_at


def test_asking_again_makes_a_new_version_beside_the_old(issued):
    make_case(issued.contract, counted_at=NOON - timedelta(hours=2))
    at = NOON + timedelta(hours=3)

    again = actions.ask(issued.contract, JUNE_1, by=make_user(), at=at)
    actions.make(again, at=at)

    versions = Issue.objects.of(issued.contract).order_by("version")
    assert [one.version for one in versions] == [1, 2]
    assert versions[0].digest == issued.digest != versions[1].digest


def test_asking_twice_at_once_is_one_version(issued):
    asked = [
        actions.ask(issued.contract, JUNE_1, by=make_user(), at=NOON) for _n in range(2)
    ]

    assert asked[0] == asked[1]


def test_what_cannot_be_made_waits_for_a_person_after_some_tries(monkeypatch):
    def broken(*given, **more):
        raise RuntimeError("no paper")

    schedule = make_schedule()
    actions.plan(schedule, at=NOON + timedelta(minutes=10))
    issue = Issue.objects.get()
    monkeypatch.setattr(actions.pdf, "write", broken)

    for _try in range(actions.MOST_TRIES):
        with pytest.raises(RuntimeError):
            actions.make(issue, at=NOON)
    actions.make(issue, at=NOON)

    assert Issue.objects.get().status == IssueStatus.FAILED


def test_a_failed_report_can_be_asked_for_again():
    contract, by = make_contract(), make_user()
    failed = actions.ask(contract, JUNE_1, by=by, at=NOON)
    failed.move(IssueStatus.FAILED, by=None, at=NOON)

    again = actions.ask(contract, JUNE_1, by=by, at=NOON)

    assert (again.pk, again.status, again.tries) == (failed.pk, IssueStatus.OWED, 0)
