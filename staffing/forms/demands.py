"""What is asked of Party A when it wants somebody replaced（第六条（一）3）."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.base import ContractForm, day, text
from contracts.forms.steps import StepForm
from contracts.models import Contract, Notice, Side
from staffing.models import Person, PersonStatus

from .departures import NewcomerForm
from .fields import PersonField, on_post


class DemandForm(ContractForm):
    """Asks who is to be replaced and why, and from when the 20 days run."""

    person = PersonField(label=_("Person"))
    reason = text(_("Reason"))
    notice = forms.ModelChoiceField(
        Notice.objects.none(),
        label=_("Notice"),
        required=False,
        empty_label="—",
        help_text=_("Party A's own, sealed and served: the 20 days run from then."),
    )
    demanded_on = day(
        _("Demanded on"),
        required=False,
        help_text=_("Without a notice: the day on which Party B was told."),
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        notices = Notice.objects.of(contract).served().filter(side=Side.A)
        # `str` of a notice names its contract.
        notices = notices.select_related("contract").order_by("-served_on")
        self.fields["notice"].queryset = notices  # type: ignore[attr-defined]
        self.fields["person"].offer(  # type: ignore[attr-defined]
            on_post(contract), among=Person.objects.of(contract)
        )


class FulfilForm(NewcomerForm):
    verb = _("Record the replacement")
    means = _(
        "The newcomer is there from the day they joined; the other is gone the day "
        "before."
    )


class RefuseNewcomerForm(StepForm):
    verb = _("Refuse a newcomer")
    means = _(
        "Not fit for this place either: a breach of its own. The demand stays open."
    )

    newcomer = PersonField(label=_("Newcomer"))
    reason = text(_("Reason"), rows=2)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, record: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        people = Person.objects.of(record.contract)
        judged = people.filter(
            status__in=(PersonStatus.PROPOSED, PersonStatus.REFUSED),
            post=record.person.post_id,
        ).exclude(pk__in=record.refusals.values("newcomer"))
        self.fields["newcomer"].offer(  # type: ignore[attr-defined]
            judged.select_related("post"), among=people
        )

    def clean_token(self) -> UUID:
        """Return the token as it is kept: the same one on two contracts is two."""
        return uuid5(self.cleaned_data["token"], self.record.contract.number)


class WithdrawDemandForm(StepForm):
    verb = pgettext("replacement", "Withdraw the demand")
    means = _("The person stays, and nothing is claimed for it. It stays on record.")

    note = text(_("Reason"), rows=2)
