"""What the program is told through its environment, and the secrets in it.

The real environment wins over `.env`, `.env` over what is made up here and kept in
`var/secrets.env`. Django reads both files too, so that `manage.py` works by hand.
"""

import json
import os
import re
import secrets
import socket
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ops import places
from ops.accounts import write_closed
from ops.console import Failure
from ops.places import Place

LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")


def new_key() -> str:
    return b64encode(secrets.token_bytes(32)).decode()


#: Made once. A new one of these comes into being with the version that needs it.
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "PERSONAL_KEYS": lambda: f"1:{new_key()}",
    "BLIND_KEY": new_key,
    "SEAL_KEY": new_key,
    "POSTGRES_PASSWORD": lambda: secrets.token_urlsafe(24),
    "OWNER_PASSWORD": lambda: secrets.token_urlsafe(24),
    "PROGRAM_PASSWORD": lambda: secrets.token_urlsafe(24),
    "VALKEY_PASSWORD": lambda: secrets.token_urlsafe(24),
}

NOTE = """\
# Made by ./start, once. Whoever has this file can read what is encrypted, and without
# it nobody can: back it up, apart from the database. Override in .env, not here.
"""


def read(file: Path) -> dict[str, str]:
    """Return the `NAME=value` lines of a file, unquoted; {} if there is no file."""
    if not file.exists():
        return {}
    values = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if found := LINE.match(line):
            values[found[1]] = _value(found[2])
    return values


def _value(text: str) -> str:
    # As django-environ reads it: in quotes as it stands, else up to a comment.
    for quote in "'\"":
        if len(text) > 1 and text.startswith(quote) and quote in text[1:]:
            return text[1:].rpartition(quote)[0]
    return text.split(" #", 1)[0].rstrip()


def keep(file: Path, values: Mapping[str, str]) -> None:
    """Write values to a file that is never half-written nor readable to others."""
    text = NOTE + "".join(f"{name}={value}\n" for name, value in values.items())
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    draft = file.with_suffix(".new")
    write_closed(draft, text)
    draft.replace(file)


def complete(kept: Mapping[str, str], *, has_data: bool) -> dict[str, str]:
    """Return the secrets, those that are missing made up.

    Data without the secrets they were written under are refused: new ones would
    open neither the database nor what is encrypted in it.
    """
    if has_data and not kept:
        raise Failure(
            "var/secrets.env is gone, but there is a database made with it. Bring the"
            " file back from a backup, or begin anew: ./start --fresh"
        )
    return {name: kept.get(name) or make() for name, make in SECRETS.items()}


def without_owner(env: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would let the program do more than its role may."""
    return {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}


def is_true(text: str) -> bool:
    """Tell whether django-environ takes a text for True."""
    return text.strip().lower() in {"true", "on", "ok", "y", "yes", "1"}


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def port_for(place: Place, name: str, first: int | None = None) -> int:
    """Return the port that `name` had last time if it is free, else another, kept.

    `first` is where to begin to look; without it any free one will do.
    """
    ports = _ports(place)
    port = ports.get(name) or first or free_port()
    while not is_free(port):
        port = port + 1 if first else free_port()
    if ports.get(name) != port:
        place.ports.write_text(json.dumps(ports | {name: port}))
    return port


def _ports(place: Place) -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads(place.ports.read_text())
    except (OSError, ValueError):  # not there, or cut short by a full disk
        return {}
    return ports


def given(place: Place) -> dict[str, str]:
    """Return what people have set. The tests do not look into `.env`.

    It may name a real database, and a test must not depend on whose machine it is.
    """
    written = {} if place == places.TEST else read(places.ROOT / ".env")
    return written | os.environ


def for_program(
    place: Place, made: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[str, str]:
    """Return the whole environment of the program's processes.

    `made` are the keys and addresses from here, `wanted` the defaults of the command
    that runs. People's own words go before both, but for the tests, whose keys and
    folders are always their own. The two URLs go before everything.
    """
    theirs = given(place)
    ours = {**made, **wanted}
    result = {**theirs, **ours} if place == places.TEST else {**ours, **theirs}
    if url := theirs.get("DATABASE_URL"):
        result["DATABASE_URL"] = url
        result["DATABASE_OWNER_URL"] = theirs.get("DATABASE_OWNER_URL") or url
    else:
        result |= {name: made[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        for name in [name for name in result if name.startswith("PG")]:
            del result[name]  # meant for another server than ours
    result["REDIS_URL"] = theirs.get("REDIS_URL") or made["REDIS_URL"]
    result.setdefault("PROGRAM_ROLE", urlsplit(result["DATABASE_URL"]).username or "")
    result["PATH"] = f"{places.PYTHON.parent}:{result.get('PATH', os.defpath)}"
    result["PYTHONUNBUFFERED"] = "1"  # a log that lags behind is no help
    return result
