"""Numbers in a row, one to a contract's notices, changes, acceptances and the like."""

from typing import Any

from django.db.models import Max

from contracts.models import Contract


def hold(contract: Contract) -> Contract:
    """Return the contract, held until this transaction ends.

    One at a time gives out numbers, or sees that a form has been sent before.
    """
    return Contract.objects.select_for_update(no_key=True).get(pk=contract.pk)


def next_serial(model: Any, contract: Contract, **among: Any) -> int:
    """Return the number after the highest one given; to be called under `hold`."""
    given = model.objects.filter(contract=contract, **among)
    return (given.aggregate(last=Max("serial"))["last"] or 0) + 1
