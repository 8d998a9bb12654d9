"""The work calendar, a year at a time."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import AuditEntry, CalendarDay, CalendarYear, subject_of
from contracts.rules.calendar import SpecialDay
from contracts.rules.calendar_file import CalendarFile


class CalendarRefused(Exception):
    """A calendar that would put a provisional year in the place of an official one."""


@transaction.atomic(durable=True)
def replace_year(
    file: CalendarFile, *, source: str, at: datetime, by: User | None = None
) -> bool:
    """Make a year's calendar what the file says; return whether that changed anything.

    Deadlines that were counted before stay as they are. Raises CalendarRefused.
    """
    return put_year(file, source=source, at=at, by=by)


def put_year(file: CalendarFile, *, source: str, at: datetime, by: User | None) -> bool:
    """Do what `replace_year` does, inside the transaction of whatever brings the file."""
    was = CalendarYear.objects.select_for_update().filter(year=file.year).first()
    if was and file.provisional and not was.provisional:
        raise CalendarRefused(
            _(
                "The calendar of %(year)s is official; a provisional one cannot replace it."
            )
            % {"year": file.year}
        )
    days = {day.day: day for day in file.days}
    known = _known_days(was)
    same = known == days and was and was.provisional == file.provisional
    if was and same and was.source == source:
        return False

    year, _created = CalendarYear.objects.update_or_create(
        year=file.year,
        defaults={
            "provisional": file.provisional,
            "source": source,
            "imported_at": at,
        },
    )
    changed = [day for day in known if days.get(day) != known[day]]
    year.days.filter(day__in=changed).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(year=year, day=day, is_workday=one.is_workday, name=one.name)
        for day, one in days.items()
        if known.get(day) != one
    )
    AuditEntry.objects.create(
        at=at,
        by=by,
        subject=subject_of(year),
        was=_standing(was),
        became=_standing(year),
        note=f"{file.year}: {source}",
    )
    return True


def _known_days(year: CalendarYear | None) -> dict[date, SpecialDay]:
    if year is None:
        return {}
    rows = year.days.values_list("day", "is_workday", "name")
    return {row[0]: SpecialDay(*row) for row in rows}


def _standing(year: CalendarYear | None) -> str:
    if year is None:
        return ""
    return "provisional" if year.provisional else "official"
