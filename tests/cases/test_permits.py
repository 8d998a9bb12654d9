"""Callers leave in clear with a permit of Party A's leader, and not otherwise."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import MAY, Role
from cases.actions import exports, permits
from cases.models import Export, ExportStatus, Permit, PermitStatus
from contracts.models import AuditEntry, TransitionRefused
from tests.cases.test_exports import contract_of, rows_of, url
from tests.factories import NOON, PASSWORD, make_case, make_contract, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NAME, PHONE, ADDRESS = "欧阳不留名", "13800000042", "某街九号院四单元"
PERSONAL = ["caller_name", "caller_phone", "caller_address"]
CLEAR, MASKED = [NAME, PHONE, ADDRESS], ["欧**", "138****0042", "***"]


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    contract = make_contract()
    caller = {"name": NAME, "phone": PHONE, "address": ADDRESS}
    make_case(contract, caller=caller, content=f"请回电{PHONE}")
    return contract


@pytest.fixture
def leader(contract):
    return make_user(contract, Role.LEADER, demo=True)


@pytest.fixture
def clerk(contract):
    return make_user(contract, Role.CLERK, demo=True)


def asked(by, query="", at=NOON):
    return permits.ask(
        contract_of(by), purpose="回访核实", query=query, token=uuid4(), by=by, at=at
    )


def granted(by, leader, query="", at=NOON):
    permit = asked(by, query, at)
    permits.decide(
        permit, granted=True, answer="", valid_until=at + DAY, by=leader, at=at
    )
    return permit


def ask(by, permit, *, query="", at=NOON, columns=PERSONAL):
    return exports.ask(
        contract_of(by),
        query=query,
        columns=[*columns],
        template=None,
        permit=permit,
        token=uuid4(),
        by=by,
        at=at,
    )


def made(*args, **given):
    export = ask(*args, **given)
    exports.make(export, at=given.get("at", NOON))
    export.refresh_from_db()
    return export


@pytest.mark.parametrize("role", sorted(MAY["cases.export"]))
def test_without_a_permit_callers_are_masked_for_everybody(contract, role):
    export = made(make_user(contract, role), None)

    assert rows_of(export)[1] == MASKED


@pytest.mark.parametrize("role", sorted(MAY["cases.ask_permit"]))
def test_with_a_permit_they_are_in_clear(contract, leader, role):
    user = make_user(contract, role)

    export = made(user, granted(user, leader), columns=[*PERSONAL, "content"])

    # The text may speak of others than the caller.
    assert rows_of(export)[1] == [*CLEAR, "请回电138****0042"]
    assert (export.permit.exports.get(), export.expires_at) == (export, NOON + DAY)


def test_each_export_under_a_permit_is_on_record(clerk, leader):
    permit = granted(clerk, leader)

    export = made(clerk, permit)

    notes = AuditEntry.objects.about(export).values_list("became", "note")
    found = dict(notes)
    assert f"permit {permit.pk}" in found[ExportStatus.OWED]
    assert export.digest in found[ExportStatus.MADE]
    assert not any(one in note for note in found.values() for one in CLEAR)


def test_a_permit_is_for_one_person(contract, clerk, leader):
    permit = granted(clerk, leader)

    with pytest.raises(exports.ExportRefused):
        ask(make_user(contract, Role.CLERK), permit)


@pytest.mark.parametrize(
    ("permitted", "asked_for", "covered"),
    [
        ("", "", True),
        ("", "status=signed", True),
        ("status=signed", "status=signed&sort=due_at", True),
        ("status=signed&open=yes", "open=yes&status=signed&columns=number", True),
        ("status=signed", "", False),
        ("status=signed", "status=closed", False),
        ("status=signed", "status=signed&status=closed", False),
    ],
)
def test_a_permit_is_for_some_orders(clerk, leader, permitted, asked_for, covered):
    permit = granted(clerk, leader, permitted)

    assert exports.covers(permit, asked_for, by=clerk, at=NOON) is covered


def test_a_permit_ends(clerk, leader):
    permit = granted(clerk, leader)

    with pytest.raises(exports.ExportRefused):
        ask(clerk, permit, at=NOON + DAY)


def test_a_permit_that_runs_out_before_the_file_is_made_gives_none(clerk, leader):
    export = ask(clerk, granted(clerk, leader))

    exports.make(export, at=NOON + DAY)

    assert Export.objects.get().status == ExportStatus.FAILED
    assert not Export.objects.get().file


def test_one_that_was_refused_or_only_asked_gives_nothing(clerk, leader):
    refused, open_ = asked(clerk), asked(clerk)
    permits.decide(
        refused, granted=False, answer="不必要", valid_until=None, by=leader, at=NOON
    )

    for permit in (refused, open_):
        with pytest.raises(exports.ExportRefused):
            ask(clerk, permit)


def test_the_file_is_for_whoever_holds_the_permit_alone(
    client, contract, clerk, leader
):
    export = made(clerk, granted(clerk, leader, at=now()), at=now())
    address = url("export-file", clerk, export.pk)

    client.force_login(make_user(contract, Role.MANAGER, demo=True))
    refused = client.get(address)
    client.force_login(clerk)
    taken = client.get(address)
    taken.getvalue()

    assert (refused.status_code, taken.status_code) == (422, 200)
    assert AuditEntry.objects.get(became="downloaded").by == clerk


# --- Asked and decided -----------------------------------------------------------------------


def test_nobody_decides_on_a_permit_of_their_own(leader):
    permit = asked(leader)

    with pytest.raises(TransitionRefused):
        permits.decide(
            permit, granted=True, answer="", valid_until=NOON + DAY, by=leader, at=NOON
        )


def test_the_database_knows_as_well(leader):
    with pytest.raises(IntegrityError, match="permit_is_given_by_another"):
        Permit.objects.filter(pk=asked(leader).pk).update(
            status=PermitStatus.GRANTED, decided_by=leader, valid_until=NOON
        )


def test_a_permit_is_decided_once(clerk, leader):
    permit = granted(clerk, leader)

    with pytest.raises(TransitionRefused):
        permits.decide(
            permit, granted=False, answer="x", valid_until=None, by=leader, at=NOON
        )


def decision(**given):
    until = localtime(now() + DAY).strftime("%Y-%m-%dT%H:%M")
    return {"granted": "yes", "valid_until": until, "proof": PASSWORD} | given


def decide(client, permit, **given):
    address = reverse("cases:permit-decide", args=[permit.contract.number, permit.pk])
    return client.post(address, decision(**given))


def test_the_leader_grants_with_password_and_end(client, clerk, leader):
    permit = asked(clerk)
    client.force_login(leader)

    answer = decide(client, permit)

    permit.refresh_from_db()
    assert answer.status_code == 302
    assert (permit.status, permit.decided_by) == (PermitStatus.GRANTED, leader)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"proof": "wrong"}, "proof"),
        ({"valid_until": ""}, "valid_until"),
        ({"valid_until": "2020-01-01T00:00"}, "valid_until"),
        ({"valid_until": "2999-01-01T00:00"}, "valid_until"),
        ({"granted": "no", "answer": ""}, "answer"),
        ({"granted": ""}, "granted"),
    ],
)
def test_what_is_missing_for_a_decision_is_said(client, clerk, leader, given, field):
    permit = asked(clerk)
    client.force_login(leader)

    answer = decide(client, permit, **given)

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert Permit.objects.get().status == PermitStatus.ASKED


def test_a_permit_is_asked_for_with_a_purpose_and_once(client, clerk):
    client.force_login(clerk)
    form = {"query": "q=水&sort=due_at", "purpose": "为核实住址", "token": str(uuid4())}
    address = url("permit-new", clerk)

    short = client.post(address, form)
    form["purpose"] = "为核实四月份来电人住址，用后三日内删除"
    answers = [client.post(address, form) for _n in range(2)]

    assert short.status_code == 422
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Permit.objects.get().query == "q=%E6%B0%B4"


@pytest.mark.parametrize("role", Role)
def test_asking_is_for_some_and_deciding_for_the_leader(client, contract, clerk, role):
    permit = asked(clerk)
    client.force_login(make_user(contract, role, demo=True))

    may_ask = client.get(url("permit-new", clerk)).status_code
    may_decide = decide(client, permit).status_code

    assert may_ask == (200 if role in MAY["cases.ask_permit"] else 403)
    assert may_decide == (302 if role == Role.LEADER else 403)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_permits_asks_no_more_for_three(
    client, clerk, leader, count, django_assert_max_num_queries
):
    for _number in range(count):
        granted(clerk, leader)
    client.force_login(clerk)
    client.get(url("permits", clerk))

    with django_assert_max_num_queries(12):
        answer = client.get(url("permits", clerk))

    assert len(answer.context["page"].rows) == count
