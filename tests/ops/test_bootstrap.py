import io
import os

import pytest

from ops import bootstrap, environment
from ops.console import Failure


@pytest.fixture
def var(tmp_path, monkeypatch):
    """A `var` with something of everything in it."""
    monkeypatch.setattr(bootstrap, "VAR", tmp_path)
    monkeypatch.setattr(bootstrap.services, "staged", lambda place: tmp_path / "staged")
    monkeypatch.setattr(environment, "given", lambda place: {})
    for name in (*bootstrap.PERISHABLE, "fonts", "test", "log"):
        path = tmp_path / name
        path.write_text("x") if "." in name else path.mkdir()
    return tmp_path


def answer(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def left(var):
    return {path.name for path in var.iterdir()}


def test_beginning_anew_deletes_the_data_and_leaves_the_rest(var, monkeypatch):
    answer(monkeypatch, "yes\n")

    bootstrap.begin_anew()

    assert left(var) == {"fonts", "test", "log"}


@pytest.mark.parametrize("text", ["", "no\n", "y\n"])
def test_anything_but_yes_deletes_nothing(var, monkeypatch, text):
    answer(monkeypatch, text)

    with pytest.raises(Failure, match="Nothing was deleted"):
        bootstrap.begin_anew()

    assert left(var) == {*bootstrap.PERISHABLE, "fonts", "test", "log"}


def test_a_database_of_others_is_not_deleted(var, monkeypatch):
    monkeypatch.setattr(environment, "given", lambda place: {"DATABASE_URL": "x"})
    answer(monkeypatch, "yes\n")

    with pytest.raises(Failure, match="not ours to delete"):
        bootstrap.begin_anew()

    assert "postgres" in left(var)


def test_a_second_copy_is_told_where_the_first_one_runs(tmp_path):
    lock = tmp_path / "lock"

    with bootstrap.alone(lock, bootstrap.refuse):
        lock.write_text("4711 http://127.0.0.1:8000/")
        with (
            pytest.raises(Failure, match="It runs already: http"),
            bootstrap.alone(lock, bootstrap.refuse),
        ):
            pass

    with bootstrap.alone(lock, bootstrap.refuse):  # free again
        assert lock.read_text() == str(os.getpid())


def test_the_port_that_people_want_is_not_exchanged_for_another(monkeypatch):
    monkeypatch.setattr(environment, "is_free", lambda port: port != 8000)

    assert bootstrap.choose_port({"PORT": "9000"}) == 9000
    for port in ("8000", "http"):
        with pytest.raises(Failure, match=f"PORT={port} is not a free port"):
            bootstrap.choose_port({"PORT": port})


@pytest.mark.parametrize(
    ("debug", "demo"), [(None, "true"), ("true", "true"), ("false", "false")]
)
def test_there_is_no_demo_without_debug(monkeypatch, debug, demo):
    said = {"DEBUG": debug} if debug else {}
    monkeypatch.setattr(environment, "given", lambda place: said)

    assert bootstrap.defaults_of_start()["DEMO"] == demo


def test_only_a_demo_is_filled():
    assert bootstrap.steps_of_start({"DEMO": "True"})[-1] == "demo"
    assert "demo" not in bootstrap.steps_of_start({"DEMO": "off"})
