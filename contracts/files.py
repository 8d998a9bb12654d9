"""A contract's file on disk, with the work calendars that lie beside it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from .rules.calendar_file import CalendarFile, parse_calendar
from .rules.contract_file import ContractFile, parse
from .rules.problems import Fault, Problem, Refused


class FileRefused(Exception):
    """A file that was not taken, for all the `reasons`, in words."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


@dataclass(frozen=True, slots=True)
class ContractFolder:
    """A contract file that has been read, and the calendars it names, by year."""

    file: ContractFile
    calendars: dict[int, CalendarFile]


def read_contract(path: Path) -> ContractFolder:
    """Read a contract file and the calendars it names.

    Raises FileRefused with all that is wrong with any of them.
    """
    try:
        file = parse(_text_of(path))
    except Refused as refusal:
        raise FileRefused(in_words(refusal.problems)) from refusal

    reasons: list[str] = []
    calendars = {}
    for source in file.calendars:
        try:
            calendars[source.year] = read_calendar(
                path.parent / source.file, source.year
            )
        except FileRefused as refusal:
            reasons.extend(f"{source.file}: {reason}" for reason in refusal.reasons)
    if reasons:
        raise FileRefused(reasons)
    return ContractFolder(file, calendars)


def read_calendar(path: Path, year: int) -> CalendarFile:
    """Read a year's calendar. Raises FileRefused, also if it is another year's."""
    try:
        calendar = parse_calendar(_text_of(path))
        if calendar.year != year:
            params = {"found": str(calendar.year), "other": str(year)}
            raise Refused([Problem(Fault.OTHER_YEAR, "day", params)])
    except Refused as refusal:
        raise FileRefused(in_words(refusal.problems)) from refusal
    return calendar


def in_words(problems: Iterable[Problem]) -> Iterator[str]:
    """Say what is wrong, in the language of whoever reads it."""
    return (_(problem.template) % problem.values for problem in problems)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        reason = _("%(file)s cannot be read: %(why)s") % {
            "file": path.name,
            "why": error.strerror,
        }
    except UnicodeDecodeError:
        reason = _("%(file)s is not in UTF-8.") % {"file": path.name}
    raise FileRefused([reason])
