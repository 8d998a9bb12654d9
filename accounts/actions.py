"""Everything that writes about people: their way in, their accounts, their keys."""

import secrets
import string
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from . import cipher
from .browser import Browser
from .models import (
    AccountChange,
    AccountChangeKind,
    FormerPassword,
    Session,
    SignIn,
    SignInOutcome,
    User,
)
from .roles import Duty, Role

#: Of the demo accounts; printed by ./start and in the README.
DEMO_PASSWORD = "Demo-2026-Yongding"  # noqa: S105  # no secret: see make_demo_accounts

#: Data, so not put through gettext: what the demo accounts are called.
DEMO_TITLES: dict[Role | Duty, str] = {
    Role.SUPERVISOR: "甲方主管",
    Role.LEADER: "甲方领导",
    Role.HANDLER: "财务经办",
    Role.APPROVER: "财务审批",
    Role.UNIT: "承办单位",
    Role.MANAGER: "项目经理",
    Role.AGENT: "座席岗",
    Role.CLOSER: "结案岗",
    Role.CLERK: "数据岗",
    Duty.SYSTEM: "系统管理员",
    Duty.SECURITY: "安全管理员",
    Duty.AUDIT: "审计管理员",
}

#: Without the letters and figures that people take for one another.
START_ALPHABET = "".join(
    sorted(set(string.ascii_letters + string.digits) - set("0O1lIo"))
)
START_GROUPS, START_GROUP_LENGTH = 4, 5

#: For so long no administrator may reset a password and the second factor of one person:
#: both together would let them in as somebody else.
APART = timedelta(days=7)


class AccountRefused(Exception):
    """Something that cannot be done to an account, in words for the administrator."""


# --- The way in and out ---------------------------------------------------------------------


@transaction.atomic(durable=True)
def record_sign_in(
    outcome: SignInOutcome,
    *,
    username: str,
    user: User | None,
    browser: Browser,
    at: datetime,
) -> None:
    """Write to the ledger what came of an attempt to sign in, or that it ended."""
    SignIn.objects.create(
        at=at,
        username=username,
        user=user,
        address=browser.address,
        agent=browser.agent,
        outcome=outcome,
    )


def second_factor_holds(
    device: TOTPDevice, code: str, *, browser: Browser, at: datetime
) -> bool:
    """Check a code, which then is used up, and write to the ledger what came of it."""
    holds = verify_token(device.user, device.persistent_id, code) is not None
    outcome = (
        SignInOutcome.SECOND_FACTOR if holds else SignInOutcome.SECOND_FACTOR_REFUSED
    )
    record_sign_in(
        outcome,
        username=device.user.get_username(),
        user=device.user,
        browser=browser,
        at=at,
    )
    return holds


@transaction.atomic(durable=True)
def end_session(key: str, *, at: datetime) -> None:
    Session.objects.filter(pk=key).end(at=at)


@transaction.atomic(durable=True)
def end_other_sessions(user: User, *, keep: str, at: datetime) -> int:
    """End all of a person's sessions but the one with the key `keep`; return how many."""
    return user.sessions.exclude(pk=keep).end(at=at)


@transaction.atomic(durable=True)
def end_sessions_that_are_over(*, at: datetime) -> int:
    """End the sessions that nobody came back to; return how many."""
    return Session.objects.over(at).end(at=at)


# --- One's own account -----------------------------------------------------------------------


@transaction.atomic(durable=True)
def change_password(user: User, password: str, *, keep: str, at: datetime) -> None:
    """Give a person the password they chose, and end their sessions but `keep`."""
    _set_password(user, password, at=at)
    user.must_change_password = False
    user.save(update_fields=["password", "password_changed_at", "must_change_password"])
    user.sessions.exclude(pk=keep).end(at=at)
    AccountChange.objects.create(
        person=user, kind=AccountChangeKind.PASSWORD_CHANGED, by=user, at=at
    )


@transaction.atomic(durable=True)
def set_second_factor(user: User, key: str, *, step: int, at: datetime) -> TOTPDevice:
    """Make `key` the person's second factor, in place of any other.

    `step` is that of the code they proved it with, which is used up.
    """
    TOTPDevice.objects.filter(user=user).delete()
    device = TOTPDevice.objects.create(user=user, name="TOTP", key=key, last_t=step)
    AccountChange.objects.create(
        person=user, kind=AccountChangeKind.SECOND_FACTOR_SET, by=user, at=at
    )
    return device


# --- People ----------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def create_person(
    *, username: str, name: str, by: User | None, at: datetime, duty: str = ""
) -> tuple[User, str]:
    """Create an account; return it with its start password, which is kept nowhere."""
    password = _start_password()
    person = User(username=username, name=name, duty=duty, must_change_password=True)
    person.password = make_password(password)
    person.password_changed_at = person.date_joined = at
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise AccountRefused(_("This user name is taken.")) from None
    AccountChange.objects.create(
        person=person, kind=AccountChangeKind.CREATED, by=by, at=at
    )
    return person, password


@transaction.atomic(durable=True)
def suspend(person: User, *, note: str, by: User, at: datetime) -> None:
    """Take a person's access away; what they have open ends with its next request."""
    _refuse_oneself(person, by)
    person = User.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        raise AccountRefused(_("This account is suspended already."))
    person.close(by=by, at=at, note=note)


@transaction.atomic(durable=True)
def reinstate(person: User, *, note: str, by: User, at: datetime) -> None:
    _refuse_oneself(person, by)
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.is_active:
        raise AccountRefused(_("This account is not suspended."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    AccountChange.objects.create(
        person=person, kind=AccountChangeKind.REINSTATED, by=by, at=at, note=note
    )


@transaction.atomic(durable=True)
def reset_password(person: User, *, note: str, by: User, at: datetime) -> str:
    """Give a person a new start password and end their sessions; return the password."""
    _refuse_oneself(person, by)
    _refuse_both_resets(person, AccountChangeKind.SECOND_FACTOR_RESET, by=by, at=at)
    password = _start_password()
    _set_password(person, password, at=at)
    person.must_change_password = True
    person.save(
        update_fields=["password", "password_changed_at", "must_change_password"]
    )
    person.sessions.end(at=at)
    AccountChange.objects.create(
        person=person, kind=AccountChangeKind.PASSWORD_RESET, by=by, at=at, note=note
    )
    return password


@transaction.atomic(durable=True)
def reset_second_factor(person: User, *, note: str, by: User, at: datetime) -> None:
    """Take away a second factor that was lost; the person sets up another one."""
    _refuse_oneself(person, by)
    _refuse_both_resets(person, AccountChangeKind.PASSWORD_RESET, by=by, at=at)
    deleted, _by_model = TOTPDevice.objects.filter(user=person).delete()
    if not deleted:
        raise AccountRefused(_("This person has no second factor."))
    person.sessions.end(at=at)
    AccountChange.objects.create(
        person=person,
        kind=AccountChangeKind.SECOND_FACTOR_RESET,
        by=by,
        at=at,
        note=note,
    )


def _refuse_oneself(person: User, by: User) -> None:
    if person == by:
        raise AccountRefused(
            _("Your own account is another administrator's to change.")
        )


def _refuse_both_resets(
    person: User, other: AccountChangeKind, *, by: User, at: datetime
) -> None:
    # Locked, so that the two cannot be asked for at the same moment either.
    User.objects.select_for_update().get(pk=person.pk)
    if person.changes.filter(kind=other, by=by, at__gt=at - APART).exists():
        raise AccountRefused(
            _(
                "You have reset the other one of password and second factor for this"
                " person within the last %(days)s days. Another administrator must do"
                " this one."
            )
            % {"days": APART.days}
        )


def _set_password(user: User, password: str, *, at: datetime) -> None:
    FormerPassword.objects.create(user=user, hash=user.password, given_up_at=at)
    remembered = user.former_passwords.values_list("pk", flat=True)
    user.former_passwords.exclude(
        pk__in=list(remembered[: settings.PASSWORD_HISTORY])
    ).delete()
    user.set_password(password)
    user.password_changed_at = at


def _start_password() -> str:
    while True:
        groups = [
            "".join(
                secrets.choice(START_ALPHABET) for _letter in range(START_GROUP_LENGTH)
            )
            for _group in range(START_GROUPS)
        ]
        password = "-".join(groups)
        kinds = (str.isupper, str.islower, str.isdigit)
        if all(any(map(kind, password)) for kind in kinds):
            return password


@transaction.atomic(durable=True)
def make_demo_accounts(*, at: datetime) -> list[User]:
    """Create what is missing of one account a role and duty, all with DEMO_PASSWORD.

    Where this is not a demonstration, raises AccountRefused.
    """
    if not (settings.DEBUG and settings.DEMO):
        raise AccountRefused(_("Demo accounts are for demonstrations."))
    there = {user.username: user for user in User.objects.filter(demo=True)}
    for title in (*Role, *Duty):
        if title.value not in there:
            there[title.value] = User.objects.create(
                username=title.value,
                name=f"演示·{DEMO_TITLES[title]}",
                duty=title if isinstance(title, Duty) else "",
                demo=True,
                password=make_password(DEMO_PASSWORD),
                password_changed_at=at,
                date_joined=at,
            )
    return [there[title.value] for title in (*Role, *Duty)]


# --- Keys --------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def encrypt_batch_again(
    model: type[Model], *, after: object, size: int
) -> tuple[object, int, list[str]]:
    """Encrypt some rows of a model with the first key, in the order of their keys.

    Returns the last row's key (None when none was left), how many were encrypted, and
    what could not be read and was left as it is.
    """
    waiting = cipher.under_another_key(model).order_by("pk")
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    rows = list(waiting.select_for_update()[:size])
    encrypted, faults = 0, []
    for row in rows:
        try:
            values = cipher.encrypt_again(row)
        except cipher.Undecipherable as fault:
            faults.append(str(fault))
        else:
            encrypted += model._base_manager.filter(pk=row.pk).update(**values)
    return (rows[-1].pk if rows else None), encrypted, faults
