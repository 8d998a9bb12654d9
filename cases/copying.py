"""Many rows at once. A file of 100,000 orders is 600,000 rows; INSERT takes too long."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model
from psycopg import sql

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
        sql.SQL(", ").join(sql.Identifier(field.column) for field in fields),
    )
    backend = connections[DEFAULT_DB_ALIAS]
    prepare = [(field.pre_save, field.get_db_prep_save) for field in fields]
    with backend.cursor() as cursor, cursor.copy(statement) as copy:
        for row in chain([first], rows):
            copy.write_row(
                [save(value(row, True), backend) for value, save in prepare]
            )


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
