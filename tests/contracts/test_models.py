"""What must hold of a contract, on both sides of each edge."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.roles import Duty, Role
from contracts.models import (
    CalendarDay,
    Clause,
    ClauseKind,
    Contact,
    Contract,
    Membership,
    Reading,
    Side,
)
from contracts.rules import contract_file
from contracts.rules.readings import DailyCut
from tests.factories import (
    make_clause,
    make_contract,
    make_party,
    make_period,
    make_stage,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """Expect a constraint to refuse what is done here."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        yield


# --- Contract -------------------------------------------------------------------------------


def test_a_contract_may_cost_a_fen():
    assert make_contract(price=Decimal("0.01")).price == Decimal("0.01")


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_contract_costs_something(price):
    with refused("contract_price_is_positive"):
        make_contract(price=Decimal(price))


def test_a_term_of_one_day_is_one():
    contract = make_contract(starts_on=date(2026, 5, 1), ends_before=date(2026, 5, 2))

    assert contract.term.days == 1


def test_a_term_has_a_length():
    with refused("contract_term_has_a_length"):
        make_contract(starts_on=date(2026, 5, 1), ends_before=date(2026, 5, 1))


def test_nobody_concludes_a_contract_with_themselves():
    party = make_party()

    with refused("contract_has_two_parties"):
        make_contract(party_a=party, party_b=party)


@pytest.mark.parametrize("day", [1, 31])
def test_periods_begin_on_a_day_that_months_have(day):
    assert make_contract(first_day=day).first_day == day


@pytest.mark.parametrize("day", [0, 32])
def test_periods_begin_on_no_other_day(day):
    with refused("contract_first_day_is_a_day"):
        make_contract(first_day=day)


def test_a_person_sees_the_contracts_on_which_they_have_a_role():
    mine, _another = make_contract(), make_contract()

    assert list(Contract.objects.of_user(make_user(mine))) == [mine]


# --- Roles ----------------------------------------------------------------------------------


def test_a_person_has_one_role_on_a_contract():
    contract = make_contract()
    user = make_user(contract, Role.AGENT)

    with refused("membership_one_role_a_contract"):
        Membership.objects.create(contract=contract, user=user, role=Role.CLERK)


def test_a_person_may_have_roles_on_several_contracts():
    user = make_user(make_contract(), Role.AGENT)

    Membership.objects.create(contract=make_contract(), user=user, role=Role.CLERK)

    assert user.memberships.count() == 2


def test_a_role_is_one_of_those_there_are():
    with refused("membership_role_is_known"):
        Membership.objects.create(
            contract=make_contract(), user=make_user(), role="owner"
        )


@pytest.mark.parametrize("duty", Duty)
def test_whoever_has_a_duty_has_no_role(duty):
    with refused("membership_of_nobody_with_a_duty"):
        make_user(make_contract(), Role.AGENT, duty=duty)


def test_a_role_does_not_pass_to_somebody_with_a_duty():
    contract = make_contract()
    make_user(contract, Role.AGENT)
    administrator = make_user(duty=Duty.SECURITY)

    with refused("membership_of_nobody_with_a_duty"):
        contract.memberships.update(user=administrator)


# --- Periods --------------------------------------------------------------------------------


def test_periods_may_meet():
    june = make_period()

    july = make_period(
        june.contract,
        number=3,
        starts_on=june.ends_before,
        ends_before=date(2026, 7, 19),
    )

    assert list(june.contract.periods.holding(date(2026, 6, 19))) == [july]


@pytest.mark.parametrize(
    ("starts_on", "ends_before"),
    [
        (date(2026, 6, 18), date(2026, 7, 19)),  # begins on the other's last day
        (date(2026, 5, 1), date(2026, 5, 20)),  # ends on the other's first day
        (date(2026, 5, 25), date(2026, 5, 26)),
    ],
)
def test_periods_do_not_overlap(starts_on, ends_before):
    june = make_period()

    with refused("period_overlaps_none"):
        make_period(
            june.contract, number=3, starts_on=starts_on, ends_before=ends_before
        )


def test_periods_do_not_overlap_in_raw_sql_either():
    june = make_period()
    july = make_period(
        june.contract,
        number=3,
        starts_on=june.ends_before,
        ends_before=date(2026, 7, 19),
    )

    with (
        refused("period_overlaps_none"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE contracts_assessmentperiod SET starts_on = '2026-06-18'"
            " WHERE id = %s",
            [july.pk],
        )


def test_periods_of_two_contracts_have_nothing_to_do_with_each_other():
    assert make_period().span == make_period().span


def test_a_period_has_a_length():
    with refused("period_has_a_length"):
        make_period(starts_on=date(2026, 5, 19), ends_before=date(2026, 5, 19))


def test_a_number_is_given_to_one_period():
    june = make_period()

    with refused("period_one_a_number"):
        make_period(
            june.contract, starts_on=date(2026, 7, 19), ends_before=date(2026, 8, 19)
        )


# --- Stages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", ["0.0001", "1"])
def test_a_stage_is_a_share_of_the_price(rate):
    assert make_stage(make_contract(), 1, rate=Decimal(rate)).rate == Decimal(rate)


@pytest.mark.parametrize("rate", ["0", "1.0001"])
def test_a_stage_is_no_more_than_the_price(rate):
    with refused("stage_rate_is_a_share"):
        make_stage(make_contract(), 1, rate=Decimal(rate))


def test_a_stage_of_nothing_is_none():
    with refused("stage_amount_is_positive"):
        make_stage(make_contract(), 0)


def test_a_stage_opens_before_its_target():
    with refused("stage_opens_before_its_target"):
        make_stage(
            make_contract(), 1, opens_on=date(2026, 9, 2), target_on=date(2026, 9, 1)
        )


# --- Clauses and readings ---------------------------------------------------------------------


def test_a_file_knows_the_same_kinds_of_clauses():
    assert list(contract_file.ClauseKind) == ClauseKind.values


def test_a_clause_has_one_reference():
    clause = make_clause(make_contract())

    with refused("clause_one_a_reference"):
        make_clause(clause.contract, ref=clause.ref)


def test_clauses_may_change_places_at_once():
    contract = make_contract()
    first, second = make_clause(contract, order=1), make_clause(contract, order=2)

    with transaction.atomic():
        Clause.objects.filter(pk=first.pk).update(order=2)
        Clause.objects.filter(pk=second.pk).update(order=1)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert list(contract.clauses.all()) == [second, first]


def test_two_clauses_are_not_in_one_place():
    contract = make_contract()
    make_clause(contract, order=1)

    with refused("clause_one_a_place"), connection.cursor() as cursor:
        make_clause(contract, order=1)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_reading_holds_from_the_day_of_its_adoption():
    contract = make_contract()
    for day, value in ((date(2026, 4, 21), "noon"), (date(2026, 6, 1), "midnight")):
        Reading.objects.create(
            contract=contract, key="daily_cut", value=value, adopted_on=day
        )
    readings = Reading.objects.of(contract)

    assert readings.in_force(date(2026, 5, 31)).daily_cut == DailyCut.NOON
    assert readings.in_force(date(2026, 6, 1)).daily_cut == DailyCut.MIDNIGHT


def test_a_point_that_nobody_adopted_is_read_as_by_default():
    readings = Reading.objects.of(make_contract()).in_force(date(2026, 6, 1))

    assert readings.daily_cut == DailyCut.NOON


def test_a_point_is_read_in_one_way_a_day():
    contract = make_contract()
    point = {"contract": contract, "key": "daily_cut", "adopted_on": date(2026, 4, 21)}
    Reading.objects.create(**point, value="noon")

    with refused("reading_one_a_point_and_day"):
        Reading.objects.create(**point, value="midnight")


# --- Contacts and calendar --------------------------------------------------------------------


def test_a_contact_holds_until_there_is_a_later_one():
    contract = make_contract()
    old, new = (
        Contact.objects.create(
            contract=contract, side=Side.B, address=address, holds_from=day
        )
        for day, address in ((date(2026, 4, 21), "old"), (date(2026, 8, 1), "new"))
    )

    assert list(contract.contacts.on(date(2026, 7, 31))) == [old]
    assert list(contract.contacts.on(date(2026, 8, 1))) == [new]


def test_the_calendar_knows_which_years_are_provisional():
    make_year(2026, m05_01="劳动节")
    make_year(2027, provisional=True)

    calendar = CalendarDay.objects.all().calendar()

    assert not calendar.is_workday(date(2026, 5, 1))
    assert not calendar.is_provisional(date(2026, 5, 1))
    assert calendar.is_provisional(date(2027, 5, 1))
