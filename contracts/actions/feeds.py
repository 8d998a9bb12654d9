"""Calendar feeds: who may subscribe to a contract's deadlines, until it is taken back."""

from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import AuditEntry, Contract, FeedToken, subject_of
from contracts.models.feed import digest_of

from .numbers import hold

#: A telephone, a computer at work, one at home, and two to spare.
MOST_FEEDS = 5
SECRET_BYTES = 32


class FeedRefused(Exception):
    """A feed that is not made, in words for whoever asked for it."""


@transaction.atomic(durable=True)
def make(
    contract: Contract, *, side: str, token: UUID, by: User, at: datetime
) -> tuple[FeedToken, str]:
    """Make a feed of the contract's deadlines, and return it with its secret.

    The secret is kept nowhere, so the same form again returns the feed and "". Raises
    FeedRefused to whoever has as many as one needs.
    """
    hold(contract)
    mine = FeedToken.objects.of(contract).filter(user=by)
    if known := mine.filter(token=token).first():
        return known, ""
    if mine.living().count() >= MOST_FEEDS:
        raise FeedRefused(
            _("You have %(most)d subscriptions already. Take one back first.")
            % {"most": MOST_FEEDS}
        )
    secret = token_urlsafe(SECRET_BYTES)
    feed = FeedToken.objects.create(
        contract=contract,
        user=by,
        side=side,
        digest=digest_of(secret),
        token=token,
        made_at=at,
    )
    _audit(feed, "made", by=by, at=at)
    return feed, secret


@transaction.atomic(durable=True)
def revoke(feed: FeedToken, *, by: User, at: datetime) -> None:
    """Take a feed back: from now on it does not exist. Once more changes nothing."""
    living = FeedToken.objects.living().filter(pk=feed.pk)
    if living.update(revoked_at=at):
        _audit(feed, "revoked", by=by, at=at)


def _audit(feed: FeedToken, became: str, *, by: User, at: datetime) -> None:
    AuditEntry.objects.create(
        contract=feed.contract,
        at=at,
        by=by,
        subject=subject_of(feed),
        was="made" if became == "revoked" else "",
        became=became,
    )
