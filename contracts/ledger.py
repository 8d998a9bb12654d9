"""Seals over the append-only tables: what was written stays as it was, provably.

A ledger is a model under `accounts.models.Ledger`. PostgreSQL refuses to change its
rows; the seals find it out if somebody who owns the database does so all the same.
"""

import hmac
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import attrgetter, itemgetter

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum
from django.db.utils import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from accounts.models import Ledger

from .models import Seal

#: Bytes of a row's keyed digest that a seal keeps, and of the row's id before it.
TAG, ID = 8, 8
#: Below every id there can be.
BEFORE_ALL = -(2**63)
#: Seals that are checked with one reading of their rows.
SEALS_AT_ONCE = 200
#: Discrepancies of one ledger that are named; the rest is counted.
MOST_NAMED = 1000

#: As text, so that the same row is the same bytes on every connection.
SAME_EVERYWHERE = """
    SET LOCAL TimeZone TO 'UTC';
    SET LOCAL DateStyle TO 'ISO, YMD';
    SET LOCAL IntervalStyle TO 'postgres';
    SET LOCAL bytea_output TO 'hex';
    SET LOCAL extra_float_digits TO 1;
"""

LOCK_NOT_AVAILABLE = "55P03"

ROW_IS_GONE = _("The row is gone.")
ROW_WAS_NOT_THERE = _("The row was not there when its neighbours were sealed.")
ROW_IS_CHANGED = _("The row has been changed.")
SEAL_IS_GONE = _("A seal is missing from the chain.")
SEAL_IS_CHANGED = _("A seal has been changed.")
COLUMN_IS_GONE = _("A column that was sealed is gone, so its rows cannot be checked.")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A place where a ledger is not what was sealed. `row` is an id, where one is known."""

    row: int | None
    what: Promise


@dataclass(slots=True)
class Verdict:
    """What the verification of one ledger found.

    `discrepancies` are the first of them; there are `more` than are named.
    """

    table: str
    rows: int = 0
    unsealed: int = 0
    seals: int = 0
    newest: str = ""
    discrepancies: list[Discrepancy] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        return not self.discrepancies

    def note(self, row: int | None, what: Promise) -> None:
        if len(self.discrepancies) < MOST_NAMED:
            self.discrepancies.append(Discrepancy(row, what))
        else:
            self.more += 1


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a ledger is sealed. `newest` is its newest seal, if it has one."""

    model: type[Ledger]
    rows: int
    seals: int
    unsealed: int
    newest: Seal | None

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def name(self) -> str:
        return str(self.model._meta.verbose_name_plural)


def ledgers() -> list[type[Ledger]]:
    """Return every ledger that is sealed, by name of its table."""
    found = [
        model
        for model in apps.get_models()
        if issubclass(model, Ledger) and model is not Seal
    ]
    return sorted(found, key=lambda model: model._meta.db_table)


def seal(model: type[Ledger], *, at: datetime) -> Seal | None:
    """Seal the rows that a ledger has gained since its last seal.

    Returns None when there are none, when a long import holds the ledger, or when
    somebody else is sealing; the next run takes them. Needs no lock while it reads:
    up to the high-water mark nothing can be added any more.
    """
    table = model._meta.db_table
    high = _high_water(table)
    last = Seal.objects.of_table(table).last()
    after = last.last_id if last else BEFORE_ALL
    if high is None or high <= after:
        return None

    columns = [str(one.column) for one in model._meta.concrete_fields]
    stretch = _Stretch(last.digest if last else "", table, columns, high, at)
    with transaction.atomic():
        _write_rows_the_same()
        for line in _lines(table, columns, after, high):
            stretch.add(line)
    if not stretch.rows:
        return None
    try:
        with transaction.atomic():
            return Seal.objects.create(
                table=table,
                previous=last,
                columns=columns,
                first_id=stretch.first_id,
                last_id=high,
                rows=stretch.rows,
                tags=bytes(stretch.tags),
                digest=stretch.digest(),
                at=at,
            )
    except IntegrityError:  # sealed by somebody beside us
        return None


def standings() -> list[Standing]:
    """Return how far each ledger is sealed. Checks nothing."""
    sums = {
        table: (rows, seals)
        for table, rows, seals in Seal.objects.order_by("table")
        .values("table")
        .annotate(covered=Sum("rows"), seals=Count("pk"))
        .values_list("table", "covered", "seals")
    }
    newest = {
        one.table: one
        for one in Seal.objects.order_by("table", "-pk").distinct("table").defer("tags")
    }
    found = []
    for model in ledgers():
        table = model._meta.db_table
        rows, seals = sums.get(table, (0, 0))
        last = newest.get(table)
        unsealed = _count_after(table, last.last_id if last else BEFORE_ALL)
        found.append(Standing(model, rows, seals, unsealed, last))
    return found


def verify(models: Iterable[type[Ledger]]) -> list[Verdict]:
    """Compare ledgers with their seals, in one snapshot. Call it outside a transaction."""
    with transaction.atomic(durable=True):
        # The driver's own cursor: in a request, pghistory puts a query of its own before
        # each statement, and this one has to be the first of its transaction.
        connection.ensure_connection()
        with connection.connection.cursor() as first:
            first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _write_rows_the_same()
        return [_verify(model._meta.db_table) for model in models]


def _high_water(table: str) -> int | None:
    """Return the id up to which `table` will gain no more rows; None if it is busy.

    The function takes the lock that waits for every writer, and gives it back with
    this transaction. Whoever writes afterwards gets a higher id.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ledger_high_water(%s::regclass)", [table])
            return int(cursor.fetchone()[0])
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            return None
        raise


def _verify(table: str) -> Verdict:
    verdict = Verdict(table)
    present = _columns(table)
    last: Seal | None = None
    for batch in _batches(table):
        if present.issuperset(batch[0].columns):
            _verify_batch(verdict, batch, last)
        else:
            verdict.note(None, COLUMN_IS_GONE)
        verdict.seals += len(batch)
        last = batch[-1]
    verdict.newest = last.digest if last else ""
    verdict.unsealed = _count_after(table, last.last_id if last else BEFORE_ALL)
    return verdict


def _batches(table: str) -> Iterator[list[Seal]]:
    """Yield the seals of a ledger in order, together as far as they cover the same columns.

    Not all at once: there can be one a minute, and each names its rows.
    """
    after = 0
    while seals := list(
        Seal.objects.of_table(table).filter(pk__gt=after)[:SEALS_AT_ONCE]
    ):
        for _columns, group in groupby(seals, key=attrgetter("columns")):
            yield list(group)
        after = seals[-1].pk


def _verify_batch(verdict: Verdict, seals: Sequence[Seal], before: Seal | None) -> None:
    """Compare seals with their rows, which are read in one pass."""
    table, columns = verdict.table, seals[0].columns
    first = before.last_id if before else BEFORE_ALL
    lines = _lines(table, columns, first, seals[-1].last_id)
    line = next(lines, None)
    for one in seals:
        linked = one.previous_id == (before.pk if before else None)
        digest = before.digest if before else ""
        stretch = _Stretch(digest, table, columns, one.last_id, one.at)
        while line is not None and _id(line) <= one.last_id:
            # What a missing seal covered, nobody can tell any more.
            if linked or _id(line) >= one.first_id:
                stretch.add(line)
            line = next(lines, None)
        verdict.rows += stretch.rows
        if linked:
            _compare(verdict, one, stretch)
        else:
            verdict.note(None, SEAL_IS_GONE)
            _compare_rows(verdict, one, stretch)
        before = one


def _compare(verdict: Verdict, one: Seal, stretch: "_Stretch") -> None:
    """Note the rows that are not as sealed; the seal itself, if all of them are."""
    fits = hmac.compare_digest(stretch.digest(), one.digest)
    if not fits and _compare_rows(verdict, one, stretch):
        return
    claimed = (one.first_id, one.rows, bytes(one.tags))
    if not fits or claimed != (stretch.first_id, stretch.rows, bytes(stretch.tags)):
        verdict.note(None, SEAL_IS_CHANGED)


def _compare_rows(verdict: Verdict, one: Seal, stretch: "_Stretch") -> bool:
    """Note the rows whose tags differ, and tell whether there were any."""
    sealed = ((row, tag, True) for row, tag in _tags(bytes(one.tags)))
    present = ((row, tag, False) for row, tag in _tags(bytes(stretch.tags)))
    found = False
    for row, both in groupby(merge(sealed, present), key=itemgetter(0)):
        tags = {was_sealed: tag for _row, tag, was_sealed in both}
        if tags.get(True) == tags.get(False):
            continue
        found = True
        if False not in tags:
            verdict.note(row, ROW_IS_GONE)
        elif True not in tags:
            verdict.note(row, ROW_WAS_NOT_THERE)
        else:
            verdict.note(row, ROW_IS_CHANGED)
    return found


def _tags(tags: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(tags), ID + TAG):
        row = int.from_bytes(tags[at : at + ID], "big", signed=True)
        yield row, tags[at + ID : at + ID + TAG]


class _Stretch:
    """The digest of the rows that one seal covers, built up row by row."""

    def __init__(
        self,
        previous: str,
        table: str,
        columns: Sequence[str],
        last_id: int,
        at: datetime,
    ) -> None:
        self._key = b64decode(settings.SEAL_KEY)
        moment = at.astimezone(UTC).isoformat()
        head = "\n".join([previous, table, *columns, str(last_id), moment, ""])
        self._digest = hmac.new(self._key, head.encode(), sha256)
        self.tags = bytearray()
        self.first_id = 0
        self.rows = 0

    def add(self, line: bytes) -> None:
        row = _id(line)
        if not self.rows:
            self.first_id = row
        self.rows += 1
        self._digest.update(line)
        self.tags += row.to_bytes(ID, "big", signed=True)
        self.tags += hmac.digest(self._key, line, "sha256")[:TAG]

    def digest(self) -> str:
        return self._digest.hexdigest()


def _write_rows_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SAME_EVERYWHERE)


def _columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in described}


def _count_after(table: str, last_id: int) -> int:
    query = sql.SQL("SELECT count(*) FROM {} WHERE id > %s").format(
        sql.Identifier(table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(), [last_id])  # pghistory reads it as text
        return int(cursor.fetchone()[0])


def _id(line: bytes) -> int:
    return int(line[: line.index(b"\t")])


def _lines(
    table: str, columns: Sequence[str], after: int, up_to: int
) -> Iterator[bytes]:
    """Yield the rows with `after` < id <= `up_to` as PostgreSQL writes them, id first."""
    others = [column for column in columns if column != "id"]
    query = sql.SQL(
        "COPY (SELECT {} FROM {} WHERE id > {} AND id <= {} ORDER BY id) TO STDOUT"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, ["id", *others])),
        sql.Identifier(table),
        sql.Literal(after),
        sql.Literal(up_to),
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:  # libpq hands out whole rows
            yield bytes(line)
