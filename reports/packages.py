"""Handover packages: asked for, made in the background, taken away."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from time import monotonic
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import translation

from accounts.models import User
from contracts.actions.numbers import hold
from contracts.models import AuditEntry, Contract, Package, PackageStatus, subject_of
from contracts.turns import turn

from .actions import LANGUAGE
from .package import Progress, write

#: After so many tries a person has to look.
MOST_TRIES = 3
#: Seconds between two words about how far it has come.
PACE = 0.5


@transaction.atomic(durable=True)
def ask(contract: Contract, *, token: UUID, by: User, at: datetime) -> Package:
    """Ask for everything about a contract as one file.

    The same `token` again is the same form sent twice; and while a package is being
    made, that one comes back.
    """
    hold(contract)
    packages = Package.objects.of(contract)
    if known := packages.filter(token=token).first() or packages.owed().first():
        return known
    package = Package.objects.create(
        contract=contract, token=token, asked_at=at, asked_by=by
    )
    _note(package, PackageStatus.ASKED, by=by, at=at)
    return package


@transaction.atomic(durable=True)
def downloaded(package: Package, *, by: User, at: datetime) -> None:
    """Record that somebody has taken a package away."""
    _note(package, "downloaded", by=by, at=at, note=package.digest)


def make(package: Package, *, at: datetime) -> None:
    """Make a package that is owed.

    Nothing happens where somebody else is making it, or has made it already. Whoever
    is killed half-way leaves it owed, to be begun again; tried too often, it fails.
    """
    with turn("package", package.pk) as mine:
        if not mine or not _begin(package, at=at):
            return
        try:
            _make(package, at=at)
        except Exception as error:
            why = f"{type(error).__name__}: {error}"[:300]
            Package.objects.filter(pk=package.pk).update(error=why)
            raise


@transaction.atomic(durable=True)
def _begin(package: Package, *, at: datetime) -> bool:
    """Count a try at a package, and say whether it is owed at all."""
    package.refresh_from_db()
    if package.status == PackageStatus.ASKED and package.tries >= MOST_TRIES:
        package.move(PackageStatus.FAILED, by=None, at=at)
    owed = Package.objects.owed().filter(pk=package.pk)
    return bool(owed.update(tries=F("tries") + 1))


def _make(package: Package, *, at: datetime) -> None:
    # Named after its row: a second try takes the place of what the first one left.
    name = f"packages/{at:%Y/%m}/{package.token}.zip"
    path = Path(package.file.storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with (
            translation.override(LANGUAGE),
            _progress(package) as progress,
            os.fdopen(
                os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b"
            ) as out,
        ):
            made = write(package, out, at=at, progress=progress)
            out.flush()
            os.fsync(out.fileno())
            out.seek(0)
            digest = file_digest(out, "sha256").hexdigest()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _finish(
        package,
        name=name,
        size=path.stat().st_size,
        digest=digest,
        faults="; ".join(made.faults),
        at=at,
    )


@transaction.atomic(durable=True)
def _finish(
    package: Package, *, name: str, size: int, digest: str, faults: str, at: datetime
) -> None:
    package.move(
        PackageStatus.READY,
        by=package.asked_by,
        at=at,
        note=digest,
        file=name,
        size=size,
        digest=digest,
        made_at=at,
        error=faults[:300],
    )


@contextmanager
def _progress(package: Package) -> Iterator[Progress]:
    """Yield what writes down how far it has come.

    On a connection of its own: what the snapshot writes nobody would see before its
    end, and it may not write at all.
    """
    beside = connection.copy()
    said = 0.0

    def say(done: int, parts: int) -> None:
        nonlocal said
        if monotonic() - said < PACE and done < parts:
            return
        said = monotonic()
        with beside.cursor() as cursor:
            cursor.execute(
                "UPDATE contracts_package SET done = %s, parts = %s WHERE id = %s",
                [done, parts, package.pk],
            )

    try:
        yield say
    finally:
        beside.close()


def _note(
    package: Package, became: str, *, by: User, at: datetime, note: str = ""
) -> None:
    AuditEntry.objects.create(
        contract_id=package.contract_id,
        at=at,
        by=by,
        subject=subject_of(package),
        became=became,
        note=note,
    )
