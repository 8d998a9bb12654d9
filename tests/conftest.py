"""What every test stands on: the program's own rights, and no Redis."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import translation

PROGRAM = "program"
#: What takes long and cannot be shared out. Begun first, or all wait for it at the end.
LONG = tuple(
    f"tests/{name}"
    for name in ("browser/", "test_doors", "test_hostile", "test_leaks", "test_pages")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Give the program's role its rights on the test database, as on a real one."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'program') "
            "THEN CREATE ROLE program LOGIN; END IF; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        call_command("grant_program", verbosity=0)
    yield
    # A browser that was closed may have left a request behind, and that a connection.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _as_the_program(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run what touches the database with the rights the program has, and no more.

    Only the clean-up afterwards is the owner's: it empties the ledgers.
    """
    database = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if not database and request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("_django_db_helper")
    options = connection.settings_dict["OPTIONS"]
    options["assume_role"] = PROGRAM  # of connections that other threads make
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {PROGRAM}")
    yield
    options.pop("assume_role")
    if not connection.needs_rollback:  # rolling back gives the role back as well
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture(autouse=True)
def _in_english(settings: Any) -> Iterator[None]:
    """Ask for the words as they stand in the code; the catalogue has its own check."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _no_redis(settings: Any, tmp_path: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    }
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.DEMO_WITHOUT_SECOND_FACTOR = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
