from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import Ledger
from contracts.ledger import Verdict, ledgers, verify
from contracts.models import Seal

#: Of a digest, as people copy it from paper.
LEAST_DIGITS = 12


class Command(BaseCommand):
    help = "Compare the ledgers with their seals, and name every row that does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tables", nargs="*", metavar="TABLE", help="all, if none")
        parser.add_argument(
            "--expect",
            metavar="DIGEST",
            help="a seal's digest from an earlier report; its first 12 figures will do",
        )

    def handle(self, *, tables: list[str], expect: str | None, **options: Any) -> None:
        models = _models(tables)
        verdicts = verify(models)
        for verdict in verdicts:
            self._report(verdict)
        if not all(verdict.holds for verdict in verdicts):
            raise CommandError(_("A ledger is not what was sealed."))
        if expect is not None and not _is_there(expect, models):
            raise CommandError(
                _("No seal has this digest: the newest ones have been taken away.")
            )

    def _report(self, verdict: Verdict) -> None:
        self.stdout.write(
            _(
                "%(table)s: %(rows)d rows under %(seals)d seals, %(unsealed)d not sealed"
                " yet, newest digest %(newest)s"
            )
            % {
                "table": verdict.table,
                "rows": verdict.rows,
                "seals": verdict.seals,
                "unsealed": verdict.unsealed,
                "newest": verdict.newest or "—",
            }
        )
        for one in verdict.discrepancies:
            row = "—" if one.row is None else one.row
            self.stderr.write(f"{verdict.table} {row}: {one.what}")
        if verdict.more:
            more = _("and %(count)d more") % {"count": verdict.more}
            self.stderr.write(f"{verdict.table}: {more}")


def _models(tables: list[str]) -> list[type[Ledger]]:
    known = {model._meta.db_table: model for model in ledgers()}
    if strangers := sorted(set(tables) - known.keys()):
        raise CommandError(
            _("%(table)s is no ledger. Ledgers are: %(known)s")
            % {"table": strangers[0], "known": ", ".join(known)}
        )
    return [model for table, model in known.items() if not tables or table in tables]


def _is_there(digest: str, models: list[type[Ledger]]) -> bool:
    if len(digest) < LEAST_DIGITS:
        raise CommandError(
            _("Of a digest, %(count)d figures at least.") % {"count": LEAST_DIGITS}
        )
    return Seal.objects.filter(
        table__in=[model._meta.db_table for model in models],
        digest__startswith=digest.lower(),
    ).exists()
