"""People and what was done to their accounts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.roles import NEEDS_SECOND_FACTOR, Duty

from .ledger import Ledger

#: A password that was handed out has to be replaced by one's own within this time.
START_PASSWORD_LASTS = timedelta(days=3)


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

    @cached_property
    def messages_waiting(self) -> int:
        """How many messages wait for the person; counted once a request."""
        return self.messages.waiting(self).count()

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
