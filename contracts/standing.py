"""How a due, or all dues of something, stand: a word with a tone and an icon."""

from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .models import Due, DueStatus


class Standing(NamedTuple):
    """What a badge says. Never by colour alone."""

    word: str | Promise
    tone: str
    mark: str = ""  # an icon, where it is not that of the tone


LATE = Standing(pgettext("due", "Late"), "bad", "clock-alert")
TO_DO = Standing(pgettext("due", "To do"), "accent")
RETURNED = Standing(pgettext("due", "Returned"), "warn", "undo-2")
WAITING = Standing(pgettext("due", "Waits for acceptance"), "info", "hourglass")
HELD = Standing(pgettext("due", "Waits for public funds"), "info", "hourglass")
DONE = Standing(pgettext("due", "Done"), "good")
DONE_LATE = Standing(pgettext("due", "Done, but late"), "warn", "clock-alert")
ACCEPTED = Standing(pgettext("due", "Accepted"), "good")
DROPPED = Standing(pgettext("due", "No longer owed"), "neutral", "circle-slash")


def standing_of(due: Due, at: datetime) -> Standing:
    """Return how a due stands at a moment. Its obligation should be at hand."""
    if due.is_overdue(at):
        return LATE
    if due.owed and due.waits_for_funds:
        return HELD
    if due.status == DueStatus.DELIVERED:
        if due.waits_for_acceptance:
            return WAITING
        return DONE_LATE if due.late_by else DONE
    return {
        DueStatus.OPEN: TO_DO,
        DueStatus.RETURNED: RETURNED,
        DueStatus.ACCEPTED: DONE_LATE if due.late_by else ACCEPTED,
        DueStatus.DROPPED: DROPPED,
    }[DueStatus(due.status)]


def standing_of_counts(*, late: int, open_: int, done: int) -> Standing | None:
    """Return how many dues together stand, the worst first; None where there are none."""
    if late:
        return Standing(_("late %(count)d") % {"count": late}, LATE.tone, LATE.mark)
    if open_:
        return Standing(_("open %(count)d") % {"count": open_}, TO_DO.tone)
    return Standing(_("done"), DONE.tone) if done else None
