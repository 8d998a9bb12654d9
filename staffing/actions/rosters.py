"""Everything that writes plans: drafted, filled cell by cell, published, dropped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.actions import trail
from contracts.actions.numbers import hold
from contracts.actions.refusals import MatterRefused
from contracts.models import Callout, Contract
from contracts.rules.calendar import BEIJING
from staffing.coverage import planned
from staffing.models import (
    AskedStatus,
    Leave,
    Pattern,
    Person,
    PersonStatus,
    Post,
    Roster,
    RosterStatus,
    Shift,
    ShiftState,
    StaffingTerms,
)
from staffing.rules.months import days_of, month_after
from staffing.rules.rotation import rotate

#: A person's key and a day → letters of patterns; "" for a day off.
Cells = Mapping[tuple[int, date], str]

FOUR_WEEKS = timedelta(days=28)
#: Nobody is planned for longer in one go.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be so: whose, which day, and why, in words."""

    person: Person
    day: date
    words: str


class CellsRefused(MatterRefused):
    """Cells that are not put into a plan. Nothing of what came with them is, either."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(_("Nothing was done: some cells cannot be so."))
        self.faults = faults


# --- Drafted, published, dropped -----------------------------------------------------------


@transaction.atomic(durable=True)
def draft(
    contract: Contract, month: date, *, token: UUID, by: User, at: datetime
) -> Roster:
    """Begin a new version of a month's plan from the one that holds, or from nothing.

    Where there is a draft already, that is the one. Raises MatterRefused for a month in
    which the contract does not bind.
    """
    hold(contract)
    rosters = Roster.objects.of(contract).filter(month=month)
    known = rosters.filter(token=token).first()
    if found := known or rosters.filter(status=RosterStatus.DRAFT).first():
        return found
    if not contract.effective_on < month_after(month) or month >= contract.ends_before:
        raise MatterRefused(
            _("The contract runs from %(first)s to %(last)s (第三条).")
            % {"first": contract.effective_on, "last": contract.term.last_on}
        )
    holding = rosters.filter(status=RosterStatus.PUBLISHED).first()
    made = Roster.objects.create(
        contract=contract,
        month=month,
        version=rosters.count() + 1,
        made_at=at,
        made_by=by,
        token=token,
    )
    if holding:
        _copy(Shift.objects.holding().filter(roster__month=month), made)
    trail.record(made, RosterStatus.DRAFT, by=by, at=at)
    return made


def _copy(shifts: Iterable[Shift], roster: Roster) -> None:
    of_month = [shift for shift in shifts if shift.contract_id == roster.contract_id]
    for shift in of_month:
        shift.pk, shift.roster, shift.state = None, roster, ShiftState.DRAFT
    Shift.objects.bulk_create(of_month)


@transaction.atomic(durable=True)
def publish(roster: Roster, *, reason: str, by: User, at: datetime) -> None:
    """Make a draft the plan that holds, from now on: what has begun stays as planned then.

    Raises MatterRefused without a reason for minutes that nobody is planned for, and
    where somebody would be in two places, or without rest; CellsRefused where somebody
    has left meanwhile, or is on leave.
    """
    contract = hold(roster.contract)
    days = days_of(roster.month)
    shifts = roster.shifts.filter(state=ShiftState.DRAFT)
    shifts.filter(starts_at__lte=at).delete()  # what is gone is not planned any more
    _check_people(roster, shifts, at=at)
    before = Roster.objects.of(contract).filter(
        month=roster.month, status=RosterStatus.PUBLISHED
    )
    for old in before:
        old.move(RosterStatus.REPLACED, by=by, at=at)
    replaced = (
        Shift.objects.of(contract)
        .holding()
        .filter(roster__month=roster.month, starts_at__gt=at)
    )
    replaced.update(state=ShiftState.REPLACED)
    try:
        with transaction.atomic():
            shifts.update(state=ShiftState.HOLDS)
    except IntegrityError:
        raise MatterRefused(_clash(contract, roster)) from None
    gap = sum(post.uncovered for post in planned(contract, days))
    if gap and not reason.strip():
        raise MatterRefused(
            _(
                "%(minutes)d minutes are not covered. Say why it is published all the same."
            )
            % {"minutes": gap},
            "reason",
        )
    roster.move(
        RosterStatus.PUBLISHED,
        by=by,
        at=at,
        note=reason,
        published_at=at,
        published_by=by,
        gap_minutes=gap,
        gap_reason=reason if gap else "",
    )


def _check_people(roster: Roster, shifts: Iterable[Shift], *, at: datetime) -> None:
    """Refuse shifts of people who may not work them any more since they were drafted."""
    filling = _Filling(roster, at=at)
    faults = [
        Fault(person, _cell(shift)[1], words)
        for shift in shifts
        if (person := filling.people.get(shift.person_id))
        and (words := filling.why_not(person, shift.starts_at, shift.ends_at))
    ]
    if faults:
        raise CellsRefused(faults)


def _clash(contract: Contract, roster: Roster) -> str:
    """Say who would be in two places, across the borders of the month."""
    others = Shift.objects.of(contract).holding()
    for shift in roster.shifts.filter(state=ShiftState.DRAFT).select_related("person"):
        same = others.filter(person=shift.person).exclude(roster=roster)
        if other := same.filter(
            starts_at__lt=shift.rested_at, rested_at__gt=shift.starts_at
        ).first():
            return _(
                "%(name)s is planned for %(other)s already, or has no rest before "
                "%(shift)s."
            ) % {
                "name": shift.person.name,
                "other": _when(other),
                "shift": _when(shift),
            }
    return _("Somebody would be in two places at once.")


def _when(shift: Shift) -> str:
    return f"{shift.starts_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


@transaction.atomic(durable=True)
def drop(roster: Roster, *, by: User, at: datetime) -> None:
    """Drop a draft. The plan that holds goes on holding."""
    roster.move(RosterStatus.DROPPED, by=by, at=at)
    roster.shifts.filter(state=ShiftState.DRAFT).update(state=ShiftState.REPLACED)


# --- Filled ----------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def fill(roster: Roster, cells: Cells, *, by: User, at: datetime) -> int:
    """Put letters into cells of a draft; return how many cells changed.

    Cells that are as they were are left alone. Raises CellsRefused, with a fault for
    each cell that cannot be so; then none is changed.
    """
    held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    if held.status != RosterStatus.DRAFT:
        raise MatterRefused(_("This version is no draft any more."))
    return _Filling(held, at=at).put(cells)


@transaction.atomic(durable=True)
def copy_four_weeks(roster: Roster, *, by: User, at: datetime) -> int:
    """Fill a draft with what was planned four weeks before, on the same weekdays.

    Returns how many cells changed. What cannot be so (somebody has left, is on leave)
    is left empty, to show as a gap.
    """
    held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    if held.status != RosterStatus.DRAFT:
        raise MatterRefused(_("This version is no draft any more."))
    days = days_of(held.month)
    letters = letters_of(
        Shift.objects.of(held.contract).holding(), days[0] - FOUR_WEEKS, days[-1]
    )
    wanted: dict[tuple[int, date], str] = {}
    for day in days:
        before = day - FOUR_WEEKS
        # The last days of a long month are four weeks after its own first.
        source = wanted if before >= days[0] else letters
        wanted |= {
            (person, day): letter
            for (person, then), letter in source.items()
            if then == before
        }
    return _Filling(held, at=at).put(wanted, forgiving=True)


@transaction.atomic(durable=True)
def generate(
    roster: Roster,
    *,
    people: Sequence[Person],
    cycle: Sequence[str],
    stagger: int,
    begin: int,
    first: date,
    last: date,
    by: User,
    at: datetime,
) -> int:
    """Let people take turns through a cycle of letters, a blank being a day off.

    Their cells from `first` to `last` are filled anew. Returns how many changed; raises
    CellsRefused.
    """
    held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    if held.status != RosterStatus.DRAFT:
        raise MatterRefused(_("This version is no draft any more."))
    days = [day for day in days_of(held.month) if first <= day <= last]
    if not (people and cycle and days):
        raise MatterRefused(_("There is nobody, no cycle or no day to fill."))
    cells = {(person.pk, day): "" for person in people for day in days}
    turns = rotate(people, cycle, days, stagger=stagger, begin=begin)
    cells |= {(person.pk, day): letter for person, day, letter in turns}
    return _Filling(held, at=at).put(cells)


@transaction.atomic(durable=True)
def add_shift(
    roster: Roster,
    *,
    person: Person,
    post: Post,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    callout: Callout | None,
    by: User,
    at: datetime,
) -> Shift:
    """Plan somebody for hours of their own, on any post. Raises MatterRefused.

    A remark says why there is no rest before or after, where there is none.
    """
    held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
    if held.status != RosterStatus.DRAFT:
        raise MatterRefused(_("This version is no draft any more."))
    if starts_at >= ends_at:
        raise MatterRefused(_("The end lies before the beginning."), "ends_at")
    if ends_at - starts_at > LONGEST:
        raise MatterRefused(_("A shift lasts 24 hours at most."), "ends_at")
    if localdate(starts_at) not in days_of(held.month):
        raise MatterRefused(_("It begins in another month."), "starts_at")
    filling = _Filling(held, at=at)
    if words := filling.why_not(person, starts_at, ends_at):
        raise MatterRefused(words, "person")
    rest = timedelta() if note.strip() else filling.rest
    shift = Shift(
        contract=held.contract,
        roster=held,
        person=person,
        post=post,
        starts_at=starts_at,
        ends_at=ends_at,
        rested_at=ends_at + rest,
        note=note,
        callout=callout,
    )
    if faults := filling.clashes([shift], ignoring_rest=bool(note.strip())):
        raise MatterRefused(faults[0].words, "starts_at")
    # Whoever comes back early for a reason has rested as long as they have.
    Shift.objects.filter(
        person=person,
        state__in=[ShiftState.DRAFT, ShiftState.HOLDS],
        ends_at__lte=starts_at,
        rested_at__gt=starts_at,
    ).update(rested_at=starts_at)
    shift.save()
    return shift


@transaction.atomic(durable=True)
def remove_shift(shift: Shift, *, by: User, at: datetime) -> None:
    """Take a shift out of a draft."""
    held = Roster.objects.select_for_update(no_key=True).get(pk=shift.roster_id)
    if held.status != RosterStatus.DRAFT:
        raise MatterRefused(_("This version is no draft any more."))
    Shift.objects.filter(pk=shift.pk, state=ShiftState.DRAFT).delete()


def letters_of(
    shifts: Iterable[Shift], first: date, last: date
) -> dict[tuple[int, date], str]:
    """Return what stands in the cells of some days: the letters of each day's shifts.

    A shift of hours of its own stands as an asterisk.
    """
    begins = datetime.combine(first, time(), tzinfo=BEIJING)
    ends = datetime.combine(last, time(), tzinfo=BEIJING) + LONGEST
    rows = (
        shifts.filter(starts_at__gte=begins, starts_at__lt=ends)  # type: ignore[attr-defined]
        .order_by("starts_at")
        .values_list("person_id", "starts_at", "pattern__letter")
    )
    found: dict[tuple[int, date], str] = {}
    for person, starts_at, letter in rows:
        cell = (person, starts_at.astimezone(BEIJING).date())
        found[cell] = found.get(cell, "") + (letter or OWN_HOURS)
    return found


#: What stands in a cell for a shift of hours of its own.
OWN_HOURS = "*"


class _Filling:
    """Cells that are being put into a draft: what is known of its people and hours."""

    def __init__(self, roster: Roster, *, at: datetime) -> None:
        self.roster, self.at = roster, at
        self.contract = roster.contract
        self.days = set(days_of(roster.month))
        terms = StaffingTerms.objects.filter(contract=self.contract).first()
        self.rest = timedelta(minutes=(terms or StaffingTerms()).rest_minutes)
        in_use = Pattern.objects.of(self.contract).in_use()
        self.patterns = {one.letter: one for one in in_use}
        people = Person.objects.of(self.contract).select_related("post")
        self.people = people.in_bulk()
        self.bound = set(people.with_agreement().values_list("pk", flat=True))
        begins, ends = _edges(self.days)
        leaves = Leave.objects.of(self.contract).filter(
            status=AskedStatus.GRANTED, starts_at__lt=ends, ends_at__gt=begins
        )
        self.leaves: dict[int, list[Leave]] = {}
        for leave in leaves:
            self.leaves.setdefault(leave.person_id, []).append(leave)

    def put(self, cells: Cells, *, forgiving: bool = False) -> int:
        now = letters_of(
            self.roster.shifts.filter(state=ShiftState.DRAFT),
            min(self.days),
            max(self.days),
        )
        changed = {
            cell: letters
            for cell, letters in cells.items()
            if letters != now.get(cell, "")
        }
        made, faults = self._shifts(changed)
        gone = self._gone(changed)
        if not faults or forgiving:
            Shift.objects.filter(pk__in=gone).delete()
            clashes = self.clashes(made)
            if forgiving:
                bad = {(fault.person.pk, fault.day) for fault in clashes}
                made = [one for one in made if _cell(one) not in bad]
            else:
                faults += clashes
        if faults and not forgiving:
            raise CellsRefused(sorted(faults, key=lambda one: (one.day, one.person.pk)))
        Shift.objects.bulk_create(made)
        return len(changed)

    def _gone(self, changed: Cells) -> list[int]:
        shifts = self.roster.shifts.filter(
            state=ShiftState.DRAFT, person__in={person for person, _day in changed}
        )
        return [one.pk for one in shifts if _cell(one) in changed]

    def _shifts(self, changed: Cells) -> tuple[list[Shift], list[Fault]]:
        made: list[Shift] = []
        faults: list[Fault] = []
        for (pk, day), letters in changed.items():
            person = self.people.get(pk)
            if person is None or day not in self.days:
                continue
            for letter in letters:
                pattern = self.patterns.get(letter)
                if pattern is None:
                    words = _("There is no shift with the letter %(letter)s.")
                    faults.append(Fault(person, day, words % {"letter": letter}))
                    continue
                shift = self._shift(person, day, pattern)
                if words := self.why_not(person, shift.starts_at, shift.ends_at):
                    faults.append(Fault(person, day, words))
                    continue
                made.append(shift)
        return made, faults

    def _shift(self, person: Person, day: date, pattern: Pattern) -> Shift:
        starts_at = datetime.combine(day, pattern.starts_at, tzinfo=BEIJING)
        ends_at = starts_at + pattern.length
        return Shift(
            contract=self.contract,
            roster=self.roster,
            person=person,
            post_id=person.post_id,
            pattern=pattern,
            starts_at=starts_at,
            ends_at=ends_at,
            rested_at=ends_at + self.rest,
        )

    def why_not(self, person: Person, starts_at: datetime, ends_at: datetime) -> str:
        """Say why somebody cannot be planned for these hours; "" where they can."""
        day = starts_at.astimezone(BEIJING).date()
        if person.status != PersonStatus.APPROVED:
            return _("%(name)s is not approved by Party A (article 6(1)3).") % {
                "name": person.name
            }
        if person.pk not in self.bound:
            return _(
                "%(name)s has no confidentiality agreement on file (article 10.4)."
            ) % {"name": person.name}
        if not self.contract.effective_on <= day < self.contract.ends_before:
            return _("The contract does not run on this day (第三条).")
        if words := _not_on_post(person, day):
            return words
        if any(
            leave.starts_at < ends_at and leave.ends_at > starts_at
            for leave in self.leaves.get(person.pk, ())
        ):
            return _("%(name)s is on leave.") % {"name": person.name}
        return ""

    def clashes(
        self, made: Sequence[Shift], *, ignoring_rest: bool = False
    ) -> list[Fault]:
        """Return which of some new shifts leave somebody in two places, or without rest."""
        begins, ends = _edges(self.days)
        around = Shift.objects.of(self.contract).filter(
            person__in={one.person_id for one in made},
            starts_at__lt=ends + 2 * LONGEST,
            ends_at__gt=begins - 2 * LONGEST,
        )
        drafted = list(around.filter(roster=self.roster, state=ShiftState.DRAFT))
        beside = list(around.holding().exclude(roster__month=self.roster.month))
        by_person: dict[int, list[Shift]] = {}
        for one in [*drafted, *beside, *made]:
            by_person.setdefault(one.person_id, []).append(one)
        faults = []
        for shift in made:
            for other in by_person[shift.person_id]:
                if other is not shift and (
                    words := self._between(shift, other, ignoring_rest)
                ):
                    cell = _cell(shift)
                    faults.append(Fault(self.people[cell[0]], cell[1], words))
                    break
        return faults

    def _between(self, shift: Shift, other: Shift, ignoring_rest: bool) -> str:
        first, then = sorted((shift, other), key=lambda one: one.starts_at)
        if then.starts_at < first.ends_at:
            return _(
                "%(name)s would be in two places at once: also from %(other)s."
            ) % {
                "name": self.people[shift.person_id].name,
                "other": _when(other),
            }
        if then.starts_at < first.rested_at and not ignoring_rest:
            return _(
                "%(name)s would have less rest than agreed: the other shift begins at "
                "%(other)s."
            ) % {"name": self.people[shift.person_id].name, "other": _when(other)}
        return ""


def _not_on_post(person: Person, day: date) -> str:
    if person.begins_on is None or day < person.begins_on:
        return _("%(name)s is not on post yet on this day.") % {"name": person.name}
    if person.leaves_on and day > person.leaves_on:
        return _("%(name)s has left by this day.") % {"name": person.name}
    return ""


def _cell(shift: Shift) -> tuple[int, date]:
    return shift.person_id, shift.starts_at.astimezone(BEIJING).date()


def _edges(days: Iterable[date]) -> tuple[datetime, datetime]:
    all_days = sorted(days)
    return (
        datetime.combine(all_days[0], time(), tzinfo=BEIJING),
        datetime.combine(all_days[-1], time(), tzinfo=BEIJING) + LONGEST,
    )
