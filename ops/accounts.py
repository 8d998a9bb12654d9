"""Which account a server runs as. PostgreSQL refuses root, so root steps down."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from ops.console import Failure


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Tell whether this account can open `path`, through every folder above it."""
        child = os.fork()
        if child == 0:
            self._become()
            os._exit(0 if os.access(path, os.R_OK | os.X_OK) else 1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    def _become(self) -> None:
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)

    def owns(self, folder: Path) -> None:
        """Make `folder` this account's, closed to all others."""
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        os.chown(folder, self.uid, self.gid)


def write_closed(file: Path, text: str, account: Account | None = None) -> None:
    """Write a file that nobody else may read, not for an instant."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
    if account:
        os.chown(file, account.uid, account.gid)


def for_servers(data: Path) -> Account | None:
    """Return whom PostgreSQL and Valkey run as; None for whoever we are.

    Data that is there already decides: a folder made by a person is served as that
    person even when root starts it.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in ("postgres", "nobody"):
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise Failure("As root this needs an account named postgres or nobody.")


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
