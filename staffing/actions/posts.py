"""What a desk is set up with: posts and their minimums, patterns, and its terms."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused
from contracts.models import Contract
from staffing.models import Minimum, Pattern, Post, StaffingTerms
from staffing.rules.cover import Rule

#: The team of the contract（第二条 1）, and the heads there are to be at least: one on
#: the desk at every minute, the others by the roster alone.
POSTS = (
    (Role.MANAGER, "项目经理", 0),
    (Role.AGENT, "座席岗", 1),
    (Role.CLOSER, "结案岗", 0),
    (Role.CLERK, "数据岗", 0),
)
#: Letter, name, from, minutes: as desks commonly work.
PATTERNS = (
    ("早", "早班", time(8), 480),
    ("中", "中班", time(16), 480),
    ("夜", "夜班", time(0), 480),
    ("行", "行政班", time(9), 540),
)


@transaction.atomic(durable=True)
def set_up(contract: Contract, *, by: User, at: datetime) -> None:
    """Give a contract the posts of its team and the usual shifts. What is there stays."""
    hold(contract)
    begins_on = contract.starts_on
    for order, (role, name, heads) in enumerate(POSTS):
        post, made = Post.objects.get_or_create(
            contract=contract, role=role, defaults={"name": name, "order": order}
        )
        if made and heads:
            Minimum.objects.create(post=post, holds_from=begins_on, heads=heads)
    if not Pattern.objects.of(contract).exists():
        Pattern.objects.bulk_create(
            Pattern(
                contract=contract,
                letter=letter,
                name=name,
                starts_at=starts_at,
                minutes=minutes,
                order=order,
            )
            for order, (letter, name, starts_at, minutes) in enumerate(PATTERNS)
        )
    terms, made = StaffingTerms.objects.get_or_create(contract=contract)
    if made:
        trail.record(terms, "set up", by=by, at=at)


@transaction.atomic(durable=True)
def set_minimums(
    post: Post, rules: Sequence[Rule], *, holds_from: date, by: User, at: datetime
) -> None:
    """Say how many of a post there are to be from a day on; what held before stays so.

    Raises MatterRefused for a day that has passed: what was asked then was asked.
    """
    contract = hold(post.contract)
    today = localdate(at)
    if holds_from < today and holds_from != contract.starts_on:
        raise MatterRefused(
            _("What held on days gone by stays as it was. Choose today or later."),
            "holds_from",
        )
    same = [(rule.starts_at, rule.workdays_only) for rule in rules]
    if len(set(same)) < len(same):
        raise MatterRefused(_("Two rows begin at the same time of day."))
    if holds_from < today and post.minimums.filter(holds_from__lt=today).exists():
        raise MatterRefused(
            _("What held on days gone by stays as it was. Choose today or later."),
            "holds_from",
        )
    post.minimums.filter(holds_from=holds_from).delete()
    # A post that asks for nobody from then on says so by a row of none.
    given = rules or [Rule(time(), time(), 0)]
    Minimum.objects.bulk_create(
        Minimum(
            post=post,
            holds_from=holds_from,
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
            workdays_only=rule.workdays_only,
            heads=rule.heads,
        )
        for rule in given
    )
    words = "；".join(
        f"{rule.starts_at:%H:%M}–{rule.ends_at:%H:%M} ≥{rule.heads}" for rule in given
    )
    trail.record(post, "minimums", by=by, at=at, note=f"{holds_from} {words}"[:500])


@transaction.atomic(durable=True)
def save_pattern(
    contract: Contract,
    pattern: Pattern | None,
    *,
    letter: str,
    name: str,
    starts_at: time,
    minutes: int,
    by: User,
    at: datetime,
) -> Pattern:
    """Make a pattern, or one in place of another: shifts keep the hours they were cut to.

    Raises MatterRefused where the letter is taken.
    """
    hold(contract)
    values: dict[str, Any] = {"letter": letter, "name": name}
    if pattern is not None:
        Pattern.objects.filter(pk=pattern.pk, retired_on=None).update(
            retired_on=localdate(at)
        )
    try:
        with transaction.atomic():
            made = Pattern.objects.create(
                contract=contract,
                starts_at=starts_at,
                minutes=minutes,
                order=pattern.order
                if pattern
                else Pattern.objects.of(contract).count(),
                **values,
            )
    except IntegrityError:
        raise MatterRefused(
            _("Another pattern in use has this letter."), "letter"
        ) from None
    trail.record(
        made, "made", by=by, at=at, note=f"{letter} {starts_at:%H:%M} {minutes}"
    )
    return made


@transaction.atomic(durable=True)
def retire_pattern(pattern: Pattern, *, by: User, at: datetime) -> None:
    """Offer a pattern no more. Shifts that were cut to it stay."""
    today = localdate(at)
    if Pattern.objects.filter(pk=pattern.pk, retired_on=None).update(retired_on=today):
        trail.record(pattern, "retired", by=by, at=at)


@transaction.atomic(durable=True)
def set_terms(contract: Contract, *, by: User, at: datetime, **terms: int) -> None:
    """Set the rest between shifts, and how patient the desk is, in minutes."""
    hold(contract)
    kept, _made = StaffingTerms.objects.update_or_create(
        contract=contract, defaults=terms
    )
    words = "；".join(f"{name} {minutes}" for name, minutes in terms.items())
    trail.record(kept, "terms", by=by, at=at, note=words)
