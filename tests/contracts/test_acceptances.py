"""Acceptances: item by item, final, and what they mean for what is due (五（一）1、六（一）1、2)."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate, now

from accounts.roles import Role
from contracts.actions import acceptances
from contracts.actions.acceptances import Item
from contracts.actions.refusals import MatterRefused
from contracts.ledger import ledgers
from contracts.models import (
    Acceptance,
    AcceptanceItem,
    AuditEntry,
    Contract,
    Document,
    Due,
    DueStatus,
)
from contracts.rules.calendar import BEIJING
from tests.contracts.counting import queries
from tests.contracts.papers import DAY, post, scan, signed_in, tried
from tests.factories import (
    make_acceptance,
    make_clause,
    make_contract,
    make_due,
    make_obligation,
    make_user,
    make_year,
)
from tests.test_twice import at_once
from tests.world import make_running_contract

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 8, 15, tzinfo=BEIJING)
HELD = date(2026, 5, 7)
GOOD, BAD = Item("项目经理到岗", passed=True), Item("座席岗到岗", passed=False)
MISSING = {
    "result": "refused",
    "items": [GOOD, BAD],
    "conditions": "座席少一人",
    "again_by": date(2026, 5, 15),
}


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract() -> Contract:
    make_year(2026)
    return make_contract()


def record(contract: Contract, **given: Any) -> Acceptance:
    said: dict[str, Any] = {
        "clause": make_clause(contract),
        "kind": "team",
        "title": "团队验收",
        "due": None,
        "repeats": None,
        "held_on": HELD,
        "members": "张三、李四",
        "items": [GOOD],
        "result": "passed",
        "conditions": "",
        "again_by": None,
        "scan": scan(),
        "token": uuid4(),
        "by": make_user(contract),
        "at": AT,
    }
    return acceptances.record(contract, **said | given)


def delivered(contract: Contract, **given: Any) -> Due:
    due = make_due(make_obligation(contract), date(2026, 5, 8))
    due.deliver(by=given.pop("by", None) or make_user(contract, Role.MANAGER), at=AT)
    return due


# --- What is recorded --------------------------------------------------------------------


def test_an_acceptance_keeps_its_items_and_its_signed_record(contract):
    made = record(contract, items=[GOOD, Item("培训合格", passed=True, note="95分")])

    assert (made.serial, made.result, made.scan.kind) == (1, "passed", "acceptance")
    assert [(one.what, one.note) for one in made.items.all()] == [
        ("项目经理到岗", ""),
        ("培训合格", "95分"),
    ]
    assert AuditEntry.objects.about(made).get().became == "passed"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("held_on", {"held_on": date(2026, 5, 9)}),
        ("held_on", {"held_on": date(2026, 4, 20)}),
        ("", {"items": []}),
        ("", {"items": [GOOD] * 13}),
        ("result", {"items": [GOOD, BAD]}),
        ("again_by", {"again_by": date(2026, 5, 15)}),
        ("conditions", MISSING | {"conditions": " "}),
        ("again_by", MISSING | {"again_by": None}),
        ("again_by", MISSING | {"again_by": HELD}),
        ("conditions", MISSING | {"result": "conditional", "conditions": ""}),
        ("again_by", MISSING | {"result": "conditional", "again_by": None}),
    ],
)
def test_a_record_out_of_order_is_refused_and_nothing_is_saved(contract, field, given):
    with pytest.raises(MatterRefused) as refused:
        record(contract, **given)

    assert refused.value.field == field
    assert not Acceptance.objects.exists()
    assert not Document.objects.exists()


def test_the_same_form_twice_is_one_record(contract):
    token = uuid4()

    assert record(contract, token=token) == record(contract, token=token)
    assert AcceptanceItem.objects.count() == 1


def test_a_record_is_final(contract):
    made = record(contract)

    for table in ("contracts_acceptance", "contracts_acceptanceitem"):
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):  # noqa: S608
            with (
                pytest.raises(DatabaseError),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
    assert {Acceptance, AcceptanceItem} <= set(ledgers())
    assert made.items.count() == 1


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"kind": "party"}, "acceptance_kind_is_known"),
        ({"result": "maybe"}, "acceptance_result_is_known"),
        ({"result": "refused", "conditions": ""}, "acceptance_says_what_is_missing"),
    ],
)
def test_the_database_refuses_as_well(contract, given, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        make_acceptance(contract, **given)


# --- What is due ---------------------------------------------------------------------------


def test_what_passes_is_accepted(contract):
    due = delivered(contract)

    made = record(contract, due=due)

    due.refresh_from_db()
    assert (due.status, due.decided_by) == (DueStatus.ACCEPTED, made.recorded_by)
    assert due.delivered_at == AT


def test_what_nobody_had_delivered_was_put_forward_at_the_acceptance(contract):
    due = make_due(make_obligation(contract), date(2026, 5, 6))

    record(contract, due=due)

    due.refresh_from_db()
    assert due.status == DueStatus.ACCEPTED
    assert due.delivered_at.astimezone(BEIJING).date() == HELD
    assert due.late_by is not None


def test_with_conditions_it_is_accepted_and_they_stand_there(contract):
    due = delivered(contract)

    record(contract, due=due, **MISSING | {"result": "conditional"})

    due.refresh_from_db()
    assert (due.status, due.decided_note) == (DueStatus.ACCEPTED, "座席少一人")


def test_what_is_refused_is_returned_with_a_day(contract):
    due = delivered(contract)

    record(contract, due=due, **MISSING)

    due.refresh_from_db()
    assert (due.status, due.again_on, due.returns) == (
        DueStatus.RETURNED,
        date(2026, 5, 15),
        1,
    )


def test_what_was_refused_is_accepted_by_a_record_that_names_it(contract):
    due = delivered(contract)
    refused = record(contract, due=due, **MISSING)

    again = record(contract, due=due, repeats=refused, held_on=date(2026, 5, 8))

    due.refresh_from_db()
    assert (due.status, again.repeats) == (DueStatus.ACCEPTED, refused)
    assert list(Acceptance.objects.standing()) == [again]


def test_nobody_accepts_what_they_delivered(contract):
    by = make_user(contract)
    due = delivered(contract, by=by)

    with pytest.raises(MatterRefused, match="cannot accept") as refused:
        record(contract, due=due, by=by)

    assert refused.value.field == "due"
    assert not Acceptance.objects.exists()


def test_what_is_accepted_is_not_accepted_again(contract):
    due = delivered(contract)
    record(contract, due=due)

    with pytest.raises(MatterRefused, match="accepted already"):
        record(contract, due=due)


def test_a_due_of_another_contract_is_refused(contract):
    with pytest.raises(MatterRefused, match="another contract"):
        record(contract, due=delivered(make_contract()))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "training"}, "something else"),
        ({"held_on": date(2026, 5, 6)}, "was on"),
    ],
)
def test_a_repetition_fits_what_it_repeats(contract, given, words):
    refused = record(contract, **MISSING)

    with pytest.raises(MatterRefused, match=words):
        record(contract, repeats=refused, **given)


def test_what_passed_or_was_repeated_is_not_repeated(contract):
    passed, refused = record(contract), record(contract, **MISSING)
    record(contract, repeats=refused)

    for earlier in (passed, refused):
        with pytest.raises(MatterRefused) as told:
            record(contract, repeats=earlier)
        assert told.value.field == "repeats"


# --- A training that failed -----------------------------------------------------------------


def waits_for_failure(contract: Contract) -> None:
    make_obligation(
        contract,
        mode="on_event",
        due_rule={"event": "training_failed", "workdays": 10},
    )


def test_a_failed_training_is_to_be_held_again(contract):
    waits_for_failure(contract)

    made = record(contract, kind="training", **MISSING)

    due = made.dues.get()
    assert (due.status, due.due_on) == (DueStatus.OPEN, date(2026, 5, 21))


@pytest.mark.parametrize("given", [{"kind": "team"} | MISSING, {"kind": "training"}])
def test_nothing_else_is(contract, given):
    waits_for_failure(contract)

    assert not record(contract, **given).dues.exists()


def test_a_training_held_again_ends_the_clock_of_the_first(contract):
    waits_for_failure(contract)
    failed = record(contract, kind="training", **MISSING)

    record(contract, kind="training", repeats=failed, held_on=date(2026, 5, 8))

    assert failed.dues.get().status == DueStatus.ACCEPTED


def test_one_that_fails_again_is_returned_and_starts_no_second_clock(contract):
    waits_for_failure(contract)
    failed = record(contract, kind="training", **MISSING)

    record(contract, kind="training", repeats=failed, **MISSING)

    due = Due.objects.get()
    assert (due.status, due.returns) == (DueStatus.RETURNED, 1)


# --- Races -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_acceptances_of_one_due_at_once_one_is_kept():
    make_year(2026)
    contract = make_contract()
    clause, people = make_clause(contract), [make_user(contract) for _ in range(2)]
    for _round in range(3):
        due = delivered(contract)
        answers = at_once(
            *(
                tried(
                    lambda by=by, due=due: record(
                        contract, due=due, by=by, clause=clause
                    )
                )
                for by in people
            )
        )

        assert sum(isinstance(one, MatterRefused) for one in answers) == 1
        assert due.acceptances.count() == 1


# --- Pages -------------------------------------------------------------------------------------


@pytest.fixture
def running(db) -> Contract:
    return make_running_contract(now())


def url(contract: Contract, name: str, *args: Any) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def form(
    contract: Contract, *items: tuple[str, str, str], **given: Any
) -> dict[str, Any]:
    rows = [*items, *[("", "yes", "")] * (12 - len(items))]
    return {
        "kind": "team",
        "clause": contract.clauses.all()[0].pk,
        "title": "团队验收",
        "held_on": f"{localdate()}",
        "members": "张三",
        "result": "passed",
        "scan": scan(),
        "token": f"{uuid4()}",
        "items-TOTAL_FORMS": "12",
        "items-INITIAL_FORMS": "0",
        **{
            f"items-{number}-{name}": value
            for number, row in enumerate(rows)
            for name, value in zip(("what", "passed", "note"), row, strict=True)
        },
        **given,
    }


def test_it_is_recorded_in_the_pages_once_however_often_it_is_sent(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    due = make_due(make_obligation(running), localdate() + DAY)
    filled = form(running, ("到岗", "yes", ""), ("证件", "yes", "齐"), due=due.pk)

    answers = [post(supervisor, url(running, "acceptance-new"), filled) for _ in "12"]

    made = Acceptance.objects.get()
    due.refresh_from_db()
    assert [one.status_code for one in answers] == [302, 302]
    assert [one.what for one in made.items.all()] == ["到岗", "证件"]
    assert due.status == DueStatus.ACCEPTED
    assert "到岗" in supervisor.get(made.get_absolute_url()).text


def test_twelve_rows_stand_there_without_a_script(running):
    page = signed_in(running, Role.SUPERVISOR).get(url(running, "acceptance-new")).text

    assert page.count("-what") >= 12
    assert 'name="items-11-what"' in page
    assert 'name="items-12-what"' not in page


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    filled = form(running, ("到岗", "no", "缺一人"), result="refused", conditions="缺")

    answer = post(supervisor, url(running, "acceptance-new"), filled)

    assert answer.status_code == 422
    assert "第六条（一）1" in str(answer.context["form"].errors["again_by"])
    assert "缺一人" in answer.text
    assert not Acceptance.objects.exists()


def test_an_item_half_filled_in_is_pointed_at(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    filled = form(running, ("", "no", "缺一人"))

    answer = post(supervisor, url(running, "acceptance-new"), filled)

    assert answer.status_code == 422
    assert answer.context["items"].forms[0].errors["what"]


def test_without_rows_at_all_it_is_refused_in_words(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    filled = {
        name: value
        for name, value in form(running).items()
        if not name.startswith("items")
    }

    for sent in (filled, form(running), form(running, **{"items-TOTAL_FORMS": "99"})):
        answer = post(supervisor, url(running, "acceptance-new"), sent)
        assert answer.status_code == 422


def test_a_repetition_begins_with_what_had_failed(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    refused = make_acceptance(running, result="refused", kind="training")
    AcceptanceItem.objects.create(acceptance=refused, what="考试", passed=False)
    AcceptanceItem.objects.create(acceptance=refused, what="教材", passed=True)
    there = f"{url(running, 'acceptance-new')}?again={refused.pk}"

    shown = supervisor.get(refused.get_absolute_url()).text
    page = supervisor.get(there)

    assert there in shown
    assert page.context["form"].initial["repeats"] == refused.pk
    assert 'value="考试"' in page.text
    assert 'value="教材"' not in page.text


def test_what_a_form_began_with_counts_as_filled_in(running):
    supervisor = signed_in(running, Role.SUPERVISOR)
    refused = make_acceptance(
        running, result="refused", held_on=localdate() - DAY, again_by=localdate()
    )
    filled = form(
        running,
        ("考试", "yes", ""),
        repeats=refused.pk,
        **{"items-INITIAL_FORMS": "1"},
    )

    answer = post(supervisor, url(running, "acceptance-new"), filled)

    assert answer.status_code == 302
    assert refused.again.items.get().what == "考试"


@pytest.mark.parametrize("query", ["again=x", "again=" + "9" * 40, "due=-1", "due=0"])
def test_no_query_brings_the_form_down(running, query):
    supervisor = signed_in(running, Role.SUPERVISOR)

    page = supervisor.get(f"{url(running, 'acceptance-new')}?{query}")

    assert page.status_code == 200


def test_only_the_supervisor_sees_the_button(running):
    for role in set(Role) - {Role.UNIT}:
        page = signed_in(running, role).get(url(running, "acceptances")).text
        assert (url(running, "acceptance-new") in page) == (role == Role.SUPERVISOR)


def test_another_contracts_record_is_not_found(running):
    stranger = make_acceptance(make_contract())
    client = signed_in(running, Role.SUPERVISOR)

    assert client.get(url(running, "acceptance", stranger.pk)).status_code == 404


def test_the_list_takes_no_more_queries_for_three_rows_than_for_one(running):
    client, page = signed_in(running, Role.SUPERVISOR), url(running, "acceptances")
    make_acceptance(running)
    one = queries(client, page)
    refused = make_acceptance(running, result="refused")
    make_acceptance(running, repeats=refused)

    assert queries(client, page) == one


def test_the_list_is_narrowed_by_kind_and_result(running):
    team = make_acceptance(running)
    failed = make_acceptance(running, kind="training", result="refused")
    client = signed_in(running, Role.AGENT)

    found = client.get(url(running, "acceptances") + "?result=refused").text

    assert failed.title in found
    assert team.title not in found
