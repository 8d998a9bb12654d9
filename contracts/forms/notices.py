"""What is asked of people about notices between the parties. Nothing here saves."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Clause,
    Contact,
    Mode,
    Notice,
    NoticeKind,
    NoticeRoute,
    Obligation,
    Side,
)
from contracts.rules.obligations import DueRule, Event
from contracts.rules.service import TAKES, Delivery, Fact, NotServed, Route, served

from .base import ClauseField, ContractForm, day, moment, text
from .documents import paper

#: What Party B has to tell. To demand, to call out, to end is for Party A.
KINDS = {
    Side.A: tuple(NoticeKind),
    Side.B: (
        NoticeKind.GENERAL,
        NoticeKind.CONTACT,
        NoticeKind.CHANGE,
        NoticeKind.FORCE_MAJEURE,
    ),
}

#: What a notice can ask for by itself. Other events have a record of their own, which
#: starts their clocks.
ASKED_BY_NOTICE = (
    Event.TASK_GIVEN,
    Event.ANALYSIS_ASKED,
    Event.CHECK_CALLED,
    Event.DEMAND,
    Event.REPLACEMENT_ASKED,
    Event.PAYMENT_ASKED,
    Event.CONTRACT_ENDED,  # the day of handing over, which Party A sets ahead
)


class ToldField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a change of contact, by where it leads to."""

    def label_from_instance(self, contact: Contact) -> str:
        told = (contact.person, contact.telephone, contact.address)
        return " · ".join(part for part in told if part)


class NoticeForm(ContractForm):
    """Asks for the text of a notice, and for what the other party owes on being served."""

    kind = forms.TypedChoiceField(label=_("Kind"), coerce=NoticeKind)
    clause = ClauseField(
        Clause.objects.none(), label=_("Clause it rests on"), empty_label="—"
    )
    title = forms.CharField(label=_("Title"), max_length=80)
    body = text(
        _("Text"),
        rows=12,
        most=4000,
        help_text=_(
            "A line is a paragraph. From a line that begins with 附件： on, each line is "
            "an attachment."
        ),
    )
    told = ToldField(
        Contact.objects.none(),
        label=_("Change of contact that it tells of"),
        required=False,
        empty_label="—",
    )
    obligation = forms.ModelChoiceField(
        Obligation.objects.none(),
        label=_("What the other party owes on being served"),
        required=False,
        empty_label="—",
        help_text=_("Its clock starts at the moment of service, not before."),
    )
    due_on = day(
        _("To be done by"),
        required=False,
        help_text=_("Only where the contract leaves the day to Party A."),
    )

    def __init__(
        self, *args: Any, side: Side, notice: Notice | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.side = side
        contacts = Contact.objects.of(self.contract).filter(
            Q(notice=None) | Q(notice=notice), side=side, holds_from=None
        )
        owed = Obligation.objects.of(self.contract).filter(
            side=side.other, mode=Mode.ON_EVENT, due_rule__event__in=ASKED_BY_NOTICE
        )
        if side is Side.B:  # who may not choose a day for Party A
            del self.fields["due_on"]
            owed = owed.exclude(due_rule__chosen_by_a=True)
        choices: dict[str, Any] = {"told": contacts, "obligation": owed}
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((kind.value, kind.label) for kind in KINDS[side]),
        ]

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on and due_on < localdate(self.at):
            raise ValidationError(_("This day is over."), code="past")
        return due_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "kind" in cleaned and "told" in cleaned:
            self._check_told(cleaned["kind"], cleaned["told"])
        if {"kind", "obligation", "due_on"} <= cleaned.keys():
            self._check_day(cleaned["kind"], cleaned["obligation"], cleaned["due_on"])
        return cleaned

    def _check_told(self, kind: NoticeKind, told: Contact | None) -> None:
        if kind == NoticeKind.CONTACT and told is None:
            self._refuse(
                "told",
                _("Record the change of contact first, then name it."),
                "missing",
            )
        if kind != NoticeKind.CONTACT and told is not None:
            self._refuse(
                "told", _("Only a notice of this kind tells of one."), "another_kind"
            )

    def _check_day(
        self, kind: NoticeKind, obligation: Obligation | None, due_on: Any
    ) -> None:
        chosen = kind == NoticeKind.RECTIFY or (
            obligation is not None
            and DueRule.from_plain(obligation.due_rule).chosen_by_a
        )
        if chosen and due_on is None:
            self._refuse(
                "due_on", _("The contract leaves this day to Party A."), "missing"
            )
        if due_on and not chosen:
            self._refuse(
                "due_on",
                _("Nothing here leaves the day to Party A: the contract counts it."),
                "not_chosen",
            )

    def _refuse(self, field: str, words: Any, code: str) -> None:
        self.add_error(field, ValidationError(words, code=code))


class ServeForm(forms.Form):
    """Asks how a notice was served, for its sealed scan and for the proof (十三)."""

    scan = paper(_("Sealed scan"))
    route = forms.TypedChoiceField(
        label=_("Route"), choices=[("", "—"), *NoticeRoute.choices], coerce=Route
    )
    signed_at = moment(
        _("Signed for at"), required=False, help_text=NoticeRoute.BY_HAND.label
    )
    signed_by = forms.CharField(
        label=_("Signed for by"),
        required=False,
        max_length=60,
        help_text=NoticeRoute.BY_HAND.label,
    )
    waybill = forms.CharField(
        label=_("Waybill"),
        required=False,
        max_length=60,
        help_text=NoticeRoute.COURIER.label,
    )
    logged_on = day(
        _("Courier's log, signed on"),
        required=False,
        help_text=NoticeRoute.COURIER.label,
    )
    sent_at = moment(
        _("Sent at"), required=False, help_text=NoticeRoute.NAMED_SYSTEM.label
    )
    sent_to = forms.CharField(
        label=_("Mailbox or system"),
        required=False,
        max_length=120,
        help_text=_("The one that the other party's contact names, and no other."),
    )
    arrived = forms.BooleanField(
        label=_("Sending was reported as successful"), required=False
    )
    proof = paper(_("Proof of service"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "serve_%s")  # others stand on the same page
        super().__init__(*args, **kwargs)

    @property
    def delivery(self) -> Delivery:
        """What is known of the notice's way; of other routes than its own, nothing."""
        route: Route = self.cleaned_data["route"]
        _proof, facts = TAKES[route]
        known = {fact.value: self.cleaned_data.get(fact.value) for fact in facts}
        return Delivery(
            route=route, **{name: value for name, value in known.items() if value}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("route"):
            try:
                served(self.delivery)
            except NotServed as refusal:
                for fact in refusal.missing:
                    self._ask_for(fact)
        return cleaned

    def _ask_for(self, fact: Fact) -> None:
        if fact.value not in self.errors:
            words = _("By this route, it does not count as served without this.")
            self.add_error(fact.value, ValidationError(words, code="missing"))


class WithdrawForm(forms.Form):
    """Asks why a notice is taken back."""

    reason = text(_("Reason"), rows=2, most=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "withdraw_%s")
        super().__init__(*args, **kwargs)


class ContactForm(ContractForm):
    """Asks where a party is to be written to from now on, and since when that is so."""

    address = forms.CharField(label=_("Address"), max_length=200)
    postcode = forms.CharField(label=_("Postcode"), max_length=10, required=False)
    person = forms.CharField(label=_("Contact person"), max_length=60)
    telephone = forms.CharField(label=_("Telephone"), max_length=40)
    named_system = forms.CharField(
        label=_("Mailbox or system named for notices"),
        max_length=120,
        required=False,
        help_text=_("Where none is named, notices come by hand or by courier."),
    )
    changed_at = moment(
        _("Changed at"),
        help_text=_("72 hours run from then for telling the other party, under seal."),
    )

    #: What makes two contacts the same.
    PARTS = ("address", "postcode", "person", "telephone", "named_system")

    def __init__(self, *args: Any, holds: Contact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.holds = holds

    def clean_changed_at(self) -> datetime:
        changed_at: datetime = self.cleaned_data["changed_at"]
        if changed_at > self.at:
            raise ValidationError(_("This moment has not come yet."), code="future")
        if localdate(changed_at) < self.contract.signed_on:
            raise ValidationError(
                _("The contract was not signed yet at this moment."), code="too_early"
            )
        return changed_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.holds and all(
            cleaned.get(part) == getattr(self.holds, part) for part in self.PARTS
        ):
            raise ValidationError(
                _("Nothing differs from the contact that holds."), code="same"
            )
        return cleaned
