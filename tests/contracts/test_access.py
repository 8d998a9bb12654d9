"""The door: who gets in to the pages of a contract, and who does not."""

import pytest
from django.urls import reverse

from accounts.roles import MAY, MAY_ADMINISTER, Duty, Role
from contracts.access import requires
from contracts.models import Contract
from tests.factories import make_contract, make_user

PAGES = {
    "contracts:contract": "contracts.view",
    "contracts:ledger": "contracts.verify",
}
OF_DUTIES = ["memberships:list", "memberships:grant"]


@pytest.fixture
def contract() -> Contract:
    return make_contract()


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    """Demo accounts get in without; what is tested here comes after it."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_for_the_roles_that_may(client, contract, page, role):
    client.force_login(make_user(contract, role, demo=True))

    response = client.get(reverse(page, args=[contract.number]))

    assert response.status_code == (200 if role in MAY[PAGES[page]] else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_to_outsiders_the_contract_does_not_exist(client, contract, page):
    client.force_login(make_user(make_contract(), Role.SUPERVISOR))

    assert client.get(reverse(page, args=[contract.number])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_whoever_administers_sees_no_contract(client, contract, page):
    client.force_login(make_user(duty=Duty.SECURITY, demo=True))

    assert client.get(reverse(page, args=[contract.number])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_not_signed_in_is_asked_to(client, contract, page):
    url = reverse(page, args=[contract.number])

    response = client.get(url)

    assert response.status_code == 302
    assert response.url == f"{reverse('accounts:sign-in')}?next={url}"


@pytest.mark.django_db
def test_a_page_that_is_read_takes_no_post(client, contract):
    client.force_login(make_user(contract))

    response = client.post(reverse("contracts:contract", args=[contract.number]))

    assert response.status_code == 405


@pytest.mark.django_db
def test_nothing_is_verified_by_a_link(client, contract):
    client.force_login(make_user(contract))

    response = client.get(reverse("contracts:verify", args=[contract.number]))

    assert response.status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("duty", Duty)
@pytest.mark.parametrize("page", OF_DUTIES)
def test_roles_are_given_by_the_duty_for_it(client, page, duty):
    client.force_login(make_user(duty=duty, demo=True))

    response = client.get(reverse(page))

    may = duty in MAY_ADMINISTER["contracts.memberships"]
    assert response.status_code == (200 if may else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("page", OF_DUTIES)
def test_to_people_without_a_duty_it_does_not_exist(client, contract, page):
    client.force_login(make_user(contract, Role.SUPERVISOR))

    assert client.get(reverse(page)).status_code == 404


def test_a_misspelt_action_fails_at_import():
    with pytest.raises(KeyError):
        requires("contracts.veiw")
