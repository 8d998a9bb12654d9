"""Many rows at once. A file of 100,000 orders is 600,000 rows; INSERT takes too long."""

from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from django.db import connection
from django.db.models import JSONField, Model
from psycopg import sql

from accounts.cipher import EncryptedTextField

Row = TypeVar("Row", bound=Model)


def copy_in(rows: Iterable[Model]) -> None:
    """Write new rows of one model with COPY: constraints and triggers hold as ever.

    A row without a key is given one by the database, and does not learn it.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    meta = first._meta
    fields = [
        field
        for field in meta.concrete_fields
        if field is not meta.auto_field or first.pk is not None
    ]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(meta.db_table),
        sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields),
    )
    values = attrgetter(*(field.attname for field in fields))
    # What the driver could not write as it is; the rest need not pass through Django.
    own = [
        (at, field)
        for at, field in enumerate(fields)
        if isinstance(field, JSONField | EncryptedTextField)
    ]
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in chain([first], rows):
            written = list(values(row))
            for at, field in own:
                value = field.pre_save(row, add=True)
                written[at] = field.get_db_prep_save(value, connection)
            copy.write_row(written)


def give_keys(rows: Sequence[Row]) -> Sequence[Row]:
    """Take a key for each row from the table's sequence, and return the rows."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) "
                "FROM generate_series(1, %s)",
                [rows[0]._meta.db_table, len(rows)],
            )
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key
    return rows
