"""What an order repeats, and what is repeated in some days."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.cipher import blind
from accounts.roles import Role, what_may
from cases.actions.merges import merge
from cases.models import Case, CaseStatus, Category, UnitMember
from cases.repeats import (
    FEW,
    group_complaints,
    repeat_callers,
    repeat_places,
    repeats_of,
)
from tests.factories import NOON, make_case, make_contract, make_unit, make_user

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPOT = "某街九号院"


@pytest.fixture
def contract():
    return make_contract()


def category_of(contract, name="路灯"):
    path = f"城市管理->照明->{name}"
    found, _created = Category.objects.get_or_create(
        contract=contract,
        name=path,
        defaults={
            "sort_key": path,
            "first": "城市管理",
            "second": "照明",
            "third": name,
        },
    )
    return found


def call(contract, number=0, *, at=NOON, **given):
    """Make an order by the caller of a number, of one place and category."""
    phone = f"138000000{number:02}"
    given = {"spot": SPOT, "category": category_of(contract)} | given
    caller = {"name": "李四", "phone": phone, "phone_hash": blind(phone, "test")}
    return make_case(contract, counted_at=at, dispatched_at=at, caller=caller, **given)


def of(case, seen=None):
    if seen is None:
        seen = Case.objects.of(case.contract)
    return repeats_of(Case.objects.select_related("caller").get(pk=case.pk), seen=seen)


# --- By one order --------------------------------------------------------------------------


def test_calls_are_counted_by_month_and_year_up_to_the_order(contract):
    for at in (-200 * DAY, -40 * DAY, -1 * HOUR, HOUR):
        call(contract, at=NOON + at)
    call(contract, 1)
    call(contract, at=NOON - HOUR, status=CaseStatus.VOID)
    call(make_contract())
    this = call(contract)

    found = of(this)

    # Of 2026: 22 April (or so), 1 June an hour before, and this.
    assert (found.in_month, found.in_year) == (2, 3)


def test_of_two_calls_at_the_same_minute_the_one_written_first_is_the_first(contract):
    first, second = call(contract), call(contract)

    assert (of(first).in_month, of(second).in_month) == (1, 2)


def test_without_a_telephone_or_a_place_there_is_no_number(contract):
    one = call(contract, spot="")
    one.caller.phone_hash = None
    one.caller.save()

    found = of(one)

    assert (found.in_month, found.in_year, found.at_place) == (None, None, None)
    assert (found.related, found.group) == ([], None)


def test_a_place_is_counted_with_its_category_over_thirty_days(contract):
    call(contract, 1, at=NOON - 30 * DAY)  # thirty days to the minute: out
    call(contract, 2, at=NOON - 30 * DAY + HOUR)
    call(contract, 3, at=NOON - DAY)
    call(contract, 4, at=NOON - DAY, category=category_of(contract, "井盖"))
    call(contract, 5, at=NOON - DAY, spot="别处")
    call(contract, 6, at=NOON - DAY, status=CaseStatus.VOID)
    call(contract, 7, at=NOON + DAY)

    assert of(call(contract)).at_place == 3


@pytest.mark.parametrize(("callers", "is_group"), [((1, 1), False), ((1, 2), True)])
def test_three_different_callers_in_a_week_are_a_group(contract, callers, is_group):
    before = call(contract, callers[0], at=NOON - 3 * DAY)
    call(contract, callers[1], at=NOON + 3 * DAY)
    this = call(contract)

    group = of(this).group

    assert (group is not None) == is_group
    if is_group:
        assert group.callers == 3
        assert of(before).group == group


def test_the_likeliest_orders_come_first(contract):
    same_caller = call(contract, at=NOON - DAY, spot="别处")
    same_place = call(contract, 1, at=NOON - HOUR)
    both = call(contract, at=NOON - 2 * DAY)
    this = call(contract)

    found = [(one.case, one.same_caller, one.same_place) for one in of(this).related]

    assert found == [
        (both, True, True),
        (same_place, False, True),
        (same_caller, True, False),
    ]


def test_of_many_a_few_are_shown(contract):
    for number in range(3 * FEW):
        call(contract, number % 2, at=NOON - number * HOUR)

    assert len(of(call(contract)).related) <= 2 * FEW


def test_of_what_is_not_seen_nothing_is_told(contract):
    ours, theirs = make_unit(contract), make_unit(contract)
    for number in (0, 1, 2):
        call(contract, number, unit=theirs, at=NOON - HOUR)
    this = call(contract, unit=ours, transferred_at=NOON)
    user = make_user(contract, Role.UNIT)
    UnitMember.objects.create(unit=ours, user=user, since=NOON)

    found = of(this, Case.objects.of(contract).seen_by(user, Role.UNIT))

    assert (found.related, found.group, found.at_place) == ([], None, 1)


@pytest.mark.parametrize("others", [1, 3])
def test_it_takes_four_queries_however_many_there_are(
    contract, others, django_assert_num_queries
):
    for number in range(others):
        call(contract, number, at=NOON - HOUR)
    this = Case.objects.select_related("caller").get(pk=call(contract).pk)

    with django_assert_num_queries(4):
        repeats_of(this, seen=Case.objects.of(contract))


# --- On the order's page -------------------------------------------------------------------


def panel(case, role=Role.AGENT):
    request = RequestFactory().get("/")
    request.contract, request.may = case.contract, what_may(role)
    context = {"case": case, "repeats": of(case), "request": request, "handles": False}
    return render_to_string("cases/_repeats.html", context)


def test_the_panel_offers_to_handle_an_order_with_another(contract):
    other = call(contract, at=NOON - HOUR)
    this = call(contract, status=CaseStatus.SIGNED)
    url = reverse("cases:merge", args=[contract.number, this.pk])

    assert f"{url}?into={other.number}" in panel(this)
    assert url not in panel(this, Role.CLOSER)
    assert url not in panel(call(contract))  # not signed yet


def test_the_panel_shows_what_an_order_is_handled_with(contract):
    parent, child = call(contract), call(contract, status=CaseStatus.SIGNED)
    made = merge(
        child, into=parent, reason="同一盏灯", token=uuid4(), by=make_user(), at=NOON
    )
    parting = reverse("cases:part", args=[contract.number, made.pk])

    for case in (parent, child):
        shown = panel(Case.objects.get(pk=case.pk))
        assert "同一盏灯" in shown
        assert parting in shown


def test_the_panel_masks_what_other_orders_say(contract):
    call(contract, at=NOON - HOUR, title="请回电13800000042")

    assert "13800000042" not in panel(call(contract))


# --- In some days --------------------------------------------------------------------------


@pytest.fixture
def busy(contract):
    """Days with a group complaint, a place of two callers, and a caller of three orders."""
    for number in (1, 2, 3):
        call(contract, number, at=NOON + number * DAY)
    for number in (4, 5):
        call(contract, number, at=NOON, spot="十字路口")
    for place in ("甲楼", "乙楼", "丙楼"):
        call(contract, 6, at=NOON, spot=place)
    call(contract, 6, at=NOON, status=CaseStatus.VOID)
    return contract


def test_repeats_of_some_days_are_listed_the_most_frequent_first(busy):
    cases = Case.objects.of(busy)

    callers, places, groups = (
        repeat_callers(cases),
        repeat_places(cases),
        group_complaints(cases),
    )

    assert [(one.times, one.caller.phone) for one in callers] == [(3, "13800000006")]
    assert [(one.spot, one.times, one.callers) for one in places] == [
        (SPOT, 3, 3),
        ("十字路口", 2, 2),
    ]
    assert [(one.spot, one.times, one.callers) for one in groups] == [(SPOT, 3, 3)]


def page_of(contract, role=Role.SUPERVISOR, **query):
    client = Client()
    client.force_login(make_user(contract, role))
    return client.get(reverse("cases:repeats", args=[contract.number]), query)


def test_the_page_shows_the_days_asked_for_and_masks_callers(busy):
    shown = page_of(busy, since="2026-06-01", until="2026-06-04")
    later = page_of(busy, since="2026-06-05", until="2026-06-06")

    assert [len(shown.context[name]) for name in ("groups", "places", "callers")] == [
        1,
        2,
        1,
    ]
    assert "13800000006" not in shown.text
    assert "李四" not in shown.text
    assert not any(later.context[name] for name in ("groups", "places", "callers"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "2026-01-01", "until": "2026-12-31"}, "Take 92 days at most"),
        ({"since": "2026-06-02", "until": "2026-06-01"}, "Take 92 days at most"),
        ({"since": "yesterday", "until": "2026-06-01"}, "Enter a valid date."),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(contract, query, words):
    answer = page_of(contract, **query)

    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize("times", [1, 3])
def test_the_page_takes_no_more_queries_for_three_rows_than_for_one(
    contract, times, django_assert_num_queries
):
    for place in range(times):
        for number in range(3):
            for _twice in range(2):
                call(contract, 3 * place + number, spot=f"{place}号楼")
    client = Client()
    client.force_login(make_user(contract))
    url = reverse("cases:repeats", args=[contract.number])
    days = {"since": "2026-06-01", "until": "2026-06-01"}
    client.get(url, days)

    with django_assert_num_queries(QUERIES):
        assert len(client.get(url, days).context["groups"]) == times


QUERIES = 13
