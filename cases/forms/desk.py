"""What is asked of people who set up a desk. Nothing here saves."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.roles import Role
from cases.models import DeskTerm, TermKind, Unit

LENGTH = DeskTerm._meta.get_field("text").max_length
#: An urgent word of one character would be in most orders.
SHORTEST_URGENT = 2


class TermForm(forms.Form):
    """Names a term of a list: its words are what tells it from the others."""

    term = forms.CharField(max_length=LENGTH, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kind: TermKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_text(self) -> str:
        text: str = " ".join(self.cleaned_data["text"].split())
        if self.kind == TermKind.URGENT_WORD and len(text) < SHORTEST_URGENT:
            raise ValidationError(
                _("One character alone would make most orders urgent."), code="short"
            )
        return text


class AddTermForm(TermForm):
    """Asks for the words of another term."""

    term = None  # type: ignore[assignment]  # there is none yet
    text = forms.CharField(label=pgettext_lazy("term", "Text"), max_length=LENGTH)


class RenameTermForm(TermForm):
    text = forms.CharField(label=pgettext_lazy("term", "Text"), max_length=LENGTH)


class MoveTermForm(TermForm):
    to = forms.IntegerField(min_value=0, max_value=1000, widget=forms.HiddenInput)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for a person, by name and user name."""

    def label_from_instance(self, user: User) -> str:
        return f"{user.name} ({user.username})"


class MemberForm(forms.Form):
    """Asks who is to speak for a unit, of those who have the role of one."""

    user = PersonField(User.objects.none(), label=_("Person"), empty_label="—")

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(
            memberships__contract=unit.contract_id,
            memberships__role=Role.UNIT,
            is_active=True,
        ).order_by("name", "pk")
        if not self.is_bound:  # sent twice, it names somebody who is one by now
            people = people.exclude(units__unit=unit)
        self.fields["user"].queryset = people  # type: ignore[attr-defined]


class FormerMemberForm(forms.Form):
    """Names who is to speak for a unit no longer."""

    user = forms.ModelChoiceField(User.objects.all(), widget=forms.HiddenInput)
