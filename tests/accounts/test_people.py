import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.actions import AccountRefused
from accounts.identity import CONFIRMED_AT
from accounts.models import AccountChange, AccountChangeKind, SignIn, User
from accounts.roles import Duty, Role
from tests.factories import NOON, PASSWORD, make_contract, make_user

from .conftest import make_administrator, make_device

pytestmark = pytest.mark.django_db

PEOPLE = "/accounts/people/"
PROVEN = {"note": "Asked by telephone", "proof": PASSWORD}


def act(name: str, person: User) -> str:
    return reverse("accounts:act", args=[person.pk, name])


def start_password(page: Any) -> str:
    (password,) = re.findall(r'id="start-password">([^<]+)<', page.text)
    return str(password)


# --- Who may ------------------------------------------------------------------------------------

PAGES = ["people", "new-person", "person", "act", "log", "account-changes"]


def url_of(name: str, person: User) -> str:
    args: dict[str, list[Any]] = {
        "person": [person.pk],
        "act": [person.pk, "suspend"],
    }
    return reverse(f"accounts:{name}", args=args.get(name, []))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("duty", Duty)
def test_pages_are_for_the_duty_that_may(client, person, name, duty):
    client.force_login(make_administrator(duty))
    owner = Duty.AUDIT if name in {"log", "account-changes"} else Duty.SYSTEM

    response = client.get(url_of(name, person))

    assert response.status_code == (200 if duty == owner else 403)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", Role)
def test_to_people_without_a_duty_the_pages_do_not_exist(client, person, name, role):
    client.force_login(make_user(make_contract(), role, demo=True))

    assert client.get(url_of(name, person)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_who_is_not_in_is_asked_to_sign_in(client, person, name):
    assert client.get(url_of(name, person)).url.startswith("/accounts/sign-in/")


# --- Accounts -----------------------------------------------------------------------------------


def test_a_new_account_has_a_start_password_that_is_shown_once(
    as_administrator, administrator
):
    page = as_administrator.post(
        PEOPLE + "new/", {"username": "lisi", "name": "李四", "proof": PASSWORD}
    )

    person = User.objects.get(username="lisi")
    assert person.check_password(start_password(page))
    assert person.must_change_password
    change = AccountChange.objects.get(person=person)
    assert (change.kind, change.by) == (AccountChangeKind.CREATED, administrator)
    assert page["Cache-Control"] == "no-store, private"


def test_the_start_password_leads_in_and_to_a_password_of_ones_own(as_administrator):
    page = as_administrator.post(
        PEOPLE + "new/", {"username": "lisi", "name": "李四", "proof": PASSWORD}
    )
    browser = Client()

    browser.post(
        "/accounts/sign-in/", {"username": "lisi", "password": start_password(page)}
    )

    assert browser.get("/")["Location"] == "/accounts/me/password/?next=%2F"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "ZhangSan"}, "username"),
        ({"username": "li si"}, "username"),
        ({"username": "l\x00"}, "username"),
        ({"username": "l" * 10_000}, "username"),
        ({"name": ""}, "name"),
        ({"name": "李" * 10_000}, "name"),
        ({"proof": "Wrong-password-1"}, "proof"),
        ({"proof": ""}, "proof"),
    ],
)
def test_an_account_that_cannot_be_is_refused(as_administrator, person, given, field):
    form = {"username": "lisi", "name": "李四", "proof": PASSWORD} | given

    response = as_administrator.post(PEOPLE + "new/", form)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.filter(username="lisi").exists()


def test_two_who_create_the_same_account_get_one(administrator):
    actions.create_person(username="lisi", name="李四", by=administrator, at=NOON)

    with pytest.raises(AccountRefused):
        actions.create_person(username="lisi", name="李四", by=administrator, at=NOON)


def test_what_a_suspended_person_has_open_ends_with_the_next_request(
    as_administrator, person
):
    theirs = Client()
    theirs.force_login(person)
    assert theirs.get("/accounts/me/sessions/").status_code == 200

    as_administrator.post(act("suspend", person), PROVEN)

    assert theirs.get("/accounts/me/sessions/").status_code == 302
    assert person.sessions.count() == 0


def test_a_suspended_person_is_not_let_in(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN)

    response = Client().post(
        "/accounts/sign-in/", {"username": "zhangsan", "password": PASSWORD}
    )

    assert response.status_code == 422


def test_a_reinstated_person_is_let_in_again(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN)
    as_administrator.post(act("reinstate", person), PROVEN)

    response = Client().post(
        "/accounts/sign-in/", {"username": "zhangsan", "password": PASSWORD}
    )

    assert response.status_code == 302
    kinds = person.changes.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [AccountChangeKind.SUSPENDED, AccountChangeKind.REINSTATED]


def test_suspending_twice_is_refused_the_second_time(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN)

    assert as_administrator.post(act("suspend", person), PROVEN).status_code == 422
    assert person.changes.count() == 1


def test_a_reset_password_is_a_start_password(as_administrator, person):
    theirs = Client()
    theirs.force_login(person)

    page = as_administrator.post(act("reset-password", person), PROVEN)

    person.refresh_from_db()
    assert person.check_password(start_password(page))
    assert person.must_change_password
    assert person.sessions.count() == 0
    assert theirs.get("/accounts/me/sessions/").status_code == 302


def test_a_lost_second_factor_is_taken_away(as_administrator, person):
    make_device(person)

    as_administrator.post(act("reset-second-factor", person), PROVEN)

    assert person.second_factor is None


def test_no_administrator_resets_both_and_comes_in_as_somebody_else(
    administrator, person
):
    make_device(person)
    actions.reset_password(person, note="", by=administrator, at=NOON)

    with pytest.raises(AccountRefused):
        actions.reset_second_factor(person, note="", by=administrator, at=NOON)

    second = make_administrator(Duty.SYSTEM)
    actions.reset_second_factor(person, note="", by=second, at=NOON)
    with pytest.raises(AccountRefused):
        actions.reset_password(person, note="", by=second, at=NOON)


@pytest.mark.parametrize(
    "name", ["suspend", "reinstate", "reset-password", "reset-second-factor"]
)
def test_nobody_does_it_to_themselves(as_administrator, administrator, name):
    response = as_administrator.post(act(name, administrator), PROVEN)

    assert response.status_code == 422
    assert administrator.changes.count() == 0


@pytest.mark.parametrize(
    "given", [{"proof": "Wrong-password-1"}, {"proof": ""}, {"note": ""}]
)
def test_nothing_is_done_without_reason_and_proof(as_administrator, person, given):
    response = as_administrator.post(act("suspend", person), PROVEN | given)

    assert response.status_code == 422
    person.refresh_from_db()
    assert person.is_active


def test_a_proof_holds_for_a_while(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN)

    again = as_administrator.post(act("reinstate", person), {"note": "A mistake"})

    assert again.status_code == 302


def test_a_proof_does_not_hold_for_long(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN)
    session = as_administrator.session
    session[CONFIRMED_AT] -= 301
    session.save()

    again = as_administrator.post(act("reinstate", person), {"note": "A mistake"})

    assert list(again.context["form"].errors) == ["proof"]


def test_a_wrong_proof_counts_as_a_failure_to_sign_in(as_administrator, person):
    as_administrator.post(act("suspend", person), PROVEN | {"proof": "Wrong"})

    assert SignIn.objects.latest("pk").outcome == "refused"


@pytest.mark.parametrize("url", ["people/0/", "people/99999999999999999999/"])
def test_there_is_no_such_person(as_administrator, url):
    assert as_administrator.get(f"/accounts/{url}").status_code == 404


def test_there_is_no_such_act(as_administrator, person):
    assert as_administrator.get(act("promote", person)).status_code == 404


# --- The lists ----------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_no_more_queries_for_three_than_for_one(
    as_administrator, people, django_assert_num_queries
):
    for _person in range(people):
        make_user()

    with django_assert_num_queries(6):
        page = as_administrator.get(PEOPLE)

    assert len(page.context["page"]) == people + 1


def test_the_list_can_be_narrowed(as_administrator, person):
    make_user(is_active=False)

    def found(query: str) -> int:
        return len(as_administrator.get(f"{PEOPLE}?{query}").context["page"])

    assert [found("q=张"), found("state=suspended"), found("duty=system")] == [1, 1, 1]


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=" + "a" * 10_000,
        "page=x",
        "page=999999999999999999999",
        "state=x",
        "q=a&q=b",
    ],
)
def test_the_list_stands_any_query(as_administrator, query):
    assert as_administrator.get(f"{PEOPLE}?{query}").status_code == 200


@pytest.fixture
def auditor(client):
    client.force_login(make_administrator(Duty.AUDIT))
    return client


def failed(count: int) -> None:
    SignIn.objects.bulk_create(
        SignIn(
            at=NOON,
            username=f"stranger{number}",
            address="192.0.2.7",
            outcome="refused",
        )
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("username=stranger1", 3),
        ("outcome=in", 1),
        ("address=192.0.2.7", 12),
        ("at_after=2026-06-01&at_before=2026-06-01", 12),
        ("at_before=2026-05-31", 0),
    ],
)
def test_the_log_can_be_narrowed(auditor, query, found):
    failed(12)

    page = auditor.get(f"/accounts/log/?{query}")

    assert len(page.context["page"].rows) == found


@pytest.mark.parametrize(
    "query",
    [
        "username=%00",
        "address=x",
        "address=%00",
        "at_after=x",
        "at_after=0001-01-01",
        "at_before=9999-12-31",
        "after=x",
        "after=2026-01-01T00:00:00%2B00:00~x",
        "before=%00~1",
        "outcome=x",
        "username=" + "a" * 10_000,
    ],
)
@pytest.mark.parametrize("log", ["log/", "log/accounts/"])
def test_the_log_stands_any_query(auditor, log, query):
    assert auditor.get(f"/accounts/{log}?{query}").status_code == 200


def test_the_log_goes_on_to_the_next_page(auditor):
    failed(60)
    first = auditor.get("/accounts/log/").context["page"]

    second = auditor.get("/accounts/log/", {"after": first.after}).context["page"]

    assert (len(first.rows), len(second.rows)) == (50, 11)


def test_what_was_done_to_accounts_is_in_the_log(auditor, administrator, person):
    actions.suspend(person, note="Left", by=administrator, at=NOON)

    page = auditor.get("/accounts/log/accounts/?kind=suspended&person=zhangsan")

    assert [change.person for change in page.context["page"].rows] == [person]


# --- The first administrator --------------------------------------------------------------------


def test_the_first_administrators_come_from_the_command_line(capsys):
    call_command("create_person", "admin", "王五", "--duty", "system")

    username, password = capsys.readouterr().out.strip().split(": ")
    person = User.objects.get(username=username)
    assert person.duty == Duty.SYSTEM
    assert person.check_password(password)


def test_the_command_refuses_a_name_that_is_taken(person):
    with pytest.raises(CommandError):
        call_command("create_person", "zhangsan", "王五")


def test_what_happens_to_an_account_is_kept_even_past_the_actions(person):
    User.objects.filter(pk=person.pk).update(duty=Duty.AUDIT)

    duties = person.events.order_by("pgh_id").values_list("duty", flat=True)
    assert list(duties) == ["", Duty.AUDIT]


@pytest.mark.parametrize("ledger", [SignIn, AccountChange])
def test_what_the_ledgers_say_stays(administrator, person, ledger):
    actions.suspend(person, note="Left", by=administrator, at=NOON)
    failed(1)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        ledger.objects.update(at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")  # the owner of the tables may no more
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ledger.objects.update(at=NOON)
