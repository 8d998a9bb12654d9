"""Which steps are open on an order, and to whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localdate

from contracts.models import Reading

from . import actions
from .actions.alarms import alarm, follow_up
from .actions.applications import OPEN_FROM
from .actions.callbacks import call_back
from .actions.handling import LOCKED
from .actions.urging import supervise, urge
from .forms import (
    AcceptForm,
    AnswerForm,
    ApproveForm,
    ArchiveForm,
    CloseForm,
    ContactForm,
    DeclineForm,
    EndorseForm,
    ExcludeForm,
    ExtendForm,
    FlagForm,
    OutcomeForm,
    ReopenForm,
    ReplyForm,
    ReturnForm,
    ReviewForm,
    SignForm,
    StepForm,
    TransferForm,
    VoidForm,
    WithdrawForm,
)
from .forms.alarms import AlarmForm, FollowUpForm, SuperviseForm, UrgeForm
from .forms.quality import CallBackForm
from .models import (
    OPEN,
    Application,
    ApplicationKind,
    ApplicationStatus,
    Case,
    CaseStatus,
)
from .rules.clocks import inner_deadline


@dataclass(frozen=True, slots=True)
class Step:
    """Something that can be done to an order from some of its statuses.

    The first that is `due` is shown with its form; the others wait beside it.
    """

    name: str
    action: str
    form: type[StepForm]
    take: Callable[..., None]
    open_from: frozenset[str]
    due: bool = False


def _from(*statuses: CaseStatus) -> frozenset[str]:
    return frozenset(statuses)


STEPS = (
    Step(
        "sign",
        "cases.sign",
        SignForm,
        actions.sign,
        _from(CaseStatus.RECEIVED, CaseStatus.REOPENED),
        due=True,
    ),
    Step(
        "accept",
        "cases.accept",
        AcceptForm,
        actions.accept,
        _from(CaseStatus.TRANSFERRED),
        due=True,
    ),
    Step(
        "reply",
        "cases.reply",
        ReplyForm,
        actions.reply,
        _from(CaseStatus.HANDLING),
        due=True,
    ),
    Step(
        "review",
        "cases.review",
        ReviewForm,
        actions.review,
        _from(CaseStatus.REPLIED),
        due=True,
    ),
    Step(
        "close",
        "cases.close",
        CloseForm,
        actions.close,
        _from(CaseStatus.REVIEWED),
        due=True,
    ),
    Step(
        "transfer",
        "cases.transfer",
        TransferForm,
        actions.transfer,
        _from(
            CaseStatus.SIGNED,
            CaseStatus.TRANSFERRED,
            CaseStatus.HANDLING,
            CaseStatus.DECLINED,
        ),
        due=True,
    ),
    Step(
        "decline",
        "cases.decline",
        DeclineForm,
        actions.decline,
        _from(CaseStatus.TRANSFERRED),
    ),
    Step("contact", "cases.contact", ContactForm, actions.contact, frozenset(OPEN)),
    Step("urge", "cases.urge", UrgeForm, urge, frozenset(OPEN)),
    Step("supervise", "cases.supervise", SuperviseForm, supervise, frozenset(OPEN)),
    Step("alarm", "cases.alarm", AlarmForm, alarm, frozenset(OPEN)),
    Step("follow-up", "cases.follow_up", FollowUpForm, follow_up, frozenset(OPEN)),
    Step(
        "call-back",
        "cases.call_back",
        CallBackForm,
        call_back,
        _from(CaseStatus.CLOSED, CaseStatus.CALLED_BACK),
        due=True,
    ),
    Step(
        "return",
        "cases.return",
        ReturnForm,
        actions.ask,
        OPEN_FROM[ApplicationKind.RETURN],
    ),
    Step(
        "extend",
        "cases.extend",
        ExtendForm,
        actions.ask,
        OPEN_FROM[ApplicationKind.EXTENSION],
    ),
    Step(
        "exclude",
        "cases.apply",
        ExcludeForm,
        actions.ask,
        OPEN_FROM[ApplicationKind.EXCLUSION],
    ),
    Step(
        "reopen",
        "cases.reopen",
        ReopenForm,
        actions.reopen,
        _from(CaseStatus.CLOSED, CaseStatus.CALLED_BACK),
    ),
    Step(
        "archive",
        "cases.archive",
        ArchiveForm,
        actions.archive,
        _from(CaseStatus.CALLED_BACK),
    ),
    Step("flag", "cases.flag", FlagForm, actions.flag, frozenset(CaseStatus) - LOCKED),
    Step(
        "void",
        "cases.apply",
        VoidForm,
        actions.ask,
        OPEN_FROM[ApplicationKind.VOID],
    ),
)


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """Something that can be said to an application from some of its statuses."""

    name: str
    action: str
    form: type[AnswerForm]
    take: Callable[..., None]
    open_from: frozenset[str]

    @property
    def verb(self) -> Any:
        return self.form.verb


ANSWERS = (
    AnswerStep(
        "endorse",
        "cases.endorse",
        EndorseForm,
        actions.endorse,
        frozenset({ApplicationStatus.ASKED}),
    ),
    AnswerStep(
        "approve",
        "cases.approve",
        ApproveForm,
        actions.approve,
        frozenset({ApplicationStatus.ENDORSED}),
    ),
    AnswerStep(
        "outcome",
        "cases.record_outcome",
        OutcomeForm,
        actions.record_outcome,
        frozenset({ApplicationStatus.SUBMITTED}),
    ),
    AnswerStep(
        "withdraw",
        "cases.record_outcome",
        WithdrawForm,
        actions.withdraw,
        frozenset({ApplicationStatus.ASKED, ApplicationStatus.ENDORSED}),
    ),
)


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is open, with the form to take it by where that is shown."""

    name: str
    verb: Any
    form: StepForm | None = None


def open_steps(
    case: Case,
    may: frozenset[str],
    *,
    at: datetime,
    seen: int,
    shown: Mapping[str, StepForm],
) -> list[OpenStep]:
    """Return the steps that are open from here to somebody.

    The one that was asked for, or has just been refused, comes first, with its form;
    otherwise the due one.
    """
    steps: list[OpenStep] = []
    with_form = bool(shown)
    for step in STEPS:
        if step.name in shown:
            steps.insert(0, OpenStep(step.name, step.form.verb, shown[step.name]))
        elif step.action in may and case.status in step.open_from:
            form = None
            if step.due and not with_form:
                form = form_of(step, case, at=at, seen=seen)
                with_form = True
            steps.append(OpenStep(step.name, step.form.verb, form))
    return steps


def form_of(step: Step, case: Case, *, at: datetime, seen: int) -> StepForm:
    """Return the empty form of a step; `seen` is the ledger's newest line."""
    form = step.form(case=case, at=at, **_given(step, case, at))
    form.fields["seen"].initial = seen
    return form


def _given(step: Step, case: Case, at: datetime) -> dict[str, Any]:
    if step.form is not TransferForm or case.due_at is None or case.due_at <= at:
        return {}
    limits = Reading.objects.of(case.contract).in_force(localdate(at)).internal_limits
    proposed = inner_deadline(
        case.due_at, from_moment=at, buffer=timedelta(hours=limits.buffer_hours)
    )
    return {"proposed_due_at": proposed.replace(second=0, microsecond=0)}


@dataclass(frozen=True, slots=True)
class OpenApplication:
    """An application on the order's page, and what one may say to it."""

    application: Application
    answers: list[AnswerStep]
    name: str = ""
    form: AnswerForm | None = None


def open_applications(
    case: Case,
    may: frozenset[str],
    *,
    shown: Mapping[int, tuple[str, AnswerForm]],
) -> list[OpenApplication]:
    """Return an order's applications, the newest first, with what one may answer."""
    found = case.applications.select_related("asked_by", "endorsed_by", "paper")
    return [
        OpenApplication(
            one,
            [
                answer
                for answer in ANSWERS
                if answer.action in may and one.status in answer.open_from
            ],
            *shown.get(one.pk, ("", None)),
        )
        for one in found
    ]
