"""What the program may not do to its own ledgers."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from contracts.ledger import ledgers
from contracts.models import Seal
from tests.factories import NOON, make_case

pytestmark = pytest.mark.django_db

EVERY_LEDGER = [*ledgers(), Seal]


@pytest.mark.parametrize("model", EVERY_LEDGER, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
    ids=["update", "delete", "truncate"],
)
def test_the_program_has_no_right_to_change_a_ledger(model, statement):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(model._meta.db_table))


@pytest.mark.parametrize("model", EVERY_LEDGER, ids=lambda model: model.__name__)
def test_the_program_cannot_take_the_guard_off(model):
    with (
        pytest.raises(ProgrammingError, match="must be owner"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")


def test_the_owner_cannot_change_a_line_in_passing():
    entry = make_case().entries.get()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        type(entry).objects.filter(pk=entry.pk).update(text="never happened")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entry.delete()


def test_a_ledger_is_written_through_the_program_all_the_same():
    assert make_case(counted_at=NOON).entries.count() == 1
