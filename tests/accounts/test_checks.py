from base64 import b64encode
from datetime import time, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts import checks

ONE = b64encode(bytes(range(32))).decode()
TWO = b64encode(bytes(range(32, 64))).decode()
THREE = b64encode(bytes(range(64, 96))).decode()


@pytest.fixture
def production(settings):
    settings.DEBUG = settings.DEMO = settings.DEMO_WITHOUT_SECOND_FACTOR = False
    settings.PERSONAL_KEYS = [f"1:{ONE}"]
    settings.BLIND_KEY, settings.SEAL_KEY = TWO, THREE
    return settings


def test_production_with_keys_of_its_own_starts(production):
    checks.refuse_unsafe_settings()


@pytest.mark.parametrize("name", ["DEMO", "DEMO_WITHOUT_SECOND_FACTOR"])
def test_a_demonstration_does_not_start_in_production(production, name):
    setattr(production, name, True)

    with pytest.raises(ImproperlyConfigured, match=name):
        checks.refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PERSONAL_KEYS", []),
        ("PERSONAL_KEYS", ["1:x"]),
        ("BLIND_KEY", "x"),
        ("SEAL_KEY", "x"),
        ("BLIND_KEY", ONE),
        ("SEAL_KEY", ONE),
        ("SEAL_KEY", TWO),
        ("PERSONAL_KEYS", [f"1:{b64encode(bytes(32)).decode()}"]),
        ("SEAL_KEY", b64encode(b"ab" * 16).decode()),
    ],
)
def test_what_is_no_key_stops_the_start(production, name, value):
    setattr(production, name, value)

    with pytest.raises(ImproperlyConfigured, match=name):
        checks.refuse_unsafe_settings()


def test_keys_need_not_be_good_where_nothing_is_at_stake(production):
    production.DEBUG = True
    production.SEAL_KEY = ONE

    checks.refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_IDLE", timedelta(hours=1)),
        ("PASSWORD_LEAST_LENGTH", 6),
        ("PASSWORD_CLASSES", 1),
        ("PASSWORD_LASTS", timedelta(days=365)),
    ],
)
def test_lax_limits_are_pointed_out(production, name, value):
    assert checks.limits_are_strict() == []

    setattr(production, name, value)

    assert [warning.id for warning in checks.limits_are_strict()] == ["accounts.W001"]


def test_sign_ins_that_nobody_records_are_an_error(production):
    production.AXES_HANDLER = "axes.handlers.dummy.AxesDummyHandler"

    assert [error.id for error in checks.sign_ins_are_recorded()] == ["accounts.E004"]


@pytest.mark.parametrize("hour", [time(21), time(23, 30), time(6, 59)])
def test_a_daily_mail_in_the_quiet_hours_stops_the_start(production, hour):
    production.MESSAGE_DIGEST_AT = hour

    with pytest.raises(ImproperlyConfigured, match="MESSAGE_DIGEST_AT"):
        checks.refuse_unsafe_settings()
