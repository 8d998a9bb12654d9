from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from accounts.models import User
from cases import actions
from cases.models import Batch, BatchMode, BatchStatus
from contracts.models import Contract, TransitionRefused


class Command(BaseCommand):
    help = "Import a file of work orders; with --dry-run, only say what is in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--contract", required=True, help="its number")
        parser.add_argument("--by", required=True, help="user name of who sends it")
        parser.add_argument("--dry-run", action="store_true")
        parser.add_argument(
            "--whole", action="store_true", help="all rows or none, if one is faulty"
        )

    def handle(
        self,
        *,
        file: Path,
        contract: str,
        by: str,
        dry_run: bool,
        whole: bool,
        **options: Any,
    ) -> None:
        try:
            into = Contract.objects.get(number=contract)
            sender = User.objects.get(username=by)
        except (Contract.DoesNotExist, User.DoesNotExist) as missing:
            raise CommandError(str(missing)) from missing
        try:
            batch = self._check(into, file, sender)
            if not dry_run:
                mode = BatchMode.WHOLE if whole else BatchMode.GOOD_ROWS
                actions.confirm(batch, mode=mode, by=sender, at=now())
                actions.work_on(batch, at=now())
                batch.refresh_from_db()
        except (OSError, actions.FileRefused, TransitionRefused) as refusal:
            raise CommandError(str(refusal)) from refusal
        if batch.status == BatchStatus.REFUSED:
            raise CommandError(batch.refusal)
        if dry_run:
            actions.cancel(batch, by=sender, at=now())
        for fault in batch.faults.all():
            self.stderr.write(
                f"{fault.sheet} {fault.row} {fault.column}: {fault.message}"
            )
        self.stdout.write(
            f"{file.name}: {batch.new} new, {batch.changed} changed, {batch.same} same, "
            f"{batch.faulty} faulty, {batch.vanished} no longer in the export"
        )

    def _check(self, contract: Contract, file: Path, by: User) -> Batch:
        with file.open("rb") as opened:
            batch = actions.receive_file(
                contract, file=File(opened, file.name), token=uuid4(), by=by, at=now()
            )
        actions.work_on(batch, at=now())
        batch.refresh_from_db()
        if batch.status == BatchStatus.REFUSED:
            raise CommandError(batch.refusal)
        if batch.status == BatchStatus.ASKING:
            raise CommandError(
                "The headings of the file are not known. Say on its page which column is "
                f"which: {batch.get_absolute_url()}"
            )
        return batch
