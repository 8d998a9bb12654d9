"""Reports asked for, and made."""

from datetime import date, datetime, time

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Max
from django.utils import translation
from django.utils.timezone import localdate

from accounts.models import User
from contracts.models import AuditEntry, Contract, Due, Reading, Seal
from contracts.rules.periods import ONE_DAY
from contracts.turns import turn

from . import daily, pdf, xlsx
from .models import Issue, IssueStatus, Kind, Schedule
from .rules import first_after
from .scope import hours_of, scope_of

#: What a paper of the contract is written in, whoever made it.
LANGUAGE = "zh-hans"

#: The obligation that issuing a kind of report fulfils, by its key in the contract file.
OBLIGATIONS = {Kind.DAILY: "daily-report"}

#: After so many tries it waits for a person.
MOST_TRIES = 5


@transaction.atomic(durable=True)
def plan(schedule: Schedule, *, at: datetime) -> int:
    """Write down the reports that should have been made by now and are not there.

    Returns how many. Run it again, or twice at once, and nothing more is owed: one
    day has one first version. So what a stopped clock missed is made up for once.
    """
    contract = schedule.contract
    known = set(
        Issue.objects.of(contract)
        .filter(kind=schedule.kind)
        .values_list("day", flat=True)
    )
    missing = [
        owed
        for day in _days_so_far(schedule, at=at)
        if day not in known and (owed := _owed(schedule, day, at=at))
    ]
    Issue.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


@transaction.atomic(durable=True)
def ask(contract: Contract, day: date, *, by: User, at: datetime) -> Issue:
    """Ask for the daily report of a day; a new version, if it has been issued before.

    While a version is still being made, that one comes back.
    """
    # One at a time, or two would take the same version number.
    Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)
    readings = Reading.objects.of(contract).in_force(day)
    hours = hours_of(day, readings)
    same = Issue.objects.of(contract).filter(kind=Kind.DAILY, day=day)
    if unfinished := same.exclude(status=IssueStatus.ISSUED).first():
        if unfinished.status == IssueStatus.FAILED:
            unfinished.move(IssueStatus.OWED, by=by, at=at, tries=0)
        return unfinished
    newest = same.aggregate(newest=Max("version"))["newest"] or 0
    return Issue.objects.create(
        contract=contract,
        kind=Kind.DAILY,
        version=newest + 1,
        number=_number(contract, day),
        day=day,
        starts_at=hours.starts_at,
        ends_at=hours.ends_at,
        asked_at=at,
        asked_by=by,
    )


def make(issue: Issue, *, at: datetime) -> None:
    """Make a report that is owed, and freeze it: content, workbook and PDF.

    Nothing happens where somebody else is making it, or has made it already. Whoever
    is killed half-way leaves it owed; tried too often, it waits for a person.
    """
    with turn("issue", issue.pk) as mine:
        if mine and _begin(issue, at=at):
            _make(issue, at=at)


@transaction.atomic(durable=True)
def _begin(issue: Issue, *, at: datetime) -> bool:
    """Count a try at a report, and say whether it is owed at all."""
    issue.refresh_from_db()
    if issue.status == IssueStatus.OWED and issue.tries >= MOST_TRIES:
        issue.move(IssueStatus.FAILED, by=None, at=at)
    owed = Issue.objects.owed().filter(pk=issue.pk)
    return bool(owed.update(tries=F("tries") + 1))


@transaction.atomic(durable=True)
def _make(issue: Issue, *, at: datetime) -> None:
    with translation.override(LANGUAGE):
        newest = Seal.objects.of_table("cases_entry").last()
        seal = newest.digest if newest else ""
        scope = scope_of(issue.contract, issue.day, at=at)
        document = daily.build(scope, version=issue.version, seal=seal)
        workbook, paper = xlsx.write(document), pdf.write(document)

    name = f"{issue.contract.number}-{issue.kind}-{issue.day}-v{issue.version}"
    issue.xlsx.save(f"{name}.xlsx", ContentFile(workbook), save=False)
    issue.pdf.save(f"{name}.pdf", ContentFile(paper), save=False)
    issue.move(
        IssueStatus.ISSUED,
        by=issue.asked_by,
        at=at,
        issued_at=at,
        cut_at=at,
        content=document.to_json(),
        digest=document.digest(),
        seal=seal,
        xlsx=issue.xlsx.name,
        pdf=issue.pdf.name,
    )
    _deliver_due(issue, at=at)


def _deliver_due(issue: Issue, *, at: datetime) -> None:
    """Deliver what the report was owed for, if anything is: late, if it is late."""
    owed = Due.objects.of(issue.contract).filter(
        obligation__key=OBLIGATIONS[Kind(issue.kind)], label=issue.day.isoformat()
    )
    # Held, so that somebody who delivers it by hand meanwhile does not undo the issue.
    for due in owed.owed().select_for_update(no_key=True):
        due.deliver(by=issue.asked_by, at=at, note=issue.number)


@transaction.atomic(durable=True)
def reschedule(
    schedule: Schedule,
    *,
    issue_time: time,
    due_time: time,
    active: bool,
    by: User,
    at: datetime,
) -> None:
    """Change when a report is made and owed. What has been planned stays as it was."""
    schedule.issue_time, schedule.due_time, schedule.active = (
        issue_time,
        due_time,
        active,
    )
    schedule.save()
    AuditEntry.objects.create(
        contract=schedule.contract,
        at=at,
        by=by,
        subject=f"reports.schedule:{schedule.pk}",
        became=f"{issue_time:%H:%M} {due_time:%H:%M} {'on' if active else 'off'}",
    )


def _days_so_far(schedule: Schedule, *, at: datetime) -> list[date]:
    """Return the days of service that have begun, since the report is owed."""
    first = max(schedule.owed_since, schedule.contract.starts_on)
    last = min(localdate(at), schedule.contract.term.last_on)
    return [first + ONE_DAY * n for n in range((last - first).days + 1)]


def _owed(schedule: Schedule, day: date, *, at: datetime) -> Issue | None:
    """Return the report of a day, if it should have been made by now."""
    contract = schedule.contract
    hours = hours_of(day, Reading.objects.of(contract).in_force(day))
    made_at = first_after(hours.ends_at, schedule.issue_time)
    if made_at > at:
        return None
    return Issue(
        contract=contract,
        kind=schedule.kind,
        number=_number(contract, day),
        day=day,
        starts_at=hours.starts_at,
        ends_at=hours.ends_at,
        due_at=first_after(made_at, schedule.due_time),
        asked_at=at,
    )


def _number(contract: Contract, day: date) -> str:
    with translation.override(LANGUAGE):
        return daily.number_of(contract, day)
