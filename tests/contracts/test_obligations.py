"""What is owed is delivered by who owes it, and accepted by somebody else."""

import re
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import Role
from contracts.actions import obligations as actions
from contracts.actions.obligations import ObligationRefused
from contracts.files import read_contract
from contracts.models import (
    AuditEntry,
    Document,
    Due,
    DueMove,
    DueStatus,
    Obligation,
    Side,
    TransitionRefused,
)
from contracts.rules.obligations import Event
from contracts.standing import (
    ACCEPTED,
    DONE,
    DONE_LATE,
    DROPPED,
    LATE,
    RETURNED,
    TO_DO,
    WAITING,
    standing_of,
)
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_contract,
    make_document,
    make_due,
    make_obligation,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db

JUNE_1, JUNE_2 = date(2026, 6, 1), date(2026, 6, 2)
DAY = timedelta(days=1)


@pytest.fixture
def due():
    """Something that Party B owes by 2 June and Party A accepts."""
    return make_due(make_obligation(make_contract()), JUNE_2)


def pdf(name="evidence.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7 evidence")


def deliver(due, **given):
    defaults = {
        "side": Side.B,
        "delivered_at": NOON,
        "note": "已报送",
        "evidence": [],
        "returns": due.returns,
        "token": uuid4(),
        "by": given.pop("by", None) or make_user(),
        "at": NOON,
    }
    actions.deliver(due, **defaults | given)
    due.refresh_from_db()


# --- Delivering ---------------------------------------------------------------------------


def test_delivering_says_who_when_and_keeps_the_proof(due):
    clerk = make_user()

    deliver(due, by=clerk, evidence=[pdf(), pdf("more.pdf")])

    assert (due.status, due.delivered_by) == (DueStatus.DELIVERED, clerk)
    assert {paper.clause for paper in due.evidence.all()} == {due.obligation.clause}
    assert due.evidence.count() == 2
    (entry,) = AuditEntry.objects.about(due)
    assert (entry.became, entry.note, entry.by) == ("delivered", "已报送", clerk)


def test_the_same_form_twice_delivers_once(due):
    clerk, token = make_user(), uuid4()

    for _time in range(2):
        deliver(due, by=clerk, token=token, evidence=[pdf()])

    assert AuditEntry.objects.about(due).count() == 1
    assert Document.objects.count() == 1


def test_of_two_who_deliver_one_is_told(due):
    deliver(due)

    with pytest.raises(TransitionRefused):
        deliver(due)

    assert AuditEntry.objects.about(due).count() == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"side": Side.A}, "owed by Party B"),
        ({"delivered_at": NOON + DAY}, "cannot be recorded as delivered"),
        ({"delivered_at": NOON - 60 * DAY}, "before the contract was signed"),
    ],
)
def test_what_cannot_be_is_refused_by_the_clause(due, given, says):
    with pytest.raises(ObligationRefused, match=says) as refusal:
        deliver(due, **given)

    assert str(refusal.value).startswith(due.obligation.clause.ref)
    due.refresh_from_db()
    assert due.status == DueStatus.OPEN


def test_a_form_from_before_a_return_is_refused(due):
    deliver(due)
    actions.return_(due, reason="不全", again_on=JUNE_2, by=make_user(), at=NOON)

    with pytest.raises(ObligationRefused, match="returned meanwhile"):
        deliver(due, returns=0)


# --- Accepting, returning, dropping -------------------------------------------------------


def test_what_was_delivered_is_accepted(due):
    deliver(due)
    supervisor = make_user()

    for _time in range(2):  # a form sent twice
        actions.accept(due, note="符合", by=supervisor, at=NOON)

    due.refresh_from_db()
    assert (due.status, due.decided_by) == (DueStatus.ACCEPTED, supervisor)
    assert AuditEntry.objects.about(due).count() == 2


def test_nobody_accepts_what_they_delivered(due):
    supervisor = make_user()
    deliver(due, by=supervisor)

    with pytest.raises(ObligationRefused, match="themselves"):
        actions.accept(due, note="", by=supervisor, at=NOON)


def test_what_nobody_has_to_accept_is_not_accepted():
    due = make_due(make_obligation(make_contract(), accepted_by_a=False), JUNE_2)
    deliver(due)

    with pytest.raises(ObligationRefused, match="done once delivered"):
        actions.accept(due, note="", by=make_user(), at=NOON)


def test_what_was_returned_has_until_its_new_day(due):
    deliver(due)

    actions.return_(
        due, reason="缺签字", again_on=JUNE_2 + DAY, by=make_user(), at=NOON
    )

    due.refresh_from_db()
    assert (due.status, due.returns) == (DueStatus.RETURNED, 1)
    late = [day for day in range(4) if due.is_overdue(NOON + day * DAY)]
    found = [
        day
        for day in range(4)
        if Due.objects.overdue(NOON + day * DAY).filter(pk=due.pk).exists()
    ]
    assert late == found == [3]


def test_what_is_done_again_in_its_new_time_is_not_late(due):
    deliver(due)
    again_on = JUNE_2 + DAY
    actions.return_(due, reason="缺签字", again_on=again_on, by=make_user(), at=NOON)
    due.refresh_from_db()

    later = NOON + 2 * DAY
    deliver(due, at=later, delivered_at=later)

    assert due.late_by is None
    assert not Due.objects.delivered_late().exists()


def test_a_return_leaves_time(due):
    deliver(due)

    with pytest.raises(ObligationRefused, match="is over already"):
        actions.return_(
            due, reason="不全", again_on=JUNE_1 - DAY, by=make_user(), at=NOON
        )


def test_what_is_no_longer_owed_is_dropped_with_the_reason(due):
    actions.drop(due, reason="合同变更", by=make_user(), at=NOON)

    due.refresh_from_db()
    assert (due.status, due.decided_note) == (DueStatus.DROPPED, "合同变更")
    with pytest.raises(TransitionRefused):
        deliver(due)


@pytest.mark.parametrize(
    ("given", "at", "standing"),
    [
        ({}, NOON, TO_DO),
        ({}, NOON + 2 * DAY, LATE),
        ({"status": "delivered", "delivered_at": NOON}, NOON, WAITING),
        ({"status": "accepted", "delivered_at": NOON, "decided_at": NOON}, NOON, ACCEPTED),
        (
            {"status": "accepted", "delivered_at": NOON + 2 * DAY, "decided_at": NOON},
            NOON,
            DONE_LATE,
        ),
        (
            {"status": "returned", "decided_at": NOON, "again_on": JUNE_2},
            NOON,
            RETURNED,
        ),
        ({"status": "returned", "decided_at": NOON, "again_on": JUNE_1}, NOON + DAY, LATE),
        ({"status": "dropped"}, NOON + 2 * DAY, DROPPED),
    ],
)  # fmt: skip
def test_a_due_says_how_it_stands(given, at, standing):
    decided = {"decided_by": make_user()} if "decided_at" in given else {}
    obligation = make_obligation(make_contract())

    due = make_due(obligation, JUNE_2, **given, **decided)

    assert standing_of(due, at) == standing
    counted = Obligation.objects.with_counts(at).get()
    counts = {
        TO_DO: counted.open,
        LATE: counted.late,
        RETURNED: counted.returned,
        WAITING: counted.waiting,
        ACCEPTED: counted.done,
        DONE_LATE: counted.done,
    }
    assert counts.get(standing, 1) == 1
    assert sum({**counts, ACCEPTED: 0}.values()) == (standing is not DROPPED)


def test_what_nobody_accepts_is_done_once_delivered():
    obligation = make_obligation(make_contract(), accepted_by_a=False)

    due = make_due(obligation, JUNE_2, status="delivered", delivered_at=NOON)

    assert standing_of(due, NOON) == DONE
    assert Obligation.objects.with_counts(NOON).get().done == 1


# --- The pages ----------------------------------------------------------------------------


def url(name, record, *args):
    number = getattr(record, "contract", record).number
    return reverse(f"contracts:{name}", args=[number, *args])


def by(client, contract, role):
    user = make_user(contract, role, demo=True)
    client.force_login(user)
    return user


@pytest.fixture
def _demo(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.mark.usefixtures("_demo")
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.UNIT}))
def test_the_step_that_is_due_is_shown_to_whom_it_is_due(client, role, side):
    obligation = make_obligation(make_contract(), side=side, accepted_by_a=False)
    due = make_due(obligation, JUNE_2)
    by(client, due.contract, role)

    page = client.get(due.get_absolute_url()).text

    may = {Side.A: {Role.SUPERVISOR}, Side.B: {Role.MANAGER, Role.CLERK}}
    assert (url("due-deliver", due, due.pk) in page) == (role in may[side])
    assert (url("due-drop", due, due.pk) in page) == (role == Role.SUPERVISOR)


def test_a_due_is_delivered_accepted_and_shows_what_happened(client, due):
    by(client, due.contract, Role.CLERK)
    form = client.get(due.get_absolute_url()).context["steps"][0].form
    sent = {
        "delivered_at": f"{localtime():%Y-%m-%dT%H:%M}",
        "note": "已报送六月数据",
        "evidence": [pdf(), pdf("second.pdf")],
        "returns": form["returns"].value(),
        "token": form["token"].value(),
    }

    delivered = client.post(url("due-deliver", due, due.pk), sent)
    supervisor = make_user(due.contract, Role.SUPERVISOR)
    client.force_login(supervisor)
    accepted = client.post(url("due-accept", due, due.pk), {"note": "符合要求"})
    page = client.get(due.get_absolute_url()).text

    assert (delivered.status_code, accepted.status_code) == (302, 302)
    assert "已报送六月数据" in page
    assert "符合要求" in page
    assert due.evidence.count() == 2
    for paper in due.evidence.all():
        assert paper.digest in page


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"note": ""}, "note"),
        ({"delivered_at": "2999-01-01T00:00"}, "delivered_at"),
        ({"evidence": SimpleUploadedFile("x.exe", b"MZ")}, "evidence"),
        ({"token": "x"}, "token"),
    ],
)
def test_a_bad_form_says_what_is_wrong_and_saves_nothing(client, due, sent, field):
    by(client, due.contract, Role.CLERK)
    good = {
        "delivered_at": f"{localtime():%Y-%m-%dT%H:%M}",
        "note": "已报送",
        "returns": 0,
        "token": str(uuid4()),
    }

    answer = client.post(url("due-deliver", due, due.pk), good | sent)

    assert answer.status_code == 422
    assert list(answer.context["steps"][0].form.errors) == [field]
    due.refresh_from_db()
    assert due.status == DueStatus.OPEN
    assert not Document.objects.exists()


def test_a_step_that_is_refused_says_why(client, due):
    by(client, due.contract, Role.SUPERVISOR)

    answer = client.post(url("due-accept", due, due.pk), {"note": ""})

    assert answer.status_code == 422
    assert "This step is not open from here." in answer.text


def test_evidence_kept_to_party_a_is_not_shown_to_party_b(client, due):
    paper = make_document(due.contract, only_party_a=True, title="内部意见")
    due.evidence.add(paper)

    by(client, due.contract, Role.MANAGER)
    to_b = client.get(due.get_absolute_url()).text
    by(client, due.contract, Role.SUPERVISOR)
    to_a = client.get(due.get_absolute_url()).text

    assert paper.title not in to_b
    assert paper.title in to_a


def test_a_day_that_was_counted_anew_shows_both(client, due):
    DueMove.objects.create(
        due=due, was_on=JUNE_1, became_on=JUNE_2, reason="官方日历", at=NOON
    )
    by(client, due.contract, Role.MANAGER)

    page = client.get(due.get_absolute_url()).text

    assert "官方日历" in page
    assert "<del>2026-06-01 Mon</del>" in page


def test_another_contracts_due_is_not_found(client, due):
    ours = make_contract()
    by(client, ours, Role.SUPERVISOR)

    found = {
        client.get(url(name, ours, pk)).status_code
        for name, pk in (
            ("due", due.pk),
            ("obligation", due.obligation_id),
            ("clause", due.obligation.clause_id),
        )
    }

    assert found == {404}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 3),
        ("side=a", 1),
        ("mode=on_event", 1),
        ("rule=r07", 1),
        ("q=培训", 1),
        ("standing=overdue", 1),
        ("standing=waiting", 0),
        ("side=nonsense&clause=99999999999999999999&q=%00", 3),
    ],
)
def test_the_register_is_narrowed(client, query, number):
    contract = make_contract()
    make_due(make_obligation(contract, title="培训", rules=["R07"]), JUNE_1)
    make_obligation(contract, side=Side.A, accepted_by_a=False)
    make_obligation(contract, mode="on_event", due_rule={"event": "damage", "days": 3})
    make_obligation(make_contract())
    by(client, contract, Role.MANAGER)

    answer = client.get(f"{url('obligations', contract)}?{query}")

    assert answer.context["number"] == number


def test_the_register_is_narrowed_to_a_clause(client, due):
    make_obligation(due.contract)
    by(client, due.contract, Role.MANAGER)

    clause = due.obligation.clause_id
    answer = client.get(f"{url('obligations', due)}?clause={clause}")

    assert answer.context["number"] == 1


def test_pages_cost_the_same_with_one_row_and_with_three(client):
    contract = make_contract()
    obligation = make_obligation(contract)
    due = make_due(obligation, JUNE_1)
    by(client, contract, Role.MANAGER)
    pages = [
        url("obligations", contract),
        obligation.get_absolute_url(),
        due.get_absolute_url(),
    ]
    one = [queries(client, page) for page in pages]

    for number in range(2):
        other = make_obligation(contract)
        make_due(other, JUNE_1)
        make_due(obligation, JUNE_1 + number * DAY)
        due.evidence.add(make_document(contract))
    at = now()
    deliver(due, at=at, delivered_at=at)

    assert [queries(client, page) for page in pages] == one
    assert max(one) < 20


def test_of_many_occasions_the_late_ones_come_first(client):
    contract = make_contract()
    obligation = make_obligation(contract)
    for number in range(60):
        make_due(obligation, date(2026, 1, 1) + number * DAY)
        make_due(obligation, date(2999, 1, 1) + number * DAY)
    by(client, contract, Role.MANAGER)

    first = client.get(obligation.get_absolute_url()).context
    after = {"show": "late", "after": first["page"].after}
    rest = client.get(obligation.get_absolute_url(), after).context
    nonsense = client.get(f"{obligation.get_absolute_url()}?show=x&after=~&before=9")

    assert [len(one["page"].rows) for one in (first, rest)] == [50, 10]
    assert first["number"] == 60
    assert nonsense.status_code == 200


# --- What a person tells -------------------------------------------------------------------


def waiting_for(contract, event: str, **given):
    make_year(2026)
    return make_obligation(
        contract, mode="on_event", due_rule={"event": event, **given}
    )


def begin(obligation, **given):
    said = {
        "what": "夜班口头提出",
        "happened_at": NOON,
        "due_on": None,
        "by": make_user(),
        "at": NOON,
    }
    return actions.begin(obligation, **said | given)


def test_what_has_happened_starts_the_clock_once():
    obligation = waiting_for(make_contract(), "oral_opinion", workdays=1)

    due, again = begin(obligation), begin(obligation)

    assert due == again
    assert (due.label, due.due_on) == ("夜班口头提出", date(2026, 6, 2))
    assert due.deadline.count == 1


def test_leave_is_asked_for_ahead_of_the_day():
    obligation = waiting_for(make_contract(), "leave_wanted", workdays=5, before=True)

    due = begin(obligation, happened_at=NOON + timedelta(days=14))

    assert due.due_on == date(2026, 6, 8)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (
            {"event": "oral_opinion", "workdays": 1},
            {"happened_at": NOON + timedelta(1)},
        ),
        ({"event": "rectified", "chosen_by_a": True}, {}),
        ({"event": "rectified", "chosen_by_a": True}, {"due_on": date(2026, 5, 31)}),
        ({"event": "force_majeure", "hours": 24}, {}),
    ],
)
def test_what_is_not_so_starts_nothing(rule, given):
    make_year(2026)
    obligation = make_obligation(make_contract(), mode="on_event", due_rule=rule)

    with pytest.raises(actions.ObligationRefused):
        begin(obligation, **given)

    assert not obligation.dues.exists()


def test_every_event_that_the_contract_waits_for_is_started_by_something():
    sources = [
        path.read_text("utf-8")
        for folder in ("contracts/actions", "contracts/forms", "billing")
        for path in Path(settings.BASE_DIR, folder).glob("*.py")
    ]
    started = {
        Event[name]
        for name in re.findall(r"Event\.([A-Z_]+)", "".join(sources))
        if name in Event.__members__
    }
    file = read_contract(
        Path(settings.BASE_DIR, "contracts/data/yongdinglu-2026.toml")
    ).file

    waited_for = {one.due.event for one in file.obligations if one.due.event}

    assert waited_for - started == set()


def test_a_person_says_what_has_happened_in_the_page(client):
    contract = make_contract()
    obligation = waiting_for(contract, "oral_opinion", workdays=1)
    client.force_login(make_user(contract, Role.SUPERVISOR))
    url = reverse("contracts:obligation-begin", args=[contract.number, obligation.pk])
    form = {
        "token": str(uuid4()),
        "what": "夜班口头提出",
        "happened_at": "2026-06-01T10:00",
        "due_on": "",
    }

    answers = [client.post(url, form) for _time in range(2)]
    refused = client.post(url, form | {"what": ""})

    assert [answer.status_code for answer in answers] == [302, 302]
    assert refused.status_code == 422
    assert obligation.dues.count() == 1
