"""Samples that can be drawn again, and what a second look finds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from cases.actions.rechecks import GROUND, SampleRefused, draw, judge
from cases.forms.quality import DrawForm, JudgeForm
from cases.models import CaseStatus, Draw, EntryKind, Quota, Recheck, RecheckReason
from cases.quality import draw_again
from contracts.models import AuditEntry, TransitionRefused, subject_of
from tests.factories import (
    CHINA,
    NOON,
    make_batch,
    make_case,
    make_clause,
    make_contract,
    make_entry,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = NOON + 10 * DAY
SINCE, UNTIL = NOON - DAY, NOON + DAY


def closed(contract, **given):
    return make_case(
        contract, **{"status": CaseStatus.CLOSED, "closed_at": NOON + HOUR} | given
    )


@pytest.fixture
def contract():
    """A contract with twenty orders closed in the span, and others beside it."""
    contract = make_contract()
    make_clause(contract, ref=GROUND)
    units = [make_unit(contract) for _n in range(3)]
    for number in range(20):
        # Of two units there is one order each.
        closed(contract, unit=units[min(number, 2)])
    closed(contract, closed_at=UNTIL)
    closed(contract, closed_at=SINCE - HOUR)
    closed(contract, status=CaseStatus.VOID)
    closed(make_contract())
    return contract


def drawn(contract, **given):
    asked = {
        "since": SINCE,
        "until": UNTIL,
        "size": 5,
        "seed": 7,
        "quota": Quota.NONE,
        "token": uuid4(),
        "by": make_user(),
        "at": AT,
    }
    return draw(contract, **asked | given)


def recheck_of(case, **given):
    return Recheck.objects.create(
        case=case, **{"reason": RecheckReason.UNHAPPY, "opened_at": NOON} | given
    )


# --- Samples -------------------------------------------------------------------------------


def test_a_sample_is_drawn_from_what_was_closed_and_put_into_the_queue(contract):
    made = drawn(contract)

    assert (made.population, len(made.numbers)) == (20, 5)
    queued = made.rechecks.order_by("pk").values_list(
        "case__number", "reason", "done_at"
    )
    assert list(queued) == [(number, "sample", None) for number in made.numbers]
    line = AuditEntry.objects.get(subject=subject_of(made))
    assert (line.became, line.note) == ("drawn", f"7 {made.digest}")


def test_the_same_seed_draws_the_same_sample_again(contract):
    first, second, other = drawn(contract), drawn(contract), drawn(contract, seed=8)

    assert (first.numbers, first.digest) == (second.numbers, second.digest)
    assert other.numbers != first.numbers
    again = draw_again(first)
    assert (again.same_population, again.same_sample) == (True, True)


def test_drawing_again_says_that_the_population_has_changed(contract):
    made = drawn(contract)
    closed(contract)

    again = draw_again(made)

    assert (again.same_population, again.population) == (False, 21)
    made.refresh_from_db()
    assert made.population == 20


def test_drawing_again_finds_a_sample_that_was_tampered_with(contract):
    made = drawn(contract)
    Draw.objects.update(numbers=made.numbers[::-1])

    again = draw_again(Draw.objects.get())

    assert (again.same_population, again.same_sample) == (True, False)


def test_a_quota_has_each_unit_in_the_sample(contract):
    for seed in range(8):
        made = drawn(contract, seed=seed, size=3, quota=Quota.UNIT)

        assert made.rechecks.values("case__unit").distinct().count() == 3


def test_a_quota_has_each_closer_in_and_leaves_out_what_a_file_has_closed(contract):
    orders = list(contract.cases.filter(status="closed", closed_at=NOON + HOUR))
    closers = [make_user(), make_user()]
    for case, closer in zip(orders[:2], closers, strict=True):
        make_entry(case, kind=EntryKind.CLOSED, recorded_by=closer)
    batch = make_batch(contract)
    make_entry(
        orders[2], kind=EntryKind.CLOSED, batch=batch, recorded_by=batch.uploaded_by
    )

    made = drawn(contract, size=2, quota=Quota.CLOSER)

    assert set(made.numbers) == {case.number for case in orders[:2]}
    assert draw_again(made).same_sample


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": 2, "quota": Quota.UNIT}, "One of each are 3"),
        ({"since": NOON - 9 * DAY, "until": NOON - 8 * DAY}, "No order was closed"),
        ({"until": AT + HOUR}, "can still be closed"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(contract, given, words):
    with pytest.raises(SampleRefused, match=words):
        drawn(contract, **given)

    assert not Draw.objects.exists()


def test_the_same_form_sent_twice_is_one_sample(contract):
    token = uuid4()

    assert drawn(contract, token=token) == drawn(contract, token=token)
    assert Recheck.objects.count() == 5


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({}, {}),
        ({"until": "2026-06-11"}, {"until": "not_over"}),  # today
        ({"since": "2026-06-09", "until": "2026-06-08"}, {"until": "backwards"}),
        ({"size": "0"}, {"size": "min_value"}),
        ({"size": "501"}, {"size": "max_value"}),
        ({"seed": "-1"}, {"seed": "min_value"}),
        ({"seed": f"{2**63}"}, {"seed": "max_value"}),
        ({"quota": "street"}, {"quota": "invalid_choice"}),
    ],
)
def test_what_the_form_takes(typed, codes):
    full = {
        "since": "2026-06-01",
        "until": "2026-06-10",
        "size": "20",
        "seed": "1",
        "quota": "",
        "token": f"{uuid4()}",
    }
    form = DrawForm(full | typed, contract=make_contract(), at=AT)

    found = {field: errors[0].code for field, errors in form.errors.as_data().items()}

    assert found == codes
    if not codes:
        span = form.cleaned_data["since"], form.cleaned_data["until"]
        assert span == (
            datetime(2026, 6, 1, tzinfo=CHINA),
            datetime(2026, 6, 11, tzinfo=CHINA),
        )


# --- Second looks --------------------------------------------------------------------------


def test_an_error_rests_on_its_clause_and_is_a_fact_for_the_assessment(contract):
    case = closed(contract)
    recheck, checker = recheck_of(case), make_user()

    judge(recheck, error="答非所问或漏项", note="漏答第二问", by=checker, at=AT)

    found = Recheck.objects.errors().get()
    assert (found.clause.ref, found.done_by, found.done_at) == (GROUND, checker, AT)
    entry = case.entries.get(kind=EntryKind.RECHECKED)
    assert (entry.status, entry.text, entry.changes) == (
        "",
        "漏答第二问",
        {"error": ["", "答非所问或漏项"]},
    )


def test_what_is_in_order_is_no_error(contract):
    recheck = recheck_of(closed(contract))

    judge(recheck, error="", note="", by=make_user(), at=AT)

    recheck.refresh_from_db()
    assert (recheck.clause, recheck.done_at) == (None, AT)
    assert not Recheck.objects.errors().exists()
    assert not Recheck.objects.open().exists()


@pytest.mark.parametrize(
    "kind", [EntryKind.REPLIED, EntryKind.PASSED, EntryKind.SENT_BACK, EntryKind.CLOSED]
)
def test_nobody_looks_again_at_what_they_had_a_hand_in(contract, kind):
    case, worker = closed(contract), make_user()
    make_entry(case, kind=kind, recorded_by=worker)

    with pytest.raises(TransitionRefused, match="Nobody re-checks"):
        judge(recheck_of(case), error="", note="", by=worker, at=AT)

    assert Recheck.objects.open().exists()


@pytest.mark.parametrize("field", ["replied_by", "reviewed_by"])
def test_nor_at_what_the_order_has_their_name_on(contract, field):
    worker = make_user()
    case = closed(contract, **{field: worker})

    with pytest.raises(TransitionRefused, match="Nobody re-checks"):
        judge(recheck_of(case), error="", note="", by=worker, at=AT)


def test_whoever_brought_in_the_file_that_closed_it_may_look(contract):
    batch, case = make_batch(contract), closed(contract)
    make_entry(case, kind=EntryKind.CLOSED, batch=batch, recorded_by=batch.uploaded_by)

    judge(recheck_of(case), error="", note="", by=batch.uploaded_by, at=AT)

    assert not Recheck.objects.open().exists()


def test_an_error_without_a_clause_to_rest_on_is_refused():
    case = closed(make_contract())

    with pytest.raises(TransitionRefused, match=GROUND):
        judge(recheck_of(case), error="其他", note="错", by=make_user(), at=AT)

    assert Recheck.objects.open().exists()


@pytest.mark.parametrize("missing", [{"clause": None}, {"note": ""}])
def test_the_database_keeps_no_error_without_its_clause_and_reason(contract, missing):
    whole = {
        "done_at": AT,
        "done_by": make_user(),
        "error": "其他",
        "note": "错",
        "clause": contract.clauses.get(ref=GROUND),
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        recheck_of(closed(contract), **whole | missing)


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ({"verdict": "good"}, {}),
        ({"verdict": "good", "error": "其他"}, {}),
        ({}, {"verdict": "required"}),
        ({"verdict": "error"}, {"error": "no_error", "note": "no_note"}),
        ({"verdict": "error", "error": "其他", "note": "错"}, {}),
        (
            {"verdict": "error", "error": "我编的", "note": "错"},
            {"error": "invalid_choice"},
        ),
    ],
)
def test_what_the_verdict_asks_for(typed, codes):
    form = JudgeForm(typed, case=closed(make_contract()))

    found = {field: errors[0].code for field, errors in form.errors.as_data().items()}

    assert {**found, **codes} == found
    if not codes:
        wanted = typed["error"] if typed["verdict"] == "error" else ""
        assert form.cleaned_data["error"] == wanted


@pytest.mark.django_db(transaction=True)
def test_of_two_who_judge_at_once_one_does_and_the_other_is_told():
    contract = make_contract()
    for _round in range(3):
        case = closed(contract)
        recheck = recheck_of(case)
        start, people = Barrier(2), [make_user(), make_user()]

        def press(user, recheck=recheck, start=start):
            try:
                start.wait()
                judge(recheck, error="", note="", by=user, at=AT)
            except TransitionRefused as refusal:
                return str(refusal)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(press, people))

        assert sorted(told, key=str) == sorted(
            [None, "Somebody else got here first."], key=str
        )
        assert case.entries.filter(kind=EntryKind.RECHECKED).count() == 1


# --- The pages -----------------------------------------------------------------------------


def client_of(contract, role=Role.MANAGER):
    client = Client()
    client.user = make_user(contract, role)
    client.force_login(client.user)
    return client


def test_the_unhappy_come_first_and_the_oldest_of_them(contract):
    drawn(contract, size=1)
    late = recheck_of(closed(contract), opened_at=NOON + HOUR)
    early = recheck_of(closed(contract), opened_at=NOON)

    answer = client_of(contract).get(reverse("cases:rechecks", args=[contract.number]))

    rows = list(answer.context["page"])
    assert rows[:2] == [early, late]
    assert rows[2].reason == RecheckReason.SAMPLE


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", ["rechecks", "draws", "draw"])
def test_lists_take_no_more_queries_for_three_rows_than_for_one(
    contract, name, rows, django_assert_num_queries
):
    client = client_of(contract)
    for _n in range(rows):
        made = drawn(contract, size=rows)
    where = [contract.number, *([made.pk] if name == "draw" else [])]
    url = reverse(f"cases:{name}", args=where)
    client.get(url)

    with django_assert_num_queries(QUERIES[name]):
        assert client.get(url).status_code == 200


QUERIES = {"rechecks": 8, "draws": 8, "draw": 8}


def test_a_sample_is_drawn_from_the_page_and_can_be_drawn_again_there():
    contract = make_contract()
    for _n in range(4):
        closed(contract)
    client = client_of(contract)
    typed = {
        "since": "2026-06-01",
        "until": "2026-06-01",
        "size": "2",
        "seed": "42",
        "quota": "",
        "token": f"{uuid4()}",
    }
    url = reverse("cases:draw-new", args=[contract.number])

    answers = [client.post(url, typed) for _twice in range(2)]

    made = Draw.objects.get()
    assert {answer.url for answer in answers} == {made.get_absolute_url()}
    assert (
        "Drawn again, it is the same"
        in client.get(f"{made.get_absolute_url()}?again=1").text
    )
    closed(contract)
    assert "have changed" in client.get(f"{made.get_absolute_url()}?again=1").text


def test_a_draw_that_is_refused_says_why():
    contract = make_contract()
    client = client_of(contract)
    typed = {"since": "2026-06-01", "until": "2026-06-01", "size": "2", "seed": "42"}

    answer = client.post(
        reverse("cases:draw-new", args=[contract.number]),
        typed | {"token": f"{uuid4()}"},
    )

    assert answer.status_code == 422
    assert "No order was closed in these days." in answer.text


def test_a_verdict_is_put_down_once_and_the_second_is_told(contract):
    recheck = recheck_of(closed(contract))
    client = client_of(contract, Role.CLOSER)
    url = reverse("cases:judge", args=[contract.number, recheck.pk])

    first, second = [client.post(url, {"verdict": "good"}) for _twice in range(2)]

    assert (first.status_code, second.status_code) == (302, 422)
    assert "Somebody else got here first." in second.text


def test_to_whoever_did_the_work_no_form_is_offered(contract):
    client = client_of(contract, Role.CLOSER)
    recheck = recheck_of(closed(contract, reviewed_by=client.user))

    answer = client.get(recheck.get_absolute_url())

    assert "This was your own work" in answer.text
    assert "Put the verdict down" not in answer.text


def test_another_contracts_rechecks_and_samples_do_not_exist(contract):
    recheck, made = recheck_of(closed(contract)), drawn(contract)
    ours = make_contract()
    client = client_of(ours)

    for name, pk in (("recheck", recheck.pk), ("draw", made.pk)):
        url = reverse(f"cases:{name}", args=[ours.number, pk])
        assert client.get(url).status_code == 404
