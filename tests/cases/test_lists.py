"""The list of orders: its queues and kept views, its columns, and who else is here."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from accounts.roles import Role
from cases import presence
from cases.actions import saved_views
from cases.models import CaseStatus, SavedView
from cases.queues import QUEUES, TO_SIGN
from tests.factories import NOON, make_case, make_contract, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    return make_contract()


def of(contract, name, *args):
    return reverse(f"cases:{name}", args=[contract.number, *args])


def signed_in(contract, role):
    client, user = Client(), make_user(contract, role, demo=True)
    client.force_login(user)
    return client, user


def tabs(answer):
    return [str(tab.label) for tab in answer.context["tabs"]]


def current(answer):
    return [str(tab.label) for tab in answer.context["tabs"] if tab.current]


def keep(client, contract, name="早班", query="open=yes", **given):
    form = {"name": name, "query": query, "token": f"{uuid4()}"} | given
    return client.post(of(contract, "views"), form)


# --- Queues -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", QUEUES)
def test_each_role_has_its_queues_and_each_of_them_opens(contract, role):
    client, _user = signed_in(contract, role)
    listing = of(contract, "list")
    first = client.get(listing)

    assert tabs(first) == ["All", *(str(one.label) for one in QUEUES[role])]
    assert current(first) == ["All"]
    for one in QUEUES[role]:
        assert current(client.get(f"{listing}?{one.query}")) == [str(one.label)]


def test_a_queue_holds_what_waits_and_nothing_else(contract):
    waiting = [make_case(contract), make_case(contract, status=CaseStatus.REOPENED)]
    make_case(contract, status=CaseStatus.SIGNED)
    client, _user = signed_in(contract, Role.AGENT)

    answer = client.get(f"{of(contract, 'list')}?{TO_SIGN.query}")

    assert {case.pk for case in answer.context["page"].rows} == {
        case.pk for case in waiting
    }


def test_the_form_of_filters_sent_empty_is_still_the_whole_list(contract):
    client, _user = signed_in(contract, Role.AGENT)

    answer = client.get(f"{of(contract, 'list')}?q=&open=&due=")

    assert current(answer) == ["All"]
    assert answer.context["query"] == ""


# --- Kept views ---------------------------------------------------------------------------


def test_a_view_keeps_filters_sorting_and_columns_and_not_the_place(contract):
    client, _user = signed_in(contract, Role.AGENT)
    query = "open=yes&sort=due_at&columns=number&columns=left&after=x&nonsense=1&q="

    answer = keep(client, contract, query=query)

    view = SavedView.objects.get()
    assert view.query == "open=yes&sort=due_at"
    assert view.columns == ["number", "left"]
    shown = client.get(answer.url)
    assert current(shown) == ["早班"]
    assert shown.context["columns"] == ("number", "left")


def test_a_form_sent_twice_keeps_one_view_and_the_same_name_is_replaced(contract):
    client, _user = signed_in(contract, Role.AGENT)
    token = f"{uuid4()}"

    answers = [keep(client, contract, token=token) for _time in range(2)]
    keep(client, contract, query="open=no")

    assert [answer.status_code for answer in answers] == [302, 302]
    assert [view.query for view in SavedView.objects.all()] == ["open=no"]


def test_a_view_without_a_name_is_refused_and_what_was_typed_is_kept(contract):
    client, _user = signed_in(contract, Role.AGENT)

    answer = keep(client, contract, name=" ")

    assert answer.status_code == 422
    assert answer.context["form"]["query"].value() == "open=yes"
    assert not SavedView.objects.exists()


def test_ones_own_views_are_for_oneself_and_shared_ones_for_all(contract):
    manager, _ = signed_in(contract, Role.MANAGER)
    agent, _ = signed_in(contract, Role.AGENT)
    keep(manager, contract, name="自己的")
    keep(manager, contract, name="大家的", shared="on")
    keep(agent, contract, name="别人的", shared="on")  # who may not share

    assert {"自己的", "大家的"} <= set(tabs(manager.get(of(contract, "list"))))
    assert tabs(agent.get(of(contract, "list")))[-2:] == ["别人的", "大家的"]
    assert "别人的" not in tabs(manager.get(of(contract, "list")))


def test_only_the_owner_renames_and_two_of_one_name_are_refused(contract):
    owner, user = signed_in(contract, Role.MANAGER)
    other, _ = signed_in(contract, Role.SUPERVISOR)
    keep(owner, contract, name="一", shared="on")
    keep(owner, contract, name="二")
    view = SavedView.objects.get(name="一")
    url = of(contract, "view-rename", view.pk)

    statuses = [
        other.post(url, {"name": "三"}).status_code,
        owner.post(url, {"name": "二"}).status_code,
        owner.post(url, {"name": ""}).status_code,
        owner.post(url, {"name": "三"}).status_code,
    ]

    assert statuses == [404, 422, 422, 302]
    assert set(SavedView.objects.filter(owner=user).values_list("name", flat=True)) == {
        "二",
        "三",
    }


def test_a_view_is_shared_and_taken_back_by_those_who_may(contract):
    manager, _ = signed_in(contract, Role.MANAGER)
    agent, _ = signed_in(contract, Role.AGENT)
    keep(manager, contract)
    view = SavedView.objects.get()
    share, delete = (
        of(contract, f"view-{act}", view.pk) for act in ("share", "delete")
    )

    assert agent.post(share, {"shared": "on"}).status_code == 403
    assert agent.post(delete).status_code == 404
    assert manager.post(share, {"shared": "on"}).status_code == 302
    assert SavedView.objects.get().shared
    assert agent.post(delete).status_code == 404
    supervisor, _ = signed_in(contract, Role.SUPERVISOR)
    assert supervisor.post(delete).status_code == 302
    assert not SavedView.objects.exists()


def test_nobody_keeps_more_views_than_they_find_again(contract):
    user = make_user(contract, Role.AGENT)
    for number in range(saved_views.MOST):
        SavedView.objects.create(
            contract=contract, owner=user, name=f"{number}", made_at=NOON
        )

    with pytest.raises(saved_views.ViewRefused):
        saved_views.save_view(
            contract, name="one more", query="", columns=[], shared=False,
            token=uuid4(), by=user, at=NOON,
        )  # fmt: skip


# --- Columns ------------------------------------------------------------------------------


def test_chosen_columns_are_shown_and_remembered_in_this_browser(contract):
    make_case(contract, company="某某公司")
    client, _user = signed_in(contract, Role.AGENT)
    listing = of(contract, "list")

    chosen = client.get(f"{listing}?columns=number&columns=company&columns=password")
    again = client.get(listing)
    usual = client.get(f"{listing}?columns=usual")

    assert (
        chosen.context["columns"] == again.context["columns"] == ("number", "company")
    )
    assert "某某公司" in again.text
    assert "title" in usual.context["columns"]


def test_every_column_can_be_shown_with_no_query_more(
    contract, django_assert_max_num_queries
):
    make_case(contract, unit=make_unit(contract))
    client, _user = signed_in(contract, Role.AGENT)
    page = client.get(of(contract, "columns"))
    keys = [column.key for column, _shown in page.context["offered"]]
    url = f"{of(contract, 'list')}?" + "&".join(f"columns={key}" for key in keys)
    client.get(url)

    with django_assert_max_num_queries(20):
        answer = client.get(url)

    assert len(answer.context["columns"]) == len(keys)
    assert "13800000000" not in answer.text


def test_the_choice_of_columns_keeps_the_filters(contract):
    client, _user = signed_in(contract, Role.AGENT)

    answer = client.get(f"{of(contract, 'columns')}?status=received&status=signed&q=x")

    assert answer.context["kept"] == [
        ("q", "x"),
        ("status", "received"),
        ("status", "signed"),
    ]


def test_a_page_may_have_two_hundred_rows(contract):
    for _number in range(51):
        make_case(contract)
    client, _user = signed_in(contract, Role.AGENT)
    listing = of(contract, "list")

    lengths = [
        len(client.get(f"{listing}{query}").context["page"].rows)
        for query in ("", "?rows=200", "?rows=9999999")
    ]

    assert lengths == [50, 51, 50]


# --- Who else is here ---------------------------------------------------------------------


def test_others_at_an_order_are_named_until_they_have_gone(contract):
    case, one, other = make_case(contract), make_user(), make_user()

    presence.seen(case, one, NOON)
    presence.seen(case, other, NOON + timedelta(seconds=20))

    def names(seconds):
        return presence.others(case, one, NOON + timedelta(seconds=seconds))

    assert (names(20), names(49), names(50)) == ([other.name], [other.name], [])
    assert presence.others(case, other, NOON + timedelta(seconds=29)) == [one.name]
    assert presence.others(case, other, NOON + timedelta(seconds=30)) == []


def test_the_page_announces_and_asks_in_one(contract):
    case = make_case(contract)
    (one, user), (other, _) = (
        signed_in(contract, role) for role in (Role.AGENT, Role.MANAGER)
    )
    url = of(contract, "presence", case.pk)

    first, second = one.get(url).text, other.get(url).text

    assert user.name not in first
    assert user.name in second
    assert other.get(of(contract, "presence", make_case().pk)).status_code == 404


def test_views_are_read_with_one_query_however_many(contract):
    client, user = signed_in(contract, Role.AGENT)
    listing = of(contract, "list")
    make_case(contract, counted_at=now())
    client.get(listing)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(listing)
        return len(asked)

    before = queries()
    for number in range(3):
        SavedView.objects.create(
            contract=contract, owner=user, name=f"{number}", made_at=NOON
        )

    assert queries() == before
