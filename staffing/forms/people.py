"""What is asked of whoever keeps the files of people."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from accounts.models import User
from contracts.forms.base import ContractForm, PaperField, day, text
from contracts.forms.steps import StepForm
from contracts.models import Contract, Membership
from staffing.models import Person, PersonStatus, Post

NUMBER = 18


class PostField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a post of the contract."""


class AccountField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Asks for an account that has a role of Party B on the contract."""

    def label_from_instance(self, user: User) -> str:
        return f"{user.name or user.username} ({user.username})"


class ProposeForm(ContractForm):
    name = forms.CharField(label=_("Name"), max_length=40)
    post = PostField(Post.objects.none(), label=pgettext("staffing", "Post"))
    number = forms.CharField(
        label=_("Identity number"),
        max_length=NUMBER + 4,
        help_text=_("Kept encrypted, and shown to nobody without a reason."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    qualification = text(_("Qualification"), required=False)
    paper = PaperField(label=_("Proof of qualification"), required=False)

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        post: Any = self.fields["post"]
        post.queryset = Post.objects.of(contract)


class ApproveForm(StepForm):
    verb = pgettext("person", "Approve for duty")
    means = _("Once their agreement is on file, they may be on duty from their day.")

    note = text(_("Remark"), required=False, rows=2)


class RefusePersonForm(StepForm):
    verb = pgettext("person", "Do not approve")
    means = _("They may not be on duty. They can be proposed again.")

    note = text(_("Reason"), rows=2)


class ProposeAgainForm(StepForm):
    verb = _("Propose again")
    means = _("Party A decides anew.")

    qualification = text(_("Qualification"), required=False)
    paper = PaperField(label=_("Proof of qualification"), required=False)


class BeginForm(StepForm):
    verb = _("Set the first day and the account")
    means = _(
        "Doors open on the first day, if the signed agreement is on file by then."
    )

    begins_on = day(_("On post from"))
    user = AccountField(User.objects.none(), label=_("Account"), required=False)

    def __init__(self, *args: Any, record: Person, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, record=record, at=at, **kwargs)
        members = Membership.objects.of(record.contract).filter(role=record.post.role)
        taken = (
            Person.objects.of(record.contract)
            .exclude(pk=record.pk)
            .exclude(status=PersonStatus.LEFT)
            .exclude(user=None)
        )
        user: Any = self.fields["user"]
        user.queryset = (
            User.objects.filter(pk__in=members.values("user"))
            .exclude(pk__in=taken.values("user"))
            .order_by("username")
        )
        self.fields["begins_on"].initial = record.begins_on or localdate(at)
        user.initial = record.user_id


class IdentityForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, min_length=4)
