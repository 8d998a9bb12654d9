"""Who hears that months running were not fulfilled (八 2). A warning, and nothing ends by it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.messages import Reminder, keep_only, owe
from accounts.roles import Role
from contracts.models import Contract, Membership
from contracts.rules.problems import gettext_noop

from .overview import overview
from .rules import Level

ALERT = gettext_noop(
    "Months running found not fulfilled: %(count)s; %(wanted)s give Party A the right to "
    "end the contract."
)
#: Who is warned at the first month, and who from the one before the last on.
FIRST = frozenset({Role.SUPERVISOR, Role.MANAGER})
NEAR = FIRST | {Role.LEADER}


@transaction.atomic(durable=True)
def warn(contract: Contract, *, at: datetime) -> int:
    """Owe people the warning of where the run stands; return how many are new.

    A run that has ended is withdrawn.
    """
    watch = overview(contract, at=at).watch
    count = len(watch.current.months)
    concerned = FIRST if watch.level == Level.BEGUN else NEAR
    about = f"kpi.watch:{contract.pk}:{count}"
    reminders = [
        Reminder(
            user=one.user,
            about=about,
            step="at",
            template=ALERT,
            params={"count": count, "wanted": watch.wanted},
            url=reverse("kpi:verdicts", args=[contract.number]),
            contract_number=contract.number,
            urgent=watch.level == Level.REACHED,
        )
        for one in Membership.objects.of(contract).select_related("user")
        if one.role in concerned and watch.level != Level.NONE
    ]
    abouts = {one.about for one in reminders}
    keep_only("kpi.watch", abouts, contract_number=contract.number, at=at)
    return owe(reminders, at=at)
