"""Records that move between statuses, and how."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User

from .audit import AuditEntry, subject_of


class TransitionRefused(Exception):
    """A status change that is not on the map, or that somebody else made first."""


class Workflow(models.Model):
    """A record that moves between statuses along the arrows in `NEXT`.

    What has a status belongs to a contract: the model has a field `contract`.
    """

    #: Status → the statuses it may become. What is not here is refused.
    NEXT: ClassVar[Mapping[str, Collection[str]]]

    contract_id: int
    status: Any

    class Meta:
        abstract = True

    @transaction.atomic
    def move(
        self, to: str, *, by: User | None, at: datetime, note: str = "", **also: Any
    ) -> None:
        """Take this record to status `to`, setting the fields in `also` with it.

        The UPDATE names the status we believe the row to have. Of two people who
        press the button together one wins and the other is told, and no lock is
        held while anybody thinks.

        Raises TransitionRefused.
        """
        was = self.status
        if to not in self.NEXT.get(was, ()):
            raise TransitionRefused(_("This step is not open from here."))

        # `status` is a field of each subclass, with its own choices.
        as_we_know_it = type(self)._base_manager.filter(pk=self.pk, status=was)  # type: ignore[misc]
        if not as_we_know_it.update(status=to, **also):  # type: ignore[misc]
            raise TransitionRefused(_("Somebody else got here first."))

        AuditEntry.objects.create(
            contract_id=self.contract_id,
            at=at,
            by=by,
            subject=subject_of(self),
            was=was,
            became=to,
            note=note,
        )
        self.status = to
        for name, value in also.items():
            setattr(self, name, value)
