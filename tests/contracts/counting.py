"""What a page costs."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def queries(client: Client, page: str) -> int:
    """Count what a page takes when it is asked for again."""
    client.get(page)
    with CaptureQueriesContext(connection) as taken:
        assert client.get(page).status_code == 200
    return len(taken)
