"""What is asked for orders: endorsed by another, answered by the platform, and its effect."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import Role
from cases import actions
from cases.clocks import whole_clock
from cases.models import (
    Application,
    ApplicationKind,
    ApplicationStatus,
    Case,
    CaseStatus,
    EntryKind,
    Exclusion,
)
from cases.rules.indicators import Basis
from contracts.models import Reading, TransitionRefused
from tests.factories import make_unit
from tests.world import DAY, HOUR, make_open_case, make_people, make_running_contract

pytestmark = pytest.mark.django_db

RETURN, EXTENSION = ApplicationKind.RETURN, ApplicationKind.EXTENSION
EXCLUSION, DEFERRAL = ApplicationKind.EXCLUSION, ApplicationKind.DEFERRAL
VOID = ApplicationKind.VOID


@pytest.fixture
def at():
    return now()


@pytest.fixture
def contract(at):
    return make_running_contract(at)


@pytest.fixture
def people(contract):
    return make_people(contract)


@pytest.fixture
def put_in(contract, people, at):
    """Return what puts an application in for a new order with this status."""

    def put(kind, status, **given):
        case = make_open_case(contract, at, status=status, unit=make_unit(contract))
        if status in (CaseStatus.CLOSED, CaseStatus.CALLED_BACK):
            case.closed_at = at - HOUR
            case.save()
        actions.ask(
            case,
            **{
                "kind": kind,
                "reason": "属地不符",
                "text": "不在辖区",
                "token": uuid4(),
                "by": people[Role.AGENT],
                "at": at,
            }
            | given,
        )
        return Application.objects.get(case=case)

    return put


def endorse(application, by, at, *, agreed=True):
    actions.endorse(
        application, agreed=agreed, note="说明", token=uuid4(), by=by, at=at
    )


def answer(application, by, at, *, granted=True, until=None):
    actions.record_outcome(
        application,
        granted=granted,
        happened_at=at,
        granted_until=until,
        answer="平台答复",
        token=uuid4(),
        by=by,
        at=at,
    )


def case_of(application):
    return Case.objects.get(pk=application.case_id)


# --- Returns ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("granted", "status"), [(True, CaseStatus.RETURNED), (False, CaseStatus.SIGNED)]
)
def test_the_platform_decides_a_return(granted, status, put_in, people, at):
    asked = put_in(RETURN, CaseStatus.RECEIVED)
    assert case_of(asked).status == CaseStatus.RETURNING

    endorse(asked, people[Role.MANAGER], at)
    asked.refresh_from_db()
    assert asked.status == ApplicationStatus.SUBMITTED  # Party A need not be asked
    answer(asked, people[Role.AGENT], at, granted=granted)

    case = case_of(asked)
    assert case.status == status
    assert case.due_at == at + 5 * DAY  # the clock has run on
    lines = case.entries.order_by("pk").values_list("kind", flat=True)
    assert [*lines][-3:] == [
        EntryKind.APPLIED,
        EntryKind.FORWARDED,
        EntryKind.ANSWERED,
    ]


def test_a_return_goes_by_party_a_where_that_is_set(put_in, people, contract, at):
    row = Reading.objects.of(contract).filter(key="internal_limits").first()
    values = {"returns_by_party_a": True}
    if row:
        row.value = {**row.value, **values}
        row.save()
    else:
        Reading.objects.create(
            contract=contract,
            key="internal_limits",
            value=values,
            adopted_on=contract.signed_on,
        )
    asked = put_in(RETURN, CaseStatus.SIGNED)

    endorse(asked, people[Role.MANAGER], at)
    asked.refresh_from_db()
    assert asked.status == ApplicationStatus.ENDORSED
    actions.approve(
        asked,
        agreed=False,
        note="应由本街道办理",
        token=uuid4(),
        by=people[Role.SUPERVISOR],
        at=at,
    )

    assert case_of(asked).status == CaseStatus.SIGNED


def test_a_return_is_withdrawn_before_it_has_gone_out_and_not_after(put_in, people, at):
    asked = put_in(RETURN, CaseStatus.DECLINED)
    actions.withdraw(
        asked, note="已核实为本辖区", token=uuid4(), by=people[Role.AGENT], at=at
    )
    assert case_of(asked).status == CaseStatus.SIGNED

    again = put_in(RETURN, CaseStatus.RECEIVED)
    endorse(again, people[Role.MANAGER], at)
    with pytest.raises(TransitionRefused):
        actions.withdraw(
            again, note="撤回", token=uuid4(), by=people[Role.AGENT], at=at
        )


def test_nobody_endorses_an_application_of_their_own(put_in, people, at):
    asked = put_in(RETURN, CaseStatus.RECEIVED, by=people[Role.MANAGER])

    with pytest.raises(TransitionRefused, match="of their own"):
        endorse(asked, people[Role.MANAGER], at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=asked.pk).update(
            endorsed_by=people[Role.MANAGER], endorsed_at=at
        )


def test_what_has_gone_to_the_platform_is_for_the_platform_to_refuse(
    put_in, people, at
):
    asked = put_in(RETURN, CaseStatus.RECEIVED)
    endorse(asked, people[Role.MANAGER], at)

    with pytest.raises(TransitionRefused):
        endorse(asked, people[Role.MANAGER], at, agreed=False)

    asked.refresh_from_db()
    assert asked.status == ApplicationStatus.SUBMITTED


def test_one_of_a_kind_is_under_way_at_a_time(put_in, people, at):
    asked = put_in(EXTENSION, CaseStatus.HANDLING, until=at + 8 * DAY)

    with pytest.raises(TransitionRefused, match="under way"):
        actions.ask(
            asked.case,
            kind=EXTENSION,
            reason="",
            text="再次申请",
            until=at + 9 * DAY,
            token=uuid4(),
            by=people[Role.AGENT],
            at=at,
        )


# --- Extensions -------------------------------------------------------------------------


def submit(asked, people, at):
    endorse(asked, people[Role.MANAGER], at)
    actions.approve(
        asked, agreed=True, note="", token=uuid4(), by=people[Role.SUPERVISOR], at=at
    )


def test_an_extension_moves_the_deadline_once_the_platform_agrees(put_in, people, at):
    asked = put_in(EXTENSION, CaseStatus.HANDLING, until=at + 8 * DAY)
    before = whole_clock(case_of(asked))
    submit(asked, people, at)
    assert case_of(asked).due_at == at + 5 * DAY  # only asked for

    answer(asked, people[Role.CLERK], at, until=at + 7 * DAY)

    case = case_of(asked)
    after = whole_clock(case)
    assert (case.due_at, case.paused) == (at + 7 * DAY, 2 * DAY)
    assert after.percent(at) == before.percent(at)  # it stands still, and goes on
    assert after.percent(at + 2 * DAY) == before.percent(at)
    assert after.percent(at + 3 * DAY) == before.percent(at + DAY)


def test_a_refused_extension_moves_nothing(put_in, people, at):
    asked = put_in(EXTENSION, CaseStatus.HANDLING, until=at + 8 * DAY)
    submit(asked, people, at)

    answer(asked, people[Role.CLERK], at, granted=False)

    case = case_of(asked)
    assert (case.due_at, case.paused) == (at + 5 * DAY, timedelta(0))


# --- Exclusions, deferrals, appeals ---------------------------------------------------------


def volumes(contract):
    orders = Case.objects.of(contract)
    return [
        orders.on_basis(basis).tally().volume for basis in (Basis.FULL, Basis.ASSESSED)
    ]


def test_both_bases_are_counted_anew_by_what_is_granted(put_in, people, contract, at):
    asked = put_in(EXCLUSION, CaseStatus.CLOSED)
    put_in(EXCLUSION, CaseStatus.CLOSED)
    assert volumes(contract) == [2, 2]
    submit(asked, people, at)
    assert volumes(contract) == [2, 2]

    answer(asked, people[Role.CLERK], at)

    assert volumes(contract) == [2, 1]
    line = case_of(asked).entries.get(kind=EntryKind.ANSWERED)
    assert line.changes["exclusion"] == [Exclusion.NONE, Exclusion.EXCLUDED]


def test_a_deferral_counts_again_when_its_time_has_run_out(
    put_in, people, contract, at
):
    asked = put_in(DEFERRAL, CaseStatus.CLOSED, until=at + 9 * DAY)
    submit(asked, people, at)
    answer(asked, people[Role.CLERK], at, until=at + 9 * DAY)
    assert volumes(contract) == [1, 0]

    assert actions.end_deferrals(contract, at=at + 9 * DAY - HOUR) == 0
    assert actions.end_deferrals(contract, at=at + 9 * DAY) == 1
    assert actions.end_deferrals(contract, at=at + 9 * DAY) == 0
    assert volumes(contract) == [1, 1]


# --- Voiding ------------------------------------------------------------------------------


def test_a_wrong_order_is_void_with_a_second_signature(put_in, people, contract, at):
    asked = put_in(VOID, CaseStatus.SIGNED, by=people[Role.CLERK])
    assert case_of(asked).status == CaseStatus.SIGNED

    endorse(asked, people[Role.MANAGER], at)

    assert case_of(asked).status == CaseStatus.VOID
    assert volumes(contract) == [0, 0]


# --- At the screen --------------------------------------------------------------------------


def test_evidence_is_put_on_record_and_the_desk_lists_what_waits(
    contract, people, settings, client, at
):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    case = make_open_case(contract, at, status=CaseStatus.SIGNED)
    client.force_login(people[Role.AGENT])
    form = {
        "token": str(uuid4()),
        "kind": "return",
        "reason": "属地不符",
        "text": "点位在邻街道",
        "file": SimpleUploadedFile("map.pdf", b"%PDF-1.7\n%%EOF\n"),
    }

    sent = client.post(reverse("cases:return", args=[contract.number, case.pk]), form)
    page = client.get(reverse("cases:applications", args=[contract.number]))

    assert sent.status_code == 302
    assert Application.objects.get().paper is not None
    assert case.number in page.text
    assert page.context["reasons"][0]["number"] == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(put_in, people, at):
    asked = put_in(RETURN, CaseStatus.RECEIVED)
    endorse(asked, people[Role.MANAGER], at)
    gate = Barrier(2)

    def run(granted):
        try:
            mine = Application.objects.get(pk=asked.pk)
            gate.wait()
            answer(mine, people[Role.AGENT], at, granted=granted)
        except TransitionRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        counted = list(pool.map(run, (True, False)))

    asked.refresh_from_db()
    assert sorted(counted) == [False, True]
    assert case_of(asked).status == (
        CaseStatus.RETURNED
        if asked.status == ApplicationStatus.GRANTED
        else CaseStatus.SIGNED
    )
