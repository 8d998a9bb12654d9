import json
import os
import signal
import subprocess
import sys
import time

import pytest

from ops import supervisor
from ops.console import Failure
from ops.places import Place
from ops.supervisor import Service, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
SLEEPS_ON = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(60)",
]
DIES = [sys.executable, "-c", "print('out of order', flush=True); raise SystemExit(3)"]


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / "var")
    for folder in (place.logs, place.running):
        folder.mkdir(parents=True)
    return place


@pytest.fixture
def keeper(place, monkeypatch):
    monkeypatch.setattr(supervisor, "ignore_signals", lambda: None)  # pytest's own
    with Supervisor(place) as keeper:
        yield keeper


@pytest.fixture
def orphan():
    """A process that no supervisor of ours has started."""
    process = subprocess.Popen(SLEEPS, start_new_session=True)  # noqa: S603 # ours
    until(lambda: supervisor.command(process.pid))  # the kernel shows it a little later
    yield process
    process.kill()
    process.wait()


def service(argv, name="web", **given):
    return Service(name, argv, dict(os.environ), **given)


def pid_of(place, name="web"):
    return json.loads((place.running / name).read_text())[1]


def until(is_so):
    ends = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_what_is_killed_is_back_at_once(keeper, place):
    keeper.start(service(SLEEPS))
    first = pid_of(place)
    keeper.steady = True
    os.kill(first, signal.SIGKILL)

    def is_back():
        keeper.look_after()
        return pid_of(place) != first

    until(is_back)
    until(lambda: supervisor.command(pid_of(place)) == " ".join(SLEEPS))


def test_what_keeps_dying_at_the_first_start_is_shown_with_its_log(keeper, place):
    keeper.start(service(DIES))

    with pytest.raises(Failure, match=r"web ended with 3(.|\n)*out of order"):
        keeper.wait_for("web", lambda: False, seconds=20)


def test_what_gives_no_answer_is_not_waited_for_for_ever(keeper):
    keeper.start(service(SLEEPS))

    with pytest.raises(Failure, match="web gave no answer within 0 s"):
        keeper.wait_for("web", lambda: False, seconds=0.1)


def test_the_last_started_is_stopped_first(keeper, place, monkeypatch):
    stopped = []
    end = supervisor.end_group

    def noting(process, *rest):
        stopped.append(process.pid)
        end(process, *rest)

    monkeypatch.setattr(supervisor, "end_group", noting)
    for name in ("postgres", "web", "beat"):
        keeper.start(service(SLEEPS, name))
    pids = [pid_of(place, name) for name in ("beat", "web", "postgres")]

    keeper.stop()

    assert stopped == pids
    assert not any(supervisor.command(pid) for pid in pids)
    assert list(place.running.iterdir()) == []


def test_what_does_not_listen_is_killed(keeper, place):
    keeper.start(service(SLEEPS_ON, patience=0.2))
    until(lambda: "deaf" in (place.logs / "web.log").read_text())
    pid = pid_of(place)

    keeper.stop()

    assert supervisor.command(pid) == ""


def test_a_sweep_ends_what_a_killed_supervisor_has_left(place, orphan):
    note = [0, orphan.pid, signal.SIGTERM, " ".join(SLEEPS)]
    (place.running / "web").write_text(json.dumps(note))

    supervisor.sweep(place)

    assert orphan.wait(30) == -signal.SIGTERM
    assert list(place.running.iterdir()) == []


def test_a_sweep_leaves_alone_whoever_has_the_number_now(place, orphan):
    note = [0, orphan.pid, signal.SIGTERM, "/somewhere/.venv/bin/python -m gunicorn"]
    (place.running / "web").write_text(json.dumps(note))

    supervisor.sweep(place)

    assert orphan.poll() is None


def test_a_note_cut_short_by_the_kill_does_not_stop_a_sweep(place):
    (place.running / "web").write_text("[0, 12")

    supervisor.sweep(place)

    assert list(place.running.iterdir()) == []


def test_a_long_log_is_cut_and_the_last_ones_are_kept(place, monkeypatch):
    monkeypatch.setattr(supervisor, "LOG_SIZE", 3)
    log = place.logs / "web.log"

    for text in ("first", "second", "third", "fourth", "new"):
        log.write_text(text)
        supervisor.rotate(log)

    kept = {path.name: path.read_text() for path in place.logs.iterdir()}
    assert kept == {
        "web.log": "new",
        "web.log.1": "fourth",
        "web.log.2": "third",
        "web.log.3": "second",
    }
