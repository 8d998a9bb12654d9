"""What is asked of whoever wants leave, or somebody else to work a shift."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import User
from contracts.forms.base import ContractForm, moment, text
from contracts.forms.steps import StepForm
from contracts.models import Contract
from staffing.actions.absences import falling_out
from staffing.models import LeaveKind, Shift

from .fields import PersonField, ShiftField, on_post


class OwnForm(ContractForm):
    """A form about oneself; the manager's is about anybody (`user` is None)."""

    def __init__(
        self,
        *args: Any,
        contract: Contract,
        at: datetime,
        user: User | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        self.own = on_post(contract)
        if user:
            self.own = self.own.filter(user=user)


class LeaveForm(OwnForm):
    """Asks for time in which somebody is not planned for."""

    person = PersonField(label=_("Person"))
    kind = forms.ChoiceField(label=_("Kind"), choices=LeaveKind)
    starts_at = moment(_("From"))
    ends_at = moment(_("To"))
    reason = text(_("Reason"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = self.own  # type: ignore[attr-defined]
        people = list(self.own[:2])
        if len(people) == 1:
            self.fields["person"].initial = people[0]


class SwapForm(OwnForm):
    """Asks who is to work which shift, and maybe for which of theirs."""

    shift = ShiftField(label=_("Shift to hand over"))
    taker = PersonField(label=_("Taken by"), help_text=_("Of the same post."))
    in_return = ShiftField(
        label=_("In return for"),
        required=False,
        help_text=_("A shift of whoever takes it over."),
    )
    reason = text(_("Reason"), required=False, rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = on_post(self.contract)
        posts = self.own.values("post")
        shifts = Shift.objects.of(self.contract).holding()
        coming = shifts.filter(starts_at__gt=self.at, post__in=posts).select_related(
            "person", "post"
        )
        self.fields["shift"].queryset = coming.filter(person__in=self.own)  # type: ignore[attr-defined]
        self.fields["in_return"].queryset = coming.filter(person__in=people)  # type: ignore[attr-defined]
        self.fields["taker"].queryset = people.filter(post__in=posts)  # type: ignore[attr-defined]


class GrantLeaveForm(StepForm):
    verb = pgettext("absence", "Grant")

    note = text(_("Note"), required=False, rows=2)

    @property
    def means(self) -> str:
        fallen = falling_out(self.record, at=self.at).count()
        return ngettext(
            "%(number)d planned shift falls out and is to be filled.",
            "%(number)d planned shifts fall out and are to be filled.",
            fallen,
        ) % {"number": fallen}


class GrantSwapForm(StepForm):
    verb = pgettext("absence", "Grant")
    means = _("The shifts change hands in the roster at once.")

    note = text(_("Note"), required=False, rows=2)


class AgreeForm(StepForm):
    verb = _("Agree to take it over")
    means = _("Then somebody else grants it.")


class DeclineForm(StepForm):
    verb = _("Do not take it over")
    means = _("The plan stays as it is.")

    note = text(_("Reason"), rows=2)


class RefuseAbsenceForm(StepForm):
    verb = pgettext("absence", "Refuse")
    means = _("The plan stays as it is.")

    note = text(_("Reason"), rows=2)


class WithdrawAbsenceForm(StepForm):
    verb = _("Withdraw")
    means = _("As if it had not been asked for. It stays on record.")

    note = text(_("Reason"), rows=2)
