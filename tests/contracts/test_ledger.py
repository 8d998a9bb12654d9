"""Seals are kept up under load, and find out whatever the owner of the tables does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation
from psycopg import sql

from accounts.models import SignIn
from contracts.ledger import (
    COLUMN_IS_GONE,
    MOST_NAMED,
    ROW_IS_CHANGED,
    ROW_IS_GONE,
    ROW_WAS_NOT_THERE,
    SEAL_IS_CHANGED,
    SEAL_IS_GONE,
    Discrepancy,
    ledgers,
    seal,
    verify,
)
from contracts.models import AuditEntry, Contract, Seal
from contracts.tasks import seal as seal_all
from tests.factories import NOON, make_contract

pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=settings.INSTALLED_APPS
)

TABLE = "contracts_auditentry"


def write(*subjects: str) -> list[int]:
    """Write entries, and return their ids."""
    return [
        AuditEntry.objects.create(
            at=NOON, subject=subject, note="签收\t第一行\n第二行\\"
        ).pk
        for subject in subjects
    ]


@pytest.fixture
def rows() -> list[int]:
    """Six entries, under a seal for every two."""
    ids: list[int] = []
    for number in range(3):
        ids += write(f"a{number}", f"b{number}")
        assert seal(AuditEntry, at=NOON + timedelta(minutes=number))
    return ids


CHAIN = "contracts_seal_previous_id_228a7b6a_fk_contracts_seal_id"


@contextmanager
def as_owner(*tables: str) -> Iterator[Any]:
    """Do what only the owner of the tables can, with their triggers out of the way."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for table in tables or (TABLE,):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # What holds the chain together, he can drop, and nobody would see that later.
        cursor.execute(f"ALTER TABLE contracts_seal DROP CONSTRAINT {CHAIN}")
        yield cursor
        cursor.execute(
            f"ALTER TABLE contracts_seal ADD CONSTRAINT {CHAIN} FOREIGN KEY (previous_id) "
            "REFERENCES contracts_seal (id) DEFERRABLE INITIALLY DEFERRED NOT VALID"
        )
        for table in tables or (TABLE,):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET ROLE program")


def newest() -> Seal:
    return Seal.objects.of_table(TABLE).latest("pk")


def found() -> list[Discrepancy]:
    (verdict,) = verify([AuditEntry])
    return verdict.discrepancies


def test_the_tables_that_record_what_happened_are_ledgers():
    tables = {model._meta.db_table for model in ledgers()}

    assert {"accounts_signin", "cases_entry", TABLE} <= tables
    assert "contracts_seal" not in tables


@pytest.mark.parametrize("table", [TABLE, "contracts_seal"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_owner_is_refused_too_while_the_trigger_stands(rows, table, change):
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        with pytest.raises(IntegrityError, match=f"{table} is append-only"):
            cursor.execute(change.format(table))


def test_a_ledger_that_nobody_touched_holds(rows):
    write("not sealed yet")

    (verdict,) = verify([AuditEntry])

    assert verdict.holds
    assert (verdict.rows, verdict.seals, verdict.unsealed) == (6, 3, 1)
    assert verdict.newest == newest().digest


def test_sealing_again_makes_no_seal_of_nothing(rows):
    assert seal(AuditEntry, at=NOON) is None
    assert Seal.objects.count() == 3


def test_a_ledger_that_is_empty_is_not_sealed():
    assert seal(AuditEntry, at=NOON) is None


def test_the_clock_seals_every_ledger():
    write("a")
    SignIn.objects.create(at=NOON, username="somebody", outcome="refused")

    seal_all()

    assert set(Seal.objects.values_list("table", "rows")) == {
        (TABLE, 1),
        ("accounts_signin", 1),
    }


def test_a_seal_names_its_rows_and_the_seal_before(rows):
    first, second, third = Seal.objects.of_table(TABLE)

    assert [first.previous, second.previous, third.previous] == [None, first, second]
    assert [(one.first_id, one.last_id) for one in (first, second, third)] == [
        (rows[0], rows[1]),
        (rows[2], rows[3]),
        (rows[4], rows[5]),
    ]


def test_verify_reads_one_snapshot():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        verify([AuditEntry])


# --- What the owner of the tables might do ------------------------------------------------


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_changed_row_is_found(rows, place):
    with as_owner() as cursor:
        cursor.execute(
            "UPDATE contracts_auditentry SET note = note || ' ' WHERE id = %s",
            [rows[place]],
        )

    assert found() == [Discrepancy(rows[place], ROW_IS_CHANGED)]


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_deleted_row_is_found(rows, place):
    with as_owner() as cursor:
        cursor.execute("DELETE FROM contracts_auditentry WHERE id = %s", [rows[place]])

    assert found() == [Discrepancy(rows[place], ROW_IS_GONE)]


@pytest.mark.parametrize("pk", ["-1", "0", "between"])
def test_an_inserted_row_is_found(pk):
    _before, skipped, _after = write("a", "b", "c")
    with as_owner() as cursor:
        cursor.execute("DELETE FROM contracts_auditentry WHERE id = %s", [skipped])
    seal(AuditEntry, at=NOON)
    row = skipped if pk == "between" else int(pk)

    AuditEntry.objects.create(pk=row, at=NOON, subject="planted")

    assert found() == [Discrepancy(row, ROW_WAS_NOT_THERE)]


def test_two_exchanged_rows_are_found(rows):
    one, other = rows[1], rows[4]
    with as_owner() as cursor:
        cursor.execute(
            "UPDATE contracts_auditentry a SET subject = b.subject, at = b.at, note = b.note"
            " FROM contracts_auditentry b WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
            [one, other, other, one],
        )

    assert found() == [
        Discrepancy(one, ROW_IS_CHANGED),
        Discrepancy(other, ROW_IS_CHANGED),
    ]


def test_truncated_rows_are_found(rows):
    with as_owner() as cursor:
        cursor.execute("TRUNCATE contracts_auditentry")

    assert found() == [Discrepancy(row, ROW_IS_GONE) for row in rows]


def test_more_rows_than_anybody_reads_are_counted():
    AuditEntry.objects.bulk_create(
        AuditEntry(at=NOON, subject="a") for _row in range(MOST_NAMED + 5)
    )
    seal(AuditEntry, at=NOON)
    with as_owner() as cursor:
        cursor.execute("TRUNCATE contracts_auditentry")

    (verdict,) = verify([AuditEntry])

    assert (len(verdict.discrepancies), verdict.more) == (MOST_NAMED, 5)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE contracts_seal SET digest = repeat('0', 64)",
        "UPDATE contracts_seal SET at = at + interval '1 day'",
        "UPDATE contracts_seal SET rows = rows + 1",
        "UPDATE contracts_seal SET first_id = first_id - 1",
        "UPDATE contracts_seal SET tags = decode(repeat('00', 32), 'hex')",
    ],
)
def test_a_changed_seal_is_found(rows, change):
    with as_owner("contracts_seal") as cursor:
        cursor.execute(f"{change} WHERE id = %s", [newest().pk])

    assert Discrepancy(None, SEAL_IS_CHANGED) in found()


def test_a_seal_that_reaches_too_far_is_found(rows):
    unsealed = write("after the last seal")[0]
    with as_owner("contracts_seal") as cursor:
        last = newest()
        cursor.execute(
            "UPDATE contracts_seal SET last_id = %s WHERE id = %s",
            [unsealed, last.pk],
        )

    assert found() == [Discrepancy(unsealed, ROW_WAS_NOT_THERE)]


def test_a_removed_seal_is_found(rows):
    with as_owner("contracts_seal") as cursor:
        middle = Seal.objects.of_table(TABLE)[1]
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [middle.pk])

    assert found() == [Discrepancy(None, SEAL_IS_GONE)]


def test_a_removed_seal_is_found_though_the_chain_was_mended(rows):
    with as_owner("contracts_seal") as cursor:
        first, middle, last = Seal.objects.of_table(TABLE)
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [middle.pk])
        cursor.execute(
            "UPDATE contracts_seal SET previous_id = %s WHERE id = %s",
            [first.pk, last.pk],
        )

    assert found() == [
        Discrepancy(rows[2], ROW_WAS_NOT_THERE),
        Discrepancy(rows[3], ROW_WAS_NOT_THERE),
    ]


def test_a_seal_removed_with_its_rows_is_found_though_the_chain_was_mended(rows):
    with as_owner(TABLE, "contracts_seal") as cursor:
        first, middle, last = Seal.objects.of_table(TABLE)
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [middle.pk])
        cursor.execute(
            "UPDATE contracts_seal SET previous_id = %s WHERE id = %s",
            [first.pk, last.pk],
        )
        cursor.execute(
            "DELETE FROM contracts_auditentry WHERE id BETWEEN %s AND %s",
            [middle.first_id, middle.last_id],
        )

    assert found() == [Discrepancy(None, SEAL_IS_CHANGED)]


def test_a_removed_first_seal_is_found(rows):
    with as_owner("contracts_seal") as cursor:
        first, second, _third = Seal.objects.of_table(TABLE)
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [first.pk])
        cursor.execute(
            "UPDATE contracts_seal SET previous_id = NULL WHERE id = %s", [second.pk]
        )

    assert [one.row for one in found()] == rows[:2]


def test_a_row_that_was_sealed_again_by_somebody_without_the_key_is_found(
    rows, settings
):
    with as_owner(TABLE, "contracts_seal") as cursor:
        last = newest()
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [last.pk])
        cursor.execute(
            "UPDATE contracts_auditentry SET note = '' WHERE id = %s", [rows[5]]
        )
    key, settings.SEAL_KEY = settings.SEAL_KEY, "B" * 43 + "="
    seal(AuditEntry, at=NOON)
    settings.SEAL_KEY = key

    assert [one.row for one in found()] == rows[4:]


def test_a_column_added_later_leaves_the_old_seals_whole(rows):
    with as_owner() as cursor:
        cursor.execute(
            "ALTER TABLE contracts_auditentry ADD COLUMN later integer DEFAULT 1"
        )
        try:
            assert found() == []
        finally:
            cursor.execute("ALTER TABLE contracts_auditentry DROP COLUMN later")


def test_a_column_that_is_gone_is_found(rows):
    with as_owner() as cursor:
        cursor.execute("ALTER TABLE contracts_auditentry RENAME COLUMN was TO wasnt")
        try:
            assert set(found()) == {Discrepancy(None, COLUMN_IS_GONE)}
        finally:
            cursor.execute(
                "ALTER TABLE contracts_auditentry RENAME COLUMN wasnt TO was"
            )


# --- The command ----------------------------------------------------------------------------


def test_the_command_names_the_row_and_fails(rows, capsys):
    with as_owner() as cursor:
        cursor.execute(
            "UPDATE contracts_auditentry SET note = '' WHERE id = %s", [rows[2]]
        )

    with pytest.raises(CommandError):
        call_command("verify_ledger", TABLE)

    assert f"{TABLE} {rows[2]}: " in capsys.readouterr().err


def test_the_command_says_what_it_has_checked(rows, capsys):
    with translation.override("en"):
        call_command("verify_ledger")

    assert f"{TABLE}: 6 rows under 3 seals" in capsys.readouterr().out


def test_the_command_knows_no_other_tables():
    with pytest.raises(CommandError, match="accounts_user"):
        call_command("verify_ledger", "accounts_user")


@pytest.mark.parametrize("digits", [12, 64])
def test_a_digest_that_was_printed_is_there(rows, digits):
    digest = Seal.objects.of_table(TABLE)[1].digest

    call_command("verify_ledger", expect=digest[:digits].upper())


def test_newest_seals_that_were_rolled_back_are_missed_by_their_digest(rows):
    printed = newest()
    with as_owner(TABLE, "contracts_seal") as cursor:
        cursor.execute("DELETE FROM contracts_seal WHERE id = %s", [printed.pk])
        cursor.execute(
            "DELETE FROM contracts_auditentry WHERE id >= %s", [printed.first_id]
        )

    assert found() == []
    with pytest.raises(CommandError):
        call_command("verify_ledger", expect=printed.digest)


@pytest.mark.parametrize("digest", ["", "0", "%%%%%%%%%%%%", "____________"])
def test_what_is_no_digest_is_in_no_seal(rows, digest):
    with pytest.raises(CommandError):
        call_command("verify_ledger", expect=digest)


# --- Under load -------------------------------------------------------------------------------


def other_connection() -> Any:
    other = connection.get_new_connection(connection.get_connection_params())
    other.autocommit = True
    other.execute("SET ROLE program")
    return other


INSERT = sql.SQL(
    "INSERT INTO contracts_auditentry (at, subject, was, became, note)"
    " VALUES (now(), %s, '', '', '')"
)


def test_no_row_slips_behind_a_seal_while_many_write():
    """Eight writers commit late, each at its own pace, while the ledger is sealed."""
    enough = Event()

    def keep_writing(writer: int) -> None:
        with other_connection() as other:
            for turn in count():
                if enough.is_set():
                    return
                with other.transaction():
                    other.execute(INSERT, [f"{writer}/{turn}"])
                    time.sleep((writer + turn) % 4 / 200)

    writers = [Thread(target=keep_writing, args=[number]) for number in range(8)]
    for writer in writers:
        writer.start()
    give_up = time.monotonic() + 60
    try:
        while Seal.objects.count() < 10:
            assert time.monotonic() < give_up
            seal(AuditEntry, at=NOON)
            assert found() == []
    finally:
        enough.set()
        for writer in writers:
            writer.join()
    seal(AuditEntry, at=NOON)

    (verdict,) = verify([AuditEntry])
    assert verdict.holds
    assert (verdict.rows, verdict.unsealed) == (AuditEntry.objects.count(), 0)


def test_two_who_seal_at_once_make_one_chain():
    write(*"abcdef")

    def seal_now() -> None:
        seal(AuditEntry, at=NOON)
        connection.close()

    sealers = [Thread(target=seal_now) for _number in range(4)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()

    (verdict,) = verify([AuditEntry])
    assert verdict.holds
    assert (verdict.rows, verdict.seals) == (6, 1)


def test_a_long_import_puts_the_seal_off(rows):
    with other_connection() as importer, importer.transaction():
        importer.execute(INSERT, ["a row of many"])
        began = time.monotonic()

        sealed = seal(AuditEntry, at=NOON)

        assert sealed is None
        assert time.monotonic() - began < 3
    assert seal(AuditEntry, at=NOON)


def test_sealing_holds_nobody_up_afterwards(rows):
    write("one more")

    seal(AuditEntry, at=NOON)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE mode LIKE 'ShareRow%'"
            " AND relation = 'contracts_auditentry'::regclass"
            " AND database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database())"
        )
        assert cursor.fetchone() == (0,)


# --- The right to hold a ledger still ---------------------------------------------------------


def test_only_a_ledger_can_be_held_still():
    with (
        pytest.raises(DatabaseError, match="contracts_contract is no ledger"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT ledger_high_water('contracts_contract')")


def test_the_program_cannot_lock_a_ledger_itself():
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("LOCK TABLE contracts_auditentry IN SHARE ROW EXCLUSIVE MODE")


def test_a_contract_is_no_ledger():
    contract = make_contract()

    Contract.objects.filter(pk=contract.pk).update(short_title="Another")

    contract.refresh_from_db()
    assert contract.short_title == "Another"
