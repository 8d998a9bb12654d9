"""A year's official work calendar: proposed, signed, and carried through the dues."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import (
    CalendarDay,
    CalendarProposal,
    CalendarYear,
    Contract,
    DocumentKind,
    ProposalStatus,
)
from contracts.rules.calendar import WorkCalendar
from contracts.rules.calendar_file import CalendarFile, parse_calendar
from contracts.rules.recount import with_year

from . import documents
from .calendar import CalendarRefused, put_year
from .numbers import hold
from .proposals import ProposalRefused, sign, still_waits
from .recompute import Move, as_it_was_seen, moves, put_moves

#: The years that a contract file may name a calendar of.
YEARS = range(2000, 2101)
#: What the title of a document holds.
TITLE = 120


@transaction.atomic(durable=True)
def propose(
    contract: Contract,
    *,
    content: str,
    source: str,
    paper: "File[Any] | None",
    reason: str,
    token: UUID,
    by: User,
    at: datetime,
) -> CalendarProposal:
    """Propose that a year be counted as a calendar file says, with the notice behind it.

    The same `token` again gives the same proposal back. Raises CalendarFileError,
    ProposalRefused and DocumentRefused.
    """
    hold(contract)
    if known := contract.calendar_proposals.filter(token=token).first():
        return known
    file = parse_calendar(content)
    check(file, source=source)
    # The calendar is everybody's: another contract's proposal counts as well.
    waiting = CalendarProposal.objects.waiting()
    if file.year in waiting.values_list("year", flat=True):
        raise ProposalRefused(_waits(file))
    document = None
    if paper:
        document = documents.put(
            contract,
            file=paper,
            kind=DocumentKind.OTHER,
            title=f"{file.year} {source}"[:TITLE],
            by=by,
            at=at,
        )
    try:
        with transaction.atomic():
            return CalendarProposal.objects.create(
                contract=contract,
                year=file.year,
                source=source,
                file=content,
                paper=document,
                reason=reason,
                token=token,
                proposed_at=at,
                proposed_by=by,
            )
    except IntegrityError as error:
        # Of two contracts whose people propose at once, one comes first.
        raise ProposalRefused(_waits(file)) from error


def _waits(file: CalendarFile) -> str:
    return _("A proposal for the calendar of %(year)s waits for a leader already.") % {
        "year": file.year
    }


def check(file: CalendarFile, *, source: str) -> None:
    """Raise ProposalRefused if the year cannot be counted so, or is already."""
    if file.year not in YEARS:
        raise ProposalRefused(
            _("The calendar is of %(year)s, which no contract here reaches.")
            % {"year": file.year}
        )
    known = CalendarYear.objects.filter(year=file.year).first()
    if known is None:
        return
    if file.provisional and not known.provisional:
        raise ProposalRefused(
            _(
                "The calendar of %(year)s is official; a provisional one cannot replace it."
            )
            % {"year": file.year}
        )
    days = {(one.day, one.is_workday, one.name) for one in known.days.all()}
    same = days == {(one.day, one.is_workday, one.name) for one in file.days}
    if same and known.provisional == file.provisional and known.source == source:
        raise ProposalRefused(
            _("The calendar of %(year)s says this already.") % {"year": file.year}
        )


def counted_with(file: CalendarFile) -> WorkCalendar:
    """Return the work calendar as it would be with the file's year."""
    standing = [file.year]
    other = WorkCalendar.of(
        file.days,
        official_years=() if file.provisional else standing,
        provisional_years=standing if file.provisional else (),
    )
    return with_year(CalendarDay.objects.all().calendar(), file.year, other)


def preview(contract: Contract, file: CalendarFile) -> list[Move]:
    """Return what would become of the contract's dues with the file's year."""
    return moves(contract, calendar=counted_with(file))


@transaction.atomic(durable=True)
def adopt(
    proposal: CalendarProposal, *, seen: str, note: str, by: User, at: datetime
) -> list[Move]:
    """Sign a proposal: the year is counted so, and this contract's dues are counted anew.

    Those of other contracts stay until somebody recomputes them there. `seen` is the
    fingerprint of the preview that was signed. Returns what has become of the dues.
    Raises ProposalRefused, RecomputeRefused and TransitionRefused.
    """
    contract = hold(proposal.contract)
    file = parse_calendar(proposal.file)
    still_waits(proposal)
    as_it_was_seen(seen, preview(contract, file))
    sign(proposal, ProposalStatus.ADOPTED, note=note, by=by, at=at)
    try:
        put_year(file, source=proposal.source, at=at, by=by)
    except CalendarRefused as refusal:
        raise ProposalRefused(str(refusal)) from refusal
    return put_moves(contract, by=by, at=at, reason=str(proposal))
