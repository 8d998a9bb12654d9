"""Where things lie. Everything that is made here is under `.venv` and `var`."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
FONTS = VAR / "fonts"
FONTCONFIG = FONTS / "fonts.conf"
#: What was done last, so that it need not be done again: see `unchanged`.
STAMPS = VAR / "stamps"
#: What changes without the program changing.
NOT_THE_PROGRAM = {"__pycache__", "bench", "docs", "tests", "var"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one set of services lives: `var` for ./start, `var/test` for ./test."""

    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets.env"

    @property
    def ports(self) -> Path:
        return self.folder / "ports.json"

    @property
    def running(self) -> Path:
        """Who was started and not stopped again: see supervisor.sweep."""
        return self.folder / "run"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    def make(self) -> None:
        """Make the folders. Secrets in them are closed, the folders are not.

        The account that PostgreSQL runs as must get through them, whatever the umask.
        """
        for folder in (self.folder, self.logs, self.running):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in {self.folder, VAR}:
            folder.chmod(0o755)


START = Place(VAR)
TEST = Place(VAR / "test")


def digest(*parts: str | Path) -> str:
    """Return one hash over texts and over what is in files."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode()
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


def sources() -> str:
    """Return a digest over the program's files: where, how long, how new."""
    seen = []
    for path in sorted(files(ROOT)):
        stat = path.stat()
        seen.append(f"{path} {stat.st_size} {stat.st_mtime_ns}")
    return digest(*seen)


def files(folder: Path) -> Iterator[Path]:
    """Yield the program's files below a folder, not what is made or about it."""
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in NOT_THE_PROGRAM:
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix != ".mo":
            yield path


def unchanged(stamp: Path, value: str) -> bool:
    """Tell whether a step was last finished for this very `value`."""
    return stamp.exists() and stamp.read_text() == value


def remember(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)
