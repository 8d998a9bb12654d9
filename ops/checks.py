"""What ./test checks, in order, and how it runs pytest at the end."""

import contextlib
import signal
import subprocess
import tomllib
from collections.abc import Mapping, Sequence

from ops.console import Failure, step
from ops.places import PYTHON, REQUIREMENTS, ROOT
from ops.supervisor import Stopped

CLEANING_UP = 20.0
#: How the tests are dealt out; those of a worker that is done early are taken over.
EVERYWHERE = ("-n", "auto", "--dist", "worksteal")
IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"


def commands() -> dict[str, list[str]]:
    """Return the checks by name. Modules, not scripts: a clone may have been moved."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    apps = settings["tool"]["importlinter"]["root_packages"]
    module = [str(PYTHON), "-m"]
    manage = [str(PYTHON), "manage.py"]
    return {
        "ruff format": [*module, "ruff", "format", "--check", "."],
        "ruff": [*module, "ruff", "check", "."],
        "djlint format": [*module, "djlint", "--check", "--quiet", "templates"],
        "djlint": [*module, "djlint", "--lint", "--quiet", "templates"],
        "imports": [str(PYTHON), "-c", IMPORTS],
        "mypy": [*module, "mypy", "."],
        "bandit": [*module, "bandit", "-q", "-r", "-ll", *apps],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "catalogue": [*module, "ops.catalogue"],
    }


def run_all(env: Mapping[str, str]) -> None:
    """Run every check, one line each; raise Failure at the first that fails."""
    with step("Lock files hold no addresses"):
        for lock in sorted(REQUIREMENTS.glob("*.txt")):
            if "http" in lock.read_text(encoding="utf-8"):
                raise Failure(f"{lock.name} names an address. Compile it anew without.")
    for name, argv in commands().items():
        with step(name):
            done = subprocess.run(
                argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise Failure(
                    f"{done.stdout}{done.stderr}\n"
                    f"{name} failed; nothing after it was run. Again by hand:\n"
                    f"  {' '.join(argv)}"
                )


def pytest(options: Sequence[str], env: Mapping[str, str]) -> int:
    """Run pytest in the foreground and return what it ended with.

    Without options on every core: each has a database and a browser of its own.
    """
    argv = [str(PYTHON), "-m", "pytest", *(options or EVERYWHERE)]
    with subprocess.Popen(argv, env=env, cwd=ROOT) as process:
        try:
            return process.wait()
        except Stopped as stopped:
            # Ctrl-C has reached it from the terminal as well, and a second one would
            # keep it from cleaning up.
            if stopped.number != signal.SIGINT:
                process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(CLEANING_UP)
            process.kill()
            raise
