"""Makes database, catalogues and static files ready, in one Python for all of it.

Runs in `.venv`, as the database's owner. `manage.py` four times over would take longer
than all the rest of a second start. Arguments: what to do, in this order:
catalogues, schema, static, demo.
"""

import os
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import django
import environ
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from ops import catalogue
from ops.console import step
from ops.places import REQUIREMENTS, STAMPS, digest, remember, unchanged


def catalogues() -> None:
    """Compile the catalogues that have changed."""
    with step("Catalogues"):
        catalogue.compile_all(catalogue.LOCALE)


def schema() -> None:
    """Migrate if the database says that it is behind, and grant the program its rights.

    The rights are granted every time: it is quick, and a start that was killed between
    the two leaves nothing to repair by hand.
    """
    with step("Database schema and rights"):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        if os.environ["DATABASE_URL"] != os.environ["PROGRAM_URL"]:
            call_command("grant_program", stdout=StringIO())


def static() -> None:
    """Collect the static files if one of them, or what serves them, has changed."""
    with step("Static files"):
        stamp, wanted = (
            STAMPS / f"static{digest(str(settings.STATIC_ROOT))[:8]}",
            sources(),
        )
        if Path(settings.STATIC_ROOT).exists() and unchanged(stamp, wanted):
            return
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        remember(stamp, wanted)


def sources() -> str:
    """Return a digest over all static files there are: where, how long, how new."""
    seen = [str(sorted(settings.STORAGES["staticfiles"].items()))]
    for finder in get_finders():
        for name, storage in finder.list([]):
            stat = Path(storage.path(name)).stat()
            seen.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    return digest(REQUIREMENTS / "runtime.txt", *sorted(seen))


def demo() -> None:
    """Fill an empty database, as the program: what it may not do shows here first.

    The command prints the demo accounts on stdout every time.
    """
    with step("Demo data"):
        connection.close()
        program = environ.Env.db_url_config(os.environ["PROGRAM_URL"])
        connection.settings_dict.update(program)
        # What it says on the way would break our line; what goes wrong is raised.
        call_command("seed_demo", stderr=StringIO())


STEPS: dict[str, Callable[[], None]] = {
    "catalogues": catalogues,
    "schema": schema,
    "static": static,
    "demo": demo,
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        for name in sys.argv[1:]:
            STEPS[name]()
    except OperationalError as error:  # a database of others, and their matter
        sys.exit(f"  The database cannot be reached: {error}")
