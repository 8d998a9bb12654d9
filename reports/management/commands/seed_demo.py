from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import localdate, now

from accounts.actions import DEMO_PASSWORD, make_demo_accounts
from accounts.models import User
from accounts.roles import Duty, Role
from cases import actions as cases
from cases.demo import generate, write_xlsx
from cases.models import Case, CaseStatus, Unit
from contracts.actions.membership import grant_role
from contracts.models import Contract
from reports.demo import live, paper
from reports.models import Kind, Schedule
from staffing.actions.clearance import settle
from staffing.demo import man, staff

CONTRACT = Path(settings.BASE_DIR, "contracts", "data", "yongdinglu-2026.toml")

#: How much of the past the demo shows, and how many orders a day.
DAYS, A_DAY = 45, 14
SEED = 2026


class Command(BaseCommand):
    help = (
        "Fill an empty database with a contract, one account a role and made-up work "
        "orders; print the accounts. Only with DEBUG and DEMO on."
    )

    def handle(self, **options: Any) -> None:
        if not (settings.DEBUG and settings.DEMO):
            raise CommandError("Demo data is for DEBUG and DEMO alone.")
        at = now()
        people = {person.username: person for person in make_demo_accounts(at=at)}
        if not Contract.objects.exists():
            self._fill(people, at)
        self._print_accounts()

    def _fill(self, people: dict[str, User], at: datetime) -> None:
        call_command("load_contract", CONTRACT, stdout=self.stderr)
        contract = Contract.objects.get()
        for role in Role:
            grant_role(
                contract,
                people[role],
                role,
                note="demo",
                by=people[Duty.SECURITY],
                at=at,
            )
        staff(contract, people, paper, at=at)
        with transaction.atomic():
            settle(contract, at=at)
        last = min(localdate(at), contract.term.last_on)
        Schedule.objects.create(
            contract=contract,
            kind=Kind.DAILY,
            issue_time=time(12, 10),
            due_time=time(14),
            owed_since=max(contract.starts_on, last - timedelta(days=2)),
        )
        _import_orders(contract, people[Role.CLERK], last, at)
        _handle_orders(contract, people, at)
        live(contract, people, at=at)
        man(contract, people, at=at)

    def _print_accounts(self) -> None:
        for title in (*Role, *Duty):
            self.stdout.write(f"{title.value:<12}{title.label}")
        self.stdout.write(f"password: {DEMO_PASSWORD}")


def _import_orders(contract: Contract, clerk: User, last: date, at: datetime) -> None:
    rows = generate(
        DAYS * A_DAY, starts_on=last - timedelta(days=DAYS - 1), days=DAYS, seed=SEED
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "demo.xlsx")
        write_xlsx(path, rows)
        with path.open("rb") as file:
            batch = cases.receive_file(
                contract, file=File(file, path.name), token=uuid4(), by=clerk, at=at
            )
    cases.work_on(batch, at=at)
    batch.refresh_from_db()
    cases.confirm(batch, by=clerk, at=at)
    cases.work_on(batch, at=at)


def _handle_orders(contract: Contract, people: dict[str, User], at: datetime) -> None:
    """Take most of the open orders some steps on, at times that could have been."""
    random = Random(SEED)  # noqa: S311  # the same demo every time
    units: list[Any] = list(Unit.objects.of(contract))
    agent, closer = people[Role.AGENT], people[Role.CLOSER]
    received = Case.objects.of(contract).filter(status=CaseStatus.RECEIVED)
    for case in received.select_related("contract", "unit").order_by("counted_at"):
        moment = case.counted_at
        for step in range(random.randint(0, 5)):
            moment += timedelta(minutes=random.randint(5, 300))
            if moment >= at:
                break
            _STEPS[step](case, agent, closer, random.choice(units), moment)


def _sign(case: Case, agent: User, closer: User, unit: Unit, at: datetime) -> None:
    cases.sign(case, token=uuid4(), by=agent, at=at)


def _transfer(case: Case, agent: User, closer: User, unit: Unit, at: datetime) -> None:
    inner = case.due_at - (case.due_at - at) / 4 if case.due_at else None
    cases.transfer(
        case,
        unit=case.unit or unit,
        inner_due_at=inner,
        note="请核实并联系来电人。",
        token=uuid4(),
        by=agent,
        at=at,
    )


def _accept(case: Case, agent: User, closer: User, unit: Unit, at: datetime) -> None:
    cases.accept(case, happened_at=at, token=uuid4(), by=agent, at=at)


def _reply(case: Case, agent: User, closer: User, unit: Unit, at: datetime) -> None:
    cases.reply(
        case,
        result="已到现场核实，问题已处理。",
        reply="已电话告知来电人处理情况。",
        contacted=True,
        solved=True,
        happened_at=at,
        token=uuid4(),
        by=agent,
        at=at,
    )


def _review(case: Case, agent: User, closer: User, unit: Unit, at: datetime) -> None:
    cases.review(case, passed=True, note="", token=uuid4(), by=closer, at=at)


_STEPS = (_sign, _transfer, _accept, _reply, _review)
