"""Assets and damage: who may put down what, what it costs, and what the pages say."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.roles import Role
from contracts.actions import property as actions
from contracts.actions.property import PropertyRefused
from contracts.models import (
    Asset,
    AssetStatus,
    AuditEntry,
    Contract,
    Damage,
    DamageStatus,
    Due,
    Mode,
    Obligation,
    Side,
    TransitionRefused,
)
from tests.contracts.counting import queries
from tests.factories import NOON, make_asset, make_clause, make_contract, make_user

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)
TOP_UP = date(2026, 6, 15)


@pytest.fixture
def contract() -> Contract:
    made = make_contract()
    make_clause(made, ref="第六条（一）6", rules=["R25", "R26"])
    clause = make_clause(made, ref="第八条4", rules=["R26"])
    Obligation.objects.create(
        contract=made,
        key="damage-made-up",
        clause=clause,
        rules=["R26"],
        side=Side.B,
        mode=Mode.ON_EVENT,
        title="补齐损坏赔偿",
        due_rule={"event": "damage", "chosen_by_a": True},
        order=1,
    )
    return made


def report(asset: Asset, **given) -> Damage:
    defaults = {
        "clause": asset.contract.clauses.last(),
        "found_on": TODAY,
        "what": "桌面开裂",
        "evidence": None,
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.report_damage(asset, **defaults | given)


def charge(damage: Damage, sum_: str, **given) -> None:
    defaults: dict[str, Any] = {
        "outcome": DamageStatus.CHARGED,
        "amount": Decimal(sum_),
        "top_up_on": TOP_UP,
        "note": "使用不当",
        "by": make_user(),
        "at": NOON,
    }
    actions.decide(damage, **defaults | given)


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


# --- What is done ----------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["0.01", "1600.00"])
def test_a_charge_goes_up_to_the_price_of_all_pieces(contract, amount):
    damage = report(make_asset(contract))

    charge(damage, amount)

    damage.refresh_from_db()
    assert (damage.status, damage.amount) == (DamageStatus.CHARGED, Decimal(amount))


def test_a_charge_beyond_the_price_is_refused(contract):
    damage = report(make_asset(contract))

    with pytest.raises(PropertyRefused, match=r"no more than 1600\.00"):
        charge(damage, "1600.01")

    assert Damage.objects.get().status == DamageStatus.REPORTED


def test_all_charges_for_a_thing_together_stay_within_its_price(contract):
    asset = make_asset(contract)
    charge(report(asset), "1000.00")

    with pytest.raises(PropertyRefused, match=r"no more than 600\.00"):
        charge(report(asset), "600.01")


def test_a_charge_starts_the_clock_for_topping_up(contract):
    damage = report(make_asset(contract))

    charge(damage, "100.00")

    due = Due.objects.get()
    assert (due.damage, due.due_on) == (damage, TOP_UP)
    assert due.deadline.due_on == TOP_UP


@pytest.mark.parametrize("outcome", [DamageStatus.WEAR, DamageStatus.DISMISSED])
def test_what_is_exempt_costs_nothing_and_starts_no_clock(contract, outcome):
    damage = report(make_asset(contract))

    actions.decide(damage, outcome=outcome, note="正常磨损", by=make_user(), at=NOON)

    damage.refresh_from_db()
    assert (damage.status, damage.amount, Due.objects.count()) == (outcome, 0, 0)


@pytest.mark.parametrize(
    "given", [{"amount": None}, {"top_up_on": None}, {"top_up_on": date(2026, 5, 31)}]
)
def test_a_charge_without_a_sum_or_a_day_to_come_is_refused(contract, given):
    damage = report(make_asset(contract))

    with pytest.raises(PropertyRefused):
        charge(damage, "100.00", **given)


def test_nobody_decides_on_what_they_reported(contract):
    supervisor = make_user(contract)
    damage = report(make_asset(contract), by=supervisor)

    with pytest.raises(PropertyRefused, match="reported"):
        charge(damage, "100.00", by=supervisor)
    with pytest.raises(IntegrityError, match="damage_has_four_eyes"):
        Damage.objects.update(
            status=DamageStatus.WEAR, decided_by=supervisor, decided_at=NOON
        )


def test_a_damage_is_decided_once(contract):
    damage = report(make_asset(contract))
    also_open_elsewhere = Damage.objects.get()
    charge(damage, "100.00")

    with pytest.raises(TransitionRefused):
        charge(also_open_elsewhere, "200.00")

    assert (Damage.objects.get().amount, Due.objects.count()) == (100, 1)


def test_damage_is_put_down_for_things_of_party_a_alone(contract):
    asset = make_asset(contract, owner=Side.B)

    with pytest.raises(PropertyRefused, match="Party A alone"):
        report(asset)


def test_damage_is_not_older_than_the_issue(contract):
    with pytest.raises(PropertyRefused, match="2026-05-01"):
        report(make_asset(contract), found_on=date(2026, 4, 30))


def test_what_was_lost_may_be_found_again(contract):
    asset, by = make_asset(contract), make_user()

    told: dict[str, Any] = {"side": Side.A, "by": by, "at": NOON}
    actions.lose(asset, note="搬迁后不见", **told)
    actions.give_back(asset, returned_on=TODAY, condition="完好", **told)

    became = AuditEntry.objects.about(asset).order_by("pk").values_list("became")
    assert [one for (one,) in became] == [AssetStatus.LOST, AssetStatus.RETURNED]


def test_a_thing_does_not_come_back_before_it_was_issued(contract):
    with pytest.raises(PropertyRefused):
        actions.give_back(
            make_asset(contract),
            returned_on=date(2026, 4, 30),
            condition="完好",
            side=Side.A,
            by=make_user(),
            at=NOON,
        )


@pytest.mark.parametrize(("owner", "side"), [(Side.A, Side.B), (Side.B, Side.A)])
def test_only_the_owner_says_what_has_become_of_a_thing(contract, owner, side):
    asset = make_asset(contract, owner=owner)
    told: dict[str, Any] = {"side": side, "by": make_user(), "at": NOON}

    with pytest.raises(PropertyRefused):
        actions.lose(asset, note="搬迁后不见", **told)
    with pytest.raises(PropertyRefused):
        actions.give_back(asset, returned_on=TODAY, condition="完好", **told)

    asset.refresh_from_db()
    assert asset.status == AssetStatus.IN_USE


# --- The pages ---------------------------------------------------------------------------------


@pytest.fixture
def running() -> Contract:
    """A contract whose term holds today: views read the clock."""
    today = localdate()
    made = make_contract(
        signed_on=today - timedelta(days=60),
        starts_on=today - timedelta(days=30),
        ends_before=today + timedelta(days=335),
    )
    make_clause(made, rules=["R25", "R26"])
    return made


def filled_in(contract: Contract, **given) -> dict[str, Any]:
    return {
        "token": str(uuid4()),
        "number": "ZC-001",
        "name": "空调",
        "owner": Side.A,
        "clause": contract.clauses.get().pk,
        "quantity": "1",
        "price": "3200.00",
        "place": "",
        "condition": "完好",
        "issued_on": str(localdate()),
    } | given


def test_a_form_sent_twice_is_one_asset(client, running):
    client.force_login(make_user(running, Role.MANAGER))
    pdf = SimpleUploadedFile("清单.pdf", b"%PDF-1.7 signed")
    form = filled_in(running)

    first = client.post(url("asset-new", running), form | {"paper": pdf})
    pdf.seek(0)
    second = client.post(url("asset-new", running), form | {"paper": pdf})

    asset = Asset.objects.get()
    assert first.url == second.url == asset.get_absolute_url()
    assert asset.paper.name == "清单.pdf"
    assert running.documents.count() == 1


def test_another_asset_under_the_same_number_is_refused(client, running):
    client.force_login(make_user(running))
    client.post(url("asset-new", running), filled_in(running))

    answer = client.post(url("asset-new", running), filled_in(running))

    assert (answer.status_code, Asset.objects.count()) == (422, 1)
    assert "There is an asset with this number already." in answer.text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"issued_on": str(localdate() + timedelta(days=1))}, "future"),
        ({"issued_on": str(localdate() - timedelta(days=61))}, "outside_term"),
        ({"price": "-1"}, "min_value"),
        ({"quantity": "0"}, "min_value"),
        ({"clause": "999999"}, "invalid_choice"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(client, running, given, code):
    client.force_login(make_user(running))

    answer = client.post(url("asset-new", running), filled_in(running, **given))

    (name,) = given
    errors = answer.context["form"].errors.as_data()
    assert answer.status_code == 422
    assert [error.code for error in errors[name]] == [code]
    assert Asset.objects.count() == 0


def test_a_damage_sent_twice_is_one(client, running):
    asset = make_asset(running, issued_on=localdate())
    client.force_login(make_user(running, Role.MANAGER))
    form = {
        "token": str(uuid4()),
        "found_on": str(localdate()),
        "what": "外壳碎裂",
        "clause": running.clauses.get().pk,
    }

    for _time in range(2):
        answer = client.post(url("damage-new", running, asset.pk), form)

    assert answer.url == Damage.objects.get().get_absolute_url()


def test_the_page_of_a_charge_says_where_it_is_taken_from(client, contract):
    damage = report(make_asset(contract))
    charge(damage, "300.00")
    client.force_login(make_user(contract, Role.MANAGER))

    page = client.get(damage.get_absolute_url()).text

    assert "300.00 CNY are to be paid by Party B" in page
    assert "Taken from the last payment alone" in page
    assert "2026-06-15" in page


def test_a_charge_is_decided_on_the_page(client, running):
    damage = report(make_asset(running, issued_on=localdate()), found_on=localdate())
    client.force_login(make_user(running))
    form = {
        "token": str(uuid4()),
        "outcome": "charged",
        "amount": "200.00",
        "top_up_on": str(localdate()),
        "note": "人为损坏",
    }

    answer = client.post(url("damage-decide", running, damage.pk), form)

    damage.refresh_from_db()
    assert (answer.status_code, damage.amount) == (302, 200)


def test_a_charge_too_high_is_refused_on_the_page_and_nothing_is_lost(client, running):
    damage = report(make_asset(running, issued_on=localdate()), found_on=localdate())
    client.force_login(make_user(running))
    form = {
        "token": str(uuid4()),
        "outcome": "charged",
        "amount": "1600.01",
        "top_up_on": str(localdate()),
        "note": "人为损坏",
    }

    answer = client.post(url("damage-decide", running, damage.pk), form)

    assert answer.status_code == 422
    assert "no more than 1600.00 CNY can be charged" in answer.text
    assert "人为损坏" in answer.text


def test_who_reported_it_is_told_that_another_decides(client, running):
    supervisor = make_user(running)
    damage = report(
        make_asset(running, issued_on=localdate()), found_on=localdate(), by=supervisor
    )
    client.force_login(supervisor)

    page = client.get(damage.get_absolute_url()).text

    assert "another person decides" in page
    assert url("damage-decide", running, damage.pk) not in page


def test_a_thing_is_returned_on_its_page(client, running):
    asset = make_asset(running, issued_on=localdate())
    client.force_login(make_user(running, Role.SUPERVISOR))
    form = {
        "return-token": str(uuid4()),
        "return-returned_on": str(localdate()),
        "return-condition": "有划痕",
    }

    answers = [
        client.post(url("asset-return", running, asset.pk), form) for _time in range(2)
    ]

    asset.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 422]
    assert (asset.status, asset.returned_condition) == ("returned", "有划痕")


def test_the_list_adds_up_what_party_a_has_in_use(client, contract):
    make_asset(contract)
    make_asset(contract, price=Decimal("50.50"), quantity=3)
    make_asset(contract, owner=Side.B, price=Decimal(9999))
    make_asset(contract, status=AssetStatus.LOST, price=Decimal(7777))
    make_asset(make_contract_with_clause(), price=Decimal(5555))
    client.force_login(make_user(contract, Role.CLERK))

    page = client.get(url("assets", contract)).text

    assert "1,751.50" in page
    assert "5,555.00" not in page


def test_another_contracts_asset_is_not_found(client, contract):
    other = make_asset(make_contract_with_clause())
    client.force_login(make_user(contract))

    assert client.get(url("asset", contract, other.pk)).status_code == 404


def make_contract_with_clause() -> Contract:
    made = make_contract()
    make_clause(made, rules=["R25"])
    return made


def test_lists_cost_the_same_with_one_row_and_with_three(client, contract):
    client.force_login(make_user(contract))
    asset = make_asset(contract)
    report(asset)
    one = [
        queries(client, url("assets", contract)),
        queries(client, url("asset", contract, asset.pk)),
    ]

    for _number in range(2):
        make_asset(contract)
        report(asset)
    three = [
        queries(client, url("assets", contract)),
        queries(client, url("asset", contract, asset.pk)),
    ]

    assert one == three
