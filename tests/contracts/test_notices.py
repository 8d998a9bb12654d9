"""Notices: drafted, numbered, served by a route that is proved, and what then runs (十三)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import Role
from contracts.actions import notices as actions
from contracts.actions.notices import NoticeRefused
from contracts.models import (
    Document,
    DocumentKind,
    Due,
    DueStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    Side,
    TransitionRefused,
)
from contracts.rules.calendar import Unit
from contracts.rules.obligations import Event
from contracts.rules.service import Delivery, Route
from tests.contracts.counting import queries
from tests.factories import (
    CHINA,
    NOON,
    make_clause,
    make_contact,
    make_contract,
    make_notice,
    make_obligation,
    make_user,
    make_year,
)

pytestmark = pytest.mark.django_db

ISSUED = NOON
LATER = datetime(2026, 10, 20, 9, tzinfo=CHINA)
SYSTEM = "notices@example.test"


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    contract = make_contract()
    for side in Side:
        make_contact(contract, side, named_system=SYSTEM)
    return contract


def autumn():
    """The calendar around the holiday of October 2026, with its worked Saturday."""
    year = make_year(2026, **{f"m10_0{day}": "国庆节" for day in range(1, 8)})
    year.days.create(day=date(2026, 10, 10), is_workday=True, name="国庆节调休")


def pdf(name="scan.pdf", content=b"%PDF-1.7"):
    return SimpleUploadedFile(name, content)


def told(**given):
    return {"by": make_user(), "at": ISSUED} | given


def issued(contract, at=ISSUED, **given):
    notice = make_notice(contract, **given)
    actions.issue(notice, **told(at=at))
    return notice


def by_hand(at):
    return Delivery(route=Route.BY_HAND, signed_at=at, signed_by="李四")


def by_courier(on):
    return Delivery(route=Route.COURIER, waybill="SF0001", logged_on=on)


def through(system, at):
    return Delivery(route=Route.NAMED_SYSTEM, sent_at=at, sent_to=system, arrived=True)


def serve(notice, delivery, at=LATER):
    actions.serve(notice, delivery=delivery, scan=pdf(), proof=pdf(), **told(at=at))


def on_event(contract, event, side=Side.B, **due):
    return make_obligation(
        contract,
        mode="on_event",
        side=side,
        due_rule={"event": event.value} | due,
        accepted_by_a=False,
    )


# --- Drafting ----------------------------------------------------------------------------


def sign_in(client, contract, role=Role.SUPERVISOR):
    user = make_user(contract, role, demo=True)
    client.force_login(user)
    return user


def url(name, contract, *args):
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def form(contract, **given):
    filled = {
        "kind": "general",
        "clause": make_clause(contract).pk,
        "title": "关于交接班的通知",
        "body": "请按约定办理。",
        "token": uuid4(),
    }
    return filled | given


def codes(response, of="form"):
    return {
        field: [error.code for error in errors]
        for field, errors in response.context[of].errors.as_data().items()
    }


@pytest.mark.parametrize(
    ("role", "side"),
    [(Role.SUPERVISOR, Side.A), (Role.LEADER, Side.A), (Role.MANAGER, Side.B)],
)
def test_a_draft_is_of_the_party_that_writes_it(client, contract, role, side):
    sign_in(client, contract, role)

    response = client.post(url("notice-new", contract), form(contract))

    notice = Notice.objects.get()
    assert response.status_code == 302
    assert (notice.side, notice.status, notice.number) == (side, "draft", "")


def test_the_same_form_twice_is_one_notice(client, contract):
    sign_in(client, contract)
    filled = form(contract)

    answers = [client.post(url("notice-new", contract), filled) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Notice.objects.count() == 1


def tomorrow():
    return localtime().date() + timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"kind": "rectify"}, {"due_on": ["missing"]}),
        ({"kind": "contact"}, {"told": ["missing"]}),
        ({"due_on": tomorrow}, {"due_on": ["not_chosen"]}),
        ({"kind": "rectify", "due_on": "2026-01-01"}, {"due_on": ["past"]}),
        ({"clause": 999_999}, {"clause": ["invalid_choice"]}),
        ({"obligation": 999_999}, {"obligation": ["invalid_choice"]}),
        ({"kind": "nonsense"}, {"kind": ["invalid_choice"]}),
        ({"title": "", "body": ""}, {"title": ["required"], "body": ["required"]}),
        ({"body": "\x00"}, {"body": ["null_characters_not_allowed"]}),
    ],
)
def test_what_a_draft_lacks_is_said_at_its_field(client, contract, given, refused):
    sign_in(client, contract)
    given = {name: one() if callable(one) else one for name, one in given.items()}

    response = client.post(url("notice-new", contract), form(contract, **given))

    assert response.status_code == 422
    assert codes(response) == refused
    assert not Notice.objects.exists()


def test_party_b_does_not_demand(client, contract):
    sign_in(client, contract, Role.MANAGER)

    response = client.post(url("notice-new", contract), form(contract, kind="rectify"))

    assert codes(response) == {"kind": ["invalid_choice"]}


def test_a_draft_is_changed_and_an_issued_notice_is_not(client, contract):
    notice = make_notice(contract)
    sign_in(client, contract)
    page = url("notice-edit", contract, notice.pk)

    changed = client.post(page, form(contract, title="改过的"))
    actions.issue(Notice.objects.get(), **told())
    refused = client.post(page, form(contract, title="再改"))

    assert [changed.status_code, refused.status_code] == [302, 422]
    assert Notice.objects.get().title == "改过的"
    assert "what it says stands" in refused.text


def test_a_draft_that_was_issued_meanwhile_is_not_amended(contract):
    open_elsewhere = make_notice(contract)
    actions.issue(Notice.objects.get(), **told())

    with pytest.raises(TransitionRefused):
        actions.amend(
            open_elsewhere,
            kind=NoticeKind.GENERAL,
            clause=open_elsewhere.clause,
            title="改",
            body="改",
            **told(),
        )

    assert Notice.objects.get().title == open_elsewhere.title != "改"


# --- Issuing -----------------------------------------------------------------------------


def test_a_number_is_of_the_year_and_the_party(contract):
    next_year = datetime(2027, 1, 4, 9, tzinfo=CHINA)

    numbers = [
        issued(contract).number,
        issued(contract).number,
        issued(contract, side=Side.B).number,
        issued(contract, at=next_year).number,
        issued(contract, at=datetime(2026, 12, 31, 23, 59, tzinfo=CHINA)).number,
    ]

    assert numbers == [
        "甲方函〔2026〕1号",
        "甲方函〔2026〕2号",
        "乙方函〔2026〕1号",
        "甲方函〔2027〕1号",
        "甲方函〔2026〕3号",
    ]


def test_it_is_addressed_to_the_contact_of_the_other_party_that_holds(contract):
    old = contract.contacts.get(side=Side.B)
    make_contact(contract, Side.B, holds_from=date(2026, 6, 2))
    make_contact(contract, Side.B, holds_from=None, changed_at=NOON)

    assert issued(contract).contact == old
    assert issued(contract, at=NOON + timedelta(days=1)).contact != old
    assert issued(contract, side=Side.B).contact.side == Side.A


def test_without_a_contact_there_is_nowhere_to_send_it():
    notice = make_notice(make_contract())

    with pytest.raises(NoticeRefused, match="No contact of Party B holds today"):
        actions.issue(notice, **told())

    assert Notice.objects.get().status == NoticeStatus.DRAFT


@pytest.mark.django_db(transaction=True)
def test_two_notices_issued_at_once_have_two_numbers(contract):
    by, barrier = make_user(), Barrier(2)

    def issue(notice):
        try:
            barrier.wait()
            actions.issue(notice, by=by, at=ISSUED)
        finally:
            connection.close()

    for _round in range(5):
        pair = [make_notice(contract), make_notice(contract)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(issue, pair))

    serials = Notice.objects.order_by("serial").values_list("serial", flat=True)
    assert list(serials) == list(range(1, 11))


@pytest.mark.django_db(transaction=True)
def test_one_notice_issued_twice_at_once_has_one_number(contract):
    by, barrier = make_user(), Barrier(2)
    pk = make_notice(contract).pk

    def issue(notice):
        try:
            barrier.wait()
            actions.issue(notice, by=by, at=ISSUED)
        except TransitionRefused:
            return "refused"
        finally:
            connection.close()
        return "issued"

    with ThreadPoolExecutor(2) as threads:
        pair = [Notice.objects.get(pk=pk) for _ in range(2)]
        done = sorted(threads.map(issue, pair))

    assert done == ["issued", "refused"]


# --- Being served ------------------------------------------------------------------------

SIGNED = datetime(2026, 6, 3, 16, 40, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("delivery", "on", "at"),
    [
        (by_hand(SIGNED), date(2026, 6, 3), SIGNED),
        (by_courier(date(2026, 6, 4)), date(2026, 6, 4), None),
        (through(SYSTEM, SIGNED), date(2026, 6, 3), SIGNED),
        (through(f" {SYSTEM.upper()} ", SIGNED), date(2026, 6, 3), SIGNED),
    ],
    ids=["by hand", "by courier", "through what is named", "written otherwise"],
)
def test_each_route_serves_at_its_own_moment(contract, delivery, on, at):
    notice = issued(contract)

    serve(notice, delivery)

    notice = Notice.objects.get()
    assert (notice.status, notice.route) == ("served", delivery.route)
    assert (notice.served_on, notice.served_at) == (on, at)
    assert notice.delivery == delivery
    papers = [(paper.kind, paper.clause) for paper in (notice.scan, notice.proof)]
    assert papers == [
        (DocumentKind.NOTICE, notice.clause),
        (DocumentKind.PROOF, notice.clause),
    ]


@pytest.mark.parametrize(
    ("delivery", "named"),
    [
        (Delivery(route=Route.BY_HAND), "signed for at, signed for by"),
        (Delivery(route=Route.BY_HAND, signed_at=SIGNED), "signed for by"),
        (Delivery(route=Route.COURIER), "waybill, courier's log, signed on"),
        (Delivery(route=Route.COURIER, waybill="1"), "courier's log, signed on"),
        (
            Delivery(route=Route.NAMED_SYSTEM),
            "sent at, mailbox or system, sending reported as successful",
        ),
        (
            Delivery(route=Route.NAMED_SYSTEM, sent_at=SIGNED, sent_to=SYSTEM),
            "sending reported as successful",
        ),
    ],
)
def test_what_is_not_known_of_the_way_is_named(contract, delivery, named):
    notice = issued(contract)

    with pytest.raises(
        NoticeRefused, match=rf"\(第十三条\)\. Not known yet: {named}\.$"
    ):
        serve(notice, delivery)

    assert Notice.objects.get().status == NoticeStatus.ISSUED
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (by_hand(LATER + timedelta(minutes=1)), "has not come yet"),
        (by_courier(date(2026, 10, 21)), "has not come yet"),
        (by_courier(date(2026, 5, 31)), "issued on 2026-06-01 Mon and cannot"),
        (through("other@example.test", SIGNED), "The other party has named notices@"),
    ],
)
def test_what_cannot_be_is_refused_with_words(contract, delivery, said):
    notice = issued(contract)

    with pytest.raises(NoticeRefused, match=said):
        serve(notice, delivery)

    assert Notice.objects.get().status == NoticeStatus.ISSUED
    assert not Document.objects.exists()


def test_a_system_that_nobody_named_is_no_route(contract):
    contract.contacts.update(named_system="")
    notice = issued(contract)

    with pytest.raises(NoticeRefused, match="names no mailbox or system"):
        serve(notice, through(SYSTEM, SIGNED))


def test_a_draft_is_not_served_and_a_served_notice_not_again(contract):
    draft, served = make_notice(contract), issued(contract)
    serve(served, by_hand(SIGNED))

    for notice in (draft, served):
        with pytest.raises(TransitionRefused):
            serve(notice, by_hand(SIGNED))

    assert Document.objects.count() == 2


def served_form(**given):
    moment = localtime(now() - timedelta(minutes=5))
    return {
        "route": "by_hand",
        "signed_at": f"{moment:%Y-%m-%dT%H:%M}",
        "signed_by": "李四",
        "waybill": "of another route",
        "scan": pdf(),
        "proof": pdf("receipt.png", b"\x89PNG\r\n\x1a\n"),
    } | given


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"proof": ""}, {"proof": ["required"]}),
        ({"scan": ""}, {"scan": ["required"]}),
        ({"scan": pdf("scan.pdf", b"MZ")}, {"scan": ["refused"]}),
        ({"route": ""}, {"route": ["required"]}),
        ({"route": "by_message"}, {"route": ["invalid_choice"]}),
        ({"signed_by": "", "signed_at": "never"}, {
            "signed_by": ["missing"], "signed_at": ["invalid"],
        }),
        ({"route": "courier", "waybill": ""}, {
            "waybill": ["missing"], "logged_on": ["missing"],
        }),
        ({"route": "named_system"}, {
            "sent_at": ["missing"], "sent_to": ["missing"], "arrived": ["missing"],
        }),
    ],
)  # fmt: skip
def test_what_its_form_lacks_is_said_at_the_field(client, contract, given, refused):
    notice = issued(contract, at=now() - timedelta(hours=1))
    sign_in(client, contract)

    response = client.post(
        url("notice-serve", contract, notice.pk), served_form(**given)
    )

    assert response.status_code == 422
    assert codes(response, "serve") == refused
    assert Notice.objects.get().status == NoticeStatus.ISSUED
    assert not Document.objects.exists()


def test_the_form_serves_once(client, contract):
    notice = issued(contract, at=now() - timedelta(hours=1))
    sign_in(client, contract)
    page = url("notice-serve", contract, notice.pk)

    first, second = (client.post(page, served_form()) for _time in range(2))

    assert [first.status_code, second.status_code] == [302, 422]
    assert "This step is not open from here." in second.text
    notice.refresh_from_db()
    assert (notice.status, notice.waybill) == ("served", "")
    assert Document.objects.count() == 2


# --- Clocks ------------------------------------------------------------------------------

BEFORE_HOLIDAY = datetime(2026, 9, 30, 17, tzinfo=CHINA)


@pytest.mark.parametrize(
    "delivery", [by_hand(BEFORE_HOLIDAY), by_courier(BEFORE_HOLIDAY.date())]
)
def test_what_it_asks_for_is_counted_from_the_day_of_service(contract, delivery):
    autumn()
    owed = on_event(contract, Event.TASK_GIVEN, workdays=3)
    notice = issued(contract, obligation=owed)  # on 1 June

    serve(notice, delivery)

    due = notice.dues.get()
    assert (due.obligation, due.status) == (owed, DueStatus.OPEN)
    assert due.due_on == date(2026, 10, 10)  # a Saturday, worked in lieu
    assert due.deadline.start_on == date(2026, 9, 30)
    assert due.label == notice.number


@pytest.mark.parametrize("way", ["drafted", "issued", "withdrawn"])
def test_nothing_runs_before_it_is_served(contract, way):
    autumn()
    owed = on_event(contract, Event.TASK_GIVEN, workdays=3)
    notice = make_notice(contract, obligation=owed)
    if way != "drafted":
        actions.issue(notice, **told())
    if way == "withdrawn":
        actions.withdraw(notice, reason="写错了", **told())

    assert not Due.objects.exists()


def test_a_demand_is_due_on_the_day_that_party_a_chose(contract):
    autumn()
    rectify = on_event(contract, Event.DEMAND, chosen_by_a=True)
    notice = issued(contract, kind=NoticeKind.RECTIFY, due_on=date(2026, 6, 10))

    serve(notice, by_hand(SIGNED))

    due = notice.dues.get()
    assert (due.obligation, due.due_on) == (rectify, date(2026, 6, 10))
    assert (due.deadline.start_on, due.deadline.count) == (SIGNED.date(), 7)


def test_party_a_sets_the_day_of_the_handover_by_a_notice(client, contract):
    handed_over = on_event(contract, Event.CONTRACT_ENDED, chosen_by_a=True)
    sign_in(client, contract, Role.SUPERVISOR)

    client.post(
        url("notice-new", contract),
        form(contract, obligation=handed_over.pk, due_on="2027-05-06"),
    )
    notice = Notice.objects.get()
    actions.issue(notice, **told(at=SIGNED))
    serve(notice, by_hand(SIGNED), at=SIGNED)

    due = handed_over.dues.get()
    assert (due.notice, due.due_on) == (notice, date(2027, 5, 6))


def test_what_was_due_before_it_was_served_is_asked_anew(contract):
    notice = issued(contract, kind=NoticeKind.RECTIFY, due_on=date(2026, 6, 2))

    with pytest.raises(NoticeRefused, match="by 2026-06-02 Tue and was served after"):
        serve(notice, by_hand(SIGNED))


def test_a_demand_to_replace_gives_twenty_days_and_rolls_on(contract):
    make_year(2026, m06_19="端午节")
    replace = on_event(contract, Event.REPLACEMENT_ASKED, days=20)
    notice = issued(contract, kind=NoticeKind.REPLACE, obligation=replace)

    serve(notice, by_hand(NOON))  # on 1 June; the 21st is a Sunday

    due = notice.dues.get()
    assert (due.due_on, due.deadline.nominal_on) == (
        date(2026, 6, 22),
        date(2026, 6, 21),
    )
    assert due.deadline.unit is Unit.DAYS


def test_the_proof_that_is_owed_has_come_with_the_serving(contract):
    autumn()
    proof = on_event(contract, Event.NOTICE_SERVED, side=Side.A, workdays=2)
    answer = on_event(contract, Event.NOTICE_SERVED, workdays=5)
    notice = issued(contract)

    serve(notice, by_hand(SIGNED))  # recorded in October

    due = Due.objects.get(obligation=proof)
    assert due.status == DueStatus.DELIVERED
    assert set(due.evidence.all()) == {notice.scan, notice.proof}
    assert due.delivered_at == LATER
    assert due.late_by
    assert Due.objects.get(obligation=answer).status == DueStatus.OPEN


def test_without_a_calendar_it_is_served_all_the_same(contract):
    owed = on_event(contract, Event.TASK_GIVEN, workdays=3)
    notice = issued(contract, obligation=owed)

    serve(notice, by_hand(SIGNED))

    assert notice.dues.get().missing_year == 2026


# --- Withdrawing -------------------------------------------------------------------------


def test_it_is_withdrawn_with_a_reason_until_it_is_served(client, contract):
    draft, sent, served = (
        make_notice(contract),
        issued(contract),
        issued(contract),
    )
    serve(served, by_hand(SIGNED))
    sign_in(client, contract)

    statuses = [
        client.post(
            url("notice-withdraw", contract, notice.pk), {"reason": "写错了"}
        ).status_code
        for notice in (draft, sent, served)
    ]
    without = client.post(url("notice-withdraw", contract, sent.pk), {"reason": ""})

    assert statuses == [302, 302, 422]
    assert codes(without, "withdraw") == {"reason": ["required"]}
    assert "写错了" in client.get(sent.get_absolute_url()).text
    assert issued(contract).serial == 3  # a number is not given twice


# --- Who sees it -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "own", "other"),
    [
        (Side.A, Role.HANDLER, Role.MANAGER),
        (Side.A, Role.SUPERVISOR, Role.CLERK),
        (Side.B, Role.AGENT, Role.SUPERVISOR),
        (Side.B, Role.MANAGER, Role.LEADER),
    ],
)
def test_a_draft_is_its_own_partys(client, contract, side, own, other):
    notice = make_notice(contract, side=side)
    page = notice.get_absolute_url()

    def seen_by(role):
        sign_in(client, contract, role)
        listed = client.get(url("notices", contract)).context["page"].rows
        return client.get(page).status_code, listed == [notice]

    assert seen_by(own) == (200, True)
    assert seen_by(other) == (404, False)
    actions.issue(notice, **told())
    assert seen_by(other) == (200, True)


def test_the_other_party_sees_no_draft_in_what_happened(client, contract):
    sign_in(client, contract)
    client.post(url("notice-new", contract), form(contract))
    notice = Notice.objects.get()
    actions.issue(notice, **told(at=now()))
    titles = {}
    for role in (Role.SUPERVISOR, Role.MANAGER):
        sign_in(client, contract, role)
        events = client.get(notice.get_absolute_url()).context["events"]
        titles[role] = [event["title"] for event in events]

    assert titles == {
        Role.SUPERVISOR: ["Issued", "Draft"],
        Role.MANAGER: ["Issued"],
    }


@pytest.mark.parametrize("step", ["edit", "issue", "serve", "withdraw"])
def test_nobody_moves_a_notice_of_the_other_party(client, contract, step):
    notice = issued(contract, side=Side.B)
    sign_in(client, contract, Role.SUPERVISOR)

    response = client.post(url(f"notice-{step}", contract, notice.pk), served_form())

    assert response.status_code == 404


def test_the_page_says_that_it_is_no_notice_itself(client, contract):
    notice = issued(contract)
    sign_in(client, contract, Role.MANAGER)

    page = client.get(notice.get_absolute_url()).text

    assert "This page is not a notice" in page
    assert "Record that it was served" not in page


def test_a_served_notice_shows_why_each_due_is_that_day(client, contract):
    autumn()
    owed = on_event(contract, Event.TASK_GIVEN, workdays=3)
    notice = issued(contract, obligation=owed)
    serve(notice, by_hand(BEFORE_HOLIDAY))
    sign_in(client, contract, Role.MANAGER)

    page = client.get(notice.get_absolute_url()).text

    for said in ("2026-10-10 Sat", "Why this day?", "国庆节", owed.clause.ref):
        assert said in page


# --- The list ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"one", "two", "three"}),
        ("?side=b", {"three"}),
        ("?kind=damage", {"two"}),
        ("?status=draft", {"two"}),
        ("?q=1", {"one", "three"}),  # by its number
        ("?q=二号楼", {"two"}),
        ("?q=99999999999999999999&side=a", set()),
        ("?q=%C2%B2&after=~&before=x&clause=1&clause=2&side=c", None),
    ],
)
def test_the_list_is_narrowed(client, contract, query, found):
    notices = {
        "one": issued(contract, title="检查"),
        "two": make_notice(contract, kind="damage", title="设备", body="二号楼"),
        "three": issued(contract, side=Side.B, title="申请"),
    }
    sign_in(client, contract)

    response = client.get(url("notices", contract) + query)

    assert response.status_code == 200
    if found is not None:
        rows = set(response.context["page"].rows)
        assert rows == {notices[name] for name in found}


def test_the_list_costs_the_same_for_three(client, contract):
    sign_in(client, contract)
    issued(contract)
    one = queries(client, url("notices", contract))
    issued(contract)
    make_notice(contract)

    assert queries(client, url("notices", contract)) == one


def test_a_page_costs_the_same_for_three_dues(client, contract):
    autumn()
    sign_in(client, contract)
    costs = []
    for owed in (1, 2):
        for _time in range(owed):
            on_event(contract, Event.NOTICE_SERVED, workdays=3)
        notice = issued(contract)
        serve(notice, by_hand(SIGNED))
        costs.append(queries(client, notice.get_absolute_url()))

    assert costs[0] == costs[1]
