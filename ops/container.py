"""What the services of docker-compose.yml run, a word each.

build     while the image is made: catalogues and static files
keys      once: makes the secrets in the volume that all share
setup     once: makes roles, schema and demo data, before anything serves
web, worker, beat
health    whether the web is well, for its health check
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ops import environment, postgres, readiness, services
from ops.accounts import write_closed
from ops.console import Failure
from ops.health import a_host, health
from ops.places import FONTCONFIG, ROOT, VAR
from ops.supervisor import Service
from ops.valkey import settings

KEYS = Path("/keys")
SECRETS = KEYS / "secrets.env"
PORT = 8000
SCHEDULE = VAR / "beat" / "schedule"


def build() -> None:
    """Make what is the same for everybody.

    The settings want keys and addresses for it. These are used by nobody and kept
    nowhere.
    """
    secrets = environment.complete({}, has_data=False)
    nowhere = "postgres://nobody@127.0.0.1/nothing"
    env = {name: secrets[name] for name in services.KEYS} | {
        "DATABASE_URL": nowhere,
        "DATABASE_OWNER_URL": nowhere,
        "REDIS_URL": "redis://127.0.0.1",
    }
    readiness.prepare(os.environ | env, ["catalogues", "static"])


def keys() -> None:
    """Make the secrets, and for each server the part of them that it needs."""
    kept = environment.read(SECRETS)
    secrets = environment.complete(kept, has_data=False)
    environment.keep(SECRETS, kept | secrets)
    password = secrets["VALKEY_PASSWORD"]
    for name, text in {
        "postgres": secrets["POSTGRES_PASSWORD"],
        "valkey": password,
        "valkey.conf": settings(bind="*", port=6379, password=password, folder="/data"),
    }.items():
        write_closed(KEYS / name, text)
        (KEYS / name).chmod(0o444)  # its reader is another account in its own container


def setup() -> None:
    """Make roles, schema and, in an empty database, the demo data."""
    programs = services.postgres_programs()  # for psql
    roles = postgres.ROLES.read_text(encoding="utf-8")
    secrets = environment.read(SECRETS)
    postgres.run_sql(programs, 5432, secrets, roles, host="postgres")
    env = env_of_program()
    demo = environment.is_true(env["DEMO"])
    print(readiness.prepare(env, ["schema", "demo"] if demo else ["schema"]))


def serve(make: Callable[[Mapping[str, str]], Service]) -> None:
    """Turn into a service, so that the container's signals reach it."""
    service = make(environment.without_owner(env_of_program()))
    os.chdir(ROOT)
    os.execve(service.argv[0], service.argv, dict(service.env))  # noqa: S606 # as meant


def check_health() -> None:
    ailment = health(PORT, a_host(os.environ.get("ALLOWED_HOSTS", "")))
    if ailment != "":
        raise Failure(ailment or "The web does not answer.")


def env_of_program() -> dict[str, str]:
    secrets = environment.read(SECRETS)
    made = {name: secrets[name] for name in services.KEYS} | {
        "DATABASE_URL": postgres.url("program", secrets, "postgres", 5432),
        "DATABASE_OWNER_URL": postgres.url("owner", secrets, "postgres", 5432),
        "REDIS_URL": f"redis://:{secrets['VALKEY_PASSWORD']}@valkey:6379/0",
        "FONTCONFIG_FILE": str(FONTCONFIG),
        "PYTHONUNBUFFERED": "1",
    }
    return made | os.environ


WORDS: dict[str, Callable[[], None]] = {
    "build": build,
    "keys": keys,
    "setup": setup,
    "web": lambda: serve(lambda env: services.web(env, f"0.0.0.0:{PORT}")),
    "worker": lambda: serve(services.worker),
    "beat": lambda: serve(lambda env: services.beat(env, SCHEDULE)),
    "health": check_health,
}

if __name__ == "__main__":
    try:
        WORDS[sys.argv[1]]()
    except Failure as failure:
        sys.exit(str(failure))
