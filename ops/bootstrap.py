"""What ./start and ./test do, step by step. Needs nothing but a Python.

Every step looks first whether it has been done, so a second start takes seconds.
"""

import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ops import checks, environment, packages, places, readiness, services
from ops.console import Failure, say, step
from ops.health import a_host, health
from ops.places import PYTHON, START, TEST, VAR, Place
from ops.supervisor import Stopped, Supervisor, ignore_signals, stop_on_signals, sweep

FIRST_PORT = 8000
#: What ./start --fresh deletes. Packages, fonts, logs and the tests' things stay.
PERISHABLE = ("postgres", "valkey", "files", "beat", "secrets.env")


def start(*options: str) -> int:
    """Run the whole program until somebody stops it."""
    if options not in {(), ("--fresh",)}:
        raise Failure("usage: ./start [--fresh]")
    own(VAR, places.VENV)
    START.make()
    with alone(START.lock, refuse):
        clean_up(START)
        if options:
            begin_anew()
        with Supervisor(START) as supervisor:
            set_up("runtime.txt")
            advice = find_pango()
            made, cluster = services.start_servers(START, supervisor)
            env = environment.for_program(START, made, defaults_of_start())
            state = cluster.state if cluster else None
            accounts = readiness.make_ready(env, steps_of_start(env), state)
            address = run_program(supervisor, env)
            greet(address, accounts, advice)
            watch(supervisor)
    return 0


def test(*options: str) -> int:
    """Check everything, then run the tests; with options, only the tests they name."""
    own(VAR, places.VENV)
    TEST.make()
    with alone(TEST.lock, wait), Supervisor(TEST) as supervisor:
        clean_up(TEST)
        set_up("dev.txt")
        if advice := find_pango():
            raise Failure(f"The tests make PDFs, and Pango is missing. Type:  {advice}")
        with step("Browser"):
            browser = packages.find_browser()
        made, _cluster = services.start_servers(TEST, supervisor)
        wanted = defaults_of_test() | {"CHROMIUM": browser}
        env = environment.for_program(TEST, made, wanted)
        readiness.make_ready(env, ["catalogues", "static"], state=str)
        if not options:
            checks.run_all(env)
        return checks.pytest(options, env)


def clean_up(place: Place) -> None:
    if any(place.running.iterdir()):
        with step("Ending what was left running"):
            sweep(place)


def set_up(lock: str) -> None:
    """Make packages and fonts ready, while nobody else does."""
    with alone(VAR / "setup.lock", wait):
        with step("Python packages"):
            packages.install(lock)
        with step("Fonts"):
            make_fonts()


def find_pango() -> str:
    with step("Pango"):
        return packages.find_pango()


def make_fonts() -> None:
    pins = packages.pins("manimgx-fonts-cjk", "uharfbuzz", "fonttools")
    recipe = places.ROOT / "ops" / "fonts.py"
    stamp, wanted = (
        places.STAMPS / "fonts",
        places.digest(recipe, str(places.FONTS), *pins),
    )
    if not (places.FONTCONFIG.exists() and places.unchanged(stamp, wanted)):
        packages.run([str(PYTHON), "-m", "ops.fonts", str(places.FONTS)])
        places.remember(stamp, wanted)


def defaults_of_start() -> dict[str, str]:
    debug = environment.given(START).get("DEBUG", "true")
    return {
        "DEBUG": debug,
        "DEMO": debug,
        "FONTCONFIG_FILE": str(places.FONTCONFIG),
        "MEDIA_ROOT": str(VAR / "files"),
        "STATIC_ROOT": str(VAR / "static"),
    }


def defaults_of_test() -> dict[str, str]:
    return {
        "DEBUG": "true",
        "DEMO": "false",
        "FONTCONFIG_FILE": str(places.FONTCONFIG),
        "MEDIA_ROOT": str(TEST.folder / "files"),
        "STATIC_ROOT": str(TEST.folder / "static"),
        "PROGRAM_ROLE": "program",
    }


def steps_of_start(env: Mapping[str, str]) -> list[str]:
    steps = ["catalogues", "schema", "static"]
    return [*steps, "demo"] if environment.is_true(env["DEMO"]) else steps


def run_program(supervisor: Supervisor, env: Mapping[str, str]) -> str:
    """Start web, worker and beat; return the address once the page answers."""
    env = environment.without_owner(env)
    port, host = choose_port(env), a_host(env.get("ALLOWED_HOSTS", ""))
    with step("Web, worker, clock"):
        supervisor.start(services.web(env, f"{env.get('BIND', '127.0.0.1')}:{port}"))
        supervisor.wait_for("web", lambda: health(port, host) is not None, seconds=120)
        ailment = health(port, host)
        supervisor.start(services.worker(env))
        supervisor.start(services.beat(env, VAR / "beat" / "schedule"))
    if ailment:
        say(f"  It runs, but /healthz says: {ailment}")
    address = f"http://127.0.0.1:{port}/"
    START.lock.write_text(f"{os.getpid()} {address}")
    return address


def choose_port(env: Mapping[str, str]) -> int:
    """Return the port people want, or the one of last time, or the next free one."""
    wanted = env.get("PORT", "")
    if not wanted:
        return environment.port_for(START, "web", FIRST_PORT)
    if not wanted.isdigit() or not environment.is_free(int(wanted)):
        raise Failure(f"PORT={wanted} is not a free port.")
    return int(wanted)


def greet(address: str, accounts: str, advice: str) -> None:
    say()
    if accounts:
        print(accounts.rstrip())
        print()
    if advice:
        print(f"PDFs are off: Pango is missing. Type:  {advice}  and start again.")
    print(f"{address}    Ctrl-C stops it. Logs: {START.logs.relative_to(places.ROOT)}/")
    sys.stdout.flush()


def watch(supervisor: Supervisor) -> None:
    try:
        supervisor.watch()
    except Stopped:
        ignore_signals()
        say()
        with step("Stopping"):
            supervisor.stop()


def begin_anew() -> None:
    """Delete the data and keys of this clone, after asking. Raises Failure on a no."""
    if environment.given(START).get("DATABASE_URL"):
        raise Failure("DATABASE_URL names a database that is not ours to delete.")
    doomed = [VAR / name for name in PERISHABLE]
    if os.geteuid() == 0:
        doomed += [services.staged(START) / name for name in ("postgres", "valkey")]
    doomed = [path for path in doomed if path.exists()]
    say("This deletes the database, the files and the keys of this clone:")
    for path in doomed:
        say(f"  {path}")
    say("Type yes to go on.")
    if sys.stdin.readline().strip().lower() != "yes":
        raise Failure("Nothing was deleted.")
    for path in doomed:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def own(*folders: Path) -> None:
    """Refuse folders that another account has made: half of it would work."""
    for folder in folders:
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise Failure(
                f"{folder} belongs to {folder.owner()}. Start as {folder.owner()}, or"
                " delete it and begin anew."
            )


@contextlib.contextmanager
def alone(lock: Path, otherwise: Callable[[Path], None]) -> Iterator[None]:
    """Hold a lock that the kernel takes back from whoever dies, kill -9 included."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            otherwise(lock)
            fcntl.flock(file, fcntl.LOCK_EX)
        lock.write_text(str(os.getpid()))
        yield


def refuse(lock: Path) -> None:
    pid, _, address = lock.read_text().partition(" ")
    raise Failure(
        f"It runs already: {address or 'it is just starting'} (process {pid})"
    )


def wait(lock: Path) -> None:
    say(f"Waiting for the other one that holds {lock.relative_to(places.ROOT)} …")


def main(command: str, *options: str) -> int:
    stop_on_signals()
    try:
        return {"start": start, "test": test}[command](*options)
    except Failure as failure:
        say(f"\n{failure}")
        return 1
    except PermissionError as error:
        say(f"\n{error.filename} belongs to another account. Start as that one.")
        return 1
    except Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
