"""Roles on contracts: given, changed and taken away by the security administrator."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.roles import Duty, Role
from contracts.actions.membership import (
    MembershipRefused,
    change_role,
    grant_role,
    revoke_role,
)
from contracts.models import AuditEntry, Contract, Membership
from tests.contracts.counting import queries
from tests.factories import NOON, PASSWORD, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Contract:
    return make_contract()


@pytest.fixture
def administrator(client: Any, settings: Any) -> Any:
    """The security administrator, signed in."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    user = make_user(duty=Duty.SECURITY, demo=True)
    client.force_login(user)
    return user


def of(user: Any) -> Membership:
    return Membership.objects.get(user=user)


def steps(user: Any) -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.about(user).order_by("pk")
    return list(entries.values_list("was", "became", "note"))


# --- Actions ----------------------------------------------------------------------------------


def test_a_role_is_given_changed_and_taken_away(contract):
    user, by = make_user(), make_user(duty=Duty.SECURITY)

    given = grant_role(contract, user, Role.AGENT, note="new", by=by, at=NOON)
    change_role(given, Role.CLOSER, note="moved", by=by, at=NOON)
    revoke_role(given, note="left", by=by, at=NOON)

    assert not user.memberships.exists()
    assert steps(user) == [
        ("", "agent", "new"),
        ("agent", "closer", "moved"),
        ("closer", "", "left"),
    ]


@pytest.mark.parametrize("duty", Duty)
def test_whoever_has_a_duty_is_given_no_role(contract, duty):
    user = make_user(duty=duty)

    with translation.override("en"), pytest.raises(MembershipRefused, match="duty"):
        grant_role(contract, user, Role.AGENT, note="", by=make_user(), at=NOON)

    assert not user.memberships.exists()


def test_whoever_is_suspended_is_given_no_role(contract):
    user = make_user(is_active=False)

    with pytest.raises(MembershipRefused):
        grant_role(contract, user, Role.AGENT, note="", by=make_user(), at=NOON)


def test_a_second_role_on_a_contract_is_refused(contract):
    user = make_user(contract, Role.CLERK)

    with pytest.raises(MembershipRefused):
        grant_role(contract, user, Role.AGENT, note="", by=make_user(), at=NOON)

    assert of(user).role == Role.CLERK
    assert steps(user) == []


def test_the_role_one_has_is_no_change(contract):
    user = make_user(contract, Role.CLERK)

    with pytest.raises(MembershipRefused):
        change_role(of(user), Role.CLERK, note="", by=make_user(), at=NOON)


def test_of_two_changes_the_first_one_counts(contract):
    user, by = make_user(contract, Role.CLERK), make_user()
    as_first_saw_it, as_second_saw_it = of(user), of(user)
    change_role(as_first_saw_it, Role.AGENT, note="", by=by, at=NOON)

    with pytest.raises(MembershipRefused):
        change_role(as_second_saw_it, Role.CLOSER, note="", by=by, at=NOON)

    assert of(user).role == Role.AGENT


def test_a_role_that_changed_meanwhile_is_not_taken_away(contract):
    user, by = make_user(contract, Role.CLERK), make_user()
    as_it_was = of(user)
    change_role(of(user), Role.AGENT, note="", by=by, at=NOON)

    with pytest.raises(MembershipRefused):
        revoke_role(as_it_was, note="", by=by, at=NOON)

    assert of(user).role == Role.AGENT


# --- Pages ------------------------------------------------------------------------------------


def test_a_role_is_given_on_the_page(client, administrator, contract):
    user = make_user()

    response = client.post(
        reverse("memberships:grant"),
        {
            "user": user.pk,
            "contract": contract.pk,
            "role": "agent",
            "note": "new",
            "proof": PASSWORD,
        },
    )

    assert response.url == reverse("memberships:membership", args=[of(user).pk])
    assert AuditEntry.objects.about(user).get().by == administrator


@pytest.mark.parametrize("proof", ["", "wrong"])
def test_no_role_is_given_without_the_password(client, administrator, contract, proof):
    user = make_user()

    response = client.post(
        reverse("memberships:grant"),
        {
            "user": user.pk,
            "contract": contract.pk,
            "role": "agent",
            "note": "new",
            "proof": proof,
        },
    )

    assert response.status_code == 422
    assert not user.memberships.exists()


def test_only_people_who_can_have_a_role_are_offered(client, administrator):
    worker, _suspended = make_user(), make_user(is_active=False)

    form = client.get(reverse("memberships:grant")).context["form"]

    assert list(form.fields["user"].queryset) == [worker]


def test_the_page_says_why_it_refused(client, administrator, contract):
    user = make_user(contract, Role.CLERK)
    client.cookies["django_language"] = "en"

    response = client.post(
        reverse("memberships:grant"),
        {
            "user": user.pk,
            "contract": contract.pk,
            "role": "agent",
            "note": "new",
            "proof": PASSWORD,
        },
    )

    assert response.status_code == 422
    assert "This person has a role on this contract already." in response.text


def test_a_role_is_changed_on_the_page(client, administrator, contract):
    user = make_user(contract, Role.CLERK)
    url = reverse("memberships:change", args=[of(user).pk])

    form = client.get(url).context["form"]
    response = client.post(url, {"role": "agent", "note": "x", "proof": PASSWORD})

    assert ("clerk", Role.CLERK.label) not in form.fields["role"].choices
    assert response.status_code == 302
    assert of(user).role == Role.AGENT


def test_a_role_is_taken_away_on_the_page(client, administrator, contract):
    user = make_user(contract, Role.CLERK)
    url = reverse("memberships:revoke", args=[of(user).pk])

    response = client.post(url, {"note": "left", "proof": PASSWORD})

    assert response.url == reverse("memberships:list")
    assert not user.memberships.exists()


def test_whose_role_was_taken_away_sees_the_contract_no_more(client, contract):
    user = make_user(contract, Role.AGENT)
    client.force_login(user)
    page = reverse("contracts:contract", args=[contract.number])
    before = client.get(page).status_code

    revoke_role(of(user), note="left", by=make_user(), at=NOON)

    assert (before, client.get(page).status_code) == (200, 404)


def test_the_page_of_a_role_shows_what_happened_to_it(client, administrator, contract):
    given = grant_role(
        contract, make_user(), Role.AGENT, note="new desk", by=administrator, at=NOON
    )

    page = client.get(reverse("memberships:membership", args=[given.pk]))

    assert "new desk" in page.text


@pytest.mark.parametrize("page", ["membership", "change", "revoke"])
def test_a_role_that_is_gone_is_not_found(client, administrator, page):
    assert client.get(reverse(f"memberships:{page}", args=[0])).status_code == 404


def test_the_list_takes_no_more_queries_for_three_than_for_one(client, administrator):
    make_user(make_contract(), Role.AGENT)
    for_one = queries(client, reverse("memberships:list"))

    make_user(make_contract(), Role.AGENT)
    make_user(make_contract(), Role.AGENT)

    assert queries(client, reverse("memberships:list")) == for_one


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=李四", 1),
        ("?role=agent", 2),
        ("?role=agent&q=李", 1),
        ("?role=nonsense", 2),
        ("?q=%00&page=x", 2),
        ("?contract=99999999999999999999", 2),
    ],
)
def test_the_list_can_be_narrowed_down(client, administrator, query, found):
    for name in ("张三", "李四"):
        make_user(make_contract(), Role.AGENT, name=name)

    page = client.get(reverse("memberships:list") + query)

    assert page.status_code == 200
    assert len(page.context["page"]) == found
