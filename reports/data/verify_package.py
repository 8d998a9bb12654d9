"""Check a handover package without the program that made it, and without a network.

    python verify.py            the unpacked folder in which this file lies
    python verify.py FILE.zip   a package that is still packed

Python 3.8 or later and nothing else. Prints what does not fit, and ends with 1 if
anything does not.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

MANIFEST, ITS_DIGEST = "manifest.json", "manifest.sha256"
ARGUMENTS = 2
CHUNK = 1 << 20
START = "0" * 64
#: Of one file, so many faults are named; the rest is counted.
MOST_NAMED = 20
#: Around the row itself, a ledger's line has its number, and these two at the end.
AT_LEAST = 3


class Folder:
    """An unpacked package."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> set[str]:
        return {
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    def open(self, name: str) -> IO[bytes]:
        return (self.root / name).open("rb")


class Packed:
    """A package as it was made, one zip."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path)

    def names(self) -> set[str]:
        return {name for name in self.zip.namelist() if not name.endswith("/")}

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name)


def digest_of(file: IO[bytes]) -> tuple[str, int]:
    """Return the SHA-256 of a file, and its size."""
    digest, size = hashlib.sha256(), 0
    while True:
        chunk = file.read(CHUNK)
        if not chunk:
            return digest.hexdigest(), size
        digest.update(chunk)
        size += len(chunk)


def rows_in(file: IO[bytes]) -> Iterator[list[str]]:
    """Yield the rows of a table, without its head."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = csv.reader(text)
    next(rows, None)
    return rows


def link(previous: str, cells: list[str]) -> str:
    """Return the digest of a ledger's row, which holds that of the row before it."""
    plain = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + "\n" + plain).encode("utf-8")).hexdigest()


def check_ledger(file: IO[bytes], rows: int, head: str) -> Iterator[str]:
    """Yield what is wrong with the order, the number or the content of a ledger's rows."""
    seen = bytearray(rows + 2)
    before, last = 0, START
    for line in rows_in(file):
        if len(line) < AT_LEAST or not line[0].isdigit():
            yield f"第 {before} 行之后有一行无法识别"
            continue
        number = int(line[0])
        if link(line[-2], line[:-2]) != line[-1]:
            yield f"第 {number} 行的内容被改动"
        if number < len(seen) and seen[number]:
            yield f"第 {number} 行重复"
        elif number < before:
            yield f"第 {number} 行不在原来的位置（排在第 {before} 行之后）"
        elif number == before + 1 and line[-2] != last:
            yield f"第 {number} 行与上一行接不上"
        if number <= rows:
            seen[number] = 1
        else:
            yield f"第 {number} 行是多出来的"
        before, last = number, line[-1]
    missing = [number for number in range(1, rows + 1) if not seen[number]]
    if missing and missing[-1] == rows:
        cut = rows
        while cut > 1 and not seen[cut - 1]:
            cut -= 1
        yield f"末尾被截断：第 {cut} 行至第 {rows} 行不见了"
        missing = [number for number in missing if number < cut]
    for number in missing:
        yield f"第 {number} 行不见了"
    if not missing and last != head:
        yield "最后一行的摘要与清单上的不符"


def check_table(file: IO[bytes], rows: int) -> Iterator[str]:
    """Yield what is wrong with the number of rows of a table."""
    found = sum(1 for _row in rows_in(file))
    if found != rows:
        yield f"清单上是 {rows} 行，实有 {found} 行"


def check(package: Folder | Packed) -> Iterator[str]:
    """Yield everything that does not fit, each with the name of the file it is in."""
    present = package.names()
    for name in (MANIFEST, ITS_DIGEST):
        if name not in present:
            yield f"{name}：缺少这个文件，无法核对"
            return
    with package.open(MANIFEST) as file:
        found, _size = digest_of(file)
    with package.open(ITS_DIGEST) as file:
        noted = file.read(200).decode("ascii", "replace").split()
    if noted[:1] != [found]:
        yield f"{MANIFEST}：清单被改动"
    try:
        with package.open(MANIFEST) as file:
            manifest = json.loads(file.read().decode("utf-8"))
        listed = {entry["path"]: entry for entry in manifest["files"]}
        tables = {entry["path"]: entry for entry in manifest["tables"]}
    except (ValueError, KeyError, TypeError):
        yield f"{MANIFEST}：清单读不出来"
        return
    for name in sorted(present - set(listed) - {MANIFEST, ITS_DIGEST}):
        yield f"{name}：清单上没有这个文件"
    for name in sorted(listed):
        if name not in present:
            yield f"{name}：缺少这个文件"
            continue
        for fault in some(check_file(package, name, listed[name], tables.get(name))):
            yield f"{name}：{fault}"


def check_file(
    package: Folder | Packed,
    name: str,
    entry: dict[str, Any],
    table: dict[str, Any] | None,
) -> Iterator[str]:
    """Yield what is wrong with one file; of a table, which of its rows."""
    try:
        with package.open(name) as file:
            found, size = digest_of(file)
        if (found, size) != (entry["sha256"], entry["size"]):
            yield f"内容被改动（SHA-256 应为 {entry['sha256']}，实为 {found}）"
        if table is not None:
            with package.open(name) as file:
                if "head" in table:
                    yield from check_ledger(file, table["rows"], table["head"])
                else:
                    yield from check_table(file, table["rows"])
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        yield f"读不出来（{type(error).__name__}）"
    except (zipfile.BadZipFile, EOFError) as error:
        yield f"压缩包损坏（{type(error).__name__}）"


def some(faults: Iterator[str]) -> Iterator[str]:
    """Yield the first faults of a file, and how many more there are."""
    more = 0
    for number, fault in enumerate(faults):
        if number < MOST_NAMED:
            yield fault
        else:
            more += 1
    if more:
        yield f"此外还有 {more} 处"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def report(package: Folder | Packed) -> int:
    """Print what was found, and return how the program ends."""
    faults = 0
    for fault in check(package):
        faults += 1
        say(f"不符  {fault}")
    if faults:
        say(f"核对不通过：共 {faults} 处不符。")
        return 1
    with package.open(MANIFEST) as file:
        manifest = json.loads(file.read().decode("utf-8"))
    with package.open(MANIFEST) as file:
        digest, _size = digest_of(file)
    for fault in manifest.get("faults", []):
        say(f"注意  制作时已知：{fault}")
    rows = sum(entry["rows"] for entry in manifest["tables"])
    say(f"合同  {manifest['contract']['number']}  制作于 {manifest['made_at']}")
    say(f"核对通过：{len(manifest['files'])} 个文件，{rows} 行，与清单完全一致。")
    say(f"清单摘要 {digest}")
    say(
        "请与系统“期满移交”页面或书面验收单上的清单摘要比对，一致才说明清单本身没有被整体替换。"
    )
    return 0


def main(arguments: list[str]) -> int:
    csv.field_size_limit(2**31 - 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    given = Path(arguments[1]) if len(arguments) == ARGUMENTS else Path(__file__).parent
    try:
        if given.is_dir():
            return report(Folder(given))
        with given.open("rb") as file:
            digest, _size = digest_of(file)
        say(f"压缩包 SHA-256 {digest}")
        return report(Packed(given))
    except (OSError, zipfile.BadZipFile) as error:
        say(f"打不开 {given}：{error}")
        return 1


if __name__ == "__main__":
    ended = main(sys.argv)
    # Started by a double click on Windows, the window would close at once.
    if os.name == "nt" and len(sys.argv) < ARGUMENTS and sys.stdin.isatty():
        input("按回车键关闭")
    sys.exit(ended)
