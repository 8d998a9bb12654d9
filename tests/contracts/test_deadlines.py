"""All deadlines of a contract in one calendar."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.deadlines import Month, Wanted, month_sheet, own_days, tally
from contracts.models import Due, Side
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_clause,
    make_contract,
    make_due,
    make_obligation,
    make_period,
    make_stage,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
JUNE = Month(date(2026, 6, 1))
DAILY = {"every": "day", "days": 1, "at": "10:00"}


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def page(contract):
    return reverse("contracts:deadlines", args=[contract.number])


def sheet_of(contract, **wanted):
    dues = Due.objects.of(contract)
    return month_sheet(contract, dues, JUNE, wanted=Wanted(**wanted), at=NOON)


def titles(sheet):
    return [str(line.title) for _day, lines in sheet.days for line in lines]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("2026-12", "2026-12"),
        ("", "2026-06"),
        ("2026-13", "2026-06"),
        ("9999-12", "2026-06"),
        ("0001-01", "2026-06"),
        ("\x00", "2026-06"),
    ],
)
def test_a_month_is_named_or_it_is_this_one(name, shown):
    assert str(Month.named(name, today=NOON.date())) == shown


def test_months_follow_each_other_over_the_year():
    december = Month(date(2026, 12, 1))

    assert str(december.next) == "2027-01"
    assert str(december.next.previous) == "2026-12"
    assert december.span.days == 31


def test_the_contracts_own_days_are_among_them(contract):
    make_stage(contract, 1000, number=2)
    make_period(contract, improvement_ends_before=date(2026, 7, 19))

    found = {(line.key, line.day, line.side) for line in own_days(contract)}

    assert found == {
        ("stage-2-opens", date(2026, 9, 1), "a"),
        ("stage-2-target", date(2026, 9, 30), "a"),
        ("period-2-ends", date(2026, 6, 18), "a"),
        ("period-2-improvement", date(2026, 7, 18), "b"),
        ("term-starts", date(2026, 5, 1), ""),
        ("term-ends", date(2027, 4, 30), ""),
    }


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({}, ["Assessment period ends"]),
        ({"side": Side.A}, ["Assessment period ends"]),
        ({"side": Side.B}, []),
        ({"words": "6月"}, ["Assessment period ends"]),
        ({"words": "7月"}, []),
        ({"dues_only": True}, []),
    ],
)
def test_own_days_are_narrowed_with_the_rest(contract, wanted, shown):
    make_period(contract)

    assert titles(sheet_of(contract, **wanted)) == shown


def test_dues_stand_on_their_days_the_late_ones_first(contract):
    later = make_due(make_obligation(contract), date(2026, 6, 9))
    done = make_due(
        make_obligation(contract),
        date(2026, 5, 31) + DAY,
        status="delivered",
        delivered_at=NOON,
    )
    early = datetime(2026, 6, 1, 9, tzinfo=BEIJING)
    late = make_due(make_obligation(contract), date(2026, 6, 1), due_at=early)
    make_due(make_obligation(contract), date(2026, 6, 9), status="dropped")
    make_due(make_obligation(contract), date(2026, 7, 1))

    sheet = sheet_of(contract)

    found = [(day, [line.due for line in lines]) for day, lines in sheet.days]
    assert found == [(date(2026, 6, 1), [late, done]), (date(2026, 6, 9), [later])]
    first = sheet.days[0][1][0]
    assert (first.late, first.ends_at) == (True, early)


def test_what_was_returned_stands_on_its_new_day(contract):
    make_due(
        make_obligation(contract),
        date(2026, 5, 20),
        status="returned",
        again_on=date(2026, 6, 3),
        decided_at=NOON,
        decided_by=make_user(),
    )

    assert [day for day, _lines in sheet_of(contract).days] == [date(2026, 6, 3)]


def test_what_comes_round_daily_is_counted(contract):
    daily = make_obligation(contract, due_rule=DAILY, accepted_by_a=False)
    done = {"status": "delivered", "delivered_at": NOON}
    make_due(daily, date(2026, 6, 1), **done)
    for number in range(1, 30):
        make_due(daily, date(2026, 6, 1) + number * DAY)
    make_due(daily, date(2026, 5, 20))

    sheet = month_sheet(
        contract,
        Due.objects.of(contract),
        JUNE,
        wanted=Wanted(),
        at=NOON + 3 * DAY,
    )

    (group,) = sheet.daily
    assert dict(group.counts) == {"all": 30, "late": 2, "done": 1}
    assert sheet.days == []
    cells = {cell.day: cell for week in sheet.weeks for cell in week}
    assert cells[date(2026, 6, 2)].daily["late"] == 1


def test_days_off_are_seen(contract):
    make_year(2026, m06_19="端午节")

    cells = {cell.day: cell for week in sheet_of(contract).weeks for cell in week}

    assert cells[date(2026, 6, 19)].holiday == "端午节"
    assert cells[date(2026, 6, 20)].off
    assert not cells[date(2026, 6, 18)].off
    assert not cells[date(2026, 7, 1)].inside


def test_what_matters_most_is_counted_once(contract):
    obligation = make_obligation(contract)
    make_due(obligation, date(2026, 5, 20))
    make_due(obligation, date(2026, 6, 1))
    make_due(obligation, date(2026, 6, 8))
    make_due(obligation, date(2026, 6, 3), status="delivered", delivered_at=NOON)
    Due.objects.create(
        contract=contract, obligation=obligation, label="x", missing_year=2028
    )

    assert tally(contract, NOON) == {
        "late": 1,
        "soon": 1,
        "waiting": 1,
        "undated": 1,
    }


# --- The page -----------------------------------------------------------------------------


def test_the_page_shows_a_month_and_the_way_to_the_next(client, contract, page):
    today = localdate()
    due = make_due(make_obligation(contract), today)
    client.force_login(make_user(contract, Role.MANAGER))

    this = client.get(page)
    then = client.get(f"{page}?month={this.context['month'].next}")

    assert due.get_absolute_url() in this.text
    assert due.get_absolute_url() not in then.text
    assert f"month={Month(today.replace(day=1)).next}" in this.text


def test_late_is_said_in_a_word(client, contract, page):
    make_due(make_obligation(contract), localdate() - DAY)
    client.force_login(make_user(contract, Role.MANAGER))

    month = f"{localdate() - DAY:%Y-%m}"
    text = client.get(f"{page}?month={month}").text

    assert '<small class="bad">Late</small>' in text


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 4),
        ("status=owed", 2),
        ("status=overdue", 1),
        ("status=waiting", 1),
        ("status=done", 1),
        ("side=a", 1),
        ("q=整改", 1),
        ("q=%00&side=zz&obligation=99999999999999999999&after=~", 4),
    ],
)
def test_the_list_is_narrowed(client, contract, page, query, number):
    obligation = make_obligation(contract)
    make_due(obligation, localdate() - DAY, label="整改")
    make_due(obligation, localdate() + DAY)
    make_due(obligation, localdate(), status="delivered", delivered_at=now())
    ours = make_obligation(contract, side=Side.A, accepted_by_a=False)
    make_due(ours, localdate(), status="delivered", delivered_at=now())
    make_due(make_obligation(make_contract()), localdate())
    client.force_login(make_user(contract, Role.MANAGER))

    context = client.get(f"{page}?show=list&{query}").context

    assert len(context["lines"]) == context["count"].number == number


def test_the_list_is_narrowed_to_a_clause_and_an_obligation(client, contract, page):
    due = make_due(make_obligation(contract), localdate())
    make_due(make_obligation(contract), localdate())
    client.force_login(make_user(contract, Role.MANAGER))

    for query in (
        f"clause={due.obligation.clause_id}",
        f"obligation={due.obligation_id}",
    ):
        lines = client.get(f"{page}?show=list&{query}").context["lines"]
        assert [line.due for line in lines] == [due]


def test_the_page_costs_the_same_with_one_row_and_with_three(client, contract, page):
    client.force_login(make_user(contract, Role.MANAGER))
    make_stage(contract, 1000, clause=make_clause(contract))
    make_due(make_obligation(contract), localdate())
    pages = [page, f"{page}?show=list"]
    one = [queries(client, shown) for shown in pages]

    for _row in range(2):
        make_due(make_obligation(contract), localdate())

    assert [queries(client, shown) for shown in pages] == one
    assert max(one) < 25
