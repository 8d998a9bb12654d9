from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts.rules.calendar import SpecialDay, WorkCalendar
from contracts.rules.calendar_file import (
    CalendarFile,
    CalendarFileError,
    parse_calendar,
)

DATA = Path(__file__).parents[3] / "contracts" / "data"
HEAD = "day,is_workday,name,kind\n"


def read(year: int) -> CalendarFile:
    return parse_calendar((DATA / f"calendar-{year}.csv").read_text(encoding="utf-8"))


def workdays_by_month(year: int) -> list[int]:
    calendar = WorkCalendar.of(read(year).days, official_years=[year])
    days = (date(year, 1, 1) + timedelta(n) for n in range(365))
    months = Counter(day.month for day in days if calendar.is_workday(day))
    return [months[month] for month in range(1, 13)]


def codes(content: str) -> list[tuple[str, str]]:
    with pytest.raises(CalendarFileError) as refusal:
        parse_calendar(content)
    return [(problem.code, problem.path) for problem in refusal.value.problems]


def test_2026_is_official_and_has_its_working_days():
    assert not read(2026).provisional
    assert workdays_by_month(2026) == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]


def test_2026_works_six_weekend_days_in_lieu():
    worked = [special.day for special in read(2026).days if special.is_workday]

    assert worked == [
        date(2026, 1, 4),
        date(2026, 2, 14),
        date(2026, 2, 28),
        date(2026, 5, 9),
        date(2026, 9, 20),
        date(2026, 10, 10),
    ]


def test_2027_is_provisional_and_knows_the_statutory_days_alone():
    file = read(2027)

    assert file.provisional
    assert not any(special.is_workday for special in file.days)
    assert [str(special.day)[5:] for special in file.days] == [
        "01-01",
        *[f"02-{day:02}" for day in range(5, 11)],
        "04-05",
        *[f"05-{day:02}" for day in range(1, 5)],
        "06-09",
        "09-15",
        *[f"10-{day:02}" for day in range(1, 6)],
    ]


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm():
    row = "2026-05-09,1,劳动节调休,official\n"
    content = f"\ufeff{HEAD}{row}".replace("\n", "\r\n")

    assert parse_calendar(content).days == (
        SpecialDay(date(2026, 5, 9), True, "劳动节调休"),
    )


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ("", [("missing", "day")]),
        ("2026-13-01,0,元旦,official\n", [("not_a_date", "line[2].day")]),
        ("20260101,0,元旦,official\n", [("bad_pattern", "line[2].day")]),
        ("2026-05-08,1,劳动节,official\n", [("no_weekend", "line[2].day")]),
        ("2026-05-09,2,劳动节,official\n", [("not_a_choice", "line[2].is_workday")]),
        ("2026-05-01,0,,official\n", [("blank", "line[2].name")]),
        ("2026-05-01,0,劳动节,maybe\n", [("not_a_choice", "line[2].kind")]),
        ("2026-05-01,0,劳动节\n", [("missing", "line[2].kind")]),
        ("2026-05-01,0,劳动节,official,x\n", [("unknown", "line[2].None")]),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_named(rows, problems):
    assert codes(HEAD + rows)[: len(problems)] == problems


def test_rows_of_two_years_or_of_two_kinds_are_refused_together():
    rows = [
        "2026-05-01,0,劳动节,official",
        "2027-05-01,0,劳动节,official",
        "2026-05-02,0,劳动节,provisional",
        "2026-05-01,0,劳动节,official",
    ]

    assert codes(HEAD + "\n".join(rows)) == [
        ("other_year", "line[3].day"),
        ("not_a_choice", "line[4].kind"),
        ("twice", "line[5].day"),
    ]


def test_a_column_that_is_not_known_is_refused():
    assert codes("day,is_workday,name,kind,note\n2026-05-01,0,劳动节,official,x\n")[
        0
    ] == ("unknown", "line[2].note")
