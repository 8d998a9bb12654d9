"""Reminders: who is told what and when, and what of it is on record."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import get_default_timezone

from accounts import messages
from accounts.messages import MessageRefused, Reminder
from accounts.models import (
    Channel,
    Delivery,
    DeliveryOutcome,
    Message,
    MessageState,
    User,
)
from accounts.roles import Role
from accounts.rules import MOST_TRIES, next_digest, quiet, repeats, wait_after
from contracts.models import Membership
from contracts.rules.calendar import BEIJING, WorkCalendar
from contracts.rules.reminders import reached
from tests.factories import NOON, make_contract, make_message, make_user

pytestmark = pytest.mark.django_db

HERE = get_default_timezone()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MORNING = datetime(2026, 6, 1, 0, 5, tzinfo=HERE)  # a Monday, when the planner runs
DIGEST = datetime(2026, 6, 1, 8, 30, tzinfo=HERE)
NIGHT = datetime(2026, 6, 1, 23, 0, tzinfo=HERE)
MAIL = "zhangsan@example.cn"
LIST = reverse("accounts:messages")


@pytest.fixture(autouse=True)
def _by_mail(settings: Any) -> None:
    settings.MESSAGE_BY_MAIL = True
    settings.SITE_URL = ""


@pytest.fixture
def reader(db: None) -> User:
    return make_user(name="张三", email=MAIL)


def reminder(user: User, **given: Any) -> Reminder:
    defaults = {
        "about": "test.due:1",
        "step": "at",
        "template": "Thing %(name)s is due",
        "params": {"name": "月报"},
        "url": LIST,
    }
    return Reminder(user=user, **defaults | given)


def owe(user: User, *, at: datetime = MORNING, **given: Any) -> Message:
    messages.owe([reminder(user, **given)], at=at)
    return Message.objects.latest("pk")


def states(user: User) -> list[tuple[str, str]]:
    return [(one.step, one.state) for one in user.messages.order_by("pk")]


def mailed() -> list[tuple[list[str], int]]:
    """Return to whom mails went, and how many messages stood in each."""
    return [(one.to, one.body.count("Thing")) for one in mail.outbox]


# --- The hours ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [
        (time(20, 59, 59), False),
        (time(21), True),
        (time(0), True),
        (time(6, 59, 59), True),
        (time(7), False),
        (time(12), False),
    ],
)
def test_the_quiet_hours_go_over_midnight(clock, is_quiet):
    at = datetime.combine(date(2026, 6, 1), clock)

    assert quiet(at, starts=time(21), ends=time(7)) == is_quiet


@pytest.mark.parametrize(
    ("clock", "is_quiet"), [(time(11), False), (time(12), True), (time(13), False)]
)
def test_quiet_hours_may_lie_within_a_day(clock, is_quiet):
    at = datetime.combine(date(2026, 6, 1), clock)

    assert quiet(at, starts=time(12), ends=time(13)) == is_quiet


def test_the_same_moment_twice_means_no_quiet_hours():
    assert not quiet(datetime(2026, 6, 1, 7, tzinfo=HERE), starts=time(7), ends=time(7))


@pytest.mark.parametrize(
    ("clock", "day"), [(time(8, 29), 1), (time(8, 30), 1), (time(8, 31), 2)]
)
def test_what_comes_after_the_daily_mail_goes_with_the_next(clock, day):
    made = datetime.combine(date(2026, 6, 1), clock, HERE)

    assert next_digest(made, digest_at=time(8, 30)) == datetime(
        2026, 6, day, 8, 30, tzinfo=HERE
    )


def test_pauses_never_shrink():
    pauses = [wait_after(tries) for tries in range(1, MOST_TRIES + 1)]

    assert pauses == sorted(pauses)


@pytest.mark.parametrize(
    ("step", "again"),
    [
        ("before_3", False),
        ("before_1", False),
        ("at", False),
        ("after_1", False),
        ("after_2", True),
        ("after_10", True),
    ],
)
def test_only_days_of_lateness_repeat_one_another(step, again):
    assert repeats(step) == again


# --- Owed ---------------------------------------------------------------------------------


def test_a_planner_that_runs_twice_writes_once(reader):
    wanted = [reminder(reader), reminder(reader, about="test.due:2")]

    new = [messages.owe(wanted, at=MORNING + n * MINUTE) for n in range(2)]

    assert new == [2, 0]
    assert reader.messages.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_write_once():
    people = [make_user() for _n in range(5)]

    at_once(lambda: messages.owe([reminder(one) for one in people], at=MORNING))

    assert Message.objects.count() == 5


def test_a_later_step_takes_the_place_of_one_that_still_waits(reader):
    owe(reader, step="before_1")
    owe(reader, step="at", at=MORNING + DAY)

    assert states(reader) == [
        ("before_1", MessageState.WITHDRAWN),
        ("at", MessageState.WAITING),
    ]


def test_of_several_steps_at_once_the_last_one_is_said(reader):
    steps = ["before_3", "before_1", "at"]

    messages.owe([reminder(reader, step=step) for step in steps], at=MORNING)

    assert states(reader) == [("at", MessageState.WAITING)]


def test_who_knows_that_something_is_late_is_not_told_so_again(reader):
    other = make_user()
    said = owe(reader, step="after_1")
    messages.acknowledge(said, by=reader, at=MORNING)

    for person in (reader, other):
        owe(person, step="after_2", at=MORNING + DAY)

    assert states(reader) == [("after_1", MessageState.ACKNOWLEDGED)]
    assert states(other) == [("after_2", MessageState.WAITING)]


def test_who_knows_that_something_is_due_is_told_when_it_is_late(reader):
    messages.acknowledge(owe(reader, step="at"), by=reader, at=MORNING)

    owe(reader, step="after_1", at=MORNING + DAY)

    assert states(reader) == [
        ("at", MessageState.ACKNOWLEDGED),
        ("after_1", MessageState.WAITING),
    ]


def test_what_is_settled_is_withdrawn_and_nothing_beside_it(reader):
    for about in ("test.due:1", "test.due:1:2026-06-01", "test.due:12"):
        owe(reader, about=about)
    read = owe(reader, about="test.due:1:2026-05-01")
    messages.acknowledge(read, by=reader, at=MORNING)

    assert messages.withdraw("test.due:1", at=MORNING) == 2

    waiting = Message.objects.waiting(reader)
    assert [one.about for one in waiting] == ["test.due:12"]


def test_nothing_named_withdraws_nothing(reader):
    owe(reader)

    assert messages.withdraw(at=MORNING) == 0


def test_what_is_not_open_any_more_is_withdrawn_by_its_kind(reader):
    contract = make_contract()
    Membership.objects.create(
        contract=contract, user=reader, role=Role.AGENT, cleared_at=NOON
    )
    for about in ("test.due:1", "test.due:2", "test.stage:1"):
        owe(reader, about=about, contract_number=contract.number)
    owe(reader, about="test.due:3")  # of no contract

    withdrawn = messages.keep_only(
        "test.due", ["test.due:1"], contract_number=contract.number, at=MORNING
    )

    assert withdrawn == 1
    waiting = Message.objects.waiting(reader).order_by("pk")
    assert [one.about for one in waiting] == [
        "test.due:1",
        "test.stage:1",
        "test.due:3",
    ]


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/"])
def test_a_message_leads_to_a_page_of_ours_alone(reader, url):
    with pytest.raises(IntegrityError, match="message_leads_to_a_page_of_ours"):
        owe(reader, url=url)


def test_a_message_is_written_in_the_language_of_its_reader(reader):
    message = make_message(reader, template="Saturday", params={})

    with translation.override("zh-hans"):
        assert message.text == "星期六"  # one of Django's own words


# --- On the page ---------------------------------------------------------------------------


def test_what_waits_is_recorded_as_delivered_once(reader):
    owe(reader)

    delivered = [messages.deliver_in_app(at=MORNING + n * MINUTE) for n in range(2)]

    assert delivered == [1, 0]
    found = Delivery.objects.get()
    assert (found.channel, found.outcome) == (Channel.IN_APP, DeliveryOutcome.SENT)


# --- By mail ---------------------------------------------------------------------------------


def test_everything_a_person_is_owed_is_in_one_mail(reader, settings):
    settings.SITE_URL = "https://contract.example.cn"
    contract = make_contract()
    Membership.objects.create(
        contract=contract, user=reader, role=Role.AGENT, cleared_at=NOON
    )
    owe(reader, contract_number=contract.number, due_at=DIGEST)
    owe(reader, about="test.due:2")

    assert messages.deliver_mail(at=DIGEST - MINUTE) == 0
    assert messages.deliver_mail(at=DIGEST) == 1

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([MAIL], "2 messages wait for you")
    assert sent.body.splitlines()[:7] == [
        "Thing 月报 is due",
        contract.number,
        "Due 2026-06-01 Mon 08:30",
        f"https://contract.example.cn{LIST}",
        "",
        "Thing 月报 is due",
        f"https://contract.example.cn{LIST}",
    ]
    assert Delivery.objects.filter(channel=Channel.MAIL).count() == 2


def test_a_mail_links_to_nothing_where_no_address_is_known(reader):
    owe(reader)

    messages.deliver_mail(at=DIGEST)

    assert "http" not in mail.outbox[0].body
    assert LIST not in mail.outbox[0].body


def test_there_is_one_daily_mail_a_day(reader):
    owe(reader)
    messages.deliver_mail(at=DIGEST)
    owe(reader, about="test.due:2", at=DIGEST + MINUTE)
    make_message(reader, next_try_at=DIGEST)  # planned late, by a slow planner

    for hour in range(24):
        messages.deliver_mail(at=DIGEST + timedelta(hours=hour))
    assert mailed() == [([MAIL], 1)]

    messages.deliver_mail(at=DIGEST + DAY)
    assert mailed() == [([MAIL], 1), ([MAIL], 2)]


def test_what_is_urgent_goes_at_once_and_in_the_night_too(reader):
    owe(reader, at=NIGHT - DAY)
    owe(reader, about="test.due:2", urgent=True, at=NIGHT)

    messages.deliver_mail(at=NIGHT)

    assert mailed() == [([MAIL], 1)]
    assert mail.outbox[0].subject == "Urgent: 1 message waits for you"


@pytest.mark.parametrize(
    ("clock", "mails"),
    [(time(20, 59), 1), (time(21), 0), (time(6, 59), 0), (time(8, 29), 0)],
)
def test_a_daily_mail_that_was_missed_does_not_come_in_the_night(reader, clock, mails):
    owe(reader, at=MORNING - DAY)

    messages.deliver_mail(at=datetime.combine(date(2026, 6, 1), clock, HERE))

    assert len(mail.outbox) == mails


@pytest.mark.parametrize(
    "over",
    [{"acknowledged_at": MORNING}, {"withdrawn_at": MORNING}, {"mailed_at": MORNING}],
)
def test_what_is_over_is_not_mailed(reader, over):
    make_message(reader, made_at=MORNING, next_try_at=MORNING, urgent=True, **over)

    assert messages.deliver_mail(at=DIGEST) == 0


@pytest.mark.parametrize("given", [{"email": ""}, {"email": MAIL, "is_active": False}])
def test_who_has_no_address_or_no_account_is_sent_nothing(given):
    owe(make_user(**given))

    assert messages.deliver_mail(at=DIGEST) == 0


def test_who_has_lost_the_role_reads_no_more_of_the_contract(reader):
    contract = make_contract()
    role = Membership.objects.create(
        contract=contract, user=reader, role=Role.AGENT, cleared_at=NOON
    )
    owe(reader, contract_number=contract.number)
    assert Message.objects.waiting(reader).count() == 1

    role.delete()

    assert Message.objects.waiting(reader).count() == 0
    assert messages.deliver_mail(at=DIGEST) == 0


def test_without_a_way_of_mail_nothing_is_sent_or_said_to_be(reader, settings):
    settings.MESSAGE_BY_MAIL = False
    owe(reader)

    assert messages.deliver_mail(at=DIGEST) == 0
    assert Delivery.objects.count() == 0


class Faulty(BaseEmailBackend):
    """Refuses mail to whoever is called faulty, as servers do: with the address."""

    error: Exception = SMTPServerDisconnected("gone")

    def send_messages(self, email_messages: Any) -> int:
        for one in email_messages:
            if "faulty@example.cn" in one.to:
                raise self.error
            mail.outbox.append(one)
        return len(email_messages)


@pytest.fixture
def faulty(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Faulty"
    return make_user(email="faulty@example.cn")


def test_a_mail_that_fails_is_recorded_and_keeps_none_of_the_others(faulty, reader):
    for person in (faulty, reader):
        owe(person)

    assert messages.deliver_mail(at=DIGEST) == 1

    assert mailed() == [([MAIL], 1)]
    failed = faulty.messages.get().deliveries.get()
    assert (failed.outcome, failed.detail) == (
        DeliveryOutcome.FAILED,
        "SMTPServerDisconnected",
    )


def test_what_a_server_says_of_the_address_is_not_recorded(faulty, monkeypatch):
    refused = SMTPRecipientsRefused({"faulty@example.cn": (550, b"who?")})
    monkeypatch.setattr(Faulty, "error", refused)
    owe(faulty)

    messages.deliver_mail(at=DIGEST)

    assert Delivery.objects.get().detail == "SMTPRecipientsRefused"


def test_a_mail_that_fails_is_tried_again_after_growing_pauses_and_given_up(faulty):
    message = owe(faulty, urgent=True, at=DIGEST)
    tried = []

    for minute in range(0, 30 * 60, 5):
        messages.deliver_mail(at=DIGEST + minute * MINUTE)
        message.refresh_from_db()
        if message.tries > len(tried):
            tried.append(minute)

    assert tried[:6] == [0, 5, 20, 80, 320, 560]
    assert len(tried) == MOST_TRIES == message.deliveries.count()
    assert message.state == MessageState.WAITING  # on the page, all the same


def test_a_mail_that_gets_through_in_the_end_is_sent_once(faulty, settings):
    owe(faulty)
    messages.deliver_mail(at=DIGEST)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    for minute in range(1, 60):
        messages.deliver_mail(at=DIGEST + minute * MINUTE)

    assert mailed() == [(["faulty@example.cn"], 1)]
    outcomes = Delivery.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [DeliveryOutcome.FAILED, DeliveryOutcome.SENT]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_mail_to_each():
    people = [make_user(email=f"user{n}@example.cn") for n in range(10)]
    for person in people:
        for number in range(3):
            owe(person, about=f"test.due:{number}")

    at_once(lambda: messages.deliver_mail(at=DIGEST))

    assert sorted(mailed()) == sorted(([one.email], 3) for one in people)
    assert set(Message.objects.values_list("tries", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_record_a_delivery_once():
    for _person in range(20):
        owe(make_user())

    at_once(lambda: messages.deliver_in_app(at=MORNING))
    messages.deliver_in_app(at=MORNING)

    assert Delivery.objects.count() == 20


def at_once(act: Any) -> None:
    """Do the same in two threads in the same moment."""
    start, raised = threading.Barrier(2), []

    def run() -> None:
        try:
            start.wait()
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


# --- Over several days ------------------------------------------------------------------------

#: A holiday from Friday to Sunday.
CALENDAR = WorkCalendar(
    dict.fromkeys([date(2026, 6, day) for day in (19, 20, 21)], "端午节"),
    official_years=frozenset({2026}),
)
DUE = date(2026, 6, 18)  # the Thursday before


def clock() -> Iterator[datetime]:
    for day in range(12, 29):
        for hour in (time(0, 5), time(8, 30), time(12), time(22)):
            yield datetime.combine(date(2026, 6, day), hour, BEIJING)


def test_from_three_days_before_until_it_is_read_and_not_in_the_holiday(reader):
    """Plan and deliver from the 12th to the 28th; the person reads on the 25th."""
    mails = []
    for at in clock():
        steps = reached(DUE, at.date(), CALENDAR)
        messages.owe([reminder(reader, step=step) for step in steps], at=at)
        if messages.deliver_mail(at=at):
            mails.append((f"{at:%m-%d %H:%M}", steps[-1]))
        if f"{at:%m-%d %H:%M}" == "06-25 12:00":
            messages.acknowledge_all(by=reader, up_to=2**31, at=at)

    assert mails == [
        ("06-15 08:30", "before_3"),
        ("06-17 08:30", "before_1"),
        ("06-18 08:30", "at"),
        ("06-22 08:30", "after_1"),
        ("06-23 08:30", "after_2"),
        ("06-24 08:30", "after_3"),
        ("06-25 08:30", "after_4"),
    ]
    assert Message.objects.waiting(reader).count() == 0


# --- The pages --------------------------------------------------------------------------------


@pytest.fixture
def at_work(client, reader):
    client.force_login(reader)
    return client


def shown(answer: Any) -> list[int]:
    return [message.pk for message in answer.context["page"].rows]


def test_what_waits_comes_first_and_the_rest_on_request(at_work, reader):
    made = [
        make_message(reader, made_at=MORNING + n * MINUTE, **over).pk
        for n, over in enumerate(
            ({}, {"acknowledged_at": MORNING}, {}, {"withdrawn_at": MORNING})
        )
    ]
    make_message(make_user())

    assert shown(at_work.get(LIST)) == [made[2], made[0]]
    assert shown(at_work.get(f"{LIST}?show=all")) == [
        made[2],
        made[0],
        made[3],
        made[1],
    ]


def test_the_list_goes_on_where_its_page_ends(at_work, reader):
    made = [
        make_message(reader, made_at=MORNING + n * MINUTE, acknowledged_at=over).pk
        for n, over in enumerate([MORNING] * 30 + [None] * 30)
    ]
    first = at_work.get(f"{LIST}?show=all")
    after = first.context["page"].after

    second = at_work.get(LIST, {"show": "all", "after": after})

    assert shown(first) + shown(second) == [*made[:29:-1], *made[29::-1]]


def test_the_bell_counts_what_waits(at_work, reader):
    assert "waiting" not in bell(at_work)
    make_message(reader)
    make_message(reader, acknowledged_at=MORNING)
    make_message(make_user())

    assert '<span class="waiting">1<' in bell(at_work)


def bell(client: Any) -> Any:
    page = client.get(reverse("accounts:sessions")).text
    return page.partition(f'href="{LIST}"')[2].partition("</a>")[0]


def test_one_is_acknowledged_once_however_often_it_is_sent(at_work, reader):
    message = make_message(reader)
    url = reverse("accounts:acknowledge", args=[message.pk])

    answers = [at_work.post(url, {"next": f"{LIST}?show=all"}) for _n in range(2)]

    assert [answer.url for answer in answers] == [f"{LIST}?show=all"] * 2
    read = reader.messages.get().acknowledged_at
    assert read is not None
    at_work.post(url)
    assert reader.messages.get().acknowledged_at == read


def test_what_is_withdrawn_cannot_be_acknowledged(reader):
    message = make_message(reader, withdrawn_at=MORNING)

    messages.acknowledge(message, by=reader, at=DIGEST)

    assert reader.messages.get().state == MessageState.WITHDRAWN


def test_somebody_elses_message_does_not_exist(at_work):
    theirs = make_message(make_user())

    answer = at_work.post(reverse("accounts:acknowledge", args=[theirs.pk]))

    assert answer.status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == MessageState.WAITING


def test_nobody_acknowledges_for_somebody_else(reader):
    with pytest.raises(MessageRefused):
        messages.acknowledge(make_message(make_user()), by=reader, at=DIGEST)


def test_all_are_acknowledged_but_those_that_came_since(at_work, reader):
    theirs = make_message(make_user())
    for _n in range(2):
        make_message(reader)
    page = at_work.get(LIST)
    since = make_message(reader)
    form = {"up_to": page.context["read_all"].initial["up_to"], "next": LIST}

    answer = at_work.post(reverse("accounts:acknowledge-all"), form, follow=True)

    assert shown(answer) == [since.pk]
    assert "2 messages have been acknowledged." in answer.text
    assert reader.messages.filter(acknowledged_at=None).get() == since
    theirs.refresh_from_db()
    assert theirs.state == MessageState.WAITING


@pytest.mark.parametrize("up_to", ["", "0", "-1", "x", "9" * 40, "\x00"])
def test_a_form_that_names_no_message_acknowledges_nothing(at_work, reader, up_to):
    make_message(reader)

    answer = at_work.post(
        reverse("accounts:acknowledge-all"), {"up_to": up_to}, follow=True
    )

    assert "Nothing was acknowledged" in answer.text
    assert Message.objects.waiting(reader).count() == 1


def test_nobody_is_led_away(at_work, reader):
    url = reverse("accounts:acknowledge", args=[make_message(reader).pk])

    assert at_work.post(url, {"next": "https://evil.example/"}).url == "/"


@pytest.mark.parametrize("name", ["accounts:messages", "accounts:mail"])
def test_strangers_are_sent_to_sign_in(client, name):
    assert client.get(reverse(name)).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_no_more_queries_for_three_than_for_one(
    at_work, reader, count, django_assert_num_queries
):
    contract = make_contract()
    Membership.objects.create(
        contract=contract, user=reader, role=Role.AGENT, cleared_at=NOON
    )
    for _message in range(count):
        make_message(reader, contract_number=contract.number)
    at_work.get(LIST)

    # Session, person, rows, newest, count, contracts, bell.
    with django_assert_num_queries(7):
        answer = at_work.get(LIST)

    assert len(shown(answer)) == count


def test_a_person_says_where_reminders_are_mailed_to(at_work, reader):
    url = reverse("accounts:mail")

    refused = at_work.post(url, {"address": "nowhere"})
    saved = at_work.post(url, {"address": "new@example.cn"}, follow=True)

    assert (refused.status_code, saved.status_code) == (422, 200)
    assert "Your mail address has been saved." in saved.text
    reader.refresh_from_db()
    assert reader.email == "new@example.cn"


def test_a_person_may_want_no_mail(at_work, reader):
    at_work.post(reverse("accounts:mail"), {"address": ""})

    reader.refresh_from_db()
    assert reader.email == ""
