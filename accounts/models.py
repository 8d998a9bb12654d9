"""People, how they sign in, and from where."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, ClassVar, Self

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from .browser import agent_in_words
from .roles import NEEDS_SECOND_FACTOR, Duty
from .sessions import SessionStore

#: More wrong passwords in a row than this make no difference to a lock.
LONGEST_ROW = 1000
#: A password that was handed out has to be replaced by one's own within this time.
START_PASSWORD_LASTS = timedelta(days=3)

#: Adding is all that can be done to a ledger. What a row trigger cannot stop
#: (TRUNCATE, dropping the trigger) the role the program runs as has no right to.
APPEND_ONLY = pgtrigger.Trigger(
    name="append_only",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
    """,
)


class Ledger(models.Model):
    """A table to which rows are added and never changed; PostgreSQL sees to it.

    A trigger rather than a `save()` that raises: `QuerySet.update()`, an import and
    a psql prompt all pass a `save()` by. Every ledger is sealed (contracts.ledger)
    and the program's role may only read it and add to it (`grant_program`).
    """

    class Meta:
        abstract = True
        triggers: ClassVar = [APPEND_ONLY]


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who signs in. Deactivated when they leave, never deleted."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    is_staff = None  # there is no admin site to enter

    name = models.CharField(_("name"), max_length=60)
    duty = models.CharField(_("duty"), max_length=10, choices=Duty, blank=True)
    demo = models.BooleanField(_("demo account"), default=False, editable=False)
    password_changed_at = models.DateTimeField(
        _("password changed at"), null=True, blank=True, editable=False
    )
    must_change_password = models.BooleanField(
        _("must change the password"), default=False
    )

    objects = UserManager()  # type: ignore[misc]
    is_verified: Callable[[], bool]  # by a second factor; only on request.user

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                condition=Q(duty__in=["", *Duty.values]), name="user_duty_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    def get_absolute_url(self) -> str:
        return reverse("accounts:person", args=[self.pk])

    def password_is_old(self, at: datetime) -> bool:
        """Say whether the password has to be changed before anything else."""
        return self.must_change_password or (
            at - self._password_set_at > settings.PASSWORD_LASTS
        )

    def start_password_is_over(self, at: datetime) -> bool:
        """Say whether the password is one that was handed out, and was not used in time."""
        return self.must_change_password and (
            at - self._password_set_at > START_PASSWORD_LASTS
        )

    @property
    def _password_set_at(self) -> datetime:
        return self.password_changed_at or self.date_joined

    @cached_property
    def current_memberships(self) -> list[Any]:
        """The person's memberships with their contracts, read once a request."""
        return list(
            self.memberships.select_related("contract").order_by("contract__number")
        )

    @property
    def needs_second_factor(self) -> bool:
        if self.demo and settings.DEMO_WITHOUT_SECOND_FACTOR:
            return False
        return bool(self.duty) or any(
            membership.role in NEEDS_SECOND_FACTOR
            for membership in self.current_memberships
        )

    @property
    def second_factor(self) -> TOTPDevice | None:
        return TOTPDevice.objects.devices_for_user(self, confirmed=True).first()

    def close(self, *, by: "User | None", at: datetime, note: str = "") -> None:
        """Take the person's access away, at once and everywhere.

        To be called inside the transaction of whatever ends their work here.
        """
        self.is_active = False
        self.save(update_fields=["is_active"])
        self.sessions.end(at=at)
        AccountChange.objects.create(
            person=self, kind=AccountChangeKind.SUSPENDED, by=by, at=at, note=note
        )


class FormerPassword(models.Model):
    """The hash of a password a person once had, so that it does not come back."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="former_passwords", verbose_name=_("person")
    )
    hash = models.CharField(max_length=128)
    given_up_at = models.DateTimeField()

    class Meta:
        ordering = ["-given_up_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.given_up_at:%Y-%m-%d}"


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


class AccountChangeKind(models.TextChoices):
    CREATED = "created", _("Account created")
    SUSPENDED = "suspended", _("Account suspended")
    REINSTATED = "reinstated", _("Account reinstated")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    PASSWORD_RESET = "password_reset", _("Password reset")
    SECOND_FACTOR_SET = "second_set", _("Second factor set up")
    SECOND_FACTOR_RESET = "second_reset", _("Second factor reset")


class AccountChange(Ledger):
    """Something done to a person's account; by the program when `by` is empty."""

    person = models.ForeignKey(
        User, models.PROTECT, related_name="changes", verbose_name=_("person")
    )
    kind = models.CharField(_("change"), max_length=20, choices=AccountChangeKind)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    note = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(Ledger.Meta):
        verbose_name = _("change of an account")
        verbose_name_plural = _("changes of accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=AccountChangeKind.values),
                name="account_change_kind_is_known",
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="account_change_by_time")]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"
