"""An urging or a supervision as a paper（催办单、督办单）, in the manner of GB/T 9704."""

from collections.abc import Iterator

from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.templatetags.frame import moment
from cases.models import Urging, UrgingKind, UrgingLevel
from cases.rules.values import mask_text
from contracts.rules.readings import BY_KEY

from .letters import LANGUAGE, Letter

#: Levels behind which Party A stands. The others the desk sends in its own name.
BY_PARTY_A = frozenset({UrgingLevel.STREET, UrgingLevel.LEADER, UrgingLevel.CRITICISM})
#: Where the contract asks for urging and tracking.
CLAUSE = BY_KEY["internal_limits"].clause


def slip_of(urging: Urging) -> Letter:
    """Return an urging as it is to be printed. No caller's number is on it."""
    contract = urging.contract
    by_a = urging.level in BY_PARTY_A
    with translation.override(LANGUAGE):
        return Letter(
            title=_title(urging),
            number=f"{_word(urging)}{urging.number}号",
            addressee=urging.unit.name if urging.unit else contract.party_b.name,
            paragraphs=list(_paragraphs(urging)),
            attachments=[],
            sender=(contract.party_a if by_a else contract.party_b).name,
            issued_on=localdate(urging.sent_at),
            contact=None,
            contract=contract,
            clause=CLAUSE,
        )


#: So much of a claim stands on a slip of one page.
MOST = 400


def _word(urging: Urging) -> str:
    """Return what its number begins with: each kind is counted by itself."""
    return "督办" if urging.kind == UrgingKind.SUPERVISION else "催办"


def _title(urging: Urging) -> str:
    if urging.level == UrgingLevel.CRITICISM:
        return _("Written criticism")
    if urging.kind == UrgingKind.SUPERVISION:
        return _("Supervision slip")
    return _("Urging slip")


def _paragraphs(urging: Urging) -> Iterator[str]:
    case = urging.case
    yield _("Order %(number)s: %(title)s") % {
        "number": case.number,
        "title": mask_text(case.title),
    }
    if claim := mask_text(case.content).strip():
        yield _("Claim: %(text)s") % {
            "text": claim if len(claim) <= MOST else f"{claim[: MOST - 1]}…"
        }
    # A line of its own, as a moment in a full one would be torn apart.
    yield _("Platform's deadline: %(due)s.") % {"due": moment(case.due_at)}
    yield _("Status: %(status)s. Times urged: %(urged)d.") % {
        "status": case.get_status_display(),
        "urged": case.urged,
    }
    yield _("Level: %(level)s.") % {"level": urging.get_level_display()}
    if urging.leader:
        yield _("Instructed by: %(leader)s.") % {"leader": urging.leader}
    yield from (line for line in mask_text(urging.text).splitlines() if line.strip())
    if urging.answer_by:
        yield _("Please answer by %(at)s.") % {"at": moment(urging.answer_by)}
    # For a unit that works on paper.
    yield _("Received by: ____________ at: ____________")
