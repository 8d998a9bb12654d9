"""Python packages into `.venv`, and what they need from the system."""

import ast
import importlib.machinery
import os
import platform
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ops.console import Failure, last_lines, say
from ops.places import (
    PYTHON,
    REQUIREMENTS,
    STAMPS,
    START,
    VENV,
    digest,
    remember,
    unchanged,
)

PANGO = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
INSTALL_LOG = START.logs / "install.log"


def make_venv() -> None:
    """Make `.venv`, or make it anew for another Python or after the clone has moved."""
    if not is_sound(VENV):
        # We may run in the very one that is to be cleared: make it from outside.
        outside = Path(sys.executable).resolve()
        run([str(outside), "-m", "venv", "--clear", str(VENV)])


def is_sound(venv: Path) -> bool:
    """Tell whether an environment is of this Python and was made where it lies."""
    try:
        lines = (venv / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    made = dict(line.split(" = ", 1) for line in lines if " = " in line)
    return (
        made.get("version", "").startswith(f"{python_version()}.")
        and made.get("command", "").endswith(f" {venv}")
        and (venv / "bin" / "python").exists()
    )


def python_version() -> str:
    """Return 3.11 of 3.11.7: what packages are built for."""
    return ".".join(platform.python_version_tuple()[:2])


def install(lock: str) -> None:
    """Install what a lock file names: by uv, which is quick, else by pip."""
    file = REQUIREMENTS / lock
    wanted, stamp = digest(python_version(), file), VENV / f"{lock}.stamp"
    if unchanged(stamp, wanted) and is_sound(VENV):
        return
    make_venv()
    if not install_by_uv(file):
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet"]
        run([*pip, "--require-hashes", "-r", str(file)])
    remember(stamp, wanted)


def install_by_uv(file: Path) -> bool:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes"]
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--require-hashes"]
    if has_certificates():
        uv += ["--system-certs"]
    try:
        run([*pip, "-r", str(REQUIREMENTS / "tools.txt")])
        run([*uv, "--python", str(PYTHON), "-r", str(file)], like_pip())
    except Failure:
        return False  # the reason is in the log; pip tells it again if it fails too
    return True


def has_certificates() -> bool:
    """Tell whether the system has any; a bare Debian has not, and uv brings its own."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(
        paths.capath and any(Path(paths.capath).iterdir())
    )


def like_pip() -> dict[str, str]:
    """Return pip's configured sources in uv's words."""
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    return in_words_of_uv(listed.stdout)


def in_words_of_uv(config: str) -> dict[str, str]:
    """Translate the output of `pip config list`.

    Of several places that name a setting the environment wins, then what is said for
    `install`. Hashes are checked, so it is safe to take a file from any of the indexes.

    >>> in_words_of_uv("global.find-links='/a\\\\n/b'\\n:env:.find-links='/c'")
    {'UV_INDEX_STRATEGY': 'unsafe-best-match', 'UV_FIND_LINKS': '/c'}
    """
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "no-index": "UV_NO_INDEX",
        "trusted-host": "UV_INSECURE_HOST",
        "cert": "SSL_CERT_FILE",
    }
    result = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for section in ("global", "install", ":env:"):
        for line in config.splitlines():
            key, _, value = line.partition("=")
            name = names.get(key.removeprefix(f"{section}."))
            if name and key.startswith(f"{section}."):
                words = str(ast.literal_eval(value)).split()
                # uv takes links by the comma, all else by the space.
                comma = name == "UV_FIND_LINKS"
                result[name] = (",".join if comma else " ".join)(words)
    return result


def pins(*names: str) -> list[str]:
    """Return which versions of some packages the lock file asks for."""
    lines = (REQUIREMENTS / "runtime.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in names]


def folder_of(package: str) -> Path | None:
    """Return where a package of `.venv` lies, without importing it."""
    places = [str(path) for path in VENV.glob("lib/python*/site-packages")]
    spec = importlib.machinery.PathFinder.find_spec(package, places)
    return Path(spec.origin).parent if spec and spec.origin else None


def find_pango() -> str:
    """Make PDFs possible; return "", or what to type where that is beyond us.

    Nothing short of an import tells: it loads the libraries by several names.
    """
    wanted = digest(REQUIREMENTS / "runtime.txt", str(VENV))
    if unchanged(STAMPS / "pango", wanted):
        return ""
    if not can_import("weasyprint"):
        if can_apt():
            # Older systems have no harfbuzz-subset. PDFs do without it.
            for packages in (PANGO, PANGO[:2]):
                with suppress(Failure):
                    apt_install(packages)
                    break
        elif sys.platform == "darwin" and shutil.which("brew"):
            run(["brew", "install", "--quiet", "pango"])
        if not can_import("weasyprint"):
            return pango_line()
    remember(STAMPS / "pango", wanted)
    return ""


def pango_line() -> str:
    if shutil.which("apt-get"):
        return f"sudo apt install {' '.join(PANGO)}"
    if shutil.which("dnf"):
        return "sudo dnf install pango harfbuzz"
    return "brew install pango" if sys.platform == "darwin" else "install Pango ≥ 1.44"


def can_import(module: str) -> bool:
    done = subprocess.run(
        [str(PYTHON), "-W", "ignore", "-c", f"import {module}"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def find_browser() -> str:
    """Return a Chromium that runs; install one if need be. Raises Failure."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "google-chrome"):
        if (path := shutil.which(name)) and runs(path):
            return path
    if (path := playwrights_own()) and runs(path):
        return path
    if can_apt():
        apt_install(["chromium"])
        if (path := shutil.which("chromium")) and runs(path):
            return path
    try:
        run([str(PYTHON), "-m", "playwright", "install", "chromium"])
    except Failure as failure:
        say(str(failure))
    if (path := playwrights_own()) and runs(path):
        return path
    raise Failure(
        "The tests need a browser. Install Chromium (sudo apt install chromium), or"
        " name one: CHROMIUM=/path/to/chromium ./test"
    )


def playwrights_own() -> str:
    done = subprocess.run(
        [
            str(PYTHON),
            "-c",
            "from playwright.sync_api import sync_playwright as start\n"
            "with start() as playwright: print(playwright.chromium.executable_path)",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def runs(path: str) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def can_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Sequence[str]) -> None:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], quiet)
    run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], quiet)


def run(argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Run a step of the set-up with its words in the log; raise Failure if it fails."""
    INSTALL_LOG.parent.mkdir(parents=True, exist_ok=True)
    with INSTALL_LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(argv)}\n")
        log.flush()
        done = subprocess.run(
            argv, env=os.environ | (env or {}), stdout=log, stderr=log, check=False
        )
    if done.returncode:
        raise Failure(f"{' '.join(argv[:6])} … failed:\n{last_lines(INSTALL_LOG)}")
