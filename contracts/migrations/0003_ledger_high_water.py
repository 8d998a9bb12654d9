from django.db import migrations

#: Locks a ledger until the end of the caller's transaction, as only its owner may, and
#: returns its newest id: whoever writes afterwards gets a higher one. For ledgers alone,
#: or the program's role could hold up any table with it.
CREATE = """
CREATE FUNCTION ledger_high_water(ledger regclass) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
    newest bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = ledger AND tgname LIKE 'pgtrigger\\_append\\_only\\_%'
    ) THEN
        RAISE EXCEPTION '% is no ledger', ledger USING ERRCODE = 'wrong_object_type';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', ledger);
    EXECUTE format('SELECT coalesce(max(id), 0) FROM %s', ledger) INTO newest;
    RETURN newest;
END $$;

REVOKE ALL ON FUNCTION ledger_high_water(regclass) FROM PUBLIC;
"""
DROP = "DROP FUNCTION ledger_high_water(regclass);"


class Migration(migrations.Migration):
    """Lets the program hold a ledger still while it looks where a seal ends."""

    dependencies = [("contracts", "0002_initial")]

    operations = [migrations.RunSQL(CREATE, DROP)]
