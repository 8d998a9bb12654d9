"""What is asked of whoever ends a contract. Nothing here saves."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms import ConfirmsIdentity
from contracts.models import (
    Clause,
    Contract,
    Document,
    Notice,
    NoticeKind,
    Side,
    Termination,
    TerminationRoute,
)
from kpi.forms import ClauseField

from .actions import FAULTS
from .rules import GROUNDS, Facts, Fault, Reckoning, Route, faults, reckon

NOTE_LENGTH, REASON_LENGTH = 500, 4000


def _date(label: Any, **given: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **given)


def _sum(label: Any, **given: Any) -> forms.DecimalField:
    settings = {"min_value": 0, "max_digits": 14, "decimal_places": 2} | given
    return forms.DecimalField(label=label, **settings)


def _note(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SumsForm(forms.Form):
    """The way a contract ends, and the sums that it is reckoned from."""

    route = forms.TypedChoiceField(
        label=pgettext_lazy("termination", "Route"),
        choices=TerminationRoute,
        coerce=Route,
    )
    paid = _sum(
        _("Paid so far (CNY)"),
        initial=Decimal("0.00"),
        help_text=_("All that Party A has paid on this contract."),
    )
    deducted = _sum(
        _("Deductions not taken yet (CNY)"),
        initial=Decimal("0.00"),
        help_text=_("Confirmed, and not taken off a payment."),
    )
    damage = _sum(
        _("Damage beyond the penalty (CNY)"),
        initial=Decimal("0.00"),
        help_text=_("Kept as a line of its own; where there is no penalty, all of it."),
    )
    agreed = _sum(
        _("Agreed balance to Party B (CNY)"),
        required=False,
        min_value=None,
        help_text=_("Of an agreement alone; below nought where Party B pays."),
    )

    def __init__(self, *args: Any, contract: Contract, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract

    def facts(self, ends_on: date) -> Facts:
        """Return what was filled in, for an end on a day."""
        sums = {
            name: self.cleaned_data[name]
            for name in ("paid", "deducted", "damage", "agreed")
        }
        return Facts(
            price=self.contract.price_now,
            term=self.contract.term,
            ends_on=ends_on,
            **sums,
        )

    def refuse(self, name: str, fault: Fault) -> None:
        if name not in self.errors:
            self.add_error(name, ValidationError(str(FAULTS[fault]), code=fault.value))


class ComputeForm(SumsForm):
    """Asks what would be owed on up to three days. Nothing of it is kept."""

    first_on = _date(_("Ends on"))
    second_on = _date(_("or on"), required=False)
    third_on = _date(_("or on"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        route: Route = cleaned["route"]
        found = [
            (name if field == "ends_on" else field, fault)
            for name in self.days
            for field, fault in faults(
                route, GROUNDS[route][0], self.facts(cleaned[name])
            )
        ]
        for field, fault in found:
            self.refuse(field, fault)
        return cleaned

    @property
    def days(self) -> list[str]:
        names = ("first_on", "second_on", "third_on")
        return [name for name in names if self.cleaned_data.get(name)]

    def reckonings(self) -> list[Reckoning]:
        """Return what would be owed on each of the days, in their order."""
        route: Route = self.cleaned_data["route"]
        days = sorted({self.cleaned_data[name] for name in self.days})
        return [reckon(route, self.facts(day)) for day in days]


class TerminationForm(SumsForm):
    """Asks how, why and when a contract is to be ended. The token makes it one draft."""

    clause = ClauseField(
        Clause.objects.none(), label=_("Clause or ground"), empty_label="—"
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ends_on = _date(_("Last day of service"))
    figures_note = forms.CharField(
        label=_("Where the figures are from"), max_length=200
    )
    evidence = forms.ModelChoiceField(
        Document.objects.none(),
        label=_("Evidence"),
        required=False,
        empty_label="—",
        help_text=_("The signed agreement, or what proves the ground."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    field_order = ("route", "clause", "reason", "ends_on")

    def __init__(
        self,
        *args: Any,
        contract: Contract,
        termination: Termination | None = None,
        **kwargs: Any,
    ) -> None:
        if termination:
            names = ("route", "clause", "reason", "ends_on", "paid", "deducted")
            more = ("damage", "agreed", "figures_note", "evidence")
            kwargs["initial"] = {
                name: getattr(termination, name) for name in (*names, *more)
            } | kwargs.get("initial", {})
        super().__init__(*args, contract=contract, **kwargs)
        if termination:
            del self.fields["token"]  # nothing new is made
        grounds = [ref for refs in GROUNDS.values() for ref in refs]
        clauses = contract.clauses.filter(ref__in=grounds)
        self.fields["clause"].queryset = clauses  # type: ignore[attr-defined]
        papers = Document.objects.of(contract).newest().order_by("-pk")
        self.fields["evidence"].queryset = papers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            facts = self.facts(cleaned["ends_on"])
            for name, fault in list(
                faults(cleaned["route"], cleaned["clause"].ref, facts)
            ):
                self.refuse(name, fault)
        return cleaned


class StepForm(forms.Form):
    """A step that a termination takes. A status moves once, so there is no token."""

    #: On the button, and what pressing it means.
    verb: Any = ""
    means: Any = ""

    def __init__(
        self,
        *args: Any,
        termination: Termination,
        request: HttpRequest,
        at: datetime,
        **kwargs: Any,
    ) -> None:
        # Several stand on one page, and a label is its own form's.
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)


class ProposeForm(StepForm):
    verb = _("Propose to the leader")
    means = _("From here on nothing of it is changed, unless it is sent back.")

    note = _note(_("Note to the leader"), required=False)


class ApproveForm(ConfirmsIdentity):
    """Asks the leader to approve, and to show once more who they are."""

    verb = _("Approve the termination")
    means = _(
        "The figures are frozen as they stand today. Nothing ends by this: Party B has "
        "still to be told by a notice."
    )
    always_asks = True

    note = _note(_("Note"), required=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, termination: Termination, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__}_%s")
        super().__init__(*args, **kwargs)
        if termination.proposed_at:
            self.fields["seen"].initial = termination.proposed_at.isoformat()


class SendBackForm(StepForm):
    verb = _("Send back")
    means = _("It becomes a draft again, for whoever proposed it to change.")

    note = _note(_("Reason"))


class NotifyForm(StepForm):
    verb = _("Link the served notice")
    means = _("The clocks run from its service, and Party B sees this page.")

    notice = forms.ModelChoiceField(
        Notice.objects.none(),
        label=_("Notice of termination"),
        empty_label="—",
        help_text=_("Party A's own, sealed and served."),
    )

    def __init__(self, *args: Any, termination: Termination, **kwargs: Any) -> None:
        super().__init__(*args, termination=termination, **kwargs)
        notices = Notice.objects.of(termination.contract).served()
        self.fields["notice"].queryset = notices.filter(  # type: ignore[attr-defined]
            side=Side.A, kind=NoticeKind.TERMINATION, termination=None
        )


class CarryOutForm(StepForm):
    verb = _("Record that it is carried out")
    means = _("That the service has ended and what was owed is settled or claimed.")

    note = _note(_("What was settled, and how"))


class WithdrawForm(StepForm):
    verb = _("Withdraw")
    means = _(
        "The contract goes on as if this had not been proposed. It stays on record."
    )

    note = _note(_("Reason"))
