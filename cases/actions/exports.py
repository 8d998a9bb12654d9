"""The ledger going out: asked for, made in the background, taken away, deleted in time."""

import os
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from shutil import rmtree
from typing import IO
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import MAY, Role
from cases.exports import cover, filling, layout, plain
from cases.exports.orders import Orders, narrowed
from cases.ledger import COLUMNS, chosen
from cases.models import Export, ExportStatus, LedgerTemplate, Permit
from cases.progress import report
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.models import Contract, Membership, TransitionRefused
from contracts.turns import turn

log = structlog.get_logger(__name__)

#: After so many tries that ended with the worker's death, a person has to look.
MOST_TRIES = 3
#: What one person may have in the making: a file of the whole ledger takes a minute.
MOST_AT_ONCE = 5
LONGEST_QUERY = Export._meta.get_field("query").max_length or 0


class ExportRefused(Exception):
    """A file that is not made or not handed out, in words for whoever asked for it."""


@transaction.atomic(durable=True)
def ask(
    contract: Contract,
    *,
    query: str,
    columns: list[str],
    template: LedgerTemplate | None,
    permit: Permit | None,
    token: UUID,
    by: User,
    at: datetime,
) -> Export:
    """Ask for the orders of a list as a file: its filters, its order, its columns.

    The same `token` again is the same form sent twice. Raises ExportRefused where the
    permit does not cover what is asked for.
    """
    hold(contract)
    if known := Export.objects.of(contract).filter(token=token).first():
        return known
    if len(query) > LONGEST_QUERY:
        raise ExportRefused(_("These filters are too long."))
    if Export.objects.of(contract).owed().filter(asked_by=by).count() >= MOST_AT_ONCE:
        raise ExportRefused(
            _("Wait until one of the files that you have asked for is ready.")
        )
    if permit is not None and not covers(permit, query, by=by, at=at):
        raise ExportRefused(
            _("The permit is not yours, has run out, or is for other orders.")
        )
    keys = chosen(columns) if template is None else columns_of(template)
    export = Export.objects.create(
        contract=contract,
        query=query,
        columns=list(keys),
        language=get_language() or "",
        template=template,
        permit=permit,
        token=token,
        asked_at=at,
        asked_by=by,
    )
    trail.record(export, ExportStatus.OWED, by=by, at=at, note=_what(export))
    return export


def covers(permit: Permit, query: str, *, by: User, at: datetime) -> bool:
    """Say whether a permit lets this person have the callers of these orders.

    Those it was asked for, or any part of them where it was asked for all.
    """
    held = Permit.objects.of(permit.contract).held_by(by, at).filter(pk=permit.pk)
    return permit.query in ("", narrowed(query)) and held.exists()


def columns_of(template: LedgerTemplate) -> list[str]:
    """Return the columns that a format asks for, in its order."""
    return [key for _letters, key in template.columns if key in COLUMNS]


def _what(export: Export) -> str:
    """Say for the audit what goes out, in the program's own words.

    One line there for each export and none on the ledgers of its orders: nothing has
    happened to them, and 300,000 lines would hide what did.
    """
    permit = f"permit {export.permit_id}" if export.permit_id else "masked"
    return f"{permit}; {','.join(export.columns)}"


@transaction.atomic(durable=True)
def cancel(export: Export, *, by: User, at: datetime) -> None:
    """Give a file up that is still being made. A task at work on it stops."""
    export.move(ExportStatus.CANCELLED, by=by, at=at)


@transaction.atomic(durable=True)
def retry(export: Export, *, by: User, at: datetime) -> None:
    """Have a file made after all, once what stood in its way is gone."""
    export.move(ExportStatus.OWED, by=by, at=at, tries=0, failure="")


def open_file(export: Export, *, by: User, at: datetime) -> IO[bytes]:
    """Hand a file out, and write down who took it.

    Raises ExportRefused for one that is not there, is not what was made, or has
    callers in clear and was permitted to somebody else.
    """
    if export.permit_id and export.asked_by_id != by.pk:
        raise ExportRefused(
            _("This file has personal data in it. The permit is %(name)s's alone.")
            % {"name": export.asked_by}
        )
    if (
        export.status != ExportStatus.MADE
        or export.expires_at is None
        or export.expires_at <= at
    ):
        raise ExportRefused(_("This file is not there, or no longer."))
    try:
        file: IO[bytes] = export.file.open()
    except FileNotFoundError as gone:
        raise ExportRefused(_("This file is not there, or no longer.")) from gone
    if file_digest(file, "sha256").hexdigest() != export.digest:  # type: ignore[arg-type]
        file.close()
        raise ExportRefused(_("The file on disk is not the one that was made."))
    file.seek(0)
    _taken(export, by=by, at=at)
    return file


@transaction.atomic(durable=True)
def _taken(export: Export, *, by: User, at: datetime) -> None:
    trail.record(export, "downloaded", by=by, at=at, note=export.digest)


# --- Made in the background ------------------------------------------------------------------


def make(export: Export, *, at: datetime) -> None:
    """Make a file that is owed.

    Nothing happens where somebody else is making it, or it has been given up. Whoever
    is killed half-way leaves it owed, to be begun again; tried too often, it fails.
    """
    with turn("export", export.pk) as mine, translation.override(export.language):
        if not mine:
            return
        try:
            if _begin(export):
                _make(export, at=at)
            elif export.status == ExportStatus.OWED:
                _fail(export, _("The file was tried several times, in vain."), at=at)
        except ExportRefused as refusal:
            _fail(export, str(refusal), at=at)
        except TransitionRefused:
            return  # given up meanwhile


@transaction.atomic(durable=True)
def _begin(export: Export) -> bool:
    """Count a try, and say whether there is one left."""
    owed = Export.objects.owed().filter(pk=export.pk, tries__lt=MOST_TRIES)
    counted = owed.update(tries=F("tries") + 1)
    export.refresh_from_db(fields=["status", "tries"])
    return bool(counted)


def _make(export: Export, *, at: datetime) -> None:
    # Named after its row: a second try takes the place of what the first one left.
    name = f"exports/{export.asked_at:%Y/%m}/{export.token}.xlsx"
    path = Path(export.file.storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    # What is half done stands in a folder of its own, which nobody else may read.
    folder = path.with_suffix(".part")
    rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    half = folder / path.name
    try:
        with transaction.atomic():  # the cursor lives as long
            orders = Orders(export, _role(export, at=at))
            _write(export, orders, half, at=at)
        with half.open("rb") as written:
            os.fsync(written.fileno())
            half.chmod(0o600)
            digest = file_digest(written, "sha256").hexdigest()
        half.replace(path)
        _finish(export, orders, name=name, digest=digest, at=at)
    except TransitionRefused:
        path.unlink(missing_ok=True)
        raise
    finally:
        rmtree(folder, ignore_errors=True)


def _write(export: Export, orders: Orders, path: Path, *, at: datetime) -> None:
    total = orders.total()

    def came_to(done: int) -> None:
        report(export, done, total)
        if not Export.objects.owed().filter(pk=export.pk).exists():
            raise TransitionRefused  # given up

    def facts() -> list[cover.Fact]:
        return cover.facts(export, orders, read_at=at)

    lines, mark = orders.lines(came_to), cover.mark(export)
    if export.template is None:
        plain.write(path, orders.columns, lines, mark=mark, facts=facts)
        return
    found = _layout(export.template)
    with export.template.file.open() as source:
        filling.fill(
            source,
            path,
            found,
            lines,
            titles=cover.titles(export, orders),
            mark=mark,
            facts=facts,
        )


def _layout(template: LedgerTemplate) -> layout.Layout:
    """Read a format again, as it was put on record. Raises ExportRefused."""
    with template.file.open() as source:
        if file_digest(source, "sha256").hexdigest() != template.digest:
            raise ExportRefused(
                _(
                    "The file of the ledger format is not the one that was put on record."
                )
            )
        return layout.read(source, str(template.file.name))


def _role(export: Export, *, at: datetime) -> Role:
    """Return the role in which somebody sees what they take out, as of now."""
    held = Membership.objects.filter(
        contract=export.contract, user=export.asked_by, user__is_active=True
    )
    role = held.values_list("role", flat=True).first()
    if role not in MAY["cases.export"]:
        raise ExportRefused(_("Whoever asked for this file has lost the right to it."))
    permit = export.permit
    if permit and not covers(permit, export.query, by=export.asked_by, at=at):
        raise ExportRefused(_("The permit for personal data has run out."))
    return Role(role)


@transaction.atomic(durable=True)
def _finish(
    export: Export, orders: Orders, *, name: str, digest: str, at: datetime
) -> None:
    kept_until = at + timedelta(days=settings.EXPORT_DAYS)
    if export.permit and export.permit.valid_until:
        kept_until = min(kept_until, export.permit.valid_until)
    export.move(
        ExportStatus.MADE,
        by=export.asked_by,
        at=at,
        note=f"{orders.count} rows, {_what(export)}; {digest}",
        file=name,
        digest=digest,
        rows=orders.count,
        complete=orders.complete,
        late=orders.late,
        made_at=at,
        expires_at=kept_until,
        tries=0,
    )


@transaction.atomic(durable=True)
def _fail(export: Export, why: str, *, at: datetime) -> None:
    export.move(ExportStatus.FAILED, by=None, at=at, failure=why[:400])


def expire(export: Export, *, at: datetime) -> None:
    """Delete a file whose time is over. What was in it, for whom and when stays known.

    First the row, then the file: killed in between, it is found again.
    """
    if export.status == ExportStatus.MADE:
        _expire(export, at=at)
    if export.file.name:
        export.file.storage.delete(export.file.name)
    Export.objects.filter(pk=export.pk).update(file="")


@transaction.atomic(durable=True)
def _expire(export: Export, *, at: datetime) -> None:
    export.move(ExportStatus.EXPIRED, by=None, at=at)
