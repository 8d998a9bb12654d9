"""What is asked about a training: its plan, its result, and what Party A says to them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as pgettext

from contracts.forms.acceptances import LONGEST_ID, DueField
from contracts.forms.base import ContractForm, PaperField, day, moment, text
from contracts.forms.obligations import PapersField
from contracts.forms.steps import StepForm
from contracts.models import Contract, Due
from staffing.actions.training import Attended, dues_of_training
from staffing.models import Person, Training, TrainingStatus
from staffing.models.training import PASS_MARK

MOST_SCORE = 100
TITLE, PLACE, TRAINER = 80, 80, 40


class PlanForm(ContractForm):
    """Asks what a training is about, when and where it is, and what it is for."""

    title = forms.CharField(label=_("Title"), max_length=TITLE)
    content = text(
        pgettext("training", "Content"),
        rows=4,
        help_text=_("What is taught, and how it is tested: Party A approves it."),
    )
    starts_at = moment(pgettext("training", "From"))
    ends_at = moment(pgettext("training", "To"))
    place = forms.CharField(
        label=pgettext("training", "Place"), max_length=PLACE, required=False
    )
    trainer = forms.CharField(label=_("Trainer"), max_length=TRAINER, required=False)
    pass_mark = forms.IntegerField(
        label=_("Pass mark"),
        min_value=0,
        max_value=MOST_SCORE,
        initial=PASS_MARK,
        help_text=_("Of 100 points."),
    )
    due = DueField(
        Due.objects.none(),
        label=_("Due that this fulfils"),
        required=False,
        empty_label="—",
        help_text=_("It is delivered with the result, and accepted with it."),
    )
    repeats = forms.ModelChoiceField(
        Training.objects.none(),
        label=pgettext("training", "Again after"),
        required=False,
        empty_label="—",
        help_text=_("The training that was not accepted."),
    )
    paper = PaperField(
        label=_("Plan and materials as a file"),
        required=False,
        help_text=_("PDF or DOCX; what is written above need not be repeated."),
    )

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        owed = dues_of_training(contract)
        self.fields["due"].queryset = (  # type: ignore[attr-defined]
            (owed.owed() | owed.filter(self._chosen("due")))
            .select_related("obligation")
            .order_by("due_at", "pk")
        )
        failed = Training.objects.of(contract).filter(status=TrainingStatus.AGAIN)
        again = failed.filter(Q(repeated_by=None) | self._chosen("repeats"))
        if again.exists():
            self.fields["repeats"].queryset = again  # type: ignore[attr-defined]
        else:
            del self.fields["repeats"]

    def _chosen(self, name: str) -> Q:
        """Keep what was chosen on offer: the action says better what is wrong with it."""
        value = f"{self.data.get(name) or self.initial.get(name) or ''}"
        return Q(pk=value) if value.isdecimal() and len(value) < LONGEST_ID else Q(pk=0)

    def clean_starts_at(self) -> datetime:
        return self._in_beijing("starts_at")

    def clean_ends_at(self) -> datetime:
        return self._in_beijing("ends_at")

    def _in_beijing(self, name: str) -> datetime:
        """Return a moment that has a date here: one at the end of time has none."""
        try:
            return localtime(self.cleaned_data[name])
        except OverflowError as far:
            words = self.fields[name].error_messages["invalid"]
            raise ValidationError(words, code="invalid") from far

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error(
                "ends_at",
                ValidationError(_("It ends before it begins."), code="order"),
            )
        cleaned.setdefault("repeats", None)
        return cleaned


class PlanAgainForm(PlanForm):
    """Asks for a plan that was sent back, as it is now. What it repeats stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("repeats", None)

    @property
    def asked(self) -> dict[str, Any]:
        """What the action takes, once the form is valid."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("token", "repeats")
        }


class ResultForm(ContractForm):
    """Asks who was there, how each did in the test, and what came of it all."""

    result = text(
        pgettext("training", "Result"),
        help_text=_("How it went, what the test showed, what follows from it."),
    )
    materials = PapersField(
        label=_("Materials"),
        required=False,
        help_text=_("Slides, sign-in sheet, test papers; one file or several."),
    )

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = list(people)
        for person in self.people:
            self.fields[f"present_{person.pk}"] = forms.BooleanField(
                label=person.name, required=False
            )
            self.fields[f"score_{person.pk}"] = forms.DecimalField(
                label=_("Score of %(name)s") % {"name": person.name},
                required=False,
                min_value=0,
                max_value=MOST_SCORE,
                max_digits=4,
                decimal_places=1,
            )

    @property
    def rows(self) -> list[tuple[Person, forms.BoundField, forms.BoundField]]:
        """Everybody's line: who, whether they were there, how they did."""
        return [
            (one, self[f"present_{one.pk}"], self[f"score_{one.pk}"])
            for one in self.people
        ]

    @property
    def others(self) -> list[forms.BoundField]:
        """What is asked about the training as a whole."""
        return [self["result"], self["materials"]]

    @property
    def attended(self) -> list[Attended]:
        """Everybody's line as the action takes it, once the form is valid."""
        return [
            Attended(
                one,
                self.cleaned_data[f"present_{one.pk}"],
                self.cleaned_data[f"score_{one.pk}"],
            )
            for one in self.people
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        there = [one for one in self.people if cleaned.get(f"present_{one.pk}")]
        for one in self.people:
            if one not in there and cleaned.get(f"score_{one.pk}") is not None:
                self.add_error(
                    f"score_{one.pk}",
                    ValidationError(
                        _("Only who was there has a score."), code="absent"
                    ),
                )
        if not there:
            self.add_error(
                None,
                ValidationError(
                    _("At least one person was there, or it was not held."),
                    code="nobody",
                ),
            )
        return cleaned


class ApproveForm(StepForm):
    verb = pgettext("training", "Approve the plan")
    means = _("It may be held as planned.")

    note = text(_("Note"), required=False, rows=2)


class SendBackForm(StepForm):
    verb = pgettext("training", "Send the plan back")
    means = _("It is submitted again, otherwise than it is.")

    note = text(_("What is missing"), rows=2)


class CancelForm(StepForm):
    verb = pgettext("training", "Call off")
    means = _("It is not held. What is owed stays owed.")

    note = text(_("Reason"), rows=2)


class AcceptForm(StepForm):
    verb = pgettext("training", "Accept the result")
    means = _("The training is done; so is what was due with it.")

    note = text(_("Note"), required=False, rows=2)


class AgainForm(StepForm):
    verb = pgettext("training", "Have it held again")
    means = _("Another one is planned. What was due with it is returned.")

    note = text(_("Reason"), rows=2)
    again_on = day(_("To be held again by"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record.due_id:
            self.fields["again_on"].required = True
        else:
            del self.fields["again_on"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        again_on = cleaned.setdefault("again_on", None)
        if again_on and again_on < localdate(self.at):
            self.add_error(
                "again_on",
                ValidationError(_("This day is over already."), code="past"),
            )
        return cleaned
