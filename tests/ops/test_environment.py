import pytest

from ops import environment
from ops.console import Failure
from ops.places import START, TEST, Place

MADE = {
    "SECRET_KEY": "made",
    "DATABASE_URL": "postgres://program:p@127.0.0.1:5433/contract",
    "DATABASE_OWNER_URL": "postgres://owner:o@127.0.0.1:5433/contract",
    "REDIS_URL": "redis://:r@127.0.0.1:6380/0",
}


@pytest.fixture
def told(monkeypatch):
    """Say what the real environment and `.env` hold; nothing else is in them."""

    def tell(real=None, written=None):
        monkeypatch.setattr("os.environ", dict(real or {}))
        monkeypatch.setattr(environment, "read", lambda file: dict(written or {}))

    tell()
    return tell


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("  export NAME = spaced  ", "spaced"),
        ("NAME='in quotes # not a comment'", "in quotes # not a comment"),
        ('NAME="double"', "double"),
        ("NAME=1:ab+/cd==", "1:ab+/cd=="),
        ("NAME=value # a comment", "value"),
        ("NAME=", ""),
    ],
)
def test_a_line_is_read_as_django_environ_reads_it(tmp_path, line, value):
    file = tmp_path / ".env"
    file.write_text(f"# NAME=commented\n\n{line}\n")

    assert environment.read(file) == {"NAME": value}


def test_what_is_kept_is_read_back_and_closed_to_others(tmp_path):
    file = tmp_path / "secrets.env"
    secrets = environment.complete({}, has_data=False)

    environment.keep(file, secrets)

    assert environment.read(file) == secrets
    assert file.stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_once_and_only_the_missing_ones():
    secrets = environment.complete({"SEAL_KEY": "old"}, has_data=True)

    assert secrets["SEAL_KEY"] == "old"
    assert secrets.keys() == environment.SECRETS.keys()
    assert environment.complete(secrets, has_data=True) == secrets


def test_data_without_their_secrets_are_refused():
    with pytest.raises(Failure, match=r"secrets\.env is gone"):
        environment.complete({}, has_data=True)


def test_the_real_environment_wins_over_dotenv_and_both_over_the_defaults(told):
    told(
        real={"LOG_LEVEL": "real"}, written={"LOG_LEVEL": "written", "DEMO": "written"}
    )

    env = environment.for_program(START, MADE, {"DEMO": "default", "DEBUG": "default"})

    assert (env["LOG_LEVEL"], env["DEMO"], env["DEBUG"]) == (
        "real",
        "written",
        "default",
    )


def test_the_tests_have_their_own_keys_and_do_not_look_into_dotenv(told):
    told(
        real={"SECRET_KEY": "real", "LOG_LEVEL": "real"},
        written={"DATABASE_URL": "postgres://real/data"},
    )

    env = environment.for_program(TEST, MADE, {})

    assert env["SECRET_KEY"] == "made"
    assert env["DATABASE_URL"] == MADE["DATABASE_URL"]
    assert env["LOG_LEVEL"] == "real"


@pytest.mark.parametrize("place", [START, TEST])
def test_urls_from_outside_always_win(told, place):
    told(real={"DATABASE_URL": "postgres://app:x@db/c", "REDIS_URL": "redis://cache"})

    env = environment.for_program(place, MADE, {})

    assert env["DATABASE_URL"] == env["DATABASE_OWNER_URL"] == "postgres://app:x@db/c"
    assert env["REDIS_URL"] == "redis://cache"


def test_the_program_gets_its_rights_as_the_role_of_its_url(told):
    told(
        real={
            "DATABASE_URL": "postgres://app:x@db/c",
            "DATABASE_OWNER_URL": "postgres://boss:y@db/c",
        }
    )

    env = environment.for_program(START, MADE, {})

    assert env["PROGRAM_ROLE"] == "app"
    assert env["DATABASE_OWNER_URL"] == "postgres://boss:y@db/c"
    assert "DATABASE_OWNER_URL" not in environment.without_owner(env)


def test_what_is_meant_for_another_postgresql_goes_only_with_its_url(told):
    told(real={"PGSSLMODE": "require"})
    assert "PGSSLMODE" not in environment.for_program(START, MADE, {})

    told(real={"PGSSLMODE": "require", "DATABASE_URL": "postgres://db/c"})
    assert environment.for_program(START, MADE, {})["PGSSLMODE"] == "require"


def test_a_port_is_remembered_while_it_is_free(tmp_path, monkeypatch):
    taken = {8000}
    monkeypatch.setattr(environment, "is_free", lambda port: port not in taken)
    place = Place(tmp_path)

    assert environment.port_for(place, "web", 8000) == 8001
    taken.clear()
    assert environment.port_for(place, "web", 8000) == 8001
    taken.add(8001)
    assert environment.port_for(place, "web", 8000) == 8002


def test_a_spoilt_list_of_ports_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "is_free", lambda port: True)
    place = Place(tmp_path)
    place.ports.write_text('{"web": 80')

    assert environment.port_for(place, "web", 8000) == 8000
    assert environment.port_for(place, "valkey") > 0
    assert environment.port_for(place, "web") == 8000
