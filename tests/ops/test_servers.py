from urllib.parse import urlsplit

import pytest

from ops import postgres, services, valkey
from ops.console import Failure
from ops.places import TEST
from ops.postgres import Cluster

PASSWORDS = {"OWNER_PASSWORD": "a/b@c", "PROGRAM_PASSWORD": "d"}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "major", lambda programs: 18)
    (tmp_path / "data").mkdir()
    return Cluster(tmp_path, tmp_path, 5433, PASSWORDS, account=None)


def test_a_password_may_hold_anything(cluster):
    parts = urlsplit(cluster.url("owner"))

    assert (parts.hostname, parts.port, parts.path) == ("127.0.0.1", 5433, "/contract")
    assert parts.password == "a%2Fb%40c"


def test_data_of_another_major_version_are_refused(cluster):
    (cluster.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(Failure, match="written by PostgreSQL 17, this is 18"):
        cluster.prepare()


def test_a_lock_whose_number_somebody_else_has_now_is_taken_away(cluster):
    (cluster.data / "PG_VERSION").write_text("18\n")
    lock = cluster.data / "postmaster.pid"
    lock.write_text("1\n/somewhere\n")  # init is no PostgreSQL

    cluster.prepare()

    assert not lock.exists()


def test_only_the_tests_do_without_fsync(cluster):
    careless = Cluster(
        cluster.programs, cluster.home, 5433, PASSWORDS, account=None, careless=True
    )

    assert "fsync=off" in careless.service().argv
    assert "fsync=off" not in cluster.service().argv
    assert "listen_addresses=127.0.0.1" in cluster.service().argv


@pytest.mark.parametrize(
    ("version", "provider"), [(16, []), (17, ["--locale-provider=builtin"])]
)
def test_unicode_sorts_alike_where_postgresql_can(version, provider):
    options = postgres.locale(version)

    assert "--locale=C.UTF-8" in options
    assert [each for each in options if "provider" in each] == provider


def test_valkey_listens_where_it_is_told_and_keeps_what_it_is_told():
    text = valkey.settings(
        bind="127.0.0.1", port=1, password="p", folder="/x", keep=False
    )

    assert "bind 127.0.0.1\n" in text
    assert "requirepass p\n" in text
    assert "appendonly no\n" in text


def test_the_tests_data_are_apart_from_the_real_ones_when_staged_too():
    assert services.staged(TEST) == services.STAGED / "test"
