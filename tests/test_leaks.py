"""Nobody is shown a citizen's data who has not asked for it and said why."""

import io
import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate, now
from openpyxl import load_workbook

from accounts.roles import PARTY_B, Duty, Role
from cases.steps import ANSWERS, STEPS
from reports import daily, xlsx
from reports.scope import scope_of
from tests.stage import World
from tests.world import ADDRESS, DAY, NAME, PHONE, make_whole_world, places

pytestmark = pytest.mark.django_db

#: Where those who handle an order read its text as it came, numbers and all.
IN_HAND = {
    "cases:case",
    "cases:correction",
    *(f"cases:{step.name}" for step in STEPS),
    *(f"cases:application-{answer.name}" for answer in ANSWERS),
}
PRIVATE = {NAME, PHONE, ADDRESS}


@pytest.fixture
def world(db, settings) -> World:
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    return make_whole_world()


def leaks(answer: Any) -> set[str]:
    text = answer.getvalue().decode()
    return {one for one in PRIVATE if one in text}


def test_nobody_is_shown_a_caller_in_passing(world):
    pages = {place.url: place.name for place in places(world)}
    for who in (*Role, *Duty):
        client, found = world.client(who), {}

        for url, name in pages.items():
            if shown := leaks(client.get(url)):
                found.setdefault(name, set()).update(shown)

        assert found.keys() <= (IN_HAND if who in PARTY_B else set()), who
        assert ("cases:case" in found) == (who in PARTY_B), who
        assert all(shown == {PHONE} for shown in found.values()), who


def test_the_record_shows_enough_to_tell_one_caller_from_another(world):
    page = world.client(Role.SUPERVISOR).get(world.received.get_absolute_url()).text

    assert NAME[0] + "**" in page
    assert "138****0042" in page


def test_who_asks_and_says_why_is_shown_the_caller_this_once(world, caplog):
    caplog.set_level(logging.DEBUG)
    client, case = world.client(Role.SUPERVISOR), world.received
    reveal = world.url("cases:reveal", case.pk)

    refused = client.post(reveal, {"reason": ""})
    shown = client.post(reveal, {"reason": "核实地址"})
    again = client.get(case.get_absolute_url())

    assert leaks(refused) == set()
    assert leaks(shown) == PRIVATE
    assert "no-store" in shown["Cache-Control"]
    assert leaks(again) == set()
    assert "核实地址" in again.text  # for everybody to see, with who and when
    assert not any(one in caplog.text for one in PRIVATE)


def test_files_show_no_caller(world):
    faults = world.client(Role.CLERK).get(
        world.url("cases:faults", world.batches["checked"].pk)
    )
    scope = scope_of(world.contract, localdate() - DAY, at=now())
    document = daily.build(scope)
    book = load_workbook(io.BytesIO(xlsx.write(document)), read_only=True)
    cells = [
        str(cell)
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]

    assert leaks(faults) == set()
    assert not any(one in cell for one in PRIVATE for cell in cells)
    assert any("138****0042" in cell for cell in cells)


def test_what_is_typed_is_not_written_to_the_log(world, caplog):
    caplog.set_level(logging.DEBUG)
    client, password = world.client(Role.AGENT), "Secret-13800"

    client.get(f"{world.url('cases:list')}?q={PHONE}")
    Client().post(
        reverse("accounts:sign-in"), {"username": PHONE, "password": password}
    )

    assert "answered" in caplog.text
    assert PHONE not in caplog.text
    assert password not in caplog.text
