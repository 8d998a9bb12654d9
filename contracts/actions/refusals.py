"""What is not put on record as asked for, and the checks that many records share."""

from datetime import date, datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from contracts.models import Clause, Contract


class MatterRefused(Exception):
    """Something that is not done so, in words for the person at the screen.

    `field` is the part of the form that it is about; "" for the whole of it.
    """

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


def check_clause(contract: Contract, clause: Clause) -> None:
    """Refuse a clause of another contract."""
    if clause.contract_id != contract.pk:
        raise MatterRefused(_("This clause is of another contract."), "clause")


def check_come(day: date, field: str, *, at: datetime) -> None:
    """Refuse a day that has not come yet."""
    if day > localdate(at):
        raise MatterRefused(_("This day has not come yet."), field)


def check_moment_come(moment: datetime, field: str, *, at: datetime) -> None:
    """Refuse a moment that has not come yet."""
    if moment > at:
        raise MatterRefused(_("This moment has not come yet."), field)


def check_within(contract: Contract, day: date, field: str) -> None:
    """Refuse a day on which the contract does not bind, or binds no more (第三条)."""
    first, last = contract.effective_on, contract.term.last_on
    if not first <= day <= last:
        raise MatterRefused(
            _(
                "%(day)s is outside the contract, which runs from %(first)s to %(last)s "
                "(第三条)."
            )
            % {"day": day, "first": first, "last": last},
            field,
        )
