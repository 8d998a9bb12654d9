"""A year's work calendar is replaced as a whole, and an official one only by another."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts.actions.calendar import CalendarRefused, replace_year
from contracts.models import AuditEntry, CalendarDay, CalendarYear
from contracts.rules.calendar_file import parse_calendar
from tests.factories import NOON, make_user

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
HEAD = "day,is_workday,name,kind\n"
PROVISIONAL = parse_calendar(
    f"{HEAD}2027-05-01,0,劳动节,provisional\n2027-05-03,0,劳动节,provisional\n"
)
OFFICIAL = parse_calendar(
    f"{HEAD}2027-05-01,0,劳动节,official\n2027-05-08,1,劳动节调休,official\n"
)
LATER = NOON + timedelta(days=1)


def test_a_year_comes_in():
    assert replace_year(PROVISIONAL, source="law", at=NOON)

    year = CalendarYear.objects.get()
    assert (year.year, year.provisional, year.source) == (2027, True, "law")
    assert [day.day.day for day in year.days.all()] == [1, 3]


def test_the_same_again_changes_nothing():
    replace_year(PROVISIONAL, source="law", at=NOON)

    assert not replace_year(PROVISIONAL, source="law", at=LATER)

    assert CalendarYear.objects.get().imported_at == NOON
    assert AuditEntry.objects.count() == 1


def test_the_official_notice_takes_the_place_of_the_provisional_one():
    by = make_user()
    replace_year(PROVISIONAL, source="law", at=NOON)

    replace_year(OFFICIAL, source="notice", at=LATER, by=by)

    calendar = CalendarDay.objects.all().calendar()
    assert calendar.is_workday(date(2027, 5, 3))
    assert calendar.is_workday(date(2027, 5, 8))
    assert not calendar.is_provisional(date(2027, 5, 8))
    entry = AuditEntry.objects.latest("pk")
    assert (entry.was, entry.became, entry.by) == ("provisional", "official", by)


def test_an_official_calendar_does_not_become_provisional_again():
    replace_year(OFFICIAL, source="notice", at=NOON)

    with pytest.raises(CalendarRefused):
        replace_year(PROVISIONAL, source="law", at=LATER)

    assert not CalendarYear.objects.get().provisional


def test_the_command_replaces_a_year(capsys):
    call_command("import_calendar", "2026", DATA / "calendar-2026.csv")
    call_command("import_calendar", "2026", DATA / "calendar-2026.csv")

    first, second = capsys.readouterr().out.splitlines()
    assert str(CalendarDay.objects.count()) in first
    assert first != second


def test_the_command_refuses_the_wrong_year():
    with pytest.raises(CommandError, match="2026"):
        call_command("import_calendar", "2027", DATA / "calendar-2026.csv")

    assert not CalendarYear.objects.exists()


def test_the_command_refuses_a_file_with_faults(tmp_path):
    file = tmp_path / "year.csv"
    file.write_text(f"{HEAD}2027-05-01,0,劳动节,official\n2027-05-04,1,x,official\n")

    with pytest.raises(CommandError, match=r"line\[3\]"):
        call_command("import_calendar", "2027", file)

    assert not CalendarYear.objects.exists()
