"""What may happen to a contract on its way: who may begin each, and its steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from .actions import callouts, changes, force_majeure, holds
from .filters.matters import (
    CalloutFilter,
    ChangeFilter,
    ExtraFilter,
    ForceMajeureFilter,
    HoldFilter,
)
from .forms.base import ContractForm
from .forms.callouts import (
    AcknowledgeForm,
    CalloutForm,
    CancelCalloutForm,
    FinishForm,
    RefuseCalloutForm,
)
from .forms.changes import (
    ConfirmForm,
    ConsentExtraForm,
    ConsentForm,
    ExtraForm,
    change_form,
)
from .forms.force_majeure import (
    AcceptForm,
    ProveForm,
    RefuseForceMajeureForm,
    force_majeure_form,
)
from .forms.holds import HoldForm, LiftForm
from .forms.steps import RefuseForm, StepForm, WithdrawForm
from .models import (
    Callout,
    CalloutStatus,
    Change,
    Extra,
    ForceMajeure,
    ForceMajeureStatus,
    Hold,
    HoldStatus,
    RequestStatus,
    Side,
)

#: Status → its tone, where the word has none of its own everywhere.
TONES: dict[str, str] = {
    RequestStatus.REQUESTED: "accent",
    RequestStatus.CONSENTED: "good",
    CalloutStatus.ORDERED: "accent",
    CalloutStatus.ACKNOWLEDGED: "info",
    ForceMajeureStatus.REPORTED: "accent",
    force_majeure.PROVED: "info",
    HoldStatus.RUNNING: "warn",
    HoldStatus.LIFTED: "good",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step on a record; `name` ends its URL, `action` is its row in the table of rights.

    `sided`: the action is told which party takes it.
    """

    name: str
    action: str
    form: type[StepForm]
    take: Callable[..., Any]
    is_open: Callable[[Any, Side], bool]
    sided: bool = False
    grave: bool = False


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that this person may take now, with the form for it."""

    step: Step
    form: StepForm


@dataclass(frozen=True, slots=True)
class Matter:
    """A kind of record: its list, the form that begins one, and its steps.

    `name` is the URL of a record, `listed` that of the list, `path` its place under
    the list of changes. `clause` is the one that is proposed. `begun` is the field with
    the moment it was put down at.
    """

    name: str
    listed: str
    path: str
    label: Promise
    begin: Promise
    clause: str
    explained: Promise
    model: type[Model]
    filter: Any
    action: str
    form: Callable[[Side], type[ContractForm]]
    make: Callable[..., Any]
    words: Mapping[str, Any]
    steps: tuple[Step, ...]
    related: tuple[str, ...]
    begun: str = "recorded_at"
    sided: bool = False

    def open_steps(
        self,
        record: Any,
        *,
        side: Side,
        may: frozenset[str],
        at: datetime,
        refused: Mapping[str, StepForm],
    ) -> list[OpenStep]:
        """Return the steps open to this person now; a refused one with its own form."""
        return [
            OpenStep(step, refused.get(step.name) or step.form(record=record, at=at))
            for step in self.steps
            if step.action in may and step.is_open(record, side)
        ]


# --- When a step is open -----------------------------------------------------------------


def _asked(record: Any, _side: Side) -> bool:
    return bool(record.status == RequestStatus.REQUESTED)


def _asked_by_b(record: Any, side: Side) -> bool:
    return _asked(record, side) and record.side == Side.B


def _asked_by_a(record: Any, side: Side) -> bool:
    return _asked(record, side) and record.side == Side.A


def _asked_by_own(record: Any, side: Side) -> bool:
    return _asked(record, side) and record.side == side


def _ordered(record: Any, _side: Side) -> bool:
    return bool(record.status == CalloutStatus.ORDERED)


def _acknowledged(record: Any, _side: Side) -> bool:
    return bool(record.status == CalloutStatus.ACKNOWLEDGED)


def _on_its_way(record: Any, side: Side) -> bool:
    return _ordered(record, side) or _acknowledged(record, side)


def _reported(record: Any, _side: Side) -> bool:
    return bool(record.status == ForceMajeureStatus.REPORTED)


def _to_be_proved(record: Any, side: Side) -> bool:
    return _reported(record, side) and not record.proof_id and record.side == side


def _running(record: Any, _side: Side) -> bool:
    return bool(record.status == HoldStatus.RUNNING)


# --- The kinds -----------------------------------------------------------------------------

CHANGES = Matter(
    name="change",
    listed="changes",
    path="",
    label=pgettext("contract", "Changes"),
    begin=_("Ask for a change"),
    clause="第六条（二）6",
    explained=_(
        "Asked for in writing, consented to in writing, and only then done otherwise."
    ),
    model=Change,
    filter=ChangeFilter,
    action="contracts.request",
    form=change_form,
    make=changes.ask_change,
    words=dict(RequestStatus.choices),
    related=("request", "consent", "decided_by"),
    sided=True,
    steps=(
        Step("consent", "contracts.consent", ConsentForm, changes.consent, _asked_by_b),
        Step(
            "confirm",
            "contracts.confirm_change",
            ConfirmForm,
            changes.confirm,
            _asked_by_a,
        ),
        Step(
            "refuse",
            "contracts.consent",
            RefuseForm,
            changes.refuse,
            _asked,
            grave=True,
        ),
        Step(
            "withdraw",
            "contracts.request",
            WithdrawForm,
            changes.withdraw,
            _asked_by_own,
            sided=True,
            grave=True,
        ),
    ),
)

EXTRAS = Matter(
    name="extra",
    listed="extras",
    path="extras/",
    label=_("Extras"),
    begin=_("Ask for an extra"),
    clause="第四条",
    explained=_("The price is fixed; it moves by an extra confirmed in writing alone."),
    model=Extra,
    filter=ExtraFilter,
    action="contracts.request",
    form=lambda _side: ExtraForm,
    make=changes.ask_extra,
    words=dict(RequestStatus.choices),
    related=("request", "consent", "decided_by", "stage"),
    steps=(
        Step(
            "consent",
            "contracts.consent_extra",
            ConsentExtraForm,
            changes.consent_extra,
            _asked,
        ),
        Step(
            "refuse",
            "contracts.consent_extra",
            RefuseForm,
            changes.refuse,
            _asked,
            grave=True,
        ),
        Step(
            "withdraw",
            "contracts.request",
            WithdrawForm,
            changes.withdraw,
            _asked,
            sided=True,
            grave=True,
        ),
    ),
)

CALLOUTS = Matter(
    name="callout",
    listed="callouts",
    path="callouts/",
    label=_("Callouts"),
    begin=_("Order in an emergency"),
    clause="第八条3",
    explained=_("Other times, places or work in an emergency, at no fee."),
    model=Callout,
    filter=CalloutFilter,
    action="contracts.call_out",
    form=lambda _side: CalloutForm,
    make=callouts.call_out,
    words=dict(CalloutStatus.choices),
    related=("order", "acknowledged_by", "ended_by", "ordered_by"),
    begun="ordered_at",
    steps=(
        Step(
            "acknowledge",
            "contracts.answer_callout",
            AcknowledgeForm,
            callouts.acknowledge,
            _ordered,
        ),
        Step(
            "finish",
            "contracts.answer_callout",
            FinishForm,
            callouts.finish,
            _acknowledged,
        ),
        Step(
            "refuse",
            "contracts.answer_callout",
            RefuseCalloutForm,
            callouts.refuse,
            _on_its_way,
            grave=True,
        ),
        Step(
            "cancel",
            "contracts.call_out",
            CancelCalloutForm,
            callouts.cancel,
            _on_its_way,
            grave=True,
        ),
    ),
)

FORCE_MAJEURE = Matter(
    name="force-majeure",
    listed="force-majeures",
    path="force-majeure/",
    label=_("Force majeure"),
    begin=_("Report force majeure"),
    clause="第九条",
    explained=_(
        "Told within 24 hours, proved within seven working days, both from when it began."
    ),
    model=ForceMajeure,
    filter=ForceMajeureFilter,
    action="contracts.request",
    form=force_majeure_form,
    make=force_majeure.report,
    words=dict(ForceMajeureStatus.choices)
    | {force_majeure.PROVED: pgettext("force majeure", "Proof filed")},
    related=("notice__contract", "proof", "decided_by"),
    sided=True,
    steps=(
        Step(
            "prove",
            "contracts.request",
            ProveForm,
            force_majeure.prove,
            _to_be_proved,
            sided=True,
        ),
        Step(
            "accept", "contracts.consent", AcceptForm, force_majeure.accept, _reported
        ),
        Step(
            "refuse",
            "contracts.consent",
            RefuseForceMajeureForm,
            force_majeure.refuse,
            _reported,
            grave=True,
        ),
    ),
)

HOLDS = Matter(
    name="hold",
    listed="holds",
    path="holds/",
    label=_("Holds"),
    begin=_("Record that funds are missing"),
    clause="第六条（一）5",
    explained=_("While public funds have not come, no payment of Party A's is late."),
    model=Hold,
    filter=HoldFilter,
    action="contracts.hold",
    form=lambda _side: HoldForm,
    make=holds.hold,
    words=dict(HoldStatus.choices),
    related=("stage", "paper", "lifted_by"),
    steps=(Step("lift", "contracts.hold", LiftForm, holds.lift, _running),),
)

MATTERS = (CHANGES, EXTRAS, CALLOUTS, FORCE_MAJEURE, HOLDS)
