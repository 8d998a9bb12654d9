"""Measure the roster: its page, the proof of a year, publishing a month; print a table.

    python bench/roster.py

Works in a database of its own, made anew beside the one of DATABASE_URL and dropped
afterwards. 40 people, a year of shifts and of times on post. By hand, on a quiet machine.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import django
from measure import own_database, people, row

PEOPLE, TURNS = 40, 8
ROUNDS = 15
CYCLE = ["早", "早", "中", "中", "", "夜", "夜", ""]
DAY = timedelta(days=1)


def main() -> None:
    os.environ["LOG_LEVEL"] = "WARNING"
    with own_database(os.environ["DATABASE_URL"]) as own:
        os.environ["DATABASE_URL"] = own
        django.setup()
        measure()


def measure() -> None:
    from django.core.management import call_command  # noqa: PLC0415  # after setup()

    call_command("migrate", verbosity=0)
    contract, manager = people()
    team = make_team(contract, manager)
    year(contract, manager, team)
    proof(contract)
    publishing(contract, manager, team)
    page(contract, manager)


def make_team(contract: Any, manager: Any) -> list[Any]:
    from accounts.models import User  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415
    from contracts.models import Document, DocumentKind  # noqa: PLC0415
    from staffing.actions import posts  # noqa: PLC0415
    from staffing.models import (  # noqa: PLC0415
        Agreement,
        AgreementText,
        Person,
        PersonStatus,
        Post,
        TextStatus,
    )

    begun = moment(contract.effective_on)
    supervisor = User.objects.create(username="bench-a", name="bench-a")
    posts.set_up(contract, by=manager, at=begun)
    post = Post.objects.get(contract=contract, role=Role.AGENT)
    told = {"submitted_at": begun, "submitted_by": manager}
    decided = {"decided_at": begun, "decided_by": supervisor}
    paper = Document.objects.create(
        contract=contract,
        kind=DocumentKind.AGREEMENT,
        title="bench",
        file="bench.pdf",
        name="bench.pdf",
        size=1,
        digest="0" * 64,
        uploaded_at=begun,
        uploaded_by=manager,
    )
    text = AgreementText.objects.create(
        contract=contract,
        version=1,
        status=TextStatus.APPROVED,
        document=paper,
        **told,
        **decided,
    )
    team = [
        Person.objects.create(
            contract=contract,
            post=post,
            name=f"员工{number:02}",
            status=PersonStatus.APPROVED,
            begins_on=contract.starts_on,
            proposed_at=begun,
            proposed_by=manager,
            **decided,
        )
        for number in range(PEOPLE)
    ]
    for person in team:
        Agreement.objects.create(
            person=person,
            text=text,
            signed_on=contract.effective_on,
            document=paper,
            filed_at=begun,
            filed_by=manager,
        )
    return team


def moment(day: date) -> datetime:
    from contracts.rules.calendar import BEIJING  # noqa: PLC0415

    return datetime(day.year, day.month, day.day, 10, tzinfo=BEIJING)


def draft(contract: Any, manager: Any, team: list[Any], month: date) -> Any:
    from staffing.actions import rosters  # noqa: PLC0415
    from staffing.rules.months import days_of  # noqa: PLC0415

    at = moment(contract.effective_on)
    roster = rosters.draft(contract, month, token=uuid4(), by=manager, at=at)
    days = [day for day in days_of(month) if contract.starts_on <= day]
    for first in range(0, PEOPLE, TURNS):
        rosters.generate(
            roster,
            people=team[first : first + TURNS],
            cycle=CYCLE,
            stagger=1,
            begin=(days[0] - contract.starts_on).days % len(CYCLE),
            first=days[0],
            last=days[-1],
            by=manager,
            at=at,
        )
    return roster


def year(contract: Any, manager: Any, team: list[Any]) -> None:
    """Plan a year, and let everybody come to every shift."""
    from staffing.actions import rosters  # noqa: PLC0415
    from staffing.models import Shift, Stint  # noqa: PLC0415
    from staffing.rules.months import month_after  # noqa: PLC0415

    month = contract.starts_on
    while month < contract.ends_before:
        roster = draft(contract, manager, team, month)
        at = moment(contract.effective_on)
        rosters.publish(roster, reason="bench", by=manager, at=at)
        month = month_after(month)
    Stint.objects.bulk_create(
        Stint(
            contract=contract,
            person_id=shift.person_id,
            post_id=shift.post_id,
            shift=shift,
            on_at=shift.starts_at,
            on_told_at=shift.starts_at,
            on_told_by=manager,
            off_at=shift.ends_at,
            off_told_at=shift.ends_at,
            off_told_by=manager,
        )
        for shift in Shift.objects.of(contract).holding()
    )
    row("shifts and times on post", f"{Stint.objects.count():,}")


def proof(contract: Any) -> None:
    from staffing.coverage import actual  # noqa: PLC0415

    length = (contract.ends_before - contract.starts_on).days
    days = [contract.starts_on + DAY * n for n in range(length)]
    at = moment(contract.ends_before)
    row("proof of cover, a year", spread(lambda: actual(contract, days, at=at)))


def publishing(contract: Any, manager: Any, team: list[Any]) -> None:
    from staffing.actions import rosters  # noqa: PLC0415

    roster = rosters.draft(
        contract,
        contract.starts_on,
        token=uuid4(),
        by=manager,
        at=moment(contract.effective_on),
    )
    begun = time.perf_counter()
    rosters.publish(
        roster, reason="bench", by=manager, at=moment(contract.effective_on)
    )
    row("publishing a month", f"{(time.perf_counter() - begun) * 1000:.0f} ms")


def page(contract: Any, manager: Any) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(manager)
    url = f"{reverse('staffing:roster', args=[contract.number])}?month=2026-10"
    row(f"roster page, {PEOPLE} × 31, read", spread(lambda: client.get(url)))
    client.post(
        f"{reverse('staffing:roster-draft', args=[contract.number])}?month=2027-01",
        {"token": f"{uuid4()}"},
    )
    url = f"{reverse('staffing:roster', args=[contract.number])}?month=2027-01"
    row(f"roster page, {PEOPLE} × 31, edited", spread(lambda: client.get(url)))


def spread(work: Callable[[], object]) -> str:
    took = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    return f"{statistics.median(took):.0f} ms median, {took[-1]:.0f} ms at most"


if __name__ == "__main__":
    main()
