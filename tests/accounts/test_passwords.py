import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts import actions
from tests.factories import NOON, PASSWORD, make_user


def codes(password, user=None):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    return {error.code for error in refused.value.error_list}


@pytest.mark.parametrize(
    "password",
    [
        "Yong-ding-river",
        "yong-ding-7-river",
        "YongdingRiver7",
        "永定河畔的七座 Bridges 7",
    ],
)
def test_three_of_four_classes_are_enough(password):
    validate_password(password)


@pytest.mark.parametrize(
    "password", ["yongdingriver", "YongdingRiver", "yongding-river"]
)
def test_two_classes_are_too_few(password):
    assert codes(password) == {"password_too_uniform"}


@pytest.mark.parametrize(
    ("password", "code"),
    [("Short-7", "password_too_short"), ("Zhangsan-2026", "password_too_similar")],
)
def test_django_asks_for_the_rest(password, code):
    user = make_user.__globals__["User"](username="zhangsan2026", name="张三")

    assert code in codes(password, user)


@pytest.mark.django_db
def test_the_last_five_do_not_come_back():
    user = make_user()
    for number in range(1, 6):
        actions.change_password(user, f"Another-password-{number}", keep="", at=NOON)

    assert codes("Another-password-5", user) == {"password_was_used"}  # the present one
    assert codes("Another-password-1", user) == {"password_was_used"}
    validate_password(PASSWORD, user)  # the sixth last


@pytest.mark.django_db
def test_no_more_hashes_are_kept_than_are_asked_for():
    user = make_user()
    for number in range(8):
        actions.change_password(user, f"Another-password-{number}", keep="", at=NOON)

    assert user.former_passwords.count() == 5
