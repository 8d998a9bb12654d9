import pytest
from django.contrib.auth.password_validation import validate_password

from accounts.actions import DEMO_PASSWORD, AccountRefused, make_demo_accounts
from accounts.models import User
from accounts.roles import Duty, Role
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def demonstration(settings):
    settings.DEBUG = settings.DEMO = True


@pytest.mark.usefixtures("demonstration")
def test_there_is_one_account_for_each_role_and_duty():
    people = make_demo_accounts(at=NOON)

    assert {person.username for person in people} == {*Role.values, *Duty.values}
    assert {person.duty for person in people} == {"", *Duty.values}
    assert all(
        person.demo and person.check_password(DEMO_PASSWORD) for person in people
    )


@pytest.mark.usefixtures("demonstration")
def test_making_them_again_changes_nothing():
    first = make_demo_accounts(at=NOON)

    assert make_demo_accounts(at=NOON) == first
    assert User.objects.count() == len(first)


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("name", ["DEBUG", "DEMO"])
def test_there_are_none_outside_a_demonstration(settings, name):
    setattr(settings, name, False)

    with pytest.raises(AccountRefused):
        make_demo_accounts(at=NOON)

    assert not User.objects.exists()


def test_their_password_is_one_that_the_rules_allow():
    validate_password(DEMO_PASSWORD, User(username="supervisor", name="演示·甲方主管"))
