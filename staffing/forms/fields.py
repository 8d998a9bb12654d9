"""Fields that ask for people and shifts of the team."""

from typing import Any

from django import forms
from django.utils.timezone import localtime

from contracts.models import Contract
from contracts.rules.calendar import BEIJING
from staffing.models import Person, PersonStatus, Shift


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # none at run time
    """Asks for somebody of the team, by name and post."""

    def __init__(self, **given: Any) -> None:
        super().__init__(Person.objects.none(), empty_label="—", **given)

    def label_from_instance(self, person: Person) -> str:
        return f"{person.name} · {person.post}"

    def offer(self, offered: Any, among: Any) -> None:
        """Show some people to choose from, and take any `among` all of them.

        The same form sent again names somebody who is not offered any more; that is for
        the action to say, which knows the form.
        """
        self.queryset = among
        people = [(one.pk, self.label_from_instance(one)) for one in offered]
        self.choices = [("", "—"), *people]


class ShiftField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Asks for a planned shift, by its time and its person."""

    def __init__(self, **given: Any) -> None:
        super().__init__(Shift.objects.none(), empty_label="—", **given)

    def label_from_instance(self, shift: Shift) -> str:
        begins, ends = (
            localtime(moment, BEIJING) for moment in (shift.starts_at, shift.ends_at)
        )
        return f"{begins:%m-%d %H:%M}–{ends:%H:%M} {shift.person} · {shift.post}"


def on_post(contract: Contract) -> Any:
    """Return who of a contract is approved and has a day of joining, and has not left."""
    people = Person.objects.of(contract).filter(
        status=PersonStatus.APPROVED, begins_on__isnull=False
    )
    return people.select_related("post")
