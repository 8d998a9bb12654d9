"""Facts of the roster that are not as agreed: found, and withdrawn where they were not so."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.timezone import localdate, localtime

from contracts.models import Clause, Contract
from contracts.rules.calendar import ONE_DAY
from staffing.coverage import actual
from staffing.models import Breach, BreachKind, Post, Shift, StaffingTerms, Stint
from staffing.rules.cover import Gap

#: Where the contract asks for a desk that never closes.
ALWAYS = "第二条1"


def find_gaps(contract: Contract, days: Sequence[date], *, at: datetime) -> int:
    """Write down the gaps of days that are over, and withdraw those that are none.

    In the caller's transaction. Run it again and nothing changes. Returns how many
    breaches were added or withdrawn.
    """
    over = [day for day in days if day < localdate(at)]
    if not over:
        return 0
    whole = [over[0] + ONE_DAY * n for n in range((over[-1] - over[0]).days + 1)]
    wanted: dict[tuple[int, datetime, datetime, int], tuple[Post, date, Gap]] = {}
    for cover in actual(contract, whole, at=at):
        for day in cover.days:
            if day.day in over:
                for gap in day.gaps:
                    key = (cover.post.pk, gap.starts_at, gap.ends_at, gap.missing)
                    wanted[key] = (cover.post, day.day, gap)
    standing = (
        Breach.objects.of(contract)
        .standing()
        .filter(kind=BreachKind.GAP, happened_on__in=over)
    )
    known = {
        (one.post_id, one.starts_at, one.ends_at, one.missing): one for one in standing
    }
    gone = [one for key, one in known.items() if key not in wanted]
    for one in gone:
        withdraw_breach(one, "更正的签到记录补足了该时段", at=at)
    clause = clause_of(contract, ALWAYS)
    new = [wanted[key] for key in wanted.keys() - known.keys()]
    Breach.objects.bulk_create(
        _of_gap(contract, clause, *one, at=at) for one in sorted(new, key=_by_moment)
    )
    return len(gone) + len(new)


def _by_moment(found: tuple[Post, date, Gap]) -> tuple[int, int]:
    return found[2].starts, found[0].pk


def _of_gap(
    contract: Contract,
    clause: Clause | None,
    post: Post,
    day: date,
    gap: Gap,
    *,
    at: datetime,
) -> Breach:
    return Breach(
        contract=contract,
        kind=BreachKind.GAP,
        clause=clause,
        post=post,
        happened_on=day,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
        missing=gap.missing,
        explained=[
            f"{post.name} {localtime(gap.starts_at):%H:%M} 至 "
            f"{localtime(gap.ends_at):%H:%M} 共 {gap.minutes} 分钟，"
            f"少于最低在岗人数 {gap.missing} 人"
        ],
        found_at=at,
    )


def find_no_shows(contract: Contract, *, at: datetime) -> list[Shift]:
    """Write down whose shift has begun without them, and return these shifts.

    In the caller's transaction. A shift is missed once. Whoever is late has not come
    until then: when they came stands in their sign-on.
    """
    terms = StaffingTerms.objects.filter(contract=contract).first() or StaffingTerms()
    grace = timedelta(minutes=terms.grace_minutes)
    begun = (
        Shift.objects.of(contract)
        .holding()
        .filter(starts_at__lte=at - grace, starts_at__gt=at - ONE_DAY)
        .exclude(breaches__kind=BreachKind.NO_SHOW)
        .select_related("person", "post")
    )
    missed = [shift for shift in begun if not _came(shift, shift.starts_at + grace)]
    clause = clause_of(contract, ALWAYS) if missed else None
    Breach.objects.bulk_create(
        Breach(
            contract=contract,
            kind=BreachKind.NO_SHOW,
            clause=clause,
            post=shift.post,
            person=shift.person,
            shift=shift,
            happened_on=localdate(shift.starts_at),
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            explained=[
                f"{shift.person.name} 应于 {localtime(shift.starts_at):%m-%d %H:%M} 到岗，"
                f"{terms.grace_minutes} 分钟后仍未签到"
            ],
            found_at=at,
        )
        for shift in missed
    )
    return missed


def _came(shift: Shift, by: datetime) -> bool:
    """Tell whether somebody was on post by a moment after their shift began."""
    stints = Stint.objects.standing().filter(person=shift.person_id)
    return stints.between(shift.starts_at, by + timedelta(minutes=1)).exists()


def withdraw_breach(breach: Breach, why: str, *, at: datetime) -> None:
    """Withdraw a fact that turned out not to be one. It stays on record."""
    Breach.objects.filter(pk=breach.pk, withdrawn_at=None).update(
        withdrawn_at=at, withdrawn_why=why
    )


def clause_of(contract: Contract, ref: str) -> Clause | None:
    """Return the clause with this reference; None where the contract has none."""
    return contract.clauses.filter(ref=ref).first()


def days_before(day: date, count: int) -> list[date]:
    """Return so many days up to the one before a day."""
    return [day - ONE_DAY * n for n in range(count, 0, -1)]
