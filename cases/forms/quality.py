"""What is asked of people who call back, look again, and put orders together."""

from datetime import date, datetime, time, timedelta
from secrets import randbelow
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.desk import terms
from cases.models import Case, Quota, Satisfaction, TermKind
from contracts.forms.base import ContractForm, day

from .base import Moment, StepForm, text_field

ONE_DAY = timedelta(days=1)

#: What one person can look at again, of what one draws.
MOST_DRAWN = 500

#: Proposed seeds are short enough to be read out; any number up to MOST_SEED will do.
PROPOSED, MOST_SEED = 10**6, 2**63 - 1

#: The longest that repeats are looked for at once.
LONGEST = 92

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


def yes_no(label: Any, *, required: bool) -> Any:
    return forms.TypedChoiceField(
        label=label,
        required=required,
        choices=YES_NO,
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )


def said(value: bool | None) -> str | None:
    """Return an answer that is kept as a choice of `yes_no` takes it."""
    return None if value is None else ("yes" if value else "no")


# --- Callbacks ---------------------------------------------------------------------------


class CallBackForm(StepForm):
    """Asks what the caller answered; begun with what is known, to be corrected."""

    verb = _("Record the callback")

    #: The answer that is a no → the field that asks for its cause, and from which list.
    CAUSES = {
        ("contacted", False): ("contact_cause", TermKind.CONTACT_CAUSE),
        ("solved", False): ("solution_cause", TermKind.SOLUTION_CAUSE),
        ("satisfaction", Satisfaction.DISSATISFIED): (
            "satisfaction_cause",
            TermKind.SATISFACTION_CAUSE,
        ),
    }

    valid = yes_no(_("The callback is valid: the caller was reached"), required=True)
    contacted = yes_no(_("The unit had contacted the caller"), required=False)
    contact_cause = forms.ChoiceField(label=_("Why not contacted"), required=False)
    solved = yes_no(_("The matter is solved"), required=False)
    solution_cause = forms.ChoiceField(label=_("Why not solved"), required=False)
    satisfaction = forms.ChoiceField(
        label=_("Satisfaction"),
        required=False,
        choices=[("", "—"), *Satisfaction.choices],
    )
    satisfaction_cause = forms.ChoiceField(label=_("Why not satisfied"), required=False)
    text = text_field(_("What the caller said"), required=False, rows=2)
    happened_at = Moment(label=_("Called back at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        case = self.case
        known: dict[str, Any] = {
            "valid": said(case.valid_callback),
            "contacted": said(case.contacted),
            "solved": said(case.solved),
            "satisfaction": case.satisfaction,
        }
        for name, kind in self.CAUSES.values():
            known[name] = getattr(case, name)
            # What has been chosen before stays a choice, though it is offered no more.
            offered = dict.fromkeys([*terms(case.contract, kind), known[name] or ""])
            field: Any = self.fields[name]
            field.choices = [("", "—"), *((one, one) for one in offered if one)]
        self.initial = {**known, **self.initial}

    def clean_happened_at(self) -> datetime:
        happened_at = super().clean_happened_at()
        closed_at = self.case.closed_at
        if closed_at and happened_at < closed_at.replace(second=0, microsecond=0):
            raise ValidationError(
                _("The order had not been closed yet at this moment."),
                code="before_closing",
            )
        return happened_at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("valid"):
            return cleaned
        for name in ("contacted", "solved", "satisfaction"):
            if cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(
                    name,
                    ValidationError(
                        _("A valid callback has an answer to this."), code="unanswered"
                    ),
                )
        for (name, no), (cause, _kind) in self.CAUSES.items():
            if cleaned.get(name) == no and not cleaned.get(cause):
                self.add_error(
                    cause, ValidationError(_("Give the cause."), code="no_cause")
                )
        return cleaned


# --- Samples and re-checks ---------------------------------------------------------------


class DrawForm(ContractForm):
    """Asks what to draw from, and the seed that decides. The seed is there to be seen."""

    since = day(_("Closed from"))
    until = day(
        _("Closed until"),
        help_text=_("The last day counts. It must be over."),
    )
    size = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MOST_DRAWN, initial=20
    )
    quota = forms.ChoiceField(label=_("One at least of"), choices=Quota, required=False)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=MOST_SEED,
        initial=lambda: randbelow(PROPOSED),
        help_text=_(
            "It alone decides who is drawn. Take one that the other party has named, "
            "if you like."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = localdate(self.at)
        self.fields["since"].initial = today - 7 * ONE_DAY
        self.fields["until"].initial = today - ONE_DAY

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until >= localdate(self.at):
            raise ValidationError(_("This day is not over yet."), code="not_over")
        return until

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until:
            if until < since:
                self.add_error(
                    "until",
                    ValidationError(_("It ends before it begins."), code="backwards"),
                )
            # Days as people say them, both in, become moments, the second one out.
            cleaned["since"] = midnight(since)
            cleaned["until"] = midnight(until + ONE_DAY)
        return cleaned


class JudgeForm(forms.Form):
    """Asks what a second look has found."""

    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[("good", _("In order")), ("error", _("An error"))],
        widget=forms.RadioSelect,
    )
    error = forms.ChoiceField(label=_("What is wrong"), required=False)
    note = text_field(_("What was found"), required=False)

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["error"]
        field.choices = [
            ("", "—"),
            *((one, one) for one in terms(case.contract, TermKind.ERROR)),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.pop("verdict", None) != "error":
            return cleaned | {"error": ""}
        for name, words in (
            ("error", _("Say which error it is.")),
            ("note", _("Say what was found: the error rests on it.")),
        ):
            if not cleaned.get(name):
                self.add_error(name, ValidationError(words, code=f"no_{name}"))
        return cleaned


# --- Repeats and merges ------------------------------------------------------------------


class SpanForm(forms.Form):
    """Asks for the days to look for repeats in; the last thirty, if nothing is said."""

    since = day(pgettext_lazy("day", "From"))
    until = day(pgettext_lazy("day", "To"))

    def __init__(self, data: Any, *, today: date) -> None:
        first = {"since": f"{today - 29 * ONE_DAY}", "until": f"{today}"}
        super().__init__(data if data.get("since") or data.get("until") else first)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and not 0 <= (until - since).days < LONGEST:
            self.add_error(
                "until",
                ValidationError(
                    _("Take %(most)d days at most, the first one first."),
                    code="too_long",
                    params={"most": LONGEST},
                ),
            )
        return cleaned

    @property
    def hours(self) -> tuple[datetime, datetime]:
        """The moments between which the days lie, the second one out."""
        until: date = self.cleaned_data["until"]
        return midnight(self.cleaned_data["since"]), midnight(until + ONE_DAY)


class MergeForm(StepForm):
    """Asks which order another is handled with, and why."""

    verb = _("Merge")

    into = forms.CharField(
        label=_("Number of the order it is handled with"), max_length=40
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_into(self) -> Case:
        parents = Case.objects.of(self.case.contract).exclude(pk=self.case.pk)
        parent = parents.filter(number=self.cleaned_data["into"]).first()
        if parent is None:
            raise ValidationError(
                _("There is no other order of this number."), code="unknown"
            )
        return parent


class PartForm(forms.Form):
    """Asks why two orders are parted again."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), get_default_timezone())
