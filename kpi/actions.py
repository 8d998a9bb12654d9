"""Everything that writes verdicts."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.models import AssessmentPeriod, Clause

from .models import Verdict


class VerdictRefused(Exception):
    """A verdict that cannot be given so, in words for the person at the screen."""


@transaction.atomic(durable=True)
def decide(
    period: AssessmentPeriod,
    *,
    fulfilled: bool,
    reason: str,
    clause: Clause | None,
    by: User,
    at: datetime,
    token: UUID,
) -> Verdict:
    """Record whether a period's agreed work was done, once the period is over (第八条2).

    The same `token` again is the same form sent twice: its verdict comes back. Raises
    VerdictRefused where the period is not over, or has been decided on already.
    """
    if written := _written(period, token):
        return written
    if localdate(at) < period.ends_before:
        raise VerdictRefused(
            _("The period is not over: it can be decided on from %(day)s.")
            % {"day": period.ends_before}
        )
    if Verdict.objects.filter(period=period).exists():
        raise VerdictRefused(
            _("This period has been decided on already. Correct that verdict instead.")
        )
    return _write(
        period,
        fulfilled=fulfilled,
        reason=reason,
        clause=clause,
        corrects=None,
        by=by,
        at=at,
        token=token,
    )


@transaction.atomic(durable=True)
def correct(
    verdict: Verdict,
    *,
    fulfilled: bool,
    reason: str,
    clause: Clause | None,
    by: User,
    at: datetime,
    token: UUID,
) -> Verdict:
    """Put a verdict right by a later one, with the reason; the old one stays as it was.

    Raises VerdictRefused without a reason, and where it has been corrected already.
    """
    if written := _written(verdict.period, token):
        return written
    if Verdict.objects.filter(corrects=verdict).exists():
        raise VerdictRefused(
            _("This verdict has been corrected already. Correct the one that stands.")
        )
    if not reason.strip():
        raise VerdictRefused(_("Say why the verdict is corrected."))
    return _write(
        verdict.period,
        fulfilled=fulfilled,
        reason=reason,
        clause=clause,
        corrects=verdict,
        by=by,
        at=at,
        token=token,
    )


def _written(period: AssessmentPeriod, token: UUID) -> Verdict | None:
    """Return what this form has made already, if it was sent before."""
    # Locked, so that a form sent beside this one is seen. The ledger itself cannot be.
    AssessmentPeriod.objects.select_for_update(no_key=True).get(pk=period.pk)
    verdict = Verdict.objects.filter(token=token).first()
    if verdict and verdict.period_id != period.pk:
        raise VerdictRefused(_("This form was used for another period. Open it again."))
    return verdict


def _write(
    period: AssessmentPeriod,
    *,
    fulfilled: bool,
    reason: str,
    clause: Clause | None,
    corrects: Verdict | None,
    by: User,
    at: datetime,
    token: UUID,
) -> Verdict:
    if not fulfilled and (clause is None or not reason.strip()):
        raise VerdictRefused(
            _("Say which clause was not fulfilled, and what was not done.")
        )
    if clause is not None and clause.contract_id != period.contract_id:
        raise VerdictRefused(_("This clause is of another contract."))
    return Verdict.objects.create(
        contract_id=period.contract_id,
        period=period,
        fulfilled=fulfilled,
        reason=reason.strip(),
        clause=clause,
        corrects=corrects,
        decided_at=at,
        decided_by=by,
        token=token,
    )
