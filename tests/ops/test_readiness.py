import pytest

from ops import readiness

STEPS = ["catalogues", "schema", "static", "demo"]


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone that has nothing but static files, and a note of each preparation."""
    monkeypatch.setattr(readiness, "ROOT", tmp_path)
    monkeypatch.setattr(readiness, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(readiness, "sources", lambda: "the files")
    (tmp_path / "static").mkdir()
    return tmp_path


@pytest.fixture
def prepared(monkeypatch):
    taken = []

    def prepare(env, steps):
        taken.append(list(steps))
        return "the accounts\n"

    monkeypatch.setattr(readiness, "prepare", prepare)
    return taken


@pytest.fixture
def env(clone):
    return dict.fromkeys(readiness.SHAPING, "x") | {
        "STATIC_ROOT": str(clone / "static")
    }


def test_what_is_ready_is_left_alone_and_says_the_same_again(env, prepared):
    said = [readiness.make_ready(env, STEPS, lambda: "as it is") for _ in range(2)]

    assert said == ["the accounts\n", "the accounts\n"]
    assert prepared == [STEPS]


def test_a_database_that_has_changed_is_prepared_anew(env, prepared):
    for state in ("empty", "migrated", "restored"):
        readiness.make_ready(env, STEPS, lambda: state)  # noqa: B023 # called at once

    assert len(prepared) == 3


@pytest.mark.parametrize("name", readiness.SHAPING)
def test_a_setting_that_shapes_it_prepares_anew(env, prepared, clone, name):
    (clone / "y").mkdir()
    other = str(clone / "y")

    for changed in (env, env | {name: other}):
        readiness.make_ready(changed, STEPS, lambda: "as it is")

    assert len(prepared) == 2


def test_changed_files_prepare_anew(env, prepared, monkeypatch):
    readiness.make_ready(env, STEPS, lambda: "as it is")
    monkeypatch.setattr(readiness, "sources", lambda: "other files")
    readiness.make_ready(env, STEPS, lambda: "as it is")

    assert len(prepared) == 2


def test_what_somebody_has_deleted_is_made_again(env, prepared, clone):
    readiness.make_ready(env, STEPS, lambda: "as it is")
    (clone / "static").rmdir()
    readiness.make_ready(env, STEPS, lambda: "as it is")

    assert len(prepared) == 2


def test_a_database_of_others_is_asked_every_time(env, prepared):
    for _ in range(2):
        readiness.make_ready(env, STEPS, None)

    assert len(prepared) == 2
