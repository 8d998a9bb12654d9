"""What is asked of whoever wants an open point to be read otherwise. Nothing here saves."""

from dataclasses import fields as parts_of
from decimal import Decimal
from enum import StrEnum
from typing import Any, get_type_hints

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.actions.proposals import ProposalRefused
from contracts.actions.readings import check
from contracts.rules.problems import Problem
from contracts.rules.readings import Point, ReadingsRefused
from contracts.rules.tables import Plain

from .base import ContractForm, day, text

#: Before the name of a part, so that it clashes with no other field.
PART = "part_"
BETWEEN_STEPS = ", "


class StepsField(forms.CharField):
    """Asks for several numbers in one line: `0.5, 0.8`."""

    def clean(self, value: Any) -> Any:
        return [
            part.strip() for part in super().clean(value).replace("，", ",").split(",")
        ]


class ProposeReadingForm(ContractForm):
    """Asks how a point is to be read, from when, and why.

    A select for a choice, a field for each part of a value that has parts. What they
    make up is checked as the rules will take it.
    """

    holds_from = day(gettext_lazy("Holds from"))
    reason = text(gettext_lazy("Reason"))

    def __init__(self, *args: Any, point: Point, standing: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.point = point
        values = dict(_value_fields(point, standing))
        self.value_names = tuple(values)
        self.fields = values | self.fields

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = {name: cleaned.pop(name, None) for name in self.value_names}
        if self.errors:
            return cleaned
        cleaned["value"] = self._value(given)
        if not self.errors:
            try:
                check(
                    self.contract,
                    point=self.point,
                    value=cleaned["value"],
                    holds_from=cleaned["holds_from"],
                )
            except ProposalRefused as refusal:
                self.add_error(
                    refusal.field, ValidationError(str(refusal), code="refused")
                )
        return cleaned

    def _value(self, given: dict[str, Any]) -> Plain:
        """Return the value that the fields make up, as it is stored."""
        value: Any = given.get("value")
        if self.point.parts:
            value = {name.removeprefix(PART): part for name, part in given.items()}
        try:
            return self.point.to_value(self.point.from_value(value))
        except ReadingsRefused as refusal:
            for problem in refusal.problems:
                self._refuse(problem)
        return None

    def _refuse(self, problem: Problem) -> None:
        """Show a problem at the part that it is about, under that part's own name."""
        part = problem.path.removeprefix(f"{self.point.key}.").partition("[")[0]
        name = f"{PART}{part}"
        where = name if name in self.fields else None
        path = self.fields[name].label if where else self.point.clause
        words = _(problem.template) % {**problem.values, "path": path}
        self.add_error(where, ValidationError(words, code=problem.code))


def _value_fields(point: Point, standing: Any) -> list[tuple[str, forms.Field]]:
    if point.choices:
        label = gettext_lazy("Reading")
        return [("value", _choice(point, label, point.choices, standing))]
    kinds = get_type_hints(point.kind)
    return [
        (
            f"{PART}{part.name}",
            _part(point, part.name, kinds[part.name], getattr(standing, part.name)),
        )
        for part in parts_of(point.kind)
    ]


def _part(point: Point, name: str, kind: Any, standing: Any) -> forms.Field:
    label = point.words[name]
    if kind is bool:
        return forms.BooleanField(label=label, initial=standing, required=False)
    if kind is Decimal:
        return forms.DecimalField(label=label, initial=standing, max_digits=8)
    if kind is int:
        return forms.IntegerField(label=label, initial=standing)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(point, label, tuple(kind), standing)
    initial = BETWEEN_STEPS.join(map(str, standing))
    return StepsField(label=label, initial=initial, max_length=60)


def _choice(
    point: Point, label: Any, choices: tuple[str, ...], standing: Any
) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[(str(choice), point.words[choice]) for choice in choices],
        initial=str(standing),
    )
