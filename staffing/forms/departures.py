"""What is asked of whoever records that somebody leaves（第六条（二）11）."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.base import ContractForm, PaperField, day, text
from contracts.forms.steps import StepForm
from contracts.models import Contract
from staffing.models import Departure, DepartureStatus, Person

from .fields import PersonField, on_post


class DepartureForm(ContractForm):
    """Asks who wants to leave when, and for the paper that says so."""

    person = PersonField(label=_("Person"))
    applied_on = day(_("Applied for on"), help_text=_("The day of the paper."))
    leaves_on = day(
        _("Is to leave on"),
        help_text=_("The last day on post; 15 working days after the paper at least."),
    )
    reason = text(_("Reason"))
    paper = PaperField(
        label=_("Written application"), help_text=_("The signed paper, as a scan.")
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        people = on_post(contract)
        known = Departure.objects.of(contract)
        departing = known.exclude(status=DepartureStatus.WITHDRAWN).values("person")
        self.fields["person"].offer(  # type: ignore[attr-defined]
            people.exclude(pk__in=departing), among=Person.objects.of(contract)
        )
        if "applied_on" in self.fields:
            self.fields["applied_on"].initial = localdate(at)


class GoneForm(DepartureForm):
    """Asks who is gone who never asked to leave."""

    applied_on = None  # type: ignore[assignment]
    leaves_on = None  # type: ignore[assignment]
    paper = None  # type: ignore[assignment]
    field_order = ("person", "left_on", "reason")

    left_on = day(_("Last day on post"))
    reason = text(pgettext("departure", "What is known"))


class ConsentForm(StepForm):
    verb = pgettext("step", "Consent")
    means = _("After the last day on post the door shuts by itself.")

    note = text(_("Note"), required=False, rows=2)


class RefuseDepartureForm(StepForm):
    verb = pgettext("departure", "Refuse")
    means = _("Whoever leaves all the same leaves without consent.")

    note = text(_("Reason"), rows=2)


class WithdrawDepartureForm(StepForm):
    verb = _("Withdraw")
    means = _("The person stays. It stays on record.")

    note = text(_("Reason"), rows=2)


class LeftForm(StepForm):
    verb = _("Record that they left")
    means = _(
        "The account is signed out everywhere and shut, planned shifts fall out, and "
        "the time to refill the post runs."
    )

    left_on = day(_("Last day on post"))

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        self.fields["left_on"].initial = min(record.leaves_on, localdate(at))


class NewcomerForm(StepForm):
    """Asks who has come instead: approved, of the same post, and there since."""

    newcomer = PersonField(
        label=_("Newcomer"),
        help_text=_("Approved by Party A, on the same post, joined since."),
    )

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        people = on_post(record.contract).filter(post=record.person.post_id)
        self.fields["newcomer"].queryset = people.exclude(  # type: ignore[attr-defined]
            pk=record.person_id
        )


class RefillForm(NewcomerForm):
    verb = _("Record who refills the post")
    means = _("The post is refilled from the day they joined.")
