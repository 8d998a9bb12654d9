import pytest

from ops import container, environment
from ops.console import Failure


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "KEYS", tmp_path)
    monkeypatch.setattr(container, "SECRETS", tmp_path / "secrets.env")
    container.keys()
    return tmp_path


def modes(folder):
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_each_server_can_read_its_password_and_no_more(keys):
    secrets = environment.read(keys / "secrets.env")

    assert modes(keys) == {
        "secrets.env": 0o600,
        "postgres": 0o444,
        "valkey": 0o444,
        "valkey.conf": 0o444,
    }
    assert (keys / "postgres").read_text() == secrets["POSTGRES_PASSWORD"]
    assert (
        f"requirepass {secrets['VALKEY_PASSWORD']}\n"
        in (keys / "valkey.conf").read_text()
    )


def test_the_secrets_are_made_once(keys):
    before = (keys / "secrets.env").read_text()

    container.keys()

    assert (keys / "secrets.env").read_text() == before


def test_what_serves_does_not_know_the_owner(keys, monkeypatch):
    started = []
    monkeypatch.setattr("os.environ", {})
    monkeypatch.setattr("os.execve", lambda path, argv, env: started.append(env))

    container.serve(container.services.worker)

    (env,) = started
    assert env["DATABASE_URL"].startswith("postgres://program:")
    assert "DATABASE_OWNER_URL" not in env
    assert "POSTGRES_PASSWORD" not in env


def test_an_ill_web_fails_its_check(monkeypatch):
    monkeypatch.setattr(container, "health", lambda port, host: "503 no database")

    with pytest.raises(Failure, match="503 no database"):
        container.check_health()
