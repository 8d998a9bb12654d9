from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from accounts.actions import encrypt_batch_again
from accounts.cipher import encrypted_fields


class Command(BaseCommand):
    help = (
        "Encrypt personal data with the first of PERSONAL_KEYS where another one was"
        " used. May be killed and run again: it goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--batch", type=int, default=500, help="rows in one transaction"
        )

    def handle(self, *, batch: int, **options: Any) -> None:
        rows, faults = 0, []
        for model in apps.get_models():
            if encrypted_fields(model):
                for encrypted, unreadable in _batches(model, batch):
                    rows += encrypted
                    faults += unreadable
        self.stdout.write(f"{rows} records encrypted anew")
        if faults:
            raise CommandError(
                f"{len(faults)} left as they are, and the old key still needed: "
                + "; ".join(faults[:20])
            )


def _batches(model: type[Model], size: int) -> Iterator[tuple[int, list[str]]]:
    after = None
    while True:
        after, encrypted, faults = encrypt_batch_again(model, after=after, size=size)
        if after is None:
            return
        yield encrypted, faults
