"""What the settings must not be. `AccountsConfig.ready` asks too, for gunicorn and Celery
run no system checks of their own."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from . import cipher
from .rules import quiet

HANDLER = "accounts.lockout.LedgerHandler"
#: What the Chinese rules for level 3 systems and their auditors look for.
LONGEST_IDLE = timedelta(minutes=30)
SHORTEST_PASSWORD, FEWEST_CLASSES = 8, 3
LONGEST_PASSWORD_LIFE = timedelta(days=90)


@register(Tags.security)
def demo_is_for_demonstrations(**_kwargs: Any) -> list[CheckMessage]:
    """Accounts that everybody knows the password of have no place in production."""
    return [
        Error(
            f"{name} is on while DEBUG is off: anybody could sign in with the password"
            " of the demo accounts.",
            hint=f"Set {name}=false.",
            id="accounts.E001",
        )
        for name in ("DEMO", "DEMO_WITHOUT_SECOND_FACTOR")
        if getattr(settings, name) and not settings.DEBUG
    ]


@register(Tags.security)
def keys_are_keys(**_kwargs: Any) -> list[CheckMessage]:
    """Whatever cannot encrypt is found at the start, not at the first citizen's name."""
    problems: list[CheckMessage] = []
    try:
        cipher.keys()
        for name in ("BLIND_KEY", "SEAL_KEY"):
            cipher.key_bytes(getattr(settings, name), name)
    except ImproperlyConfigured as problem:
        problems.append(Error(str(problem), id="accounts.E002"))
        return problems
    if not settings.DEBUG:
        problems += [
            Error(
                f"{name} is a pattern, or another key over again.", id="accounts.E003"
            )
            for name in _weak_keys()
        ]
    return problems


@register(Tags.security)
def sign_ins_are_recorded(**_kwargs: Any) -> list[CheckMessage]:
    enabled = getattr(settings, "AXES_ENABLED", True)
    if enabled and getattr(settings, "AXES_HANDLER", "") == HANDLER:
        return []
    return [
        Error(
            "Sign-ins would be neither recorded nor limited.",
            hint=f'Set AXES_HANDLER = "{HANDLER}" and leave AXES_ENABLED alone.',
            id="accounts.E004",
        )
    ]


@register(Tags.security, deploy=True)
def limits_are_strict(**_kwargs: Any) -> list[CheckMessage]:
    lax = {
        "SESSION_IDLE_MINUTES": settings.SESSION_IDLE > LONGEST_IDLE,
        "PASSWORD_LEAST_LENGTH": settings.PASSWORD_LEAST_LENGTH < SHORTEST_PASSWORD,
        "PASSWORD_CLASSES": settings.PASSWORD_CLASSES < FEWEST_CLASSES,
        "PASSWORD_DAYS": settings.PASSWORD_LASTS > LONGEST_PASSWORD_LIFE,
    }
    return [
        Warning(f"{name} is laxer than an assessor will accept.", id="accounts.W001")
        for name, is_lax in lax.items()
        if is_lax
    ]


@register()
def daily_mail_has_its_hour(**_kwargs: Any) -> list[CheckMessage]:
    """What is not urgent would wait for ever for an hour that is a quiet one."""
    if not quiet(
        datetime.combine(date.min, settings.MESSAGE_DIGEST_AT, UTC),
        starts=settings.MESSAGE_QUIET_FROM,
        ends=settings.MESSAGE_QUIET_UNTIL,
    ):
        return []
    return [
        Error(
            "The daily mail would never go out: MESSAGE_DIGEST_AT lies in the quiet hours.",
            id="accounts.E005",
        )
    ]


def refuse_unsafe_settings() -> None:
    """Stop the start. Raises ImproperlyConfigured."""
    checks = (demo_is_for_demonstrations, keys_are_keys, daily_mail_has_its_hour)
    if problems := [problem.msg for check in checks for problem in check()]:
        raise ImproperlyConfigured(" ".join(problems))


def _weak_keys() -> Iterable[str]:
    seen: set[str] = set()
    named = [
        *(("PERSONAL_KEYS", one.partition(":")[2]) for one in settings.PERSONAL_KEYS),
        ("BLIND_KEY", settings.BLIND_KEY),
        ("SEAL_KEY", settings.SEAL_KEY),
    ]
    for name, text in named:
        if text in seen or len(set(cipher.key_bytes(text, name))) < cipher.KEY // 2:
            yield name
        seen.add(text)
