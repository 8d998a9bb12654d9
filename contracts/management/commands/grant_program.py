import os
from typing import Any

import pghistory.models
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from psycopg import sql

from accounts.models import Ledger

ADD_ONLY = sql.SQL("SELECT, INSERT")
ALL = sql.SQL("SELECT, INSERT, UPDATE, DELETE")


class Command(BaseCommand):
    help = (
        "Give the role that the program runs as (PROGRAM_ROLE) its rights. Run as the "
        "owner of the tables, after every migrate."
    )

    def handle(self, **options: Any) -> None:
        role = sql.Identifier(os.environ.get("PROGRAM_ROLE", "program"))
        add_only = {
            model._meta.db_table
            for model in apps.get_models()
            if issubclass(model, Ledger | pghistory.models.Event)
        }
        with transaction.atomic(), connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            for table in tables:
                rights = ADD_ONLY if table in add_only else ALL
                if table == "django_migrations":
                    rights = sql.SQL("SELECT")
                name = sql.Identifier(table)
                cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, role))
                cursor.execute(
                    sql.SQL("GRANT {} ON {} TO {}").format(rights, name, role)
                )
            cursor.execute(
                sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(
                    role
                )
            )
            cursor.execute(
                sql.SQL(
                    "GRANT EXECUTE ON FUNCTION ledger_high_water(regclass) TO {}"
                ).format(role)
            )
        self.stdout.write(f"{len(tables)} tables, {len(add_only)} of them add-only")
