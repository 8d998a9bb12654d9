"""What the person at the terminal sees: a line for each step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WIDTH = 44


class Failure(Exception):
    """Why the program cannot go on, in words fit for the terminal."""


@contextmanager
def step(words: str) -> Iterator[None]:
    """Show that something is being done, then how long it took."""
    with suppress(OSError):
        print(f"  {words:<{WIDTH}}", end="", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        say()
        raise
    say(f"{time.monotonic() - began:6.1f} s")


def say(words: str = "") -> None:
    """Tell how it goes. Results go to stdout, the way there to stderr.

    A terminal that has been closed is no reason to stop, nor to stop stopping.
    """
    with suppress(OSError):
        print(words, file=sys.stderr, flush=True)


def last_lines(log: Path, count: int = 20) -> str:
    """Return the end of a log, for a Failure to show; "" if there is none."""
    if not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-count:])
