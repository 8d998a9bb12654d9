"""What the page of a roster shows: whose cells, what stands in them, what is not covered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from contracts.models import Contract

from .actions.rosters import letters_of
from .coverage import PostCover, planned
from .models import Person, PersonStatus, Roster, RosterStatus, Shift, ShiftState
from .rules.months import days_of, month_after


@dataclass(frozen=True, slots=True)
class Grid:
    """Some days of a month, as drafted or as they hold."""

    month: date
    days: list[date]
    draft: Roster | None
    holding: Roster | None
    people: list[Person]
    letters: Mapping[tuple[int, date], str]
    covers: list[PostCover]
    state: ShiftState
    typed: Mapping[tuple[int, date], str] = field(default_factory=dict)

    @property
    def uncovered(self) -> int:
        return sum(cover.uncovered for cover in self.covers)


def grid_of(
    contract: Contract,
    month: date,
    *,
    drafted: bool,
    days: Sequence[date] | None = None,
    typed: Mapping[tuple[int, date], str] | None = None,
) -> Grid:
    """Return the draft of a month, where there is one and it is asked for; else what holds."""
    rosters = {
        one.status: one
        for one in Roster.objects.of(contract)
        .filter(month=month, status__in=(RosterStatus.DRAFT, RosterStatus.PUBLISHED))
        .select_related("published_by", "made_by", "contract")
    }
    draft = rosters.get(RosterStatus.DRAFT)
    state = ShiftState.DRAFT if drafted and draft else ShiftState.HOLDS
    whole = days_of(month)
    shown = list(days or whole)
    shifts = Shift.objects.of(contract).filter(state=state)
    if state == ShiftState.DRAFT:
        shifts = shifts.filter(roster=draft)
    letters = letters_of(shifts, whole[0], whole[-1])
    planned_people = {person for person, _day in letters}
    people = (
        Person.objects.of(contract)
        .filter(
            Q(pk__in=planned_people)
            | Q(status=PersonStatus.APPROVED, begins_on__lt=month_after(month))
            & (Q(leaves_on=None) | Q(leaves_on__gte=month))
        )
        .select_related("post")
    )
    return Grid(
        month=month,
        days=shown,
        draft=draft,
        holding=rosters.get(RosterStatus.PUBLISHED),
        people=list(people),
        letters=letters,
        covers=[
            cover
            for cover in planned(
                contract, whole, draft=draft if state == ShiftState.DRAFT else None
            )
            if cover.needed
        ],
        state=state,
        typed=typed or {},
    )
