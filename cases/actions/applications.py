"""Returns, extensions, exclusions and the like: asked, endorsed, answered by the platform."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import F
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.clocks import extended
from cases.models import (
    FINISHED,
    OPEN,
    PENDING,
    Application,
    ApplicationKind,
    ApplicationStatus,
    Case,
    CaseStatus,
    Entry,
    EntryKind,
    Exclusion,
)
from contracts.actions import documents
from contracts.models import Contract, DocumentKind, Reading, TransitionRefused

from .alarms import end_alarm
from .lines import step, write, written

#: What was done and answered, or is about to be, can be put outside the assessment.
ASSESSED = frozenset(
    {
        CaseStatus.REPLIED,
        CaseStatus.REVIEWED,
        CaseStatus.CLOSED,
        CaseStatus.CALLED_BACK,
    }
)
#: Kind → the statuses of an order for which it may be asked.
OPEN_FROM = {
    ApplicationKind.RETURN: frozenset(
        {
            CaseStatus.RECEIVED,
            CaseStatus.SIGNED,
            CaseStatus.DECLINED,
            CaseStatus.REOPENED,
        }
    ),
    ApplicationKind.EXTENSION: frozenset(
        {
            CaseStatus.TRANSFERRED,
            CaseStatus.HANDLING,
            CaseStatus.DECLINED,
            CaseStatus.REPLIED,
        }
    ),
    ApplicationKind.EXCLUSION: ASSESSED,
    ApplicationKind.DEFERRAL: ASSESSED,
    ApplicationKind.APPEAL: frozenset({CaseStatus.CLOSED, CaseStatus.CALLED_BACK}),
    ApplicationKind.VOID: OPEN - {CaseStatus.RETURNING}
    | {CaseStatus.CLOSED, CaseStatus.CALLED_BACK},
}


@transaction.atomic(durable=True)
def ask(
    case: Case,
    *,
    kind: ApplicationKind,
    reason: str,
    text: str,
    until: datetime | None = None,
    file: "File[Any] | None" = None,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Put an application in. While a return is asked for, the clocks run on (2.3).

    The same `token` again is the same form sent twice. Raises TransitionRefused where
    it is not open from here, or one of the kind is under way; DocumentRefused.
    """
    locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    if written(token):
        return
    if locked.status not in OPEN_FROM[kind]:
        raise TransitionRefused(_("This step is not open from here."))
    if Application.objects.pending().filter(case=case, kind=kind).exists():
        raise TransitionRefused(_("An application of this kind is under way already."))
    paper = None
    if file is not None:
        paper = documents.put(
            case.contract,
            file=file,
            kind=DocumentKind.OTHER,
            title=f"{case.number} {ApplicationKind(kind).label}",
            token=token,
            by=by,
            at=at,
        )
    Application.objects.create(
        contract_id=case.contract_id,
        case=case,
        kind=kind,
        reason=reason,
        text=text,
        until=until,
        paper=paper,
        token=token,
        asked_at=at,
        asked_by=by,
    )
    said: dict[str, Any] = {
        "text": _words(reason, text),
        "changes": {"application": ["", kind]},
    }
    if kind == ApplicationKind.RETURN:
        step(
            case,
            CaseStatus.RETURNING,
            EntryKind.APPLIED,
            token=token,
            by=by,
            at=at,
            **said,
        )
    else:
        write(case, EntryKind.APPLIED, token=token, by=by, at=at, **said)


@transaction.atomic(durable=True)
def endorse(
    application: Application,
    *,
    agreed: bool,
    note: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Let the project manager say whether an application goes on; never one's own.

    A wrong order is void with this second signature. Raises TransitionRefused.
    """
    case = _case_of(application)
    if written(token):
        return
    if application.status != ApplicationStatus.ASKED:
        raise TransitionRefused(_("This step is not open from here."))
    if by == application.asked_by:
        raise TransitionRefused(_("Nobody endorses an application of their own."))
    if not agreed:
        _refuse(application, case, note, token=token, by=by, at=at, endorsed_by=by)
    elif application.kind == ApplicationKind.VOID:
        _move(
            application,
            ApplicationStatus.GRANTED,
            by=by,
            at=at,
            endorsed_by=by,
            endorsed_at=at,
            decided_at=at,
            recorded_by=by,
            answer=note,
        )
        _take_effect(application, case, note, token=token, by=by, at=at)
    else:
        to = (
            ApplicationStatus.ENDORSED
            if _needs_party_a(application, at)
            else ApplicationStatus.SUBMITTED
        )
        _move(application, to, by=by, at=at, endorsed_by=by, endorsed_at=at)
        _forwarded(application, case, to, note, token=token, by=by, at=at)


@transaction.atomic(durable=True)
def approve(
    application: Application,
    *,
    agreed: bool,
    note: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Let Party A say whether an application goes to the platform."""
    case = _case_of(application)
    if written(token):
        return
    if application.status != ApplicationStatus.ENDORSED:
        raise TransitionRefused(_("This step is not open from here."))
    if not agreed:
        _refuse(application, case, note, token=token, by=by, at=at, approved_by=by)
        return
    to = ApplicationStatus.SUBMITTED
    _move(application, to, by=by, at=at, approved_by=by, approved_at=at)
    _forwarded(application, case, to, note, token=token, by=by, at=at)


@transaction.atomic(durable=True)
def record_outcome(
    application: Application,
    *,
    granted: bool,
    happened_at: datetime,
    granted_until: datetime | None,
    answer: str,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    """Record what the platform has answered, and when; what follows takes effect.

    A granted extension moves the deadline, and both bases are counted anew by what an
    exclusion, a deferral or an appeal has become. Raises TransitionRefused.
    """
    case = _case_of(application)
    if written(token):
        return
    if application.status != ApplicationStatus.SUBMITTED:
        raise TransitionRefused(_("This step is not open from here."))
    if not granted:
        _refuse(
            application,
            case,
            answer,
            token=token,
            by=by,
            at=at,
            happened_at=happened_at,
        )
        return
    _move(
        application,
        ApplicationStatus.GRANTED,
        by=by,
        at=at,
        decided_at=happened_at,
        recorded_by=by,
        granted_until=granted_until,
        answer=answer,
    )
    _take_effect(
        application, case, answer, token=token, by=by, at=at, happened_at=happened_at
    )


@transaction.atomic(durable=True)
def withdraw(
    application: Application, *, note: str, token: UUID, by: User, at: datetime
) -> None:
    """Take an application back before it has gone to the platform."""
    case = _case_of(application)
    if written(token):
        return
    _move(application, ApplicationStatus.WITHDRAWN, by=by, at=at)
    _answered(application, case, note, token=token, by=by, at=at)


@transaction.atomic(durable=True)
def end_deferrals(contract: Contract, *, at: datetime) -> int:
    """Count deferred orders again whose time has run out; return how many there were."""
    over = Case.objects.of(contract).filter(
        exclusion=Exclusion.DEFERRED, deferred_until__lte=at
    )
    found = list(over.select_for_update(no_key=True))
    for case in found:
        _exclude(case, Exclusion.NONE, None)
        write(
            case,
            EntryKind.ANSWERED,
            token=None,
            by=None,
            at=at,
            text=str(_("The deferral has run out.")),
            changes={"exclusion": [Exclusion.DEFERRED, Exclusion.NONE]},
        )
    return len(found)


def _needs_party_a(application: Application, at: datetime) -> bool:
    """Say whether Party A is asked before the platform. Of a return by setting only."""
    if application.kind != ApplicationKind.RETURN:
        return True
    readings = Reading.objects.of(application.contract).in_force(localdate(at))
    return readings.internal_limits.returns_by_party_a


def _case_of(application: Application) -> Case:
    """Lock the order, then read both as they are now."""
    case = Case.objects.select_for_update(no_key=True).get(pk=application.case_id)
    application.refresh_from_db()
    return case


def _move(
    application: Application,
    to: ApplicationStatus,
    *,
    by: User,
    at: datetime,
    **also: Any,
) -> None:
    if application.status not in PENDING:
        raise TransitionRefused(_("This application has been answered already."))
    application.move(to, by=by, at=at, **also)


def _forwarded(
    application: Application,
    case: Case,
    to: ApplicationStatus,
    note: str,
    *,
    token: UUID,
    by: User,
    at: datetime,
) -> None:
    write(
        case,
        EntryKind.FORWARDED,
        token=token,
        by=by,
        at=at,
        text=_words(str(to.label), note),
        changes={"application": [application.kind, application.kind]},
    )


def _refuse(
    application: Application,
    case: Case,
    note: str,
    *,
    token: UUID,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    **also: Any,
) -> None:
    _move(
        application,
        ApplicationStatus.REFUSED,
        by=by,
        at=at,
        decided_at=happened_at or at,
        recorded_by=by,
        answer=note,
        **also,
    )
    _answered(
        application, case, note, token=token, by=by, at=at, happened_at=happened_at
    )


def _answered(
    application: Application,
    case: Case,
    note: str,
    *,
    token: UUID,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
    changes: dict[str, Any] | None = None,
    to: CaseStatus | None = None,
    **also: Any,
) -> None:
    """Write an answer down; a return that is not granted gives the order back."""
    status = ApplicationStatus(application.status)
    said: dict[str, Any] = {
        "happened_at": happened_at,
        "text": _words(str(status.label), note),
        "changes": {"application": [application.kind, status], **(changes or {})},
    }
    if to is None and case.status == CaseStatus.RETURNING:
        to = CaseStatus.SIGNED
        also |= {"signed_at": case.signed_at or at}
    if to is None:
        if also:
            Case.objects.filter(pk=case.pk).update(**also)
        write(case, EntryKind.ANSWERED, token=token, by=by, at=at, **said)
    else:
        step(case, to, EntryKind.ANSWERED, token=token, by=by, at=at, **said, **also)
        if to in FINISHED:
            end_alarm(case, at=at)


def _take_effect(
    application: Application,
    case: Case,
    note: str,
    *,
    token: UUID,
    by: User,
    at: datetime,
    happened_at: datetime | None = None,
) -> None:
    """Do to an order what was granted."""
    kind = ApplicationKind(application.kind)
    answered: dict[str, Any] = {
        "token": token,
        "by": by,
        "at": at,
        "happened_at": happened_at,
    }
    if kind == ApplicationKind.RETURN:
        _answered(application, case, note, to=CaseStatus.RETURNED, **answered)
    elif kind == ApplicationKind.VOID:
        _answered(application, case, note, to=CaseStatus.VOID, **answered)
    elif kind == ApplicationKind.EXTENSION:
        until = application.granted_until
        if until is None or case.due_at is None or until <= case.due_at:
            raise TransitionRefused(_("The new deadline lies after the one there is."))
        _answered(
            application,
            case,
            note,
            changes={"due_at": [case.due_at.isoformat(), until.isoformat()]},
            inner_due_at=F("inner_due_at") + (until - case.due_at),
            urge_stage=0,
            **extended(case, until=until, at=happened_at or at),
            **answered,
        )
    else:
        became = (
            Exclusion.DEFERRED
            if kind == ApplicationKind.DEFERRAL
            else Exclusion.EXCLUDED
        )
        changes = {"exclusion": [case.exclusion, became]}
        _answered(application, case, note, changes=changes, **answered)
        _exclude(case, became, application.granted_until)


def _exclude(case: Case, became: Exclusion, until: datetime | None) -> None:
    Case.objects.filter(pk=case.pk).update(exclusion=became, deferred_until=until)


def _words(head: str, text: str) -> str:
    return f"{head}：{text}" if text else head


def last_line(case: Case) -> int:
    """Return the key of the newest line of an order's ledger, 0 where there is none."""
    last = Entry.objects.filter(case=case).order_by("-pk").values_list("pk", flat=True)
    return last.first() or 0
