"""Everything about a contract in one file, which can be checked without this program.

Written as a stream: memory does not grow with the number of rows or files.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import StringIO
from pathlib import Path, PurePath
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.db import connection, transaction
from django.db.models.fields.files import FieldFile
from django.utils.choices import flatten_choices
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import Contract, Document, Package, Seal

from .holdings import (
    BY_LABEL,
    Table,
    as_text,
    cell_of,
    columns_of,
    names_people,
    rows_of,
    tables,
)
from .models import Issue

DATA = Path(__file__).parent / "data"
CHUNK = 1 << 20
ROWS = 2000
START = "0" * 64
BOM = "\ufeff"
#: What gains nothing from being packed once more.
PACKED = (".pdf", ".jpg", ".jpeg", ".png", ".zip", ".docx", ".xlsx", ".ofd")
LONGEST_NAME, LONGEST_SUFFIX = 80, 10
#: What no file may be called on Windows.
STRANGE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')

#: Called with the parts done and the parts there are.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Made:
    """What went into a package; `faults` name what was not as it should be."""

    manifest: str = ""
    files: int = 0
    rows: int = 0
    faults: list[str] = field(default_factory=list)


class Box:
    """A zip that is being filled. Every file is measured on its way in."""

    def __init__(self, zip_: ZipFile, at: datetime) -> None:
        self._zip = zip_
        self._at = localtime(at, get_default_timezone()).timetuple()[:6]
        self.files: dict[str, dict[str, Any]] = {}

    @contextmanager
    def file(self, path: str) -> Iterator["_Measured"]:
        info = ZipInfo(path, self._at)
        info.external_attr = 0o600 << 16
        packed = path.lower().endswith(PACKED)
        info.compress_type = ZIP_STORED if packed else ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as out:
            measured = _Measured(out)
            yield measured
        self.files[path] = {
            "path": path,
            "sha256": measured.digest.hexdigest(),
            "size": measured.size,
        }

    def put(self, path: str, content: bytes) -> None:
        with self.file(path) as out:
            out.write(content)


class _Measured:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.digest = sha256()
        self.size = 0

    def write(self, content: bytes) -> None:
        self._out.write(content)
        self.digest.update(content)
        self.size += len(content)


def write(
    package: Package, out: IO[bytes], *, at: datetime, progress: Progress
) -> Made:
    """Write a contract's package, all of it as it stood at one moment.

    To be called outside a transaction: its own is one snapshot, and only reads.
    """
    with transaction.atomic(durable=True):
        # The driver's own cursor, as in `contracts.ledger.verify`: it must be the first.
        connection.ensure_connection()
        with connection.connection.cursor() as first:
            first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with ZipFile(out, "w", ZIP_DEFLATED) as zip_:
            return _Writing(package, Box(zip_, at), at, progress).write()


class _Writing:
    """One package on its way into a box."""

    def __init__(
        self, package: Package, box: Box, at: datetime, progress: Progress
    ) -> None:
        self.package = package
        self.contract: Contract = package.contract
        self.box = box
        self.at = at
        self.progress = progress
        self.made = Made()
        self.people: set[int] = set()
        self.tables: list[dict[str, Any]] = []
        self.done = 0

    def write(self) -> Made:
        found = tables()
        documents = rows_of(BY_LABEL["contracts.Document"], self.contract)
        issues = Issue.objects.of(self.contract).issued().order_by("pk")
        self.parts = len(found) + documents.count() + issues.count()
        for table in found:
            self._write_table(table)
            self._step()
        self._write_columns(found)
        self._write_people()
        for document in documents.order_by("pk").iterator(ROWS):
            self._write_document(document)
            self._step()
        for issue in issues.iterator(ROWS):
            self._write_issue(issue)
            self._step()
        self._write_manifest()
        return self.made

    def _step(self) -> None:
        self.done += 1
        self.progress(self.done, self.parts)

    def _write_table(self, table: Table) -> None:
        columns = columns_of(table)
        cells = [cell_of(column) for column in columns]
        people = [n for n, column in enumerate(columns) if names_people(column)]
        rows = (
            rows_of(table, self.contract)
            .order_by("pk")
            .values_list(*(column.attname for column in columns))
        )
        sheet = _Ledger() if table.is_ledger else _Sheet()
        with self.box.file(table.path) as out:
            out.write(sheet.head([column.attname for column in columns]))
            for row in rows.iterator(ROWS):
                self.people.update(row[n] for n in people if row[n])
                sheet.add([cell(value) for cell, value in zip(cells, row, strict=True)])
                if sheet.rows % ROWS == 0:
                    out.write(sheet.taken())
            out.write(sheet.taken())
        meta = table.model._meta
        self._list(table.path, str(meta.verbose_name_plural), sheet)

    def _list(self, path: str, title: str, sheet: "_Sheet") -> None:
        head = {"head": sheet.last} if isinstance(sheet, _Ledger) else {}
        self.tables.append({"path": path, "title": title, "rows": sheet.rows, **head})
        self.made.rows += sheet.rows

    def _write_columns(self, found: list[Table]) -> None:
        """Say what each column means, and what its codes stand for."""
        rows = []
        for table in found:
            name = str(table.model._meta.verbose_name)
            for column in columns_of(table):
                pairs: Iterable[tuple[Any, Any]] = flatten_choices(column.choices or [])
                codes = "; ".join(f"{code}={label}" for code, label in pairs)
                meaning = str(column.verbose_name)
                rows.append([table.path, name, column.attname, meaning, codes])
        head = ["file", "table", "column", "meaning", "codes"]
        self._write_sheet("data/columns.csv", _("Meaning of the columns"), head, rows)

    def _write_people(self) -> None:
        """Name the people whose numbers stand in the tables, and say nothing else of them."""
        people = User.objects.filter(pk__in=self.people).order_by("pk")
        rows = [[str(user.pk), as_text(user.name)] for user in people]
        self._write_sheet("data/people.csv", _("People"), ["id", "name"], rows)

    def _write_sheet(
        self, path: str, title: str, head: list[str], rows: list[list[str]]
    ) -> None:
        sheet = _Sheet()
        with self.box.file(path) as out:
            out.write(sheet.head(head))
            for row in rows:
                sheet.add(row)
            out.write(sheet.taken())
        self._list(path, title, sheet)

    def _write_document(self, document: Document) -> None:
        path = f"documents/{document.digest[:12]}-{file_name(document.name)}"
        if path in self.box.files:  # the same file, put on record twice
            return
        found = self._copy(document.file, path)
        if found and found["sha256"] != document.digest:
            self.made.faults.append(
                _("%(path)s is not the file that was put on record.") % {"path": path}
            )

    def _write_issue(self, issue: Issue) -> None:
        name = f"issues/{file_name(issue.number)}-v{issue.version}-{issue.pk}"
        content = json.dumps(issue.content, ensure_ascii=False, indent=1)
        self.box.put(f"{name}.json", content.encode())
        for file in (issue.pdf, issue.xlsx):
            if file:
                self._copy(file, name + PurePath(file.name or "").suffix)

    def _copy(self, file: FieldFile, path: str) -> dict[str, Any] | None:
        """Put a stored file into the box; one that is gone is noted."""
        try:
            stored = file.open()
        except FileNotFoundError:
            self.made.faults.append(_("%(path)s is missing on disk.") % {"path": path})
            return None
        with stored, self.box.file(path) as out:
            for chunk in stored.chunks(CHUNK):
                out.write(chunk)
        return self.box.files[path]

    def _write_manifest(self) -> None:
        made_at = localtime(self.at, get_default_timezone()).isoformat("T", "seconds")
        self.box.put("verify.py", (DATA / "verify_package.py").read_bytes())
        # The files and the rows that the manifest lists: this one is among them.
        self.made.files = len(self.box.files) + 1
        self.box.put("README.txt", self._readme().encode("utf-8-sig"))
        manifest = {
            "format": "contract-package/1",
            "contract": {"number": self.contract.number, "title": self.contract.title},
            "package": str(self.package.token),
            "made_at": made_at,
            "made_by": self.package.asked_by.name,
            "tables": self.tables,
            "seals": _newest_seals(),
            "faults": self.made.faults,
            "files": list(self.box.files.values()),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self.made.manifest = sha256(text).hexdigest()
        self.box.put("manifest.json", text)
        self.box.put(
            "manifest.sha256", f"{self.made.manifest}  manifest.json\n".encode()
        )

    def _readme(self) -> str:
        faults = "".join(f"\n* {fault}" for fault in self.made.faults)
        words = (DATA / "package_readme.txt").read_text(encoding="utf-8")
        at = localtime(self.at, get_default_timezone())
        return words.format(
            number=self.contract.number,
            title=self.contract.title,
            made_at=f"{at:%Y-%m-%d %H:%M}",
            made_by=self.package.asked_by.name,
            files=self.made.files,
            rows=self.made.rows,
            faults=f"\n\n五、制作时已知的缺损\n{faults}\n" if faults else "",
        ).replace("\n", "\r\n")


class _Sheet:
    """Rows of a table on their way into a file."""

    def __init__(self) -> None:
        self._text = StringIO(newline="")
        self._csv = csv.writer(self._text)
        self.rows = 0

    def head(self, columns: list[str]) -> bytes:
        """Return the first line, with the mark by which Excel knows UTF-8."""
        self._csv.writerow(self._around(columns))
        return BOM.encode() + self.taken()

    def add(self, cells: list[str]) -> None:
        self.rows += 1
        self._csv.writerow(cells)

    def taken(self) -> bytes:
        """Return what has been written since the last time."""
        text = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        return text

    def _around(self, columns: list[str]) -> list[str]:
        return columns


class _Ledger(_Sheet):
    """Rows of a ledger: numbered, and each with the digest of itself and the one before.

    So whoever takes one out, changes it or exchanges two is found without any key.
    `verify.py` computes the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last = START

    def add(self, cells: list[str]) -> None:
        line = [str(self.rows + 1), *cells]
        plain = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        digest = sha256(f"{self.last}\n{plain}".encode()).hexdigest()
        super().add([*line, self.last, digest])
        self.last = digest

    def _around(self, columns: list[str]) -> list[str]:
        return ["row", *columns, "previous", "digest"]


def file_name(name: str) -> str:
    """Return a file's name as any system takes it, not too long.

    >>> file_name('a/b:"移交".PDF '), file_name("...")
    ('a_b__移交_.PDF', 'file')
    """
    clean = STRANGE.sub("_", name).strip(" .") or "file"
    suffix = PurePath(clean).suffix
    if len(suffix) > LONGEST_SUFFIX:
        suffix = ""
    stem = clean[: len(clean) - len(suffix)]
    return stem[: LONGEST_NAME - len(suffix)] + suffix


def manifest_digest(package: Package) -> str:
    """Return the digest of the manifest in a package that is ready, to compare with.

    "" where its file is gone.
    """
    try:
        file = package.file.open()
    except FileNotFoundError:
        return ""
    with file, ZipFile(file) as zip_:
        return zip_.read("manifest.sha256").decode().split()[0]


def _newest_seals() -> list[dict[str, Any]]:
    newest = Seal.objects.order_by("table", "-pk").distinct("table").defer("tags")
    return [
        {"table": one.table, "digest": one.digest, "at": one.at.isoformat()}
        for one in newest
    ]
