"""Who speaks for a unit, what they see and do, and that they see nothing else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.timezone import now

from accounts.roles import MAY, Role
from cases import actions
from cases.actions import desk
from cases.actions.desk import DeskRefused
from cases.desk import units_of
from cases.models import (
    Case,
    CaseStatus,
    Entry,
    EntryKind,
    UnitMember,
    Urging,
    UrgingKind,
    UrgingLevel,
)
from cases.models.entry import NOT_FOR_UNITS
from contracts.models import AuditEntry
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_case,
    make_contract,
    make_entry,
    make_speaker,
    make_unit,
    make_user,
)
from tests.test_doors import OF_A_CONTRACT, patterns
from tests.world import NAME, PHONE, make_world

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def contract():
    return make_contract()


@pytest.fixture
def unit(contract):
    return make_unit(contract, "城管办")


@pytest.fixture
def speaker(client, unit):
    """Somebody who speaks for the unit, signed in."""
    user = make_speaker(unit)
    client.force_login(user)
    return user


def make_sent(unit, **given):
    """Make an order that the desk has sent to a unit."""
    defaults = {"status": CaseStatus.TRANSFERRED, "transferred_at": NOON}
    return make_case(unit.contract, unit=unit, **defaults | given)


def where(name, contract, *args):
    return reverse(f"cases:{name}", args=[contract.number, *args])


# --- Who speaks ------------------------------------------------------------------------------


def test_people_begin_and_cease_to_speak_for_a_unit(unit):
    user, by = make_user(unit.contract, Role.UNIT, username="li"), make_user()

    for _twice in range(2):
        desk.add_member(unit, user=user, by=by, at=NOON)
    spoke_for = list(units_of(user, unit.contract))
    for _twice in range(2):
        desk.remove_member(unit, user=user, by=by, at=NOON)

    assert spoke_for == [unit]
    assert not UnitMember.objects.exists()
    entries = AuditEntry.objects.about(unit).order_by("pk")
    assert list(entries.values_list("became", "note", "by")) == [
        ("member_added", f"{user.name} (li)", by.pk),
        ("member_removed", f"{user.name} (li)", by.pk),
    ]


def test_nobody_speaks_for_a_unit_without_its_role_on_this_contract(unit):
    for user in (
        make_user(unit.contract, Role.AGENT),
        make_user(make_contract(), Role.UNIT),
    ):
        with pytest.raises(DeskRefused, match="role of a handling unit"):
            desk.add_member(unit, user=user, by=make_user(), at=NOON)


def test_the_page_of_a_unit_adds_and_removes_people(client, contract, unit):
    user = make_user(contract, Role.UNIT)
    client.force_login(make_user(contract, Role.MANAGER))

    for name in ("member-add", "member-add", "member-remove", "member-remove"):
        answer = client.post(where(name, contract, unit.pk), {"user": user.pk})

        assert answer.status_code == 302
        assert unit.members.exists() == (name == "member-add")


def test_the_page_of_a_unit_offers_no_one_else(client, contract, unit):
    agent = make_user(contract, Role.AGENT)
    stranger = make_user(make_contract(), Role.UNIT)
    client.force_login(make_user(contract, Role.MANAGER))

    answers = [
        client.post(where("member-add", contract, unit.pk), {"user": user.pk})
        for user in (agent, stranger)
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not unit.members.exists()


@pytest.mark.parametrize("role", Role)
def test_units_are_set_up_by_those_who_may(client, contract, unit, role, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client.force_login(make_user(contract, role, demo=True))

    answer = client.get(where("unit", contract, unit.pk))

    assert (answer.status_code == 200) == (role in MAY["cases.set_up_desk"])


def test_the_lists_of_units_take_no_more_queries_for_three_than_for_one(
    client, contract, unit
):
    client.force_login(make_user(contract, Role.MANAGER))
    make_speaker(unit)
    make_sent(unit)
    pages = [where("units", contract), where("unit", contract, unit.pk)]
    of_one = [queries(client, page) for page in pages]
    for _number in range(2):
        another = make_unit(contract)
        for one in (unit, another):
            make_speaker(one)
            make_sent(one)

    assert [queries(client, page) for page in pages] == of_one


# --- What they see ------------------------------------------------------------------------------


def test_a_unit_sees_what_was_sent_to_it_and_is_still_with_it(contract, unit):
    user, elsewhere = make_speaker(unit), make_unit(contract)
    mine = make_sent(unit)
    closed = make_case(
        contract, unit=unit, status=CaseStatus.CLOSED, closed_at=NOON + HOUR
    )
    make_case(contract, unit=unit)  # dispatched under its name, on the desk yet
    make_sent(elsewhere)
    make_sent(make_unit(make_contract()))

    seen = Case.objects.of(contract).seen_by(user, Role.UNIT)

    assert set(seen) == {mine, closed}


@pytest.mark.usefixtures("speaker")
def test_an_order_sent_on_is_gone(client, contract, unit):
    case = make_sent(unit)
    before = client.get(case.get_absolute_url()).status_code

    actions.transfer(
        case,
        unit=make_unit(contract),
        inner_due_at=None,
        note="",
        token=uuid4(),
        by=make_user(),
        at=NOON + HOUR,
    )

    assert (before, client.get(case.get_absolute_url()).status_code) == (200, 404)


@pytest.mark.usefixtures("speaker")
def test_the_list_and_its_filter_know_of_no_other_unit(client, contract, unit):
    mine, other = make_sent(unit), make_sent(make_unit(contract, "另一单位"))
    listing = where("list", contract)

    pages = [
        client.get(f"{listing}{query}").text
        for query in (
            "",
            f"?unit={other.unit_id}",
            f"?q={other.number[:-1]}",
            "?q=路灯",
        )
    ]

    assert mine.number in pages[0]
    assert not any(other.number in page for page in pages)
    assert not any("另一单位" in page for page in pages)


@pytest.mark.usefixtures("speaker")
def test_the_way_from_order_to_order_passes_by_those_of_others(client, contract, unit):
    first, other, last = (
        make_sent(of, counted_at=NOON + number * HOUR)
        for number, of in enumerate((unit, make_unit(contract), unit))
    )

    answer = client.get(last.get_absolute_url())

    assert answer.context["neighbours"] == {"previous": None, "next": first}
    assert other.number not in answer.text


@pytest.mark.usefixtures("speaker")
def test_a_unit_does_not_read_what_stays_with_the_desk(client, unit):
    case = make_sent(unit)
    lines = {kind: make_entry(case, kind=kind) for kind in NOT_FOR_UNITS}
    wrong = lines[EntryKind.RECHECKED]
    for depth in range(4):
        wrong = make_entry(
            case, kind=EntryKind.CORRECTION, corrects=wrong, text=f"内部 {depth}"
        )
    shown = make_entry(case, kind=EntryKind.SENT_BACK, text="请补充照片")
    corrected = make_entry(
        case, kind=EntryKind.CORRECTION, corrects=shown, text="请补充两张照片"
    )

    answer = client.get(case.get_absolute_url())

    received = case.entries.get(kind=EntryKind.RECEIVED)
    assert {*answer.context["entries"]} == {received, shown, corrected}
    assert "内部" not in answer.text
    assert set(case.entries.seen_by(Role.CLERK)) == set(case.entries.all())


@pytest.mark.usefixtures("speaker")
def test_a_unit_is_shown_no_caller_and_cannot_ask_for_one(client, unit):
    case = make_sent(
        unit, title=f"请回电{PHONE}", caller={"name": NAME, "phone": PHONE}
    )

    answer = client.get(case.get_absolute_url())
    asked = client.post(where("reveal", unit.contract, case.pk), {"reason": "核实地址"})

    assert not any(one in answer.text for one in (NAME, PHONE))
    assert "/reveal/" not in answer.text
    assert asked.status_code == 403


# --- Everything there is ----------------------------------------------------------------------

#: A page whose number is not that of an order, or of something that hangs on one.
NOT_OF_ORDERS: frozenset[str] = frozenset()


def doors_of_units() -> Iterator[tuple[str, Any]]:
    """Yield every route of a contract that a unit may knock at."""
    for route, pattern in patterns(get_resolver().url_patterns):
        action = getattr(pattern.callback, "action", "")
        if route.startswith(OF_A_CONTRACT) and Role.UNIT in MAY.get(action, ()):
            yield route, pattern


def numbers_of_orders() -> set[int]:
    """Return keys of orders, and of everything that hangs on one: the first and last."""
    found: set[int] = set()
    for model in apps.get_app_config("cases").get_models():
        related = [field.related_model for field in model._meta.fields]
        if model is Case or Case in related:
            keys = model._base_manager.order_by("pk").values_list("pk", flat=True)
            found |= {*keys[:1], *keys.reverse()[:1]}
    return found


def test_to_a_unit_nothing_exists_of_an_order_of_others(settings):
    """Walks whatever pages there are, so those made later are walked as well."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    world, client = make_world(), Client()
    client.force_login(make_speaker(make_unit(world.contract)))
    numbers, line = numbers_of_orders(), Entry.objects.latest("pk").pk

    open_to_it = set()
    for route, pattern in doors_of_units():
        if "<int:pk>" not in route or pattern.name in NOT_OF_ORDERS:
            continue
        for number in numbers:
            filled = (
                route.replace("<slug:number>", world.contract.number)
                .replace("<int:pk>", str(number))
                .replace("<int:entry>", str(line))
            )
            url = "/" + re.sub(r"<int:\w+>", str(number), filled)
            for answer in (client.get(url), client.post(url)):
                if answer.status_code not in (404, 405):
                    open_to_it.add((route, answer.status_code))

    assert open_to_it == set()


def test_no_list_shows_a_unit_an_order_of_others(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    world, client = make_world(), Client()
    client.force_login(make_speaker(make_unit(world.contract, "本单位")))
    secrets = {PHONE, NAME} | {case.number for case in world.cases.values()}
    secrets |= {case.unit.name for case in world.cases.values() if case.unit}
    begun = world.received.number[:-2]

    told = set()
    for route, _pattern in doors_of_units():
        if "<" in route.replace("<slug:number>", ""):
            continue
        for query in ("", "?q=路灯", f"?q={begun}", "?open=yes&sort=due_at"):
            for headers in ({}, {"HX-Request": "true"}):
                url = f"/{route.replace('<slug:number>', world.contract.number)}{query}"
                answer = client.get(url, headers=headers)
                if answer.status_code == 200:
                    text = answer.getvalue().decode("utf-8", "replace")
                    told |= {(route, one) for one in secrets if one in text}

    assert told == set()


# --- What they do -----------------------------------------------------------------------------


@pytest.mark.usefixtures("speaker")
def test_a_unit_signs_and_answers_its_own_order(client, contract, unit):
    case = make_sent(unit)
    steps = [
        ("accept", {"happened_at": "2026-06-01T13:00"}),
        (
            "reply",
            {
                "result": "已修复",
                "reply": "已告知",
                "contacted": "on",
                "solved": "on",
                "happened_at": "2026-06-01T15:00",
            },
        ),
    ]

    answers = [
        client.post(where(name, contract, case.pk), data | {"token": uuid4()})
        for name, data in steps
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Case.objects.get(pk=case.pk).status == CaseStatus.REPLIED


@pytest.mark.usefixtures("speaker")
def test_the_list_of_a_unit_takes_no_more_queries_for_three_than_for_one(
    client, contract, unit
):
    make_sent(unit)
    of_one = queries(client, where("list", contract))
    for _number in range(2):
        make_sent(unit)

    assert queries(client, where("list", contract)) == of_one


# --- The first page ---------------------------------------------------------------------------


def home(contract):
    return reverse("reports:home", args=[contract.number])


@pytest.mark.usefixtures("speaker")
def test_the_first_page_says_what_waits_for_the_unit(client, contract, unit):
    at = now()
    ends = at.replace(hour=0, minute=0) + timedelta(days=5)
    late = make_sent(unit, due_at=ends, inner_due_at=at - HOUR)
    make_sent(unit, due_at=ends)
    again = make_sent(
        unit,
        due_at=ends - HOUR,
        status=CaseStatus.HANDLING,
        accepted_at=NOON,
        replied_at=NOON + HOUR,
    )
    make_sent(make_unit(contract), due_at=at - HOUR)
    urging = make_urging(late)
    make_urging(again, read_at=at)
    make_urging(make_sent(make_unit(contract)))

    answer = client.get(home(contract))

    shown = answer.context["home"]
    assert [(tile.label, tile.figure) for tile in shown.waiting] == [
        ("To be signed", "2"),
        ("In hand", "1"),
        ("Due today", "0"),
        ("Overdue", "1"),
        ("Sent back in review", "1"),
    ]
    assert [case.pk for case in shown.due][:2] == [late.pk, again.pk]
    assert shown.urgings == [urging]
    assert answer.context["waiting"]["cases:list"] == 3


def make_urging(case, **given):
    defaults = {
        "contract": case.contract,
        "kind": UrgingKind.URGING,
        "level": UrgingLevel.BY_HAND,
        "serial": case.pk,
        "year": 2026,
        "unit": case.unit,
        "text": "请尽快办理",
        "sent_at": NOON,
    }
    return Urging.objects.create(case=case, **defaults | given)


def test_the_first_page_of_somebody_without_a_unit_says_so(client, contract):
    client.force_login(make_user(contract, Role.UNIT))

    answer = client.get(home(contract))

    assert "You speak for no handling unit yet." in answer.text


@pytest.mark.usefixtures("speaker")
def test_the_first_page_takes_no_more_queries_for_three_orders(client, contract, unit):
    make_urging(make_sent(unit))
    of_one = queries(client, home(contract))
    for _number in range(2):
        make_urging(make_sent(unit))

    assert queries(client, home(contract)) == of_one
