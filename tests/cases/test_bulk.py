"""One act on many orders: each for itself, none twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import MAY, Role
from cases import actions
from cases.models import CaseStatus, EntryKind
from cases.views.bulk import BULK_ACTS
from tests.factories import make_case, make_unit, make_user
from tests.world import make_open_case, make_running_contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract():
    return make_running_contract(now())


@pytest.fixture
def manager(client, contract):
    user = make_user(contract, Role.MANAGER)
    client.force_login(user)
    return user


def url(name, contract):
    return reverse(f"cases:bulk-{name}", args=[contract.number])


def ticked(*cases, **given):
    return {"selected": [case.pk for case in cases], "token": f"{uuid4()}"} | given


def outcome(answer):
    """Return which orders were done, and why the others were not."""
    context = answer.context
    return (
        {one.case.pk for one in context["done"]},
        {one.case.pk: one.refusal for one in context["refused"]},
    )


def test_each_order_is_signed_or_says_why_not(client, contract, manager):
    fresh = [make_open_case(contract, now()) for _ in range(2)]
    closed = make_open_case(contract, now(), status=CaseStatus.CLOSED)

    answer = client.post(url("sign", contract), ticked(*fresh, closed))

    done, refused = outcome(answer)
    assert answer.status_code == 200
    assert done == {case.pk for case in fresh}
    assert refused == {closed.pk: "This step is not open from here."}
    assert [case.entries.count() for case in (*fresh, closed)] == [2, 2, 1]


def test_the_same_form_sent_twice_does_nothing_twice(client, contract, manager):
    cases = [make_open_case(contract, now()) for _ in range(2)]
    form = ticked(*cases, asked="on", text="请尽快")

    answers = [client.post(url("urge", contract), form) for _time in range(2)]

    assert [len(outcome(answer)[0]) for answer in answers] == [2, 2]
    assert [case.entries.count() for case in cases] == [2, 2]


def test_what_an_act_needs_is_asked_once_for_all(client, contract, manager):
    cases = [
        make_open_case(contract, now(), status=CaseStatus.SIGNED) for _ in range(2)
    ]
    unit = make_unit(contract)
    form = ticked(*cases, back="status=signed")

    asking = client.post(url("transfer", contract), form)
    lacking = client.post(url("transfer", contract), form | {"asked": "on"})
    answer = client.post(
        url("transfer", contract),
        form | {"asked": "on", "unit": unit.pk, "note": "核实"},
    )

    assert (asking.status_code, lacking.status_code) == (200, 422)
    assert "?status=signed" in answer.text
    assert outcome(answer) == ({case.pk for case in cases}, {})
    for case in cases:
        case.refresh_from_db()
        assert (case.status, case.unit) == (CaseStatus.TRANSFERRED, unit)
        assert now() < case.inner_due_at < case.due_at  # its own, as its page proposes


def test_an_inner_deadline_fits_some_and_not_others(client, contract, manager):
    at = now()
    soon = make_open_case(
        contract, at, status=CaseStatus.SIGNED, due_at=at + timedelta(hours=2)
    )
    later = make_open_case(contract, at, status=CaseStatus.SIGNED)
    given = {
        "asked": "on",
        "unit": make_unit(contract).pk,
        "inner_due_at": f"{at + timedelta(days=2):%Y-%m-%dT%H:%M}",
    }

    done, refused = outcome(
        client.post(url("transfer", contract), ticked(soon, later, **given))
    )

    assert done == {later.pk}
    assert refused == {soon.pk: "The inner deadline lies after the platform's."}


def test_flags_are_put_beside_those_that_are_there(client, contract, manager):
    flagged = make_open_case(contract, now(), flags=["key"])
    form = ticked(flagged, asked="on", flags=["hard"], note="多部门")

    client.post(url("flag", contract), form)

    flagged.refresh_from_db()
    assert flagged.flags == ["hard", "key"]


def test_orders_one_may_not_see_are_left_alone(client, contract, manager):
    theirs, ours = make_case(), make_open_case(contract, now())

    answer = client.post(url("sign", contract), ticked(theirs, ours))

    theirs.refresh_from_db()
    assert theirs.status == CaseStatus.RECEIVED
    assert (outcome(answer), answer.context["unseen"]) == (({ours.pk}, {}), 1)


@pytest.mark.parametrize(
    "selected", [[], ["x"], ["-1"], ["9" * 30], list(range(1, 202))]
)
def test_nothing_ticked_or_too_much_is_refused_in_words(
    client, contract, manager, selected
):
    form = {"selected": selected, "token": f"{uuid4()}"}

    answer = client.post(url("sign", contract), form)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_one_that_somebody_was_first_at_stops_no_other(client, contract, manager):
    cases = [make_open_case(contract, now()) for _ in range(3)]
    actions.sign(cases[1], token=uuid4(), by=make_user(), at=now())

    done, refused = outcome(client.post(url("sign", contract), ticked(*cases)))

    assert (done, list(refused)) == ({cases[0].pk, cases[2].pk}, [cases[1].pk])
    kinds = {EntryKind.RECEIVED, EntryKind.SIGNED}
    assert all(
        set(case.entries.values_list("kind", flat=True)) == kinds for case in cases
    )


@pytest.mark.parametrize("role", [Role.AGENT, Role.CLOSER, Role.SUPERVISOR, Role.UNIT])
def test_the_list_offers_the_acts_that_a_role_may(client, contract, settings, role):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    make_open_case(contract, now())
    client.force_login(make_user(contract, role, demo=True))

    answer = client.get(reverse("cases:list", args=[contract.number]))

    offered = [act.name for act in answer.context["acts"]]
    assert offered == [act.name for act in BULK_ACTS if role in MAY[act.step.action]]
    assert ("data-select" in answer.text) == (bool(offered) and role != Role.UNIT)


def test_queries_grow_by_the_orders_own_and_no_others(
    client, contract, manager, django_assert_max_num_queries
):
    cases = [make_open_case(contract, now()) for _ in range(6)]
    client.post(url("sign", contract), ticked(cases[0]))

    with django_assert_max_num_queries(12 + 9 * 5):
        client.post(url("sign", contract), ticked(*cases[1:]))
