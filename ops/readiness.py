"""Makes database, catalogues and static files ready, unless they are.

Asking Django whether they are takes longer than all the rest of a second start: so it
is asked (ops/prepare.py) only if the program's files or the database have changed.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ops.console import Failure
from ops.places import PYTHON, ROOT, STAMPS, digest, sources

#: The settings that what is made depends on.
SHAPING = (
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "DEBUG",
    "DEMO",
    "PROGRAM_ROLE",
    "STATIC_ROOT",
)


def make_ready(
    env: Mapping[str, str], steps: Sequence[str], state: Callable[[], str] | None
) -> str:
    """Take these steps of ops/prepare.py if need be; return what they print.

    `state` tells how it stands with the database. Without it, of a database that is
    not ours, they are always taken. What was printed last time is kept and returned.
    """
    stamp = STAMPS / f"ready-{steps[-1]}"
    wanted = digest(*steps, *(env[name] for name in SHAPING), sources())
    if state and stamp.exists() and is_whole(env):
        last, _, printed = stamp.read_text(encoding="utf-8").partition("\n")
        if last == digest(wanted, state()):
            return printed
    printed = prepare(env, steps)
    if state:
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(f"{digest(wanted, state())}\n{printed}", encoding="utf-8")
    return printed


def is_whole(env: Mapping[str, str]) -> bool:
    """Tell whether nobody has deleted what was made."""
    catalogues = (ROOT / "locale").glob("*/LC_MESSAGES/*.po")
    return Path(env["STATIC_ROOT"]).exists() and all(
        catalogue.with_suffix(".mo").exists() for catalogue in catalogues
    )


def prepare(env: Mapping[str, str], steps: Sequence[str]) -> str:
    """Take steps of ops/prepare.py, as the owner of the database."""
    as_owner = {
        "PROGRAM_URL": env["DATABASE_URL"],
        "DATABASE_URL": env["DATABASE_OWNER_URL"],
        "LOG_LEVEL": "WARNING",
    }
    done = subprocess.run(
        [str(PYTHON), "-m", "ops.prepare", *steps],
        env={**env, **as_owner},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failure(f"{done.stdout}The program could not be made ready: see above.")
    return done.stdout
