"""Where the parties are written to: the old contact holds until the new one is told (十三)."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localtime, now

from accounts.roles import Role
from contracts.actions import contacts, notices
from contracts.actions.notices import NoticeRefused
from contracts.models import Contact, Due, DueStatus, NoticeKind, NoticeStatus, Side
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

MOVED = datetime(2026, 9, 30, 22, 30, tzinfo=CHINA)
SERVED = MOVED + timedelta(hours=70)


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    contract = make_contract()
    make_year(2026)
    for side in Side:
        make_contact(contract, side)
        make_obligation(
            contract,
            mode="on_event",
            side=side,
            due_rule={"event": "contact_changed", "hours": 72},
            accepted_by_a=False,
        )
    return contract


def change(contract, side=Side.B, **given):
    defaults = {
        "person": "李四",
        "telephone": "13800000001",
        "address": "新街9号",
        "postcode": "",
        "named_system": "",
        "changed_at": MOVED,
        "token": uuid4(),
        "by": make_user(),
        "at": MOVED + timedelta(hours=1),
    }
    return contacts.change(contract, side=side, **defaults | given)


def notice_of(contact):
    drafted = notices.draft(
        contact.contract,
        side=Side(contact.side),
        kind=NoticeKind.CONTACT,
        clause=make_clause(contact.contract),
        title="关于联系方式变更的通知",
        body="联系方式变更如下。",
        told=contact,
        token=uuid4(),
        by=make_user(),
        at=MOVED + timedelta(hours=2),
    )
    notices.issue(drafted, by=make_user(), at=MOVED + timedelta(hours=3))
    return drafted


def serve(notice, at=SERVED, delivery=None):
    paper = SimpleUploadedFile("scan.pdf", b"%PDF-1.7")
    proof = SimpleUploadedFile("proof.pdf", b"%PDF-1.7")
    delivery = delivery or Delivery(route=Route.BY_HAND, signed_at=at, signed_by="王五")
    notices.serve(
        notice, delivery=delivery, scan=paper, proof=proof, by=make_user(), at=at
    )


def holds(contract, day, side=Side.B):
    return Contact.objects.of(contract).filter(side=side).on(day).get()


# --- 72 hours ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", Side)
def test_the_party_that_has_moved_has_72_hours_to_tell(contract, side):
    contact = change(contract, side)

    due = Due.objects.get()
    assert (due.contact, due.obligation.side) == (contact, side)
    assert due.due_at == datetime(2026, 10, 3, 22, 30, tzinfo=CHINA)
    assert due.status == DueStatus.OPEN


def test_the_same_form_twice_is_one_change(contract):
    token = uuid4()

    assert change(contract, token=token) == change(contract, token=token)

    assert Due.objects.count() == 1


@pytest.mark.parametrize(("hours", "late"), [(72, None), (73, timedelta(hours=1))])
def test_telling_is_done_when_the_notice_is_served(contract, hours, late):
    notice = notice_of(change(contract))
    served_at = MOVED + timedelta(hours=hours)

    serve(notice, served_at)

    due = Due.objects.get()
    assert (due.status, due.delivered_at) == (DueStatus.DELIVERED, served_at)
    assert due.late_by == late
    assert set(due.evidence.all()) == {notice.scan, notice.proof}


# --- The old one holds until the new one is told --------------------------------------------


def test_the_old_contact_holds_until_a_notice_of_the_new_one_is_served(contract):
    old = holds(contract, NOON.date())
    new = change(contract)
    notice = notice_of(new)
    assert holds(contract, date(2027, 1, 1)) == old

    serve(notice)  # on 3 October

    assert holds(contract, date(2026, 10, 2)) == old
    assert holds(contract, date(2026, 10, 3)) == new
    assert holds(contract, date(2026, 10, 3), Side.A).side == Side.A


def test_a_notice_sent_meanwhile_goes_to_the_old_contact(contract):
    old = holds(contract, NOON.date())
    change(contract)
    notice = make_notice(contract)

    notices.issue(notice, by=make_user(), at=MOVED + timedelta(days=1))

    assert notice.contact == old


def test_by_courier_it_holds_from_the_day_of_the_log(contract):
    new = change(contract, changed_at=MOVED + timedelta(hours=16))
    notice = notice_of(new)
    log = Delivery(route=Route.COURIER, waybill="SF1", logged_on=date(2026, 10, 1))

    serve(notice, delivery=log)

    new.refresh_from_db()
    assert new.holds_from == date(2026, 10, 1)
    assert Due.objects.get().delivered_at == new.changed_at  # not at noon before it


def test_one_notice_tells_of_a_change(contract):
    new = change(contract)
    notice_of(new)

    with pytest.raises(NoticeRefused, match="Another notice tells of this change"):
        notice_of(new)


def test_a_withdrawn_notice_leaves_the_change_to_be_told(contract):
    new = change(contract)
    notice = notice_of(new)

    notices.withdraw(notice, reason="地址写错", by=make_user(), at=SERVED)

    assert notice.status == NoticeStatus.WITHDRAWN
    assert list(Contact.objects.to_be_told()) == [new]
    serve(notice_of(new))
    assert holds(contract, SERVED.date()) == new


def test_two_contacts_do_not_begin_on_one_day(contract):
    first, second = notice_of(change(contract)), notice_of(change(contract))
    serve(first)

    with pytest.raises(NoticeRefused, match="Another contact holds from that day"):
        serve(second)

    assert second.status == NoticeStatus.ISSUED


def test_the_other_partys_change_is_not_told(contract):
    theirs = change(contract, Side.A)

    with pytest.raises(NoticeRefused):
        notices.draft(
            contract,
            side=Side.B,
            kind=NoticeKind.CONTACT,
            clause=make_clause(contract),
            title="变更",
            body="变更",
            told=theirs,
            token=uuid4(),
            by=make_user(),
            at=SERVED,
        )


# --- The pages ---------------------------------------------------------------------------


def url(name, contract):
    return reverse(f"contracts:{name}", args=[contract.number])


def sign_in(client, contract, role=Role.MANAGER):
    client.force_login(make_user(contract, role, demo=True))


def form(**given):
    moment = localtime(now() - timedelta(hours=2))
    return {
        "address": "新街9号",
        "person": "李四",
        "telephone": "13800000001",
        "changed_at": f"{moment:%Y-%m-%dT%H:%M}",
        "token": uuid4(),
    } | given


@pytest.mark.parametrize(
    ("role", "side"), [(Role.MANAGER, Side.B), (Role.SUPERVISOR, Side.A)]
)
def test_a_change_is_of_ones_own_party(client, contract, role, side):
    sign_in(client, contract, role)
    filled = form()

    answers = [client.post(url("contact-new", contract), filled) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Contact.objects.get(holds_from=None).side == side


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"address": ""}, {"address": ["required"]}),
        ({"changed_at": "2099-01-01T00:00"}, {"changed_at": ["future"]}),
        ({"changed_at": "2026-04-20T23:59"}, {"changed_at": ["too_early"]}),
    ],
)
def test_what_cannot_be_is_said_at_the_field(client, contract, given, refused):
    sign_in(client, contract)

    response = client.post(url("contact-new", contract), form(**given))

    found = response.context["form"].errors.as_data()
    assert response.status_code == 422
    assert {field: [e.code for e in errors] for field, errors in found.items()} == (
        refused
    )


def test_what_changes_nothing_is_no_change(client, contract):
    old = holds(contract, NOON.date())
    sign_in(client, contract)
    same = {"address": old.address, "person": old.person, "telephone": old.telephone}

    response = client.post(url("contact-new", contract), form(**same))

    assert response.status_code == 422
    assert "Nothing differs from the contact that holds." in response.text


def test_the_draft_names_the_change(client, contract):
    sign_in(client, contract)
    client.post(url("contact-new", contract), form())
    new = Contact.objects.get(holds_from=None)
    there = f"{url('notice-new', contract)}?kind=contact&told={new.pk}"

    assert there.replace("&", "&amp;") in client.get(url("contacts", contract)).text
    blank = client.get(there).context["form"]
    assert (blank["kind"].value(), blank["told"].value()) == ("contact", str(new.pk))
    response = client.post(
        there,
        {
            "kind": "contact",
            "told": new.pk,
            "clause": make_clause(contract).pk,
            "title": "变更",
            "body": "变更",
            "token": uuid4(),
        },
    )

    new.refresh_from_db()
    assert response.url == new.notice.get_absolute_url()


def test_a_change_is_not_shown_to_the_other_party_before_it_is_told(client, contract):
    new = change(contract)
    notice = notice_of(new)

    def seen_by(role):
        sign_in(client, contract, role)
        return new.address in client.get(url("contacts", contract)).text

    assert (seen_by(Role.MANAGER), seen_by(Role.SUPERVISOR)) == (True, False)
    serve(notice)
    assert seen_by(Role.SUPERVISOR)


def test_contacts_stand_in_their_order(client, contract):
    old = holds(contract, NOON.date())
    serve(notice_of(change(contract)))
    new = holds(contract, SERVED.date())
    waiting = change(contract, address="将来街1号")
    sign_in(client, contract)

    sides = dict(client.get(url("contacts", contract)).context["sides"])

    assert [(line.contact, line.until) for line in sides[Side.B]] == [
        (waiting, None),
        (new, None),
        (old, SERVED.date()),
    ]


def test_the_page_costs_the_same_for_three(client, contract):
    sign_in(client, contract)
    change(contract)
    one = queries(client, url("contacts", contract))
    change(contract)
    notice_of(change(contract))

    assert queries(client, url("contacts", contract)) == one
