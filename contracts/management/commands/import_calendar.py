from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from django.utils.translation import gettext as _

from contracts.actions.calendar import CalendarRefused, replace_year
from contracts.files import FileRefused, read_calendar


class Command(BaseCommand):
    help = "Replace one year's holidays and worked weekends with those in a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument(
            "file",
            type=Path,
            help="columns: day, is_workday (0/1), name, kind (official/provisional)",
        )
        parser.add_argument(
            "--source", default="", help="the notice it is from; else the file's name"
        )

    def handle(self, *, year: int, file: Path, source: str, **options: Any) -> None:
        try:
            calendar = read_calendar(file, year)
            changed = replace_year(calendar, source=source or file.name, at=now())
        except (FileRefused, CalendarRefused) as refusal:
            nothing = _("Nothing was changed.")
            raise CommandError(f"{refusal}\n{nothing}") from refusal

        days = len(calendar.days) if changed else _("nothing has changed")
        self.stdout.write(f"{year}: {_('calendar days')} {days}")
