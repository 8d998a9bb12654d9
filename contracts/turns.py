"""One process at a time on a piece of work, through several transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from django.db import connection


@contextmanager
def turn(kind: str, pk: int) -> Iterator[bool]:
    """Yield whether nobody else is at work on this; if so, nobody will be meanwhile.

    A lock on the connection, not on the row: it lasts through the transactions of a
    piece of work, makes nobody wait, and ends with the process, however that ends.
    """
    key = [crc32(kind.encode()) - 2**31, pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if (
            mine
            and connection.connection is not None
            and not connection.connection.closed
        ):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
