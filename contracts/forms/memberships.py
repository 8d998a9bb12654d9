"""What is asked of people about contracts. Nothing here saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import ConfirmsIdentity
from accounts.models import User
from accounts.roles import Role
from contracts.models import Contract, Membership

NOTE_LENGTH = 200


def _role() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Role"), choices=[("", "—"), *Role.choices], coerce=Role
    )


def _note() -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=NOTE_LENGTH)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    def label_from_instance(self, person: User) -> str:
        return f"{person.name} · {person.username}"


class GrantForm(ConfirmsIdentity):
    """Asks for a person to be given a role on a contract."""

    user = PersonField(
        User.objects.filter(is_active=True, duty="").order_by("username"),
        label=_("Person"),
        empty_label="—",
        help_text=_("People with an administrative duty cannot have a role as well."),
    )
    contract = forms.ModelChoiceField(
        Contract.objects.order_by("number"), label=_("Contract"), empty_label="—"
    )
    role = _role()
    note = _note()


class ChangeRoleForm(ConfirmsIdentity):
    """Asks for a person to have another role on the same contract."""

    role = _role()
    note = _note()

    def __init__(self, *args: Any, membership: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        others = [choice for choice in Role.choices if choice[0] != membership.role]
        role.choices = [("", "—"), *others]  # type: ignore[attr-defined]


class RevokeForm(ConfirmsIdentity):
    """Asks for a person's role on a contract to be taken away."""

    note = _note()
