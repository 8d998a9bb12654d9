"""What makes a table append-only."""

from typing import ClassVar

import pgtrigger
from django.db import models

#: Adding is all that can be done to a ledger. What a row trigger cannot stop
#: (TRUNCATE, dropping the trigger) the role the program runs as has no right to.
APPEND_ONLY = pgtrigger.Trigger(
    name="append_only",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
    """,
)


class Ledger(models.Model):
    """A table to which rows are added and never changed; PostgreSQL sees to it.

    A trigger rather than a `save()` that raises: `QuerySet.update()`, an import and
    a psql prompt all pass a `save()` by. Every ledger is sealed (contracts.ledger)
    and the program's role may only read it and add to it (`grant_program`).
    """

    class Meta:
        abstract = True
        triggers: ClassVar = [APPEND_ONLY]
