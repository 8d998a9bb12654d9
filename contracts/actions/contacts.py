"""Where the parties are to be written to, and that it changes."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from contracts.models import Contact, Contract, Mode, Side
from contracts.rules.obligations import Event

from . import clocks
from .numbers import hold
from .trail import record


@transaction.atomic(durable=True)
def change(
    contract: Contract,
    *,
    side: Side,
    person: str,
    telephone: str,
    address: str,
    postcode: str,
    named_system: str,
    changed_at: datetime,
    token: UUID,
    by: User,
    at: datetime,
) -> Contact:
    """Record that a party's contact has changed: 72 hours run for telling the other (十三).

    It holds from the day on which a notice of it is served, and the old one until then.
    The same `token` again gives the same contact back.
    """
    hold(contract)
    if known := Contact.objects.of(contract).filter(token=token).first():
        return known
    contact = Contact.objects.create(
        contract=contract,
        side=side,
        person=person,
        telephone=telephone,
        address=address,
        postcode=postcode,
        named_system=named_system,
        changed_at=changed_at,
        token=token,
        recorded_at=at,
        recorded_by=by,
    )
    record(contact, "changed", by=by, at=at)
    # Both parties owe this; it is for the one that has moved.
    owed = contract.obligations.filter(
        mode=Mode.ON_EVENT, side=side, due_rule__event=Event.CONTACT_CHANGED
    )
    for obligation in owed:
        clocks.start(
            contract,
            Event.CONTACT_CHANGED,
            happened_at=changed_at,
            cause=contact,
            obligation=obligation,
        )
    return contact
