"""Made-up orders: the same every time, plausible, and about nobody."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest

from cases.demo import HEADINGS, generate, write_xlsx
from cases.demo.words import COMMUNITIES, STYLES, SUBJECTS, SURNAMES
from cases.rules.cells import BEIJING
from cases.sheets import OrderRow, read

STARTS_ON, DAYS, COUNT = date(2026, 5, 1), 60, 2_000
EXPORTED_AT = datetime(2026, 6, 30, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def told():
    return list(generate(COUNT, starts_on=STARTS_ON, days=DAYS, seed=7))


@pytest.fixture(scope="module")
def orders(told, tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "orders.xlsx"
    write_xlsx(path, told)
    return list(read(BytesIO(path.read_bytes()), path.name))


def test_the_same_arguments_make_the_same_orders(told):
    assert list(generate(COUNT, starts_on=STARTS_ON, days=DAYS, seed=7)) == told
    assert list(generate(COUNT, starts_on=STARTS_ON, days=DAYS, seed=8)) != told


def test_every_order_is_in_the_platforms_layout_and_read_without_a_fault(told, orders):
    assert {tuple(order) for order in told} == {HEADINGS}
    assert [type(order) for order in orders] == [OrderRow] * COUNT


def test_no_two_orders_say_the_same(orders):
    contents = [order.content for order in orders]

    assert len(set(contents)) == COUNT
    assert all(60 <= len(content) <= 300 for content in contents)


def test_nobody_real_can_be_meant(orders):
    name = re.compile(f"[{''.join(SURNAMES)}](?:{'|'.join(STYLES)})")
    callers = [order for order in orders if not order.confidential]

    assert all(re.fullmatch(r"199000\d{5}", order.caller_phone) for order in callers)
    assert all(name.fullmatch(order.caller_name) for order in callers)
    assert not any(
        order.caller_name or order.caller_phone
        for order in orders
        if order.confidential
    )
    assert not any(re.search(r"\d{7}", order.content + order.reply) for order in orders)


def test_orders_come_in_their_order_and_within_the_window(orders):
    calls = [order.called_at for order in orders]

    assert calls == sorted(calls)
    assert calls[0].date() >= STARTS_ON
    assert calls[-1] < EXPORTED_AT


def test_what_was_not_over_at_the_export_is_open(orders):
    still_open = [order for order in orders if order.platform_status == "办理中"]

    assert 0 < len(still_open) < COUNT / 5
    assert all(order.closed_at is None and order.solved is None for order in still_open)
    assert all(
        order.closed_at < EXPORTED_AT for order in orders if order not in still_open
    )
    assert all(
        order.called_at > EXPORTED_AT - timedelta(days=25) for order in still_open
    )


def test_nobody_answers_who_was_not_reached(orders):
    answered = [order for order in orders if order.solved is not None]

    assert all(order.valid_callback and order.satisfaction for order in answered)
    assert len(answered) > COUNT / 2


def test_the_days_and_hours_differ_as_they_do(orders):
    hours = Counter(order.called_at.hour for order in orders)
    weekend = sum(order.called_at.weekday() >= 5 for order in orders)

    assert hours[10] > 5 * hours[3]
    assert weekend < COUNT * 2 / 7


def test_some_are_urgent_some_late_and_some_call_again(orders):
    callers = Counter(order.caller_phone for order in orders if order.caller_phone)

    assert 0 < sum(order.urgent for order in orders) < COUNT / 10
    assert any(order.closed_at and order.closed_at > order.due_at for order in orders)
    assert callers.most_common(1)[0][1] > 3


def test_people_call_about_heating_when_it_is_cold():
    def share(month):
        made = generate(300, starts_on=date(2026, month, 1), days=28, seed=1)
        return sum(order["问题分类"].startswith("供暖") for order in made) / 300

    assert share(1) > 0.1 > share(7)


def test_there_are_enough_places_and_subjects_for_lists_to_look_real():
    paths = {subject.category for subject in SUBJECTS}

    assert len(paths) == len(SUBJECTS) >= 40
    assert all(path.count("->") == 2 for path in paths)
    assert len(COMMUNITIES) == 10
