"""Keeps processes running, restarts those that die, and stops them in turn."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from ops.accounts import Account
from ops.console import Failure, last_lines, say
from ops.places import ROOT, Place

#: How often the children are looked after. Restarting is due in 10 s at most.
TICK = 0.25
#: A process that lives shorter than this is not restarted at once every time.
STEADY_AFTER = 10.0
LONGEST_PAUSE = 30.0
#: How often it may die before it has ever been well.
TRIES = 3
LOG_SIZE = 10_000_000
LOGS_KEPT = 3
LOGS_EVERY = 30.0


class Stopped(BaseException):
    """Somebody asked us to stop. Like KeyboardInterrupt, no Exception."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def stop_on_signals() -> None:
    """Turn SIGTERM and a closed terminal into what Ctrl-C is: an exception."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@dataclass(frozen=True, slots=True)
class Service:
    """One long-running process, and how it wants to be stopped."""

    name: str
    argv: list[str]
    env: Mapping[str, str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    #: Seconds from `stop_signal` to SIGKILL.
    patience: float = 10.0


@dataclass(slots=True)
class Running:
    """A service's process of the moment, and how often it died young."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    deaths: int = 0
    due: float = field(default=0.0)


class Note(NamedTuple):
    """What is written down of a process while it runs, for `sweep`."""

    order: int
    pid: int
    stop_signal: int
    command: str


def pause(deaths: int) -> float:
    """Return the seconds to wait after so many early deaths in a row.

    >>> [pause(deaths) for deaths in (0, 1, 2, 3, 9)]
    [0.0, 0.5, 1.0, 2.0, 30.0]
    """
    return min(LONGEST_PAUSE, 0.5 * 2 ** (deaths - 1)) if deaths else 0.0


class Supervisor:
    """The services of one place. Leaving the `with` stops them, last one first."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.all: list[Running] = []
        self.steady = False  # once it is, no number of deaths is too many
        self._logs_due = 0.0

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *error: object) -> None:
        ignore_signals()  # a second Ctrl-C must not leave half of them behind
        self.stop()

    def start(self, service: Service) -> None:
        running = Running(service)
        self.all.append(running)
        self._spawn(running)

    def wait_for(self, name: str, is_ready: Callable[[], bool], seconds: float) -> None:
        """Look after everything until `is_ready`; raise Failure if it takes too long."""
        until = time.monotonic() + seconds
        while not is_ready():
            self.look_after()
            if time.monotonic() > until:
                raise self._failure(name, f"gave no answer within {seconds:.0f} s")
            time.sleep(TICK / 5)

    def watch(self) -> None:
        """Look after everything until a signal ends it."""
        self.steady = True
        while True:
            self.look_after()
            time.sleep(TICK)

    def look_after(self) -> None:
        """Restart what has died, and cut logs that have grown too long."""
        now = time.monotonic()
        for running in self.all:
            if running.process and running.process.poll() is not None:
                self._bury(running, now)
            if not running.process and now >= running.due:
                self._spawn_again(running, now)
        if now >= self._logs_due:
            self._logs_due = now + LOGS_EVERY
            for log in self.place.logs.glob("*.log"):
                rotate(log)

    def stop(self) -> None:
        for running in reversed(self.all):
            if running.process:
                end_group(
                    running.process,
                    running.service.stop_signal,
                    running.service.patience,
                )
            (self.place.running / running.service.name).unlink(missing_ok=True)
        self.all.clear()

    def _spawn_again(self, running: Running, now: float) -> None:
        try:
            self._spawn(running)
        except OSError as error:  # no memory, no process numbers left: that passes
            running.deaths += 1
            running.due = now + pause(running.deaths)
            say(f"  {running.service.name} cannot be started: {error}")

    def _spawn(self, running: Running) -> None:
        service, account = running.service, running.service.account
        # Appending, so that `rotate` may cut it short behind the writer's back.
        with self._log(service.name).open("ab") as log:
            running.process = subprocess.Popen(
                service.argv,
                env=service.env,
                cwd="/" if account else ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: the terminal's Ctrl-C is for us, who stop in turn.
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        running.began = time.monotonic()
        note = Note(
            self.all.index(running),
            running.process.pid,
            service.stop_signal,
            " ".join(service.argv),
        )
        with contextlib.suppress(OSError):  # a full disk must not stop us
            (self.place.running / service.name).write_text(json.dumps(note))

    def _bury(self, running: Running, now: float) -> None:
        process, name = running.process, running.service.name
        assert process  # noqa: S101  # for mypy; the caller has looked
        young = now - running.began < STEADY_AFTER
        running.deaths = running.deaths + 1 if young else 0
        if not self.steady and running.deaths >= TRIES:
            raise self._failure(name, f"ended with {process.returncode}")
        with contextlib.suppress(ProcessLookupError):  # what it has forked
            os.killpg(process.pid, signal.SIGKILL)
        running.process, running.due = None, now + pause(running.deaths)
        if self.steady:
            clock = time.strftime("%H:%M:%S")
            say(f"  {clock} {name} ended with {process.returncode}; restarting it")

    def _failure(self, name: str, what: str) -> Failure:
        log = self._log(name)
        return Failure(f"{name} {what}. The end of {log}:\n{last_lines(log)}")

    def _log(self, name: str) -> Path:
        return self.place.logs / f"{name}.log"


def end_group(
    process: subprocess.Popen[bytes], first: signal.Signals, patience: float
) -> None:
    """Ask a process to stop, wait, and then kill it with all it has forked."""
    process.send_signal(first)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def rotate(log: Path) -> None:
    """Copy a log that has grown too long to `.1`, and begin it anew.

    Copied rather than renamed: the writer goes on with the file it has open.
    """
    if log.stat().st_size <= LOG_SIZE:
        return
    for number in range(LOGS_KEPT, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    with contextlib.suppress(OSError):  # a full disk is the more reason to cut it
        shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


def sweep(place: Place) -> None:
    """End what an earlier supervisor, killed itself, has left running.

    A process is ours if it leads, or belongs to, the group we wrote down and still
    runs the very command we wrote down: a number alone may long be somebody else's.
    """
    notes = []
    for file in place.running.iterdir():
        with contextlib.suppress(ValueError, TypeError):  # cut short by the kill
            notes.append(Note(*json.loads(file.read_text())))
    for note in sorted(notes, reverse=True):  # servers last
        left = [pid for pid in members(note.pid) if command(pid) == note.command]
        for number in (signal.Signals(note.stop_signal), signal.SIGKILL):
            left = end_strays(left, number)
    for file in place.running.iterdir():
        file.unlink()


def end_strays(pids: list[int], number: signal.Signals) -> list[int]:
    """Signal processes that are not our children; return who is alive 10 s later."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    until = time.monotonic() + 10
    while (pids := [pid for pid in pids if command(pid)]) and time.monotonic() < until:
        time.sleep(0.05)
    return pids


def members(group: int) -> Iterator[int]:
    for pid in everybody():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == group:
                yield pid


def everybody() -> list[int]:
    if Path("/proc/self").exists():
        names = [entry.name for entry in Path("/proc").iterdir()]
        return [int(name) for name in names if name.isdigit()]
    listed = subprocess.run(["ps", "-axo", "pid="], capture_output=True, check=True)
    return [int(pid) for pid in listed.stdout.split()]


def command(pid: int) -> str:
    """Return a process's command line; "" if it is gone or waits to be reaped."""
    if Path("/proc/self").exists():
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return line.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        check=False,
    )
    return shown.stdout.decode(errors="replace").strip()
