"""From where people are signed in."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.browser import agent_in_words
from accounts.sessions import SessionStore

from .person import User
from .sign_in import SignIn, SignInOutcome


class SessionQuerySet(models.QuerySet["Session"]):
    def living(self, at: datetime) -> Self:
        """Keep those that would still be let in."""
        return self.filter(
            seen_at__gte=at - settings.SESSION_IDLE,
            signed_in_at__gte=at - settings.SESSION_LASTS,
        )

    def over(self, at: datetime) -> Self:
        """Keep those that nobody has used for too long, or anybody for long enough."""
        return self.filter(
            Q(seen_at__lt=at - settings.SESSION_IDLE)
            | Q(signed_in_at__lt=at - settings.SESSION_LASTS)
        )

    def end(self, *, at: datetime) -> int:
        """End these sessions; their browsers are signed out with their next request."""
        ended = list(
            self.filter(user__isnull=False)
            .select_related("user")
            .select_for_update(of=("self",))
        )
        SignIn.objects.bulk_create(
            SignIn(
                at=at,
                user=session.user,
                username=session.user.username,
                address=session.address,
                agent=session.agent,
                outcome=SignInOutcome.ENDED,
            )
            for session in ended
            if session.user
        )
        self.filter(pk__in=[session.pk for session in ended]).delete()
        return len(ended)


class Session(AbstractBaseSession):
    """A signed-in browser, in PostgreSQL, so that it can be listed and ended."""

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="sessions", editable=False
    )
    address = models.GenericIPAddressField(_("address"), null=True, editable=False)
    agent = models.CharField(_("browser"), max_length=200, blank=True, editable=False)
    signed_in_at = models.DateTimeField(_("signed in at"), null=True, editable=False)
    seen_at = models.DateTimeField(_("last seen at"), null=True, editable=False)

    objects = SessionQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore

    @property
    def browser(self) -> str:
        return agent_in_words(self.agent)

    @property
    def handle(self) -> str:
        """What pages call the session. Its key would let in whoever reads it there."""
        return salted_hmac("accounts.Session", self.session_key).hexdigest()[:16]
