"""The log of who signed in, or tried to."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.browser import agent_in_words

from .ledger import Ledger
from .person import User

#: More wrong passwords in a row than this make no difference to a lock.
LONGEST_ROW = 1000


class SignInOutcome(models.TextChoices):
    IN = "in", _("Signed in")
    REFUSED = "refused", _("Refused")
    LOCKED = "locked", _("Locked out")
    SECOND_FACTOR = "second_factor", _("Second factor passed")
    SECOND_FACTOR_REFUSED = "second_refused", _("Second factor refused")
    OUT = "out", _("Signed out")
    ENDED = "ended", _("Session ended")


class SignInQuerySet(models.QuerySet["SignIn"]):
    def failures_in_a_row(
        self, username: str, address: str | None
    ) -> Sequence[datetime]:
        """Return when wrong passwords came since the last right one, newest first."""
        attempts = self.filter(
            username=username,
            address=address,
            outcome__in=[SignInOutcome.IN, SignInOutcome.REFUSED],
        )
        newest_first = attempts.order_by("-at", "-pk").values_list("outcome", "at")
        return [
            at
            for _outcome, at in takewhile(
                lambda attempt: attempt[0] == SignInOutcome.REFUSED,
                newest_first[:LONGEST_ROW],
            )
        ]


class SignIn(Ledger):
    """One attempt to sign in, or the end of a session."""

    at = models.DateTimeField(_("at"))
    username = models.CharField(_("user name"), max_length=150, blank=True)
    user = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="sign_ins",
        verbose_name=_("person"),
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    agent = models.CharField(_("browser"), max_length=200, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=SignInOutcome)

    objects = SignInQuerySet.as_manager()

    class Meta(Ledger.Meta):
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=SignInOutcome.values),
                name="sign_in_outcome_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="sign_in_by_time"),
            models.Index(
                fields=["username", "address", "-at"], name="sign_in_by_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.get_outcome_display()}"

    @property
    def browser(self) -> str:
        return agent_in_words(self.agent)
