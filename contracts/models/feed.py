"""Calendars of deadlines that people's own programs ask for, without signing in."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import MAY

from .contract import Contract, Membership, Side


class FeedTokenQuerySet(models.QuerySet["FeedToken"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def living(self) -> Self:
        return self.filter(revoked_at=None)

    def opened_by(self, secret: str) -> Self:
        """Keep the one that this secret opens, if its person may still see the contract."""
        members = Membership.objects.cleared().filter(
            contract=models.OuterRef("contract"),
            user=models.OuterRef("user"),
            user__is_active=True,
            role__in=MAY["contracts.view"],
        )
        return self.living().filter(models.Exists(members), digest=digest_of(secret))


class FeedToken(models.Model):
    """What lets one person's calendar program read a contract's deadlines.

    The secret itself is shown once and kept nowhere: `digest` is its SHA-256. Side:
    whose deadlines; blank for both parties'.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="feeds", verbose_name=_("contract")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="feeds",
        verbose_name=_("person"),
    )
    side = models.CharField(
        _("whose deadlines"), max_length=1, choices=Side, blank=True
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    made_at = models.DateTimeField(_("made at"))
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    objects = FeedTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(side__in=["", *Side.values]),
                name="feed_token_side_is_known",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("made_at")),
                name="feed_token_is_revoked_after_it_was_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.made_at:%Y-%m-%d}"

    def used(self, *, at: datetime) -> None:
        """Note that a program has asked for it. Not a step of anybody's: no audit line."""
        type(self).objects.filter(pk=self.pk).update(last_used_at=at)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret. It is random and long: no salt is needed."""
    return sha256(secret.encode()).hexdigest()
