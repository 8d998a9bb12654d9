"""Another contract is set up from a copy of one, by the checks that a file goes through."""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.roles import Role
from contracts.actions import set_up as actions
from contracts.actions.load import load
from contracts.actions.set_up import SetUpRefused
from contracts.models import AuditEntry, Contract, Membership, Party
from contracts.rules.contract_copy import to_toml
from contracts.rules.contract_file import parse
from tests.factories import NOON, make_contract, make_party, make_user

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[2] / "contracts" / "data"
TEXT = (DATA / "yongdinglu-2026.toml").read_text(encoding="utf-8")

TERMS = {
    "number": "yongdinglu-2027",
    "title": "永定路街道2027年接诉即办业务服务项目",
    "short_title": "永定路接诉即办2027",
    "signed_on": "2027-04-20",
    "effective_on": "2027-04-20",
    "starts_on": "2027-05-01",
    "ends_on": "2028-04-30",
    "price": "2400000.00",
    "price_in_words": "贰佰肆拾万元整",
    "stages_1_amount": "1200000.00",
    "stages_1_opens_on": "2027-04-20",
    "stages_1_target_on": "2027-05-10",
    "stages_2_amount": "720000.00",
    "stages_2_opens_on": "2027-09-01",
    "stages_2_target_on": "2027-09-30",
    "stages_3_amount": "480000.00",
    "stages_3_opens_on": "2028-05-01",
    "stages_3_target_on": "2028-05-31",
}


@pytest.fixture
def contract() -> Contract:
    return load(parse(TEXT), at=NOON).contract


@pytest.fixture
def supervisor(client, contract):
    user = make_user(contract, Role.SUPERVISOR)
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


def page(contract: Contract) -> str:
    return reverse("contracts:set-up", args=[contract.number])


def filled(client, contract: Contract, **over: str) -> dict[str, str]:
    """Fill in the form as it comes, with the terms of the next year."""
    form = client.get(page(contract)).context["form"]
    given = {
        field.html_name: "" if field.value() is None else str(field.value())
        for field in form
    }
    days = {name: "2027-09-15" for name in given if name.endswith("_due_on")}
    return {**given, **days, **TERMS, **over}


def send(client, contract: Contract, step: str, **over: str):
    form = filled(client, contract, **over)
    return client.post(page(contract), form | {"step": step})


# --- What is set up -----------------------------------------------------------------------------


def test_it_has_terms_of_its_own_and_the_copied_clauses(client, contract, supervisor):
    answer = send(client, contract, "lock")

    made = Contract.objects.get(number="yongdinglu-2027")
    assert answer.url == made.get_absolute_url()
    assert (made.price, made.term.last_on) == (Decimal(2_400_000), date(2028, 4, 30))
    assert list(made.stages.values_list("rate", "amount", "clause__ref")) == [
        (Decimal("0.5"), Decimal(1_200_000), "第五条（一）1"),
        (Decimal("0.3"), Decimal(720_000), "第五条（一）2"),
        (Decimal("0.2"), Decimal(480_000), "第五条（一）3"),
    ]
    for copied in ("ref", "parent__ref", "kind", "rules", "order", "depth"):
        of = [list(one.clauses.values_list(copied)) for one in (contract, made)]
        assert of[0] == of[1]


def test_it_owes_what_the_first_one_owes_in_its_own_term(client, contract, supervisor):
    send(client, contract, "lock")

    made = Contract.objects.get(number="yongdinglu-2027")
    keys = [set(one.obligations.values_list("key")) for one in (contract, made)]
    assert keys[0] == keys[1]
    assert made.periods.count() == 13
    assert made.dues.count() == contract.dues.count() + 1  # of 29 February
    years = set(made.dues.exclude(due_on=None).values_list("due_on__year", flat=True))
    assert years <= {2027, 2028}
    named = made.obligations.filter(due_rule__has_key="on")
    assert {one.due_rule["on"] for one in named} == {"2027-09-15"}


def test_its_readings_are_those_in_force_adopted_on_its_signing(
    client, contract, supervisor
):
    contract.readings.create(key="carry", value="claim", adopted_on=date(2026, 6, 1))

    send(client, contract, "lock")

    made = Contract.objects.get(number="yongdinglu-2027")
    assert made.readings.count() == 15
    carry = made.readings.get(key="carry")
    assert (carry.value, carry.adopted_on) == ("claim", date(2027, 4, 20))


def test_words_that_name_days_are_gone_over(client, contract, supervisor):
    form = filled(client, contract)
    name = next(one for one in form if one.startswith("clauses_"))

    client.post(page(contract), form | {name: "服务一年。", "step": "lock"})

    made = Contract.objects.get(number="yongdinglu-2027")
    assert made.clauses.filter(summary="服务一年。").count() == 1
    assert not contract.clauses.filter(summary="服务一年。").exists()


def test_whoever_sets_it_up_is_its_supervisor_and_nobody_else_sees_it(
    client, contract, supervisor
):
    leader = make_user(contract, Role.LEADER, demo=True)
    send(client, contract, "lock")
    made = Contract.objects.get(number="yongdinglu-2027")

    assert list(made.memberships.values_list("user", "role")) == [
        (supervisor.pk, Role.SUPERVISOR)
    ]
    assert client.get(made.get_absolute_url()).status_code == 200
    client.force_login(leader)
    assert client.get(made.get_absolute_url()).status_code == 404


def test_it_is_on_record_who_set_it_up_and_from_what(client, contract, supervisor):
    send(client, contract, "lock")

    made = Contract.objects.get(number="yongdinglu-2027")
    entry = AuditEntry.objects.about(supervisor).get(contract=made)
    assert (entry.by, entry.became) == (supervisor, "supervisor")
    assert contract.number in entry.note


def test_the_first_contract_stays_as_it_is(client, contract, supervisor):
    before = Contract.objects.values().get(pk=contract.pk)
    counts = [
        contract.dues.count(),
        contract.readings.count(),
        contract.memberships.count(),
    ]

    send(client, contract, "lock")

    assert Contract.objects.values().get(pk=contract.pk) == before
    assert counts == [
        contract.dues.count(),
        contract.readings.count(),
        contract.memberships.count(),
    ]


def test_sent_twice_it_is_set_up_once(client, contract, supervisor):
    form = filled(client, contract) | {"step": "lock"}

    urls = {client.post(page(contract), form).url for _ in range(2)}

    assert len(urls) == 1
    assert Contract.objects.count() == 2
    assert Membership.objects.filter(user=supervisor).count() == 2


# --- Looking at it first -------------------------------------------------------------------------


def test_it_is_looked_at_before_it_is_locked(client, contract, supervisor):
    answer = send(client, contract, "look")

    assert answer.status_code == 200
    assert "cannot be changed afterwards" in answer.text
    assert answer.context["cut"].periods == 13
    assert Contract.objects.count() == 1


def test_what_the_preview_carries_is_what_is_locked(client, contract, supervisor):
    looked = send(client, contract, "look").context["form"]
    carried = {
        field.html_name: "" if field.value() is None else str(field.value())
        for field in looked
    }

    answer = client.post(page(contract), carried | {"step": "lock"})

    assert answer.status_code == 302
    assert Contract.objects.get(number="yongdinglu-2027").title == TERMS["title"]


def test_from_the_preview_one_can_go_back_and_change_it(client, contract, supervisor):
    answer = send(client, contract, "change")

    assert answer.status_code == 200
    assert not answer.context["form"].errors
    assert 'value="yongdinglu-2027"' in answer.text


# --- What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "faulty"),
    [
        ({"price_in_words": "贰佰肆拾壹万元整"}, ["price_in_words"]),
        ({"number": "No spaces"}, ["number"]),
        ({"signed_on": "2027-04-21"}, ["signed_on"]),
        ({"ends_on": "2027-04-25"}, ["starts_on"]),
        ({"copies_total": "7"}, ["__all__"]),
        ({"assessment_first_day": "32"}, ["assessment_first_day"]),
        ({"stages_2_amount": "720000.01"}, ["stages_2_amount", "__all__"]),
        ({"stages_1_target_on": "2027-04-01"}, ["stages_1_opens_on"]),
        ({"party_b_credit_code": "12345"}, ["party_b_credit_code"]),
        ({"title": ""}, ["title"]),
        ({"ends_on": "9999-12-31"}, ["ends_on"]),
        ({"ends_on": "2033-04-30"}, ["ends_on"]),
        ({"stages_1_opens_on": "0001-01-01"}, ["stages_1_opens_on"]),
    ],
)
def test_what_a_file_could_not_say_is_refused_at_its_field(
    client, contract, supervisor, over, faulty
):
    answer = send(client, contract, "lock", **over)

    assert answer.status_code == 422
    assert sorted(answer.context["form"].errors) == sorted(faulty)
    assert Contract.objects.count() == 1


def test_problems_are_told_by_the_labels_of_the_fields(client, contract, supervisor):
    answer = send(client, contract, "look", signed_on="2027-04-21")

    (words,) = answer.context["form"].errors["signed_on"]
    assert words.startswith("Signed on is 2027-04-21")
    assert "In effect from" in words


@pytest.mark.parametrize("number", ["yongdinglu-2026", "somebody-elses"])
def test_a_number_that_is_taken_is_refused(client, contract, supervisor, number):
    make_contract(number="somebody-elses")

    answer = send(client, contract, "lock", number=number)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["number"]
    assert Contract.objects.count() == 2


def test_how_a_party_is_on_record_elsewhere_is_not_told(client, contract, supervisor):
    make_party(name="另一家公司", account="6222000000000000")

    answer = send(
        client,
        contract,
        "look",
        party_b_name="另一家公司",
        party_b_account="6222111111111111",
        party_b_bank="",
        party_b_credit_code="",
    )

    assert list(answer.context["form"].errors) == ["party_b_account"]
    assert "6222000000000000" not in answer.text
    assert Party.objects.get(name="另一家公司").account == "6222000000000000"


def test_the_action_refuses_a_taken_number_as_well(contract):
    make_contract(number="somebody-elses")
    file = parse(TEXT.replace('"yongdinglu-2026"', '"somebody-elses"', 1))

    with pytest.raises(SetUpRefused):
        actions.set_up(contract, file, by=make_user(), at=NOON)


def test_somebody_elses_contract_is_not_given_to_whoever_asks_for_it_again(contract):
    file = parse(TEXT.replace('"yongdinglu-2026"', '"next-year"', 1))
    actions.set_up(contract, file, by=make_user(), at=NOON)

    with pytest.raises(SetUpRefused):
        actions.set_up(contract, file, by=make_user(), at=NOON)


# --- The text in between ---------------------------------------------------------------------------


def test_what_is_written_as_toml_is_read_back_as_it_was():
    awkward = "引号“”\"'反斜杠\\ 换行\n制表\t删除\x7f"
    table = {
        "title": awkward,
        "price": Decimal("2400000.00"),
        "signed_on": date(2027, 4, 20),
        "accepted": True,
        "nothing": None,
        "posts": [],
        "party": {"name": awkward},
        "stages": [{"number": 1, "due": {"on": date(2027, 9, 15)}, "rules": ["R01"]}],
    }

    read = tomllib.loads(to_toml(table), parse_float=Decimal)

    assert read == {name: value for name, value in table.items() if value is not None}
