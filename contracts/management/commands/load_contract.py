from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from django.utils.translation import gettext as _

from contracts.actions.load import LoadResult, load
from contracts.actions.locked import ContractLocked
from contracts.files import FileRefused, in_words, read_contract


class Command(BaseCommand):
    help = "Load a contract's facts, and the work calendars it names, from a TOML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="such as contracts/data/*.toml")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            folder = read_contract(file)
            result = load(folder.file, calendars=folder.calendars, at=now())
        except FileRefused as refusal:
            raise CommandError(_refused(refusal.reasons)) from refusal
        except ContractLocked as refusal:
            raise CommandError(
                _refused(tuple(map(str, refusal.differences)))
            ) from refusal

        for doubt in in_words(folder.file.warnings):
            self.stderr.write(self.style.WARNING(doubt))
        self.stdout.write(f"{result.contract.number}: {_written(result)}")


def _refused(reasons: tuple[str, ...]) -> str:
    return "\n".join([*reasons, _("Nothing was changed.")])


def _written(result: LoadResult) -> str:
    if not result.changed:
        return _("nothing has changed")
    return ", ".join(
        f"{model._meta.verbose_name_plural} {count}"
        for model, count in result.written.items()
    )
